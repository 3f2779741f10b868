"""A chip as a whole: its cores in the order of time, and their packets when they are due."""

import numpy as np
from numpy.typing import NDArray

from chipemu.counters import CoreCounter
from chipemu.roles import COMBINED, DELAY, NEURON, SOURCE, SYNAPSE
from chipemu.timed.pieces.kernels import most, stretch_interrupt, stretch_piece, tick_ps
from chipemu.timed.receivers.kernels import (
    delay_core_waits_until,
    happen_to_delay_core,
    happen_to_receiver,
    note_fetch,
    receiver_waits_until,
)
from chipemu.timed.senders.kernels import (
    count_send,
    earliest_delayed,
    earliest_send,
    happen_to_sender,
    sender_waits_until,
)
from chipemu.timed.state import NEVER_PS, Core, Cores, Costs, Number, Packets, Piece, Switches
from fixedpoint.jit import inlined_kernel, kernel
from router.compiled.kernels import give_packet
from router.compiled.state import Packets as Given

Ints = NDArray[np.int32]
Flags = NDArray[np.uint8]


@inlined_kernel
def next_wake(cores: Cores, costs: Costs, switches: Switches, v: int) -> int:
    """When something happens to the core next, as far as packets are known."""
    row = cores.state[v]
    role = row[Core.ROLE]
    piece = row[Core.PIECE]
    if piece == Piece.INTERRUPT:
        stretch_interrupt(cores, costs, switches, v)
        return row[Core.END]
    first = row[Core.INBOX]
    coming = cores.inbox_time[first] if first >= 0 else NEVER_PS
    if piece == Piece.UPDATE and role == COMBINED:
        until = min(row[Core.END], row[Core.NEXT_TICK], coming)
        if row[Core.FETCHING] >= 0:
            until = min(until, row[Core.FETCH_END])
        return until
    if piece != Piece.IDLE:
        if coming < NEVER_PS:
            stretch_piece(cores, costs, switches, v)
        if row[Core.WAITS_TO_READ]:
            return min(row[Core.END], row[Core.TRANSFER_END])
        return row[Core.END]
    if role == COMBINED or role == SYNAPSE:
        return min(receiver_waits_until(cores, v), coming)
    if role == DELAY:
        return min(delay_core_waits_until(cores, v), coming)
    return sender_waits_until(cores, v)


@kernel
def advance(
    cores: Cores, costs: Costs, switches: Switches, packets: Packets, chip: int, until: int
) -> None:
    """Let everything happen on `chip` that happens before `until`.

    It stops early if the log of the chip has no more room; call again with an emptied one.
    """
    first, stop = cores.chip_start[chip], cores.chip_start[chip + 1]
    until = min(until, cores.end[chip])
    n_entries = cores.log_packet.shape[1]
    for v in range(first, stop):
        cores.wake[v] = next_wake(cores, costs, switches, v)
    while True:
        now, who = until, -1
        for v in range(first, stop):
            if cores.wake[v] < now:
                now, who = cores.wake[v], v
        if who < 0:
            break
        if cores.n_logged[chip] == n_entries:
            cores.numbers[Number.IS_FULL] = 1
            return
        role = cores.state[who, Core.ROLE]
        if role == COMBINED or role == SYNAPSE:
            happen_to_receiver(cores, costs, switches, packets, who, now)
        elif role == DELAY:
            happen_to_delay_core(cores, costs, switches, packets, who, now)
        else:
            happen_to_sender(cores, costs, switches, who, now)
        cores.wake[who] = next_wake(cores, costs, switches, who)
    for v in range(first, stop):
        note_fetch(cores, v, until - 1)


@inlined_kernel
def send_due(
    cores: Cores, packets: Packets, given: Given, switches: Switches, chip: int, now: int
) -> None:
    """Give the fabric the packets that cores of `chip` send at `now`."""
    for v in range(cores.chip_start[chip], cores.chip_start[chip + 1]):
        row = cores.state[v]
        if (
            row[Core.PIECE] != Piece.UPDATE
            or row[Core.END] != now
            or row[Core.SENDER] < 0
            or row[Core.HAS_SENT]
        ):
            continue
        row[Core.HAS_SENT] = 1
        stage, step = 0, row[Core.PASS_STEP]
        if row[Core.ROLE] == DELAY:
            stage = row[Core.STAGE]
            step -= stage * switches.stage_steps
        else:
            row[Core.PENDING] -= 1
        key_class = cores.key_class[stage, row[Core.SENDER]]
        if key_class < 0:
            continue
        count_send(cores, v, now)
        packet = cores.numbers[Number.N_PACKETS]
        packets.source[packet] = row[Core.SENDER]
        packets.stage[packet] = stage
        packets.step[packet] = step
        cores.numbers[Number.N_PACKETS] = packet + 1
        give_packet(given, cores.numbers[Number.N_SENDS], packet, now, row[Core.FABRIC], key_class)
        cores.numbers[Number.N_SENDS] += 1


@inlined_kernel
def earliest_packet(cores: Cores, costs: Costs, switches: Switches, chip: int, now: int) -> int:
    """No core of `chip` can send a packet before this time."""
    earliest = NEVER_PS
    for v in range(cores.chip_start[chip], cores.chip_start[chip + 1]):
        role = cores.state[v, Core.ROLE]
        if role == NEURON or role == COMBINED or role == SOURCE:
            earliest = min(earliest, earliest_send(cores, costs, v, now))
        elif role == DELAY:
            earliest = min(earliest, earliest_delayed(cores, costs, switches, v, now))
    return earliest


@kernel
def judge(cores: Cores, switches: Switches, v: int, step: int) -> bool:
    """Whether the contribution of core `v` for `step` is there at the tick; count it if not."""
    row = cores.state[v]
    tick = tick_ps(cores, switches, row[Core.CHIP], step)
    was_asked = row[Core.WRITTEN_STEP] == step - 1
    if was_asked and row[Core.WRITE_END] <= tick:
        return True
    cores.counts[v, CoreCounter.TRANSFERS_MISSED] += 1
    if was_asked:
        most(cores, v, CoreCounter.MAX_TRANSFER_OVERRUN_PS, row[Core.WRITE_END] - tick)
    return False


@kernel
def judge_all(
    cores: Cores, switches: Switches, members: Ints, buffer: Ints, step: int, lost: Flags
) -> None:
    """Judge what the cores `members`, which fill buffers `buffer`, have written for `step`.

    ``lost[slice, channel]`` becomes 1 where a contribution is not there.
    """
    for i in range(members.shape[0]):
        v = members[i]
        if not judge(cores, switches, v, step):
            lost[cores.state[v, Core.SLICE], 2 * buffer[i]] = 1
            lost[cores.state[v, Core.SLICE], 2 * buffer[i] + 1] = 1
