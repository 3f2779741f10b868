"""Updates that send packets, and the cores that do little else: neuron, Poisson, source cores."""

import numpy as np

from chipemu.counters import CoreCounter
from chipemu.roles import DELAY, POISSON
from chipemu.timed.pieces.kernels import (
    be_busy,
    begin,
    count_overrun,
    count_slack,
    least,
    most,
    next_step,
    tick_ps,
    transfer,
)
from chipemu.timed.state import (
    NEVER_PS,
    Core,
    Cores,
    Costs,
    Number,
    Piece,
    Switches,
)
from fixedpoint.jit import inlined_kernel, kernel


@inlined_kernel
def first_spike(cores: Cores, v: int, step: int) -> int:
    """Place in the history of the first spike of the core in `step`, or of a later one."""
    row = cores.state[v]
    segment = step * cores.numbers[Number.N_GROUPS] + row[Core.GROUP]
    low, high = cores.spike_start[segment], cores.spike_start[segment + 1]
    while low < high:
        middle = (low + high) >> 1
        if cores.spikes[middle] < row[Core.LO]:
            low = middle + 1
        else:
            high = middle
    return low


@inlined_kernel
def spike_at(cores: Cores, v: int, step: int, place: int) -> int:
    """Source of the spike at `place` of the history if it is the core's in `step`, else -1."""
    row = cores.state[v]
    segment = step * cores.numbers[Number.N_GROUPS] + row[Core.GROUP]
    if place >= cores.spike_start[segment + 1] or cores.spikes[place] >= row[Core.HI]:
        return -1
    return np.int64(cores.spikes[place])


@inlined_kernel
def aim(cores: Cores, costs: Costs, v: int) -> None:
    """Find out what the update does next: work until a source sends, or until all are done."""
    row = cores.state[v]
    sender = spike_at(cores, v, row[Core.PASS_STEP], row[Core.SPIKE])
    row[Core.SENDER] = sender
    row[Core.DONE] = 0
    if sender >= 0:
        members = sender - row[Core.LO] + 1
        row[Core.TARGET] = (members - row[Core.AT]) * row[Core.UNIT] + costs.send
        row[Core.AT] = members
        row[Core.SPIKE] += 1
    else:
        row[Core.TARGET] = (row[Core.HI] - row[Core.LO] - row[Core.AT]) * row[Core.UNIT]


@inlined_kernel
def aim_delayed(cores: Cores, costs: Costs, switches: Switches, v: int) -> None:
    """Find the next packet that a delay core sends in its step."""
    row = cores.state[v]
    n_slots = cores.stored.shape[1]
    row[Core.DONE] = 0
    while row[Core.STAGE] < switches.n_stages:
        stage, source = row[Core.STAGE], row[Core.LO] + row[Core.AT]
        since = row[Core.STEP] - stage * switches.stage_steps
        if source < row[Core.HI] and since >= 0:
            stored = cores.stored[row[Core.N_READS], since % n_slots, row[Core.AT]]
            if row[Core.SPIKE] < stored and cores.key_class[stage, source] >= 0:
                row[Core.SENDER] = source
                row[Core.SPIKE] += 1
                row[Core.TARGET] = costs.send
                return
            row[Core.AT] += 1
        else:
            row[Core.STAGE] += 1
            row[Core.AT] = 0
        row[Core.SPIKE] = 0
    row[Core.SENDER] = -1
    row[Core.TARGET] = 0


@inlined_kernel
def prepare(cores: Cores, costs: Costs, switches: Switches, v: int, now: int) -> None:
    """Let the update of step `PASS_STEP` be due."""
    row = cores.state[v]
    tick = tick_ps(cores, switches, row[Core.CHIP], row[Core.PASS_STEP])
    row[Core.READY] = max(now, tick + row[Core.SPREAD]) if row[Core.SPREAD] > 0 else now
    row[Core.AT] = 0
    if row[Core.ROLE] == DELAY:
        row[Core.STAGE] = 1
        row[Core.SPIKE] = 0
        aim_delayed(cores, costs, switches, v)
    else:
        row[Core.SPIKE] = first_spike(cores, v, row[Core.PASS_STEP])
        aim(cores, costs, v)


@inlined_kernel
def go_on(cores: Cores, v: int, now: int) -> None:
    """Go on with the update, which counts as work as far as it gets."""
    row = cores.state[v]
    row[Core.PIECE] = Piece.UPDATE
    row[Core.BEGUN] = now
    row[Core.END] = now + row[Core.TARGET] - row[Core.DONE]
    row[Core.HAS_SENT] = 0


