"""What the compiled cores consist of: one row of integers per core, and what cores share.

Cores are sorted by chip and processor here, so that those of a chip follow one another.
"""

from enum import IntEnum, auto
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.counters import CoreCounter

__all__ = [
    "DUE_AT_ONCE",
    "NEVER_PS",
    "N_COUNTERS",
    "Chip",
    "Core",
    "Delivery",
    "Due",
    "Head",
    "Link",
    "Machine",
    "Number",
    "Packet",
    "Parts",
    "Piece",
    "Record",
    "Rows",
    "Rule",
    "Spikes",
    "Status",
]

NEVER_PS = 1 << 62

Longs = NDArray[np.int64]


class Piece(IntEnum):
    """What a core is at."""

    IDLE = 0
    INTERRUPT = 1
    """Taking packets, after which it decides."""
    TICK = 2
    LOOKUP = 3
    PROCESS = 4
    WRITE = 5
    READ = 6
    ADD = 7
    """Adding a contribution."""
    UPDATE = 8
    """Updating neurons or sources until one sends or all are done; sending, on a delay core."""
    STORE = 9
    DRAWN = 10
    """Work of a Poisson core: tick and sources."""


class _Column(IntEnum):
    @staticmethod
    def _generate_next_value_(name: str, start: int, count: int, last_values: list[int]) -> int:
        del name, start, last_values
        return count


class Core(_Column):
    """Columns of a core's row. Packets are numbers, -1 for none."""

    ROLE = auto()
    LO = auto()
    """First neuron or source."""
    HI = auto()
    SLICE = auto()
    FABRIC = auto()
    """Number in the fabric."""
    CHIP = auto()
    GROUP = auto()
    """Of chips that tick together."""
    SLOT_BYTES = auto()
    SPREAD = auto()
    MARGIN = auto()
    """Time between deadline and tick, of a synapse core."""
    READS_FROM = auto()
    """First of its contributions in `Machine.read_bytes`, of a neuron core."""
    N_READS = auto()
    STORE = auto()
    """Place of a delay core in `Machine.stored`."""
    BUFFER = auto()
    """Row of its spike buffer, -1 if it takes no packets."""
    UNIT = auto()
    """Work of a neuron or source in an update (ps)."""
    STEP = auto()
    THIS_TICK = auto()
    """Time of tick `STEP`."""
    NEXT_TICK = auto()
    """Time of tick ``STEP + 1``."""
    PIECE = auto()
    BEGUN = auto()
    END = auto()
    """Of the piece, as far as packets are known."""
    INBOX = auto()
    """First delivery that the core has not taken."""
    INBOX_LAST = auto()
    N_BUFFERED = auto()
    FIRST = auto()
    """Place of the oldest packet in the buffer."""
    FETCHING = auto()
    """Packet whose row is being fetched or waits to be processed behind `HELD`."""
    FETCH_END = auto()
    IS_COUNTED = auto()
    """Whether the end of the fetch has been counted."""
    HELD = auto()
    """Packet whose row is held."""
    LOOKED_UP = auto()
    """Packet of the piece LOOKUP."""
    HAS_WRITTEN = auto()
    """Whether a synapse core is done with its step: slot written, or step skipped."""
    WRITE_END = auto()
    """Of the last transfer of a slot; `NEVER_PS` while it has not been asked for."""
    WRITTEN_STEP = auto()
    """Step in which it was asked for."""
    DEADLINE = auto()
    LAST_END = auto()
    """End of the last piece of the step."""
    PASS_STEP = auto()
    """Step that is being, or is next to be, updated."""
    PASSES_TO = auto()
    """First step whose update is not yet due."""
    READY = auto()
    """When the update may begin."""
    AT = auto()
    """Members that the update is done with."""
    DONE = auto()
    """Work done towards the next send or the end (ps)."""
    TARGET = auto()
    """Work there is to that (ps)."""
    SENDER = auto()
    """Source that sends at the end of the piece, -1: the update is then done."""
    STAGE = auto()
    SPIKE = auto()
    """Place in the history of the next spike to be sent."""
    PENDING = auto()
    """Spikes known and not sent."""
    HAS_SENT = auto()
    """Whether the packet of the piece has been given to the fabric already."""
    N_ASKED = auto()
    """Contributions asked for."""
    N_ENDED = auto()
    N_ADDED = auto()
    TRANSFER_END = auto()
    """Of the transfer under way, of a neuron core."""
    WAITS_TO_READ = auto()
    """Whether another transfer has been asked for behind it."""
    STEP_RECEIVED = auto()
    STEP_PROCESSED = auto()
    STEP_BUSY = auto()
    COUNTS = auto()
    """First of its counters (`CoreCounter`)."""


