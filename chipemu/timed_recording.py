"""What a run with full timing gives: the recording, and what every core and router counted."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.recording import Recording
from router.counters import FabricCounters

__all__ = ["Stretch", "TimedCounts", "TimedRecording"]


class Stretch(NamedTuple):
    """What was counted in some consecutive steps.

    They begin when the first chip ticks for `first_step`, those from step 0 on at time 0; they end
    likewise, the last ones with the run, which ends on each chip at its own last tick.
    """

    first_step: int
    stop_step: int
    cores: NDArray[np.int64]
    """Shape (n_cores, number of counters); columns `chipemu.counters.CoreCounter`."""
    fabric: FabricCounters
    fates: NDArray[np.int64]
    """Copies of packets by what became of them, shape (number of fates,); `router.events.Fate`."""
    begin_ps: int
    end_ps: int
    """Of the last stretch: when the run ends on the last chip."""
    wall_ps: NDArray[np.int64]
    """Time of the stretch on each core's chip, busy and idle (ps), shape (n_cores,)."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TimedCounts:
    """What full timing has counted.

    Attributes
    ----------
    stretches : tuple of Stretch
        One after the other, from step 0 to the end.
    n_packets : int
        Packets that cores sent.
    in_flight : ndarray of int64
        Packet of each copy that was under way at the end, in rising order.
    unprocessed : int
        Packets that were in spike buffers, or whose rows were held or being fetched, at the end.
    saturated : int
        Slots of ring buffers that were found at 65535.
    """

    stretches: tuple[Stretch, ...]
    n_packets: int
    in_flight: NDArray[np.int64]
    unprocessed: int
    saturated: int


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TimedRecording(TimedCounts):
    """Result of a run with full timing.

    Attributes
    ----------
    recording : Recording
        As of ideal timing; but ``saturated`` counts, for each neuron, slots found at 65535.
    """

    recording: Recording
