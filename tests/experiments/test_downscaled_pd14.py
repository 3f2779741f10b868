"""Downscaled-pd14 with made-up trains, and in earnest in small."""

import pytest

from experiments.downscaled_pd14 import EXPERIMENT, Options
from experiments.downscaled_pd14.run import run
from host.analysis import MEASURES
from host.config import VariantConfig
from host.errors import ConfigError
from host.experiments import parse_options
from host.networks.pd14 import SIZES
from host.progress import SilentProgress
from tests.experiments.made_up_trains import FakeRun, rows_of

SHORT = {"time_ms": 1000.0, "warmup_ms": 100.0, "lost": (0.1, 0.5)}


def rate_hz(config):
    """Rates rise with what is lost, unless weights grow."""
    variant = config.network.variant
    return 20.0 / (1 - variant.lost_synapses) / variant.weight_factor


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    fake = FakeRun(rate_hz)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("experiments.downscaled_pd14.run.draw", lambda *_: ())
        folder = tmp_path_factory.mktemp("downscaled_pd14")
        finding = run(Options(**SHORT), progress=SilentProgress(), output=folder, run_network=fake)
    return finding, fake


def test_the_default_scale_leaves_as_many_neurons_as_the_wafer_had():
    assert sum(round(Options().scale * size) for size in SIZES) == 7712


def test_every_loss_runs_with_weights_as_they_are_and_grown(found):
    variants = [config.network.variant for config in found[1].configs]
    assert variants[:5] == [VariantConfig()] * 5
    for lost in (0.1, 0.5):
        for factor in (1.0, 1 / (1 - lost)):
            wanted = VariantConfig(lost_synapses=lost, weight_factor=factor)
            assert variants.count(wanted) == 3
    assert len(variants) == 5 + 4 * 3


def test_losses_are_told_by_what_they_change(found):
    finding = found[0]
    told = {row[:2]: row[-1] for row in finding.rows}
    assert told[0.0, "as they are"] == "the reference"
    assert "rate" in told[0.5, "as they are"]
    assert "rate" not in told[0.5, "grown"]
    said = "\n".join(finding.sentences)
    assert "50 % lost: rates +" in said
    assert "50 % lost, weights grown: rates " in said
    assert finding.sentences[0] == "60 neurons: 40 20"


def test_the_file_has_a_row_per_loss_measure_and_population(found):
    rows = rows_of(found[0])
    assert len(rows) == 5 * len(MEASURES) * 2
    full, half = (
        float(row["mean"])
        for row in rows
        if (row["measure"], row["population"], row["is_compensated"]) == ("rate", "E", "0")
        and row["lost"] in {"0.0", "0.5"}
    )
    assert half / full == pytest.approx(2.0, rel=0.1)


def test_a_figure_is_drawn(tmp_path):
    options = Options(**SHORT, reference_seeds=(1, 2), seeds=(11,))
    fake = FakeRun(rate_hz)
    finding = run(options, progress=SilentProgress(), output=tmp_path, run_network=fake)
    assert [path.suffix for path in finding.files] == [".csv", ".png", ".svg"]
    assert any("too few seeds" in sentence for sentence in finding.sentences)


def test_a_seed_cannot_be_on_both_sides():
    with pytest.raises(ConfigError, match="seed 3 is among seeds and reference_seeds"):
        parse_options(EXPERIMENT, ["seeds=3,4"])


def test_in_earnest_in_small(tmp_path, monkeypatch):
    monkeypatch.setattr("experiments.downscaled_pd14.run.draw", lambda *_: ())
    options = Options(
        scale=0.005,
        lost=(0.3,),
        compensated=(False,),
        reference_seeds=(1, 2),
        seeds=(11,),
        time_ms=50.0,
        warmup_ms=0.0,
        threads=1,
    )
    finding = EXPERIMENT.run(options, progress=SilentProgress(), output=tmp_path)
    assert [row[0] for row in finding.rows] == [0.0, 0.3]
    assert finding.sentences[0].startswith("385 neurons: ")
