"""The update of one IF_curr_exp neuron in Python's floating point.

The order of operations is that of `chipemu.models.if_curr_exp.reference`; `kernels` has compiled
twins under the same names, which give the same to the last bit.
"""

from chipemu.models.cell import Cell
from chipemu.models.if_curr_exp.float64.params import OneLifFloats

__all__ = ["lif_step", "membrane", "synaptic", "synaptic_input", "update"]


def synaptic_input(current: float, ring: float, init: float) -> float:
    """Synaptic current (nA) after adding the ring buffer's entry (nA) for this step.

    `init` is the share of it that a current decaying within the step delivers.
    """
    return current + ring * init


def membrane(v: float, current: float, v_rest: float, r: float, factor: float) -> float:
    """Membrane potential (mV) after a step with constant input current (nA)."""
    alpha = current * r + v_rest
    return alpha - factor * (alpha - v)


def lif_step(
    v: float,
    timer: int,
    current: float,
    v_rest: float,
    v_reset: float,
    v_thresh: float,
    r: float,
    factor: float,
    t_refract: int,
) -> tuple[float, int, bool]:
    """One step of the membrane; returns potential, refractory steps left, and whether it fired."""
    if timer <= 0:
        v = membrane(v, current, v_rest, r, factor)
    else:
        timer -= 1
    if v >= v_thresh:
        return v_reset, t_refract, True
    return v, timer, False


def synaptic(cell: Cell, row: list[float], rings: tuple[float, float]) -> tuple[float, float]:
    """Synaptic currents of `cell` after adding what the ring buffers hold for this step."""
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
        exc - inh + offset,
        *(c.v_rest, c.v_reset, c.v_thresh, c.r, c.membrane, c.t_refract),
    )
    cell.i_exc, cell.i_inh = exc * c.decay_exc, inh * c.decay_inh
    return fired


def _floats_of(row: list[float]) -> OneLifFloats:
    c = OneLifFloats._make(row[: len(OneLifFloats._fields)])
    return c._replace(t_refract=int(c.t_refract))
