"""Updates that send packets, and the cores that do little else: neuron, Poisson, source cores."""

import numpy as np
from numpy.typing import NDArray

from chipemu.counters import CoreCounter
from chipemu.roles import DELAY, POISSON
from chipemu.timed.pieces.kernels import (
    be_busy,
    begin,
    count,
    count_overrun,
    count_slack,
    least,
    most,
    next_step,
    tick_ps,
    transfer,
)
from chipemu.timed.state import NEVER_PS, Core, Machine, Number, Piece, Rule, Spikes
from fixedpoint.jit import inlined_kernel

Longs = NDArray[np.int64]
Stored = NDArray[np.int32]


@inlined_kernel
def first_spike(row: Longs, spikes: Spikes, n_groups: int, step: int) -> int:
    """Place in the history of the first spike of the core in `step`, or of a later one."""
    segment = (step - spikes.numbers[Number.FIRST_STEP]) * n_groups + row[Core.GROUP]
    low, high = spikes.spans[segment]
    while low < high:
        middle = (low + high) >> 1
        if spikes.source[middle] < row[Core.LO]:
            low = middle + 1
        else:
            high = middle
    return low


@inlined_kernel
def spike_at(row: Longs, spikes: Spikes, n_groups: int, step: int, place: int) -> int:
    """Source of the spike at `place` of the history if it is the core's in `step`, else -1."""
    segment = (step - spikes.numbers[Number.FIRST_STEP]) * n_groups + row[Core.GROUP]
    if place >= spikes.spans[segment, 1] or spikes.source[place] >= row[Core.HI]:
        return -1
    return np.int64(spikes.source[place])


@inlined_kernel
def aim(row: Longs, spikes: Spikes, rules: Longs) -> None:
    """Find out what the update does next: work until a source sends, or until all are done."""
    sender = spike_at(row, spikes, rules[Rule.N_GROUPS], row[Core.PASS_STEP], row[Core.SPIKE])
    row[Core.SENDER] = sender
    row[Core.DONE] = 0
    if sender >= 0:
        members = sender - row[Core.LO] + 1
        row[Core.TARGET] = (members - row[Core.AT]) * row[Core.UNIT] + rules[Rule.SEND]
        row[Core.AT] = members
        row[Core.SPIKE] += 1
    else:
        row[Core.TARGET] = (row[Core.HI] - row[Core.LO] - row[Core.AT]) * row[Core.UNIT]


@inlined_kernel
def aim_delayed(row: Longs, stored: Stored, key_class: Longs, rules: Longs) -> None:
    """Find the next packet that a delay core sends in its step."""
    n_slots = stored.shape[1]
    row[Core.DONE] = 0
    while row[Core.STAGE] < rules[Rule.N_STAGES]:
        stage, source = row[Core.STAGE], row[Core.LO] + row[Core.AT]
        since = row[Core.STEP] - stage * rules[Rule.STAGE_STEPS]
        if source < row[Core.HI] and since >= 0:
            n_stored = stored[row[Core.STORE], since % n_slots, row[Core.AT]]
            if row[Core.SPIKE] < n_stored and key_class[stage, source] >= 0:
                row[Core.SENDER] = source
                row[Core.SPIKE] += 1
                row[Core.TARGET] = rules[Rule.SEND]
                return
            row[Core.AT] += 1
        else:
            row[Core.STAGE] += 1
            row[Core.AT] = 0
        row[Core.SPIKE] = 0
    row[Core.SENDER] = -1
    row[Core.TARGET] = 0


@inlined_kernel
def prepare(row: Longs, chip: Longs, machine: Machine, now: int) -> None:
    """Let the update of step `PASS_STEP` be due."""
    tick = tick_ps(chip, machine.rules, row[Core.PASS_STEP])
    row[Core.READY] = max(now, tick + row[Core.SPREAD]) if row[Core.SPREAD] > 0 else now
    row[Core.AT] = 0
    if row[Core.ROLE] == DELAY:
        row[Core.STAGE] = 1
        row[Core.SPIKE] = 0
        aim_delayed(row, machine.stored, machine.key_class, machine.rules)
    else:
        n_groups = machine.rules[Rule.N_GROUPS]
        spikes = Spikes(machine.spikes, machine.spans, machine.numbers)
        row[Core.SPIKE] = first_spike(row, spikes, n_groups, row[Core.PASS_STEP])
        aim(row, spikes, machine.rules)


@inlined_kernel
def go_on(row: Longs, now: int) -> None:
    """Go on with the update, which counts as work as far as it gets."""
    row[Core.PIECE] = Piece.UPDATE
    row[Core.BEGUN] = now
    row[Core.END] = now + row[Core.TARGET] - row[Core.DONE]
    row[Core.HAS_SENT] = 0


