"""Packets as cores send them: when, from which core, with which key.

The n-th packet that a fabric is given is *packet n* in everything it tells, so a reader looks key
and time up in what was given. Cores are numbered ``CORES_PER_CHIP * chip + core``.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from router.errors import FabricError
from router.readonly import freeze_arrays

__all__ = ["CORES_PER_CHIP", "EmergencyState", "SendPolicy", "Sends", "time_phase"]

CORES_PER_CHIP = 18


class EmergencyState(IntEnum):
    """Bits 5:4 of a multicast packet's control byte (SpiNNaker datasheet v2.02, 8.3)."""

    NORMAL = 0
    DIVERTED_WITH_NORMAL = 1
    """Went around a blocked link, in one packet with a normal copy."""
    DIVERTED = 2
    """Went around a blocked link."""
    REVERTING = 3
    """On the second leg of the way around."""


class SendPolicy(IntEnum):
    """What a core does with a packet while its transmit register is full."""

    WAIT = 0
    """Wait, and all its later packets behind it."""
    SKIP = 1
    """Give the packet up and count it as blocked, as network_tester does."""


def time_phase(time_ps: int, phase_ps: int) -> int:
    """Time phase at `time_ps`: 00, 01, 11, 10, each for `phase_ps` (datasheet, 8.3).

    Returns
    -------
    int
        Two bits; always 0 if `phase_ps` is 0.

    Examples
    --------
    >>> [time_phase(t, 10) for t in (0, 10, 20, 30, 40)]
    [0, 1, 3, 2, 0]
    """
    index = (time_ps // phase_ps) % 4 if phase_ps else 0
    return index ^ (index >> 1)


@dataclass(frozen=True, slots=True, eq=False)
class Sends:
    """Packets in the order in which cores mean to send them.

    Attributes
    ----------
    time_ps : ndarray of int64, shape (n,)
        When the core writes its transmit register; never falls.
    core : ndarray of int32, shape (n,)
        Sender, ``CORES_PER_CHIP * chip + core``.
    key : ndarray of uint32, shape (n,)
    has_payload : ndarray of bool, shape (n,)
        Whether the packet has 72 bits instead of 40.

    Raises
    ------
    FabricError
        If the arrays differ in length, or a time is negative or lies before the one before it.
    """

    time_ps: NDArray[np.int64]
    core: NDArray[np.int32]
    key: NDArray[np.uint32]
    has_payload: NDArray[np.bool_]

    def __post_init__(self) -> None:
        shapes = {array.shape for array in (self.time_ps, self.core, self.key, self.has_payload)}
        if shapes != {(len(self.time_ps),)}:
            msg = (
                f"time, core, key and payload of packets have shapes {shapes}, expected one length"
            )
            raise FabricError(msg)
        if len(self) and (self.time_ps[0] < 0 or np.any(np.diff(self.time_ps) < 0)):
            msg = "times of packets must not be negative and must not fall; use Sends.sort"
            raise FabricError(msg)
        freeze_arrays(self)

    def __len__(self) -> int:
        return len(self.time_ps)

    @classmethod
    def sort(
        cls,
        time_ps: ArrayLike,
        core: ArrayLike,
        key: ArrayLike,
        has_payload: ArrayLike = False,
    ) -> "Sends":
        """Packets given in any order, put in order of time, then core, then as given."""
        times, cores, keys, payloads = (
            np.array(array, dtype)
            for array, dtype in zip(
                np.broadcast_arrays(time_ps, core, key, has_payload),
                (np.int64, np.int32, np.uint32, bool),
                strict=True,
            )
        )
        order = np.lexsort((cores.ravel(), times.ravel()))
        return cls(*(array.ravel()[order] for array in (times, cores, keys, payloads)))
