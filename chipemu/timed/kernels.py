"""Cores and fabric together: packets sent when they are due, and handed to the cores they reach.

What a core sends depends on the packets that it was interrupted by. So the fabric runs up to the
earliest time at which any core can send (`earliest_packet`, a lower bound), the chip of that core
is brought to that time, and either sends there or has a later bound. Chips that send nothing are
brought forward afterwards, in parallel.
"""

import numpy as np
from numpy.typing import NDArray

from chipemu.timed.chips.kernels import advance, earliest_packet, send_due
from chipemu.timed.state import Core, Cores, Costs, Number, Packets, Status, Switches
from fixedpoint.jit import borrowed, inlined_kernel, kernel, parallel_kernel, prange
from router.compiled.kernels import run_fabric
from router.compiled.rows.kernels import core_at
from router.compiled.state import Core as Port
from router.compiled.state import Memory
from router.compiled.state import Number as FabricNumber
from router.compiled.state import Packets as Given
from router.counters import CoreCounter as PortCounter
from router.events import Fate

Longs = NDArray[np.int64]

SENDS_AT_ONCE = 32
"""Room for packets that there must be before a chip may send: more than it has cores."""


@inlined_kernel
def hold(cores: Cores) -> Cores:
    """`cores` without reference counts."""
    return Cores(
        borrowed(cores.state),
        borrowed(cores.counts),
        borrowed(cores.wake),
        borrowed(cores.chip_start),
        borrowed(cores.sdram_free),
        borrowed(cores.offset),
        borrowed(cores.drift),
        borrowed(cores.end),
        borrowed(cores.core_of),
        borrowed(cores.contributors),
        borrowed(cores.buffers),
        borrowed(cores.inbox_time),
        borrowed(cores.inbox_packet),
        borrowed(cores.inbox_after),
        borrowed(cores.log_packet),
        borrowed(cores.log_place),
        borrowed(cores.n_logged),
        borrowed(cores.stored),
        borrowed(cores.row_synapses),
        borrowed(cores.row_bytes),
        borrowed(cores.n_rows),
        borrowed(cores.kind),
        borrowed(cores.key_class),
        borrowed(cores.spikes),
        borrowed(cores.spike_start),
        borrowed(cores.numbers),
    )


@inlined_kernel
def hold_packets(packets: Packets) -> Packets:
    """`packets` without reference counts."""
    return Packets(
        borrowed(packets.source),
        borrowed(packets.stage),
        borrowed(packets.step),
        borrowed(packets.delivered),
        borrowed(packets.lost),
        borrowed(packets.n_done),
    )


@inlined_kernel
def hand_over(memory: Memory, cores: Cores, packets: Packets, fates: Longs) -> None:
    """Put what cores took into their inboxes, count what was lost, and empty the records."""
    n_delivered = memory[FabricNumber.N_DELIVERED]
    start = memory[FabricNumber.DELIVERED]
    size = memory[FabricNumber.RECORDS]
    place = cores.numbers[Number.N_INBOX]
    for i in range(n_delivered):
        port = memory[start + size + i]
        packet = memory[start + 2 * size + i]
        memory[core_at(memory, port) + Port.COUNTS + PortCounter.RECEIVED] += 1
        packets.delivered[packet] += 1
        v = cores.core_of[port]
        if v < 0:
            continue
        row = cores.state[v]
        cores.inbox_time[place] = memory[start + i]
        cores.inbox_packet[place] = packet
        cores.inbox_after[place] = -1
        if row[Core.INBOX] < 0:
            row[Core.INBOX] = place
        else:
            cores.inbox_after[row[Core.INBOX_LAST]] = place
        row[Core.INBOX_LAST] = place
        place += 1
    cores.numbers[Number.N_INBOX] = place
    start = memory[FabricNumber.LOST]
    for i in range(memory[FabricNumber.N_LOST]):
        fate = memory[start + 5 * i + 3]
        fates[fate] += 1
        if fate not in (Fate.HELD, Fate.BLOCKED):
            packets.lost[memory[start + 5 * i + 2]] += 1
    memory[FabricNumber.N_DELIVERED] = 0
    memory[FabricNumber.N_LOST] = 0


@inlined_kernel
def carry(
    memory: Memory, given: Given, cores: Cores, packets: Packets, fates: Longs, until: int
) -> int:
    """Run the fabric until `until`; returns a `Status`, FULL if the inboxes need more room."""
    room = cores.inbox_time.shape[0] - memory[FabricNumber.RECORDS]
    sends = Given(given.routes, given.copies, given.sends[: cores.numbers[Number.N_SENDS]])
    while True:
        if cores.numbers[Number.N_INBOX] > room:
            return Status.FULL
        status = run_fabric(memory, sends, until)
        hand_over(memory, cores, packets, fates)
        if status == Status.DONE:
            cores.numbers[Number.NOW] = until
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
    cores: Cores,
    costs: Costs,
    switches: Switches,
    packets: Packets,
    fates: Longs,
    heap: tuple[Longs, Longs],
    until: int,
) -> int:
    """Send and carry all packets from now to `until`, as far as it takes to know them.

    Afterwards the fabric is at `until`, and no chip has a packet to send before.

    Returns
    -------
    int
        A `Status`; if FULL, call again with more room.
    """
    memory = borrowed(memory)
    given = Given(borrowed(given.routes), borrowed(given.copies), borrowed(given.sends))
    cores = hold(cores)
    packets = hold_packets(packets)
    times, chips = heap
    now = cores.numbers[Number.NOW]
    n = 0
    for chip in range(cores.chip_start.shape[0] - 1):
        earliest = max(now, earliest_packet(cores, costs, switches, chip, now))
        if earliest < min(until, cores.end[chip]):
            times[n], chips[n] = earliest, chip
            n += 1
    for at in range(n // 2 - 1, -1, -1):
        sift_down(times, chips, at, n)
    while n > 0:
        time, chip = times[0], chips[0]
        if (
            given.sends.shape[0] - cores.numbers[Number.N_SENDS] < SENDS_AT_ONCE
            or packets.source.shape[0] - cores.numbers[Number.N_PACKETS] < SENDS_AT_ONCE
            or carry(memory, given, cores, packets, fates, time) == Status.FULL
        ):
            return Status.FULL
        advance(cores, costs, switches, packets, chip, time)
        if cores.numbers[Number.IS_FULL]:
            return Status.FULL
        send_due(cores, packets, given, switches, chip, time)
        times[0] = earliest_packet(cores, costs, switches, chip, time)
        if times[0] >= min(until, cores.end[chip]):
            n -= 1
            times[0], chips[0] = times[n], chips[n]
        sift_down(times, chips, 0, n)
    return carry(memory, given, cores, packets, fates, until)


@parallel_kernel
def advance_all(
    cores: Cores, costs: Costs, switches: Switches, packets: Packets, until: int
) -> None:
    """Bring all chips forward to `until`; a full log shows in `Number.IS_FULL`."""
    for chip in prange(cores.chip_start.shape[0] - 1):
        advance(hold(cores), costs, switches, hold_packets(packets), chip, until)
