"""Figures of the picture of flows, rounded so that those of a column add up to their total."""

from collections.abc import Sequence
from fractions import Fraction
from math import floor, log10
from typing import NamedTuple

__all__ = ["Scale", "column", "event_scale", "rounded", "scale_of", "seconds_text", "short"]

DIGITS = 4
"""Significant digits of a total, unless said otherwise."""
PREFIXES = ("a", "f", "p", "n", "u", "m", "", "k", "M", "G", "T", "P", "E")
"""Of units of 10**-18 J and so on, a thousand times each."""
MOST_DECIMALS = 5
"""With which energies per event stand in uJ, as published ones do."""
TIMES = ((3600, "h"), (60, "min"), (1, "s"))


class Scale(NamedTuple):
    """Unit of a column, and how many decimals it is written with."""

    unit: Fraction
    name: str
    decimals: int


def rounded(values: Sequence[Fraction], quantum: Fraction) -> list[int]:
    """`values` in whole multiples of `quantum`, so that they add up to their rounded sum.

    All are rounded down, and those with the largest remainders up.

    Examples
    --------
    >>> rounded([Fraction(1, 3), Fraction(1, 2), Fraction(1, 3)], Fraction(1))
    [0, 1, 0]
    """
    found = [floor(value / quantum) for value in values]
    missing = floor(sum(values, start=Fraction(0)) / quantum + Fraction(1, 2)) - sum(found)
    by_rest = sorted(range(len(values)), key=lambda k: found[k] - values[k] / quantum)
    for k in by_rest[:missing]:
        found[k] += 1
    return found


def scale_of(total_j: Fraction, digits: int = DIGITS) -> Scale:
    """Scale for a column that adds up to `total_j` (J), which has so many digits.

    Joules go from a tenth to a hundred thousand; other units follow.
    """
    if not total_j:
        return Scale(Fraction(1), "J", 0)
    power = floor(log10(total_j))
    step = (power + 1) // 3 if power < 0 else max(0, power - 2) // 3
    step = min(max(step, -6), 6)
    unit = Fraction(1000) ** step
    return Scale(unit, f"{PREFIXES[step + 6]}J", decimals(total_j / unit, digits))


def event_scale(e_syn_j: Fraction) -> Scale:
    """Scale for a column that adds up to `e_syn_j` (J) per synaptic event: uJ if that can be."""
    micro = Fraction(1, 10**6)
    n_decimals = decimals(e_syn_j / micro)
    is_legible = n_decimals <= MOST_DECIMALS and e_syn_j < 1
    return Scale(micro, "uJ", n_decimals) if is_legible else scale_of(e_syn_j)


def decimals(total: Fraction, digits: int = DIGITS) -> int:
    """Decimals with which `total` has so many digits."""
    return max(0, digits - 1 - floor(log10(total))) if total else 0


def column(values: Sequence[Fraction], n_decimals: int) -> list[str]:
    """`values` with so many decimals; they add up to their rounded sum.

    Examples
    --------
    >>> column([Fraction(1, 3), Fraction(2, 3)], 2)
    ['0.33', '0.67']
    """
    found = rounded(values, Fraction(1, 10**n_decimals))
    return [f"{n / 10**n_decimals:,.{n_decimals}f}" for n in found]


def seconds_text(wall_s: Fraction) -> str:
    """A time in hours, minutes or seconds."""
    for size, name in TIMES:
        if wall_s >= 2 * size:
            return f"{float(wall_s / size):.3g} {name}"
    return f"{float(wall_s):.3g} s"


def short(words: str, longest: int) -> str:
    """Cut long words in their middle."""
    half = (longest - 1) // 2
    return words if len(words) <= longest else f"{words[:half]}\u2026{words[-half:]}"
