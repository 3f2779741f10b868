"""The calendar: set an event, move one earlier, take the next one before a limit."""

import numpy as np
from numpy.typing import NDArray

from fixedpoint.jit import inlined_kernel
from router.wheel.state import (
    AFTER,
    BATCH,
    BATCH_END,
    BATCH_NEXT,
    BUCKET_SHIFT,
    CURSOR,
    DUE,
    FAR_CHECK,
    FAR_FIRST,
    FILLED,
    FIRST,
    N_BUCKETS,
    N_FAR,
    N_NEAR,
    NONE,
    WORD_BITS,
)

Memory = NDArray[np.int64]

RING = N_BUCKETS - 1
PLACES = (1 << 40) - 1
"""No memory is larger."""
EVENT_BITS = 32
EVENT_MASK = (1 << EVENT_BITS) - 1
FEW = 16
"""So many are sorted by insertion."""

DE_BRUIJN = 0x077CB531
LOWEST = np.zeros(32, np.int64)
"""Position of the lowest bit of x: ``LOWEST[(((x & -x) * DE_BRUIJN) & 0xFFFFFFFF) >> 27]``."""
for _bit in range(32):
    LOWEST[((DE_BRUIJN << _bit) & 0xFFFFFFFF) >> 27] = _bit
LOWEST.setflags(write=False)


@inlined_kernel
def place(index: int) -> int:
    """`index`, which is not negative, so that no code for counting from the end is compiled."""
    return index & PLACES


@inlined_kernel
def lowest_bit(word: int) -> int:
    """Position of the lowest set bit of `word`, which is positive and below 2**32."""
    return LOWEST[(((word & -word) * DE_BRUIJN) & 0xFFFFFFFF) >> 27]


