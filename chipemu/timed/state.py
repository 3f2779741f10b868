"""What the compiled cores consist of: one row of integers per core, and what cores share.

Cores are sorted by chip and processor here, so that those of a chip follow one another.
"""

from enum import IntEnum, auto
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "NEVER_PS",
    "Core",
    "Cores",
    "Costs",
    "Number",
    "Packets",
    "Piece",
    "Record",
    "Rows",
    "Status",
    "Switches",
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
    """First of its contributors in `Cores.contributors`, of a neuron core."""
    N_READS = auto()
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
    N_COLUMNS = auto()


class Costs(NamedTuple):
    """Times of work (ps)."""

    packet: int
    lookup: int
    row: int
    synapse: int
    step: int
    tick: int
    drain: int
    read: int
    contribution: int
    send: int
    write: int
    poisson: int
    delayed: int
    backlog: int
    """What each packet in the buffer puts off an update for certain."""
    dma_latency: int
    dma_byte: int
    sdram_byte: int


class Switches(NamedTuple):
    """Choices and sizes."""

    usable_buffer: int
    drops_late: int
    has_colours: int
    filters: int
    stage_steps: int
    period: int
    n_steps: int
    n_stages: int


class Packets(NamedTuple):
    """What is known of each packet given to the fabric."""

    source: NDArray[np.int32]
    stage: NDArray[np.int8]
    step: NDArray[np.int32]
    """Step of its stream."""
    delivered: NDArray[np.int32]
    """Copies taken by cores."""
    lost: NDArray[np.int32]
    """Copies lost."""
    n_done: NDArray[np.int32]
    """Working array of `settle_log`; all 0 between calls."""


class Cores(NamedTuple):
    """All arrays of the compiled cores."""

    state: Longs
    """Shape (n_cores, N_COLUMNS)."""
    counts: Longs
    """Shape (n_cores, number of `CoreCounter`)."""
    wake: Longs
    """When each core has something to do next."""
    chip_start: Longs
    """First core of each chip, shape (n_chips + 1,)."""
    sdram_free: Longs
    """When the controller of each chip has done what it was given."""
    offset: Longs
    drift: Longs
    end: Longs
    """Tick `n_steps` of each chip."""
    core_of: NDArray[np.int32]
    """Core by its number in the fabric, -1 for monitors and idle ones."""
    contributors: NDArray[np.int32]
    buffers: Longs
    """Spike buffers, shape (n_buffers, n_entries)."""
    inbox_time: Longs
    inbox_packet: Longs
    inbox_after: NDArray[np.int32]
    log_packet: Longs
    """Packets whose rows have been processed, shape (n_chips, n_entries)."""
    log_place: Longs
    """By which core, in which step: ``core << 32 | step``."""
    n_logged: Longs
    stored: NDArray[np.uint8]
    """Spikes that each delay core holds, shape (n_delay_cores, n_slots, longest slice)."""
    row_synapses: NDArray[np.uint16]
    row_bytes: NDArray[np.int32]
    n_rows: NDArray[np.int32]
    kind: NDArray[np.int32]
    key_class: Longs
    """Class of the key of each stream, shape (n_stages, n_sources), -1: it has none."""
    spikes: NDArray[np.int32]
    """Sources that fired, step by step, group of chips by group, ascending."""
    spike_start: Longs
    """First of those of step u and group g: entry ``u * n_groups + g``."""
    numbers: Longs
    """Columns `Number`."""


class Record(_Column):
    """Columns of a record: synapses of a stream that were processed, by all slices or some."""

    SOURCE = auto()
    STAGE = auto()
    BASE = auto()
    """Step to which the delays of the synapses are added."""
    STEP = auto()
    """In which the rows were processed."""
    MASK = auto()
    """Row of `Rows.masks` that tells the slices, -1 for all."""
    N_COLUMNS = auto()


class Rows(NamedTuple):
    """What the rows processed leave behind, and how it reaches the neurons."""

    records: Longs
    masks: NDArray[np.uint8]
    """Slices of each record that not all have processed, shape (n_masks, n_slices)."""
    numbers: Longs
    """How many records and masks there are."""
    expected: NDArray[np.int32]
    """Slices on which each stream has synapses, shape (n_stages, n_sources)."""
    slice_lo: Longs
    slice_of: NDArray[np.int32]
    """Slice of each neuron."""
    lost: NDArray[np.uint8]
    """Channels whose contribution to a slice is lost, shape (n_slices, n_channels)."""
    order: Longs
    """Working array: late entries of the log, and their keys."""
    who: NDArray[np.int32]
    """Working array: core by slice."""


class Number(IntEnum):
    """Entries of `Cores.numbers`."""

    N_GROUPS = 0
    N_INBOX = 1
    """Deliveries of the stretch under way."""
    N_PACKETS = 2
    N_SENDS = 3
    """Rows of packets to be sent, in the fabric."""
    IS_FULL = 4
    """Whether a log has no more room."""
    NOW = 6
    """Time that the fabric has come to."""
    IS_WRONG = 5
    """Whether a packet was sent that nobody had foreseen: a fault of ours."""


class Status(IntEnum):
    """Why a kernel returned."""

    DONE = 0
    FULL = 1
