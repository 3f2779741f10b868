"""Compiled update of Izhikevich neurons, and its loop over a run of equal neurons.

Twins of the scalar functions are in `reference`.
"""

import numpy as np
from numpy.typing import NDArray

from chipemu.models.if_curr_exp.kernels import decayed, synaptic_input
from chipemu.models.if_curr_exp.params import Arithmetic
from chipemu.models.izhikevich.params import THRESHOLD_MV, OneIzhikevich
from chipemu.state import State
from fixedpoint.jit import kernel
from fixedpoint.kernels import mul_floor, mul_nearest_sat, mul_stochastic, sat32, wrap32
from fixedpoint.random.kernels import philox4x32
from fixedpoint.streams import Stream

Longs = NDArray[np.int64]
Words = tuple[int, ...]

NEAREST = int(Arithmetic.NEAREST)
STOCHASTIC = int(Arithmetic.STOCHASTIC)
TRUNCATE = int(Arithmetic.TRUNCATE)
ROUNDING = int(Stream.ROUNDING)

CONSTANT_K = 140 << 15
LINEAR_K = 5 << 15
SQUARE_K = 1311
THRESHOLD_K = THRESHOLD_MV << 15


@kernel
def product(a: int, b: int, arithmetic: int, rand: int) -> int:
    """Product of accums in the rounding of `arithmetic`."""
    if arithmetic == STOCHASTIC:
        return mul_stochastic(a, b, rand)
    if arithmetic == NEAREST:
        return mul_nearest_sat(a, b)
    return mul_floor(a, b)


@kernel
def fitted(x: int, arithmetic: int) -> int:
    """A sum as an accum: wrapped by plain C, clamped where products are rounded."""
    if arithmetic == TRUNCATE:
        return wrap32(x)
    return sat32(x)


@kernel
def midpoint(
    v: int, u: int, current: int, step: int, a: int, b: int, arithmetic: int, rands: Words
) -> tuple[int, int]:
    """`v` (s16.15 mV) and `u` (s16.15 mV/ms) after a step of `step` (s16.15 ms)."""
    inward = fitted(fitted(CONSTANT_K + current, arithmetic) - u, arithmetic)
    factor = fitted(LINEAR_K + product(SQUARE_K, v, arithmetic, rands[0]), arithmetic)
    slope = fitted(inward + product(factor, v, arithmetic, rands[1]), arithmetic)
    middle = fitted(v + (product(step, slope, arithmetic, rands[2]) >> 1), arithmetic)
    rate = product(a, step, arithmetic, rands[3])
    back = fitted(product(b, v, arithmetic, rands[4]) - u, arithmetic)
    recovery = product(back, rate, arithmetic, rands[5]) >> 1
    factor = fitted(LINEAR_K + product(SQUARE_K, middle, arithmetic, rands[6]), arithmetic)
    rise = fitted(inward - recovery, arithmetic)
    rise = fitted(rise + product(factor, middle, arithmetic, rands[7]), arithmetic)
    moved = fitted(v + product(step, rise, arithmetic, rands[8]), arithmetic)
    back = fitted(-u - recovery, arithmetic)
    back = fitted(back + product(b, middle, arithmetic, rands[9]), arithmetic)
    return moved, fitted(u + product(rate, back, arithmetic, rands[10]), arithmetic)


@kernel
def izhikevich_step(
    v: int,
    timer: int,
    u: int,
    current: int,
    a: int,
    b: int,
    c: int,
    d: int,
    step: int,
    longer_step: int,
    arithmetic: int,
    rands: Words,
) -> tuple[int, int, int, bool]:
    """One step: `v`, `timer`, `u`, and whether it fired."""
    length = longer_step if timer > 0 else step
    v, u = midpoint(v, u, current, length, a, b, arithmetic, rands)
    fired = v >= THRESHOLD_K
    if fired:
        v = c
        u = fitted(u + d, arithmetic)
    return v, np.int64(fired), u, fired


@kernel
def constants_of(row: Longs) -> OneIzhikevich:
    """Constants of a run of equal neurons, by name."""
    return OneIzhikevich(
        row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8], row[9], row[10],
        row[11],
    )  # fmt: skip


@kernel
def held(n: int, state: State, c: OneIzhikevich, arithmetic: int) -> tuple[int, int]:
    """Synaptic currents of neuron `n` after adding what the ring buffers hold for this step."""
    exc = synaptic_input(
        np.int64(state.i_exc[n]), np.int64(state.input_exc[n]), c.shift_exc, c.init_exc_u,
        arithmetic,
    )  # fmt: skip
    inh = synaptic_input(
        np.int64(state.i_inh[n]), np.int64(state.input_inh[n]), c.shift_inh, c.init_inh_u,
        arithmetic,
    )  # fmt: skip
    return exc, inh


@kernel
def synaptic(n: int, state: State, row: Longs, arithmetic: int) -> tuple[int, int]:
    """`held`, by the row of an image's constants."""
    return held(n, state, constants_of(row), arithmetic)


@kernel
def words(n: int, step: int, arithmetic: int, seed: Longs) -> Words:
    """Random words of neuron `n` in `step`; zeros where nothing is drawn."""
    if arithmetic != STOCHASTIC:
        zero = np.int64(0)
        return zero, zero, zero, zero, zero, zero, zero, zero, zero, zero, zero, zero
    first = philox4x32(n, step, 0, ROUNDING, seed[0], seed[1])
    second = philox4x32(n, step, 1, ROUNDING, seed[0], seed[1])
    third = philox4x32(n, step, 2, ROUNDING, seed[0], seed[1])
    return first + second + third


@kernel
def update_neuron(n: int, state: State, c: OneIzhikevich, arithmetic: int, rands: Words) -> None:
    """Update neuron `n`: input, membrane, threshold, decay."""
    exc, inh = held(n, state, c, arithmetic)
    state.v[n], state.timer[n], state.more[0, n], state.fired[n] = izhikevich_step(
        np.int64(state.v[n]), np.int64(state.timer[n]), np.int64(state.more[0, n]),
        wrap32(exc - inh + np.int64(state.i_offset[n])), c.a_k, c.b_k, c.c_k, c.d_k, c.step_k,
        c.longer_step_k, arithmetic, rands,
    )  # fmt: skip
    state.i_exc[n] = decayed(exc, c.decay_exc_u, arithmetic)
    state.i_inh[n] = decayed(inh, c.decay_inh_u, arithmetic)


@kernel
def update_run(
    lo: int, hi: int, step: int, state: State, row: Longs, arithmetic: int, seed: Longs
) -> None:
    """Update neurons `lo` to `hi`, whose constants are all those of `row`."""
    c = constants_of(row)
    for n in range(lo, hi):
        update_neuron(n, state, c, arithmetic, words(n, step, arithmetic, seed))
