"""A chip as a whole: its cores in the order of time, and their packets when they are due."""

import numpy as np
from numpy.typing import NDArray

from chipemu.counters import CoreCounter
from chipemu.roles import COMBINED, DELAY, NEURON, SOURCE, SYNAPSE
from chipemu.timed.pieces.kernels import (
    be_busy,
    count,
    most,
    stretch_interrupt,
    stretch_piece,
    tick_ps,
)
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
from chipemu.timed.state import (
    NEVER_PS,
    Chip,
    Core,
    Delivery,
    Head,
    Machine,
    Number,
    Packet,
    Piece,
    Rule,
    Spikes,
)
from fixedpoint.jit import borrowed, inlined_kernel, kernel
from router.compiled.kernels import give_packet
from router.compiled.state import Packets as Given

Longs = NDArray[np.int64]
Ints = NDArray[np.int32]


@inlined_kernel
def hold(machine: Machine) -> Machine:
    """`machine` without reference counts, which this lets the compiler leave out altogether."""
    return Machine(
        borrowed(machine.cores),
        borrowed(machine.heads),
        borrowed(machine.chips),
        borrowed(machine.rules),
        borrowed(machine.numbers),
        borrowed(machine.packets),
        borrowed(machine.inbox),
        borrowed(machine.buffers),
        borrowed(machine.log),
        borrowed(machine.key_class),
        borrowed(machine.read_bytes),
        borrowed(machine.core_of),
        borrowed(machine.part_of),
        borrowed(machine.received),
        borrowed(machine.spikes),
        borrowed(machine.spans),
        borrowed(machine.row_synapses),
        borrowed(machine.rows),
        borrowed(machine.kind),
        borrowed(machine.stored),
    )


@inlined_kernel
def next_wake(row: Longs, machine: Machine) -> int:
    """When something happens to a core next, as far as packets are known."""
    piece = row[Core.PIECE]
    if piece == Piece.INTERRUPT:
        stretch_interrupt(row, machine.inbox, machine.buffers, machine.rules)
        return row[Core.END]
    first = row[Core.INBOX]
    coming = machine.inbox[first, Delivery.TIME] if first >= 0 else NEVER_PS
    if piece == Piece.IDLE:
        return min(waits_until(row), coming)
    if piece == Piece.UPDATE and row[Core.ROLE] == COMBINED:
        until = min(row[Core.END], row[Core.NEXT_TICK], coming)
        if row[Core.FETCHING] >= 0:
            until = min(until, row[Core.FETCH_END])
        return until
    if coming < NEVER_PS:
        stretch_piece(row, machine.inbox, machine.buffers, machine.rules)
    return min(row[Core.END], row[Core.TRANSFER_END]) if row[Core.WAITS_TO_READ] else row[Core.END]


@inlined_kernel
def waits_until(row: Longs) -> int:
    """When an idle core has something to do, if no packet comes."""
    role = row[Core.ROLE]
    if role in (COMBINED, SYNAPSE):
        return receiver_waits_until(row)
    if role == DELAY:
        return delay_core_waits_until(row)
    return sender_waits_until(row)


@inlined_kernel
def asks_for_transfer(row: Longs) -> bool:
    """Whether what happens to the core next starts a transfer."""
    if row[Core.WAITS_TO_READ]:
        return True
    piece = row[Core.PIECE]
    return piece in (Piece.READ, Piece.WRITE) or (
        piece == Piece.LOOKUP and row[Core.LOOKED_UP] >= 0
    )


@inlined_kernel
def receive(row: Longs, head: Longs, inbox: Longs) -> None:
    """Put the deliveries that have been handed over to the core behind those it has."""
    first = head[Head.FIRST]
    if first < 0:
        return
    if row[Core.INBOX] < 0:
        row[Core.INBOX] = first
    else:
        inbox[row[Core.INBOX_LAST], Delivery.AFTER] = first
    row[Core.INBOX_LAST] = head[Head.LAST]
    head[Head.FIRST] = -1


@inlined_kernel
def run_core(machine: Machine, chip: Longs, v: int, until: int) -> None:
    """Let everything happen to core `v` before `until`, up to the next start of a transfer.

    Only at the time it was to wake, the earliest of all of the chip, it may start one: transfers
    tie the cores of a chip together.
    """
    row, head = machine.cores[v], machine.heads[v]
    role = row[Core.ROLE]
    n_entries = machine.log.shape[1]
    receive(row, head, machine.inbox)
    may_ask_at = head[Head.WAKE]
    while True:
        now = next_wake(row, machine)
        head[Head.WAKE] = now
        if now >= until or (now != may_ask_at and asks_for_transfer(row)):
            return
        if chip[Chip.N_LOGGED] == n_entries:
            machine.numbers[Number.IS_FULL] = 1
            return
        may_ask_at = -1
        if role in (COMBINED, SYNAPSE):
            happen_to_receiver(row, chip, machine, v, now)
        elif role == DELAY:
            happen_to_delay_core(row, chip, machine, now)
        else:
            happen_to_sender(row, chip, machine, now)