@inlined_kernel
def finish_update(cores: Cores, costs: Costs, switches: Switches, v: int, now: int) -> None:
    """The piece of an update has come to its end: the packet is sent, or all are done."""
    row = cores.state[v]
    be_busy(cores, v, row[Core.TARGET] - row[Core.DONE])
    if row[Core.SENDER] >= 0:
        if row[Core.ROLE] == DELAY:
            aim_delayed(cores, costs, switches, v)
        else:
            if not row[Core.HAS_SENT] and cores.key_class[0, row[Core.SENDER]] >= 0:
                cores.numbers[Number.IS_WRONG] = 1  # a send that nobody foresaw
            aim(cores, costs, v)
        if row[Core.SENDER] >= 0 or row[Core.TARGET] > 0:
            return
    # nothing is left to do: the update ends at once
    count_slack(cores, v, tick_ps(cores, switches, row[Core.CHIP], row[Core.PASS_STEP] + 1) - now)
    row[Core.PASS_STEP] += 1
    if row[Core.PASS_STEP] < row[Core.PASSES_TO]:
        prepare(cores, costs, switches, v, now)


@inlined_kernel
def count_send(cores: Cores, v: int, at: int) -> None:
    """Count a packet sent."""
    cores.counts[v, CoreCounter.SENT] += 1
    since = at - cores.state[v, Core.THIS_TICK]
    least(cores, v, CoreCounter.EARLIEST_SEND_PS, since)
    most(cores, v, CoreCounter.LATEST_SEND_PS, since)


@inlined_kernel
def finish_transfer(cores: Cores, costs: Costs, v: int, now: int) -> None:
    """The neuron core's transfer under way may have ended; the next one then starts."""
    row = cores.state[v]
    if row[Core.TRANSFER_END] > now:
        return
    row[Core.N_ENDED] += 1
    row[Core.TRANSFER_END] = NEVER_PS
    if row[Core.WAITS_TO_READ]:
        row[Core.WAITS_TO_READ] = 0
        read_next(cores, costs, v, now)


@inlined_kernel
def read_next(cores: Cores, costs: Costs, v: int, now: int) -> None:
    """Start the transfer of the next contribution."""
    row = cores.state[v]
    number = row[Core.N_ASKED] - 1
    source = cores.contributors[row[Core.READS_FROM] + number]
    n_bytes = cores.state[source, Core.SLOT_BYTES]
    row[Core.TRANSFER_END] = transfer(cores, costs, v, now, n_bytes)


@kernel
def happen_to_sender(cores: Cores, costs: Costs, switches: Switches, v: int, now: int) -> None:
    """A piece, a transfer or the waiting of a neuron, Poisson or source core ends."""
    row = cores.state[v]
    finish_transfer(cores, costs, v, now)
    piece = row[Core.PIECE]
    if piece != Piece.IDLE:
        if now < row[Core.END]:
            return
        row[Core.PIECE] = Piece.IDLE
        if piece == Piece.TICK:
            row[Core.PASSES_TO] = row[Core.STEP] + 1
            row[Core.N_ASKED] = row[Core.N_ENDED] = row[Core.N_ADDED] = 0
            if row[Core.N_READS] == 0:
                prepare(cores, costs, switches, v, now)
        elif piece == Piece.READ:
            row[Core.N_ASKED] += 1
            if row[Core.TRANSFER_END] == NEVER_PS:
                read_next(cores, costs, v, now)
            else:
                row[Core.WAITS_TO_READ] = 1
        elif piece == Piece.ADD:
            row[Core.N_ADDED] += 1
            if row[Core.N_ADDED] == row[Core.N_READS]:
                prepare(cores, costs, switches, v, now)
        elif piece == Piece.UPDATE:
            finish_update(cores, costs, switches, v, now)
        elif piece == Piece.DRAWN:
            begin(cores, v, Piece.WRITE, now, costs.write)
            return
        elif piece == Piece.WRITE:
            row[Core.WRITTEN_STEP] = row[Core.STEP]
            row[Core.WRITE_END] = transfer(cores, costs, v, now, row[Core.SLOT_BYTES])
            row[Core.HAS_WRITTEN] = 1
    if row[Core.ROLE] == POISSON:
        decide_poisson(cores, costs, switches, v, now)
    else:
        decide_sender(cores, costs, switches, v, now)


