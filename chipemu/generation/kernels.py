"""On-core generation, compiled: from a plan and its seed to synaptic words, row by row.

All numbers come from Philox, keyed by (seed; place in the row, source, projection), so that a row
is the same whoever makes it, when and in which company. Twins in `chipemu.generation.reference`.
"""

import numpy as np
from numpy.typing import NDArray

from chipemu.generation.plan import ALL, DISTINCT, SAME, UNIFORM, GenerationPlan, Longs, Scratch
from fixedpoint.jit import inlined_kernel, kernel, parallel_kernel, prange
from fixedpoint.random.kernels import invert, philox_fill, uniform_below
from fixedpoint.streams import Stream

Words = NDArray[np.uint32]

ROW = int(Stream.ROW)


@kernel
def expand(source: int, p: int, plan: GenerationPlan, scratch: Scratch, at: int) -> int:
    """Write the synapses of `source` through projection `p` to `scratch` from `at` on.

    Synapse k takes three random words, ``philox4x32(k, member, key, ROW, *seed)`` with the index
    `member` of the source in its population: for the target, the weight and the delay. A target
    drawn is ``uniform_below`` the number of candidates, which are numbered without the source
    itself where it must not be chosen; distinct ones by Floyd's sampling (Bentley & Floyd 1987,
    CACM 30(9)). Listed targets, weights and delays are taken as they are.

    Returns
    -------
    int
        One past the last entry written.
    """
    member = source - plan.source_lo[p]
    rule, size, key = plan.rule[p], plan.target_size[p], plan.key[p]
    skipped = member if plan.skip_self[p] else size
    candidates = size - 1 if plan.skip_self[p] else size
    degree = np.int64(plan.degree[plan.degree_start[p] + member])
    listed = plan.listed_start[p] + plan.listed_row[plan.degree_start[p] + member]
    weights = plan.thresholds[plan.weight_start[p] : plan.weight_stop[p]]
    delays = plan.thresholds[plan.delay_start[p] : plan.delay_stop[p]]
    draws = scratch.draws[: 4 * degree]
    philox_fill(0, member, key, ROW, plan.seed[0], plan.seed[1], draws)
    for k in range(degree):
        target_draw = draws[k]
        weight_draw, delay_draw = draws[degree + k], draws[2 * degree + k]
        if rule == UNIFORM:
            target = uniform_below(target_draw, candidates)
        elif rule == DISTINCT:
            last = candidates - degree + k
            target = uniform_below(target_draw, last + 1)
            if scratch.seen[target]:
                target = last
            scratch.seen[target] = 1
        elif rule == ALL:
            target = k
        elif rule == SAME:
            target = member
        else:
            target = np.int64(plan.listed_target[listed + k])
        scratch.target[at + k] = target
        scratch.weight[at + k] = plan.weight_base[p] + invert(
            weight_draw, weights, plan.guides[plan.weight_guide[p]]
        )
        scratch.delay[at + k] = plan.delay_base[p] + invert(
            delay_draw, delays, plan.guides[plan.delay_guide[p]]
        )
        if plan.has_listed_weight[p]:
            scratch.weight[at + k] = plan.listed_weight[listed + k]
        if plan.has_listed_delay[p]:
            scratch.delay[at + k] = plan.listed_delay[listed + k]
    for k in range(at, at + degree):
        if rule == DISTINCT:
            scratch.seen[scratch.target[k]] = 0
        if rule < SAME and scratch.target[k] >= skipped:
            scratch.target[k] += 1
        scratch.target[k] += plan.target_lo[p]
    return at + int(degree)


@kernel
def pack(
    n: int, scratch: Scratch, block_lo: Longs, n_delays: int, words: Words, segments: Words
) -> None:
    """Sort `n` synapses by (block, delay), keeping their order otherwise, into a row's words.

    A word is ``weight << 16 | target - block_lo[block]``; those of place ``b * n_delays + d - 1``
    end where ``segments`` says that those of the next begin. Targets in `scratch` become relative
    to their block.
    """
    n_places = segments.shape[0] - 1
    for place in range(n_places + 1):
        segments[place] = 0
    for k in range(n):
        block = 0
        while scratch.target[k] >= block_lo[block + 1]:
            block += 1
        scratch.place[k] = block * n_delays + scratch.delay[k] - 1
        scratch.target[k] -= block_lo[block]
        segments[scratch.place[k] + 1] += 1
    for place in range(n_places):
        scratch.next[place] = segments[place]
        segments[place + 1] += segments[place]
    for k in range(n):
        place = scratch.place[k]
        words[scratch.next[place]] = (scratch.weight[k] << 16) | scratch.target[k]
        scratch.next[place] += 1


@kernel
def generate_row(
    row: int,
    plan: GenerationPlan,
    scratch: Scratch,
    block_lo: Longs,
    n_delays: int,
    words: Words,
    segments: Words,
) -> None:
    """Make one row: `words` and `segments` are the row's own."""
    at = np.int64(0)
    group = plan.row_group[row]
    for p in range(plan.group_start[group], plan.group_start[group + 1]):
        at = expand(plan.row_source[row], p, plan, scratch, at)
    pack(at, scratch, block_lo, n_delays, words, segments)


@inlined_kernel
def scratch_of(scratches: Scratch, chunk: int) -> Scratch:
    """Working arrays of one thread, of those with a leading axis of threads."""
    return Scratch(
        scratches.target[chunk],
        scratches.weight[chunk],
        scratches.delay[chunk],
        scratches.place[chunk],
        scratches.next[chunk],
        scratches.draws[chunk],
        scratches.seen[chunk],
    )


@parallel_kernel
def generate_rows(
    bounds: Longs,
    plan: GenerationPlan,
    scratches: Scratch,
    block_lo: Longs,
    n_delays: int,
    words: Words,
    segments: Words,
) -> None:
    """Make rows ``bounds[0]`` to ``bounds[-1]``, one stretch between bounds a thread."""
    for chunk in prange(bounds.shape[0] - 1):
        scratch = scratch_of(scratches, chunk)
        for row in range(bounds[chunk], bounds[chunk + 1]):
            generate_row(
                row, plan, scratch, block_lo, n_delays,
                words[plan.row_start[row] : plan.row_start[row + 1]], segments[row],
            )  # fmt: skip
