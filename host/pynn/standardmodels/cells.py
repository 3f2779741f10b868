"""Cell types: those of the machine, by PyNN's names, parameters and units.

What a neuron does is in `chipemu.models`; here stands what PyNN calls it. Two things are as on the
real tool chain: the conductances or currents of the synapses are recorded as ``gsyn_exc`` and
``gsyn_inh`` whatever their unit (PyNN's ``isyn_exc`` and ``isyn_inh`` mean the same), and neurons
of Izhikevich have exponential synaptic currents, hence ``tau_syn_E`` and ``tau_syn_I``.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from pyNN.parameters import Sequence as Values
from pyNN.standardmodels import build_translations
from pyNN.standardmodels import cells as standard

from host.pynn.extras import ModelExtras
from host.pynn.notices import NOTICES
from host.pynn.refusals import ParameterValueError
from host.sections import RunConfig
from mapping.spec import PopulationKind

__all__ = [
    "IF_cond_exp",
    "IF_curr_alpha",
    "IF_curr_delta",
    "IF_curr_exp",
    "Izhikevich",
    "SpikeSourceArray",
    "SpikeSourcePoisson",
]


LIMIT = 1 << 16
"""First magnitude beyond the range of s16.15."""


def _same(names: Mapping[str, Any]) -> Any:
    return build_translations(*((name, name) for name in names))


class Cell(ModelExtras):
    """What the backend asks of every cell type."""

    kind: ClassVar[PopulationKind] = PopulationKind.NEURON
    model: ClassVar[str] = ""
    variables: ClassVar[Mapping[str, str]] = {}
    """State variables by PyNN's names, and the machine's names of them."""
    stated: Mapping[str, Any] = {}
    """Initial values that were given among the parameters."""
    is_generated: ClassVar[bool] = False
    """Whether its spike times are drawn on the host."""
    recordable: ClassVar[Sequence[str]]
    default_initial_values: ClassVar[Mapping[str, float]]

    @classmethod
    def all_recordable(cls) -> list[str]:
        """What ``record("all")`` records: each variable once."""
        return [name for name in cls.recordable if not name.startswith("isyn")]

    @classmethod
    def given_initial(cls, initial: Mapping[str, Any]) -> dict[str, Any]:
        """Initial values by the machine's names; synapses without input are left out."""
        return {
            name: value
            for name, value in initial.items()
            if not (name.startswith("i_") and np.ndim(value) == 0 and value == 0)
        }

    @staticmethod
    def sampled(held: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a sample of the state `held` has, by the machine's names of variables."""
        return held

    def check(self, values: Mapping[str, Any], label: str) -> None:
        """Raise `ParameterValueError` on a parameter that no cell can have."""

    def tell_limits(self, values: Mapping[str, Any], label: str, run: RunConfig) -> None:
        """Tell what the machine cannot hold of the parameters `values`."""

    def check_initial(self, variable: str, values: Any, label: str) -> None:
        """Raise `ParameterValueError` on an initial value that no cell can have."""
        given = np.asarray(values, np.float64)
        if not (np.abs(given) < LIMIT).all():
            worst = given.flat[np.argmax(~(np.abs(given) < LIMIT))]
            msg = (
                f"population {label!r}: {variable} = {worst:g} does not fit s16.15, which holds "
                f"values within +-{LIMIT}"
            )
            raise ParameterValueError(msg)


class Neuron(Cell):
    """Cells with a membrane potential."""

    variables = {
        "v": "v",
        "gsyn_exc": "i_exc",
        "gsyn_inh": "i_inh",
        "isyn_exc": "i_exc",
        "isyn_inh": "i_inh",
    }

    def __init__(self, **parameters: Any) -> None:
        """Take PyNN's parameters and, as the real tool chain does, initial values among them."""
        own = self.default_parameters  # type: ignore[attr-defined]
        self.stated = {n: v for n, v in parameters.items() if n in self.variables and n not in own}
        super().__init__(**{n: v for n, v in parameters.items() if n not in self.stated})

    def check(self, values: Mapping[str, Any], label: str) -> None:
        """Raise `ParameterValueError` on a parameter that is no finite number."""
        for name, given in values.items():
            if not np.isfinite(np.asarray(given, np.float64)).all():
                msg = f"population {label!r}: {name} must be finite, got {given}"
                raise ParameterValueError(msg)


def _recording(unit: str, *more: str) -> dict[str, Any]:
    """Class attributes of a neuron whose synapses have `unit`."""
    names = ("gsyn_exc", "gsyn_inh", "isyn_exc", "isyn_inh")
    return {
        "recordable": ["spikes", "v", *more, *names],
        "units": dict.fromkeys(names, unit),
    }


class IF_curr_exp(Neuron, standard.IF_curr_exp):
    """Leaky integrate-and-fire neurons with exponential synaptic currents."""

    model = "IF_curr_exp"
    translations = _same(standard.IF_curr_exp.default_parameters)
    recordable = _recording("nA")["recordable"]
    units = standard.IF_curr_exp.units | _recording("nA")["units"]


class IF_cond_exp(Neuron, standard.IF_cond_exp):
    """Leaky integrate-and-fire neurons with exponential synaptic conductances."""

    model = "IF_cond_exp"
    translations = _same(standard.IF_cond_exp.default_parameters)
    variables = {"v": "v", "gsyn_exc": "i_exc", "gsyn_inh": "i_inh"}


class IF_curr_alpha(Neuron, standard.IF_curr_alpha):
    """Leaky integrate-and-fire neurons with alpha-shaped synaptic currents."""

    model = "IF_curr_alpha"
    translations = _same(standard.IF_curr_alpha.default_parameters)
    recordable = _recording("nA")["recordable"]
    units = standard.IF_curr_alpha.units | _recording("nA")["units"]

    @staticmethod
    def sampled(held: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a sample has: currents are products of two parts of the state."""
        return {
            **held,
            "i_exc": held["i_exc"] * held["exp_exc"],
            "i_inh": held["i_inh"] * held["exp_inh"],
        }

    def check_initial(self, variable: str, values: Any, label: str) -> None:
        """Raise `ParameterValueError` on currents: there is none without a spike before."""
        super().check_initial(variable, values, label)
        if variable != "v" and np.any(values):
            msg = (
                f"population {label!r}: {variable} of IF_curr_alpha has two parts and begins at 0; "
                "let a spike source begin it"
            )
            raise ParameterValueError(msg)

    def tell_limits(self, values: Mapping[str, Any], label: str, run: RunConfig) -> None:
        """Tell of time constants that are too short for the time step.

        Cores hold dt / tau ** 2 without its integer part (`chipemu.models.if_curr_alpha.params`).
        """
        shortest_ms = min(values["tau_syn_E"].min(), values["tau_syn_I"].min())
        on_core = run.arithmetic == "fixed" and run.constants == "on_core"
        if on_core and run.dt_ms / shortest_ms**2 >= 1:
            NOTICES.tell(
                f"population {label!r}: tau_syn {shortest_ms:g} ms of IF_curr_alpha is too short "
                f"for steps of {run.dt_ms:g} ms: cores lose whole units of dt / tau_syn**2 = "
                f"{run.dt_ms / shortest_ms**2:g}, and with them the input; setup(constants="
                "'nearest') has the host compute it"
            )


class IF_curr_delta(Neuron, standard.IF_curr_delta):
    """Leaky integrate-and-fire neurons whose potential jumps with each input."""

    model = "IF_curr_delta"
    translations = _same(standard.IF_curr_delta.default_parameters)
    recordable = _recording("mV")["recordable"]
    units = standard.IF_curr_delta.units | _recording("mV")["units"]


class Izhikevich(Neuron, standard.Izhikevich):
    """Izhikevich's neuron with exponential synaptic currents, as the real tool chain has it.

    PyNN's own has synapses that make the potential jump; here weights are currents (nA) that decay
    with ``tau_syn_E`` and ``tau_syn_I`` (ms), parameters which PyNN's does not have.
    """

    model = "Izhikevich"
    default_parameters = {
        **standard.Izhikevich.default_parameters,
        "tau_syn_E": 5.0,
        "tau_syn_I": 5.0,
    }
    voltage_based_synapses = False
    translations = _same(default_parameters)
    variables = {**Neuron.variables, "u": "u"}
    recordable = _recording("nA", "u")["recordable"]
    units = (
        standard.Izhikevich.units
        | _recording("nA")["units"]
        | {
            "tau_syn_E": "ms",
            "tau_syn_I": "ms",
        }
    )


class SpikeSourcePoisson(Cell, standard.SpikeSourcePoisson):
    """Sources of Poisson spike trains, from ``start`` for ``duration`` (ms)."""

    kind = PopulationKind.POISSON
    translations = _same(standard.SpikeSourcePoisson.default_parameters)

    def check(self, values: Mapping[str, Any], label: str) -> None:
        """Raise `ParameterValueError` on a rate that is negative or not finite."""
        rates = np.asarray(values.get("rate", 0.0), np.float64)
        if not (np.isfinite(rates) & (rates >= 0)).all():
            msg = f"population {label!r}: rate must be finite and not negative (Hz), got {rates}"
            raise ParameterValueError(msg)


class SpikeSourceArray(Cell, standard.SpikeSourceArray):
    """Sources that fire at given times."""

    kind = PopulationKind.SPIKE_ARRAY
    translations = _same(standard.SpikeSourceArray.default_parameters)

    def check(self, values: Mapping[str, Any], label: str) -> None:
        """Raise `ParameterValueError` on times that are not in order."""
        for times in np.ravel(values.get("spike_times", [])):
            ordered = np.asarray(times.value if isinstance(times, Values) else times, np.float64)
            if (np.diff(ordered) < 0).any():
                msg = (
                    f"population {label!r}: spike times must be in increasing order, got "
                    f"{ordered[:6].tolist()}…; sort them"
                )
                raise ParameterValueError(msg)
