"""Cores and fabric together: packets sent when they are due, and handed to the cores they reach.

What a core sends depends on the packets that it was interrupted by. So the fabric runs up to the
earliest time at which any core can send (`earliest_packet`, a lower bound), the chip of that core
is brought to that time, and either sends there or has a later bound. Chips that send nothing are
brought forward afterwards, in parallel.
"""

import numpy as np
from numpy.typing import NDArray

from chipemu.state import Loaded, Sources, State
from chipemu.timed.chips.kernels import advance, earliest_packet, hold, send_due
from chipemu.timed.delivery.kernels import deliver_early
from chipemu.timed.state import Chip, Delivery, Head, Machine, Number, Packet, Rows, Status
from fixedpoint.jit import borrowed, inlined_kernel, kernel, parallel_kernel, prange, prefetch
from router.compiled.kernels import run_fabric
from router.compiled.state import Memory
from router.compiled.state import Number as FabricNumber
from router.compiled.state import Packets as Given
from router.events import Fate

Longs = NDArray[np.int64]

WORDS_PER_LINE = 8
SENDS_AT_ONCE = 32
"""Room for packets that there must be before a chip may send: more than it has cores."""


@inlined_kernel
def hand_over(memory: Memory, machine: Machine, fates: Longs) -> None:
    """Put what cores took into their inboxes, count what was lost, and empty the records."""
    packets, inbox, numbers = machine.packets, machine.inbox, machine.numbers
    start = memory[FabricNumber.DELIVERED]
    size = memory[FabricNumber.RECORDS]
    place = numbers[Number.N_INBOX]
    for i in range(memory[FabricNumber.N_DELIVERED]):
        time = memory[start + i]
        port = memory[start + size + i]
        packet = memory[start + 2 * size + i]
        machine.received[port] += 1
        packets[packet, Packet.DELIVERED] += 1
        v = machine.core_of[port]
        if v < 0 or time >= machine.heads[v, Head.END]:
            continue
        inbox[place, Delivery.TIME] = time
        inbox[place, Delivery.PACKET] = packet
        inbox[place, Delivery.AFTER] = -1
        head = machine.heads[v]
        if head[Head.FIRST] < 0:
            head[Head.FIRST] = place
            head[Head.WAKE] = min(head[Head.WAKE], time)
        else:
            inbox[head[Head.LAST], Delivery.AFTER] = place
        head[Head.LAST] = place
        place += 1
    numbers[Number.N_INBOX] = place
    start = memory[FabricNumber.LOST]
    for i in range(memory[FabricNumber.N_LOST]):
        fate = memory[start + 5 * i + 3]
        fates[fate] += 1
        if fate not in (Fate.HELD, Fate.BLOCKED):
            packets[memory[start + 5 * i + 2], Packet.LOST] += 1
    memory[FabricNumber.N_DELIVERED] = 0
    memory[FabricNumber.N_LOST] = 0


@inlined_kernel
def carry(memory: Memory, given: Given, machine: Machine, fates: Longs, until: int) -> int:
    """Run the fabric until `until`; returns a `Status`, FULL if the inboxes need more room."""
    room = machine.inbox.shape[0] - memory[FabricNumber.RECORDS]
    n_sends = machine.numbers[Number.N_SENDS]
    sends = Given(given.routes, given.copies, given.sends[:n_sends])
    while True:
        if machine.numbers[Number.N_INBOX] > room:
            return Status.FULL
        status = run_fabric(memory, sends, until)
        hand_over(memory, machine, fates)
        if status == Status.DONE:
            machine.numbers[Number.NOW] = until
            return Status.DONE


