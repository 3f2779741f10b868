"""Compiled update of IF_curr_exp neurons, and its loop over a run of equal neurons.

Twins of the scalar functions are in `reference`.
"""

import numpy as np
from numpy.typing import NDArray

from chipemu.if_curr_exp.params import Arithmetic, LifConstants
from chipemu.state import State
from fixedpoint.jit import kernel
from fixedpoint.kernels import (
    mul_floor,
    mul_nearest_sat,
    mul_stochastic,
    mul_u032_floor,
    mul_u032_mixed,
    philox4x32,
    sat32,
    wrap32,
)
from fixedpoint.streams import Stream

Longs = NDArray[np.int64]
Ints = NDArray[np.int32]
Flags = NDArray[np.uint8]

NEAREST = int(Arithmetic.NEAREST)
U032 = int(Arithmetic.U032)
MIXED = int(Arithmetic.MIXED)
STOCHASTIC = int(Arithmetic.STOCHASTIC)
TRUNCATE = int(Arithmetic.TRUNCATE)
ROUNDING = int(Stream.ROUNDING)


@kernel
def synaptic_input(current: int, ring: int, shift: int, init_u: int, arithmetic: int) -> int:
    """Synaptic current (s16.15) after adding what the ring buffer holds for this step.

    ``current + ((ring << shift) * init >> 32)``, wrapped to 32 bits.
    """
    scaled = wrap32(ring << shift)
    if arithmetic == MIXED:
        return wrap32(current + mul_u032_mixed(scaled, init_u))
    return wrap32(current + mul_u032_floor(scaled, init_u))


@kernel
def decayed(current: int, decay_u: int, arithmetic: int) -> int:
    """Synaptic current (s16.15) one step later: ``current * decay >> 32``."""
    if arithmetic == MIXED:
        return mul_u032_mixed(current, decay_u)
    return mul_u032_floor(current, decay_u)


@kernel
def membrane(
    v: int,
    current: int,
    v_rest: int,
    r: int,
    factor_k: int,
    factor_u: int,
    arithmetic: int,
    rand0: int,
    rand1: int,
) -> int:
    """Membrane potential (s16.15) after a step with constant input current.

    ``alpha = current * R + v_rest; v = alpha - factor * (alpha - v)`` in the rounding that
    `arithmetic` names (`chipemu.if_curr_exp.params.Arithmetic`).
    """
    if arithmetic == NEAREST:
        alpha = sat32(mul_nearest_sat(current, r) + v_rest)
        return sat32(alpha - mul_nearest_sat(factor_k, sat32(alpha - v)))
    if arithmetic == STOCHASTIC:
        alpha = sat32(mul_stochastic(current, r, rand0) + v_rest)
        return sat32(alpha - mul_stochastic(factor_k, sat32(alpha - v), rand1))
    alpha = wrap32(mul_floor(current, r) + v_rest)
    if arithmetic == U032:
        return wrap32(alpha - mul_u032_floor(wrap32(alpha - v), factor_u))
    if arithmetic == MIXED:
        product = (wrap32(alpha - v) * (factor_u >> 1) + 0x4000) >> 15  # s32.31
        return wrap32(((alpha << 16) - product) >> 16)
    return wrap32(alpha - mul_floor(factor_k, wrap32(alpha - v)))


@kernel
def lif_step(
    v: int,
    timer: int,
    current: int,
    v_rest: int,
    v_reset: int,
    v_thresh: int,
    r: int,
    factor_k: int,
    factor_u: int,
    t_refract: int,
    arithmetic: int,
    rand0: int,
    rand1: int,
) -> tuple[int, int, bool]:
    """One step of the membrane: integrate unless refractory, then test the threshold.

    Returns
    -------
    v : int
        Membrane potential (s16.15).
    timer : int
        Refractory steps left.
    fired : bool
    """
    moved = membrane(v, current, v_rest, r, factor_k, factor_u, arithmetic, rand0, rand1)
    free = timer <= 0
    v = moved if free else v
    timer = timer if free else timer - 1
    fired = v >= v_thresh
    v = v_reset if fired else v
    timer = t_refract if fired else timer
    return v, timer, fired


