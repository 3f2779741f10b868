"""What becomes of the rows that cores have processed: the input of neurons.

Cores log which rows they process in which step. Nearly always all slices process a packet's rows in
the step in which it was sent; then one *record* stands for all of them, and the synapses are added
by whole segments of the source's row. Rows that were processed late, or not by all slices, have a
record with a mask of slices.
"""

import numpy as np
from numpy.typing import NDArray

from chipemu.counters import CoreCounter
from chipemu.if_curr_exp.kernels import update_run
from chipemu.if_curr_exp.params import LifConstants
from chipemu.kernels import add_poisson, add_row, gather_inputs, poisson_count, record
from chipemu.recording import Recorder
from chipemu.state import Loaded, Sources, State
from chipemu.timed.state import (
    DUE_AT_ONCE,
    Chip,
    Core,
    Due,
    Link,
    Machine,
    Packet,
    Parts,
    Record,
    Rows,
    Rule,
)
from fixedpoint.jit import borrowed, inlined_kernel, kernel, parallel_kernel, prange, prefetch

Longs = NDArray[np.int64]
Ints = NDArray[np.int32]
Ring = NDArray[np.uint16]
Words = NDArray[np.uint32]
Flags = NDArray[np.uint8]

FULL = 0xFFFF
STEP_BITS = 32
STEP_MASK = (1 << STEP_BITS) - 1
EXCEPT = int(Parts.EXCEPT)
ONLY = int(Parts.ONLY)
FEWER = 8
"""How many times fewer the missing slices are where these are listed instead of the others."""
AHEAD = 8
"""Records between the one that is looked up and the one whose segments are asked for."""
WORDS_PER_LINE = 16
FEW_PARTS = 4
"""For so many slices a row is rather walked once for each."""


@kernel
def add_record(
    rows: Rows,
    source_rows: Longs,
    source: int,
    stage: int,
    base: int,
    step: int,
    rule: int,
    first: int,
) -> None:
    """Append a record, whose slices have been put into `Rows.parts` from `first` on."""
    row = rows.records[rows.numbers[0]]
    row[Record.SOURCE] = source
    row[Record.FIRST_ROW] = source_rows[source]
    row[Record.STOP_ROW] = source_rows[source + 1]
    row[Record.STAGE] = stage
    row[Record.BASE] = base
    row[Record.STEP] = step
    row[Record.RULE] = rule
    row[Record.FIRST] = first
    row[Record.STOP] = rows.numbers[1]
    rows.numbers[0] += 1


@kernel
def add_part(rows: Rows, part: int) -> None:
    """Append a slice to those of the record to come."""
    rows.parts[rows.numbers[1]] = part
    rows.numbers[1] += 1


@kernel
def lateness(facts: Longs, stage_steps: int, step: int) -> int:
    """Steps by which the rows of the packet `facts` are late if processed in `step`."""
    return step - facts[Packet.STEP] - facts[Packet.STAGE] * stage_steps


@kernel
def settle_log(machine: Machine, rows: Rows, source_rows: Longs) -> int:
    """Make a record of the rows of each packet that were processed in their step.

    `rows` must have room for as many records and slices as there are entries in the logs. The
    entries of other rows are put in `Rows.order`: ``chip << 32 | place``.

    Returns
    -------
    int
        Their number.
    """
    n_late, n_open, n_linked = 0, 0, 0
    chips, packets, links = machine.chips, machine.packets, rows.links
    stage_steps = machine.rules[Rule.STAGE_STEPS]
    for chip in range(chips.shape[0]):
        for i in range(chips[chip, Chip.N_LOGGED]):
            packet, place = machine.log[chip, i]
            facts = packets[packet]
            if lateness(facts, stage_steps, place & STEP_MASK) != 0:
                rows.order[n_late] = chip << STEP_BITS | i
                n_late += 1
                continue
            number = facts[Packet.OPEN] - 1
            if number < 0:
                number = n_open
                facts[Packet.OPEN] = number + 1
                links[number, Link.PACKET] = packet
                links[number, Link.LAST] = -1
                links[number, Link.N_DONE] = 0
                n_open += 1
            links[n_linked, Link.PART] = machine.part_of[place >> STEP_BITS]
            links[n_linked, Link.BEFORE] = links[number, Link.LAST]
            links[number, Link.LAST] = n_linked
            links[number, Link.N_DONE] += 1
            n_linked += 1
    for number in range(n_open):
        settle_packet(number, machine, rows, source_rows)
    return n_late


