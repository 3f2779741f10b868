"""On-core data generation, compiled: from rules and seeds to synaptic words.

All numbers come from Philox, keyed by (seed; place in the row, source, projection), so that a row
is the same whoever makes it, when and in which company. Twins in `host.reference`.
"""

import numpy as np
from numpy.typing import NDArray

from fixedpoint.jit import kernel, parallel_kernel, prange
from fixedpoint.random.kernels import invert, philox4x32, philox_fill, uniform_below
from fixedpoint.streams import Stream
from host.plan import ALL, DISTINCT, SAME, UNIFORM, GenerationPlan, Longs, Scratch

Ints = NDArray[np.int32]
Words = NDArray[np.uint32]

ROW = int(Stream.ROW)
DEGREE = int(Stream.DEGREE)
IN_DEGREE = int(Stream.IN_DEGREE)
PARAMETER = int(Stream.PARAMETER)


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
        scratch = Scratch(
            scratches.target[chunk],
            scratches.weight[chunk],
            scratches.delay[chunk],
            scratches.place[chunk],
            scratches.next[chunk],
            scratches.draws[chunk],
            scratches.seen[chunk],
        )
        for row in range(bounds[chunk], bounds[chunk + 1]):
            generate_row(
                row, plan, scratch, block_lo, n_delays,
                words[plan.row_start[row] : plan.row_start[row + 1]], segments[row],
            )  # fmt: skip


@kernel
def count_draws(
    first: int, stop: int, n_bins: int, key: int, seed: Longs, draws: Words, counts: Ints
) -> None:
    """Count in which of `n_bins` each of the draws `first` to `stop` falls.

    Draws come in batches of ``len(draws)``, of which `first` is a multiple; draw d is word w of
    Philox call c with ``d = batch * len(draws) + w * len(draws) // 4 + c % (len(draws) // 4)``.
    """
    size = draws.shape[0]
    for batch in range(first // size, (stop + size - 1) // size):
        calls = batch * (size >> 2)
        philox_fill(calls, calls >> 32, key, DEGREE, seed[0], seed[1], draws)
        for i in range(min(size, stop - batch * size)):
            counts[uniform_below(draws[i], n_bins)] += 1


@parallel_kernel
def count_draws_parallel(
    bounds: Longs, n_bins: int, key: int, seed: Longs, draws: Words, counts: Ints
) -> None:
    """`count_draws` between consecutive `bounds`, into one row of `counts` each."""
    for chunk in prange(bounds.shape[0] - 1):
        count_draws(
            bounds[chunk], bounds[chunk + 1], n_bins, key, seed, draws[chunk], counts[chunk]
        )


@kernel
def count_distinct_draws(
    n: int, n_bins: int, capacity: int, key: int, seed: Longs, counts: Ints
) -> None:
    """Draw `n` of the ``n_bins * capacity`` pairs without repeating one; count them by bin.

    Proposal i, ``philox4x32(i, i >> 32, key, DEGREE, *seed)``, names a bin by its first word and
    a slot by its second; a slot below the number already taken in the bin stands for one taken,
    and the proposal is passed over.
    """
    accepted = np.int64(0)
    proposal = np.int64(0)
    while accepted < n:
        bin_draw, slot_draw, _, _ = philox4x32(
            proposal, proposal >> 32, key, DEGREE, seed[0], seed[1]
        )
        chosen = uniform_below(bin_draw, n_bins)
        if uniform_below(slot_draw, capacity) >= counts[chosen]:
            counts[chosen] += 1
            accepted += 1
        proposal += 1


@kernel
def draw_degrees(
    key: int, seed: Longs, thresholds: Words, guide: Ints, base: int, degrees: Ints
) -> None:
    """Out-degree of each source by inversion of its distribution.

    The first word of ``philox4x32(0, member, key, DEGREE, *seed)`` is inverted; `base` is added.
    """
    for member in range(degrees.shape[0]):
        draw, _, _, _ = philox4x32(0, member, key, DEGREE, seed[0], seed[1])
        degrees[member] = base + invert(draw, thresholds, guide)


@kernel
def draw_sources(
    in_degree: int,
    n_pre: int,
    distinct: bool,
    skip_self: bool,
    key: int,
    seed: Longs,
    seen: NDArray[np.uint8],
    sources: Ints,
) -> None:
    """Sources of every target of a fixed in-degree, ``sources[target, k]``.

    Each takes the first word of ``philox4x32(k, target, key, IN_DEGREE, *seed)``, as targets do
    in `expand`: without replacement if `distinct`, without the target itself if `skip_self`.
    `seen` is scratch, all 0 before and after, shape (n_pre,).
    """
    for target in range(sources.shape[0]):
        candidates = n_pre - 1 if skip_self else n_pre
        for k in range(in_degree):
            draw, _, _, _ = philox4x32(k, target, key, IN_DEGREE, seed[0], seed[1])
            if distinct:
                last = candidates - in_degree + k
                chosen = uniform_below(draw, last + 1)
                if seen[chosen]:
                    chosen = last
                seen[chosen] = 1
            else:
                chosen = uniform_below(draw, candidates)
            sources[target, k] = chosen
        for k in range(in_degree):
            seen[sources[target, k]] = 0
            if skip_self and sources[target, k] >= target:
                sources[target, k] += 1


@kernel
def draw_uniforms(
    population: int, parameter: int, seed: Longs, uniforms: NDArray[np.float64]
) -> None:
    """One uniform in (0, 1) for each member: ``(draw + 1/2) / 2**32``.

    The draw is the first word of ``philox4x32(member, parameter, population, PARAMETER, *seed)``.
    """
    for member in range(uniforms.shape[0]):
        draw, _, _, _ = philox4x32(member, parameter, population, PARAMETER, seed[0], seed[1])
        uniforms[member] = (draw + 0.5) / 4294967296.0
