"""Distributions: cumulative function, quantile, mean and variance belong together."""

import math
from statistics import NormalDist

import numpy as np
import pytest

from mapping.distributions import (
    Binomial,
    ClippedNormal,
    Constant,
    Exponential,
    LogNormal,
    Normal,
    Uniform,
)

CONTINUOUS = {
    "normal": Normal(0.5, 0.2),
    "clipped": ClippedNormal(0.5, 0.4, low=0.1, high=1.2),
    "clipped below": ClippedNormal(1.5, 0.75, low=0.05),
    "clipped above": ClippedNormal(0.0, 1.0, high=0.5),
    "clipped nowhere": ClippedNormal(0.5, 0.2),
    "uniform": Uniform(-0.2, 0.7),
    "exponential": Exponential(0.3),
    "lognormal": LogNormal(-1.0, 0.5),
}
P = np.array([1e-6, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1 - 1e-6])

continuous = pytest.mark.parametrize("distribution", CONTINUOUS.values(), ids=CONTINUOUS.keys())


@continuous
def test_quantile_and_cumulative_function_are_inverse(distribution):
    x = distribution.ppf(P)
    assert np.all(np.diff(x) > 0)
    np.testing.assert_allclose(distribution.cdf(x), P, rtol=1e-6)


@continuous
def test_moments_are_those_of_the_quantile_function(distribution):
    """The mean of a function of a value is its integral over the quantiles."""
    p = (np.arange(40_000) + 0.5) / 40_000
    x = distribution.ppf(p)
    assert distribution.mean == pytest.approx(x.mean(), rel=1e-4, abs=1e-4)
    assert distribution.variance == pytest.approx(x.var(), rel=2e-3)


@continuous
def test_cumulative_function_runs_from_0_to_1(distribution):
    x = np.array([[-1e3, -10.0, -0.21], [0.0, 0.05, 0.1], [1.2, 30.0, 1e6]])
    p = distribution.cdf(x)
    assert p.shape == x.shape
    assert (p.ravel()[0], p.ravel()[-1]) == (0.0, 1.0)
    assert np.all(np.diff(p.ravel()) >= 0)


@pytest.mark.parametrize(
    ("distribution", "low", "high"),
    [
        (CONTINUOUS["clipped"], 0.1, 1.2),
        (Uniform(-0.2, 0.7), -0.2, 0.7),
        (Exponential(0.3), 0.0, math.inf),
        (LogNormal(-1.0, 0.5), 0.0, math.inf),
    ],
)
def test_values_stay_within_bounds(distribution, low, high):
    x = distribution.ppf(np.array([2.0**-33, 0.5, 1 - 2.0**-33]))
    assert np.all((low <= x) & (x <= high))
    below = np.array([low - 1e-9, low - 1.0])
    assert distribution.cdf(below).tolist() == [0.0, 0.0]


def test_known_quantiles():
    assert Normal(10.0, 2.0).ppf(np.array([0.975]))[0] == pytest.approx(13.919928, abs=1e-6)
    assert Exponential(2.0).ppf(np.array([0.5]))[0] == pytest.approx(2 * math.log(2))
    assert LogNormal(1.0, 0.3).ppf(np.array([0.5]))[0] == pytest.approx(math.e)
    assert Uniform(1.0, 3.0).variance == pytest.approx(1 / 3)


def test_normal_quantiles_are_those_of_the_standard_library_to_the_last_bit():
    rng = np.random.default_rng(1)
    edges = [0.075, 0.925, np.nextafter(0.075, 0), np.nextafter(0.925, 1), 0.5, 1e-300]
    p = np.concatenate([rng.random(20_000), edges])
    expected = [NormalDist().inv_cdf(value) for value in p.tolist()]
    np.testing.assert_array_equal(Normal(0.0, 1.0).ppf(p), expected)
    assert Normal(0.0, 1.0).ppf(np.zeros((0, 3))).shape == (0, 3)


def test_half_normal_moments():
    """Clipped at its centre: mean sigma sqrt(2 / pi), variance sigma^2 (1 - 2 / pi)."""
    half = ClippedNormal(1.0, 0.5, low=1.0)
    assert half.mean == pytest.approx(1 + 0.5 * math.sqrt(2 / math.pi))
    assert half.variance == pytest.approx(0.25 * (1 - 2 / math.pi))


def test_constant():
    constant = Constant(0.3)
    assert (constant.mean, constant.variance) == (0.3, 0.0)
    assert constant.cdf(np.array([0.29, 0.3, 0.31])).tolist() == [0.0, 1.0, 1.0]
    assert constant.ppf(P).tolist() == [0.3] * P.size


def binomial_probability(n, p, k):
    return math.comb(n, k) * p**k * (1 - p) ** (n - k)


@pytest.mark.parametrize(("n", "p"), [(1, 0.5), (10, 0.3), (40, 0.01), (60, 0.999), (9, 1e-9)])
def test_binomial_probabilities_are_exact(n, p):
    first, probabilities = Binomial(n, p).pmf()
    expected = [binomial_probability(n, p, first + k) for k in range(probabilities.size)]
    np.testing.assert_allclose(probabilities, expected, rtol=1e-9)
    assert sum(expected) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(("n", "p"), [(20_683, 0.1), (10**6, 1e-3), (3 * 10**8, 1e-8)])
def test_binomial_probabilities_of_large_numbers(n, p):
    first, probabilities = Binomial(n, p).pmf()
    counts = first + np.arange(probabilities.size)
    mean = (counts * probabilities).sum()
    assert mean == pytest.approx(n * p, rel=1e-6)
    assert (probabilities * (counts - mean) ** 2).sum() == pytest.approx(n * p * (1 - p), rel=1e-5)
    assert counts[-1] <= n


@pytest.mark.parametrize(("n", "p", "count"), [(7, 1.0, 7), (7, 0.0, 0), (0, 0.5, 0)])
def test_binomial_of_a_fixed_number(n, p, count):
    first, probabilities = Binomial(n, p).pmf()
    assert (first, probabilities.tolist()) == (count, [1.0])
    assert Binomial(n, p).mean == count
    assert Binomial(n, p).quantile(0.01) == count


@pytest.mark.parametrize("tail", [0.5, 0.1, 0.01, 1e-6])
@pytest.mark.parametrize(("n", "p"), [(10, 0.3), (1000, 0.05), (12, 0.9)])
def test_binomial_quantile_is_the_smallest_count_so_rarely_exceeded(n, p, tail):
    quantile = Binomial(n, p).quantile(tail)

    def beyond(count):
        return sum(binomial_probability(n, p, k) for k in range(count + 1, n + 1))

    assert beyond(quantile) <= tail
    assert quantile == 0 or beyond(quantile - 1) > tail