@kernel
def settle_packet(number: int, machine: Machine, rows: Rows, source_rows: Longs) -> None:
    """Make a record of those slices that have processed the rows of open packet `number`."""
    facts = machine.packets[rows.links[number, Link.PACKET]]
    facts[Packet.OPEN] = 0
    source, stage, base = facts[Packet.SOURCE], facts[Packet.STAGE], facts[Packet.STEP]
    step = base + stage * machine.rules[Rule.STAGE_STEPS]
    n_done = rows.links[number, Link.N_DONE]
    n_missing = rows.expected[stage, source] - n_done
    first = rows.numbers[1]
    if n_missing == 0:
        add_record(rows, source_rows, source, stage, base, step, EXCEPT, first)
        return
    if n_missing * FEWER <= n_done:
        mark_parts(number, rows, 1)
        synapses = machine.row_synapses[stage, source]
        for part in range(synapses.shape[0]):
            if synapses[part] > 0 and not rows.flags[0, part]:
                add_part(rows, part)
        mark_parts(number, rows, 0)
        add_record(rows, source_rows, source, stage, base, step, EXCEPT, first)
        return
    at = rows.links[number, Link.LAST]
    while at >= 0:
        add_part(rows, rows.links[at, Link.PART])
        at = rows.links[at, Link.BEFORE]
    add_record(rows, source_rows, source, stage, base, step, ONLY, first)


@kernel
def mark_parts(number: int, rows: Rows, flag: int) -> None:
    """Flag the slices that have processed the rows of open packet `number`, or clear the flags."""
    at = rows.links[number, Link.LAST]
    while at >= 0:
        rows.flags[0, rows.links[at, Link.PART]] = flag
        at = rows.links[at, Link.BEFORE]


@kernel
def settle_late(entries: Longs, machine: Machine, rows: Rows, image: Loaded) -> None:
    """Make a record of the late (or early) rows of each packet in each step.

    `entries` of the log are sorted by packet and step.
    """
    stage_steps = machine.rules[Rule.STAGE_STEPS]
    k = 0
    while k < entries.shape[0]:
        packet, place = machine.log[entries[k] >> STEP_BITS, entries[k] & STEP_MASK]
        facts, step = machine.packets[packet], place & STEP_MASK
        source, stage = facts[Packet.SOURCE], facts[Packet.STAGE]
        first = rows.numbers[1]
        while k < entries.shape[0]:
            other, place = machine.log[entries[k] >> STEP_BITS, entries[k] & STEP_MASK]
            if other != packet or place & STEP_MASK != step:
                break
            part = machine.part_of[place >> STEP_BITS]
            add_part(rows, part)
            rows.who[part] = place >> STEP_BITS
            k += 1
        base = step - stage * stage_steps
        if machine.rules[Rule.HAS_COLOURS]:
            base = facts[Packet.STEP]
            late = lateness(facts, stage_steps, step)
            if late > 0:
                begin = stage * stage_steps
                flag_parts(first, rows.numbers[1], rows, rows.flags[0], 1)
                count_skipped(
                    source, begin, begin + min(late, stage_steps), machine.cores, rows, image
                )
                flag_parts(first, rows.numbers[1], rows, rows.flags[0], 0)
        add_record(rows, image.source_rows, source, stage, base, step, ONLY, first)


@kernel
def flag_parts(first: int, stop: int, rows: Rows, flags: NDArray[np.uint8], flag: int) -> None:
    """Set the flags of the slices ``Rows.parts[first:stop]``."""
    for i in range(first, stop):
        flags[rows.parts[i]] = flag


@kernel
def count_skipped(
    source: int, first: int, last: int, cores: Longs, rows: Rows, image: Loaded
) -> None:
    """Count synapses of flagged slices with delays over `first`, up to `last`: slots passed."""
    n_blocks = image.block_lo.shape[0] - 1
    n_delays = (image.segments.shape[1] - 1) // n_blocks
    for row in range(image.source_rows[source], image.source_rows[source + 1]):
        begin = image.row_start[row]
        for block in range(n_blocks):
            place = block * n_delays
            start = begin + np.int64(image.segments[row, place + min(first, n_delays)])
            stop = begin + np.int64(image.segments[row, place + min(last, n_delays)])
            for i in range(start, stop):
                target = image.block_lo[block] + np.int64(image.words[i] & 0xFFFF)
                part = rows.slice_of[target]
                if rows.flags[0, part]:
                    cores[rows.who[part], Core.COUNTS + CoreCounter.SKIPPED] += 1


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
def exchange_parts(into: Ring, out_of: Ring, lo: int, hi: int, record: Longs, rows: Rows) -> None:
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
            exchange_parts(rows.saved, ring, lo, hi, record, rows)
            add_row(ring, state.saturated, image.words, start, stop, lo)
            exchange_parts(ring, rows.saved, lo, hi, record, rows)


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
def deliver_sources(
    step: int, block: int, sources: Sources, image: Loaded, state: State, seed: Longs
) -> None:
    """Add the direct Poisson input of `step` to the neurons of `block`."""
    lo, hi = image.block_lo[block], image.block_lo[block + 1]
    for k in range(sources.direct_lo.shape[0]):
        begin, stop = max(lo, sources.direct_lo[k]), min(hi, sources.direct_hi[k])
        if begin < stop:
            kind = sources.direct_table[k]
            add_poisson(
                state.rings[sources.direct_channel[k]], state.saturated, begin, stop,
                sources.direct_offset[k], step - 1, sources.direct_population[k],
                sources.direct_weight[k], seed,
                sources.thresholds[sources.table[kind] : sources.table[kind + 1]],
                sources.guides[kind], state.draws[block], state.counts[block],
                state.emitted[block, k],
            )  # fmt: skip


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
        if step > 0:
            deliver_sources(step, block, sources, image, state, seed)