@inlined_kernel
def decide_sender(cores: Cores, costs: Costs, switches: Switches, v: int, now: int) -> None:
    """What a neuron or source core does next."""
    row = cores.state[v]
    if row[Core.PASS_STEP] < row[Core.PASSES_TO]:
        if row[Core.N_ADDED] < row[Core.N_READS]:
            n_members = row[Core.HI] - row[Core.LO]
            if row[Core.N_ASKED] < min(row[Core.N_READS], row[Core.N_ADDED] + 2):
                begin(cores, v, Piece.READ, now, costs.read)
            elif row[Core.N_ENDED] > row[Core.N_ADDED]:
                begin(cores, v, Piece.ADD, now, costs.contribution * n_members)
        elif now >= row[Core.READY]:
            go_on(cores, v, now)
    elif now >= row[Core.NEXT_TICK]:
        count_overrun(cores, v, now)
        next_step(cores, switches, v)
        begin(cores, v, Piece.TICK, now, costs.tick)


@inlined_kernel
def decide_poisson(cores: Cores, costs: Costs, switches: Switches, v: int, now: int) -> None:
    """What the Poisson core of an ensemble does next."""
    row = cores.state[v]
    if row[Core.HAS_WRITTEN] and now >= row[Core.WRITE_END]:
        row[Core.HAS_WRITTEN] = 0
        count_slack(cores, v, row[Core.NEXT_TICK] - row[Core.WRITE_END])
    if not row[Core.HAS_WRITTEN] and now >= row[Core.NEXT_TICK]:
        count_overrun(cores, v, now)
        next_step(cores, switches, v)
        work = costs.tick + costs.poisson * (row[Core.HI] - row[Core.LO])
        begin(cores, v, Piece.DRAWN, now, work)


@inlined_kernel
def sender_waits_until(cores: Cores, v: int) -> int:
    """When an idle neuron, Poisson or source core has something to do."""
    row = cores.state[v]
    if row[Core.ROLE] == POISSON:
        return row[Core.WRITE_END] if row[Core.HAS_WRITTEN] else row[Core.NEXT_TICK]
    if row[Core.PASS_STEP] < row[Core.PASSES_TO]:
        if row[Core.N_ADDED] < row[Core.N_READS]:
            return row[Core.TRANSFER_END]
        return row[Core.READY]
    return row[Core.NEXT_TICK]


@inlined_kernel
def earliest_send(cores: Cores, costs: Costs, v: int, now: int) -> int:
    """No packet of a neuron, source or combined core can be sent before; `NEVER_PS` if none is due.

    A lower bound from the work that is certain; packets and transfers still to come only add to it.
    """
    row = cores.state[v]
    if row[Core.PENDING] == 0:
        return NEVER_PS
    is_updating = row[Core.PASS_STEP] < row[Core.PASSES_TO]
    piece = row[Core.PIECE]
    start = now if piece == Piece.IDLE else row[Core.END]
    if piece == Piece.UPDATE:
        if row[Core.SENDER] >= 0 and not row[Core.HAS_SENT]:
            return start
        return start + costs.send
    n_members = row[Core.HI] - row[Core.LO]
    if is_updating and row[Core.N_ADDED] == row[Core.N_READS]:
        left = row[Core.TARGET] - row[Core.DONE]
        if row[Core.SENDER] < 0:
            left += costs.send
        return max(start + row[Core.N_BUFFERED] * costs.backlog, row[Core.READY]) + left
    if is_updating:
        n_adds = row[Core.N_READS] - row[Core.N_ADDED] - (piece == Piece.ADD)
        start += n_adds * costs.contribution * n_members
    elif piece != Piece.TICK:
        start = max(start, row[Core.NEXT_TICK]) + costs.tick
    step = row[Core.PASS_STEP]
    sender = spike_at(cores, v, step, first_spike(cores, v, step))
    if sender >= 0:
        start += (sender - row[Core.LO] + 1) * row[Core.UNIT]
    return start + costs.send


@inlined_kernel
def earliest_delayed(cores: Cores, costs: Costs, switches: Switches, v: int, now: int) -> int:
    """As `earliest_send`, of a delay core."""
    row = cores.state[v]
    start = now if row[Core.PIECE] == Piece.IDLE else row[Core.END]
    if row[Core.PIECE] == Piece.UPDATE:
        if row[Core.SENDER] >= 0 and not row[Core.HAS_SENT]:
            return start
        return start + costs.send
    if row[Core.PASS_STEP] < row[Core.PASSES_TO]:
        return max(start, row[Core.READY]) + costs.send
    if row[Core.PIECE] != Piece.TICK:
        start = max(start, row[Core.NEXT_TICK]) + costs.tick
    return start + costs.send
