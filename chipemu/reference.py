"""What a core does with one synapse and one Poisson source, in plain Python integers."""

from fixedpoint.random.reference import invert, philox4x32
from fixedpoint.streams import Stream

__all__ = ["poisson_count", "ring_add"]


def ring_add(entry: int, weight: int) -> tuple[int, bool]:
    """Ring-buffer entry after adding a weight, and whether it saturated at 16 bits."""
    total = entry + weight
    return (0xFFFF, True) if total > 0xFFFF else (total, False)


def poisson_count(
    member: int,
    step: int,
    population: int,
    seed: tuple[int, int],
    thresholds: list[int],
    guide: list[int],
) -> int:
    """Spikes that `member` of a Poisson population emits in `step`.

    Members draw in groups of 256 that share 64 Philox calls: member m of a group takes word
    ``m // 64`` of call ``m % 64``.
    """
    group, place = divmod(member, 256)
    call = 64 * group + place % 64
    draws = philox4x32(call, step, population, Stream.POISSON, seed[0], seed[1])
    return invert(draws[place // 64], thresholds, guide)