@kernel
def advance(machine: Machine, number: int, until: int) -> None:
    """Let everything happen on chip `number` that happens before `until`.

    Each core is run by itself as far as it starts no transfer; transfers start in order of time. It
    stops early if the log of the chip has no more room; call again with an emptied one.
    """
    machine = hold(machine)
    chip = machine.chips[number]
    first, stop = chip[Chip.FIRST], chip[Chip.STOP]
    until = min(until, chip[Chip.END])
    while not machine.numbers[Number.IS_FULL]:
        now, who = until, -1
        for v in range(first, stop):
            if machine.heads[v, Head.WAKE] < now:
                now, who = machine.heads[v, Head.WAKE], v
        if who < 0:
            return
        run_core(machine, chip, who, until)


@inlined_kernel
def send_due(machine: Machine, given: Given, number: int, now: int) -> None:
    """Give the fabric the packets that cores of chip `number` send at `now`."""
    chip = machine.chips[number]
    for v in range(machine.chips[number, Chip.FIRST], machine.chips[number, Chip.STOP]):
        row = machine.cores[v]
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
            step -= stage * machine.rules[Rule.STAGE_STEPS]
        else:
            row[Core.PENDING] -= 1
            chip[Chip.PENDING] -= 1
        key_class = machine.key_class[stage, row[Core.SENDER]]
        if key_class < 0:
            continue
        count_send(row, now)
        packet = machine.numbers[Number.N_PACKETS]
        machine.numbers[Number.N_PACKETS] = packet + 1
        facts = machine.packets[packet]
        facts[Packet.SOURCE] = row[Core.SENDER]
        facts[Packet.STAGE] = stage
        facts[Packet.STEP] = step
        place = machine.numbers[Number.N_SENDS]
        machine.numbers[Number.N_SENDS] = place + 1
        give_packet(given, place, packet, now, row[Core.FABRIC], key_class)


@inlined_kernel
def earliest_packet(machine: Machine, number: int, now: int) -> int:
    """No core of chip `number` can send a packet before this time."""
    earliest = NEVER_PS
    if machine.chips[number, Chip.PENDING] == 0 and not machine.chips[number, Chip.HAS_DELAYS]:
        return earliest
    spikes = Spikes(machine.spikes, machine.spans, machine.numbers)
    for v in range(machine.chips[number, Chip.FIRST], machine.chips[number, Chip.STOP]):
        row = machine.cores[v]
        role = row[Core.ROLE]
        if role in (NEURON, COMBINED, SOURCE):
            earliest = min(earliest, earliest_send(row, spikes, machine.rules, now))
        elif role == DELAY:
            earliest = min(earliest, earliest_delayed(row, machine.rules, now))
    return earliest


@kernel
def count_work(cores: Longs, chips: Longs, now: int, ahead: Longs) -> None:
    """Count the work under way, as far as it has been done by `now` or the end of the run.

    ``ahead[v]`` becomes how much has been counted of core `v` that is only done afterwards. Fetches
    that have ended are counted, too.
    """
    for v in range(cores.shape[0]):
        row = cores[v]
        ahead[v] = 0
        until = min(now, chips[row[Core.CHIP], Chip.END])
        note_fetch(row, until - 1)
        if row[Core.PIECE] == Piece.IDLE:
            continue
        # what is not an update was counted up to its end
        work = until - row[Core.END]
        if row[Core.PIECE] == Piece.UPDATE:
            # it ends as much later as packets have delayed it
            work += row[Core.TARGET] - row[Core.DONE]
        if work > 0:
            be_busy(row, work)
            row[Core.DONE] += work
            row[Core.BEGUN] = until
        else:
            ahead[v] = -work


@kernel
def judge_all(
    cores: Longs,
    chips: Longs,
    rules: Longs,
    members: Ints,
    buffer: Ints,
    step: int,
    rings: NDArray[np.uint16],
) -> None:
    """Judge what the cores `members`, which fill buffers `buffer`, have written for `step`.

    A contribution that is not there is counted, and taken out of the ring buffers.
    """
    for i in range(members.shape[0]):
        row = cores[members[i]]
        tick = tick_ps(chips[row[Core.CHIP]], rules, step)
        was_asked = row[Core.WRITTEN_STEP] == step - 1
        if was_asked and row[Core.WRITE_END] <= tick:
            continue
        count(row, CoreCounter.TRANSFERS_MISSED, 1)
        if was_asked:
            most(row, CoreCounter.MAX_TRANSFER_OVERRUN_PS, row[Core.WRITE_END] - tick)
        rings[2 * buffer[i] : 2 * buffer[i] + 2, row[Core.LO] : row[Core.HI]] = 0
