"""Where losses end: from points that were tried, or by trying more.

A mapping is taken to lose less the slower it runs. That need not be so, which is why what is found
is always read from the points tried, and contradictions among them are told. "Free" is what a
caller says: nothing lost, or nothing lost or late.
"""

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

__all__ = ["Threshold", "bisect", "read_threshold"]


class Threshold(NamedTuple):
    """Where losses end."""

    free_from: float | None
    """Smallest slow-down from which on all that were tried are loss-free; None: the last is not."""
    lossy_at: float | None
    """Largest that was tried and is not loss-free; None: there is none."""
    free_below: tuple[float, ...]
    """Those below `lossy_at` that are loss-free all the same: not monotone."""

    @property
    def is_bracketed(self) -> bool:
        """Whether there is a slow-down tried on either side."""
        return self.free_from is not None and self.lossy_at is not None


def read_threshold(is_free: Mapping[float, bool]) -> Threshold:
    """Read the threshold from what was tried.

    Parameters
    ----------
    is_free : mapping of float to bool
        Whether each slow-down was loss-free.

    Examples
    --------
    >>> read_threshold({1.0: False, 2.0: True, 5.0: True})
    Threshold(free_from=2.0, lossy_at=1.0, free_below=())
    """
    lossy_at = max((s for s, free in is_free.items() if not free), default=None)
    above = [s for s in is_free if lossy_at is None or s > lossy_at]
    below = [s for s, free in is_free.items() if free and lossy_at is not None and s < lossy_at]
    return Threshold(min(above, default=None), lossy_at, tuple(sorted(below)))


def bisect(
    is_free: Callable[[float], bool], low: float, high: float, tolerance: float
) -> tuple[float, float] | None:
    """Halve the ratio between a slow-down with losses and one without, until it is small.

    Parameters
    ----------
    is_free : callable
        Whether a slow-down is loss-free; each is asked for once at most.
    low, high : float
        Where to begin, ``low <= high``.
    tolerance : float
        Ends when the ratio is at most 1 plus this.

    Returns
    -------
    pair of float or None
        The largest tried with losses and the smallest without; both have been tried. None if
        `high` has losses, or `low` has none.
    """
    if not is_free(high) or (low < high and is_free(low)) or low == high:
        return None
    while high / low > 1 + tolerance:
        middle = float(f"{math.sqrt(low * high):.4g}")
        if not low < middle < high:
            break
        low, high = (low, middle) if is_free(middle) else (middle, high)
    return low, high
