"""The arithmetic of `kernels` on plain Python integers, written from its formulas.

``>>`` is the floor of a division by a power of two and nothing overflows, so that wrapping and
clamping are explicit. Sources: ISO/IEC TR 18037 fixed-point types as GCC 12.2 compiles them for
ARMv5TE (``_Accum`` is s16.15, ``unsigned long _Fract`` u0.32), with libgcc's rounding; the
helpers of spinn_common (``round.h``, ``stdfix-exp``). All were confirmed on results of compiled C.

Raw operands are named `a`, `b` (s16.15), `u`, `v` (u0.32), `f` (s0.31), `i` (int). A random word
is `rand32`.
"""

from fixedpoint.exp_tables import (
    EXP_FIRST,
    EXP_INTEGER,
    EXP_LIMIT_HIGH,
    EXP_LIMIT_LOW,
    EXP_SERIES,
    EXP_SIXTEENTH,
)

__all__ = [
    "add",
    "add_sat",
    "ceil_k",
    "div_int",
    "div_sat",
    "div_trunc",
    "div_u032",
    "divide_trunc",
    "divide_unsigned",
    "exp_scaled",
    "expk",
    "expulr",
    "init_u032",
    "int_from_k",
    "k_from_int",
    "k_from_s031",
    "k_from_u032",
    "kdivk",
    "kdivui",
    "mul_floor",
    "mul_int",
    "mul_nearest",
    "mul_nearest_sat",
    "mul_s031_floor",
    "mul_s031_mixed",
    "mul_s031_nearest",
    "mul_s031_stochastic",
    "mul_stochastic",
    "mul_trunc_sat",
    "mul_u032_floor",
    "mul_u032_mixed",
    "mul_u032_nearest",
    "mul_u032_stochastic",
    "mul_u032_u032",
    "neg",
    "neg_sat",
    "ring_add16",
    "ring_to_input",
    "round_k_n",
    "sat32",
    "scale",
    "shl",
    "shl_sat",
    "shr",
    "sub",
    "sub_sat",
    "u032_from_k",
    "wrap32",
]


def wrap32(x: int) -> int:
    """Low 32 bits of `x` as a signed number, as any register keeps them."""
    return (x + 2**31) % 2**32 - 2**31


def sat32(x: int) -> int:
    """`x` clamped to the signed 32-bit range."""
    return sorted((-(2**31), x, 2**31 - 1))[1]


def divide_trunc(n: int, d: int) -> int:
    """Quotient of C: toward zero. `d` must not be zero, which traps on the machine."""
    return n // d if n * d >= 0 else -(-n // d)


def _stochastic(product: int, n: int, rand32: int) -> int:
    """`product` without its last `n` bits d; one more if the upper n random bits are below d."""
    return (product >> n) + (rand32 >> (32 - n) < product % (1 << n))


def mul_floor(a: int, b: int) -> int:
    """``accum * accum`` in ARM mode: wrap((a b) >> 15).

    Notes
    -----
    SpiNNaker's neuron code is built in ARM mode.
    """
    return wrap32(a * b >> 15)


def mul_nearest(a: int, b: int) -> int:
    """``accum * accum`` in Thumb mode (libgcc ``__gnu_mulsa3``): wrap((a b + 2^14) >> 15)."""
    return wrap32(a * b + 2**14 >> 15)


def mul_nearest_sat(a: int, b: int) -> int:
    """Helper product, and ``_Sat accum * _Sat accum``: clamp((a b + 2^14) >> 15)."""
    return sat32(a * b + 2**14 >> 15)


def mul_trunc_sat(a: int, b: int) -> int:
    """Helper product without rounding: clamp((a b) >> 15)."""
    return sat32(a * b >> 15)


def mul_stochastic(a: int, b: int, rand32: int) -> int:
    """Helper product, stochastically rounded by 15 random bits, clamped."""
    return sat32(_stochastic(a * b, 15, rand32))


def mul_int(a: int, i: int) -> int:
    """``accum * int``: wrap(a i)."""
    return wrap32(a * i)


def mul_u032_floor(a: int, u: int) -> int:
    """The 64-bit decay idiom of the synapses: (a u) >> 32."""
    return a * u >> 32


