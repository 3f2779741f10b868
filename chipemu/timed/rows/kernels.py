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
from chipemu.kernels import add_poisson, add_row, poisson_count, record, take
from chipemu.recording import Recorder
from chipemu.state import Loaded, Sources, State
from chipemu.timed.state import Chip, Core, Machine, Packet, Record, Rows, Rule
from fixedpoint.jit import kernel, parallel_kernel, prange

Longs = NDArray[np.int64]
Ints = NDArray[np.int32]
Ring = NDArray[np.uint16]

FULL = 0xFFFF
STEP_BITS = 32
STEP_MASK = (1 << STEP_BITS) - 1
EMITTED = -2
FIRST_MASK = -3
"""``FIRST_MASK - m`` in `Packet.N_DONE` stands for mask m."""


@kernel
def add_record(rows: Rows, source: int, stage: int, base: int, step: int, mask: int) -> None:
    """Append a record."""
    row = rows.records[rows.numbers[0]]
    row[Record.SOURCE] = source
    row[Record.STAGE] = stage
    row[Record.BASE] = base
    row[Record.STEP] = step
    row[Record.MASK] = mask
    rows.numbers[0] += 1


@kernel
def new_mask(rows: Rows) -> int:
    """An empty mask."""
    mask = rows.numbers[1]
    rows.masks[mask, :] = 0
    rows.numbers[1] = mask + 1
    return mask


@kernel
def lateness(facts: Longs, stage_steps: int, step: int) -> int:
    """Steps by which the rows of the packet `facts` are late if processed in `step`."""
    return step - facts[Packet.STEP] - facts[Packet.STAGE] * stage_steps


@kernel
def settle_log(machine: Machine, rows: Rows) -> int:
    """Make records of all rows in the logs that were processed in their step.

    `rows` must have room for as many records and masks as there are entries. The other entries are
    put in `Rows.order`: ``chip << 32 | place``.

    Returns
    -------
    int
        Their number.
    """
    n_late = 0
    chips, packets = machine.chips, machine.packets
    stage_steps = machine.rules[Rule.STAGE_STEPS]
    for chip in range(chips.shape[0]):
        for i in range(chips[chip, Chip.N_LOGGED]):
            packet, place = machine.log[chip, i]
            if lateness(packets[packet], stage_steps, place & STEP_MASK) == 0:
                packets[packet, Packet.N_DONE] += 1
            else:
                rows.order[n_late] = chip << STEP_BITS | i
                n_late += 1
    for chip in range(chips.shape[0]):
        for i in range(chips[chip, Chip.N_LOGGED]):
            packet, place = machine.log[chip, i]
            facts, step = packets[packet], place & STEP_MASK
            if facts[Packet.N_DONE] == EMITTED or lateness(facts, stage_steps, step) != 0:
                continue
            source, stage, base = facts[Packet.SOURCE], facts[Packet.STAGE], facts[Packet.STEP]
            if facts[Packet.N_DONE] > 0:
                if facts[Packet.N_DONE] == rows.expected[stage, source]:
                    add_record(rows, source, stage, base, step, -1)
                    facts[Packet.N_DONE] = EMITTED
                    continue
                mask = new_mask(rows)
                add_record(rows, source, stage, base, step, mask)
                facts[Packet.N_DONE] = FIRST_MASK - mask
            mask = FIRST_MASK - facts[Packet.N_DONE]
            rows.masks[mask, machine.cores[place >> STEP_BITS, Core.SLICE]] = 1
    for chip in range(chips.shape[0]):
        for i in range(chips[chip, Chip.N_LOGGED]):
            packets[machine.log[chip, i, 0], Packet.N_DONE] = 0
    return n_late


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
        mask = new_mask(rows)
        while k < entries.shape[0]:
            other, place = machine.log[entries[k] >> STEP_BITS, entries[k] & STEP_MASK]
            if other != packet or place & STEP_MASK != step:
                break
            part = machine.cores[place >> STEP_BITS, Core.SLICE]
            rows.masks[mask, part] = 1
            rows.who[part] = place >> STEP_BITS
            k += 1
        base = step - stage * stage_steps
        if machine.rules[Rule.HAS_COLOURS]:
            base = facts[Packet.STEP]
            late = lateness(facts, stage_steps, step)
            if late > 0:
                first = stage * stage_steps
                count_skipped(
                    source, first, first + min(late, stage_steps), mask, machine.cores, rows, image
                )
        add_record(rows, source, stage, base, step, mask)


@kernel
def count_skipped(
    source: int, first: int, last: int, mask: int, cores: Longs, rows: Rows, image: Loaded
) -> None:
    """Count synapses with delays over `first`, up to `last`: their slots had passed."""
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
                if rows.masks[mask, part]:
                    cores[rows.who[part], Core.COUNTS + CoreCounter.SKIPPED] += 1


