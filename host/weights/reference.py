"""From where the weights of synapses come, in readable Python: the twins of `kernels`."""

import numpy as np
from numpy.typing import NDArray

from chipemu.generation.plan import GenerationPlan, Longs, Scratch
from chipemu.generation.reference import expand
from fixedpoint.random.reference import philox4x32
from fixedpoint.streams import Stream

__all__ = ["trace_row", "trace_rows"]

Ints = NDArray[np.int32]
Words = NDArray[np.uint32]


def trace_row(
    row: int,
    plan: GenerationPlan,
    scratch: Scratch,
    block_lo: Longs,
    n_delays: int,  # noqa: ARG001
    words: Words,  # noqa: ARG001
    segments: Words,  # noqa: ARG001
    origins: Longs,  # noqa: ARG001
    projection: Ints,
    origin: Words,
) -> None:
    """Write for each word of a row its `projection` and the `origin` of its weight."""
    group, source, n = int(plan.row_group[row]), int(plan.row_source[row]), 0
    synapses = []
    for p in range(*plan.group_start[group : group + 2].tolist()):
        begin, n = n, expand(source, p, plan, scratch, n)
        member = source - int(plan.source_lo[p])
        listed = plan.listed_start[p] + plan.listed_row[plan.degree_start[p] + member]
        for k in range(n - begin):
            call = philox4x32(k, member, int(plan.key[p]), Stream.ROW, *plan.seed.tolist())
            block = np.searchsorted(block_lo, scratch.target[begin + k], side="right")
            place = block, scratch.delay[begin + k]
            synapses.append((place, p, listed + k if plan.has_listed_weight[p] else call[1]))
    synapses.sort(key=lambda synapse: synapse[0])
    projection[:] = [p for _, p, _ in synapses]
    origin[:] = [number for _, _, number in synapses]


def trace_rows(
    bounds: Longs,
    plan: GenerationPlan,
    scratches: Scratch,
    block_lo: Longs,
    n_delays: int,
    words: Words,
    segments: Words,
    origins: Longs,
    projection: Ints,
    origin: Words,
) -> None:
    """`trace_row` of rows ``bounds[0]`` to ``bounds[-1]``, one after the other."""
    scratch = Scratch(*(part[0] for part in scratches))
    starts = plan.row_start - plan.row_start[bounds[0]]
    for row in range(int(bounds[0]), int(bounds[-1])):
        own = slice(starts[row], starts[row + 1])
        trace_row(
            row, plan, scratch, block_lo, n_delays, words[0], segments[0], origins[0],
            projection[own], origin[own],
        )  # fmt: skip
