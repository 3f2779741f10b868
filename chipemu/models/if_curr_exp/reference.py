"""The update of one IF_curr_exp neuron in plain Python integers.

Written from the order of operations of SpiNNaker's IF_curr_exp and from the formulas of GCC's
fixed-point types on the ARM968; `kernels` has compiled twins under the same names.
"""

from chipemu.models.cell import Cell
from chipemu.models.if_curr_exp.params import Arithmetic, OneLif
from fixedpoint.reference import (
    mul_floor,
    mul_nearest_sat,
    mul_stochastic,
    mul_u032_floor,
    mul_u032_mixed,
    sat32,
    wrap32,
)

__all__ = [
    "decayed",
    "lif_step",
    "membrane",
    "synaptic",
    "synaptic_input",
    "update",
]


def synaptic_input(current: int, ring: int, shift: int, init_u: int, arithmetic: int) -> int:
    """Synaptic current (s16.15) after adding the ring buffer's entry for this step.

    The entry is a u16 in units of ``2**(shift - 15)`` nA; `init_u` (u0.32) is the share of it that
    a current decaying within the step delivers.
    """
    scaled = wrap32(ring << shift)
    product = mul_u032_mixed if arithmetic == Arithmetic.MIXED else mul_u032_floor
    return wrap32(current + product(scaled, init_u))


def decayed(current: int, decay_u: int, arithmetic: int) -> int:
    """Synaptic current (s16.15) one step later."""
    product = mul_u032_mixed if arithmetic == Arithmetic.MIXED else mul_u032_floor
    return product(current, decay_u)


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
    """Membrane potential (s16.15) after a step with constant input current."""
    match Arithmetic(arithmetic):
        case Arithmetic.TRUNCATE:
            alpha = wrap32(mul_floor(current, r) + v_rest)
            return wrap32(alpha - mul_floor(factor_k, wrap32(alpha - v)))
        case Arithmetic.U032:
            alpha = wrap32(mul_floor(current, r) + v_rest)
            return wrap32(alpha - mul_u032_floor(wrap32(alpha - v), factor_u))
        case Arithmetic.MIXED:
            alpha = wrap32(mul_floor(current, r) + v_rest)
            # C keeps the difference in s32.31 and floors it once, at the end
            product = (wrap32(alpha - v) * (factor_u >> 1) + 2**14) >> 15
            return wrap32(((alpha << 16) - product) >> 16)
        case Arithmetic.NEAREST:
            alpha = sat32(mul_nearest_sat(current, r) + v_rest)
            return sat32(alpha - mul_nearest_sat(factor_k, sat32(alpha - v)))
        case Arithmetic.STOCHASTIC:
            alpha = sat32(mul_stochastic(current, r, rand0) + v_rest)
            return sat32(alpha - mul_stochastic(factor_k, sat32(alpha - v), rand1))


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
    """One step of the membrane; returns potential, refractory steps left, and whether it fired."""
    if timer <= 0:
        v = membrane(v, current, v_rest, r, factor_k, factor_u, arithmetic, rand0, rand1)
    else:
        timer -= 1
    if v >= v_thresh:
        return v_reset, t_refract, True
    return v, timer, False


def synaptic(
    cell: Cell, row: list[int], rings: tuple[int, int], arithmetic: int
) -> tuple[int, int]:
    """Synaptic currents of `cell` after adding what the ring buffers hold for this step."""
    c = OneLif._make(row[: len(OneLif._fields)])
    return (
        synaptic_input(cell.i_exc, rings[0], c.shift_exc, c.init_exc_u, arithmetic),
        synaptic_input(cell.i_inh, rings[1], c.shift_inh, c.init_inh_u, arithmetic),
    )


def update(
    cell: Cell,
    row: list[int],
    rings: tuple[int, int],
    offset: int,
    arithmetic: int,
    rands: tuple[int, ...],
) -> bool:
    """Advance `cell` by a step; returns whether it fired."""
    c = OneLif._make(row[: len(OneLif._fields)])
    exc, inh = synaptic(cell, row, rings, arithmetic)
    cell.v, cell.timer, fired = lif_step(
        cell.v,
        cell.timer,
        wrap32(exc - inh + offset),
        *(c.v_rest_k, c.v_reset_k, c.v_thresh_k, c.r_k, c.membrane_k, c.membrane_u, c.t_refract),
        arithmetic,
        *rands[:2],
    )
    cell.i_exc = decayed(exc, c.decay_exc_u, arithmetic)
    cell.i_inh = decayed(inh, c.decay_inh_u, arithmetic)
    return fired
