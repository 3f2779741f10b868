"""Constants of the cores' exponential function, scaled by 2**32.

The argument is taken apart as -(16 k + r / 2**11) / 16 + z with an integer z, k in 0..15, r below
2**11: exp is a table entry for z, times one minus an entry for k, times one minus a quadratic in r.
The two tables are exact to the last bit; the quadratic was fitted by the authors of the original
and bounds its accuracy. Source of structure and series: spinn_common, ``stdfix-exp`` (Apache-2.0).
"""

from decimal import Decimal, localcontext

__all__ = [
    "EXP_FIRST",
    "EXP_INTEGER",
    "EXP_LIMIT_HIGH",
    "EXP_LIMIT_LOW",
    "EXP_SERIES",
    "EXP_SIXTEENTH",
]

EXP_LIMIT_HIGH = 363408
"""Greatest s16.15 argument whose exponential fits s16.15."""
EXP_LIMIT_LOW = -340695
"""Smallest s16.15 argument whose exponential is not taken as zero."""
EXP_SERIES = (5294, 4293434720, 2081624032)
"""1 - exp(-t) is c0 + (c1 - c2 t) t for t in [0, 1/16); c_i / 2**32 are 1e-6, 0.9997, 0.48."""
EXP_FIRST = -13
"""Integer part to which the first entry of `EXP_INTEGER` belongs."""


def _scaled(x: Decimal) -> int:
    return int((x * 2**32).to_integral_value())


def _tables() -> tuple[tuple[int, ...], tuple[int, ...]]:
    with localcontext(prec=50):
        integer = tuple(_scaled(Decimal(n).exp()) for n in range(EXP_FIRST, 13))
        sixteenth = tuple(_scaled(1 - (Decimal(-k) / 16).exp()) for k in range(16))
    return integer, sixteenth


EXP_INTEGER, EXP_SIXTEENTH = _tables()
"""``exp(n)`` for n = -13..12, and ``1 - exp(-k / 16)`` for k = 0..15, to the nearest."""
