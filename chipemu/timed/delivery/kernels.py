"""Synapses of the rows processed, and direct Poisson input, added to the ring buffers.

Entries of ring buffers are sums that end at 65535. So the order in which synapses are added does
not matter, and most of what is due in a step can be added before its last packets are known.
"""

import numpy as np
from numpy.typing import NDArray

from chipemu.kernels import add_row, add_sources
from chipemu.state import Loaded, Sources, State
from chipemu.timed.rows.kernels import ONLY, flag_parts
from chipemu.timed.state import DUE_AT_ONCE, Due, Record, Rows
from fixedpoint.jit import borrowed, inlined_kernel, kernel, parallel_kernel, prange, prefetch

Longs = NDArray[np.int64]
Ints = NDArray[np.int32]
Ring = NDArray[np.uint16]
Words = NDArray[np.uint32]
Flags = NDArray[np.uint8]

FULL = 0xFFFF
AHEAD = 8
"""Records between the one that is looked up and the one whose segments are asked for."""
WORDS_PER_LINE = 16
FEW_PARTS = 4
"""For so many slices a row is rather walked once for each."""


@kernel
def add_within(
    ring: Ring, words: Words, start: int, stop: int, lo: int, first: int, last: int
) -> None:
    """Add the weights of ``words[start:stop]`` to their targets from `first` up to `last`."""
    for i in range(start, stop):
        word = np.int64(words[i])
        target = lo + (word & 0xFFFF)
        if first <= target < last:
            ring[target] = min(np.int64(FULL), np.int64(ring[target]) + (word >> 16))


@kernel
def add_flagged(
    ring: Ring, words: Words, start: int, stop: int, lo: int, flags: Flags, slice_of: Ints
) -> None:
    """Add the weights of ``words[start:stop]`` to those targets whose slice is flagged."""
    for i in range(start, stop):
        word = np.int64(words[i])
        target = lo + (word & 0xFFFF)
        if flags[slice_of[target]]:
            ring[target] = min(np.int64(FULL), np.int64(ring[target]) + (word >> 16))


@kernel
def add_only(
    ring: Ring, words: Words, start: int, stop: int, lo: int, record: Longs, rows: Rows, block: int
) -> None:
    """Add the weights of ``words[start:stop]`` in the slices of the record."""
    first, last = record[Record.FIRST], record[Record.STOP]
    if last - first <= FEW_PARTS:
        for i in range(first, last):
            part = rows.parts[i]
            low, high = rows.slice_lo[part], rows.slice_lo[part + 1]
            add_within(ring, words, start, stop, lo, low, high)
        return
    flags = rows.flags[block]
    flag_parts(first, last, rows, flags, 1)
    add_flagged(ring, words, start, stop, lo, flags, rows.slice_of)
    flag_parts(first, last, rows, flags, 0)


@kernel
def copy_parts(into: Ring, out_of: Ring, lo: int, hi: int, record: Longs, rows: Rows) -> None:
    """Copy the entries of the record's slices between `lo` and `hi`."""
    for i in range(record[Record.FIRST], record[Record.STOP]):
        part = rows.parts[i]
        first, stop = max(lo, rows.slice_lo[part]), min(hi, rows.slice_lo[part + 1])
        for n in range(first, stop):
            into[n] = out_of[n]


@inlined_kernel
def hold_rows(rows: Rows) -> Rows:
    """`rows` without reference counts."""
    return Rows(
        borrowed(rows.records),
        borrowed(rows.parts),
        borrowed(rows.numbers),
        borrowed(rows.expected),
        borrowed(rows.slice_lo),
        borrowed(rows.slice_of),
        borrowed(rows.order),
        borrowed(rows.links),
        borrowed(rows.who),
        borrowed(rows.flags),
        borrowed(rows.saved),
        borrowed(rows.due),
    )


@inlined_kernel
def hold_image(image: Loaded) -> Loaded:
    """`image` without reference counts."""
    return Loaded(
        borrowed(image.words),
        borrowed(image.row_start),
        borrowed(image.segments),
        borrowed(image.row_channel),
        borrowed(image.source_rows),
        borrowed(image.block_lo),
        borrowed(image.i_offset),
        borrowed(image.run_start),
        borrowed(image.run_model),
        borrowed(image.constants),
        image.exact,
        image.weight_na,
    )


@inlined_kernel
def hold_state(state: State) -> State:
    """`state` without reference counts."""
    return State(
        borrowed(state.v),
        borrowed(state.timer),
        borrowed(state.i_exc),
        borrowed(state.i_inh),
        borrowed(state.more),
        borrowed(state.i_offset),
        borrowed(state.level),
        borrowed(state.next_change),
        borrowed(state.input_exc),
        borrowed(state.input_inh),
        borrowed(state.rings),
        borrowed(state.saturated),
        borrowed(state.fired),
        borrowed(state.fired_words),
        borrowed(state.draws),
        borrowed(state.counts),
        borrowed(state.emitted),
    )


