"""The state of one neuron, as the readable engines keep it."""

from dataclasses import dataclass, field
from typing import Any

__all__ = ["Cell"]


@dataclass(slots=True)
class Cell:
    """State of one neuron of any model.

    Numbers are integers, in s16.15 of the user's units, or with double precision floats in them.

    Attributes
    ----------
    v : int or float
        Membrane potential (mV).
    timer : int
        Refractory steps left.
    i_exc, i_inh : int or float
        State of its excitatory and its inhibitory synapses: what the model makes of it.
    more : list of int or float
        State besides, by the names in `chipemu.models.NeuronModel.more_states`.
    saturated : int
        Saturated additions to its ring buffers.
    """

    v: Any
    timer: int = 0
    i_exc: Any = 0
    i_inh: Any = 0
    more: list[Any] = field(default_factory=list)
    saturated: int = 0
