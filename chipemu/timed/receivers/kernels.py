"""Combined, synapse and delay cores: packets looked up, rows fetched and processed, write-back."""

import numpy as np
from numpy.typing import NDArray

from chipemu.counters import CoreCounter
from chipemu.roles import COMBINED, SYNAPSE
from chipemu.timed.pieces.kernels import (
    be_busy,
    begin,
    count,
    count_left,
    count_overrun,
    count_slack,
    has_packet,
    interrupt,
    most,
    next_step,
    oldest,
    put_back,
    transfer,
)
from chipemu.timed.senders.kernels import finish_update, go_on, prepare
from chipemu.timed.state import NEVER_PS, Chip, Core, Machine, Packet, Piece, Rule
from fixedpoint.jit import inlined_kernel

Longs = NDArray[np.int64]
BYTES, NUMBER = 0, 1
"""Columns of `Machine.rows`."""


@inlined_kernel
def note_fetch(row: Longs, now: int) -> None:
    """Count the fetch under way if it has ended."""
    if row[Core.FETCHING] >= 0 and not row[Core.IS_COUNTED] and row[Core.FETCH_END] <= now:
        row[Core.IS_COUNTED] = 1
        count(row, CoreCounter.DMAS, 1)


@inlined_kernel
def synapses_of(row: Longs, machine: Machine, packet: int) -> int:
    """Synapses of the row that `packet` leads to on the core."""
    facts = machine.packets[packet]
    return np.int64(
        machine.row_synapses[facts[Packet.STAGE], facts[Packet.SOURCE], row[Core.SLICE]]
    )


@inlined_kernel
def rows_of(row: Longs, machine: Machine, packet: int, column: int) -> int:
    """Bytes or number of the rows that `packet` leads to on the core."""
    facts = machine.packets[packet]
    kind = machine.kind[facts[Packet.SOURCE]]
    return np.int64(machine.rows[facts[Packet.STAGE], kind, row[Core.SLICE], column])


@inlined_kernel
def look_up(row: Longs, machine: Machine, now: int) -> None:
    """Begin to look up the oldest packet of the buffer."""
    packet = oldest(row, machine.buffers)
    count_processed(row)
    row[Core.LOOKED_UP] = packet
    work = machine.rules[Rule.LOOKUP] + machine.rules[Rule.FETCH]
    if rows_of(row, machine, packet, NUMBER) == 0 or (
        machine.rules[Rule.FILTERS] and synapses_of(row, machine, packet) == 0
    ):
        count(row, CoreCounter.FILTERED, 1)
        row[Core.LOOKED_UP] = -1
        work = machine.rules[Rule.LOOKUP]
    begin(row, Piece.LOOKUP, now, work)


@inlined_kernel
def count_processed(row: Longs) -> None:
    """Count a packet looked up or stored."""
    count(row, CoreCounter.PROCESSED, 1)
    row[Core.STEP_PROCESSED] += 1
    most(row, CoreCounter.MAX_PROCESSED, row[Core.STEP_PROCESSED])


@inlined_kernel
def fetch(row: Longs, chip: Longs, machine: Machine, now: int) -> None:
    """Ask for the row of the packet looked up."""
    packet = row[Core.LOOKED_UP]
    if packet < 0:
        return
    n_bytes = rows_of(row, machine, packet, BYTES)
    row[Core.FETCHING] = packet
    row[Core.FETCH_END] = transfer(row, chip, machine.rules, now, n_bytes)
    row[Core.IS_COUNTED] = 0


@inlined_kernel
def process(row: Longs, chip: Longs, machine: Machine, v: int, now: int) -> None:
    """Begin to process the row held; its synapses count as added at once."""
    packet = row[Core.HELD]
    row[Core.HELD] = -1
    facts = machine.packets[packet]
    n_synapses = synapses_of(row, machine, packet)
    if n_synapses > 0:
        entry = machine.log[row[Core.CHIP], chip[Chip.N_LOGGED]]
        entry[0] = packet
        entry[1] = v << 32 | row[Core.STEP]
        chip[Chip.N_LOGGED] += 1
    count(row, CoreCounter.EVENTS, n_synapses)
    due = facts[Packet.STEP] + facts[Packet.STAGE] * machine.rules[Rule.STAGE_STEPS]
    late = row[Core.STEP] - due
    if late > 0:
        count(row, CoreCounter.LATE, 1)
        most(row, CoreCounter.MAX_LATE, late)
    n_rows = rows_of(row, machine, packet, NUMBER)
    work = machine.rules[Rule.ROW] * n_rows + machine.rules[Rule.SYNAPSE] * n_synapses
    begin(row, Piece.PROCESS, now, work)


