"""Counters of routers and cores, under the names of the hardware and of its tools."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from router.readonly import freeze_arrays

__all__ = ["N_DELAY_BINS", "CoreCounter", "FabricCounters", "RouterCounter"]

N_DELAY_BINS = 16


class RouterCounter(IntEnum):
    """Column of `FabricCounters.router`.

    Packets of other types than multicast are not emulated, so their counters do not exist here; nor
    does r13, which counts cycles. NO_OUTPUT, EMERGENCY_ROUTED and DUMP_OVERFLOWS are ours.
    Sources: SpiNNaker datasheet v2.02, 10.11 (registers r14 to r31 and the diagnostic counters);
    SpiNNFrontEndCommon (the counters of dropping and reinjection).
    """

    LOCAL_MULTICAST = 0
    """Packets that the router took from its chip's cores."""
    EXTERNAL_MULTICAST = 1
    """Packets that the router took from links, or that a reinjector says came by a link."""
    DROPPED_MULTICAST = 2
    """Packets dropped because an output was blocked for too long."""
    DEFAULT_ROUTED_EXTERNAL_MULTICAST = 3
    """Packets that went straight on, since no entry matched."""
    DROPPED_MULTICAST_VIA_LOCAL_TRANSMISSION = 4
    """Packets of the chip's cores that no entry matched."""
    NO_OUTPUT = 5
    """Packets whose route was empty."""
    TIME_PHASE_ERRORS = 6
    """Packets two time phases old (register r5)."""
    EMERGENCY_ROUTED = 7
    """Copies that this router sent around a blocked link."""
    DUMP_OVERFLOWS = 8
    """Packets dropped while the drop register was full (sticky bit V of register r10)."""
    DUMPED_FROM_A_LINK = 9
    """Links that had blocked dropped packets, when the reinjector looked (sticky bits of r10)."""
    DUMPED_FROM_A_PROCESSOR = 10
    """Cores likewise."""
    RECEIVED_FOR_REINJECTION = 11
    MISSED_FOR_REINJECTION = 12
    """Times the reinjector found that packets had been missed."""
    REINJECTION_OVERFLOWS = 13
    """Packets lost because the reinjector's queue was full."""
    REINJECTED = 14
    BUSY_CYCLES = 15
    """Packets plus cycles stalled (r14), counted when a packet leaves the router."""
    UNDELAYED = 16
    """Packets that left at the first attempt (r15)."""
    DELAYED = 17
    """First of sixteen bins of waiting time (r16 to r31); see `N_DELAY_BINS`."""


N_ROUTER_COUNTERS = RouterCounter.DELAYED + N_DELAY_BINS


class CoreCounter(IntEnum):
    """Column of `FabricCounters.core`; names of network_tester."""

    SENT = 0
    """Packets written to the transmit register."""
    BLOCKED = 1
    """Packets given up because the transmit register was full."""
    RECEIVED = 2
    """Packets taken from the receive register."""
    WAITED_PS = 3
    """Time spent waiting for the transmit register."""


@dataclass(frozen=True, slots=True, eq=False)
class FabricCounters:
    """What a fabric has counted since it was made.

    Attributes
    ----------
    router : ndarray of int64, shape (n_chips, 33)
        Columns: `RouterCounter`, the last one followed by the other bins of the delay histogram.
    core : ndarray of int64, shape (18 * n_chips, 4)
        Columns: `CoreCounter`.
    link : ndarray of int64, shape (n_chips, 6, 2)
        Packets that each link began to send: 40 bits, 72 bits.
    """

    router: NDArray[np.int64]
    core: NDArray[np.int64]
    link: NDArray[np.int64]

    def __post_init__(self) -> None:
        freeze_arrays(self)
