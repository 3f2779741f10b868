"""Plastic synapses: the pair rule of spike-timing-dependent plasticity that the tool chain has.

Spike pairs change weights additively or multiplicatively. As on the real tool chain, all of a
synapse's delay is dendritic: a spike of the target comes to the synapse after that delay, or at
once with ``backprop_delay=False``.
"""

from typing import Any

from pyNN.parameters import ParameterSpace
from pyNN.standardmodels import build_translations
from pyNN.standardmodels import synapses as standard

from host.pynn import simulator
from host.pynn.refusals import ParameterValueError, UnsupportedError
from host.pynn.standardmodels.synapses import check_weights
from mapping.plasticity import Stdp, WeightDependence

__all__ = [
    "AdditiveWeightDependence",
    "MultiplicativeWeightDependence",
    "STDPMechanism",
    "SpikePairRule",
]


class SpikePairRule(standard.SpikePairRule):
    """Changes by pairs of spikes, exponential in the time between them."""

    translations = build_translations(
        *((name, name) for name in ("tau_plus", "tau_minus", "A_plus", "A_minus"))
    )


class AdditiveWeightDependence(standard.AdditiveWeightDependence):
    """Changes in parts of ``w_max``, whatever the weight, between ``w_min`` and ``w_max``."""

    translations = build_translations(("w_min", "w_min"), ("w_max", "w_max"))
    dependence = WeightDependence.ADDITIVE


class MultiplicativeWeightDependence(standard.MultiplicativeWeightDependence):
    """Changes in parts of the distance from the limit, ``w_max`` or ``w_min``."""

    translations = build_translations(("w_min", "w_min"), ("w_max", "w_max"))
    dependence = WeightDependence.MULTIPLICATIVE


class STDPMechanism(standard.STDPMechanism):
    """Synapses whose weights change by a timing rule and a weight dependence.

    Parameters
    ----------
    timing_dependence : SpikePairRule
    weight_dependence : AdditiveWeightDependence or MultiplicativeWeightDependence
    voltage_dependence : None
    dendritic_delay_fraction : float
        1: all of the delay.
    weight, delay
        As of static synapses; weights to begin with.
    backprop_delay : bool
        Whether spikes of the target take the delay, too (sPyNNaker).

    Raises
    ------
    UnsupportedError
        On other rules.
    """

    base_translations = build_translations(
        ("weight", "weight"),
        ("delay", "delay"),
        ("dendritic_delay_fraction", "dendritic_delay_fraction"),
    )
    parameter_checks = {"weight": check_weights}

    def __init__(
        self,
        timing_dependence: Any = None,
        weight_dependence: Any = None,
        voltage_dependence: Any = None,
        dendritic_delay_fraction: float = 1.0,
        weight: Any = 0.0,
        delay: Any = None,
        backprop_delay: bool = True,
    ) -> None:
        _check_rule(timing_dependence, weight_dependence, voltage_dependence)
        if dendritic_delay_fraction != 1:
            msg = (
                f"STDPMechanism(dendritic_delay_fraction={dendritic_delay_fraction:g}): all of a "
                "delay is dendritic on the machine; nearest: 1.0, or backprop_delay=False"
            )
            raise UnsupportedError(msg)
        super().__init__(
            timing_dependence, weight_dependence, None, dendritic_delay_fraction, weight, delay
        )
        self.backprop_delay = bool(backprop_delay)

    def _build_translations(self) -> None:
        self.translations = {
            **self.base_translations,
            **self.timing_dependence.translations,
            **self.weight_dependence.translations,
        }

    def _get_minimum_delay(self) -> float:
        return simulator.state.default_delay

    @property
    def rule_parameters(self) -> dict[str, float]:
        """Parameters of the rule by PyNN's names: numbers."""
        spaces = (self.timing_dependence.parameter_space, self.weight_dependence.parameter_space)
        return {name: _number(name, space) for space in spaces for name in space.keys()}  # noqa: SIM118

    @property
    def constants(self) -> dict[str, float]:
        """What all synapses have alike, by PyNN's names."""
        return {**self.rule_parameters, "dendritic_delay_fraction": self.dendritic_delay_fraction}

    def set_rule(self, name: str, value: Any) -> None:
        """Set a parameter of the rule."""
        owners = (self.timing_dependence, self.weight_dependence)
        owner = next(component for component in owners if component.has_parameter(name))
        owner.parameter_space.update(**{name: value})

    def stdp(self) -> Stdp:
        """The rule as the machine is told of it."""
        p = self.rule_parameters
        return Stdp(
            tau_plus_ms=p["tau_plus"],
            tau_minus_ms=p["tau_minus"],
            a_plus=p["A_plus"],
            a_minus=p["A_minus"],
            w_min=p["w_min"],
            w_max=p["w_max"],
            dependence=self.weight_dependence.dependence,
            is_backpropagated=self.backprop_delay,
        )


def _check_rule(timing: Any, weight: Any, voltage: Any) -> None:
    choices = "AdditiveWeightDependence or MultiplicativeWeightDependence"
    for found, known, nearest in (
        (timing, SpikePairRule, "SpikePairRule"),
        (weight, (AdditiveWeightDependence, MultiplicativeWeightDependence), choices),
        (voltage, type(None), "None"),
    ):
        if not isinstance(found, known):
            msg = (
                f"STDPMechanism with {type(found).__name__} is not on the emulated machine; "
                f"nearest: {nearest}"
            )
            raise UnsupportedError(msg)


def _number(name: str, space: ParameterSpace) -> float:
    value = space[name]
    if value.operations or not isinstance(value.base_value, int | float):
        msg = f"STDP: {name} is one number for all synapses, got {value.base_value!r}"
        raise ParameterValueError(msg)
    return float(value.base_value)
