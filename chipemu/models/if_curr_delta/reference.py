"""The update of one IF_curr_delta neuron in plain Python integers.

Written from the order of operations of SpiNNaker's IF_curr_delta; `kernels` has compiled twins
under the same names.
"""

from chipemu.models.cell import Cell
from chipemu.models.if_curr_delta.params import OneDelta
from chipemu.models.if_curr_exp.reference import lif_step
from fixedpoint.reference import mul_floor, wrap32

__all__ = ["new_input", "synaptic", "synaptic_current", "update"]


def new_input(held: int, ring: int, shift: int) -> int:
    """Input (s16.15 mV at 1 nF) after adding the ring buffer's entry for this step."""
    return wrap32(held + wrap32(ring << shift))


def synaptic_current(exc: int, inh: int, scale: int) -> int:
    """Current (s16.15 nA) of the input of a step; plain C in every arithmetic."""
    return wrap32(mul_floor(exc, scale) - mul_floor(inh, scale))


def synaptic(
    cell: Cell,
    row: list[int],
    rings: tuple[int, int],
    arithmetic: int,  # noqa: ARG001 (as other models)
) -> tuple[int, int]:
    """Input of `cell` in this step: what the ring buffers hold, and what it began with."""
    c = OneDelta._make(row[: len(OneDelta._fields)])
    return (
        new_input(cell.i_exc, rings[0], c.shift_exc),
        new_input(cell.i_inh, rings[1], c.shift_inh),
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
    c = OneDelta._make(row[: len(OneDelta._fields)])
    exc, inh = synaptic(cell, row, rings, arithmetic)
    cell.v, cell.timer, fired = lif_step(
        cell.v,
        cell.timer,
        wrap32(synaptic_current(exc, inh, c.scale_k) + offset),
        *(c.v_rest_k, c.v_reset_k, c.v_thresh_k, c.r_k, c.membrane_k, c.membrane_u, c.t_refract),
        arithmetic,
        *rands[:2],
    )
    cell.i_exc = cell.i_inh = 0
    return fired