N_COUNTERS = len(CoreCounter)


class Head(_Column):
    """Columns of a core's head: what other cores, and the fabric, look at or write."""

    WAKE = auto()
    """Nothing happens to the core before, as far as packets are known."""
    FIRST = auto()
    """First delivery that has been handed over since the core last ran, -1 if none."""
    LAST = auto()
    END = auto()
    """Of the run, on its chip; `NEVER_PS` until that is known."""
    N_COLUMNS = auto()


class Chip(_Column):
    """Columns of a chip's row."""

    FIRST = auto()
    """Its first core."""
    STOP = auto()
    """One past its last core."""
    FREE = auto()
    """When the SDRAM controller has done what it was given."""
    OFFSET = auto()
    DRIFT = auto()
    END = auto()
    """Of the run: the tick that ends its last step; `NEVER_PS` until that is known."""
    N_LOGGED = auto()
    PENDING = auto()
    """Spikes of its cores that are known and not sent."""
    HAS_DELAYS = auto()
    """Whether it has delay cores."""
    N_COLUMNS = auto()


class Rule(_Column):
    """Entries of `Machine.rules`: times of work (ps), choices and sizes."""

    PACKET = auto()
    LOOKUP = auto()
    FETCH = auto()
    ROW = auto()
    SYNAPSE = auto()
    STEP = auto()
    TICK = auto()
    DRAIN = auto()
    READ = auto()
    CONTRIBUTION = auto()
    SEND = auto()
    WRITE = auto()
    POISSON = auto()
    DELAYED = auto()
    BACKLOG = auto()
    """By which packets in the buffer put off an update for certain."""
    DMA_LATENCY = auto()
    DMA_BYTE = auto()
    """Of a transfer: the larger of what a byte takes of the engine and of the controller."""
    SDRAM_BYTE = auto()
    USABLE_BUFFER = auto()
    DROPS_LATE = auto()
    HAS_COLOURS = auto()
    FILTERS = auto()
    STAGE_STEPS = auto()
    PERIOD = auto()
    N_STAGES = auto()
    N_GROUPS = auto()
    """Groups of chips that tick together."""
    N_RULES = auto()


class Packet(_Column):
    """Columns of a packet's row."""

    SOURCE = auto()
    STAGE = auto()
    STEP = auto()
    """Of its stream."""
    DELIVERED = auto()
    """Copies taken by cores."""
    LOST = auto()
    OPEN = auto()
    """Working number of `settle_log`; 0 between calls."""
    N_COLUMNS = auto()


class Delivery(_Column):
    """Columns of a delivery in an inbox."""

    TIME = auto()
    PACKET = auto()
    AFTER = auto()
    """Next one of the same core, -1 if none."""
    N_COLUMNS = auto()


class Spikes(NamedTuple):
    """What has been fired."""

    source: NDArray[np.int32]
    """Step by step, group of chips by group, ascending."""
    spans: Longs
    """Begin and end of those of step u and group g: row ``(u - first) * n_groups + g``."""
    numbers: Longs
    """Entries `Number`; ``first`` is `FIRST_STEP`."""


