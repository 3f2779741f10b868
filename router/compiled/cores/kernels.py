"""Cores: transmit registers with what waits for them, and receive registers."""

from fixedpoint.jit import inlined_kernel
from router.compiled.rows.kernels import core_at, lose, router_at, trace
from router.compiled.state import (
    CORE_PORT,
    EMPTY,
    NEVER_PS,
    PACKET_SHIFT,
    PAYLOAD,
    REINJECT,
    SUBMIT,
    Core,
    Memory,
    Number,
    Packets,
    Router,
    Send,
)
from router.counters import CoreCounter
from router.events import Fate, TraceKind
from router.packets import CORES_PER_CHIP
from router.wheel.kernels import lowest_bit, place, schedule


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


@inlined_kernel
def write(memory: Memory, packets: Packets, send: int, now: int) -> None:
    """Let the core of packet `send` write it to its transmit register, which is empty."""
    core = packets.sends[send, Send.CORE]
    memory[core_at(memory, core) + Core.COUNTS + CoreCounter.SENT] += 1
    memory[core_at(memory, core) + Core.COUNTS + CoreCounter.WAITED_PS] += (
        now - packets.sends[send, Send.TIME]
    )
    packets.copies[packets.sends[send, Send.WORD] >> PACKET_SHIFT] = 1
    submit_later(memory, core, packets.sends[send, Send.WORD], now)


@inlined_kernel
def submit_later(memory: Memory, core: int, word: int, now: int) -> None:
    """Write `word` to the transmit register of `core`."""
    row = core_at(memory, core)
    memory[row + Core.WORD] = word
    memory[row + Core.SINCE] = now
    time_ps = now + memory[Number.SHORT_CORE_PS + (word & PAYLOAD)] + memory[Number.PIPELINE_PS]
    schedule(memory, SUBMIT * memory[Number.N_CHIPS] + core, time_ps)


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
def next_in_turn(ready: int, last: int) -> int:
    """Position of the first set bit of `ready` after bit `last`, round robin."""
    after = ready >> (last + 1)
    if after != 0:
        return last + 1 + lowest_bit(after)
    return lowest_bit(ready)


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
