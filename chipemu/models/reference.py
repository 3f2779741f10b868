"""The update of one neuron of any model, in plain Python numbers."""

from typing import Any

from chipemu.models.cell import Cell
from chipemu.models.if_cond_exp import reference as if_cond_exp
from chipemu.models.if_cond_exp.float64 import reference as if_cond_exp_float64
from chipemu.models.if_curr_alpha import reference as if_curr_alpha
from chipemu.models.if_curr_alpha.float64 import reference as if_curr_alpha_float64
from chipemu.models.if_curr_delta import reference as if_curr_delta
from chipemu.models.if_curr_delta.float64 import reference as if_curr_delta_float64
from chipemu.models.if_curr_exp import reference as if_curr_exp
from chipemu.models.if_curr_exp.float64 import reference as if_curr_exp_float64
from chipemu.models.izhikevich import reference as izhikevich
from chipemu.models.izhikevich.float64 import reference as izhikevich_float64
from chipemu.models.numbers import ModelNumber

__all__ = ["synaptic", "synaptic_float64", "update", "update_float64"]

FIXED: dict[int, Any] = {
    ModelNumber.IF_CURR_EXP: if_curr_exp,
    ModelNumber.IF_COND_EXP: if_cond_exp,
    ModelNumber.IF_CURR_DELTA: if_curr_delta,
    ModelNumber.IF_CURR_ALPHA: if_curr_alpha,
    ModelNumber.IZHIKEVICH: izhikevich,
}
"""Module of each model, with the integers of the machine."""
FLOAT64: dict[int, Any] = {
    ModelNumber.IF_CURR_EXP: if_curr_exp_float64,
    ModelNumber.IF_COND_EXP: if_cond_exp_float64,
    ModelNumber.IF_CURR_DELTA: if_curr_delta_float64,
    ModelNumber.IF_CURR_ALPHA: if_curr_alpha_float64,
    ModelNumber.IZHIKEVICH: izhikevich_float64,
}
"""Module of each model, in double precision."""


def synaptic(
    model: int, cell: Cell, row: list[int], rings: tuple[int, int], arithmetic: int
) -> tuple[int, int]:
    """What the synapses of `cell` contribute in a step in which `rings` hold new input.

    Parameters
    ----------
    model : int
        Number of the model.
    cell : Cell
    row : list of int
        Constants of the neuron: a row of `chipemu.image.MachineImage.constants`.
    rings : tuple of int
        Sums of the excitatory and of the inhibitory ring-buffer entries.
    arithmetic : int
        `chipemu.models.if_curr_exp.params.Arithmetic`.
    """
    contribution: tuple[int, int] = FIXED[model].synaptic(cell, row, rings, arithmetic)
    return contribution


def update(
    model: int,
    cell: Cell,
    row: list[int],
    rings: tuple[int, int],
    offset: int,
    arithmetic: int,
    rands: tuple[int, ...],
) -> bool:
    """Advance `cell` by a step; returns whether it fired.

    `offset` is the current (s16.15 nA) that does not come from synapses, `rands` are the random
    words of stochastic rounding; the other parameters are as of `synaptic`.
    """
    fired: bool = FIXED[model].update(cell, row, rings, offset, arithmetic, rands)
    return fired


def synaptic_float64(
    model: int, cell: Cell, row: list[float], rings: tuple[float, float]
) -> tuple[float, float]:
    """`synaptic` in double precision."""
    contribution: tuple[float, float] = FLOAT64[model].synaptic(cell, row, rings)
    return contribution


def update_float64(
    model: int, cell: Cell, row: list[float], rings: tuple[float, float], offset: float
) -> bool:
    """`update` in double precision."""
    fired: bool = FLOAT64[model].update(cell, row, rings, offset)
    return fired
