"""What becomes of the rows that cores have processed: records.

Cores log which rows they process in which step. Nearly always all slices process a packet's rows in
the step in which it was sent; then one *record* stands for all of them, and the synapses are added
by whole segments of the source's row. The record names the few slices that did not, or, as for rows
that were processed late, the slices that did.
"""

import numpy as np
from numpy.typing import NDArray

from chipemu.counters import CoreCounter
from chipemu.state import Loaded
from chipemu.timed.state import Chip, Core, Link, Machine, Packet, Parts, Record, Rows, Rule
from fixedpoint.jit import kernel

Longs = NDArray[np.int64]

STEP_BITS = 32
STEP_MASK = (1 << STEP_BITS) - 1
EXCEPT = int(Parts.EXCEPT)
ONLY = int(Parts.ONLY)
FEWER = 8
"""How many times fewer the missing slices are where these are listed instead of the others."""


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
