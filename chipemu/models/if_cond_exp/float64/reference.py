"""The update of one IF_cond_exp neuron in Python's floating point.

The scheme is that of the machine, unrounded: the current is that of the potential at the beginning
of the step, and constant in it. Its error is of the order of the step (`docs/models.md`).
"""

from chipemu.models.cell import Cell
from chipemu.models.if_cond_exp.float64.params import OneCondFloats
from chipemu.models.if_curr_exp.float64.reference import lif_step, synaptic_input

__all__ = ["synaptic", "synaptic_current", "update"]


def synaptic_current(exc: float, inh: float, v: float, e_rev_exc: float, e_rev_inh: float) -> float:
    """Current (nA) that the conductances `exc` and `inh` (uS) let in at the potential `v` (mV)."""
    return exc * (e_rev_exc - v) - -inh * (e_rev_inh - v)


def synaptic(cell: Cell, row: list[float], rings: tuple[float, float]) -> tuple[float, float]:
    """Conductances of `cell` after adding what the ring buffers hold for this step (uS)."""
    c = _floats_of(row)
    return (
        synaptic_input(cell.i_exc, rings[0], c.init_exc),
        synaptic_input(cell.i_inh, rings[1], c.init_inh),
    )


def update(cell: Cell, row: list[float], rings: tuple[float, float], offset: float) -> bool:
    """Advance `cell` by a step; returns whether it fired."""
    c = _floats_of(row)
    exc, inh = synaptic(cell, row, rings)
    cell.v, cell.timer, fired = lif_step(
        cell.v,
        cell.timer,
        synaptic_current(exc, inh, cell.v, c.e_rev_exc, c.e_rev_inh) + offset,
        *(c.v_rest, c.v_reset, c.v_thresh, c.r, c.membrane, c.t_refract),
    )
    cell.i_exc, cell.i_inh = exc * c.decay_exc, inh * c.decay_inh
    return fired


def _floats_of(row: list[float]) -> OneCondFloats:
    c = OneCondFloats._make(row[: len(OneCondFloats._fields)])
    return c._replace(t_refract=int(c.t_refract))