@inlined_kernel
def schedule(memory: Memory, event: int, time_ps: int) -> None:
    """Set `event`, which is not pending, for `time_ps`."""
    memory[DUE + 2 * place(event)] = time_ps
    bucket = time_ps >> BUCKET_SHIFT
    if bucket - memory[CURSOR] >= N_BUCKETS:
        if memory[N_FAR] == 0:
            memory[FAR_CHECK] = memory[CURSOR] + N_BUCKETS // 2
        memory[N_FAR] += 1
        memory[AFTER + 2 * place(event)] = memory[FAR_FIRST]
        memory[FAR_FIRST] = event
        return
    memory[N_NEAR] += 1
    slot = bucket & RING
    memory[AFTER + 2 * place(event)] = memory[FIRST + slot]
    memory[FIRST + slot] = event
    memory[FILLED + slot // WORD_BITS] |= 1 << (slot % WORD_BITS)


@inlined_kernel
def cut(memory: Memory, head: int, event: int) -> bool:
    """Take `event` out of the list whose first event is at `head`; tell whether it was there."""
    before = head
    while memory[before] != NONE:
        if memory[before] == event:
            memory[before] = memory[AFTER + 2 * place(event)]
            return True
        before = AFTER + 2 * place(memory[before])
    return False


@inlined_kernel
def unlink(memory: Memory, event: int) -> None:
    """Take `event` out of the list it is in; one of the open batch stays, to be ignored there."""
    bucket = memory[DUE + 2 * place(event)] >> BUCKET_SHIFT
    slot = bucket & RING
    if bucket - memory[CURSOR] < N_BUCKETS and cut(memory, FIRST + slot, event):
        memory[N_NEAR] -= 1
        if memory[FIRST + slot] == NONE:
            memory[FILLED + slot // WORD_BITS] &= ~(1 << (slot % WORD_BITS))
    elif cut(memory, FAR_FIRST, event):
        memory[N_FAR] -= 1


@inlined_kernel
def hasten(memory: Memory, event: int, time_ps: int) -> None:
    """Set `event` for `time_ps` unless it is pending for an earlier time or the same."""
    due = memory[DUE + 2 * place(event)]
    if due != NONE:
        if due <= time_ps:
            return
        unlink(memory, event)
    schedule(memory, event, time_ps)


@inlined_kernel
def bring_near(memory: Memory) -> None:
    """Put the events of the far list that the ring can hold by now into it."""
    event = memory[FAR_FIRST]
    memory[FAR_FIRST] = NONE
    memory[N_FAR] = 0
    while event != NONE:
        following = memory[AFTER + 2 * place(event)]
        schedule(memory, event, memory[DUE + 2 * place(event)])
        event = following
    memory[FAR_CHECK] = memory[CURSOR] + N_BUCKETS // 2


@inlined_kernel
def first_far(memory: Memory) -> int:
    """Bucket of the earliest event of the far list, which is not empty."""
    event = memory[FAR_FIRST]
    earliest = memory[DUE + 2 * place(event)]
    while event != NONE:
        earliest = min(earliest, memory[DUE + 2 * place(event)])
        event = memory[AFTER + 2 * place(event)]
    return earliest >> BUCKET_SHIFT


@inlined_kernel
def filled_bucket(memory: Memory, start: int, stop: int) -> int:
    """First bucket with a list from `start` up to `stop`, less than a turn apart; -1 if none."""
    slot = start & RING
    word = memory[FILLED + slot // WORD_BITS] >> (slot % WORD_BITS)
    bucket = start
    while word == 0:
        bucket += WORD_BITS - slot % WORD_BITS
        if bucket > stop:
            return NONE
        slot = bucket & RING
        word = memory[FILLED + slot // WORD_BITS]
    bucket += lowest_bit(word)
    return bucket if bucket <= stop else NONE


@inlined_kernel
def next_bucket(memory: Memory, limit: int) -> int:
    """Move to the first bucket with events up to bucket `limit`; without one to `limit`, and -1."""
    while True:
        if memory[N_NEAR] == 0:
            if memory[N_FAR] == 0:
                memory[CURSOR] = max(memory[CURSOR], limit)
                return NONE
            memory[CURSOR] = max(memory[CURSOR], min(limit, first_far(memory)))
            bring_near(memory)
        stop = min(limit, memory[CURSOR] + N_BUCKETS - 1)
        if memory[N_FAR] > 0:
            stop = min(stop, memory[FAR_CHECK] - 1)
        bucket = filled_bucket(memory, memory[CURSOR], stop)
        if bucket != NONE:
            memory[CURSOR] = bucket
            return bucket
        if stop >= limit:
            memory[CURSOR] = max(memory[CURSOR], limit)
            return NONE
        memory[CURSOR] = stop + 1
        if memory[N_FAR] > 0 and memory[CURSOR] >= memory[FAR_CHECK]:
            bring_near(memory)


@inlined_kernel
def open_bucket(memory: Memory) -> None:
    """Move the events of the bucket reached to what is left of its batch, and sort that."""
    base = memory[CURSOR] << BUCKET_SHIFT
    batch = place(memory[BATCH])
    n = 0
    for i in range(memory[BATCH_NEXT], memory[BATCH_END]):
        entry = memory[place(batch + i)]
        if memory[DUE + 2 * (entry & EVENT_MASK)] == base + (entry >> EVENT_BITS):
            memory[place(batch + n)] = entry
            n += 1
    slot = memory[CURSOR] & RING
    event = memory[FIRST + slot]
    memory[FIRST + slot] = NONE
    memory[FILLED + slot // WORD_BITS] &= ~(1 << (slot % WORD_BITS))
    while event != NONE:
        memory[place(batch + n)] = ((memory[DUE + 2 * place(event)] - base) << EVENT_BITS) | event
        n += 1
        memory[N_NEAR] -= 1
        event = memory[AFTER + 2 * place(event)]
    memory[BATCH_NEXT] = 0
    memory[BATCH_END] = n
    if n > 1:
        sort(memory, batch, n)


@inlined_kernel
def sort(memory: Memory, start: int, n: int) -> None:
    """Sort the `n` entries from `start` on."""
    if n > FEW:
        memory[start : start + n].sort()
        return
    for i in range(start + 1, start + n):
        moved = memory[i]
        j = i
        while j > start and memory[j - 1] > moved:
            memory[j] = memory[j - 1]
            j -= 1
        memory[j] = moved


@inlined_kernel
def next_event(memory: Memory, limit_ps: int) -> tuple[int, int]:
    """Take the earliest event up to `limit_ps`, of several at one time the one of lowest number.

    Returns
    -------
    event, time_ps : int
        Both -1 if there is none.
    """
    while True:
        if memory[FIRST + (memory[CURSOR] & RING)] != NONE:
            open_bucket(memory)
        while memory[BATCH_NEXT] < memory[BATCH_END]:
            entry = memory[place(memory[BATCH] + memory[BATCH_NEXT])]
            event = entry & EVENT_MASK
            time_ps = (memory[CURSOR] << BUCKET_SHIFT) + (entry >> EVENT_BITS)
            if memory[DUE + 2 * place(event)] == time_ps:
                if time_ps > limit_ps:
                    return NONE, NONE
                memory[BATCH_NEXT] += 1
                memory[DUE + 2 * place(event)] = NONE
                return event, time_ps
            memory[BATCH_NEXT] += 1
        if next_bucket(memory, limit_ps >> BUCKET_SHIFT) == NONE:
            return NONE, NONE
