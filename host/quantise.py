"""Weights as 16-bit numbers and delays as steps: single values, and whole distributions.

Everything is rounded to nearest, halves up, and clipped to its range, so that a value given once,
in a list or as a `Constant` becomes the same number. A distribution becomes the *exact*
distribution of the quantised value, as a table that one 32-bit uniform inverts: a core needs
integers only.
"""

import numpy as np
from numpy.typing import NDArray

from fixedpoint.tables import InversionTable, inversion_table
from mapping.distributions import Distribution

__all__ = ["delay_table", "quantised_delays", "quantised_weights", "weight_table"]

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]

MAX_WEIGHT = 0xFFFF


def quantised_weights(weight_na: Floats, shift: int) -> Longs:
    """Raw weights.

    Parameters
    ----------
    weight_na : ndarray of float64
        Magnitudes (nA).
    shift : int
        Left shift of the ring buffer; a unit is ``2**(shift - 15)`` nA.

    Returns
    -------
    ndarray of int64, shape of `weight_na`
        In 0..65535. Negative values become 0.
    """
    return _quantised(weight_na, 2.0 ** (shift - 15), 0, MAX_WEIGHT)


def quantised_delays(delay_ms: Floats, dt_ms: float, n_delays: int) -> Longs:
    """Delays in steps.

    Parameters
    ----------
    delay_ms : ndarray of float64
    dt_ms : float
        Time step (ms).
    n_delays : int
        Longest delay (steps).

    Returns
    -------
    ndarray of int64, shape of `delay_ms`
        In 1..n_delays.
    """
    return _quantised(delay_ms, dt_ms, 1, n_delays)


def weight_table(weight_na: Distribution, shift: int) -> tuple[int, InversionTable]:
    """Distribution of a raw weight.

    Parameters
    ----------
    weight_na : Distribution
        Magnitude (nA). What it has below 0, such as the tail of a `Normal`, becomes weight 0.
    shift : int
        Left shift of the ring buffer; a unit is ``2**(shift - 15)`` nA.

    Returns
    -------
    base : int
        Smallest value that occurs.
    table : InversionTable
        Of the value less `base`; values lie in 0..65535.
    """
    return _table(weight_na, 2.0 ** (shift - 15), 0, MAX_WEIGHT)


def delay_table(delay_ms: Distribution, dt_ms: float, n_delays: int) -> tuple[int, InversionTable]:
    """Distribution of a delay in steps.

    Parameters
    ----------
    delay_ms : Distribution
    dt_ms : float
        Time step (ms).
    n_delays : int
        Longest delay (steps); longer ones become this one, shorter ones than a step one step.

    Returns
    -------
    base : int
        Smallest value that occurs.
    table : InversionTable
        Of the value less `base`; values lie in 1..n_delays.
    """
    return _table(delay_ms, dt_ms, 1, n_delays)


def _quantised(values: Floats, unit: float, low: int, high: int) -> Longs:
    return np.clip(np.floor(values / unit + 0.5), low, high).astype(np.int64)


def _table(
    distribution: Distribution, unit: float, low: int, high: int
) -> tuple[int, InversionTable]:
    tails = distribution.ppf(np.array([2.0**-33, 1 - 2.0**-33]))
    first, last = _quantised(tails, unit, low, high).tolist()
    edges = (np.arange(first, last) + 0.5) * unit
    return first, inversion_table(np.append(distribution.cdf(edges), 1.0))
