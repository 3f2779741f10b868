"""Compiled update of IF_curr_exp neurons, and its loop over a run of equal neurons.

Twins of the scalar functions are in `reference`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.models.if_curr_exp.params import Arithmetic, OneLif
from chipemu.state import State
from fixedpoint.jit import kernel
from fixedpoint.kernels import (
    mul_floor,
    mul_nearest_sat,
    mul_stochastic,
    mul_u032_floor,
    mul_u032_mixed,
    sat32,
    wrap32,
)
from fixedpoint.random.kernels import philox4x32
from fixedpoint.streams import Stream

Longs = NDArray[np.int64]
Ints = NDArray[np.int32]
Flags = NDArray[np.uint8]


class Cells(NamedTuple):
    """State of consecutive neurons."""

    v: Ints
    timer: Ints
    i_exc: Ints
    i_inh: Ints
    input_exc: Ints
    input_inh: Ints
    i_offset: Ints
    fired: Flags


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
    `arithmetic` names (`chipemu.models.if_curr_exp.params.Arithmetic`).
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
def update_neuron(i: int, cells: Cells, c: OneLif, arithmetic: int, rand0: int, rand1: int) -> None:
    """Update entry `i` of `cells`: input, membrane, threshold, decay."""
    exc = synaptic_input(
        np.int64(cells.i_exc[i]),
        np.int64(cells.input_exc[i]),
        c.shift_exc,
        c.init_exc_u,
        arithmetic,
    )
    inh = synaptic_input(
        np.int64(cells.i_inh[i]),
        np.int64(cells.input_inh[i]),
        c.shift_inh,
        c.init_inh_u,
        arithmetic,
    )
    current = wrap32(exc - inh + np.int64(cells.i_offset[i]))
    cells.v[i], cells.timer[i], cells.fired[i] = lif_step(
        np.int64(cells.v[i]), np.int64(cells.timer[i]), current, c.v_rest_k, c.v_reset_k,
        c.v_thresh_k, c.r_k, c.membrane_k, c.membrane_u, c.t_refract, arithmetic, rand0, rand1,
    )  # fmt: skip
    cells.i_exc[i] = decayed(exc, c.decay_exc_u, arithmetic)
    cells.i_inh[i] = decayed(inh, c.decay_inh_u, arithmetic)


@kernel
def constants_of(row: Longs) -> OneLif:
    """Constants of a run of equal neurons, by name."""
    return OneLif(
        row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8], row[9], row[10],
        row[11], row[12],
    )  # fmt: skip


@kernel
def synaptic(n: int, state: State, row: Longs, arithmetic: int) -> tuple[int, int]:
    """Synaptic currents of neuron `n` after adding what the ring buffers hold for this step."""
    c = constants_of(row)
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
def update_run(
    lo: int, hi: int, step: int, state: State, row: Longs, arithmetic: int, seed: Longs
) -> None:
    """Update neurons `lo` to `hi`, whose constants are all those of `row`.

    The usual roundings have loops of their own, which the compiler turns into vector instructions.
    """
    cells = Cells(
        state.v[lo:hi],
        state.timer[lo:hi],
        state.i_exc[lo:hi],
        state.i_inh[lo:hi],
        state.input_exc[lo:hi],
        state.input_inh[lo:hi],
        state.i_offset[lo:hi],
        state.fired[lo:hi],
    )
    c = constants_of(row)
    if arithmetic == TRUNCATE:
        for i in range(hi - lo):
            update_neuron(i, cells, c, TRUNCATE, 0, 0)
        return
    if arithmetic == NEAREST:
        for i in range(hi - lo):
            update_neuron(i, cells, c, NEAREST, 0, 0)
        return
    rand0 = rand1 = np.int64(0)
    for i in range(hi - lo):
        if arithmetic == STOCHASTIC:
            rand0, rand1, _, _ = philox4x32(lo + i, step, 0, ROUNDING, seed[0], seed[1])
        update_neuron(i, cells, c, arithmetic, rand0, rand1)