def mul_u032_mixed(a: int, u: int) -> int:
    """``accum * unsigned long fract``, of type ``long accum``, stored as accum.

    Notes
    -----
    wrap((a (u >> 1) + 2^14) >> 31): the last bit of `u` is lost, and libgcc rounds at 2^-31.
    """
    return wrap32(a * (u >> 1) + 2**14 >> 31)


def mul_u032_nearest(a: int, u: int) -> int:
    """Helper product: (a u + 2^31) >> 32, which cannot overflow."""
    return a * u + 2**31 >> 32


def mul_u032_stochastic(a: int, u: int, rand32: int) -> int:
    """Helper product, stochastically rounded by 32 random bits."""
    return wrap32(_stochastic(a * u, 32, rand32))


def mul_u032_u032(u: int, v: int) -> int:
    """``unsigned long fract`` product (libgcc): (u v + 2^31) >> 32."""
    return u * v + 2**31 >> 32


def mul_s031_floor(a: int, f: int) -> int:
    """Helper ``accum * long fract`` without rounding: wrap((a f) >> 31)."""
    return wrap32(a * f >> 31)


def mul_s031_mixed(a: int, f: int) -> int:
    """``accum * long fract`` stored as accum: wrap((a f + 2^14) >> 31)."""
    return wrap32(a * f + 2**14 >> 31)


def mul_s031_nearest(a: int, f: int) -> int:
    """Helper ``accum * long fract``: wrap((a f + 2^30) >> 31)."""
    return wrap32(a * f + 2**30 >> 31)


def mul_s031_stochastic(a: int, f: int, rand32: int) -> int:
    """Helper ``accum * long fract``, stochastically rounded by 31 random bits; wraps."""
    return wrap32(_stochastic(a * f, 31, rand32))


def add(a: int, b: int) -> int:
    """``accum + accum``: wrap(a + b)."""
    return wrap32(a + b)


def sub(a: int, b: int) -> int:
    """``accum - accum``: wrap(a - b)."""
    return wrap32(a - b)


def neg(a: int) -> int:
    """``-accum``: wrap(-a)."""
    return wrap32(-a)


def shl(a: int, n: int) -> int:
    """``accum << n`` for n in 0..31: wrap(a 2^n)."""
    return wrap32(a * (1 << n))


def shr(a: int, n: int) -> int:
    """``accum >> n`` for n in 0..31: floor."""
    return a // (1 << n)


def add_sat(a: int, b: int) -> int:
    """``_Sat accum`` sum and ARM's QADD: clamp(a + b)."""
    return sat32(a + b)


def sub_sat(a: int, b: int) -> int:
    """``_Sat accum`` difference and ARM's QSUB: clamp(a - b)."""
    return sat32(a - b)


def neg_sat(a: int) -> int:
    """``-_Sat accum``: clamp(-a)."""
    return sat32(-a)


def shl_sat(a: int, n: int) -> int:
    """``_Sat accum << n`` for n in 0..31: clamp(a 2^n)."""
    return sat32(a * (1 << n))


def int_from_k(a: int) -> int:
    """``(int) accum``: toward zero."""
    return divide_trunc(a, 2**15)


def k_from_int(i: int) -> int:
    """``(accum) int``: wrap(i 2^15)."""
    return wrap32(i * 2**15)


def u032_from_k(a: int) -> int:
    """``(unsigned long fract) accum``: a 2^17, modulo 2^32."""
    return a * 2**17 % 2**32


def k_from_u032(u: int) -> int:
    """``(accum) unsigned long fract``: floor(u / 2^17)."""
    return u // 2**17


def k_from_s031(f: int) -> int:
    """``(accum) long fract``: floor(f / 2^16)."""
    return f // 2**16


