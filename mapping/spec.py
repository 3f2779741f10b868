"""What the user wants simulated: populations and the projections between them.

A `NetworkSpec` is the value that mapping, on-core generation and the engines all start from. It
names things and gives rules and distributions; no synapse is ever listed unless the user listed it.
"""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from mapping.connectors import Connector, ExplicitList
from mapping.distributions import Distribution
from mapping.errors import SpecError
from mapping.plasticity import Stdp

__all__ = ["NetworkSpec", "Parameter", "Population", "PopulationKind", "Projection", "Receptor"]

Parameter = float | NDArray[np.float64] | Distribution
"""A parameter: the same for all neurons, one value each, or drawn from a distribution."""


class PopulationKind(Enum):
    """What the members of a population are."""

    NEURON = "neuron"
    POISSON = "poisson"
    SPIKE_ARRAY = "spike_array"


class Receptor(Enum):
    """Synapse types of a neuron; the value is the index of its ring buffer."""

    EXCITATORY = 0
    INHIBITORY = 1


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """`size` neurons, or spike sources, of one model.

    Attributes
    ----------
    name : str
        Unique in the network.
    size : int
        Number of members, at least 1.
    kind : PopulationKind
    model : str
        Neuron model of neurons, by PyNN's name; means nothing for spike sources.
    parameters : mapping of str to Parameter
        By the names and in the units of the model (PyNN's names and units: ms, mV, nF, nA, Hz).
    initial : mapping of str to Parameter
        Initial values of state variables (``v`` in mV).
    is_recorded : bool
        Whether the spikes of a Poisson source are wanted. Then they are always sent as packets and
        never handed over through memory.
    spike_times_ms : tuple of ndarray of float64
        For a spike array: the times (ms) at which each member fires, one array per member.
    expected_rate_hz : float
        Rate (spikes/s per member) that ring-buffer shifts and the number of synapse cores reckon
        with; 30 Hz is what the real tool chain assumes of neurons (`spikes_per_second`).
    mean_rate_hz : float or None
        Mean rate, where it is known: that of the traffic that placing and routing weigh. None: the
        expected one.
    """

    name: str
    size: int
    kind: PopulationKind
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    initial: Mapping[str, Parameter] = field(default_factory=dict)
    spike_times_ms: tuple[NDArray[np.float64], ...] = ()
    expected_rate_hz: float = 30.0
    mean_rate_hz: float | None = None
    model: str = "IF_curr_exp"
    is_recorded: bool = False

    @property
    def traffic_rate_hz(self) -> float:
        """Spikes/s of a member that traffic is reckoned with."""
        return self.expected_rate_hz if self.mean_rate_hz is None else self.mean_rate_hz

    def __post_init__(self) -> None:
        if self.size < 1:
            msg = f"population {self.name!r} needs at least 1 member, got {self.size}"
            raise SpecError(msg)
        if not self.name or "/" in self.name:
            msg = f"population name {self.name!r}: must not be empty nor contain '/'"
            raise SpecError(msg)


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """Synapses from population `pre` to population `post`.

    Attributes
    ----------
    pre, post : str
        Names of the populations.
    connector : Connector
    weight_na : Distribution
        Weight magnitude, not negative; the sign is the receptor's. In nA, or in the unit of the
        target's neuron model if its synapses have another (uS, mV).
    delay_ms : Distribution
        Delay (ms), rounded to steps, at least one step.
    receptor : Receptor
    plasticity : Stdp or None
        Rule by which weights change, those given being the ones to begin with; None: they do not.
        All plastic projections onto a population have the same rule, as on the real tool chain.

    Raises
    ------
    SpecError
        On a weight or a delay that is negative or not finite, by its mean or as listed.
    """

    pre: str
    post: str
    connector: Connector
    weight_na: Distribution
    delay_ms: Distribution
    receptor: Receptor = Receptor.EXCITATORY
    plasticity: Stdp | None = None

    def __post_init__(self) -> None:
        weight_na = _worst(self.weight_na, getattr(self.connector, "weight_na", None))
        delay_ms = _worst(self.delay_ms, getattr(self.connector, "delay_ms", None))
        if not 0 <= weight_na < math.inf:
            msg = (
                f"projection {self.pre} -> {self.post}: weight {weight_na:g} nA; weights are "
                "magnitudes, choose the inhibitory receptor for inhibition"
            )
            raise SpecError(msg)
        if not 0 <= delay_ms < math.inf:
            msg = (
                f"projection {self.pre} -> {self.post}: delay {delay_ms:g} ms; "
                "delays are finite and not negative"
            )
            raise SpecError(msg)


def _worst(values: Distribution, listed: NDArray[np.float64] | None) -> float:
    """Mean of `values` or, if values are listed, the one furthest from what can be."""
    if listed is None:
        return values.mean
    possible = np.isfinite(listed) & (listed >= 0)
    return 0.0 if possible.all() else float(listed[np.argmin(possible)])