@inlined_kernel
def write(row: Longs, machine: Machine, now: int) -> None:
    """Give up the rows under way, and begin to write the slot back."""
    if row[Core.FETCHING] >= 0:
        put_back(row, machine.buffers, row[Core.FETCHING])
    if row[Core.HELD] >= 0:
        put_back(row, machine.buffers, row[Core.HELD])
    row[Core.FETCHING] = row[Core.HELD] = -1
    row[Core.HAS_WRITTEN] = 1
    row[Core.WRITE_END] = NEVER_PS
    count_slack(row, row[Core.DEADLINE] - row[Core.LAST_END])
    begin(row, Piece.WRITE, now, machine.rules[Rule.WRITE])


@inlined_kernel
def tick_synapse_core(row: Longs, chip: Longs, machine: Machine, now: int) -> None:
    """Handle a tick of a synapse core."""
    next_step(row, chip, machine.rules)
    count_left(row, machine.rules)
    row[Core.DEADLINE] = row[Core.NEXT_TICK] - row[Core.MARGIN]
    row[Core.HAS_WRITTEN] = 0
    if now >= row[Core.DEADLINE]:
        row[Core.HAS_WRITTEN] = 1
        count(row, CoreCounter.SKIPPED_STEPS, 1)
        count_slack(row, row[Core.DEADLINE] - now)
        return
    begin(row, Piece.TICK, now, machine.rules[Rule.STEP])


@inlined_kernel
def tick_combined_core(row: Longs, chip: Longs, machine: Machine, now: int) -> None:
    """Handle a tick of a combined core."""
    if row[Core.PASS_STEP] < row[Core.PASSES_TO]:
        count(row, CoreCounter.OVERRUNS, 1)
    next_step(row, chip, machine.rules)
    count_left(row, machine.rules)
    work = machine.rules[Rule.TICK] + machine.rules[Rule.DRAIN] * (row[Core.HI] - row[Core.LO])
    begin(row, Piece.TICK, now, work)


@inlined_kernel
def happen_to_receiver(row: Longs, chip: Longs, machine: Machine, v: int, now: int) -> None:
    """A piece, a fetch or the waiting of a combined or synapse core ends, or a packet comes."""
    note_fetch(row, now)
    piece = row[Core.PIECE]
    row[Core.PIECE] = Piece.IDLE
    if piece == Piece.UPDATE:
        if now == row[Core.END]:
            finish_update(row, chip, machine, now)
        else:
            be_busy(row, now - row[Core.BEGUN])
            row[Core.DONE] += now - row[Core.BEGUN]
    elif piece == Piece.LOOKUP:
        fetch(row, chip, machine, now)
    elif piece == Piece.WRITE:
        row[Core.WRITTEN_STEP] = row[Core.STEP]
        row[Core.WRITE_END] = transfer(row, chip, machine.rules, now, row[Core.SLOT_BYTES])
    elif piece == Piece.TICK and row[Core.ROLE] == COMBINED:
        row[Core.PASSES_TO] = row[Core.STEP] + 1
        if row[Core.PASS_STEP] == row[Core.STEP]:
            prepare(row, chip, machine, now)
    if piece not in (Piece.IDLE, Piece.INTERRUPT):
        row[Core.LAST_END] = now
    if has_packet(row, machine.inbox, now):
        interrupt(row, machine.inbox, machine.buffers, machine.rules)
        return
    decide(row, chip, machine, v, now)