@kernel
def update_neuron(
    i: int,
    v: Ints,
    timer: Ints,
    i_exc: Ints,
    i_inh: Ints,
    input_exc: Ints,
    input_inh: Ints,
    i_offset: Ints,
    fired: Flags,
    v_rest: int,
    v_reset: int,
    v_thresh: int,
    r: int,
    factor_k: int,
    factor_u: int,
    decay_exc: int,
    decay_inh: int,
    init_exc: int,
    init_inh: int,
    shift_exc: int,
    shift_inh: int,
    t_refract: int,
    arithmetic: int,
    rand0: int,
    rand1: int,
) -> None:
    """Update entry `i` of the state arrays: input, membrane, threshold, decay."""
    exc = synaptic_input(
        np.int64(i_exc[i]), np.int64(input_exc[i]), shift_exc, init_exc, arithmetic
    )
    inh = synaptic_input(
        np.int64(i_inh[i]), np.int64(input_inh[i]), shift_inh, init_inh, arithmetic
    )
    current = wrap32(exc - inh + np.int64(i_offset[i]))
    v[i], timer[i], fired[i] = lif_step(
        np.int64(v[i]), np.int64(timer[i]), current, v_rest, v_reset, v_thresh,
        r, factor_k, factor_u, t_refract, arithmetic, rand0, rand1,
    )  # fmt: skip
    i_exc[i] = decayed(exc, decay_exc, arithmetic)
    i_inh[i] = decayed(inh, decay_inh, arithmetic)


@kernel
def update_neurons(
    first: int,
    step: int,
    v: Ints,
    timer: Ints,
    i_exc: Ints,
    i_inh: Ints,
    input_exc: Ints,
    input_inh: Ints,
    i_offset: Ints,
    fired: Flags,
    v_rest: int,
    v_reset: int,
    v_thresh: int,
    r: int,
    factor_k: int,
    factor_u: int,
    decay_exc: int,
    decay_inh: int,
    init_exc: int,
    init_inh: int,
    shift_exc: int,
    shift_inh: int,
    t_refract: int,
    arithmetic: int,
    seed: Longs,
) -> None:
    """Update consecutive neurons, of which `first` is the number of the first.

    The usual rounding has a loop of its own, which the compiler turns into vector instructions.
    """
    if arithmetic == TRUNCATE:
        for i in range(v.shape[0]):
            update_neuron(
                i, v, timer, i_exc, i_inh, input_exc, input_inh, i_offset, fired,
                v_rest, v_reset, v_thresh, r, factor_k, factor_u, decay_exc, decay_inh,
                init_exc, init_inh, shift_exc, shift_inh, t_refract, TRUNCATE, 0, 0,
            )  # fmt: skip
        return
    rand0 = rand1 = np.int64(0)
    for i in range(v.shape[0]):
        if arithmetic == STOCHASTIC:
            rand0, rand1, _, _ = philox4x32(first + i, step, 0, ROUNDING, seed[0], seed[1])
        update_neuron(
            i, v, timer, i_exc, i_inh, input_exc, input_inh, i_offset, fired,
            v_rest, v_reset, v_thresh, r, factor_k, factor_u, decay_exc, decay_inh,
            init_exc, init_inh, shift_exc, shift_inh, t_refract, arithmetic, rand0, rand1,
        )  # fmt: skip


@kernel
def update_run(
    lo: int,
    hi: int,
    step: int,
    state: State,
    i_offset: Ints,
    constants: LifConstants,
    run: int,
    arithmetic: int,
    seed: Longs,
) -> None:
    """Update neurons `lo` to `hi`, whose constants are all those of `run`."""
    update_neurons(
        lo, step, state.v[lo:hi], state.timer[lo:hi], state.i_exc[lo:hi], state.i_inh[lo:hi],
        state.input_exc[lo:hi], state.input_inh[lo:hi], i_offset[lo:hi], state.fired[lo:hi],
        constants.v_rest_k[run], constants.v_reset_k[run], constants.v_thresh_k[run],
        constants.r_k[run], constants.membrane_k[run], constants.membrane_u[run],
        constants.decay_exc_u[run], constants.decay_inh_u[run],
        constants.init_exc_u[run], constants.init_inh_u[run],
        constants.shift_exc[run], constants.shift_inh[run], constants.t_refract[run],
        arithmetic, seed,
    )  # fmt: skip
