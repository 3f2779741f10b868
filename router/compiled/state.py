"""Where things lie in the compiled fabric's memory: a row per link, input, router and core.

The memory is one flat array (`router.wheel.state` says why) that begins with the calendar of
events. The time that a hop takes is that of the cache lines it touches: rows begin at a line and
have what every hop needs in the first one. A packet under way is one 64-bit word: see the shifts.
"""

from enum import IntEnum, auto
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from router.counters import N_ROUTER_COUNTERS, CoreCounter
from router.geometry import N_LINKS
from router.table import FIRST_CORE_BIT, LINK_BITS
from router.wheel.state import HEADER, WHEEL_NUMBERS

__all__ = [
    "ARRIVE",
    "CLASSES",
    "CLASS_BITS",
    "CLASS_SHIFT",
    "CORE_PORT",
    "CORE_SIZE",
    "DUMP",
    "EMPTY",
    "EVENTS_PER_CHIP",
    "FIRST_CORE_BIT",
    "INPUT_SHIFT",
    "LANE",
    "LINK",
    "LINKS",
    "LOCAL",
    "NEVER_PS",
    "N_LINKS",
    "PACKET_SHIFT",
    "PAYLOAD",
    "PHASE_SHIFT",
    "REINJECT",
    "ROUTE",
    "ROUTER_SIZE",
    "SLACK",
    "STATE_SHIFT",
    "SUBMIT",
    "Core",
    "Input",
    "LinkState",
    "Memory",
    "Number",
    "Packets",
    "Router",
    "Send",
    "Status",
]

PAYLOAD = 1
PHASE_SHIFT = 1
STATE_SHIFT = 3
INPUT_SHIFT = 5
CLASS_SHIFT = 8
CLASS_BITS = 24
PACKET_SHIFT = 32
"""A word: has a payload (bit 0), time phase (2 bits), emergency state (2), input it seems to have
come by (3), class of its key (24), number of the packet (31)."""
LOCAL = 7
"""Input of a packet that a core of the chip sent (SpiNNaker datasheet v2.02, 8.6, register SAR)."""
EMPTY = -1
NEVER_PS = 1 << 62
CLASSES = (1 << CLASS_BITS) - 1
CORE_PORT = N_LINKS
"""Port of all cores; those before it are links."""
LINKS = LINK_BITS
LANE, LINK, ARRIVE, SUBMIT, ROUTE, DUMP, REINJECT = 0, 6, 12, 18, 36, 37, 38
"""First event of each kind, in units of the number of chips."""
EVENTS_PER_CHIP = 39
SLACK = 64
"""More records than one event adds."""
Memory = NDArray[np.int64]


class _Column(IntEnum):
    @staticmethod
    def _generate_next_value_(name: str, start: int, count: int, last_values: list[int]) -> int:
        del name, start, count
        return last_values[-1] + 1 if last_values else 0


class LinkState(_Column):
    """Row of a link; the ring of waiting words begins at the last."""

    FAR = auto()
    """Input that the link leads to, -1 if it is dead."""
    LANE = auto()
    IDLE_AT = auto()
    N_WAITING = auto()
    SHORT_PS = auto()
    """Serialisation of a packet of 40 bits; of 72 bits in the next column."""
    LONG_PS = auto()
    FLIGHT_PS = auto()
    """From there to the far router's decision."""
    SHORT_SENT = auto()
    LONG_SENT = auto()
    FIRST = auto()
    ON_THE_WAY = auto()
    """Word between the link and its lane."""
    RING = auto()


class Input(_Column):
    """Row of an input; a ring of pairs, word and time of arrival, begins at the last."""

    NEAR = auto()
    """Link that leads here, -1 if none."""
    ROOM = auto()
    FIRST = auto()
    N_READY = auto()
    """Packets that have arrived."""
    N_COMING = auto()
    """Packets under way on the link."""
    RING = auto()


