"""Drawing the numbers that a plan of generation consists of, compiled; twins in `host.reference`.

All come from Philox, keyed by what they belong to. `chipemu.generation` makes the rows.
"""

import numpy as np
from numpy.typing import NDArray

from fixedpoint.jit import kernel, parallel_kernel, prange
from fixedpoint.random.kernels import invert, philox4x32, philox_fill, uniform_below
from fixedpoint.streams import Stream

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Words = NDArray[np.uint32]

DEGREE = int(Stream.DEGREE)
IN_DEGREE = int(Stream.IN_DEGREE)
PARAMETER = int(Stream.PARAMETER)


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
