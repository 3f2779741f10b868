"""Distributions of quantised weights and delays: moments, limits, rounding."""

import numpy as np
import pytest

from host.quantise import delay_table, quantised_delays, quantised_weights, weight_table
from mapping.distributions import ClippedNormal, Constant, Exponential, LogNormal, Normal, Uniform

SHIFT = 2
UNIT_NA = 2.0 ** (SHIFT - 15)
DISTRIBUTIONS = {
    "normal": Normal(0.4, 0.05),
    "clipped normal": ClippedNormal(0.3, 0.2, low=0.1, high=0.6),
    "uniform": Uniform(0.1, 0.7),
    "exponential": Exponential(0.3),
    "lognormal": LogNormal(-1.5, 0.4),
}


def moments(base, table):
    """Mean and variance of a table, exactly."""
    steps = np.concatenate(([0], table.thresholds, [2**32])).astype(np.float64)
    values, probabilities = base + np.arange(steps.size - 1), np.diff(steps) / 2**32
    mean = (probabilities * values).sum()
    return mean, (probabilities * (values - mean) ** 2).sum()


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_delays_have_the_mean_and_spread_asked_for(name):
    """A step adds the variance of its rounding, a twelfth of its square."""
    unscaled = DISTRIBUTIONS[name]
    dt_ms = unscaled.mean / 40  # fine enough for few delays below a step
    base, table = delay_table(unscaled, dt_ms, 2000)
    mean, variance = moments(base, table)
    assert abs(mean * dt_ms - unscaled.mean) < 0.02 * dt_ms
    assert variance * dt_ms**2 == pytest.approx(unscaled.variance + dt_ms**2 / 12, rel=2e-3)


@pytest.mark.parametrize("name", DISTRIBUTIONS)
@pytest.mark.parametrize("shift", [1, 2, 4])
def test_quantisation_keeps_the_mean_weight(name, shift):
    unit = 2.0 ** (shift - 15)
    mean, _ = moments(*weight_table(DISTRIBUTIONS[name], shift))
    assert abs(mean * unit - DISTRIBUTIONS[name].mean) < unit / 2


def test_negative_weights_become_zero():
    base, table = weight_table(Normal(0.1, 0.1), SHIFT)
    assert base == 0
    below = Normal(0.1, 0.1).cdf(np.array([UNIT_NA / 2]))[0]
    assert table.thresholds[0] / 2**32 == pytest.approx(below, abs=2**-32)


def test_weights_stop_at_16_bits():
    base, table = weight_table(Uniform(7.0, 10.0), SHIFT)  # 65536 units are 8 nA
    assert base == 7 * 2**13
    assert base + table.thresholds.size == 0xFFFF


@pytest.mark.parametrize("value", [0.5, 1.0, 1.49, 1.5, 2.5, 6.5])
def test_a_constant_is_rounded_like_a_listed_value(value):
    base, table = weight_table(Constant(value * UNIT_NA), SHIFT)
    listed = quantised_weights(np.array([value * UNIT_NA]), SHIFT)
    assert (base, table.thresholds.size) == (listed[0], 0)
    assert base == int(value + 0.5)
    base, table = delay_table(Constant(value), 1.0, 99)
    assert (base, table.thresholds.size) == (quantised_delays(np.array([value]), 1.0, 99)[0], 0)
