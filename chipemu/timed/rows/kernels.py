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
from chipemu.kernels import add_poisson, add_row, poisson_count, record
from chipemu.recording import Recorder
from chipemu.state import Loaded, Sources, State
from chipemu.timed.state import Core, Cores, Packets, Record, Rows, Switches
from fixedpoint.jit import kernel, parallel_kernel, prange

Longs = NDArray[np.int64]
Ints = NDArray[np.int32]
Ring = NDArray[np.uint16]

FULL = 0xFFFF
STEP_BITS = 32
EMITTED = -2
FIRST_MASK = -3
"""``FIRST_MASK - m`` in `Packets.n_done` stands for mask m."""


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
def lateness(packets: Packets, switches: Switches, packet: int, step: int) -> int:
    """Steps by which the rows of `packet` are late if processed in `step`."""
    stage = np.int64(packets.stage[packet])
    return step - np.int64(packets.step[packet]) - stage * switches.stage_steps


@kernel
def settle_log(
    cores: Cores, switches: Switches, packets: Packets, rows: Rows, image: Loaded
) -> None:
    """Make records of all rows in the logs, and empty these.

    `rows` must have room for two records and a mask for each entry.
    """
    n_late = 0
    mask_of = packets.n_done
    for chip in range(cores.n_logged.shape[0]):
        for i in range(cores.n_logged[chip]):
            packet, place = cores.log_packet[chip, i], cores.log_place[chip, i]
            step = place & ((1 << STEP_BITS) - 1)
            if lateness(packets, switches, packet, step) == 0:
                mask_of[packet] += 1
            else:
                rows.order[n_late] = chip << STEP_BITS | i
                n_late += 1
    for chip in range(cores.n_logged.shape[0]):
        for i in range(cores.n_logged[chip]):
            packet, place = cores.log_packet[chip, i], cores.log_place[chip, i]
            step = place & ((1 << STEP_BITS) - 1)
            if mask_of[packet] == EMITTED or lateness(packets, switches, packet, step) != 0:
                continue
            source, stage = packets.source[packet], np.int64(packets.stage[packet])
            if mask_of[packet] > 0:
                base = np.int64(packets.step[packet])
                if mask_of[packet] == rows.expected[stage, source]:
                    add_record(rows, source, stage, base, step, -1)
                    mask_of[packet] = EMITTED
                    continue
                mask = new_mask(rows)
                add_record(rows, source, stage, base, step, mask)
                mask_of[packet] = FIRST_MASK - mask
            mask = FIRST_MASK - mask_of[packet]
            rows.masks[mask, cores.state[place >> STEP_BITS, Core.SLICE]] = 1
    for chip in range(cores.n_logged.shape[0]):
        for i in range(cores.n_logged[chip]):
            mask_of[cores.log_packet[chip, i]] = 0
    if n_late > 0:
        settle_late(n_late, cores, switches, packets, rows, image)
    cores.n_logged[:] = 0


@kernel
def settle_late(
    n_late: int,
    cores: Cores,
    switches: Switches,
    packets: Packets,
    rows: Rows,
    image: Loaded,
) -> None:
    """Make a record of the late (or early) rows of each packet in each step."""
    entries = rows.order[:n_late]
    names = np.empty(n_late, np.int64)
    for k in range(n_late):
        chip, i = entries[k] >> STEP_BITS, entries[k] & ((1 << STEP_BITS) - 1)
        packet, place = cores.log_packet[chip, i], cores.log_place[chip, i]
        names[k] = packet << STEP_BITS | (place & ((1 << STEP_BITS) - 1))
    order = np.argsort(names)
    k = 0
    while k < n_late:
        name = names[order[k]]
        packet, step = name >> STEP_BITS, name & ((1 << STEP_BITS) - 1)
        source, stage = packets.source[packet], np.int64(packets.stage[packet])
        mask = new_mask(rows)
        while k < n_late and names[order[k]] == name:
            entry = entries[order[k]]
            place = cores.log_place[entry >> STEP_BITS, entry & ((1 << STEP_BITS) - 1)]
            v = place >> STEP_BITS
            rows.masks[mask, cores.state[v, Core.SLICE]] = 1
            rows.who[cores.state[v, Core.SLICE]] = v
            k += 1
        base = step - stage * switches.stage_steps
        if switches.has_colours:
            base = np.int64(packets.step[packet])
            late = lateness(packets, switches, packet, step)
            if late > 0:
                count_skipped(source, stage, late, mask, cores, switches, rows, image)
        add_record(rows, source, stage, base, step, mask)


@kernel
def count_skipped(
    source: int,
    stage: int,
    late: int,
    mask: int,
    cores: Cores,
    switches: Switches,
    rows: Rows,
    image: Loaded,
) -> None:
    """Count the synapses whose slots had passed when their rows were processed `late` steps late."""
    n_blocks = image.block_lo.shape[0] - 1
    n_delays = (image.segments.shape[1] - 1) // n_blocks
    first = stage * switches.stage_steps
    last = min(first + min(late, switches.stage_steps), n_delays)
    for row in range(image.source_rows[source], image.source_rows[source + 1]):
        begin = image.row_start[row]
        for block in range(n_blocks):
            place = block * n_delays
            start = begin + np.int64(image.segments[row, place + first])
            stop = begin + np.int64(image.segments[row, place + last])
            for i in range(start, stop):
                target = image.block_lo[block] + np.int64(image.words[i] & 0xFFFF)
                part = rows.slice_of[target]
                if rows.masks[mask, part]:
                    cores.counts[rows.who[part], CoreCounter.SKIPPED] += 1


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
    switches: Switches,
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
        shortest = stage * switches.stage_steps
        if delay <= shortest or delay > min(shortest + switches.stage_steps, n_delays):
            continue
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
    switches: Switches,
    rows: Rows,
    image: Loaded,
    sources: Sources,
    state: State,
    seed: Longs,
) -> None:
    """Add to the ring buffers what is due in `step`; with `has_sources` direct Poisson input too."""
    for block in prange(image.block_lo.shape[0] - 1):
        deliver_records(first, step, block, switches, rows, image, state)
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
def take_slots(lo: int, hi: int, part: int, rows: Rows, state: State, saturated: Longs) -> None:
    """Sum the slots of all cores that serve slice `part`, less what is lost, and clear them."""
    for n in range(lo, hi):
        state.input_exc[n] = state.input_inh[n] = 0
    for channel in range(state.rings.shape[0]):
        ring = state.rings[channel]
        if rows.lost[part, channel]:
            rows.lost[part, channel] = 0
            ring[lo:hi] = 0
            continue
        total = state.input_inh if channel & 1 else state.input_exc
        for n in range(lo, hi):
            if ring[n] == FULL:
                saturated[n] += 1
            total[n] += ring[n]
            ring[n] = 0


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
    cores: Cores,
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
                cores.state[owner[n], Core.PENDING] += 1
    for i in range(senders.shape[0]):
        v = senders[i]
        lo, hi = cores.state[v, Core.LO], cores.state[v, Core.HI]
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
        cores.state[v, Core.PENDING] += n_spikes - before
    return n_spikes
