"""What scripts for the real tool chain say besides PyNN, and what the emulator makes of it.

sPyNNaker lets a script say for each model, or each population, how many neurons share a core, how
many cores handle their synapses, whether delays may be extended, which rates to reckon with. Rates
are each population's own here, too; the layout is one for the network (`host.pynn.layout`), and
where that differs from what was asked, a notice tells what was taken. Names and meanings are those
of sPyNNaker 7.4.1 (``abstract_pynn_neuron_model.py``, ``spike_source_poisson.py``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import isfinite, prod
from typing import Any

import numpy as np

from host.errors import ConfigError, did_you_mean
from host.pynn.notices import NOTICES
from host.pynn.setup_options import interpret_setup
from host.pynn.unsupported import RECORDABLES, refuse

__all__ = [
    "Extras",
    "ModelExtras",
    "check_recordable",
    "forget_models",
    "interpret_population",
    "interpret_setup",
    "model_extras",
    "set_allow_delay_extensions",
    "set_number_of_neurons_per_core",
    "set_number_of_synapse_cores",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What was said about one model or one population; None: nothing.

    Attributes
    ----------
    neurons_per_core : int or None
        Most neurons on one core.
    synapse_cores : int or None
        Cores for the synapses of those neurons; 0: neurons and synapses share a core.
    extends_delays : bool or None
        Whether further cores may extend delays; otherwise they are cut.
    expected_rate_hz : float or None
        Spikes/s of a member that the resolution of weights and the number of cores reckon with.
    spike_buffer : int or None
        Entries of the buffer of incoming spikes.
    drops_late_spikes : bool or None
    has_colours : bool or None
        Whether packets tell the step in which they were sent.
    """

    neurons_per_core: int | None = None
    synapse_cores: int | None = None
    extends_delays: bool | None = None
    expected_rate_hz: float | None = None
    spike_buffer: int | None = None
    drops_late_spikes: bool | None = None
    has_colours: bool | None = None

    def over(self, other: "Extras") -> "Extras":
        """What is said here, else what `other` says."""
        said = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return replace(other, **{name: value for name, value in said.items() if value is not None})


_MODELS: dict[str, Extras] = {}
"""What was said of each model, by its name, since `setup`: PyNN's calls are the module's."""


def model_extras(model: str) -> Extras:
    """What was said of the model of this name."""
    return _MODELS.get(model, Extras())


def forget_models() -> None:
    """Forget what was said of models, as ``setup`` of the real tool chain does."""
    _MODELS.clear()


def set_number_of_neurons_per_core(neuron_type: Any, max_permitted: Any) -> None:
    """Let at most `max_permitted` neurons of a model share a core.

    Parameters
    ----------
    neuron_type : cell type, or its name
    max_permitted : int, tuple of int, or None
        One number for each dimension of the population's structure; None: no limit of its own.
    """
    _tell_model(neuron_type, Extras(neurons_per_core=_per_core(max_permitted)))


def set_number_of_synapse_cores(neuron_type: Any, n_synapse_cores: int | None) -> None:
    """Give each core of neurons of a model its own synapse cores.

    Parameters
    ----------
    neuron_type : cell type, or its name
    n_synapse_cores : int or None
        0: neurons and synapses share a core; None: as many as the expected traffic needs.
    """
    _tell_model(neuron_type, Extras(synapse_cores=_count("n_synapse_cores", n_synapse_cores, 0)))


def set_allow_delay_extensions(neuron_type: Any, allow_delay_extensions: bool) -> None:
    """Say whether delays longer than a ring buffer may be extended; otherwise they are cut."""
    _tell_model(neuron_type, Extras(extends_delays=bool(allow_delay_extensions)))


def _tell_model(neuron_type: Any, said: Extras) -> None:
    name = str(getattr(neuron_type, "__name__", neuron_type))
    _MODELS[name] = said.over(model_extras(name))


class ModelExtras:
    """Mixed into cell types: what sPyNNaker lets a script say of them as a class."""

    @classmethod
    def set_model_max_atoms_per_core(cls, n_atoms: Any = None) -> None:
        """Let at most `n_atoms` neurons of this model share a core."""
        set_number_of_neurons_per_core(cls, n_atoms)

    @classmethod
    def set_model_max_atoms_per_dimension_per_core(cls, n_atoms: Any = None) -> None:
        """Let at most `n_atoms` neurons of this model share a core."""
        set_number_of_neurons_per_core(cls, n_atoms)

    @classmethod
    def set_model_n_synapse_cores(cls, n_synapse_cores: int | None) -> None:
        """Give each core of neurons of this model its own synapse cores."""
        set_number_of_synapse_cores(cls, n_synapse_cores)

    @classmethod
    def set_model_allow_delay_extensions(cls, allow: bool) -> None:
        """Say whether delays of this model may be extended."""
        set_allow_delay_extensions(cls, allow)


