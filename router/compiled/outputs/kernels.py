"""Where a packet goes: its outputs, those that are blocked, and the ways around them."""

import numpy as np

from fixedpoint.jit import inlined_kernel
from router.compiled.rows.kernels import link_at, router_at
from router.compiled.state import (
    CLASS_SHIFT,
    CLASSES,
    EMPTY,
    FIRST_CORE_BIT,
    INPUT_SHIFT,
    LINKS,
    LOCAL,
    N_LINKS,
    NEVER_PS,
    PHASE_SHIFT,
    STATE_SHIFT,
    LinkState,
    Memory,
    Number,
    Packets,
    Router,
)
from router.counters import RouterCounter
from router.events import Fate
from router.packets import CORES_PER_CHIP, EmergencyState
from router.wheel.kernels import lowest_bit, place


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
