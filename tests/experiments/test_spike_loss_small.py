"""Spike-loss in earnest, in small."""

import pytest

from experiments.spike_loss import EXPERIMENT, Options
from host.progress import SilentProgress
from tests.experiments.spike_loss_runs import rows_of


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    options = Options(
        scale=0.02,
        slowdowns=(1, 1000),
        neurons_per_core=(255, 1024),
        synapse_cores=(2,),
        time_ms=2.0,
        transient_ms=1.0,
        engine="compiled",
        threads=1,
    )
    folder = tmp_path_factory.mktemp("spike_loss")
    return EXPERIMENT.run(options, progress=SilentProgress(), output=folder)


def test_the_start_up_transient_is_late_on_homogeneous_cores(small):
    rows = [row for row in rows_of(small) if row["neurons_per_core"] == "255"]
    lost = {(float(row["slowdown"]), row["stretch"]): row for row in rows}
    assert int(lost[1.0, "warmup"]["late"]) > 0
    assert int(lost[1000.0, "warmup"]["late"]) == 0


def test_too_many_neurons_per_core_do_not_fit(small):
    reasons = {row["reason"] for row in rows_of(small) if row["neurons_per_core"] == "1024"}
    assert len(reasons) == 1
    assert "limit" in reasons.pop()


def test_rates_without_losses_are_those_of_ideal_timing(small):
    free = [
        row
        for row in rows_of(small)
        if row["slowdown"] == "1000" and row["stretch"] == "warmup" and row["lost_or_late"] == "0"
    ]
    assert free
    for row in free:
        differences = [float(v) for k, v in row.items() if k.startswith("rate_minus_ideal_")]
        assert differences == [0.0] * 8


def test_both_engines_say_the_same(small, tmp_path):
    options = Options(
        scale=0.02,
        slowdowns=(1,),
        neurons_per_core=(),
        synapse_cores=(2,),
        time_ms=2.0,
        transient_ms=1.0,
        engine="reference",
        threads=1,
    )
    slow = rows_of(EXPERIMENT.run(options, progress=SilentProgress(), output=tmp_path))
    fast = [r for r in rows_of(small) if r["layout"] == "ensemble" and r["slowdown"] == "1"]
    known = slow[0].keys()
    assert slow == [{name: row[name] for name in known} for row in fast]
