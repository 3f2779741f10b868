"""Numbers of a plan of generation in readable Python: the twins of `host.kernels`.

They fill the same arrays, one synapse after another, from Philox calls made one at a time.
"""

import numpy as np
from numpy.typing import NDArray

from chipemu.generation.reference import distinct_below
from fixedpoint.random.reference import invert, philox4x32, uniform_below
from fixedpoint.streams import Stream

__all__ = [
    "count_distinct_draws",
    "count_draws",
    "count_draws_parallel",
    "draw_degrees",
    "draw_sources",
    "draw_uniforms",
]

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Words = NDArray[np.uint32]


def count_draws(
    first: int, stop: int, n_bins: int, key: int, seed: Longs, draws: Words, counts: Ints
) -> None:
    """Count in which of `n_bins` each of the draws `first` to `stop` falls.

    Draws come in batches of ``len(draws)``, four words of as many calls as a quarter of that: first
    all first words, then all second words, and so on.
    """
    calls = len(draws) // 4
    for draw in range(first, stop):
        batch, place = divmod(draw, 4 * calls)
        word, call = divmod(place, calls)
        counter = batch * calls + call
        words = philox4x32(counter, counter >> 32, key, Stream.DEGREE, *seed.tolist())
        counts[uniform_below(words[word], n_bins)] += 1


def count_draws_parallel(
    bounds: Longs, n_bins: int, key: int, seed: Longs, draws: Words, counts: Ints
) -> None:
    """`count_draws` between consecutive `bounds`, into one row of `counts` each."""
    for k in range(len(bounds) - 1):
        first, stop = bounds[k : k + 2].tolist()
        count_draws(first, stop, n_bins, key, seed, draws[k], counts[k])


def count_distinct_draws(
    n: int, n_bins: int, capacity: int, key: int, seed: Longs, counts: Ints
) -> None:
    """Draw `n` of the ``n_bins * capacity`` pairs without repeating one; count them by bin."""
    proposal = 0
    while counts.sum() < n:
        words = philox4x32(proposal, proposal >> 32, key, Stream.DEGREE, *seed.tolist())
        chosen, slot = uniform_below(words[0], n_bins), uniform_below(words[1], capacity)
        if not slot < counts[chosen]:  # a pair not taken yet
            counts[chosen] += 1
        proposal += 1


def draw_degrees(
    key: int, seed: Longs, thresholds: Words, guide: Ints, base: int, degrees: Ints
) -> None:
    """Out-degree of each source by inversion of its distribution."""
    for member in range(len(degrees)):
        word = philox4x32(0, member, key, Stream.DEGREE, *seed.tolist())[0]
        degrees[member] = base + invert(word, thresholds.tolist(), guide.tolist())


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
    """Sources of every target of a fixed in-degree, ``sources[target, k]``."""
    for target in range(len(sources)):
        others = [source for source in range(n_pre) if not (skip_self and source == target)]
        words = [
            philox4x32(k, target, key, Stream.IN_DEGREE, *seed.tolist())[0]
            for k in range(in_degree)
        ]
        if distinct:
            chosen = distinct_below(words, len(others))
        else:
            chosen = [uniform_below(word, len(others)) for word in words]
        sources[target] = [others[k] for k in chosen]
    seen[:] = 0


def draw_uniforms(
    population: int, parameter: int, seed: Longs, uniforms: NDArray[np.float64]
) -> None:
    """One uniform in (0, 1) for each member: the middle of the draw's 2**-32."""
    for member in range(len(uniforms)):
        word = philox4x32(member, parameter, population, Stream.PARAMETER, *seed.tolist())[0]
        uniforms[member] = (2 * word + 1) / 2**33