@kernel
def add_masked(
    ring: Ring, words: NDArray[np.uint32], start: int, stop: int, lo: int, mask: int, rows: Rows
) -> None:
    """Add the weights of ``words[start:stop]`` to those targets whose slice is in the mask."""
    for i in range(start, stop):
        word = np.int64(words[i])
        target = lo + (word & 0xFFFF)
        if rows.masks[mask, rows.slice_of[target]]:
            ring[target] = min(np.int64(FULL), np.int64(ring[target]) + (word >> 16))


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
    """Add what is due in `step` of the records from `first` on to the neurons of `block`."""
    n_delays = (image.segments.shape[1] - 1) // (image.block_lo.shape[0] - 1)
    lo = image.block_lo[block]
    for i in range(first, rows.numbers[0]):
        source, stage, base = (
            rows.records[i, Record.SOURCE],
            rows.records[i, Record.STAGE],
            rows.records[i, Record.BASE],
        )
        mask = rows.records[i, Record.MASK]
        delay = step - base
        shortest = stage * stage_steps
        if delay <= shortest or delay > min(shortest + stage_steps, n_delays):
            continue
        if step <= rows.records[i, Record.STEP]:
            continue  # the slot had passed
        place = block * n_delays + delay - 1
        for row in range(image.source_rows[source], image.source_rows[source + 1]):
            begin = image.row_start[row]
            start = begin + np.int64(image.segments[row, place])
            stop = begin + np.int64(image.segments[row, place + 1])
            ring = state.rings[image.row_channel[row]]
            if mask < 0:
                add_row(ring, state.saturated, image.words, start, stop, lo)
            else:
                add_masked(ring, image.words, start, stop, lo, mask, rows)


@parallel_kernel
def deliver_all(
    first: int,
    step: int,
    has_sources: bool,
    stage_steps: int,
    rows: Rows,
    image: Loaded,
    sources: Sources,
    state: State,
    seed: Longs,
) -> None:
    """Add what is due in `step` to the ring buffers, direct Poisson input with `has_sources`."""
    for block in prange(image.block_lo.shape[0] - 1):
        deliver_records(first, step, block, stage_steps, rows, image, state)
        if has_sources and step > 0:
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
def take_slot(ring: Ring, total: Ints, saturated: Longs) -> None:
    """Add a slot to the input of its neurons, count where it is full, and clear it."""
    n_full = 0
    for i in range(ring.shape[0]):
        n_full += ring[i] == FULL
    if n_full > 0:
        for i in range(ring.shape[0]):
            saturated[i] += ring[i] == FULL
    take(ring, total)


@kernel
def take_slots(lo: int, hi: int, part: int, rows: Rows, state: State, saturated: Longs) -> None:
    """Sum the slots of all cores that serve slice `part`, less what is lost, and clear them."""
    state.input_exc[lo:hi] = 0
    state.input_inh[lo:hi] = 0
    for channel in range(state.rings.shape[0]):
        if rows.lost[part, channel]:
            rows.lost[part, channel] = 0
            state.rings[channel, lo:hi] = 0
            continue
        total = state.input_inh if channel & 1 else state.input_exc
        take_slot(state.rings[channel, lo:hi], total[lo:hi], saturated[lo:hi])


@parallel_kernel
def update_slices(
    parts: Ints,
    step: int,
    rows: Rows,
    image: Loaded,
    constants: LifConstants,
    state: State,
    recorder: Recorder,
    saturated: Longs,
    arithmetic: int,
    seed: Longs,
) -> None:
    """Update the neurons of the slices `parts`."""
    for i in prange(parts.shape[0]):
        part = parts[i]
        lo, hi = rows.slice_lo[part], rows.slice_lo[part + 1]
        take_slots(lo, hi, part, rows, state, saturated)
        record(step, lo, hi, state, constants, recorder, arithmetic)
        run = np.searchsorted(image.run_start, lo, side="right") - 1
        while run < image.run_start.shape[0] - 1 and image.run_start[run] < hi:
            first, stop = max(lo, image.run_start[run]), min(hi, image.run_start[run + 1])
            update_run(first, stop, step, state, image.i_offset, constants, run, arithmetic, seed)
            run += 1


@kernel
def collect(
    parts: Ints,
    senders: Ints,
    step: int,
    event: int,
    n_spikes: int,
    rows: Rows,
    cores: Longs,
    sources: Sources,
    state: State,
    spikes: Ints,
    owner: Ints,
    seed: Longs,
) -> int:
    """Append what the slices `parts` and the source cores `senders` fire in `step` to `spikes`.

    `event` is the first entry of ``sources.event_step`` of the step. `owner` is the core that sends
    the spikes of each source. Returns the number of spikes.
    """
    for i in range(parts.shape[0]):
        for n in range(rows.slice_lo[parts[i]], rows.slice_lo[parts[i] + 1]):
            if state.fired[n]:
                spikes[n_spikes] = n
                n_spikes += 1
                cores[owner[n], Core.PENDING] += 1
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
    return n_spikes
