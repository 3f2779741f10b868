"""Neurons of a network, as the cores get them: constants, currents and states to begin with."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.errors import ParameterError
from chipemu.models import MODELS, NeuronModel
from chipemu.models.if_curr_exp.params import Arithmetic, Constants
from fixedpoint.formats import S1615, Rounding, to_raw
from host.errors import did_you_mean
from host.numerics import Numerics
from host.parameters import check_names, draw_parameter, naming
from mapping.spec import NetworkSpec, Population, PopulationKind

__all__ = ["Neurons", "model_of", "neurons_of", "raw_values"]

Floats = NDArray[np.float64]
Shifts = Mapping[str, tuple[int, int]]


class Neurons(NamedTuple):
    """Some neurons, in fields of `chipemu.image.MachineImage`."""

    model: NDArray[np.int64]
    constants: NDArray[np.int64]
    exact: Floats | None
    i_offset: NDArray[Any]
    v_init: NDArray[Any]
    more_init: NDArray[Any]
    i_init: NDArray[Any]


def neurons_of(spec: NetworkSpec, numerics: Numerics, shifts: Shifts) -> Neurons:
    """All neurons of a network.

    Parameters
    ----------
    spec : NetworkSpec
    numerics : Numerics
    shifts : mapping of str to (int, int)
        Ring-buffer shifts of each neuron population by synapse type.

    Raises
    ------
    ParameterError
        On a model, a parameter or a value that cannot be.
    """
    parts = [
        _population(index, population, numerics, shifts[population.name])
        for index, population in enumerate(spec.populations)
        if population.kind is PopulationKind.NEURON
    ]
    parts = parts or [_no_neurons(numerics)]
    exact = [part.exact for part in parts if part.exact is not None]
    return Neurons(
        np.concatenate([part.model for part in parts]),
        _stacked([part.constants for part in parts]),
        _stacked(exact) if exact else None,
        np.concatenate([part.i_offset for part in parts]),
        np.concatenate([part.v_init for part in parts]),
        _stacked([part.more_init.T for part in parts]).T.copy(),
        np.concatenate([part.i_init for part in parts], axis=1),
    )


def _no_neurons(numerics: Numerics) -> Neurons:
    """What a network of spike sources has."""
    number = np.float64 if numerics.is_float64 else np.int32
    return Neurons(
        model=np.zeros(0, np.int64),
        constants=np.zeros((0, 1), np.int64),
        exact=np.zeros((0, 1)) if numerics.is_float64 else None,
        i_offset=np.zeros(0, number),
        v_init=np.zeros(0, number),
        more_init=np.zeros((0, 0), number),
        i_init=np.zeros((2, 0), number),
    )


def _stacked(parts: list[NDArray[Any]]) -> NDArray[Any]:
    """Rows of tables below each other; short ones are filled up with zeros."""
    width = max(part.shape[1] for part in parts)
    return np.concatenate([np.pad(part, ((0, 0), (0, width - part.shape[1]))) for part in parts])


def model_of(population: Population) -> NeuronModel:
    """Model of a population of neurons.

    Raises
    ------
    ParameterError
        If there is no such model.
    """
    model = MODELS.get(population.model)
    if model is None:
        hint = did_you_mean(population.model, MODELS)
        msg = (
            f"population {population.name}: no neuron model {population.model!r}{hint}; "
            f"there are {', '.join(MODELS)}"
        )
        raise ParameterError(msg)
    return model


def _population(
    index: int, population: Population, numerics: Numerics, shifts: tuple[int, int]
) -> Neurons:
    model = model_of(population)
    check_names(population, model.name, model.defaults, population.parameters, "parameter")
    check_names(population, model.name, model.initial, population.initial, "state variable")
    if not numerics.is_float64:
        _check_rounding(population, model, numerics.arithmetic)
    given = {**model.defaults, **population.parameters}
    initial = model.initial_values(given) | dict(population.initial)
    with naming(population):
        values = {
            name: draw_parameter(value, population.size, (index, k), numerics.seed)
            for k, (name, value) in enumerate([*given.items(), *initial.items()])
        }
        states = {name: values.pop(name) for name in initial}
        constants = model.fixed(values, shifts, numerics.dt_ms, numerics.constants)

    def state(name: str, scale: float = 1.0) -> NDArray[Any]:
        with naming(population):
            return raw_values(scale * states.get(name, np.zeros(population.size)), numerics)

    scale = 1.0 if numerics.is_float64 else model.weight_scale
    potential = state("v")
    more = [state(name) for name in model.more_states]
    return Neurons(
        np.full(population.size, model.number, np.int64),
        constants,
        model.exact(values, numerics.dt_ms) if numerics.is_float64 else None,
        raw_values(values.get("i_offset", np.zeros(population.size)), numerics),
        potential,
        np.array(more, potential.dtype).reshape(-1, population.size),
        np.array([state("i_exc", scale), state("i_inh", scale)]),
    )


def _check_rounding(population: Population, model: NeuronModel, arithmetic: Arithmetic) -> None:
    if arithmetic not in model.roundings:
        known = ", ".join(sorted(rounding.name.lower() for rounding in model.roundings))
        msg = (
            f"population {population.name}: {model.name} cannot be rounded as "
            f"{arithmetic.name.lower()!r} says; choose from {known}"
        )
        raise ParameterError(msg)


def raw_values(values: Floats, numerics: Numerics) -> NDArray[Any]:
    """Values as a core holds them: s16.15 as int32, or as they are with double precision."""
    if numerics.is_float64:
        return values
    mode = Rounding.TRUNCATE if numerics.constants is Constants.TRUNCATE else Rounding.NEAREST
    return np.asarray(to_raw(values, S1615, mode), np.int32)
