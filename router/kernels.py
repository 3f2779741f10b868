"""The fabric of `docs/fabric.md`, compiled; `router.fabric` is its readable twin.

What differs is bookkeeping, not behaviour. A packet is a word, not an object. No event marks that a
core takes a packet, since the time is known when the register is filled, nor that a link becomes
idle while no packet waits for it. A router that is free takes a packet in the event in which it
arrives, so a hop over an idle machine is one event.
"""

import numpy as np
from numpy.typing import NDArray

from fixedpoint.jit import borrowed, inlined_kernel, kernel
from router.counters import N_DELAY_BINS, CoreCounter, RouterCounter
from router.events import Fate, TraceKind
from router.packets import CORES_PER_CHIP, EmergencyState
from router.state import (
    CLASS_BITS,
    CLASS_SHIFT,
    CORE_SIZE,
    EMPTY,
    INPUT_SHIFT,
    LOCAL,
    NEVER_PS,
    PACKET_SHIFT,
    PAYLOAD,
    PHASE_SHIFT,
    ROUTER_SIZE,
    STATE_SHIFT,
    Core,
    Input,
    LinkState,
    Number,
    Packets,
    Router,
    Send,
    Status,
)
from router.wheel.kernels import hasten, lowest_bit, next_event, place, schedule
from router.wheel.state import DUE

Memory = NDArray[np.int64]

N_LINKS = 6
CORE_PORT = 6
LINKS = 0x3F
FIRST_CORE_BIT = 6
CLASSES = (1 << CLASS_BITS) - 1
LANE, LINK, ARRIVE, SUBMIT, ROUTE, DUMP, REINJECT = 0, 6, 12, 18, 36, 37, 38
"""First event of each kind, in units of the number of chips."""
SLACK = 64
"""More records than one event adds."""


@inlined_kernel
def link_at(memory: Memory, link: int) -> int:
    """Where the row of `link` begins."""
    return place(memory[Number.LINKS] + link * memory[Number.LINK_SIZE])


@inlined_kernel
def input_at(memory: Memory, port: int) -> int:
    """Where the row of the input `port` begins."""
    return place(memory[Number.INPUTS] + port * memory[Number.INPUT_SIZE])


@inlined_kernel
def router_at(memory: Memory, chip: int) -> int:
    """Where the row of the router of `chip` begins."""
    return place(memory[Number.ROUTERS] + chip * ROUTER_SIZE)


@inlined_kernel
def core_at(memory: Memory, core: int) -> int:
    """Where the row of `core` begins."""
    return place(memory[Number.CORES] + core * CORE_SIZE)


@inlined_kernel
def trace(
    memory: Memory, kind: int, chip: int, place: int, word: int, start_ps: int, end_ps: int
) -> None:
    """Note a stretch, if it is to be traced."""
    if (
        memory[router_at(memory, chip) + Router.IS_TRACED] == 0
        or start_ps < memory[Number.TRACE_START]
        or start_ps >= memory[Number.TRACE_END]
    ):
        return
    line = memory[Number.TRACED] + 5 * memory[Number.N_TRACED]
    memory[Number.N_TRACED] += 1
    memory[line] = kind
    memory[line + 1] = place
    memory[line + 2] = word >> PACKET_SHIFT
    memory[line + 3] = start_ps
    memory[line + 4] = end_ps


@inlined_kernel
def lose(memory: Memory, time_ps: int, chip: int, word: int, fate: int, outputs: int) -> None:
    """Record a loss."""
    row = memory[Number.LOST] + 5 * memory[Number.N_LOST]
    memory[Number.N_LOST] += 1
    memory[row] = time_ps
    memory[row + 1] = chip
    memory[row + 2] = word >> PACKET_SHIFT
    memory[row + 3] = fate
    memory[row + 4] = outputs


# --- links ------------------------------------------------------------------------------------


