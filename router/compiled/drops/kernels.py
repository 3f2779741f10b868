"""The drop register, and the reinjector that sends dropped packets again."""

from fixedpoint.jit import inlined_kernel
from router.compiled.cores.kernels import submit_later
from router.compiled.rows.kernels import core_at, lose, router_at, trace
from router.compiled.state import (
    DUMP,
    EMPTY,
    FIRST_CORE_BIT,
    LINKS,
    REINJECT,
    Core,
    Memory,
    Number,
    Router,
)
from router.counters import RouterCounter
from router.events import Fate, TraceKind
from router.packets import CORES_PER_CHIP
from router.wheel.kernels import schedule
from router.wheel.state import DUE


@inlined_kernel
def drop(memory: Memory, chip: int, blocked: int, tries: int, now: int) -> None:
    """Drop the packet in the router into the drop register, or lose it."""
    row = router_at(memory, chip)
    counts = router_at(memory, chip) + Router.COUNTS
    word = memory[row + Router.WORD]
    memory[counts + RouterCounter.DROPPED_MULTICAST] += 1
    memory[counts + RouterCounter.BUSY_CYCLES] += tries
    fate = Fate.HELD if memory[row + Router.REINJECTOR] != EMPTY else Fate.DROPPED
    memory[row + Router.BLOCKED] |= blocked
    if memory[row + Router.DUMPED] == EMPTY:
        memory[row + Router.DUMPED] = word
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


@inlined_kernel
def count_bits(word: int) -> int:
    """Number of set bits."""
    n = 0
    while word != 0:
        word &= word - 1
        n += 1
    return n


@inlined_kernel
def empty_dump(memory: Memory, chip: int, now: int) -> None:
    """Let the reinjector take the packet out of the drop register."""
    row = router_at(memory, chip)
    counts = router_at(memory, chip) + Router.COUNTS
    word = memory[row + Router.DUMPED]
    memory[row + Router.DUMPED] = EMPTY
    memory[counts + RouterCounter.RECEIVED_FOR_REINJECTION] += 1
    memory[counts + RouterCounter.MISSED_FOR_REINJECTION] += memory[row + Router.HAS_MISSED]
    blocked = memory[row + Router.BLOCKED]
    memory[counts + RouterCounter.DUMPED_FROM_A_LINK] += count_bits(blocked & LINKS)
    memory[counts + RouterCounter.DUMPED_FROM_A_PROCESSOR] += count_bits(blocked >> FIRST_CORE_BIT)
    memory[row + Router.HAS_MISSED] = 0
    memory[row + Router.BLOCKED] = 0
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
