"""What happens when: the order of things that happen at one time."""

from collections.abc import Callable
from enum import IntEnum
from typing import Protocol

__all__ = ["Agenda", "Kind"]


class Kind(IntEnum):
    """Kinds of events, in the order in which those of one time happen; see `docs/fabric.md`.

    STRETCH, CLOCK and CORE are for programs on the cores (`docs/cores.md`); the fabric has none.
    """

    STRETCH = 0
    LANE = 1
    LINK = 2
    ARRIVE = 3
    SUBMIT = 4
    ROUTE = 5
    RECEIVE = 6
    DUMP = 7
    REINJECT = 8
    CLOCK = 9
    CORE = 10
    SEND = 11


class Agenda(Protocol):
    """Lets things happen in the order of time, then kind, then number."""

    @property
    def now_ps(self) -> int:
        """Time of what happens now."""

    def at(self, time_ps: int, kind: Kind, number: int, action: Callable[[], None]) -> None:
        """Let `action` happen at `time_ps`, among its `kind` as the `number`-th."""