@inlined_kernel
def decide(row: Longs, chip: Longs, machine: Machine, v: int, now: int) -> None:
    """What a combined or synapse core does next."""
    note_fetch(row, now)  # one that took no time, at all events
    if row[Core.HELD] < 0 and row[Core.FETCHING] >= 0 and row[Core.FETCH_END] <= now:
        row[Core.HELD] = row[Core.FETCHING]
        row[Core.FETCHING] = -1
    is_synapse_core = row[Core.ROLE] == SYNAPSE
    is_ready = now >= row[Core.NEXT_TICK]
    if is_synapse_core:
        if row[Core.STEP] >= 0 and not row[Core.HAS_WRITTEN]:
            if now >= row[Core.DEADLINE]:
                write(row, machine, now)
                return
        elif is_ready and now >= row[Core.WRITE_END]:
            while row[Core.PIECE] == Piece.IDLE and now >= row[Core.NEXT_TICK]:
                tick_synapse_core(row, chip, machine, now)  # it may skip the step
            return
        else:
            return
    elif is_ready:
        tick_combined_core(row, chip, machine, now)
        return
    elif row[Core.STEP] < 0:
        return
    if row[Core.FETCHING] < 0 and row[Core.N_BUFFERED] > 0:
        look_up(row, machine, now)
    elif row[Core.HELD] >= 0:
        process(row, chip, machine, v, now)
    elif (
        not is_synapse_core and row[Core.PASS_STEP] < row[Core.PASSES_TO] and now >= row[Core.READY]
    ):
        go_on(row, now)


@inlined_kernel
def receiver_waits_until(row: Longs) -> int:
    """When an idle combined or synapse core has something to do, if no packet comes."""
    if row[Core.ROLE] == SYNAPSE:
        if row[Core.STEP] < 0 or row[Core.HAS_WRITTEN]:
            return max(row[Core.NEXT_TICK], row[Core.WRITE_END])
        until = row[Core.DEADLINE]
    else:
        until = row[Core.NEXT_TICK]
        if row[Core.PASS_STEP] < row[Core.PASSES_TO]:
            until = min(until, row[Core.READY])
    if row[Core.FETCHING] >= 0:
        until = min(until, row[Core.FETCH_END])
    return until


@inlined_kernel
def happen_to_delay_core(row: Longs, chip: Longs, machine: Machine, now: int) -> None:
    """A piece or the waiting of a delay core ends, or a packet comes."""
    piece = row[Core.PIECE]
    row[Core.PIECE] = Piece.IDLE
    if piece == Piece.UPDATE:
        finish_update(row, chip, machine, now)
    elif piece == Piece.TICK:
        row[Core.PASSES_TO] = row[Core.STEP] + 1
        prepare(row, chip, machine, now)
    if has_packet(row, machine.inbox, now):
        interrupt(row, machine.inbox, machine.buffers, machine.rules)
    elif row[Core.PASS_STEP] >= row[Core.PASSES_TO] and now >= row[Core.NEXT_TICK]:
        count_overrun(row, now)
        next_step(row, chip, machine.rules)
        count_left(row, machine.rules)
        machine.stored[row[Core.STORE], row[Core.STEP] % machine.stored.shape[1]] = 0
        begin(row, Piece.TICK, now, machine.rules[Rule.TICK])
    elif row[Core.PASS_STEP] < row[Core.PASSES_TO] and now >= row[Core.READY]:
        go_on(row, now)
    elif row[Core.STEP] >= 0 and row[Core.N_BUFFERED] > 0:
        store(row, machine, now)


@inlined_kernel
def store(row: Longs, machine: Machine, now: int) -> None:
    """Begin to store the oldest packet of the buffer of a delay core."""
    packet = oldest(row, machine.buffers)
    member = machine.packets[packet, Packet.SOURCE] - row[Core.LO]
    machine.stored[row[Core.STORE], row[Core.STEP] % machine.stored.shape[1], member] += 1
    count_processed(row)
    begin(row, Piece.STORE, now, machine.rules[Rule.DELAYED])


@inlined_kernel
def delay_core_waits_until(row: Longs) -> int:
    """When an idle delay core has something to do, if no packet comes."""
    if row[Core.PASS_STEP] < row[Core.PASSES_TO]:
        return row[Core.READY]
    return row[Core.NEXT_TICK]