@dataclass(frozen=True, slots=True, eq=False)
class NetworkSpec:
    """Populations and projections, in the order in which the user gave them.

    Attributes
    ----------
    name : str
    populations : tuple of Population
    projections : tuple of Projection

    Raises
    ------
    SpecError
        On names that are missing, double or unknown, on rules that cannot be met, and without any
        population.
    """

    name: str
    populations: tuple[Population, ...]
    projections: tuple[Projection, ...]
    _indices: dict[str, int] = field(init=False, repr=False)
    _outgoing: dict[str, tuple[Projection, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for name, count in Counter(population.name for population in self.populations).items():
            if count > 1:
                msg = f"population {name!r} is defined {count} times"
                raise SpecError(msg)
        indices = {population.name: i for i, population in enumerate(self.populations)}
        object.__setattr__(self, "_indices", indices)
        if not self.populations:
            msg = f"network {self.name!r} is empty; add a population"
            raise SpecError(msg)
        outgoing: dict[str, list[Projection]] = {name: [] for name in indices}
        for projection in self.projections:
            self._check_projection(projection)
            outgoing[projection.pre].append(projection)
        self._check_rules()
        object.__setattr__(self, "_outgoing", {k: tuple(v) for k, v in outgoing.items()})

    def _check_projection(self, projection: Projection) -> None:
        for end in (projection.pre, projection.post):
            if end not in self._indices:
                msg = f"projection {projection.pre} -> {projection.post}: no population {end!r}"
                raise SpecError(msg)
        post = self.population(projection.post)
        if post.kind is not PopulationKind.NEURON:
            msg = f"projection {projection.pre} -> {projection.post}: {post.name} is a spike source"
            raise SpecError(msg)
        try:
            projection.connector.check(
                self.population(projection.pre).size,
                post.size,
                recurrent=projection.pre == projection.post,
            )
        except SpecError as error:
            msg = f"projection {projection.pre} -> {projection.post}: {error}"
            raise SpecError(msg) from error

    def _check_rules(self) -> None:
        """Check that all plastic projections onto a population have one rule."""
        first: dict[str, Projection] = {}
        for projection in self.projections:
            if projection.plasticity is None:
                continue
            known = first.setdefault(projection.post, projection)
            if known.plasticity != projection.plasticity:
                msg = (
                    f"projections {known.pre} -> {known.post} and {projection.pre} -> "
                    f"{projection.post} have different rules of plasticity; cores have one for all "
                    "projections onto a population: use the same, or two populations"
                )
                raise SpecError(msg)

    def rule(self, population: str) -> Stdp | None:
        """Rule of the plastic projections onto a population; None if there are none."""
        rules = [p.plasticity for p in self.projections if p.post == population]
        return next((rule for rule in rules if rule is not None), None)

    def index(self, name: str) -> int:
        """Position of population `name`."""
        return self._indices[name]

    def outgoing(self, population: int) -> tuple[Projection, ...]:
        """Projections from a population, given by its position, in order."""
        return self._outgoing[self.populations[population].name]

    def population(self, name: str) -> Population:
        """Population called `name`."""
        return self.populations[self.index(name)]

    @property
    def n_neurons(self) -> int:
        """Number of neurons, spike sources not counted."""
        return sum(p.size for p in self.populations if p.kind is PopulationKind.NEURON)

    def sizes(self, projection: Projection) -> tuple[int, int]:
        """Sizes of the source and the target population of `projection`."""
        return self.population(projection.pre).size, self.population(projection.post).size

    def expected_synapses(self, projection: Projection) -> float:
        """Expected number of synapses of `projection`."""
        n_pre, n_post = self.sizes(projection)
        recurrent = projection.pre == projection.post
        return projection.connector.n_synapses(n_pre, n_post, recurrent=recurrent).mean

    def delay_slots(self, dt_ms: float) -> int:
        """Ring-buffer slots that hold every delay of the network, a power of two.

        A delay distribution counts up to the value that less than one of its synapses is
        expected to exceed; the rare longer draw is cut to it when synapses are generated.

        Parameters
        ----------
        dt_ms : float
            Time step (ms).
        """
        longest = max((self.longest_delay(p, dt_ms) for p in self.projections), default=1)
        return 1 << longest.bit_length()  # slots - 1 >= longest

    def longest_delay(self, projection: Projection, dt_ms: float) -> int:
        """Delay (steps, at least 1) that less than one synapse of `projection` should exceed."""
        listed = getattr(projection.connector, "delay_ms", None)
        if isinstance(projection.connector, ExplicitList) and listed is not None:
            delay_ms = float(listed.max(initial=dt_ms))
        else:
            tail = min(0.5, 1.0 / max(2.0, self.expected_synapses(projection)))
            delay_ms = float(projection.delay_ms.ppf(np.array([1 - tail]))[0])
        return max(1, round(delay_ms / dt_ms))
