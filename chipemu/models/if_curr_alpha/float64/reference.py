"""The update of one IF_curr_alpha neuron in Python's floating point: the machine's, unrounded."""

from chipemu.models.cell import Cell
from chipemu.models.if_curr_alpha.float64.params import OneAlphaFloats
from chipemu.models.if_curr_exp.float64.reference import lif_step

__all__ = ["alpha_input", "alpha_shaped", "synaptic", "update"]


def alpha_input(
    linear: float, exponential: float, q: float, ring: float, decay: float, slope: float
) -> tuple[float, float, float]:
    """Linear part, exponential part and input of a synapse with what the ring buffer holds."""
    if ring <= 0.0:
        return linear, exponential, q
    exponential = exponential * decay + 1.0
    share = 1.0 if exponential == 0.0 else 1.0 - 1.0 / exponential
    return (linear + ring * slope) * share, exponential, ring


def alpha_shaped(
    linear: float, exponential: float, q: float, decay: float, slope: float
) -> tuple[float, float]:
    """Linear and exponential part of a synapse one step later."""
    return linear + q * slope, exponential * decay


def synaptic(cell: Cell, row: list[float], rings: tuple[float, float]) -> tuple[float, float]:
    """Synaptic currents (nA) of `cell` after adding what the ring buffers hold for this step."""
    exc, inh = _with_input(cell, _floats_of(row), rings)
    return exc[0] * exc[1], inh[0] * inh[1]


def update(cell: Cell, row: list[float], rings: tuple[float, float], offset: float) -> bool:
    """Advance `cell` by a step; returns whether it fired."""
    c = _floats_of(row)
    exc, inh = _with_input(cell, c, rings)
    cell.v, cell.timer, fired = lif_step(
        cell.v,
        cell.timer,
        exc[0] * exc[1] - inh[0] * inh[1] + offset,
        *(c.v_rest, c.v_reset, c.v_thresh, c.r, c.membrane, c.t_refract),
    )
    cell.i_exc, cell.more[0] = alpha_shaped(*exc, c.decay_exc, c.slope_exc)
    cell.i_inh, cell.more[1] = alpha_shaped(*inh, c.decay_inh, c.slope_inh)
    cell.more[2], cell.more[3] = exc[2], inh[2]
    return fired


def _with_input(
    cell: Cell, c: OneAlphaFloats, rings: tuple[float, float]
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    exc, inh = (cell.i_exc, cell.more[0], cell.more[2]), (cell.i_inh, cell.more[1], cell.more[3])
    return (
        alpha_input(*exc, rings[0], c.decay_exc, c.slope_exc),
        alpha_input(*inh, rings[1], c.decay_inh, c.slope_inh),
    )


def _floats_of(row: list[float]) -> OneAlphaFloats:
    c = OneAlphaFloats._make(row[: len(OneAlphaFloats._fields)])
    return c._replace(t_refract=int(c.t_refract))
