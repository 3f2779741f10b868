"""On-core generation in readable Python: the twins of `chipemu.generation.kernels`.

They fill the same arrays, one synapse after another, from Philox calls made one at a time.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chipemu.generation.plan import ALL, DISTINCT, SAME, UNIFORM, GenerationPlan, Longs, Scratch
from fixedpoint.random.reference import invert, philox4x32, uniform_below
from fixedpoint.streams import Stream

__all__ = ["expand", "generate_row", "generate_rows", "pack", "scratch_of"]

Words = NDArray[np.uint32]


def expand(source: int, p: int, plan: GenerationPlan, scratch: Scratch, at: int) -> int:
    """Write the synapses of `source` through projection `p` to `scratch` from `at` on.

    Returns
    -------
    int
        One past the last entry written.
    """
    member = source - int(plan.source_lo[p])
    degree = int(plan.degree[plan.degree_start[p] + member])
    listed = int(plan.listed_start[p] + plan.listed_row[plan.degree_start[p] + member])
    calls = [
        philox4x32(k, member, int(plan.key[p]), Stream.ROW, *plan.seed.tolist())
        for k in range(degree)
    ]
    targets = _targets(member, p, plan, [call[0] for call in calls], listed)
    for k, (target, (_, weight_word, delay_word, _)) in enumerate(zip(targets, calls, strict=True)):
        scratch.target[at + k] = plan.target_lo[p] + target
        scratch.weight[at + k] = _value("weight", p, plan, weight_word, listed + k)
        scratch.delay[at + k] = _value("delay", p, plan, delay_word, listed + k)
    return at + degree


def _value(name: str, p: int, plan: GenerationPlan, word: int, listed: int) -> int:
    """Weight or delay of a synapse: the one listed, or the one that a random word stands for."""
    if getattr(plan, f"has_listed_{name}")[p]:
        return int(getattr(plan, f"listed_{name}")[listed])
    base, start, stop, guide = (
        int(getattr(plan, f"{name}_{part}")[p]) for part in ("base", "start", "stop", "guide")
    )
    return base + invert(word, plan.thresholds[start:stop].tolist(), plan.guides[guide].tolist())


def _targets(
    member: int, p: int, plan: GenerationPlan, words: Sequence[int], listed: int
) -> list[int]:
    """Targets of one source, counted from the first of the population."""
    n = int(plan.target_size[p])
    others = [target for target in range(n) if not (plan.skip_self[p] and target == member)]
    rule = plan.rule[p]
    if rule == UNIFORM:
        return [others[uniform_below(word, len(others))] for word in words]
    if rule == DISTINCT:
        return [others[k] for k in distinct_below(words, len(others))]
    if rule in (ALL, SAME):
        return others if rule == ALL else [member]
    return [int(target) for target in plan.listed_target[listed : listed + len(words)]]


def distinct_below(words: Sequence[int], n: int) -> list[int]:
    """As many distinct numbers below `n` as there are words, by Floyd's sampling.

    Bentley & Floyd 1987, "A sample of brilliance", CACM 30(9).
    """
    chosen: list[int] = []
    for word, last in zip(words, range(n - len(words), n), strict=True):
        candidate = uniform_below(word, last + 1)
        chosen.append(last if candidate in chosen else candidate)
    return chosen


def pack(
    n: int, scratch: Scratch, block_lo: Longs, n_delays: int, words: Words, segments: Words
) -> None:
    """Sort `n` synapses by (block, delay), keeping their order otherwise, into a row's words."""
    synapses = []
    for k in range(n):
        target, delay = int(scratch.target[k]), int(scratch.delay[k])
        block = bisect_right(block_lo.tolist(), target) - 1
        scratch.target[k] = target - block_lo[block]
        word = int(scratch.weight[k]) * 2**16 + int(scratch.target[k])
        synapses.append(((block, delay), word))
    words[:n] = [word for _, word in sorted(synapses, key=lambda synapse: synapse[0])]
    sizes = Counter(place for place, _ in synapses)
    n_blocks = len(block_lo) - 1
    places = [(block, delay) for block in range(n_blocks) for delay in range(1, n_delays + 1)]
    segments[:] = [sum(sizes[place] for place in places[:k]) for k in range(len(places) + 1)]


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
    group, n = int(plan.row_group[row]), 0
    for p in range(*plan.group_start[group : group + 2].tolist()):
        n = expand(int(plan.row_source[row]), p, plan, scratch, n)
    pack(n, scratch, block_lo, n_delays, words, segments)


def scratch_of(scratches: Scratch, chunk: int) -> Scratch:
    """Working arrays of one thread, of those with a leading axis of threads."""
    return Scratch(*(arrays[chunk] for arrays in scratches))


def generate_rows(
    bounds: Longs,
    plan: GenerationPlan,
    scratches: Scratch,
    block_lo: Longs,
    n_delays: int,
    words: Words,
    segments: Words,
) -> None:
    """Make rows ``bounds[0]`` to ``bounds[-1]``, one after the other."""
    scratch = scratch_of(scratches, 0)
    for row in range(int(bounds[0]), int(bounds[-1])):
        own = words[plan.row_start[row] : plan.row_start[row + 1]]
        generate_row(row, plan, scratch, block_lo, n_delays, own, segments[row])