@inlined_kernel
def delay_place(record: Longs, step: int, stage_steps: int, n_delays: int) -> int:
    """Place of the delay, less one, with which synapses of the record are due in `step`; or -1."""
    delay = step - record[Record.BASE]
    shortest = record[Record.STAGE] * stage_steps
    if delay <= shortest or delay > min(shortest + stage_steps, n_delays):
        return -1
    if step <= record[Record.STEP]:
        return -1  # the slot had passed
    return delay - 1


@inlined_kernel
def prefetch_segments(record: Longs, place: int, image: Loaded) -> None:
    """Ask for what tells where the record's synapses of `place` are."""
    row = record[Record.FIRST_ROW]
    prefetch(image.row_start, row)
    prefetch(image.segments.reshape(-1), row * image.segments.shape[1] + place)


@inlined_kernel
def add_due(n: int, block: int, rows: Rows, image: Loaded, state: State) -> None:
    """Add the `n` segments that are due to the neurons of `block`.

    Where nearly all slices get one, the entries of the others are put back afterwards.
    """
    lo, hi = image.block_lo[block], image.block_lo[block + 1]
    for k in range(n):
        start, stop = rows.due[block, k, Due.START], rows.due[block, k, Due.STOP]
        record = rows.records[rows.due[block, k, Due.RECORD]]
        ring = borrowed(state.rings[rows.due[block, k, Due.CHANNEL]])
        if record[Record.RULE] == ONLY:
            add_only(ring, image.words, start, stop, lo, record, rows, block)
        elif record[Record.FIRST] == record[Record.STOP]:
            add_row(ring, state.saturated, image.words, start, stop, lo)
        else:
            copy_parts(rows.saved, ring, lo, hi, record, rows)
            add_row(ring, state.saturated, image.words, start, stop, lo)
            copy_parts(ring, rows.saved, lo, hi, record, rows)


@kernel
def deliver_records(
    first: int,
    step: int,
    block: int,
    stage_steps: int,
    rows: Rows,
    image: Loaded,
    state: State,
) -> None:
    """Add what is due in `step` of the records from `first` on to the neurons of `block`.

    What takes time is to wait for memory. So the segments of several records are looked up, and
    their synapses asked for, before the first of them are added.
    """
    rows, image, state = hold_rows(rows), hold_image(image), hold_state(state)
    n_delays = (image.segments.shape[1] - 1) // (image.block_lo.shape[0] - 1)
    n = 0
    for i in range(first, rows.numbers[0]):
        if i + AHEAD < rows.numbers[0]:
            record = rows.records[i + AHEAD]
            place = delay_place(record, step, stage_steps, n_delays)
            prefetch_segments(record, block * n_delays + place, image)
        record = rows.records[i]
        place = delay_place(record, step, stage_steps, n_delays)
        if place < 0:
            continue
        place += block * n_delays
        for row in range(record[Record.FIRST_ROW], record[Record.STOP_ROW]):
            begin = image.row_start[row]
            start = begin + np.int64(image.segments[row, place])
            stop = begin + np.int64(image.segments[row, place + 1])
            if start == stop:
                continue
            prefetch(image.words, start)
            prefetch(image.words, start + WORDS_PER_LINE)
            due = rows.due[block, n]
            due[Due.START], due[Due.STOP] = start, stop
            due[Due.CHANNEL], due[Due.RECORD] = image.row_channel[row], i
            n += 1
            if n == DUE_AT_ONCE:
                add_due(n, block, rows, image, state)
                n = 0
    add_due(n, block, rows, image, state)


@kernel
def deliver_early(
    first: int,
    step: int,
    stage_steps: int,
    rows: Rows,
    image: Loaded,
    sources: Sources,
    state: State,
    seed: Longs,
) -> None:
    """Add to the ring buffers what is known of `step` one step before: nearly all of it."""
    for block in range(image.block_lo.shape[0] - 1):
        deliver_records(first, step, block, stage_steps, rows, image, state)
        add_sources(step, block, image, sources, state, seed)


@parallel_kernel
def deliver_late(
    first: int, step: int, stage_steps: int, rows: Rows, image: Loaded, state: State
) -> None:
    """Add to the ring buffers what is due in `step` of the records from `first` on."""
    for block in prange(image.block_lo.shape[0] - 1):
        deliver_records(first, step, block, stage_steps, rows, image, state)
