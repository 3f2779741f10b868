"""Rows of the memory, and the records that tell what happened."""

from fixedpoint.jit import inlined_kernel
from router.compiled.state import (
    CORE_SIZE,
    PACKET_SHIFT,
    ROUTER_SIZE,
    Memory,
    Number,
    Router,
)
from router.wheel.kernels import place


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