def ceil_k(a: int) -> int:
    """Smallest integer that is not less than the accum `a`."""
    return -(-a // 2**15)


def round_k_n(a: int, n: int) -> int:
    """Multiple of 2^n (n in 1..31) nearest to `a`, halves up; wraps."""
    unit = 1 << n
    return wrap32((a + unit // 2) // unit * unit)


def div_trunc(a: int, b: int) -> int:
    """``accum / accum``: wrap(a 2^15 / b), toward zero. `b` must not be zero."""
    return wrap32(divide_trunc(a * 2**15, b))


def div_sat(a: int, b: int) -> int:
    """``_Sat accum / _Sat accum``: clamp(a 2^15 / b), toward zero. `b` must not be zero."""
    return sat32(divide_trunc(a * 2**15, b))


def div_int(a: int, i: int) -> int:
    """``accum / int``: the ``long accum`` quotient, toward zero, then its floor as accum."""
    return wrap32(divide_trunc(a * 2**16, i) >> 16)


def div_u032(a: int, u: int) -> int:
    """``accum / unsigned long fract`` for `u` of at least 2.

    Notes
    -----
    wrap((a 2^47 / (u >> 1)) >> 16) with the quotient toward zero: the last bit of `u` is lost.
    """
    return wrap32(divide_trunc(a * 2**47, u >> 1) >> 16)


def divide_unsigned(n: int, d: int) -> int:
    """Low 32 bits of n / d, both taken modulo 2^64; `d` is not zero and below 2^32."""
    return n % 2**64 // (d % 2**64) % 2**32


def kdivk(a: int, b: int) -> int:
    """Helper quotient of two accums.

    Notes
    -----
    The helper divides ``a << 15`` by `b` as *unsigned* 64-bit numbers, so it is right only for
    operands that are not negative.
    """
    return wrap32(divide_unsigned(a * 2**15, b))


def kdivui(a: int, n: int) -> int:
    """Helper quotient of an accum by an unsigned integer; right for `a` not negative."""
    return wrap32(divide_unsigned(a, n))


def init_u032(ratio: int, decay: int) -> int:
    """Share (tau / dt) (1 - decay) of a new input that an exponential synapse takes up.

    Notes
    -----
    (ratio (2^32 - 1 - decay)) >> 15 modulo 2^32, u0.32; `ratio` is tau / dt as s16.15, `decay`
    is u0.32.
    """
    return (ratio * (2**32 - 1 - decay) >> 15) % 2**32


def ring_add16(x: int, w: int) -> int:
    """Ring buffer entry `x` plus weight `w`: 16-bit numbers; a carry into bit 16 gives 65535."""
    total = x + w
    return 0xFFFF if total & 0x10000 else total


def ring_to_input(x: int, shift: int) -> int:
    """Ring buffer entry `x` (16 bits) times 2^shift, its bits taken as s16.15."""
    return wrap32(x * (1 << shift))


def scale(x: int, u: int) -> int:
    """(x u + 2^31) >> 32 for `x` in [0, 2^50)."""
    return x * u + 2**31 >> 32


def exp_scaled(x: int) -> int:
    """Exponential of the s16.15 number `x`, times 2^32; see `exp_tables`.

    Notes
    -----
    With z the ceiling of x and z - x = k / 16 + t, k in 0..15: exp(z) exp(-k/16) exp(-t), every
    factor at 2^-32, the second and third as one minus a small number. Integers have only the
    first factor. For x <= 0 the error is at most 5295 (1.24e-6) and 9.3e-6 of the result; for
    x > 0 it is at most 1.31e-6 of the result.
    """
    z = ceil_k(x)
    k, low = divmod(z * 2**15 - x, 2**11)
    value = EXP_INTEGER[z - EXP_FIRST]
    if k == low == 0:
        return value
    value -= scale(value, EXP_SIXTEENTH[k])
    c0, c1, c2 = EXP_SERIES
    t = low * 2**17
    return value - scale(value, c0 + ((c1 - (c2 * t >> 32)) * t >> 32))


def expk(x: int) -> int:
    """Exponential of an s16.15 number as s16.15.

    Notes
    -----
    Truncated; 0 below -10.397, 2^31 - 1 above 11.090.
    """
    if x < EXP_LIMIT_LOW:
        return 0
    return exp_scaled(x) >> 17 if x <= EXP_LIMIT_HIGH else 2**31 - 1


def expulr(x: int) -> int:
    """Exponential of an s16.15 number that is not positive, as u0.32.

    Notes
    -----
    0 below -10.397. From 0 on 2^32 - 1, where the original keeps the low 32 bits of exp(x) 2^32,
    which for x = 0 gives 0.
    """
    if x < EXP_LIMIT_LOW:
        return 0
    return exp_scaled(x) if x < 0 else 2**32 - 1