def interpret_population(extra: Mapping[str, Any]) -> dict[str, Any]:
    """What the arguments of a population besides PyNN's ask for.

    Parameters
    ----------
    extra : mapping of str to object
        ``additional_parameters`` of the population and further keyword arguments.

    Returns
    -------
    dict
        ``extras``: the `Extras`; ``max_rate_hz``, if said: the rate (spikes/s) that mapping reckons
        with for a Poisson source; ``rates``: keyword arguments of `mapping.spec.Population` for
        neurons.

    Raises
    ------
    ConfigError
        On an argument that means nothing.
    """
    fields: dict[str, Any] = {}
    for name, value in extra.items():
        if value is not None:
            fields |= _read(name, value)
    extras = Extras(**fields)
    rate_hz = extras.expected_rate_hz
    if rate_hz is None:
        return {"extras": extras, "rates": {}}
    return {"extras": extras, "max_rate_hz": rate_hz, "rates": {"expected_rate_hz": rate_hz}}


def _read(name: str, value: Any) -> dict[str, Any]:
    if name in _READERS:
        return _READERS[name](value)
    if name == "n_steps_per_timestep" and value != 1:
        refuse(f"Population({name}={value!r})", "a shorter time step in setup(timestep=...)")
    if name not in _NOTED:
        hint = did_you_mean(name, (*_NOTED, *_READERS))
        msg = f"Population: unknown argument {name}={value!r}{hint} (docs/pynn.md)"
        raise ConfigError(msg)
    NOTICES.tell(f"Population({name}=...): {_NOTED[name]}")
    return {}


_NOTED = {
    "seed": "random numbers of all populations follow from setup(seed=...), reproducibly",
    "ring_buffer_sigma": "5 standard deviations are reckoned with, sPyNNaker's default",
    "max_expected_summed_weight": "the resolution of weights follows from expected rates",
    "n_steps_per_timestep": "one update per time step, as asked",
    "constraints": "the placer decides where cores are; setup(placer=...) names another",
    "model_name": "there are no binaries",
    "binary": "there are no binaries",
}
"""Arguments of no effect, with what holds instead."""


def check_recordable(variable: str) -> None:
    """Refuse variables that the real tool chain records and the emulator does not.

    Raises
    ------
    UnsupportedError
    """
    if variable in RECORDABLES:
        refuse(f"recording of {variable!r}", RECORDABLES[variable])


def _per_core(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, tuple | list):
        total = prod(int(n) for n in value)
        NOTICES.tell(f"neurons per core {tuple(value)}: taken as {total} in the order of numbers")
        return total
    return _count("neurons_per_core", value, 1)


def _count(name: str, value: Any, least: int) -> int | None:
    if value is None:
        return None
    number = _number(name, value)
    if number != int(number) or number < least:
        msg = f"{name}: {value!r} is no whole number of {least} or more"
        raise ConfigError(msg)
    return int(number)


def _rate(name: str, value: Any) -> float:
    rate_hz = _number(name, value)
    if rate_hz < 0:
        msg = f"{name}: {value!r} is no rate (spikes/s)"
        raise ConfigError(msg)
    return rate_hz


def _number(name: str, value: Any) -> float:
    is_number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not is_number or not isfinite(value):
        msg = f"{name}: {value!r} is no number"
        raise ConfigError(msg)
    return float(value)


_READERS: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "neurons_per_core": lambda value: {"neurons_per_core": _per_core(value)},
    "n_synapse_cores": lambda value: {"synapse_cores": _count("n_synapse_cores", value, 0)},
    "allow_delay_extensions": lambda value: {"extends_delays": bool(value)},
    "max_rate": lambda value: {"expected_rate_hz": _rate("max_rate", value)},
    "spikes_per_second": lambda value: {"expected_rate_hz": _rate("spikes_per_second", value)},
    "incoming_spike_buffer_size": lambda value: {
        "spike_buffer": _count("incoming_spike_buffer_size", value, 2)
    },
    "drop_late_spikes": lambda value: {"drops_late_spikes": bool(value)},
    "n_colour_bits": lambda value: {"has_colours": _count("n_colour_bits", value, 0) != 0},
    "splitter": lambda value: dict(getattr(value, "extras", {})),
    "splitter_object": lambda value: dict(getattr(value, "extras", {})),
}
"""What the arguments of a population that have a counterpart say."""
