"""Logarithmic axes: where values stand, and which values are written."""

import math
from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["LogAxis", "log_axis"]

MOST_TICKS = 9
MARGIN = 0.06
"""Part of the axis, in decades, that stays free at each end."""
SHORTEST_DECADES = 1.0


class LogAxis(NamedTuple):
    """From `low`, at pixel `start`, to `high`, at pixel `stop`."""

    low: float
    high: float
    start: float
    stop: float

    def at(self, value: float) -> float:
        """Pixel of a value greater than 0."""
        part = math.log(value / self.low) / math.log(self.high / self.low)
        return self.start + part * (self.stop - self.start)

    def holds(self, value: float) -> bool:
        """Whether `value` lies on the axis."""
        return self.low <= value <= self.high

    def ticks(self) -> list[float]:
        """Values to write, at most nine: 1, 2 and 5 times powers of ten, or powers of ten."""
        powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        fine = [m * 10.0**power for power in powers for m in (1, 2, 5)]
        shown = [value for value in fine if self.holds(value)]
        if len(shown) <= MOST_TICKS:
            return shown
        decades = [power for power in powers if self.holds(10.0**power)]
        step = -(-len(decades) // MOST_TICKS)
        return [10.0**power for power in decades if power % step == 0]


def log_axis(values: Iterable[float], start: float, stop: float) -> LogAxis:
    """Axis that holds `values` with room at its ends; at least a decade long.

    Parameters
    ----------
    values : iterable of float
        Greater than 0; without any, the axis goes from 0.1 to 10.
    start, stop : float
        Pixels.
    """
    found = list(values) or [0.1, 10.0]
    first, last = math.log10(min(found)), math.log10(max(found))
    free = max(MARGIN * (last - first), (SHORTEST_DECADES - (last - first)) / 2, MARGIN)
    return LogAxis(10 ** (first - free), 10 ** (last + free), start, stop)
