"""Distances against closed forms and SciPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from host.analysis import distances
from host.analysis.distances import (
    DISTANCES,
    MOST_DIVERGENCE,
    densities,
    earth_movers,
    kolmogorov_smirnov,
    kullback_leibler,
    mixture_distances,
)

values = st.lists(st.floats(-5, 5).map(lambda x: round(x, 2)), min_size=1, max_size=20).map(
    np.array
)


@settings(max_examples=40)
@given(values, values)
def test_ks_and_emd_are_those_of_scipy(one, other):
    levels = np.concatenate((one, other))
    shares = [stats.ecdf(own).cdf.evaluate(levels) for own in (one, other)]
    expected = np.abs(shares[0] - shares[1]).max()
    assert_allclose(kolmogorov_smirnov(one, other), expected, atol=1e-12)
    assert_allclose(earth_movers(one, other), stats.wasserstein_distance(one, other), atol=1e-12)


@settings(max_examples=20)
@given(values)
def test_nothing_lies_between_equals(one):
    shuffled = one[::-1]
    for name in DISTANCES:
        args = (0.3,) if name == "kl" else ()
        assert DISTANCES[name](one, shuffled, *args) == pytest.approx(0.0, abs=1e-12)


def test_a_shift_moves_all_earth_by_it():
    one = np.random.default_rng(1).normal(size=300)
    assert_allclose(earth_movers(one, one + 0.25), 0.25)


def test_divergence_of_normals_is_that_of_the_formula():
    """Normals that differ by d of their widths: d**2 / 2; of widths s and t: see any textbook."""
    quantiles = stats.norm.ppf((np.arange(40_000) + 0.5) / 40_000)
    width = 0.05
    widened = np.sqrt(1 + width**2)
    found = kullback_leibler(quantiles, quantiles + 0.5, width)
    assert_allclose(found, 0.125 / widened**2, rtol=0.01)
    s, t = widened, np.sqrt(1.44 + width**2)
    expected = np.log(t / s) + s**2 / (2 * t**2) - 0.5
    assert_allclose(kullback_leibler(quantiles, 1.2 * quantiles, width), expected, rtol=0.01)


def test_divergence_is_that_of_scipys_densities():
    rng = np.random.default_rng(3)
    one, other = rng.normal(size=60), rng.normal(0.3, 1.2, size=80)
    width = 0.4
    points, _ = densities([one, other], width)
    kernels = [np.exp(-0.5 * ((points[:, None] - own) / width) ** 2) for own in (one, other)]
    reach = distances.REACH * width * (1 + 1e-9)
    near = [np.abs(points[:, None] - own) <= reach for own in (one, other)]
    p, q = ((k * n).sum(axis=1) / k.shape[1] for k, n in zip(kernels, near, strict=True))
    both = (p > 0) & (q > 0)
    expected = stats.entropy(p[both], q[both])  # normalises both
    assert_allclose(kullback_leibler(one, other, width), expected, rtol=0.02)


def test_divergence_goes_from_the_reference_to_the_test():
    wide, narrow = np.linspace(-3, 3, 500), np.linspace(-1, 1, 500)
    there, back = kullback_leibler(wide, narrow, 0.5), kullback_leibler(narrow, wide, 0.5)
    assert abs(there - back) > 0.1


def test_divergence_of_strangers_is_the_most():
    assert kullback_leibler(np.zeros(3), np.full(3, 50.0), 0.3) == MOST_DIVERGENCE


def test_densities_are_normalised_and_as_wide_as_said():
    points, rows = densities([np.array([1.0]), np.array([2.0, 3.0])], 0.3)
    spacing = points[1] - points[0]
    assert_allclose(rows.sum(axis=1) * spacing, 1.0)
    mean = (rows[0] * points).sum() * spacing
    assert_allclose(mean, 1.0, atol=spacing / 2)
    deviation = np.sqrt((rows[0] * (points - mean) ** 2).sum() * spacing)
    assert 0.97 * 0.3 < deviation < 0.3  # cut off


def test_mixtures_weigh_samples_and_not_values():
    """One sample of 1000 zeros and one of a single 1: half of the mixture is 1."""
    samples = [np.zeros(1000), np.array([1.0]), np.zeros(1)]
    in_test = np.array([[False, False, True], [True, False, False]])
    found = mixture_distances(samples, in_test, 0.3)
    assert_allclose(found["ks"], 0.5)
    assert_allclose(found["emd"], 0.5)


def test_groupings_in_blocks_are_the_same(monkeypatch):
    rng = np.random.default_rng(2)
    samples = [rng.normal(size=30) for _ in range(5)]
    in_test = np.array([[k == j for j in range(5)] for k in range(5)])
    whole = mixture_distances(samples, in_test, 0.3)
    monkeypatch.setattr(distances, "VALUES_AT_ONCE", 1)
    for name, found in mixture_distances(samples, in_test, 0.3).items():
        assert_allclose(found, whole[name], rtol=1e-12)


def test_many_values_are_compared_at_quantiles():
    rng = np.random.default_rng(4)
    samples = [rng.normal(shift, size=9000) for shift in (0.0, 0.1, 0.05)]
    in_test = np.array([[False, True, False], [True, False, False]])
    found = mixture_distances(samples, in_test, 0.3)
    for row, chosen in enumerate(in_test):
        exact = mixture_distances(samples, chosen[None], 0.3)
        assert 0 <= exact["ks"][0] - found["ks"][row] < 2 / distances.MOST_LEVELS
        assert_allclose(found["emd"][row], exact["emd"][0], rtol=1e-3)
        assert found["kl"][row] == pytest.approx(exact["kl"][0])
