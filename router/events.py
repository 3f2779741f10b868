"""What a fabric tells of its packets: fates, and on request every step of their way."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from router.readonly import freeze_arrays

__all__ = ["Activity", "Deliveries", "Fate", "Losses", "Stall", "Trace", "TraceFilter", "TraceKind"]


class Fate(IntEnum):
    """Why a copy of a packet is no longer under way; all but HELD are losses.

    A BLOCKED packet was never under way.
    """

    UNROUTED = 0
    """A core of the chip sent it, and no entry of the table matches."""
    NO_OUTPUT = 1
    """The route of its entry is empty."""
    AGED = 2
    """Two time phases old."""
    DROPPED = 3
    """Blocked until the router's time was up, on a chip that reinjects nothing."""
    HELD = 4
    """Likewise, and taken into the drop register for reinjection: not lost."""
    MISSED = 5
    """Likewise, while the drop register was still full."""
    OVERFLOWED = 6
    """Taken from the drop register while the reinjector's queue was full."""
    BLOCKED = 7
    """Never sent: the core found its transmit register full and gave the packet up."""


class TraceKind(IntEnum):
    """What a line of a trace tells; `place` is a core, a chip or a link (``6 * chip + link``)."""

    SEND = 0
    """In the transmit register of core `place`, until the router takes it."""
    ROUTE = 1
    """In the router of chip `place`, from its first attempt until it leaves or is dropped."""
    LINK = 2
    """Serialised on link `place`."""
    RECEIVE = 3
    """In the receive register of core `place`, until the core takes it."""


@dataclass(frozen=True, slots=True, eq=False)
class Deliveries:
    """Copies that cores took: those of one core in order of time, all in no other order.

    Attributes
    ----------
    time_ps : ndarray of int64, shape (n,)
        When the core took the copy from its receive register.
    core : ndarray of int32, shape (n,)
    packet : ndarray of int64, shape (n,)
    """

    time_ps: NDArray[np.int64]
    core: NDArray[np.int32]
    packet: NDArray[np.int64]

    def __post_init__(self) -> None:
        freeze_arrays(self)

    def __len__(self) -> int:
        return len(self.time_ps)

    def by_time(self) -> "Deliveries":
        """The same in order of time, then core."""
        order = np.lexsort((self.core, self.time_ps))
        return Deliveries(self.time_ps[order], self.core[order], self.packet[order])


@dataclass(frozen=True, slots=True, eq=False)
class Losses:
    """Copies that routers gave up, by time, then chip.

    Attributes
    ----------
    time_ps : ndarray of int64, shape (n,)
    chip : ndarray of int32, shape (n,)
    packet : ndarray of int64, shape (n,)
    fate : ndarray of int8, shape (n,)
        A `Fate`.
    outputs : ndarray of uint32, shape (n,)
        The route that the copy did not take, if it was DROPPED, HELD or MISSED, else 0.
    """

    time_ps: NDArray[np.int64]
    chip: NDArray[np.int32]
    packet: NDArray[np.int64]
    fate: NDArray[np.int8]
    outputs: NDArray[np.uint32]

    def __post_init__(self) -> None:
        freeze_arrays(self)

    def __len__(self) -> int:
        return len(self.time_ps)


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """Stretches of time that packets spent in registers, routers and links.

    Attributes
    ----------
    kind : ndarray of int8, shape (n,)
        A `TraceKind`.
    place : ndarray of int32, shape (n,)
    packet : ndarray of int64, shape (n,)
    start_ps, end_ps : ndarray of int64, shape (n,)
    """

    kind: NDArray[np.int8]
    place: NDArray[np.int32]
    packet: NDArray[np.int64]
    start_ps: NDArray[np.int64]
    end_ps: NDArray[np.int64]

    def __post_init__(self) -> None:
        freeze_arrays(self)

    def __len__(self) -> int:
        return len(self.kind)


@dataclass(frozen=True, slots=True)
class TraceFilter:
    """Which lines a trace keeps: those that meet all of the conditions.

    Attributes
    ----------
    keys : frozenset of int or None
        Keys of packets; None: all.
    chips : frozenset of int or None
        Chips of cores, routers and the sending ends of links; None: all.
    start_ps, end_ps : int
        The stretch starts at or after `start_ps` and before `end_ps`.
    """

    keys: frozenset[int] | None = None
    chips: frozenset[int] | None = None
    start_ps: int = 0
    end_ps: int = 1 << 62


@dataclass(frozen=True, slots=True, eq=False)
class Activity:
    """What happened in one stretch of a run.

    Attributes
    ----------
    deliveries : Deliveries
    losses : Losses
    trace : Trace
        Empty unless a `TraceFilter` was given; by start, kind, place, packet and end.
    """

    deliveries: Deliveries
    losses: Losses
    trace: Trace


@dataclass(frozen=True, slots=True)
class Stall:
    """A router whose packet cannot leave at this moment.

    Attributes
    ----------
    chip : int
    since_ps : int
        First attempt.
    packet : int
    outputs : int
        Route that the packet wants: bits of links and cores.
    blocked : int
        Those of `outputs` that cannot take it now.
    full : int
        Those of the blocked links that are idle, because the input they lead to has no room.
    """

    chip: int
    since_ps: int
    packet: int
    outputs: int
    blocked: int
    full: int