@inlined_kernel
def finish_update(row: Longs, chip: Longs, machine: Machine, now: int) -> None:
    """The piece of an update has come to its end: the packet is sent, or all are done."""
    be_busy(row, row[Core.TARGET] - row[Core.DONE])
    if row[Core.SENDER] >= 0:
        if row[Core.ROLE] == DELAY:
            aim_delayed(row, machine.stored, machine.key_class, machine.rules)
        else:
            if not row[Core.HAS_SENT] and machine.key_class[0, row[Core.SENDER]] >= 0:
                machine.numbers[Number.IS_WRONG] = 1  # a send that nobody foresaw
            aim(row, Spikes(machine.spikes, machine.spans, machine.numbers), machine.rules)
        if row[Core.SENDER] >= 0 or row[Core.TARGET] > 0:
            return
    # nothing is left to do: the update ends at once
    count_slack(row, tick_ps(chip, machine.rules, row[Core.PASS_STEP] + 1) - now)
    row[Core.PASS_STEP] += 1
    if row[Core.PASS_STEP] < row[Core.PASSES_TO]:
        prepare(row, chip, machine, now)


@inlined_kernel
def count_send(row: Longs, at: int) -> None:
    """Count a packet sent."""
    count(row, CoreCounter.SENT, 1)
    since = at - row[Core.THIS_TICK]
    least(row, CoreCounter.EARLIEST_SEND_PS, since)
    most(row, CoreCounter.LATEST_SEND_PS, since)


@inlined_kernel
def finish_transfer(row: Longs, chip: Longs, rules: Longs, read_bytes: Longs, now: int) -> None:
    """The neuron core's transfer under way may have ended; the next one then starts."""
    if row[Core.TRANSFER_END] > now:
        return
    row[Core.N_ENDED] += 1
    row[Core.TRANSFER_END] = NEVER_PS
    if row[Core.WAITS_TO_READ]:
        row[Core.WAITS_TO_READ] = 0
        read_next(row, chip, rules, read_bytes, now)


@inlined_kernel
def read_next(row: Longs, chip: Longs, rules: Longs, read_bytes: Longs, now: int) -> None:
    """Start the transfer of the next contribution."""
    n_bytes = read_bytes[row[Core.READS_FROM] + row[Core.N_ASKED] - 1]
    row[Core.TRANSFER_END] = transfer(row, chip, rules, now, n_bytes)


@inlined_kernel
def happen_to_sender(row: Longs, chip: Longs, machine: Machine, now: int) -> None:
    """A piece, a transfer or the waiting of a neuron, Poisson or source core ends."""
    rules = machine.rules
    finish_transfer(row, chip, rules, machine.read_bytes, now)
    piece = row[Core.PIECE]
    if piece != Piece.IDLE:
        if now < row[Core.END]:
            return
        row[Core.PIECE] = Piece.IDLE
        if piece == Piece.TICK:
            row[Core.PASSES_TO] = row[Core.STEP] + 1
            row[Core.N_ASKED] = row[Core.N_ENDED] = row[Core.N_ADDED] = 0
            if row[Core.N_READS] == 0:
                prepare(row, chip, machine, now)
        elif piece == Piece.READ:
            row[Core.N_ASKED] += 1
            if row[Core.TRANSFER_END] == NEVER_PS:
                read_next(row, chip, rules, machine.read_bytes, now)
            else:
                row[Core.WAITS_TO_READ] = 1
        elif piece == Piece.ADD:
            row[Core.N_ADDED] += 1
            if row[Core.N_ADDED] == row[Core.N_READS]:
                prepare(row, chip, machine, now)
        elif piece == Piece.UPDATE:
            finish_update(row, chip, machine, now)
        elif piece == Piece.DRAWN:
            begin(row, Piece.WRITE, now, rules[Rule.WRITE])
            return
        elif piece == Piece.WRITE:
            row[Core.WRITTEN_STEP] = row[Core.STEP]
            row[Core.WRITE_END] = transfer(row, chip, rules, now, row[Core.SLOT_BYTES])
            row[Core.HAS_WRITTEN] = 1
    if row[Core.ROLE] == POISSON:
        decide_poisson(row, chip, rules, now)
    else:
        decide_sender(row, chip, rules, now)


