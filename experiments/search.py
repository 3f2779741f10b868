"""Where losses end: from points that were tried, or by trying more; shared by experiments.

A mapping is taken to lose less the slower it runs. That need not be so, which is why what is found
is always read from the points tried, and contradictions among them are told. "Free" is what a
caller says: nothing lost, or nothing lost or late.
"""

import math
from collections.abc import Callable, Mapping
from itertools import count
from typing import NamedTuple

__all__ = ["Threshold", "Trial", "bisect", "read_threshold", "seek"]

MOST_GUESSES = 5
"""Tries of `seek` that may follow guesses; the others halve, so that bad guesses cost little."""


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


class Trial(NamedTuple):
    """What one slow-down told."""

    is_free: bool
    guess: float
    """Where the threshold seems to lie from here, such as by the time that was left."""


def seek(
    measure: Callable[[float], Trial], start: float, low: float, high: float, tolerance: float
) -> None:
    """Try slow-downs until one with losses and one without are close, led by guesses at first.

    A good guess is tried from both sides, which needs three tries. Without one, strides that double
    lead to the other side, and then the ratio is halved as by `bisect`. What was found is read from
    the tries (`read_threshold`).

    Parameters
    ----------
    measure : callable
        Tries a slow-down; each is asked for once at most.
    start : float
        First try.
    low, high : float
        No others are tried than those from `low` to `high`.
    tolerance : float
        Ends when the ratio is at most 1 plus this.

    Examples
    --------
    >>> tried = []
    >>> def measure(slowdown):
    ...     tried.append(slowdown)
    ...     return Trial(slowdown >= 0.55, 0.55)
    >>> seek(measure, 1.0, 0.01, 100.0, 0.05)
    >>> tried
    [1.0, 0.5622, 0.5381]
    """
    lossy: float | None = None
    free: float | None = None
    at, stride = start, 1 + tolerance
    for n_tried in count(1):
        trial = measure(at)
        lossy, free = (lossy, at) if trial.is_free else (at, free)
        if lossy is not None and free is not None:
            if free / lossy <= 1 + tolerance:
                return
            blind = math.sqrt(lossy * free)
        else:
            blind = max(low, at / stride) if trial.is_free else min(high, at * stride)
        guesses = _around(trial.guess, tolerance) if n_tried < MOST_GUESSES else ()
        tries = (float(f"{t:.4g}") for t in (*guesses, blind))
        inside = [t for t in tries if (lossy or 0) < t < (free or math.inf) and low <= t <= high]
        if not inside:
            return
        at = inside[0]
        stride = min(stride**2, high / low)


def _around(guess: float, tolerance: float) -> tuple[float, float]:
    """One try above `guess`, and one below, a little closer together than asked for."""
    reach = (1 + tolerance) ** 0.45
    return guess * reach, guess / reach
