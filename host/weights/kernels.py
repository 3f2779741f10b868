"""From where the weights of synapses come, in the order of the words; twins in `reference`."""

import numpy as np
from numpy.typing import NDArray

from chipemu.generation.kernels import expand, pack, scratch_of
from chipemu.generation.plan import GenerationPlan, Longs, Scratch
from fixedpoint.jit import kernel, parallel_kernel, prange

Ints = NDArray[np.int32]
Words = NDArray[np.uint32]


@kernel
def trace_row(
    row: int,
    plan: GenerationPlan,
    scratch: Scratch,
    block_lo: Longs,
    n_delays: int,
    words: Words,
    segments: Words,
    origins: Longs,
    projection: Ints,
    origin: Words,
) -> None:
    """Write for each word of a row its `projection` and the `origin` of its weight.

    The origin is the number of the synapse among those listed if weights are listed, otherwise
    the random word that makes the weight. `words`, `segments` and `origins` are working arrays.
    """
    at = 0
    group = plan.row_group[row]
    source = plan.row_source[row]
    first = plan.group_start[group]
    for p in range(first, plan.group_start[group + 1]):
        begin = at
        at = expand(source, p, plan, scratch, at)
        place = plan.degree_start[p] + source - plan.source_lo[p]
        for k in range(at - begin):
            drawn = np.int64(scratch.draws[at - begin + k])
            listed = plan.listed_start[p] + plan.listed_row[place] + k
            origins[begin + k] = listed if plan.has_listed_weight[p] else drawn
            scratch.weight[begin + k] = p - first
    pack(at, scratch, block_lo, n_delays, words, segments)
    for k in range(at - 1, -1, -1):
        scratch.next[scratch.place[k]] -= 1
        place = scratch.next[scratch.place[k]]
        projection[place] = first + scratch.weight[k]
        origin[place] = origins[k]


@parallel_kernel
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
    """`trace_row` of rows ``bounds[0]`` to ``bounds[-1]``, one stretch between bounds a thread.

    `projection` and `origin` begin with the first of these rows; all working arrays have a leading
    axis of threads.
    """
    base = plan.row_start[bounds[0]]
    for chunk in prange(bounds.shape[0] - 1):
        scratch = scratch_of(scratches, chunk)
        for row in range(bounds[chunk], bounds[chunk + 1]):
            start, stop = plan.row_start[row] - base, plan.row_start[row + 1] - base
            trace_row(
                row, plan, scratch, block_lo, n_delays, words[chunk], segments[chunk],
                origins[chunk], projection[start:stop], origin[start:stop],
            )  # fmt: skip
