"""Rates, coefficients of variation and correlations, against plain twins and by hand."""

import importlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from host.analysis import statistics
from host.analysis.sample import Window, sample_of
from host.analysis.statistics import correlations, draw, firing_rates, interval_variations
from host.errors import ConfigError
from host.results import Spikes
from tests.host.analysis import naive
from tests.host.analysis.made import random_trains, spikes, trains

spike_pairs = st.lists(st.tuples(st.integers(0, 199), st.integers(0, 3)), max_size=60, unique=True)


def check(found, expected):
    assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


@settings(max_examples=50)
@given(spike_pairs)
def test_trains_of_any_kind_have_the_statistics_of_the_twins(pairs):
    given_trains = trains(pairs)
    check(firing_rates(given_trains), naive.rates(given_trains))
    check(interval_variations(given_trains), naive.variations(given_trains))
    chosen = np.array([0, 1, 3])
    check(
        correlations(given_trains, chosen, 0.5),
        naive.correlations(given_trains, chosen.tolist(), 0.5),
    )


@pytest.mark.parametrize("seed", range(3))
def test_random_trains_have_the_statistics_of_the_twins(seed):
    given_trains = random_trains(seed)
    check(firing_rates(given_trains), naive.rates(given_trains))
    check(interval_variations(given_trains), naive.variations(given_trains))
    every = np.arange(given_trains.n_neurons)
    check(correlations(given_trains, every), naive.correlations(given_trains, every, 2.0))


@pytest.mark.parametrize(("dt_ms", "bin_ms"), [(0.3, 2.0), (1.0, 2.0), (0.1, 0.1), (0.7, 1.9)])
def test_bins_need_not_be_whole_numbers_of_steps(dt_ms, bin_ms):
    given_trains = random_trains(5, n_steps=300, dt_ms=dt_ms)
    every = np.arange(given_trains.n_neurons)
    expected = naive.correlations(given_trains, every, bin_ms)
    check(correlations(given_trains, every, bin_ms), expected)


def test_silent_neurons_count_as_rate_zero_and_in_no_pair():
    given_trains = trains([(0, 1), (30, 1), (0, 2), (50, 2)])
    check(firing_rates(given_trains), [0, 100, 100, 0])
    assert interval_variations(given_trains).size == 0
    assert correlations(given_trains, np.arange(4)).size == 1


def test_two_intervals_are_enough_and_one_is_not():
    given_trains = trains([(0, 0), (10, 0), (40, 0), (3, 1), (9, 1)])
    check(interval_variations(given_trains), [0.5])


def test_a_regular_train_has_no_variation_exactly():
    given_trains = trains([(step, 2) for step in range(0, 199, 7)])
    assert interval_variations(given_trains).tolist() == [0.0]


def test_a_burst_is_told_by_variation():
    given_trains = trains([(0, 0), (1, 0), (2, 0), (100, 0), (101, 0), (102, 0)])
    intervals = np.array([1, 1, 98, 1, 1])
    check(interval_variations(given_trains), [intervals.std() / intervals.mean()])


def test_bins_are_half_open_and_an_unfinished_one_is_left_out():
    """Bins of 20 steps: 19 and 20 are neighbours in different bins; 200 is in none of ten."""
    together = trains([(20, 0), (39, 1)], n_neurons=2, n_steps=210)
    apart = trains([(19, 0), (20, 1)], n_neurons=2, n_steps=210)
    check(correlations(together, np.arange(2)), [1.0])
    check(correlations(apart, np.arange(2)), [-1 / 9])
    rest = trains([(20, 0), (39, 1), (200, 1), (209, 1)], n_neurons=2, n_steps=210)
    check(correlations(rest, np.arange(2)), [1.0])


def test_a_neuron_that_fires_in_every_bin_is_in_no_pair():
    given_trains = trains([(20 * k, 0) for k in range(10)] + [(5, 1), (80, 2)])
    assert correlations(given_trains, np.arange(3)).size == 1


def test_many_bins_are_summed_in_parts(monkeypatch):
    given_trains = random_trains(3, n_steps=4000)
    whole = correlations(given_trains, np.arange(9))
    monkeypatch.setattr(statistics, "BINS_AT_ONCE", 7)
    assert correlations(given_trains, np.arange(9)).tolist() == whole.tolist()


def test_a_stretch_without_a_bin_is_refused():
    with pytest.raises(ConfigError, match=r"1 ms are shorter than a bin of 2 ms"):
        correlations(trains([], n_steps=10), np.arange(2))


def test_the_window_is_half_open():
    """Warm-up of 10 steps, then 20: step 9 and 30 are out, 10 and 29 in."""
    steps = np.array([9, 10, 29, 30], dtype=np.int32)
    own = Spikes(steps, np.zeros(4, dtype=np.int32), 0.1, ("A",), (2,))
    sample = sample_of(own, Window(1.0, 2.0))
    assert sample.of("rate", "A").tolist() == [0.0, 1000.0]


def test_without_a_window_the_warm_up_of_the_recipe_is_discarded():
    own = spikes(1, window=Window(500.0, 100.0))
    sample = sample_of(own)
    assert sample.window.warmup_ms == 500.0
    assert 99.0 < sample.window.time_ms <= 100.0
    assert np.concatenate(sample.values["rate"]).sum() > 0
    with pytest.raises(ConfigError, match=r"nothing is left after 500 ms"):
        sample_of(spikes(1))


def test_so_many_neurons_are_drawn_and_each_once():
    rng = np.random.default_rng(1)
    chosen = draw(1000, 250, rng)
    assert np.unique(chosen).size == 250
    assert (np.diff(chosen) > 0).all()
    assert 400 < chosen.mean() < 600
    assert draw(30, 250, rng).tolist() == list(range(30))


@pytest.mark.filterwarnings("ignore:The 'copy' argument in Quantity is deprecated")
def test_elephant_agrees():
    elephant = pytest.importorskip("elephant", reason="needs the extra [analysis]")
    conversion, correlation, neo_core = (
        importlib.import_module(name)
        for name in ("elephant.conversion", "elephant.spike_train_correlation", "neo")
    )
    statistics_of = importlib.import_module(f"{elephant.__name__}.statistics")
    given_trains = random_trains(8, n_steps=4000)
    neo = [
        neo_core.SpikeTrain(np.array(own) * 0.1 + 0.05, units="ms", t_start=0.0, t_stop=400.0)
        for own in naive.trains_by_neuron(given_trains)
    ]
    rates = [float(statistics_of.mean_firing_rate(t).rescale("Hz")) for t in neo]
    check(firing_rates(given_trains), rates)
    isis = [statistics_of.isi(t).magnitude for t in neo if len(t) >= 3]
    cvs = [statistics_of.cv(own) for own in isis]
    assert_allclose(interval_variations(given_trains), cvs, rtol=1e-9)
    varying = [t for t in neo if len(t)]
    binned = conversion.BinnedSpikeTrain(varying, bin_size=2.0 * varying[0].units)
    matrix = correlation.correlation_coefficient(binned)
    expected = matrix[np.triu_indices(len(varying), 1)]
    check(correlations(given_trains, np.arange(9)), expected)
