"""Scaled, shifted and binned distributions, against samples of what they are made of."""

import numpy as np
import pytest

from mapping.derived import SPREAD, Binned, Scaled, binned, scaled, shifted
from mapping.distributions import ClippedNormal, Constant, Exponential, Normal, Uniform

WEIGHT = ClippedNormal(0.0878, 0.00878, low=0.0)
P = (np.arange(20_000) + 0.5) / 20_000


def moments(distribution):
    """Mean and variance by the quantile function."""
    values = distribution.ppf(P)
    return values.mean(), values.var()


@pytest.mark.parametrize(
    "distribution",
    [
        scaled(WEIGHT, 0.95),
        scaled(Exponential(2.0), 3.0),
        shifted(ClippedNormal(1.5, 0.75, low=0.05), -0.1, 0.1),
        shifted(ClippedNormal(1.5, 0.75, low=0.05), 0.2, 0.3),
        binned(WEIGHT, 3, preserving=False),
        binned(WEIGHT, 1, preserving=True),
        binned(Uniform(1.0, 2.0), 4, preserving=True),
    ],
)
def test_quantiles_cumulative_function_and_moments_agree(distribution):
    mean, variance = moments(distribution)
    assert distribution.mean == pytest.approx(mean, rel=1e-3)
    assert distribution.variance == pytest.approx(variance, rel=2e-2)
    p = P[::100]
    values = distribution.ppf(p)
    gap = 1e-9 * np.abs(values).max()
    assert (distribution.cdf(values + gap) >= p - 1e-9).all()
    assert (distribution.cdf(values - gap) <= p + 1e-9).all()
    assert hash(distribution) == hash(distribution)


def test_what_is_scaled_by_one_is_the_same_object():
    assert scaled(WEIGHT, 1.0) is WEIGHT
    assert scaled(WEIGHT, 0.0) == Constant(0.0)
    assert scaled(Constant(2.0), 0.5) == Constant(1.0)
    assert isinstance(scaled(WEIGHT, 2.0), Scaled)


def test_shifted_values_are_a_floor_at_least():
    assert shifted(Constant(1.5), -0.1, 0.1) == Constant(1.4)
    assert shifted(Constant(0.1), -0.1, 0.1) == Constant(0.1)
    delay = shifted(ClippedNormal(0.75, 0.375, low=0.05), -0.4, 0.1)
    assert delay.ppf(P).min() == 0.1
    before = ClippedNormal(0.75, 0.375, low=0.05)
    np.testing.assert_allclose(delay.cdf(np.array([0.0999, 0.1, 1.0]))[0], 0.0)
    np.testing.assert_allclose(
        delay.cdf(np.array([0.1, 1.0])), before.cdf(np.array([0.5, 1.4])), rtol=1e-12
    )


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_naive_values_are_the_centres_of_equal_bins(bits):
    distribution = binned(Normal(10.0, 1.0), bits, preserving=False)
    values = np.unique(distribution.ppf(P))
    centres = 10 - SPREAD + (np.arange(2**bits) + 0.5) * 2 * SPREAD / 2**bits
    assert np.isclose(values[:, np.newaxis], centres).any(axis=1).all()
    assert np.abs(distribution.ppf(P) - Normal(10.0, 1.0).ppf(P)).max() <= SPREAD / 2**bits + 1e-9


def test_one_naive_bit_spreads_weights_two_and_a_half_times():
    distribution = binned(Normal(10.0, 1.0), 1, preserving=False)
    assert distribution.mean == pytest.approx(10.0)
    assert distribution.variance == pytest.approx(2.5**2)


@pytest.mark.parametrize("bits", range(1, 13))
@pytest.mark.parametrize("base", [WEIGHT, Uniform(1.0, 3.0)])
def test_preserving_keeps_mean_and_variance(bits, base):
    distribution = binned(base, bits, preserving=True)
    assert distribution.mean == pytest.approx(base.mean, rel=1e-12)
    assert distribution.variance == pytest.approx(base.variance, rel=1e-12)
    assert np.unique(distribution.ppf(P)).size <= 2**bits


def test_many_bits_change_next_to_nothing():
    for preserving in (True, False):
        distribution = binned(WEIGHT, 16, preserving=preserving)
        near = WEIGHT.ppf(P)
        np.testing.assert_allclose(distribution.ppf(P), near, atol=SPREAD * 0.00878 / 2**15)


def test_a_constant_has_one_value_at_any_resolution():
    assert binned(Constant(0.3), 1, preserving=False) == Constant(0.3)


def test_negative_values_are_refused():
    with pytest.raises(ValueError, match="6 bits that preserve mean and variance take a value of"):
        binned(Normal(1.0, 1.0), 6, preserving=True)


def test_the_outer_bins_take_the_tails():
    distribution = Binned(Normal(0.0, 1.0), -1.0, 1.0, 2, 5.0, 2.0)
    np.testing.assert_array_equal(
        distribution.ppf(np.array([0.001, 0.4, 0.6, 0.999])), [5, 5, 7, 7]
    )
    np.testing.assert_allclose(distribution.cdf(np.array([4.9, 5, 6.9, 7])), [0, 0.5, 0.5, 1])
