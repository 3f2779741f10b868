"""The update of one IF_cond_exp neuron in plain Python integers.

Written from the order of operations of SpiNNaker's IF_cond_exp; `kernels` has compiled twins under
the same names.
"""

from chipemu.models.cell import Cell
from chipemu.models.if_cond_exp.params import SCALE_BITS, OneCond
from chipemu.models.if_curr_exp.reference import decayed, lif_step, synaptic_input
from fixedpoint.reference import mul_floor, wrap32

__all__ = ["conductance", "synaptic", "synaptic_current", "update"]


def conductance(held: int) -> int:
    """Conductance (s16.15 uS) of synapses that hold 1024 times as much: shifted right, floored."""
    return held >> SCALE_BITS


def synaptic_current(exc: int, inh: int, v: int, e_rev_exc: int, e_rev_inh: int) -> int:
    """Current (s16.15 nA) that the conductances `exc` and `inh` let in at the potential `v`.

    Plain C in every arithmetic: products are floored at 2**-15 nA and wrap. The inhibitory
    conductance is negated before its product and the product after it.
    """
    inward = mul_floor(exc, wrap32(e_rev_exc - v))
    outward = mul_floor(wrap32(-inh), wrap32(e_rev_inh - v))
    return wrap32(inward - outward)


def synaptic(
    cell: Cell, row: list[int], rings: tuple[int, int], arithmetic: int
) -> tuple[int, int]:
    """Conductances (s16.15 uS) of `cell` after adding what the ring buffers hold for this step."""
    exc, inh = _held(cell, OneCond._make(row[: len(OneCond._fields)]), rings, arithmetic)
    return conductance(exc), conductance(inh)


def update(
    cell: Cell,
    row: list[int],
    rings: tuple[int, int],
    offset: int,
    arithmetic: int,
    rands: tuple[int, ...],
) -> bool:
    """Advance `cell` by a step; returns whether it fired."""
    c = OneCond._make(row[: len(OneCond._fields)])
    exc, inh = _held(cell, c, rings, arithmetic)
    let_in = synaptic_current(
        conductance(exc), conductance(inh), cell.v, c.e_rev_exc_k, c.e_rev_inh_k
    )
    cell.v, cell.timer, fired = lif_step(
        cell.v,
        cell.timer,
        wrap32(let_in + offset),
        *(c.v_rest_k, c.v_reset_k, c.v_thresh_k, c.r_k, c.membrane_k, c.membrane_u, c.t_refract),
        arithmetic,
        *rands[:2],
    )
    cell.i_exc = decayed(exc, c.decay_exc_u, arithmetic)
    cell.i_inh = decayed(inh, c.decay_inh_u, arithmetic)
    return fired


def _held(cell: Cell, c: OneCond, rings: tuple[int, int], arithmetic: int) -> tuple[int, int]:
    return (
        synaptic_input(cell.i_exc, rings[0], c.shift_exc, c.init_exc_u, arithmetic),
        synaptic_input(cell.i_inh, rings[1], c.shift_inh, c.init_inh_u, arithmetic),
    )
