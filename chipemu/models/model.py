"""What a neuron model is to the rest of the emulator."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chipemu.models.if_curr_exp.params import Arithmetic, Constants

__all__ = ["NeuronModel"]

Floats = NDArray[np.float64]
Values = Mapping[str, Floats]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class NeuronModel:
    """A kind of neuron that cores can hold.

    Its folder has the update of a neuron four times: with the integers of the machine and in double
    precision, each readable (`reference`) and compiled (`kernels`), which agree to the last bit.

    Attributes
    ----------
    name : str
        PyNN's name of it.
    number : int
        By which kernels know it (`chipemu.models.kernels`).
    defaults : mapping of str to float
        Parameters by PyNN's names and in its units, with their default values.
    initial : mapping of str to str or float
        State variables that can be given initial values, and the parameter whose value they have
        by default, or a number.
    recordables : mapping of str to str
        Variables that can be sampled, and their units: ``v``, ``i_exc`` and ``i_inh`` (what the
        synapses contribute in a step), and any of `more_states`.
    weight_unit : str
        Unit of the weights of its synapses.
    weight_scale : float
        Factor by which the machine scales its weights, so that 16 bits resolve them.
    more_states : tuple of str
        State of a neuron besides potential, refractory timer and one number for the synapses of
        each type.
    fixed : callable
        ``fixed(values, shifts, dt_ms, constants)``: the integers of the update, int64 of shape
        (n_neurons, n_columns). `values` has an array of shape (n_neurons,) for each parameter;
        `shifts` are the left shifts of the excitatory and the inhibitory ring buffer.
        `ParameterError` on a value that cannot be.
    exact : callable
        ``exact(values, dt_ms)``: the same in double precision, float64.
    roundings : frozenset of Arithmetic
        Roundings that it knows, of the machine's; by default all.
    extra_cycles : int
        CPU cycles that the update of a neuron takes more than that of IF_curr_exp
        (`chipemu.cores.CoreCosts.neuron`); less if negative.
    cycles_source : str
        Where `extra_cycles` is from.
    """

    name: str
    number: int
    defaults: Mapping[str, float]
    initial: Mapping[str, str | float]
    recordables: Mapping[str, str]
    weight_unit: str
    fixed: Callable[[Values, tuple[int, int], float, Constants], NDArray[np.int64]]
    exact: Callable[[Values, float], Floats]
    weight_scale: float = 1.0
    more_states: tuple[str, ...] = ()
    roundings: frozenset[Arithmetic] = frozenset(Arithmetic)
    extra_cycles: int = 0
    cycles_source: str = ""

    def initial_values(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Where each state variable begins, if it is as the parameters `given` say."""
        return {
            name: given[value] if isinstance(value, str) else value
            for name, value in self.initial.items()
        }