class Router(_Column):
    """Row of a router."""

    FREE_AT = auto()
    WORD = auto()
    """Stalled packet."""
    SINCE = auto()
    WANTED = auto()
    REVERTING = auto()
    """Link that the stalled packet wants for a reverting copy, as a bit of a route."""
    READY_PORTS = auto()
    """One bit per port with a packet that waits."""
    LAST_PORT = auto()
    ALIVE = auto()
    """Outputs that exist."""
    COUNTS = auto()
    """First of the counters, as in `FabricCounters`; but BUSY_CYCLES holds stall cycles only, and
    UNDELAYED nothing."""
    READY_CORES = 8 + N_ROUTER_COUNTERS  # after the counters
    LAST_CORE = auto()
    REINJECTOR = auto()
    """Core that reinjects, -1 if none does."""
    DUMPED = auto()
    """Word in the drop register."""
    HAS_MISSED = auto()
    BLOCKED = auto()
    """Outputs that blocked packets dropped since the register was emptied (sticky bits)."""
    QUEUE_FIRST = auto()
    QUEUE_LENGTH = auto()
    IS_TRACED = auto()


ROUTER_SIZE = -(-(Router.IS_TRACED + 1) // 8) * 8
"""Whole cache lines."""


class Core(_Column):
    """Row of a core."""

    WORD = auto()
    """In the transmit register."""
    SINCE = auto()
    RECEIVED_WORD = auto()
    """In the receive register, if it is not taken before the run ends."""
    FILLED_AT = auto()
    BACKLOG_FIRST = auto()
    BACKLOG_LAST = auto()
    COUNTS = auto()
    """First of the counters, as in `FabricCounters`."""


CORE_SIZE = Core.COUNTS + len(CoreCounter)


class Number(IntEnum):
    """Single numbers, between those of the calendar and its arrays."""

    @staticmethod
    def _generate_next_value_(name: str, start: int, count: int, last_values: list[int]) -> int:
        del name, start, last_values
        return WHEEL_NUMBERS + count

    N_CHIPS = auto()
    LINKS = auto()
    """Where the rows of the links begin; likewise INPUTS, ROUTERS and CORES."""
    LINK_SIZE = auto()
    """Length of a row."""
    INPUTS = auto()
    INPUT_SIZE = auto()
    ROUTERS = auto()
    CORES = auto()
    RECEIVING = auto()
    """Where two numbers of each core lie: the time until which its receive register is full, and
    the time that it takes for a received packet."""
    LANES = auto()
    """Where the times lie at which each lane has sent what reached it."""
    COMING = auto()
    """Where the cores are listed that take a packet after the run."""
    N_COMING = auto()
    HELD = auto()
    """Where the queues of the reinjectors lie."""
    DELIVERED = auto()
    """Where records of 3 numbers lie, all times before all cores before all packets."""
    LOST = auto()
    """Records of 5: time, chip, packet, fate, outputs."""
    TRACED = auto()
    """Records of 5: kind, place, packet, start, end."""
    RECORDS = auto()
    """Room for each kind of records."""
    N_DELIVERED = auto()
    N_LOST = auto()
    N_TRACED = auto()
    UNTIL = auto()
    """End of the run."""
    CYCLE_PS = auto()
    PIPELINE_PS = auto()
    WAIT1 = auto()
    """-1: for ever; likewise WAIT2."""
    WAIT2 = auto()
    DELAY_SHIFT = auto()
    OUTPUT_PACKETS = auto()
    RING_SIZE = auto()
    SHORT_CORE_PS = auto()
    LONG_CORE_PS = auto()
    SHORT_LANE_PS = auto()
    LONG_LANE_PS = auto()
    PHASE_PS = auto()
    REINJECT_QUEUE = auto()
    TICK_PS = auto()
    DUMP_PS = auto()
    RESEND_PS = auto()
    IS_SKIPPING = auto()
    IS_TRACING = auto()
    TRACE_START = auto()
    TRACE_END = auto()
    NEXT_SEND = auto()


assert max(Number) < HEADER


class Send(_Column):
    """Columns of the packets to be sent."""

    TIME = auto()
    CORE = auto()
    WORD = auto()
    AFTER = auto()
    """Next one in the backlog of the same core."""
    N_COLUMNS = auto()


class Packets(NamedTuple):
    """What grows with the packets, and therefore lies outside the memory.

    Attributes
    ----------
    routes : ndarray of int32, shape (n_classes, n_chips)
        Route of each class of keys on each chip, -1 if no entry matches.
    copies : ndarray of int32, shape (at least the number of packets given,)
        Copies that each packet has been in all.
    sends : ndarray of int64, shape (n, 4)
        Packets to be sent; columns `Send`.
    """

    routes: NDArray[np.int32]
    copies: NDArray[np.int32]
    sends: NDArray[np.int64]


class Status(IntEnum):
    """Why the kernel returned."""

    DONE = 0
    FULL = 1
    """The arrays of records have no room for what one more event may cause."""