@inlined_kernel
def decide_sender(row: Longs, chip: Longs, rules: Longs, now: int) -> None:
    """What a neuron or source core does next."""
    if row[Core.PASS_STEP] < row[Core.PASSES_TO]:
        if row[Core.N_ADDED] < row[Core.N_READS]:
            n_members = row[Core.HI] - row[Core.LO]
            if row[Core.N_ASKED] < min(row[Core.N_READS], row[Core.N_ADDED] + 2):
                begin(row, Piece.READ, now, rules[Rule.READ])
            elif row[Core.N_ENDED] > row[Core.N_ADDED]:
                begin(row, Piece.ADD, now, rules[Rule.CONTRIBUTION] * n_members)
        elif now >= row[Core.READY]:
            go_on(row, now)
    elif now >= row[Core.NEXT_TICK]:
        count_overrun(row, now)
        next_step(row, chip, rules)
        begin(row, Piece.TICK, now, rules[Rule.TICK])


@inlined_kernel
def decide_poisson(row: Longs, chip: Longs, rules: Longs, now: int) -> None:
    """What the Poisson core of an ensemble does next."""
    if row[Core.HAS_WRITTEN] and now >= row[Core.WRITE_END]:
        row[Core.HAS_WRITTEN] = 0
        count_slack(row, row[Core.NEXT_TICK] - row[Core.WRITE_END])
    if not row[Core.HAS_WRITTEN] and now >= row[Core.NEXT_TICK]:
        count_overrun(row, now)
        next_step(row, chip, rules)
        work = rules[Rule.TICK] + rules[Rule.POISSON] * (row[Core.HI] - row[Core.LO])
        begin(row, Piece.DRAWN, now, work)


@inlined_kernel
def sender_waits_until(row: Longs) -> int:
    """When an idle neuron, Poisson or source core has something to do."""
    if row[Core.ROLE] == POISSON:
        return row[Core.WRITE_END] if row[Core.HAS_WRITTEN] else row[Core.NEXT_TICK]
    if row[Core.PASS_STEP] < row[Core.PASSES_TO]:
        if row[Core.N_ADDED] < row[Core.N_READS]:
            return row[Core.TRANSFER_END]
        return row[Core.READY]
    return row[Core.NEXT_TICK]


@inlined_kernel
def earliest_send(row: Longs, spikes: Spikes, rules: Longs, now: int) -> int:
    """No packet of a neuron, source or combined core can be sent before; `NEVER_PS` if none is due.

    A lower bound from the work that is certain; packets and transfers still to come only add to it.
    """
    if row[Core.PENDING] == 0:
        return NEVER_PS
    is_updating = row[Core.PASS_STEP] < row[Core.PASSES_TO]
    piece = row[Core.PIECE]
    start = now if piece == Piece.IDLE else row[Core.END]
    if piece == Piece.UPDATE:
        if row[Core.SENDER] >= 0 and not row[Core.HAS_SENT]:
            return start
        return start + rules[Rule.SEND]
    n_members = row[Core.HI] - row[Core.LO]
    if is_updating and row[Core.N_ADDED] == row[Core.N_READS]:
        left = row[Core.TARGET] - row[Core.DONE]
        if row[Core.SENDER] < 0:
            left += rules[Rule.SEND]
        if row[Core.N_BUFFERED] > 0 and row[Core.FETCHING] < 0 and piece != Piece.LOOKUP:
            start += rules[Rule.BACKLOG]  # a packet is looked up before
        return max(start, row[Core.READY]) + left
    if is_updating:
        if piece == Piece.IDLE:
            start = max(start, row[Core.TRANSFER_END])  # what it waits for
        n_adds = row[Core.N_READS] - row[Core.N_ADDED] - (piece == Piece.ADD)
        start += n_adds * rules[Rule.CONTRIBUTION] * n_members
    elif piece != Piece.TICK:
        start = max(start, row[Core.NEXT_TICK]) + rules[Rule.TICK]
    step = row[Core.PASS_STEP]
    n_groups = rules[Rule.N_GROUPS]
    sender = spike_at(row, spikes, n_groups, step, first_spike(row, spikes, n_groups, step))
    if sender >= 0:
        start += (sender - row[Core.LO] + 1) * row[Core.UNIT]
    return start + rules[Rule.SEND]


@inlined_kernel
def earliest_delayed(row: Longs, rules: Longs, now: int) -> int:
    """As `earliest_send`, of a delay core."""
    start = now if row[Core.PIECE] == Piece.IDLE else row[Core.END]
    if row[Core.PIECE] == Piece.UPDATE:
        if row[Core.SENDER] >= 0 and not row[Core.HAS_SENT]:
            return start
        return start + rules[Rule.SEND]
    if row[Core.PASS_STEP] < row[Core.PASSES_TO]:
        return max(start, row[Core.READY]) + rules[Rule.SEND]
    if row[Core.PIECE] != Piece.TICK:
        start = max(start, row[Core.NEXT_TICK]) + rules[Rule.TICK]
    return start + rules[Rule.SEND]
