"""Thresholds of slow-downs: read, bisected, and sought with guesses."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.search import Trial, bisect, read_threshold, seek


def test_the_threshold_lies_above_the_last_losses():
    threshold = read_threshold({5.0: True, 1.0: False, 2.0: False, 10.0: True})
    assert threshold == (5.0, 2.0, ())


def test_a_slow_down_without_losses_below_one_with_is_told():
    assert read_threshold({1.0: True, 2.0: False, 5.0: True}) == (5.0, 2.0, (1.0,))


def test_a_threshold_outside_of_what_was_tried():
    assert read_threshold({1.0: False, 2.0: False}).free_from is None
    assert read_threshold({1.0: True, 2.0: True}) == (1.0, None, ())


@pytest.mark.parametrize("threshold", [1.5, 3.0, 7.7, 19.9])
def test_bisection_brackets_the_threshold(threshold):
    tried = []

    def is_free(slowdown):
        tried.append(slowdown)
        return slowdown >= threshold

    low, high = bisect(is_free, 1.0, 20.0, 0.05)
    assert low < threshold <= high <= 1.05 * low
    assert {low, high} <= set(tried)
    assert len(tried) == len(set(tried)) <= 9


def test_bisection_needs_losses_at_one_end_only():
    assert bisect(lambda _: True, 1.0, 20.0, 0.05) is None
    assert bisect(lambda _: False, 1.0, 20.0, 0.05) is None
    assert bisect(lambda s: s > 1, 1.0, 1.0, 0.05) is None


@given(
    st.floats(0.002, 90),
    st.sampled_from([0.01, 0.05, 0.3]),
    st.lists(st.floats(-1, 100), min_size=1, max_size=9),
)
def test_seeking_brackets_the_threshold_whatever_the_guesses(threshold, tolerance, guesses):
    tried = {}

    def measure(slowdown):
        assert slowdown not in tried
        tried[slowdown] = slowdown >= threshold
        return Trial(tried[slowdown], guesses[len(tried) % len(guesses)])

    seek(measure, 1.0, 0.001, 100.0, tolerance)
    read = read_threshold(tried)
    assert read.lossy_at < threshold <= read.free_from
    assert read.free_from <= read.lossy_at * (1 + tolerance) * (1 + 1e-9)


@pytest.mark.parametrize("threshold", [0.03, 0.55, 1.0, 7.0])
def test_a_good_guess_needs_three_tries(threshold):
    tried = []

    def measure(slowdown):
        tried.append(slowdown)
        return Trial(slowdown >= threshold, threshold)

    seek(measure, 2.0, 0.001, 100.0, 0.05)
    assert len(tried) == 3


def test_after_five_tries_guesses_are_no_longer_followed():
    """Guesses that are always a little below the last loss-free try would need hundreds."""
    tried = []

    def measure(slowdown):
        tried.append(slowdown)
        return Trial(slowdown >= 0.01, min(tried) * 0.98)

    seek(measure, 1.0, 0.001, 100.0, 0.05)
    ratios = [a / b for a, b in itertools.pairwise(tried)]
    assert all(1 < ratio < 1.05 for ratio in ratios[:4])
    assert ratios[4] > 1.2
    assert len(tried) < 20


@pytest.mark.parametrize(("is_free", "end"), [(True, 0.001), (False, 100.0)])
def test_seeking_ends_where_it_may_go_no_further(is_free, end):
    tried = []

    def measure(slowdown):
        tried.append(slowdown)
        return Trial(is_free, 1.0)

    seek(measure, 1.0, 0.001, 100.0, 0.05)
    assert tried[-1] == end
    assert all(0.001 <= slowdown <= 100.0 for slowdown in tried)
    assert len(tried) < 20