@inlined_kernel
def begin(memory: Memory, link: int, now: int) -> None:
    """Let an idle link with a waiting packet and room ahead begin to send it."""
    row = link_at(memory, link)
    n_chips = memory[Number.N_CHIPS]
    first = memory[row + LinkState.FIRST]
    word = memory[place(row + LinkState.RING + first)]
    first += 1
    memory[row + LinkState.FIRST] = 0 if first == memory[Number.OUTPUT_PACKETS] else first
    memory[row + LinkState.N_WAITING] -= 1
    transmit(memory, link, word, now)
    if memory[row + LinkState.N_WAITING] > 0:
        schedule(memory, LINK * n_chips + link, memory[row + LinkState.IDLE_AT])
    chip = place(link) // N_LINKS
    if memory[router_at(memory, chip) + Router.WORD] != EMPTY:
        retry_after(memory, chip, now)


@inlined_kernel
def transmit(memory: Memory, link: int, word: int, now: int) -> None:
    """Send `word` on a link that is idle and has room ahead."""
    row = link_at(memory, link)
    n_chips = memory[Number.N_CHIPS]
    is_long = word & PAYLOAD
    end = now + memory[row + LinkState.SHORT_PS + is_long]
    memory[row + LinkState.IDLE_AT] = end
    memory[row + LinkState.SHORT_SENT + is_long] += 1
    memory[input_at(memory, memory[row + LinkState.FAR]) + Input.ROOM] -= 1
    if memory[row + LinkState.LANE] == EMPTY:
        come(memory, memory[row + LinkState.FAR], word, end + memory[row + LinkState.FLIGHT_PS])
    else:
        memory[row + LinkState.ON_THE_WAY] = word
        schedule(memory, LANE * n_chips + link, end)
    if memory[Number.IS_TRACING]:
        trace(memory, TraceKind.LINK, link // N_LINKS, link, word, now, end)


@inlined_kernel
def reach_lane(memory: Memory, link: int, now: int) -> None:
    """Let the packet of `link` take its turn on the lane between the boards."""
    row = link_at(memory, link)
    word = memory[row + LinkState.ON_THE_WAY]
    memory[row + LinkState.ON_THE_WAY] = EMPTY
    lane = memory[row + LinkState.LANE]
    end = (
        max(now, memory[memory[Number.LANES] + lane])
        + memory[Number.SHORT_LANE_PS + (word & PAYLOAD)]
    )
    memory[memory[Number.LANES] + lane] = end
    come(memory, memory[row + LinkState.FAR], word, end + memory[row + LinkState.FLIGHT_PS])


@inlined_kernel
def come(memory: Memory, port: int, word: int, time_ps: int) -> None:
    """Put a packet on its way to the input `port`, where it arrives at `time_ps`."""
    row = input_at(memory, port)
    size = memory[Number.RING_SIZE]
    at = memory[row + Input.FIRST] + memory[row + Input.N_READY] + memory[row + Input.N_COMING]
    if at >= size:
        at -= size
    memory[place(row + Input.RING + 2 * at)] = word
    memory[place(row + Input.RING + 2 * at + 1)] = time_ps
    if memory[row + Input.N_COMING] == 0:
        schedule(memory, ARRIVE * memory[Number.N_CHIPS] + port, time_ps)
    memory[row + Input.N_COMING] += 1


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


# --- routers ----------------------------------------------------------------------------------


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
def next_in_turn(ready: int, last: int) -> int:
    """Position of the first set bit of `ready` after bit `last`, round robin."""
    after = ready >> (last + 1)
    if after != 0:
        return last + 1 + lowest_bit(after)
    return lowest_bit(ready)


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
def take_from_link(memory: Memory, chip: int, port: int, now: int) -> int:
    """Take the first packet of a link's input, and let the link fill its place."""
    row = input_at(memory, N_LINKS * chip + port)
    first = memory[row + Input.FIRST]
    word = memory[place(row + Input.RING + 2 * first)]
    memory[row + Input.ROOM] += 1
    memory[row + Input.N_READY] -= 1
    first += 1
    if memory[row + Input.N_READY] + memory[row + Input.N_COMING] == 0:
        first = 0  # an input that is seldom used keeps to its first cache line
    memory[row + Input.FIRST] = 0 if first == memory[Number.RING_SIZE] else first
    if memory[row + Input.N_READY] == 0:
        memory[router_at(memory, chip) + Router.READY_PORTS] &= ~(1 << port)
    near = memory[row + Input.NEAR]
    if memory[row + Input.ROOM] == 1:  # else the link lacks no room
        link = link_at(memory, near)
        if memory[link + LinkState.N_WAITING] > 0 and now >= memory[link + LinkState.IDLE_AT]:
            begin(memory, near, now)
    return (word & ~(7 << INPUT_SHIFT)) | (port << INPUT_SHIFT)


@inlined_kernel
def take_from_core(memory: Memory, packets: Packets, chip: int, now: int) -> int:
    """Take the packet of the next core in turn, and let the core fill its register again."""
    routers = router_at(memory, chip)
    ready = memory[routers + Router.READY_CORES]
    if ready & (ready - 1) == 0:
        number = lowest_bit(ready)
        memory[routers + Router.READY_PORTS] &= ~(1 << CORE_PORT)
    else:
        number = next_in_turn(ready, memory[routers + Router.LAST_CORE])
    memory[routers + Router.READY_CORES] = ready & ~(1 << number)
    memory[routers + Router.LAST_CORE] = number
    core = CORES_PER_CHIP * chip + number
    row = core_at(memory, core)
    word = memory[row + Core.WORD]
    memory[row + Core.WORD] = EMPTY
    if memory[Number.IS_TRACING]:
        trace(memory, TraceKind.SEND, chip, core, word, memory[row + Core.SINCE], now)
    if number == memory[routers + Router.REINJECTOR]:
        time_ps = now + memory[Number.RESEND_PS]
        schedule(memory, REINJECT * memory[Number.N_CHIPS] + chip, time_ps)
    elif memory[row + Core.BACKLOG_FIRST] != EMPTY:
        send = memory[row + Core.BACKLOG_FIRST]
        memory[row + Core.BACKLOG_FIRST] = packets.sends[send, Send.AFTER]
        write(memory, packets, send, now)
    return word


@inlined_kernel
def phase_of(memory: Memory, now: int) -> int:
    """Time phase at `now`."""
    length = memory[Number.PHASE_PS]
    if length == 0:
        return 0
    index = (now // length) & 3
    return index ^ (index >> 1)


@inlined_kernel
def stamped(memory: Memory, word: int, now: int) -> int:
    """`word` with the time phase of `now`."""
    return (word & ~(3 << PHASE_SHIFT)) | (phase_of(memory, now) << PHASE_SHIFT)


@inlined_kernel
def outputs_of(memory: Memory, packets: Packets, chip: int, word: int, now: int) -> tuple[int, int]:
    """Find the outputs of a packet that the router has just taken, and count it.

    Returns
    -------
    wanted : int
        Route without the reverting copy; ``-1 - fate`` if the packet is lost here.
    reverting : int
        Link of the reverting copy, as a bit.
    """
    counts = router_at(memory, chip) + Router.COUNTS
    link = (word >> INPUT_SHIFT) & 7
    state = (word >> STATE_SHIFT) & 3
    if link == LOCAL:
        memory[counts + RouterCounter.LOCAL_MULTICAST] += 1
    else:
        memory[counts + RouterCounter.EXTERNAL_MULTICAST] += 1
        if memory[Number.PHASE_PS] != 0:
            if (word >> PHASE_SHIFT) & 3 ^ phase_of(memory, now) == 3:
                memory[counts + RouterCounter.TIME_PHASE_ERRORS] += 1
                return -1 - Fate.AGED, 0
    reverting = 0
    if state == EmergencyState.DIVERTED or state == EmergencyState.DIVERTED_WITH_NORMAL:
        reverting = 1 << ((link + 5) % N_LINKS)
        if state == EmergencyState.DIVERTED:
            return 0, reverting
    wanted = np.int64(packets.routes[(word >> CLASS_SHIFT) & CLASSES, chip])
    if wanted == EMPTY:
        if link == LOCAL:
            memory[counts + RouterCounter.DROPPED_MULTICAST_VIA_LOCAL_TRANSMISSION] += 1
            return -1 - Fate.UNROUTED, 0
        memory[counts + RouterCounter.DEFAULT_ROUTED_EXTERNAL_MULTICAST] += 1
        if state == EmergencyState.REVERTING:
            wanted = 1 << ((link + 2) % N_LINKS)
        else:
            wanted = 1 << ((link + 3) % N_LINKS)
    if wanted | reverting == 0:
        memory[counts + RouterCounter.NO_OUTPUT] += 1
        return -1 - Fate.NO_OUTPUT, 0
    return wanted & ~reverting, reverting


@inlined_kernel
def blocked_outputs(memory: Memory, chip: int, outputs: int, now: int) -> tuple[int, int]:
    """Find those of `outputs` that cannot take a copy now, and when the last of the cores can.

    Returns
    -------
    blocked : int
    cores_at : int
        Time at which the last of the blocked cores takes a packet; 0 if no core is blocked.
    """
    blocked = outputs & ~memory[router_at(memory, chip) + Router.ALIVE]
    left = outputs & ~blocked & LINKS
    depth = memory[Number.OUTPUT_PACKETS]
    while left != 0:
        link = lowest_bit(left)
        left &= left - 1
        if memory[link_at(memory, N_LINKS * chip + link) + LinkState.N_WAITING] >= depth:
            blocked |= 1 << link
    cores_at = 0
    left = (outputs & ~blocked) >> FIRST_CORE_BIT
    while left != 0:
        core = lowest_bit(left)
        left &= left - 1
        full_until = memory[place(memory[Number.RECEIVING] + 2 * (CORES_PER_CHIP * chip + core))]
        if now <= full_until:
            blocked |= 1 << (FIRST_CORE_BIT + core)
            cores_at = max(cores_at, full_until)
    return blocked, cores_at


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
    memory[row + Router.WORD] = EMPTY
    leave(memory, chip, now)


@inlined_kernel
def detours(memory: Memory, chip: int, blocked: int) -> int:
    """Links around all the `blocked` outputs, as bits; 0 if not every one can be avoided."""
    row = router_at(memory, chip)
    wanted, reverting = memory[row + Router.WANTED], memory[row + Router.REVERTING]
    if blocked & ~LINKS or blocked & reverting:
        return 0
    found = 0
    left = blocked
    while left != 0:
        link = lowest_bit(left)
        left &= left - 1
        detour = 1 << ((link + 5) % N_LINKS)
        if detour & reverting or detour & blocked:
            return 0
        if not detour & wanted and blocked_outputs(memory, chip, detour, NEVER_PS)[0] != 0:
            return 0
        found |= detour
    return found


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
def put(memory: Memory, link: int, word: int, now: int) -> None:
    """Put a copy into the buffer of a link, which begins to send it if it can."""
    row = link_at(memory, link)
    waiting = memory[row + LinkState.N_WAITING]
    idle_at = memory[row + LinkState.IDLE_AT]
    if (
        waiting == 0
        and now >= idle_at
        and memory[input_at(memory, memory[row + LinkState.FAR]) + Input.ROOM] > 0
    ):
        transmit(memory, link, word, now)
        return
    at = memory[row + LinkState.FIRST] + waiting
    depth = memory[Number.OUTPUT_PACKETS]
    memory[row + LinkState.RING + (at - depth if at >= depth else at)] = word
    memory[row + LinkState.N_WAITING] = waiting + 1
    if waiting == 0 and now < idle_at:
        schedule(memory, LINK * memory[Number.N_CHIPS] + link, idle_at)


@inlined_kernel
def finish(memory: Memory, link: int, now: int) -> None:
    """Let a link that has finished a packet begin the next one, if there is room ahead."""
    row = link_at(memory, link)
    if (
        memory[row + LinkState.N_WAITING] > 0
        and memory[input_at(memory, memory[row + LinkState.FAR]) + Input.ROOM] > 0
    ):
        begin(memory, link, now)


@inlined_kernel
def deliver(memory: Memory, core: int, word: int, now: int) -> None:
    """Put a copy into the receive register of `core`, which takes it when it is ready."""
    full = place(memory[Number.RECEIVING] + 2 * core)
    receive_ps = memory[full + 1]
    readable = now + memory[place(Number.SHORT_CORE_PS + (word & PAYLOAD))]
    taken = max(readable, memory[full] + receive_ps)
    if receive_ps < 0:
        taken = NEVER_PS
    memory[full] = taken
    if taken < memory[Number.UNTIL]:
        receive(memory, core, word, now, taken)
        return
    row = core_at(memory, core)
    memory[row + Core.RECEIVED_WORD] = word
    memory[row + Core.FILLED_AT] = now
    if receive_ps >= 0:
        memory[place(memory[Number.COMING] + memory[Number.N_COMING])] = core
        memory[Number.N_COMING] += 1


@inlined_kernel
def receive(memory: Memory, core: int, word: int, filled_ps: int, taken_ps: int) -> None:
    """Record that `core` takes the packet of its receive register before the run ends."""
    n = memory[Number.N_DELIVERED]
    record = memory[Number.DELIVERED] + n
    size = memory[Number.RECORDS]
    memory[place(record)] = taken_ps
    memory[place(record + size)] = core
    memory[place(record + 2 * size)] = word >> PACKET_SHIFT
    memory[Number.N_DELIVERED] = n + 1
    if memory[Number.IS_TRACING]:
        trace(memory, TraceKind.RECEIVE, core // CORES_PER_CHIP, core, word, filled_ps, taken_ps)


@inlined_kernel
def receive_coming(memory: Memory) -> None:
    """Record the packets in receive registers that are taken before the run ends."""
    start = memory[Number.COMING]
    n_left = 0
    for i in range(memory[Number.N_COMING]):
        core = memory[start + i]
        taken = memory[memory[Number.RECEIVING] + 2 * core]
        if taken < memory[Number.UNTIL]:
            row = core_at(memory, core)
            word = memory[row + Core.RECEIVED_WORD]
            memory[row + Core.RECEIVED_WORD] = EMPTY
            receive(memory, core, word, memory[row + Core.FILLED_AT], taken)
        else:
            memory[start + n_left] = core
            n_left += 1
    memory[Number.N_COMING] = n_left


@inlined_kernel
def leave(memory: Memory, chip: int, now: int) -> None:
    """Set the router free in one cycle."""
    row = router_at(memory, chip)
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


@inlined_kernel
def retry_after(memory: Memory, chip: int, time_ps: int) -> None:
    """Let a stalled router try again in its first cycle after `time_ps`."""
    since = memory[router_at(memory, chip) + Router.SINCE]
    cycle = memory[Number.CYCLE_PS]
    at = since + ((time_ps - since) // cycle + 1) * cycle
    hasten(memory, ROUTE * memory[Number.N_CHIPS] + chip, at)


# --- dropping and reinjection -----------------------------------------------------------------


@inlined_kernel
def count_bits(word: int) -> int:
    """Number of set bits."""
    n = 0
    while word != 0:
        word &= word - 1
        n += 1
    return n


@inlined_kernel
def drop(memory: Memory, chip: int, blocked: int, tries: int, now: int) -> None:
    """Drop the packet in the router into the drop register, or lose it."""
    row = router_at(memory, chip)
    counts = router_at(memory, chip) + Router.COUNTS
    word = memory[row + Router.WORD]
    memory[counts + RouterCounter.DROPPED_MULTICAST] += 1
    memory[counts + RouterCounter.BUSY_CYCLES] += tries
    fate = Fate.HELD if memory[row + Router.REINJECTOR] != EMPTY else Fate.DROPPED
    if memory[row + Router.DUMPED] == EMPTY:
        memory[row + Router.DUMPED] = word
        memory[counts + RouterCounter.DUMPED_FROM_A_LINK] += count_bits(blocked & LINKS)
        memory[counts + RouterCounter.DUMPED_FROM_A_PROCESSOR] += count_bits(
            blocked >> FIRST_CORE_BIT
        )
        if memory[row + Router.REINJECTOR] != EMPTY:
            time_ps = now + memory[Number.DUMP_PS]
            schedule(memory, DUMP * memory[Number.N_CHIPS] + chip, time_ps)
    else:
        memory[counts + RouterCounter.DUMP_OVERFLOWS] += 1
        memory[row + Router.HAS_MISSED] = 1
        if memory[row + Router.REINJECTOR] != EMPTY:
            fate = Fate.MISSED
    lose(
        memory, now, chip, word, fate, memory[row + Router.WANTED] | memory[row + Router.REVERTING]
    )
    if memory[Number.IS_TRACING]:
        trace(memory, TraceKind.ROUTE, chip, chip, word, memory[row + Router.SINCE], now)
    memory[row + Router.WORD] = EMPTY
    leave(memory, chip, now)


@inlined_kernel
def empty_dump(memory: Memory, chip: int, now: int) -> None:
    """Let the reinjector take the packet out of the drop register."""
    row = router_at(memory, chip)
    counts = router_at(memory, chip) + Router.COUNTS
    word = memory[row + Router.DUMPED]
    memory[row + Router.DUMPED] = EMPTY
    memory[counts + RouterCounter.RECEIVED_FOR_REINJECTION] += 1
    memory[counts + RouterCounter.MISSED_FOR_REINJECTION] += memory[row + Router.HAS_MISSED]
    memory[row + Router.HAS_MISSED] = 0
    size = memory[Number.REINJECT_QUEUE]
    if memory[row + Router.QUEUE_LENGTH] == size:
        memory[counts + RouterCounter.REINJECTION_OVERFLOWS] += 1
        lose(memory, now, chip, word, Fate.OVERFLOWED, 0)
        return
    at = (memory[row + Router.QUEUE_FIRST] + memory[row + Router.QUEUE_LENGTH]) % size
    memory[memory[Number.HELD] + chip * size + at] = word
    memory[row + Router.QUEUE_LENGTH] += 1
    event = REINJECT * memory[Number.N_CHIPS] + chip
    core = CORES_PER_CHIP * chip + memory[row + Router.REINJECTOR]
    if memory[DUE + 2 * event] == EMPTY and memory[core_at(memory, core) + Core.WORD] == EMPTY:
        schedule(memory, event, next_tick(memory, now))


@inlined_kernel
def next_tick(memory: Memory, now: int) -> int:
    """Time of the next tick of the reinjectors' timer after `now`."""
    tick = memory[Number.TICK_PS]
    return (now // tick + 1) * tick


@inlined_kernel
def reinject(memory: Memory, chip: int, now: int) -> None:
    """Let the reinjector send its first packet, unless the router is stalled."""
    row = router_at(memory, chip)
    if memory[row + Router.WORD] != EMPTY:
        schedule(memory, REINJECT * memory[Number.N_CHIPS] + chip, next_tick(memory, now))
        return
    if memory[row + Router.QUEUE_LENGTH] == 0:
        return
    first = memory[row + Router.QUEUE_FIRST]
    memory[row + Router.QUEUE_FIRST] = (first + 1) % memory[Number.REINJECT_QUEUE]
    memory[row + Router.QUEUE_LENGTH] -= 1
    memory[router_at(memory, chip) + Router.COUNTS + RouterCounter.REINJECTED] += 1
    core = CORES_PER_CHIP * chip + memory[row + Router.REINJECTOR]
    word = memory[memory[Number.HELD] + chip * memory[Number.REINJECT_QUEUE] + first]
    submit_later(memory, core, word, now)


# --- cores ------------------------------------------------------------------------------------


@inlined_kernel
def submit_later(memory: Memory, core: int, word: int, now: int) -> None:
    """Write `word` to the transmit register of `core`."""
    row = core_at(memory, core)
    memory[row + Core.WORD] = word
    memory[row + Core.SINCE] = now
    time_ps = now + memory[Number.SHORT_CORE_PS + (word & PAYLOAD)] + memory[Number.PIPELINE_PS]
    schedule(memory, SUBMIT * memory[Number.N_CHIPS] + core, time_ps)


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
def write(memory: Memory, packets: Packets, send: int, now: int) -> None:
    """Let the core of packet `send` write it to its transmit register, which is empty."""
    core = packets.sends[send, Send.CORE]
    memory[core_at(memory, core) + Core.COUNTS + CoreCounter.SENT] += 1
    memory[core_at(memory, core) + Core.COUNTS + CoreCounter.WAITED_PS] += (
        now - packets.sends[send, Send.TIME]
    )
    packets.copies[memory[Number.FIRST_PACKET] + send] = 1
    submit_later(memory, core, packets.sends[send, Send.WORD], now)


@inlined_kernel
def send_next(memory: Memory, packets: Packets, now: int) -> None:
    """Let the core of the next packet send it, wait with it, or give it up."""
    send = memory[Number.NEXT_SEND]
    memory[Number.NEXT_SEND] = send + 1
    core = packets.sends[send, Send.CORE]
    row = core_at(memory, core)
    if memory[row + Core.WORD] == EMPTY:
        write(memory, packets, send, now)
    elif memory[Number.IS_SKIPPING]:
        memory[core_at(memory, core) + Core.COUNTS + CoreCounter.BLOCKED] += 1
        lose(memory, now, core // CORES_PER_CHIP, packets.sends[send, Send.WORD], Fate.BLOCKED, 0)
    else:
        packets.sends[send, Send.AFTER] = EMPTY
        if memory[row + Core.BACKLOG_FIRST] == EMPTY:
            memory[row + Core.BACKLOG_FIRST] = send
        else:
            packets.sends[memory[row + Core.BACKLOG_LAST], Send.AFTER] = send
        memory[row + Core.BACKLOG_LAST] = send


# --- time -------------------------------------------------------------------------------------


@kernel
def run_fabric(
    memory: Memory,
    packets: Packets,
    until_ps: int,
) -> int:
    """Let everything happen that happens before `until_ps`.

    Returns
    -------
    int
        A `Status`; call again with emptied records if it is FULL.
    """
    memory = borrowed(memory)
    packets = Packets(borrowed(packets.routes), borrowed(packets.copies), borrowed(packets.sends))
    n_sends = len(packets.sends)
    room = memory[Number.RECORDS] - SLACK
    memory[Number.UNTIL] = until_ps
    receive_coming(memory)
    while True:
        if (
            memory[Number.N_DELIVERED] > room
            or memory[Number.N_LOST] > room
            or memory[Number.N_TRACED] > room
        ):
            return Status.FULL
        limit = until_ps - 1
        sends_next = False
        if memory[Number.NEXT_SEND] < n_sends:
            send_at = packets.sends[memory[Number.NEXT_SEND], Send.TIME]
            if send_at < until_ps:
                limit = send_at
                sends_next = True
        event, now = next_event(memory, limit)
        if event != EMPTY:
            happen(memory, packets, event, now)
        elif sends_next:
            send_next(memory, packets, limit)
        else:
            return Status.DONE


@inlined_kernel
def happen(
    memory: Memory,
    packets: Packets,
    event: int,
    now: int,
) -> None:
    """Let one event happen."""
    n_chips = memory[Number.N_CHIPS]
    if event < SUBMIT * n_chips:
        if event >= ARRIVE * n_chips:
            arrive(memory, packets, event - ARRIVE * n_chips, now)
        elif event >= LINK * n_chips:
            finish(memory, event - LINK * n_chips, now)
        else:
            reach_lane(memory, event, now)
    elif event < ROUTE * n_chips:
        submit(memory, packets, event - SUBMIT * n_chips, now)
    elif event < DUMP * n_chips:
        turn(memory, packets, event - ROUTE * n_chips, now)
    elif event < REINJECT * n_chips:
        empty_dump(memory, event - DUMP * n_chips, now)
    else:
        reinject(memory, event - REINJECT * n_chips, now)
