"""What is counted of one core ("Counters" in `docs/cores.md`)."""

import numpy as np
from numpy.typing import NDArray

from chipemu.counters import NONE_PS, CoreCounter

__all__ = ["Counts"]

SMALLEST = frozenset(
    counter for counter in CoreCounter if counter.name.startswith(("EARLIEST", "MIN"))
)
LATEST = frozenset(counter for counter in CoreCounter if counter.name.startswith("LATEST"))
MOST_IN_A_STEP = {
    CoreCounter.PACKETS: CoreCounter.MAX_RECEIVED,
    CoreCounter.PROCESSED: CoreCounter.MAX_PROCESSED,
    CoreCounter.BUSY_PS: CoreCounter.MAX_BUSY_PS,
}
"""Sums of which the most in one step is kept, too."""


class Counts:
    """The counters of one core."""

    def __init__(self) -> None:
        self._values = _initial()
        self._in_this_step = dict.fromkeys(MOST_IN_A_STEP, 0)

    def add(self, counter: CoreCounter, n: int = 1) -> None:
        """Add to a sum."""
        self._values[counter] += n
        if n and counter in MOST_IN_A_STEP:
            self._in_this_step[counter] += n
            self.most(MOST_IN_A_STEP[counter], self._in_this_step[counter])

    def most(self, counter: CoreCounter, value: int) -> None:
        """Keep the largest of all values."""
        self._values[counter] = max(self._values[counter], value)

    def least(self, counter: CoreCounter, value: int) -> None:
        """Keep the smallest of all values."""
        self._values[counter] = min(self._values[counter], value)

    def add_slack(self, slack_ps: int) -> None:
        """Count the slack of a step."""
        self.least(CoreCounter.MIN_SLACK_PS, slack_ps)
        self.add(CoreCounter.SUM_SLACK_PS, slack_ps)
        self.add(CoreCounter.N_SLACKS)

    def begin_step(self) -> None:
        """Count anew what is counted by the step."""
        self._in_this_step = dict.fromkeys(MOST_IN_A_STEP, 0)

    def store(self, ahead_ps: int) -> NDArray[np.int64]:
        """The counters, which begin anew; what is counted by the step goes on.

        Of the time counted as busy, `ahead_ps` is still to come, and left to the new ones.
        """
        values, self._values = self._values, _initial()
        values[CoreCounter.BUSY_PS] -= ahead_ps
        self._values[CoreCounter.BUSY_PS] += ahead_ps
        return np.array([values[counter] for counter in CoreCounter], np.int64)


def _initial() -> dict[CoreCounter, int]:
    return {
        counter: NONE_PS if counter in SMALLEST else -1 if counter in LATEST else 0
        for counter in CoreCounter
    }
