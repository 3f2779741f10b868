"""Distances between sets of runs, with trains that were made up."""

import numpy as np
import pytest

from experiments.sets import how_far, of_seeds, run_seeds, seed_spread
from experiments.tidy import write_rows
from host.analysis import MEASURES, Window, kolmogorov_smirnov, sample_of
from host.config import Config, RunConfig
from host.progress import SilentProgress
from tests.experiments.made_up_trains import FakeRun, poisson_spikes


def samples(seeds, rate_hz=20.0):
    window = Window(0.0, 1000.0)
    return tuple(
        sample_of(poisson_spikes(seed, [rate_hz, rate_hz], [60, 30], 10_000), window)
        for seed in seeds
    )


def test_the_same_process_is_not_told_apart_and_another_is():
    references = samples(range(1, 6))
    same, other = (
        how_far(samples((11, 12, 13)), references),
        how_far(samples((11, 12, 13), 30.0), references),
    )
    assert (same.told_by, same.is_decided) == ((), True)
    assert "rate" in other.told_by
    assert other.distances["rate"].low > same.distances["rate"].high
    assert other.p < same.p


def test_few_seeds_decide_nothing():
    apart = how_far(samples((11,), 60.0), samples((1, 2)))
    assert (apart.told_by, apart.is_decided) == ((), False)


def test_distances_are_those_of_pairs_averaged_over_populations():
    one, other, third = samples((1, 2, 3))
    by_hand = []
    for x, y in ((one, other), (one, third), (other, third)):
        both = zip(x.values["cv"], y.values["cv"], strict=True)
        by_hand.append(np.mean([kolmogorov_smirnov(a, b) for a, b in both]))
    spread = seed_spread((one, other, third))["cv"]
    assert spread.mean == pytest.approx(np.mean(by_hand))
    assert (spread.low, spread.high) == (min(by_hand), max(by_hand))


def test_measures_without_values_have_no_distance():
    silent = samples((1, 2, 3), 0.0)
    assert np.isnan(seed_spread(silent)["cv"].mean)
    assert seed_spread(silent)["rate"].mean == 0.0


def test_each_seed_runs_once():
    run = FakeRun(lambda _: 10.0)
    config = Config(run=RunConfig(time_ms=50.0, warmup_ms=10.0))
    assert len(of_seeds(run, config, (4, 5), SilentProgress())) == 2
    assert [c.run.seed for c in run.configs] == [4, 5]
    first, _ = run_seeds(run, config, (4, 5), SilentProgress())
    assert first.config.run.seed == 4
    assert set(how_far(samples((1,)), samples((2, 3))).distances) == set(MEASURES)


def test_rows_have_the_columns_of_any(tmp_path):
    path = write_rows(tmp_path / "a.csv", [{"a": 1}, {"a": 2, "b": "x"}])
    assert path.read_text(encoding="utf-8") == "a,b\n1,\n2,x\n"
