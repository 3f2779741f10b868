"""The accuracy of the microcircuit: what is run, what is told, and how differences are taken."""

import csv
from dataclasses import replace

import numpy as np
import pytest

import host
from experiments.pd14_accuracy import EXPERIMENT, Options
from experiments.pd14_accuracy.measure import BASE, Outcome, Setting, config_of, difference
from experiments.pd14_accuracy.run import COLUMNS, run
from host.analysis import MEASURES, Sample, Window
from host.errors import ConfigError
from host.experiments import parse_options
from host.progress import SilentProgress

SMALL = Options(
    scales=(0.005,),
    variants=("truncate", "longer"),
    seeds=(1, 2),
    time_ms=60.0,
    warmup_ms=0.0,
    machine="spinn5",
    threads=1,
)


def sample(rates):
    """One population whose neurons fire at `rates`."""
    values = {name: (np.array(rates, np.float64),) for name in MEASURES}
    return Sample(name="s", populations=("A",), sizes=(2,), values=values, window=Window(0, 1))


def test_differences_are_seed_by_seed():
    samples = {
        BASE: (sample([1.0, 3.0]), sample([10.0, 12.0]), sample([0.0, 0.0])),
        "nearest": (sample([2.0, 3.0]), sample([10.0, 13.0]), sample([1.0, 1.0])),
    }
    found = difference(Outcome(samples, (), {}), "nearest", "rate", "A")
    apart = np.array([0.5, 0.5, 1.0])
    assert found.mean == pytest.approx(apart.mean())
    assert found.error == pytest.approx(apart.std(ddof=1) / np.sqrt(3))
    assert found.base == pytest.approx(13 / 3)


def test_one_seed_has_no_error():
    samples = {BASE: (sample([1.0]),), "nearest": (sample([2.0]),)}
    assert np.isnan(difference(Outcome(samples, (), {}), "nearest", "rate", "A").error)


def test_each_variant_changes_one_thing():
    setting = Setting(0.1, "poisson")
    base = config_of(SMALL, setting, None)
    assert base.run.arithmetic == "float64"
    original = config_of(SMALL, setting, "original")
    assert original == replace(base, network=replace(base.network, initial="original"))
    longer = config_of(SMALL, setting, "longer").network.variant
    assert longer.delay_steps == 1
    for rounding in ("truncate", "nearest", "stochastic"):
        fixed = replace(base.run, arithmetic="fixed", rounding=rounding)
        assert config_of(SMALL, setting, rounding) == replace(base, run=fixed)


def test_a_constant_current_is_refused_where_the_network_is_silent():
    with pytest.raises(ConfigError, match=r"scale 0.1 with a constant current .* 0.41 or more"):
        parse_options(EXPERIMENT, ["drives=poisson,dc"])
    assert parse_options(EXPERIMENT, ["drives=dc", "scales=1,0.5"]).drives == ("dc",)


def test_a_small_run_tells_all(tmp_path):
    asked = []

    def run_network(config, *, progress):
        asked.append((config.run.arithmetic, config.network.variant.delay_steps, config.run.seed))
        return host.run(config, progress=progress)

    found = run(SMALL, progress=SilentProgress(), output=tmp_path, run_network=run_network)
    kinds = [("float64", 0), ("fixed", 0), ("float64", 1)]
    assert asked == [(*kind, seed) for kind in kinds for seed in (1, 2)]
    assert found.columns == COLUMNS
    assert [row[2] for row in found.rows][1:] == [
        "machine, truncating",
        "double precision, delays one step longer",
    ]
    assert all(row[-2] == "no reference" for row in found.rows)
    table, *figures = found.files
    assert {path.suffix for path in figures} == {".png", ".svg"}
    with table.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3 * 8 * len(MEASURES)
    base = [row for row in rows if row["variant"] == BASE]
    assert {float(row["difference"]) for row in base if row["measure"] == "rate"} == {0.0}
    assert any(float(row["mean"]) > 1 for row in base if row["measure"] == "rate")
    assert len(found.sentences) == 2
