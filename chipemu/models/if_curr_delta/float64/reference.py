"""The update of one IF_curr_delta neuron in Python's floating point: the machine's, unrounded."""

from chipemu.models.cell import Cell
from chipemu.models.if_curr_delta.float64.params import OneDeltaFloats
from chipemu.models.if_curr_exp.float64.reference import lif_step

__all__ = ["synaptic", "synaptic_current", "update"]


def synaptic_current(exc: float, inh: float, scale: float) -> float:
    """Current (nA) of the input of a step (mV at 1 nF)."""
    return exc * scale - inh * scale


def synaptic(
    cell: Cell,
    row: list[float],  # noqa: ARG001 (as other models)
    rings: tuple[float, float],
) -> tuple[float, float]:
    """Input of `cell` in this step: what the ring buffers hold, and what it began with."""
    return cell.i_exc + rings[0], cell.i_inh + rings[1]


def update(cell: Cell, row: list[float], rings: tuple[float, float], offset: float) -> bool:
    """Advance `cell` by a step; returns whether it fired."""
    c = _floats_of(row)
    exc, inh = synaptic(cell, row, rings)
    cell.v, cell.timer, fired = lif_step(
        cell.v,
        cell.timer,
        synaptic_current(exc, inh, c.scale) + offset,
        *(c.v_rest, c.v_reset, c.v_thresh, c.r, c.membrane, c.t_refract),
    )
    cell.i_exc = cell.i_inh = 0.0
    return fired


def _floats_of(row: list[float]) -> OneDeltaFloats:
    c = OneDeltaFloats._make(row[: len(OneDeltaFloats._fields)])
    return c._replace(t_refract=int(c.t_refract))
