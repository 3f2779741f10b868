"""Combined, synapse and delay cores: packets looked up, rows fetched and processed, write-back."""

import numpy as np

from chipemu.counters import CoreCounter
from chipemu.roles import COMBINED, SYNAPSE
from chipemu.timed.pieces.kernels import (
    be_busy,
    begin,
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
from chipemu.timed.state import NEVER_PS, Core, Cores, Costs, Packets, Piece, Switches
from fixedpoint.jit import inlined_kernel, kernel


@inlined_kernel
def note_fetch(cores: Cores, v: int, now: int) -> None:
    """Count the fetch under way if it has ended."""
    row = cores.state[v]
    if row[Core.FETCHING] >= 0 and not row[Core.IS_COUNTED] and row[Core.FETCH_END] <= now:
        row[Core.IS_COUNTED] = 1
        cores.counts[v, CoreCounter.DMAS] += 1


@inlined_kernel
def synapses_of(cores: Cores, packets: Packets, v: int, packet: int) -> int:
    """Synapses of the row that `packet` leads to on the core."""
    source = packets.source[packet]
    return cores.row_synapses[packets.stage[packet], source, cores.state[v, Core.SLICE]]


@inlined_kernel
def look_up(
    cores: Cores, costs: Costs, switches: Switches, packets: Packets, v: int, now: int
) -> None:
    """Begin to look up the oldest packet of the buffer."""
    row = cores.state[v]
    packet = oldest(cores, v)
    cores.counts[v, CoreCounter.PROCESSED] += 1
    row[Core.STEP_PROCESSED] += 1
    most(cores, v, CoreCounter.MAX_PROCESSED, row[Core.STEP_PROCESSED])
    kind = cores.kind[packets.source[packet]]
    row[Core.LOOKED_UP] = packet
    has_rows = cores.n_rows[packets.stage[packet], kind, row[Core.SLICE]] > 0
    if not has_rows or (switches.filters and synapses_of(cores, packets, v, packet) == 0):
        cores.counts[v, CoreCounter.FILTERED] += 1
        row[Core.LOOKED_UP] = -1
    begin(cores, v, Piece.LOOKUP, now, costs.lookup)


@inlined_kernel
def fetch(cores: Cores, costs: Costs, packets: Packets, v: int, now: int) -> None:
    """Ask for the row of the packet looked up."""
    row = cores.state[v]
    packet = row[Core.LOOKED_UP]
    if packet < 0:
        return
    kind = cores.kind[packets.source[packet]]
    n_bytes = cores.row_bytes[packets.stage[packet], kind, row[Core.SLICE]]
    row[Core.FETCHING] = packet
    row[Core.FETCH_END] = transfer(cores, costs, v, now, np.int64(n_bytes))
    row[Core.IS_COUNTED] = 0


@inlined_kernel
def process(
    cores: Cores, costs: Costs, switches: Switches, packets: Packets, v: int, now: int
) -> None:
    """Begin to process the row held; its synapses count as added at once."""
    row = cores.state[v]
    packet = row[Core.HELD]
    row[Core.HELD] = -1
    stage = np.int64(packets.stage[packet])
    n_synapses = np.int64(synapses_of(cores, packets, v, packet))
    if n_synapses > 0:
        chip = row[Core.CHIP]
        place = cores.n_logged[chip]
        cores.log_packet[chip, place] = packet
        cores.log_place[chip, place] = v << 32 | row[Core.STEP]
        cores.n_logged[chip] = place + 1
    cores.counts[v, CoreCounter.EVENTS] += n_synapses
    late = row[Core.STEP] - packets.step[packet] - stage * switches.stage_steps
    if late > 0:
        cores.counts[v, CoreCounter.LATE] += 1
        most(cores, v, CoreCounter.MAX_LATE, late)
    kind = cores.kind[packets.source[packet]]
    n_rows = np.int64(cores.n_rows[stage, kind, row[Core.SLICE]])
    work = costs.row * n_rows + costs.synapse * n_synapses
    begin(cores, v, Piece.PROCESS, now, work)


@inlined_kernel
def write(cores: Cores, costs: Costs, v: int, now: int) -> None:
    """Give up the rows under way, and begin to write the slot back."""
    row = cores.state[v]
    if row[Core.FETCHING] >= 0:
        put_back(cores, v, row[Core.FETCHING])
    if row[Core.HELD] >= 0:
        put_back(cores, v, row[Core.HELD])
    row[Core.FETCHING] = row[Core.HELD] = -1
    row[Core.HAS_WRITTEN] = 1
    row[Core.WRITE_END] = NEVER_PS
    count_slack(cores, v, row[Core.DEADLINE] - row[Core.LAST_END])
    begin(cores, v, Piece.WRITE, now, costs.write)


@inlined_kernel
def tick_synapse_core(cores: Cores, costs: Costs, switches: Switches, v: int, now: int) -> None:
    """Handle a tick of a synapse core."""
    row = cores.state[v]
    next_step(cores, switches, v)
    count_left(cores, switches, v)
    row[Core.DEADLINE] = row[Core.NEXT_TICK] - row[Core.MARGIN]
    row[Core.HAS_WRITTEN] = 0
    if now >= row[Core.DEADLINE]:
        row[Core.HAS_WRITTEN] = 1
        cores.counts[v, CoreCounter.SKIPPED_STEPS] += 1
        count_slack(cores, v, row[Core.DEADLINE] - now)
        return
    begin(cores, v, Piece.TICK, now, costs.step)


@inlined_kernel
def tick_combined_core(cores: Cores, costs: Costs, switches: Switches, v: int, now: int) -> None:
    """Handle a tick of a combined core."""
    row = cores.state[v]
    if row[Core.PASS_STEP] < row[Core.PASSES_TO]:
        cores.counts[v, CoreCounter.OVERRUNS] += 1
    next_step(cores, switches, v)
    count_left(cores, switches, v)
    work = costs.tick + costs.drain * (row[Core.HI] - row[Core.LO])
    begin(cores, v, Piece.TICK, now, work)


@kernel
def happen_to_receiver(
    cores: Cores, costs: Costs, switches: Switches, packets: Packets, v: int, now: int
) -> None:
    """A piece, a fetch or the waiting of a combined or synapse core ends, or a packet comes."""
    row = cores.state[v]
    note_fetch(cores, v, now)
    piece = row[Core.PIECE]
    row[Core.PIECE] = Piece.IDLE
    if piece == Piece.UPDATE:
        if now == row[Core.END]:
            finish_update(cores, costs, switches, v, now)
        else:
            be_busy(cores, v, now - row[Core.BEGUN])
            row[Core.DONE] += now - row[Core.BEGUN]
    elif piece == Piece.LOOKUP:
        fetch(cores, costs, packets, v, now)
    elif piece == Piece.WRITE:
        row[Core.WRITTEN_STEP] = row[Core.STEP]
        row[Core.WRITE_END] = transfer(cores, costs, v, now, row[Core.SLOT_BYTES])
    elif piece == Piece.TICK and row[Core.ROLE] == COMBINED:
        row[Core.PASSES_TO] = row[Core.STEP] + 1
        if row[Core.PASS_STEP] == row[Core.STEP]:
            prepare(cores, costs, switches, v, now)
    if piece not in (Piece.IDLE, Piece.INTERRUPT):
        row[Core.LAST_END] = now
    if has_packet(cores, v, now):
        interrupt(cores, costs, switches, v)
        return
    decide(cores, costs, switches, packets, v, now)


@inlined_kernel
def decide(
    cores: Cores, costs: Costs, switches: Switches, packets: Packets, v: int, now: int
) -> None:
    """What a combined or synapse core does next."""
    row = cores.state[v]
    if row[Core.HELD] < 0 and row[Core.FETCHING] >= 0 and row[Core.FETCH_END] <= now:
        row[Core.HELD] = row[Core.FETCHING]
        row[Core.FETCHING] = -1
    is_synapse_core = row[Core.ROLE] == SYNAPSE
    is_ready = now >= row[Core.NEXT_TICK]
    if is_synapse_core:
        if row[Core.STEP] >= 0 and not row[Core.HAS_WRITTEN]:
            if now >= row[Core.DEADLINE]:
                write(cores, costs, v, now)
                return
        elif is_ready and now >= row[Core.WRITE_END]:
            tick_synapse_core(cores, costs, switches, v, now)
            return
        else:
            return
    elif is_ready:
        tick_combined_core(cores, costs, switches, v, now)
        return
    elif row[Core.STEP] < 0:
        return
    if row[Core.FETCHING] < 0 and row[Core.N_BUFFERED] > 0:
        look_up(cores, costs, switches, packets, v, now)
    elif row[Core.HELD] >= 0:
        process(cores, costs, switches, packets, v, now)
    elif (
        not is_synapse_core and row[Core.PASS_STEP] < row[Core.PASSES_TO] and now >= row[Core.READY]
    ):
        go_on(cores, v, now)


@inlined_kernel
def receiver_waits_until(cores: Cores, v: int) -> int:
    """When an idle combined or synapse core has something to do, if no packet comes."""
    row = cores.state[v]
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


@kernel
def happen_to_delay_core(
    cores: Cores, costs: Costs, switches: Switches, packets: Packets, v: int, now: int
) -> None:
    """A piece or the waiting of a delay core ends, or a packet comes."""
    row = cores.state[v]
    piece = row[Core.PIECE]
    row[Core.PIECE] = Piece.IDLE
    if piece == Piece.UPDATE:
        finish_update(cores, costs, switches, v, now)
    elif piece == Piece.TICK:
        row[Core.PASSES_TO] = row[Core.STEP] + 1
        prepare(cores, costs, switches, v, now)
    if has_packet(cores, v, now):
        interrupt(cores, costs, switches, v)
    elif row[Core.PASS_STEP] >= row[Core.PASSES_TO] and now >= row[Core.NEXT_TICK]:
        count_overrun(cores, v, now)
        next_step(cores, switches, v)
        count_left(cores, switches, v)
        cores.stored[row[Core.N_READS], row[Core.STEP] % cores.stored.shape[1]] = 0
        begin(cores, v, Piece.TICK, now, costs.tick)
    elif row[Core.PASS_STEP] < row[Core.PASSES_TO] and now >= row[Core.READY]:
        go_on(cores, v, now)
    elif row[Core.STEP] >= 0 and row[Core.N_BUFFERED] > 0:
        store(cores, costs, packets, v, now)


@inlined_kernel
def store(cores: Cores, costs: Costs, packets: Packets, v: int, now: int) -> None:
    """Begin to store the oldest packet of the buffer of a delay core."""
    row = cores.state[v]
    member = packets.source[oldest(cores, v)] - row[Core.LO]
    cores.stored[row[Core.N_READS], row[Core.STEP] % cores.stored.shape[1], member] += 1
    cores.counts[v, CoreCounter.PROCESSED] += 1
    row[Core.STEP_PROCESSED] += 1
    most(cores, v, CoreCounter.MAX_PROCESSED, row[Core.STEP_PROCESSED])
    begin(cores, v, Piece.STORE, now, costs.delayed)


@inlined_kernel
def delay_core_waits_until(cores: Cores, v: int) -> int:
    """When an idle delay core has something to do, if no packet comes."""
    row = cores.state[v]
    if row[Core.PASS_STEP] < row[Core.PASSES_TO]:
        return row[Core.READY]
    return row[Core.NEXT_TICK]