@kernel
def sift_down(times: Longs, chips: Longs, at: int, n: int) -> None:
    """Restore the order of a heap of (time, chip) whose entry `at` may be too late."""
    time, chip = times[at], chips[at]
    while True:
        child = 2 * at + 1
        if child >= n:
            break
        other = child + 1
        if other < n and (
            times[other] < times[child]
            or (times[other] == times[child] and chips[other] < chips[child])
        ):
            child = other
        if times[child] > time or (times[child] == time and chips[child] > chip):
            break
        times[at], chips[at] = times[child], chips[child]
        at = child
    times[at], chips[at] = time, chip


@kernel
def exchange(
    memory: Memory,
    given: Given,
    machine: Machine,
    fates: Longs,
    times: Longs,
    chips: Longs,
    until: int,
) -> int:
    """Send and carry all packets from now to `until`, as far as it takes to know them.

    Afterwards the fabric is at `until`, and no chip has a packet to send before. `times` and
    `chips` are working arrays, one entry per chip.

    Returns
    -------
    int
        A `Status`; if FULL, call again with more room.
    """
    memory = borrowed(memory)
    given = Given(borrowed(given.routes), borrowed(given.copies), borrowed(given.sends))
    machine = hold(machine)
    now = machine.numbers[Number.NOW]
    n = 0
    for chip in range(machine.chips.shape[0]):
        earliest = max(now, earliest_packet(machine, chip, now))
        if earliest < min(until, machine.chips[chip, Chip.END]):
            times[n], chips[n] = earliest, chip
            n += 1
    for at in range(n // 2 - 1, -1, -1):
        sift_down(times, chips, at, n)
    while n > 0:
        time, chip = times[0], chips[0]
        if (
            given.sends.shape[0] - machine.numbers[Number.N_SENDS] < SENDS_AT_ONCE
            or machine.packets.shape[0] - machine.numbers[Number.N_PACKETS] < SENDS_AT_ONCE
            or given.copies.shape[0] - machine.numbers[Number.N_PACKETS] < SENDS_AT_ONCE
            or carry(memory, given, machine, fates, time) == Status.FULL
        ):
            return Status.FULL
        advance(machine, chip, time)
        if machine.numbers[Number.IS_FULL]:
            return Status.FULL
        send_due(machine, given, chip, time)
        times[0] = earliest_packet(machine, chip, time)
        if times[0] >= min(until, machine.chips[chip, Chip.END]):
            n -= 1
            times[0], chips[0] = times[n], chips[n]
        sift_down(times, chips, 0, n)
    return carry(memory, given, machine, fates, until)


@parallel_kernel
def exchange_and_deliver(
    memory: Memory,
    given: Given,
    machine: Machine,
    fates: Longs,
    heap: Longs,
    until: int,
    status: Longs,
    first: int,
    step: int,
    stage_steps: int,
    rows: Rows,
    image: Loaded,
    sources: Sources,
    state: State,
    seed: Longs,
) -> None:
    """`exchange`, whose result becomes ``status[0]``, and `deliver_early`, which it leaves alone.

    Two threads share the work; what is delivered is due at the tick to which packets are carried.
    """
    for task in prange(2):
        if task == 0:
            status[0] = exchange(memory, given, machine, fates, heap[0], heap[1], until)
        else:
            deliver_early(first, step, stage_steps, rows, image, sources, state, seed)


@inlined_kernel
def expect(machine: Machine, chip: int) -> None:
    """Ask for the rows of the cores of `chip`, which will be next."""
    if chip < machine.chips.shape[0]:
        width = machine.cores.shape[1]
        first, stop = machine.chips[chip, Chip.FIRST], machine.chips[chip, Chip.STOP]
        cores = borrowed(machine.cores).reshape(-1)
        for entry in range(width * first, width * stop, WORDS_PER_LINE):
            prefetch(cores, entry)


@parallel_kernel
def advance_all(machine: Machine, until: int) -> None:
    """Bring all chips forward to `until`; a full log shows in `Number.IS_FULL`."""
    for chip in prange(machine.chips.shape[0]):
        expect(machine, chip + 1)
        advance(machine, chip, until)
