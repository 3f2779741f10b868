"""Discrete distributions as tables that one 32-bit random word inverts exactly."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fixedpoint.errors import TableError

__all__ = ["InversionTable", "inversion_table"]


@dataclass(frozen=True, slots=True, eq=False)
class InversionTable:
    """What the `invert` kernel needs to draw from a distribution over 0, 1, ..., K - 1.

    Attributes
    ----------
    thresholds : ndarray of uint32, shape (at most K - 1,), read-only, ascending
        ``thresholds[k]`` is 2**32 times the probability of a value of at most k, rounded.
    guide : ndarray of int32, shape (257,), read-only
        ``guide[b]`` is the number of thresholds of at most ``b << 24``, where the search for a
        word with upper byte b starts; the last entry is the number of all thresholds.
    """

    thresholds: NDArray[np.uint32]
    guide: NDArray[np.int32]

    def __post_init__(self) -> None:
        self.thresholds.setflags(write=False)
        self.guide.setflags(write=False)


def inversion_table(cumulative: NDArray[np.float64]) -> InversionTable:
    """The table of a distribution over 0, 1, ..., K - 1.

    Parameters
    ----------
    cumulative : ndarray of float64, shape (K,) with K at least 1
        ``cumulative[k]`` is the probability of a value of at most k: ascending, in [0, 1], the
        last one 1 (within 1e-9).

    Returns
    -------
    InversionTable
        Its probabilities are multiples of 2**-32. A word cannot reach a threshold of 2**32, so a
        value whose predecessors have all the probability is left out of the table.

    Raises
    ------
    TableError
        If `cumulative` is not such a function.
    """
    p = np.asarray(cumulative, dtype=np.float64)
    _check(p)
    scaled = np.rint(p[:-1] * 2.0**32)
    thresholds = scaled[scaled < 2.0**32].astype(np.uint32)
    starts = np.arange(256, dtype=np.int64) << 24
    guide = np.searchsorted(thresholds, starts, side="right")
    return InversionTable(thresholds, np.append(guide, thresholds.size).astype(np.int32))


def _check(p: NDArray[np.float64]) -> None:
    if p.ndim != 1 or p.size == 0:
        msg = f"cumulative probabilities have shape {p.shape}; give a vector of at least one"
        raise TableError(msg)
    if not (np.all(np.diff(p) >= 0) and p[0] >= 0 and abs(p[-1] - 1) <= 1e-9):
        msg = (
            f"cumulative probabilities run from {p[0]:g} to {p[-1]:g}; "
            "they must ascend within [0, 1] and end at 1"
        )
        raise TableError(msg)
