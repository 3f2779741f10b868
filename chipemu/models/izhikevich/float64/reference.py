"""The update of one Izhikevich neuron in Python's floating point: the machine's, unrounded.

The square has the factor 0.04 of the model, not that of the machine, which is rounded.
"""

from chipemu.models.cell import Cell
from chipemu.models.if_curr_exp.float64.reference import synaptic_input
from chipemu.models.izhikevich.float64.params import OneIzhikevichFloats
from chipemu.models.izhikevich.params import THRESHOLD_MV

__all__ = ["izhikevich_step", "midpoint", "synaptic", "update"]


def midpoint(
    v: float, u: float, current: float, step: float, a: float, b: float
) -> tuple[float, float]:
    """`v` (mV) and `u` (mV/ms) after a step of `step` (ms)."""
    inward = 140.0 + current - u
    slope = inward + (5.0 + 0.04 * v) * v
    middle = v + 0.5 * (step * slope)
    recovery = 0.5 * (step * (b * v - u) * a)
    moved = v + step * (inward - recovery + (5.0 + 0.04 * middle) * middle)
    return moved, u + a * step * (-u - recovery + b * middle)


def izhikevich_step(
    v: float,
    timer: int,
    u: float,
    current: float,
    a: float,
    b: float,
    c: float,
    d: float,
    step: float,
    longer_step: float,
) -> tuple[float, int, float, bool]:
    """One step: `v`, `timer`, `u`, and whether it fired."""
    v, u = midpoint(v, u, current, longer_step if timer > 0 else step, a, b)
    if v >= THRESHOLD_MV:
        return c, 1, u + d, True
    return v, 0, u, False


def synaptic(cell: Cell, row: list[float], rings: tuple[float, float]) -> tuple[float, float]:
    """Synaptic currents (nA) of `cell` after adding what the ring buffers hold for this step."""
    c = OneIzhikevichFloats._make(row[: len(OneIzhikevichFloats._fields)])
    return (
        synaptic_input(cell.i_exc, rings[0], c.init_exc),
        synaptic_input(cell.i_inh, rings[1], c.init_inh),
    )


def update(cell: Cell, row: list[float], rings: tuple[float, float], offset: float) -> bool:
    """Advance `cell` by a step; returns whether it fired."""
    c = OneIzhikevichFloats._make(row[: len(OneIzhikevichFloats._fields)])
    exc, inh = synaptic(cell, row, rings)
    cell.v, cell.timer, cell.more[0], fired = izhikevich_step(
        *(cell.v, cell.timer, cell.more[0], exc - inh + offset),
        *(c.a, c.b, c.c, c.d, c.step, c.longer_step),
    )
    cell.i_exc, cell.i_inh = exc * c.decay_exc, inh * c.decay_inh
    return fired
