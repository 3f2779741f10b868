"""A network described: what it is made of, as plain data that outlives the network itself.

The terms are those of Senk et al. 2022 (PLoS Comput. Biol. 18:e1010086): each projection has a
rule of connection, a word on autapses and on multapses, and weights and delays that are the same
for all of its synapses, drawn from a distribution, or listed. `host.pictures.network` draws
descriptions.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from chipemu.models import MODELS
from host.networks.words import parameter_words, snake_case
from mapping.connectors import Connector
from mapping.distributions import Distribution
from mapping.plasticity import Stdp
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection

__all__ = [
    "NetworkDescription",
    "PopulationDescription",
    "ProjectionDescription",
    "ValueDescription",
    "describe_network",
]

FORMAT = 1
Number = float | int
Effect = Literal["excitatory", "inhibitory", "both", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueDescription:
    """Weights or delays of the synapses of a projection.

    Attributes
    ----------
    distribution : str
        ``"constant"``, ``"normal"``, ``"clipped_normal"`` (redrawn until within limits),
        ``"uniform"``, ``"exponential"``, ``"log_normal"``; ``"listed"``: one
        value for each synapse.
    parameters : mapping of str to float
        Of the distribution, by the names that it has in `mapping.distributions`; limits that are
        infinite are left out.
    unit : str
    mean, sd : float
        In `unit`; of values that are drawn, before they are cut to what the machine can hold.
    """

    distribution: str
    parameters: Mapping[str, float]
    unit: str
    mean: float
    sd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PopulationDescription:
    """A population.

    Attributes
    ----------
    name : str
    size : int
    kind : {"neuron", "poisson", "spike_array"}
    model : str
        Neuron model of neurons, by PyNN's name; empty for sources of spikes.
    effect : {"excitatory", "inhibitory", "both", "none"}
        On the targets of its projections; none: it has none.
    parameters, initial : mapping of str to str
        Parameters, those left to the model included, and initial values that were given: in words,
        with units.
    """

    name: str
    size: int
    kind: Literal["neuron", "poisson", "spike_array"]
    model: str
    effect: Effect
    parameters: Mapping[str, str]
    initial: Mapping[str, str]

    @property
    def is_neuron(self) -> bool:
        """Whether its members are neurons, not sources of spikes."""
        return self.kind == "neuron"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectionDescription:
    """Synapses from one population to another.

    Attributes
    ----------
    pre, post : str
    receptor : {"excitatory", "inhibitory"}
    rule : str
        ``"one_to_one"``, ``"all_to_all"``, ``"pairwise_bernoulli"``, ``"fixed_total_number"``,
        ``"fixed_in_degree"``, ``"fixed_out_degree"``, ``"explicit_list"``.
    rule_parameters : mapping of str to number
        ``"p"``, ``"n"`` or ``"k"``.
    allow_autapses, allow_multapses : bool or None
        None: the rule leaves no choice.
    weight, delay : ValueDescription
        The weight is a magnitude, the sign is that of `receptor`.
    plasticity : mapping of str to object, or None
        The fields of `mapping.plasticity.Stdp`; None: weights do not change.
    expected_synapses : float
    in_degree, out_degree : float
        Synapses that a neuron receives, and that a source makes; means.
    """

    pre: str
    post: str
    receptor: Literal["excitatory", "inhibitory"]
    rule: str
    rule_parameters: Mapping[str, Number]
    allow_autapses: bool | None
    allow_multapses: bool | None
    weight: ValueDescription
    delay: ValueDescription
    plasticity: Mapping[str, Any] | None
    expected_synapses: float
    in_degree: float
    out_degree: float

    @property
    def is_recurrent(self) -> bool:
        """Whether source and target are the same population."""
        return self.pre == self.post


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkDescription:
    """Populations and projections, in the order in which the user gave them.

    Attributes
    ----------
    name : str
    populations : tuple of PopulationDescription
    projections : tuple of ProjectionDescription
    """

    name: str
    populations: tuple[PopulationDescription, ...]
    projections: tuple[ProjectionDescription, ...]

    @property
    def n_neurons(self) -> int:
        """Number of neurons, sources of spikes not counted."""
        return sum(p.size for p in self.populations if p.is_neuron)

    @property
    def expected_synapses(self) -> float:
        """Synapses of all projections."""
        return sum(p.expected_synapses for p in self.projections)

    def to_json(self) -> dict[str, Any]:
        """Plain data from which `from_json` makes an equal value."""
        return {"format": FORMAT} | asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "NetworkDescription":
        """Value that `to_json` has written.

        Raises
        ------
        ValueError
            If `data` is no such thing.
        """
        if data.get("format") != FORMAT:
            msg = f"format {data.get('format')!r} instead of {FORMAT}"
            raise ValueError(msg)
        values = {key: value for key, value in data.items() if key != "format"}
        found = TypeAdapter(cls).validate_python(values)
        known = {population.name for population in found.populations}
        unknown = {end for p in found.projections for end in (p.pre, p.post)} - known
        if unknown:
            msg = f"a projection of an unknown population {min(unknown)!r}"
            raise ValueError(msg)
        return found


def describe_network(spec: NetworkSpec) -> NetworkDescription:
    """Describe a network.

    Parameters
    ----------
    spec : NetworkSpec

    Returns
    -------
    NetworkDescription
    """
    describe = cache(_drawn)  # of thousands of projections, few differ
    return NetworkDescription(
        name=spec.name,
        populations=tuple(_population(spec, population) for population in spec.populations),
        projections=tuple(_projection(spec, p, describe) for p in spec.projections),
    )


def _population(spec: NetworkSpec, population: Population) -> PopulationDescription:
    is_neuron = population.kind is PopulationKind.NEURON
    model = MODELS.get(population.model) if is_neuron else None
    given = dict(model.defaults if model else {}) | dict(population.parameters)
    return PopulationDescription(
        name=population.name,
        size=population.size,
        kind=population.kind.value,
        model=population.model if is_neuron else "",
        effect=_effect(spec, population),
        parameters={name: parameter_words(name, value) for name, value in given.items()},
        initial={name: parameter_words(name, value) for name, value in population.initial.items()},
    )


def _effect(spec: NetworkSpec, population: Population) -> Effect:
    found = {p.receptor.name.lower() for p in spec.outgoing(spec.index(population.name))}
    if len(found) > 1:
        return "both"
    return next(iter(found), "none")  # type: ignore[arg-type]


def _projection(
    spec: NetworkSpec,
    projection: Projection,
    describe: Callable[[Distribution, str], ValueDescription],
) -> ProjectionDescription:
    connector = projection.connector
    n_pre, n_post = spec.sizes(projection)
    model = MODELS.get(spec.population(projection.post).model)
    weight_unit = model.weight_unit if model else "nA"
    listed = getattr(connector, "weight_na", None), getattr(connector, "delay_ms", None)
    synapses = spec.expected_synapses(projection)
    return ProjectionDescription(
        pre=projection.pre,
        post=projection.post,
        receptor="excitatory" if projection.receptor.value == 0 else "inhibitory",
        rule=snake_case(type(connector).__name__),
        rule_parameters=_rule_parameters(connector),
        allow_autapses=getattr(connector, "allow_autapses", None),
        allow_multapses=getattr(connector, "allow_multapses", None),
        weight=_value(projection.weight_na, weight_unit, listed[0], describe),
        delay=_value(projection.delay_ms, "ms", listed[1], describe),
        plasticity=_plasticity(projection.plasticity),
        expected_synapses=synapses,
        in_degree=synapses / n_post,
        out_degree=synapses / n_pre,
    )


def _rule_parameters(connector: Connector) -> dict[str, Number]:
    """Numbers that a rule has besides its switches; of a list, its length."""
    found = _scalars(connector)
    if isinstance(pairs := getattr(connector, "pre", None), np.ndarray):
        found["n"] = int(pairs.size)
    return found


def _scalars(value: object) -> dict[str, Number]:
    """Finite numbers among the fields of a dataclass."""
    if not is_dataclass(value):
        return {}
    held = {field.name: getattr(value, field.name) for field in fields(value)}
    return {
        name: number
        for name, number in held.items()
        if isinstance(number, int | float)
        and not isinstance(number, bool)
        and math.isfinite(number)
    }


def _value(
    drawn: Distribution,
    unit: str,
    listed: NDArray[np.float64] | None,
    describe: Callable[[Distribution, str], ValueDescription],
) -> ValueDescription:
    if listed is None:
        return describe(drawn, unit)
    is_empty = not listed.size
    return ValueDescription(
        distribution="listed",
        parameters={} if is_empty else {"low": float(listed.min()), "high": float(listed.max())},
        unit=unit,
        mean=0.0 if is_empty else float(listed.mean()),
        sd=0.0 if is_empty else float(listed.std()),
    )


def _drawn(drawn: Distribution, unit: str) -> ValueDescription:
    return ValueDescription(
        distribution=snake_case(type(drawn).__name__),
        parameters={name: float(number) for name, number in _scalars(drawn).items()},
        unit=unit,
        mean=float(drawn.mean),
        sd=math.sqrt(drawn.variance),
    )


def _plasticity(rule: Stdp | None) -> dict[str, Any] | None:
    if rule is None:
        return None
    return asdict(rule) | {"dependence": rule.dependence.value}
