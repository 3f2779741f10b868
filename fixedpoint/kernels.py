"""Compiled integer arithmetic of the ARM968 core.

Every kernel takes and gives scalars that fit 64-bit signed integers: a raw s16.15 value lies in
[-2**31, 2**31), a raw u0.32 value or a random word in [0, 2**32). Products stay below 2**63 in
magnitude or, where unsigned by unsigned, have their upper half masked out, so that the compiled
form, which wraps at 64 bits, and the Python form, which does not, give the same bits. ``int()``
makes the Python form exact for numpy scalars too and costs nothing when compiled.

Each kernel has a slow twin of the same name in `fixedpoint.reference`, where the formulas are
documented with their source.
"""

from fixedpoint.exp_tables import (
    EXP_FIRST,
    EXP_INTEGER,
    EXP_LIMIT_HIGH,
    EXP_LIMIT_LOW,
    EXP_SERIES,
    EXP_SIXTEENTH,
)
from fixedpoint.jit import kernel

MASK32 = 0xFFFFFFFF
SIGN32 = 0x80000000


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


# Sums, shifts and conversions.


@kernel
def add(a: int, b: int) -> int:
    """Sum; wraps."""
    return wrap32(int(a) + int(b))


@kernel
def sub(a: int, b: int) -> int:
    """Difference; wraps."""
    return wrap32(int(a) - int(b))


@kernel
def neg(a: int) -> int:
    """Negative; wraps."""
    return wrap32(-int(a))


@kernel
def shl(a: int, n: int) -> int:
    """Shift left by `n` in 0..31; wraps."""
    return wrap32(int(a) << int(n))


@kernel
def shr(a: int, n: int) -> int:
    """Shift right by `n` in 0..31; floor."""
    return int(a) >> int(n)


@kernel
def add_sat(a: int, b: int) -> int:
    """Sum, clamped."""
    return sat32(int(a) + int(b))


@kernel
def sub_sat(a: int, b: int) -> int:
    """Difference, clamped."""
    return sat32(int(a) - int(b))


@kernel
def neg_sat(a: int) -> int:
    """Negative, clamped."""
    return sat32(-int(a))


@kernel
def shl_sat(a: int, n: int) -> int:
    """Shift left by `n` in 0..31, clamped."""
    return sat32(int(a) << int(n))


@kernel
def int_from_k(a: int) -> int:
    """``(int) accum``: toward zero."""
    return divide_trunc(a, 0x8000)


@kernel
def k_from_int(i: int) -> int:
    """``(accum) int``; wraps."""
    return wrap32(int(i) << 15)


@kernel
def u032_from_k(a: int) -> int:
    """``(unsigned long fract) accum``; wraps."""
    return (int(a) << 17) & MASK32


@kernel
def k_from_u032(u: int) -> int:
    """``(accum) unsigned long fract``: floor."""
    return int(u) >> 17


@kernel
def k_from_s031(f: int) -> int:
    """``(accum) long fract``: floor."""
    return int(f) >> 16


@kernel
def ceil_k(a: int) -> int:
    """Smallest integer that is not less than the accum `a`."""
    return (int(a) + 0x7FFF) >> 15


@kernel
def round_k_n(a: int, n: int) -> int:
    """`a` with its last `n` (1..31) bits rounded away, half up; wraps."""
    return wrap32(((int(a) + (1 << (int(n) - 1))) >> int(n)) << int(n))


# Quotients. A divisor of zero traps on the machine and is an error here.


@kernel
def div_trunc(a: int, b: int) -> int:
    """``accum / accum``: toward zero, wraps."""
    return wrap32(divide_trunc(int(a) << 15, b))


@kernel
def div_sat(a: int, b: int) -> int:
    """Saturating ``accum / accum``: toward zero, clamped."""
    return sat32(divide_trunc(int(a) << 15, b))