@parallel_kernel
def deliver_late(
    first: int, step: int, stage_steps: int, rows: Rows, image: Loaded, state: State
) -> None:
    """Add to the ring buffers what is due in `step` of the records from `first` on."""
    for block in prange(image.block_lo.shape[0] - 1):
        deliver_records(first, step, block, stage_steps, rows, image, state)


@kernel
def count_full(lo: int, hi: int, state: State, saturated: Longs) -> None:
    """Count the slots of neurons `lo` to `hi` that are full."""
    for channel in range(state.rings.shape[0]):
        ring = state.rings[channel, lo:hi]
        n_full = 0
        for i in range(hi - lo):
            n_full += ring[i] == FULL
        if n_full > 0:
            for i in range(hi - lo):
                saturated[lo + i] += ring[i] == FULL


@parallel_kernel
def update_spans(
    spans: Longs,
    step: int,
    image: Loaded,
    constants: LifConstants,
    state: State,
    recorder: Recorder,
    saturated: Longs,
    arithmetic: int,
    seed: Longs,
) -> None:
    """Update the neurons of the `spans`: first, and one past the last."""
    for i in prange(spans.shape[0]):
        lo, hi = spans[i]
        count_full(lo, hi, state, saturated)
        gather_inputs(lo, hi, state)
        record(step, lo, hi, state, constants, recorder, arithmetic)
        run = np.searchsorted(image.run_start, lo, side="right") - 1
        while run < image.run_start.shape[0] - 1 and image.run_start[run] < hi:
            first, stop = max(lo, image.run_start[run]), min(hi, image.run_start[run + 1])
            update_run(first, stop, step, state, image.i_offset, constants, run, arithmetic, seed)
            run += 1


@kernel
def collect(
    spans: Longs,
    senders: Ints,
    step: int,
    event: int,
    n_spikes: int,
    cores: Longs,
    chips: Longs,
    sources: Sources,
    state: State,
    spikes: Ints,
    owner: Ints,
    seed: Longs,
) -> int:
    """Append what the neurons of `spans` and the cores `senders` fire in `step` to `spikes`.

    `event` is the first entry of ``sources.event_step`` of the step. `owner` is the core that sends
    the spikes of each source. Returns the number of spikes.
    """
    for i in range(spans.shape[0]):
        lo, hi = spans[i]
        for word in range(lo >> 3, (hi + 7) >> 3):
            if state.fired_words[word] == 0:
                continue
            for n in range(max(lo, 8 * word), min(hi, 8 * word + 8)):
                if state.fired[n]:
                    spikes[n_spikes] = n
                    n_spikes += 1
                    cores[owner[n], Core.PENDING] += 1
                    chips[cores[owner[n], Core.CHIP], Chip.PENDING] += 1
    for i in range(senders.shape[0]):
        v = senders[i]
        lo, hi = cores[v, Core.LO], cores[v, Core.HI]
        before = n_spikes
        for k in range(sources.poisson_lo.shape[0]):
            kind = sources.poisson_table[k]
            thresholds = sources.thresholds[sources.table[kind] : sources.table[kind + 1]]
            for source in range(max(lo, sources.poisson_lo[k]), min(hi, sources.poisson_hi[k])):
                count = poisson_count(
                    source - sources.poisson_offset[k], step, sources.poisson_population[k], seed,
                    thresholds, sources.guides[kind],
                )  # fmt: skip
                for _ in range(count):
                    spikes[n_spikes] = source
                    n_spikes += 1
        at = event
        while at < sources.event_step.shape[0] and sources.event_step[at] == step:
            if lo <= sources.event_source[at] < hi:
                spikes[n_spikes] = sources.event_source[at]
                n_spikes += 1
            at += 1
        cores[v, Core.PENDING] += n_spikes - before
        chips[cores[v, Core.CHIP], Chip.PENDING] += n_spikes - before
    return n_spikes
