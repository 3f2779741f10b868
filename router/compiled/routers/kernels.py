"""Routers: which packet is next, and how it is forwarded, waits or is dropped."""

from fixedpoint.jit import inlined_kernel
from router.compiled.cores.kernels import deliver, next_in_turn, take_from_core
from router.compiled.drops.kernels import drop
from router.compiled.links.kernels import put, retry_after, take_from_link
from router.compiled.outputs.kernels import blocked_outputs, detours, outputs_of, stamped
from router.compiled.rows.kernels import input_at, lose, router_at, trace
from router.compiled.state import (
    ARRIVE,
    CORE_PORT,
    EMPTY,
    FIRST_CORE_BIT,
    INPUT_SHIFT,
    LINKS,
    LOCAL,
    N_LINKS,
    NEVER_PS,
    PACKET_SHIFT,
    ROUTE,
    STATE_SHIFT,
    Input,
    Memory,
    Number,
    Packets,
    Router,
)
from router.counters import N_DELAY_BINS, RouterCounter
from router.events import TraceKind
from router.packets import CORES_PER_CHIP, EmergencyState
from router.wheel.kernels import hasten, lowest_bit, place, schedule


@inlined_kernel
def arrive(
    memory: Memory,
    packets: Packets,
    port: int,
    now: int,
) -> None:
    """Let the next packet that comes to the input `port` arrive."""
    row = input_at(memory, port)
    size = memory[Number.RING_SIZE]
    memory[row + Input.N_COMING] -= 1
    memory[row + Input.N_READY] += 1
    if memory[row + Input.N_COMING] > 0:
        at = memory[row + Input.FIRST] + memory[row + Input.N_READY]
        if at >= size:
            at -= size
        schedule(
            memory,
            ARRIVE * memory[Number.N_CHIPS] + port,
            memory[place(row + Input.RING + 2 * at + 1)],
        )
    chip = place(port) // N_LINKS
    offer(memory, packets, chip, port - N_LINKS * chip, now)


@inlined_kernel
def submit(
    memory: Memory,
    packets: Packets,
    core: int,
    now: int,
) -> None:
    """Let the packet of a core's transmit register reach the router."""
    chip = core // CORES_PER_CHIP
    memory[router_at(memory, chip) + Router.READY_CORES] |= 1 << (core - CORES_PER_CHIP * chip)
    offer(memory, packets, chip, CORE_PORT, now)


@inlined_kernel
def offer(
    memory: Memory,
    packets: Packets,
    chip: int,
    port: int,
    now: int,
) -> None:
    """Let the router take the packet that has come to `port` at once, if it can."""
    row = router_at(memory, chip)
    if memory[row + Router.READY_PORTS] == 0 and memory[row + Router.WORD] == EMPTY:
        if now >= memory[row + Router.FREE_AT]:
            take(memory, packets, chip, port, now)
            return
        schedule(memory, ROUTE * memory[Number.N_CHIPS] + chip, memory[row + Router.FREE_AT])
    memory[row + Router.READY_PORTS] |= 1 << port


@inlined_kernel
def turn(
    memory: Memory,
    packets: Packets,
    chip: int,
    now: int,
) -> None:
    """Let a router try its stalled packet again, or take the next one."""
    row = router_at(memory, chip)
    if memory[row + Router.WORD] != EMPTY:
        attempt(memory, packets, chip, now)
        return
    port = next_in_turn(memory[row + Router.READY_PORTS], memory[row + Router.LAST_PORT])
    take(memory, packets, chip, port, now)


@inlined_kernel
def take(
    memory: Memory,
    packets: Packets,
    chip: int,
    port: int,
    now: int,
) -> None:
    """Take the packet at `port`, free its place, and find and try its outputs."""
    routers = router_at(memory, chip)
    memory[routers + Router.LAST_PORT] = port
    if port == CORE_PORT:
        word = take_from_core(memory, packets, chip, now)
    else:
        word = take_from_link(memory, chip, port, now)
    wanted, reverting = outputs_of(memory, packets, chip, word, now)
    if wanted < 0:
        lose(memory, now, chip, word, -1 - wanted, 0)
        if memory[Number.IS_TRACING]:
            trace(memory, TraceKind.ROUTE, chip, chip, word, now, now)
        leave(memory, chip, now)
        return
    if (word >> INPUT_SHIFT) & 7 == LOCAL:
        word = stamped(memory, word, now)
    memory[routers + Router.WORD] = word
    memory[routers + Router.SINCE] = now
    memory[routers + Router.WANTED] = wanted
    memory[routers + Router.REVERTING] = reverting
    attempt(memory, packets, chip, now)