@kernel
def div_int(a: int, i: int) -> int:
    """``accum / int`` by way of ``long accum``; wraps."""
    return wrap32(divide_trunc(int(a) << 16, i) >> 16)


@kernel
def div_u032(a: int, u: int) -> int:
    """``accum / unsigned long fract`` by way of ``long accum``; `u` at least 2; wraps."""
    a = int(a)
    d = int(u) >> 1
    # The quotient of a << 47 needs 78 bits: 31 shifted bits first, then the remainder's 16.
    n = abs(a) << 31
    whole = n // d
    if a >= 0:
        return wrap32(whole)
    rest = ((n - whole * d) << 16) // d
    return wrap32(-whole - (rest > 0))


@kernel
def divide_unsigned(n: int, d: int) -> int:
    """Low 32 bits of n / d as unsigned 64-bit numbers; `d` below 2**32."""
    n = int(n)
    d = int(d)
    if d < 0:  # both above 2**63, or the quotient is zero
        return 1 if d <= n < 0 else 0
    if n >= 0:
        return (n // d) & MASK32
    # n + 2**64, its last 16 bits apart, as long division
    upper = (n >> 16) + (1 << 48)
    first = upper // d
    return ((first << 16) + (((upper - first * d) << 16) + (n & 0xFFFF)) // d) & MASK32


@kernel
def kdivk(a: int, b: int) -> int:
    """Helper quotient of accums, unsigned inside: right for non-negative operands only."""
    return wrap32(divide_unsigned(int(a) << 15, b))


@kernel
def kdivui(a: int, n: int) -> int:
    """Helper quotient of an accum and an unsigned integer: right for non-negative `a` only."""
    return wrap32(divide_unsigned(a, n))


# Synapses.


@kernel
def init_u032(ratio: int, decay: int) -> int:
    """Factor (tau / dt) (1 - decay) of a new input, u0.32; wraps."""
    return ((int(ratio) * (MASK32 - int(decay))) >> 15) & MASK32


@kernel
def ring_add16(x: int, w: int) -> int:
    """Ring buffer entry `x` plus weight `w`, 16 bits each, saturating."""
    return min(int(x) + int(w), 0xFFFF)


@kernel
def ring_to_input(x: int, shift: int) -> int:
    """Ring buffer entry `x` as s16.15."""
    return wrap32(int(x) << int(shift))


# Exponential function.


@kernel
def scale(x: int, u: int) -> int:
    """`x` below 2**50 times the u0.32 factor `u`, half up."""
    x = int(x)
    u = int(u)
    low = (x & MASK32) * u + SIGN32
    return (x >> 32) * u + ((low >> 32) & MASK32)


@kernel
def exp_scaled(x: int) -> int:
    """Exponential of the s16.15 number `x` within the limits of `exp_tables`, times 2**32."""
    x = int(x)
    ceiling = (x + 0x7FFF) >> 15
    short = (ceiling << 15) - x
    value = EXP_INTEGER[ceiling - EXP_FIRST]
    if short == 0:
        return value
    value -= scale(value, EXP_SIXTEENTH[short >> 11])
    t = (short & 0x7FF) << 17
    slope = EXP_SERIES[1] - ((EXP_SERIES[2] * t) >> 32)
    series = EXP_SERIES[0] + (((slope * t) >> 32) & MASK32)
    return value - scale(value, series)


@kernel
def expk(x: int) -> int:
    """Exponential of an s16.15 number as s16.15, truncated, clamped."""
    x = int(x)
    if x < EXP_LIMIT_LOW:
        return 0
    if x > EXP_LIMIT_HIGH:
        return SIGN32 - 1
    return exp_scaled(x) >> 17


@kernel
def expulr(x: int) -> int:
    """Exponential of an s16.15 number as u0.32, clamped."""
    x = int(x)
    if x < EXP_LIMIT_LOW:
        return 0
    if x >= 0:
        return MASK32
    return exp_scaled(x)
