"""Compiled integer arithmetic of the ARM968 core and the random numbers of the emulator.

Every kernel takes and gives scalars that fit 64-bit signed integers: a raw s16.15 value lies in
[-2**31, 2**31), a raw u0.32 value or a random word in [0, 2**32). Products stay below 2**63 in
magnitude or, where unsigned by unsigned, have their upper half masked out, so that the compiled
form, which wraps at 64 bits, and the Python form, which does not, give the same bits. ``int()``
makes the Python form exact for numpy scalars too and costs nothing when compiled.

Each kernel has a slow twin of the same name in `fixedpoint.reference`, where the formulas are
documented with their source.
"""

import numpy as np
from numpy.typing import NDArray

from fixedpoint.jit import kernel

MASK32 = 0xFFFFFFFF
SIGN32 = 0x80000000

PHILOX_M0 = 0xD2511F53
PHILOX_M1 = 0xCD9E8D57
PHILOX_W0 = 0x9E3779B9
PHILOX_W1 = 0xBB67AE85


@kernel
def wrap32(x: int) -> int:
    """Low 32 bits of `x` as a signed number."""
    return ((int(x) & MASK32) ^ SIGN32) - SIGN32


@kernel
def sat32(x: int) -> int:
    """`x` clamped to the signed 32-bit range."""
    return max(-SIGN32, min(SIGN32 - 1, int(x)))


@kernel
def divide_trunc(n: int, d: int) -> int:
    """C quotient of `n` and `d`, toward zero."""
    n = int(n)
    d = int(d)
    quotient = abs(n) // abs(d)
    return -quotient if (n < 0) != (d < 0) else quotient


# Products of s16.15 values.


@kernel
def mul_floor(a: int, b: int) -> int:
    """Plain ``accum * accum`` in ARM mode: floor, wraps."""
    return wrap32((int(a) * int(b)) >> 15)


@kernel
def mul_nearest(a: int, b: int) -> int:
    """Plain ``accum * accum`` in Thumb mode: half up, wraps."""
    return wrap32((int(a) * int(b) + 0x4000) >> 15)


@kernel
def mul_nearest_sat(a: int, b: int) -> int:
    """Half up, clamped."""
    return sat32((int(a) * int(b) + 0x4000) >> 15)


@kernel
def mul_trunc_sat(a: int, b: int) -> int:
    """Floor, clamped."""
    return sat32((int(a) * int(b)) >> 15)


@kernel
def mul_stochastic(a: int, b: int, rand32: int) -> int:
    """Stochastic rounding with the upper 15 bits of `rand32`, clamped."""
    product = int(a) * int(b)
    return sat32((product >> 15) + ((int(rand32) >> 17) < (product & 0x7FFF)))


@kernel
def mul_int(a: int, i: int) -> int:
    """``accum * int``: wraps."""
    return wrap32(int(a) * int(i))


# Products with u0.32 and s0.31 factors.


@kernel
def mul_u032_floor(a: int, u: int) -> int:
    """The 64-bit decay idiom: floor, cannot overflow."""
    return (int(a) * int(u)) >> 32


@kernel
def mul_u032_mixed(a: int, u: int) -> int:
    """C operator ``accum * unsigned long fract`` stored as accum."""
    return wrap32((int(a) * (int(u) >> 1) + 0x4000) >> 31)


@kernel
def mul_u032_nearest(a: int, u: int) -> int:
    """Half up, cannot overflow."""
    return (int(a) * int(u) + SIGN32) >> 32


@kernel
def mul_u032_stochastic(a: int, u: int, rand32: int) -> int:
    """Stochastic rounding with all 32 bits of `rand32`."""
    product = int(a) * int(u)
    return wrap32((product >> 32) + (int(rand32) < (product & MASK32)))


@kernel
def mul_u032_u032(u: int, v: int) -> int:
    """``unsigned long fract`` product: half up."""
    return ((int(u) * int(v) + SIGN32) >> 32) & MASK32


@kernel
def mul_s031_floor(a: int, f: int) -> int:
    """``accum * long fract``, floor, wraps."""
    return wrap32((int(a) * int(f)) >> 31)


@kernel
def mul_s031_mixed(a: int, f: int) -> int:
    """C operator ``accum * long fract`` stored as accum."""
    return wrap32((int(a) * int(f) + 0x4000) >> 31)


@kernel
def mul_s031_nearest(a: int, f: int) -> int:
    """``accum * long fract``, half up, wraps."""
    return wrap32((int(a) * int(f) + 0x40000000) >> 31)


@kernel
def mul_s031_stochastic(a: int, f: int, rand32: int) -> int:
    """``accum * long fract``, stochastic with the upper 31 bits of `rand32`, wraps."""
    product = int(a) * int(f)
    return wrap32((product >> 31) + ((int(rand32) >> 1) < (product & 0x7FFFFFFF)))


# Random numbers.


@kernel
def philox4x32(c0: int, c1: int, c2: int, c3: int, k0: int, k1: int) -> tuple[int, int, int, int]:
    """Four random words from a counter and a key of 32-bit words; wider ones are cut."""
    c0 = int(c0) & MASK32
    c1 = int(c1) & MASK32
    c2 = int(c2) & MASK32
    c3 = int(c3) & MASK32
    k0 = int(k0) & MASK32
    k1 = int(k1) & MASK32
    for _ in range(10):
        p0 = PHILOX_M0 * c0
        p1 = PHILOX_M1 * c2
        c0 = ((p1 >> 32) & MASK32) ^ c1 ^ k0
        c1 = p1 & MASK32
        c2 = ((p0 >> 32) & MASK32) ^ c3 ^ k1
        c3 = p0 & MASK32
        k0 = (k0 + PHILOX_W0) & MASK32
        k1 = (k1 + PHILOX_W1) & MASK32
    return c0, c1, c2, c3


@kernel
def uniform_below(u: int, n: int) -> int:
    """A number in [0, n) from the random word `u`; n at most 2**31."""
    return (int(u) * int(n)) >> 32


@kernel
def invert(u: int, thresholds: NDArray[np.uint32], guide: NDArray[np.int32]) -> int:
    """Number of `thresholds` at most `u`: a draw from the distribution they describe."""
    u = int(u)
    k = int(guide[u >> 24])
    end = len(thresholds)
    while k < end and int(thresholds[k]) <= u:
        k += 1
    return k