@inlined_kernel
def attempt(memory: Memory, packets: Packets, chip: int, now: int) -> None:
    """Try to forward the packet in the router; on failure, wait or drop it."""
    row = router_at(memory, chip)
    wanted = memory[row + Router.WANTED]
    reverting = memory[row + Router.REVERTING]
    blocked, cores_at = blocked_outputs(memory, chip, wanted | reverting, now)
    diverted = 0
    if blocked != 0:
        tries = (now - memory[row + Router.SINCE]) // memory[Number.CYCLE_PS]
        wait1, wait2 = memory[Number.WAIT1], memory[Number.WAIT2]
        if wait1 >= 0 and tries > wait1:
            diverted = detours(memory, chip, blocked)
        if diverted == 0:
            if wait1 >= 0 and wait2 >= 0 and tries >= wait1 + wait2:
                drop(memory, chip, blocked, tries, now)
                leave(memory, chip, now)
            else:
                wait(memory, chip, tries, cores_at)
            return
    word = memory[row + Router.WORD]
    if now != memory[row + Router.SINCE]:
        counts = row + Router.COUNTS
        tries = (now - memory[row + Router.SINCE]) // memory[Number.CYCLE_PS]
        delay = min(N_DELAY_BINS - 1, tries >> memory[Number.DELAY_SHIFT])
        memory[counts + RouterCounter.DELAYED + delay] += 1
        memory[counts + RouterCounter.BUSY_CYCLES] += tries
    if memory[Number.IS_TRACING]:
        trace(memory, TraceKind.ROUTE, chip, chip, word, memory[row + Router.SINCE], now)
    forward(memory, packets, chip, word, wanted & ~blocked, reverting, diverted, now)
    leave(memory, chip, now)


@inlined_kernel
def forward(
    memory: Memory,
    packets: Packets,
    chip: int,
    word: int,
    wanted: int,
    reverting: int,
    diverted: int,
    now: int,
) -> None:
    """Put copies of a packet into outputs that can take them.

    `wanted` are normal copies, `diverted` are links around others; those in both take one copy.
    """
    word &= ~((3 << STATE_SHIFT) | (7 << INPUT_SHIFT))
    n_copies = 0
    left = (wanted & LINKS) | reverting | diverted
    while left != 0:
        link = lowest_bit(left)
        left &= left - 1
        bit = 1 << link
        state = EmergencyState.NORMAL
        if bit & reverting:
            state = EmergencyState.REVERTING
        elif bit & diverted:
            memory[router_at(memory, chip) + Router.COUNTS + RouterCounter.EMERGENCY_ROUTED] += 1
            state = EmergencyState.DIVERTED
            if bit & wanted:
                state = EmergencyState.DIVERTED_WITH_NORMAL
        put(memory, N_LINKS * chip + link, word | (state << STATE_SHIFT), now)
        n_copies += 1
    left = wanted >> FIRST_CORE_BIT
    while left != 0:
        core = lowest_bit(left)
        left &= left - 1
        deliver(memory, CORES_PER_CHIP * chip + core, word, now)
        n_copies += 1
    packets.copies[word >> PACKET_SHIFT] += n_copies - 1


@inlined_kernel
def leave(memory: Memory, chip: int, now: int) -> None:
    """Set the router free in one cycle; it is done with its packet."""
    row = router_at(memory, chip)
    memory[row + Router.WORD] = EMPTY
    memory[row + Router.FREE_AT] = now + memory[Number.CYCLE_PS]
    if memory[row + Router.READY_PORTS] != 0:
        schedule(memory, ROUTE * memory[Number.N_CHIPS] + chip, memory[row + Router.FREE_AT])


@inlined_kernel
def wait(memory: Memory, chip: int, tries: int, cores_at: int) -> None:
    """Set the next attempt: a new phase, the last one, or when the last blocked core is ready."""
    row = router_at(memory, chip)
    event = ROUTE * memory[Number.N_CHIPS] + chip
    wait1, wait2 = memory[Number.WAIT1], memory[Number.WAIT2]
    if wait1 >= 0:
        if tries <= wait1 and wait2 != 0:
            last = wait1 + 1
        elif wait2 >= 0:
            last = wait1 + wait2
        else:
            last = EMPTY
        if last >= 0:
            hasten(memory, event, memory[row + Router.SINCE] + last * memory[Number.CYCLE_PS])
    if 0 < cores_at < NEVER_PS:
        retry_after(memory, chip, cores_at)