class Machine(NamedTuple):
    """All arrays of the compiled cores."""

    cores: Longs
    """Shape (n_cores, number of columns): columns `Core`, then those of `CoreCounter`."""
    heads: Longs
    """One per core; columns `Head`."""
    chips: Longs
    """Columns `Chip`."""
    rules: Longs
    """Entries `Rule`."""
    numbers: Longs
    """Entries `Number`."""
    packets: Longs
    """Columns `Packet`; those that nobody needs any more are dropped now and then."""
    inbox: Longs
    """Columns `Delivery`."""
    buffers: Longs
    """Spike buffers, shape (n_buffers, n_entries)."""
    log: Longs
    """Rows processed, shape (n_chips, n_entries, 2): packet, and ``core << 32 | step``."""
    key_class: Longs
    """Class of the key of each stream, shape (n_stages, n_sources), -1: it has none."""
    read_bytes: Longs
    """Bytes of each contribution that a neuron core reads, core by core."""
    core_of: Longs
    """Core by its number in the fabric, -1 for monitors and idle ones."""
    part_of: NDArray[np.int32]
    """Slice of each core."""
    received: Longs
    """Packets that each core of the fabric has taken."""
    spikes: NDArray[np.int32]
    """With `spans` and `numbers`, `Spikes`."""
    spans: Longs
    row_synapses: NDArray[np.uint16]
    rows: NDArray[np.int32]
    """Bytes and number of rows, shape (n_stages, n_kinds, n_slices, 2)."""
    kind: NDArray[np.int32]
    stored: NDArray[np.int32]
    """Spikes that each delay core holds, shape (n_delay_cores, n_slots, longest slice)."""


class Record(_Column):
    """Columns of a record: synapses of a stream that were processed, by all slices or some."""

    FIRST_ROW = auto()
    """Of the rows of the source."""
    STOP_ROW = auto()
    STAGE = auto()
    BASE = auto()
    """Step to which the delays of the synapses are added."""
    STEP = auto()
    """In which the rows were processed."""
    RULE = auto()
    """Entry of `Parts`."""
    FIRST = auto()
    """First of its slices in `Rows.parts`."""
    STOP = auto()
    N_COLUMNS = auto()


class Parts(IntEnum):
    """Which slices have processed the rows of a record."""

    EXCEPT = 0
    """All that have any, but those listed."""
    ONLY = 1
    """Those listed."""


class Link(_Column):
    """Columns of `Rows.links`: a row for each open packet, and for each row processed."""

    PACKET = auto()
    LAST = auto()
    """Last row of the packet that was processed."""
    N_DONE = auto()
    PART = auto()
    """Slice of a row."""
    BEFORE = auto()
    """The one before of the same packet, -1 if there is none."""
    N_COLUMNS = auto()


class Due(_Column):
    """Columns of a segment of a row that is to be added to a ring buffer."""

    START = auto()
    STOP = auto()
    CHANNEL = auto()
    RECORD = auto()
    N_COLUMNS = auto()


DUE_AT_ONCE = 64


class Rows(NamedTuple):
    """What the rows processed leave behind, and how it reaches the neurons."""

    records: Longs
    parts: NDArray[np.int32]
    """Slices that the records name."""
    numbers: Longs
    """How many records there are, and entries of `parts`."""
    expected: NDArray[np.int32]
    """Slices on which each stream has synapses, shape (n_stages, n_sources)."""
    slice_lo: Longs
    slice_of: NDArray[np.int32]
    """Slice of each neuron."""
    order: Longs
    """Working array: late entries of the log."""
    links: Longs
    """Working array, columns `Link`."""
    who: NDArray[np.int32]
    """Working array: core by slice."""
    flags: NDArray[np.uint8]
    """Working array, 0 between uses, shape (n_blocks, n_slices)."""
    saved: NDArray[np.uint16]
    """Working array: ring buffer entries, shape (n_neurons,)."""
    due: Longs
    """Working array: segments to be added, shape (n_blocks, `DUE_AT_ONCE`, number of columns of
    `Due`)."""


class Number(_Column):
    """Entries of `Machine.numbers`."""

    N_INBOX = auto()
    """Deliveries that have been handed over since the last tick."""
    N_PACKETS = auto()
    N_SENDS = auto()
    """Rows of packets to be sent, in the fabric."""
    IS_FULL = auto()
    """Whether a log has no more room."""
    NOW = auto()
    """Time that the fabric has come to."""
    IS_WRONG = auto()
    """Whether a packet was sent that nobody had foreseen: a fault of ours."""
    FIRST_STEP = auto()
    """First step whose spikes are kept."""
    N_SPIKES = auto()
    """Spikes that are kept."""


class Status(IntEnum):
    """Why a kernel returned."""

    DONE = 0
    FULL = 1
