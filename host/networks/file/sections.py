"""What a network file may say, as frozen dataclasses whose types carry their bounds."""

import math
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, FiniteFloat

from host.validation import FieldError
from mapping.connectors import (
    AllToAll,
    FixedInDegree,
    FixedOutDegree,
    FixedTotalNumber,
    OneToOne,
    PairwiseBernoulli,
)
from mapping.distributions import ClippedNormal, Exponential, LogNormal, Normal, Uniform
from mapping.plasticity import Stdp, WeightDependence

__all__ = [
    "DISTRIBUTIONS",
    "DISTRIBUTION_CLASSES",
    "KINDS",
    "RULES",
    "RULE_CLASSES",
    "Draw",
    "NetworkFile",
    "Plasticity",
    "PopulationSection",
    "ProjectionSection",
    "Rule",
    "Value",
]

NotNegative = Annotated[FiniteFloat, Field(ge=0)]
Positive = Annotated[FiniteFloat, Field(gt=0)]
Rate = Annotated[FiniteFloat, Field(ge=0, le=1e9)]
Size = Annotated[int, Field(ge=1, le=2**31 - 1)]
Number = Annotated[int, Field(ge=0)]
Name = Annotated[str, Field(min_length=1, pattern="^[^/]+$")]
Distribution = Literal["normal", "normal_clipped", "uniform", "exponential", "lognormal"]
Kind = Literal["neuron", "poisson", "spike_array"]
Rule = Literal[
    "one_to_one",
    "all_to_all",
    "pairwise_bernoulli",
    "fixed_total_number",
    "fixed_in_degree",
    "fixed_out_degree",
    "list",
]

LEAST_SHARE = 1e-6
"""Of a normal distribution that must lie between bounds; less is known too coarsely to draw from:
the inverse of its cumulative function has 16 digits."""
Keys = tuple[tuple[str, ...], tuple[str, ...]]


def _keys_of(kind: type) -> Keys:
    """Fields of the dataclass `kind` that need a value, and those that have one."""
    needed = tuple(own.name for own in fields(kind) if own.default is MISSING)
    return needed, tuple(own.name for own in fields(kind) if own.name not in needed)


DISTRIBUTION_CLASSES: Mapping[str, type[Any]] = {
    "normal": Normal,
    "normal_clipped": ClippedNormal,
    "uniform": Uniform,
    "exponential": Exponential,
    "lognormal": LogNormal,
}
"""Distributions by PyNN's names; their fields are the keys of `Draw`."""
RULE_CLASSES: Mapping[str, type[Any]] = {
    "one_to_one": OneToOne,
    "all_to_all": AllToAll,
    "pairwise_bernoulli": PairwiseBernoulli,
    "fixed_total_number": FixedTotalNumber,
    "fixed_in_degree": FixedInDegree,
    "fixed_out_degree": FixedOutDegree,
}
"""Rules of connection by name; their fields are keys of `ProjectionSection`."""

DISTRIBUTIONS = {name: _keys_of(kind) for name, kind in DISTRIBUTION_CLASSES.items()}
"""Keys that each distribution needs, and those that it may have besides."""
KINDS: Mapping[str, Keys] = {
    "neuron": ((), ("model", "parameters", "initial")),
    "poisson": (("rate_hz",), ("is_recorded",)),
    "spike_array": ((), ("times_ms", "file")),
}
"""The same of the kinds of populations."""
RULES = {name: _keys_of(kind) for name, kind in RULE_CLASSES.items()} | {
    "list": ((), ("pairs", "file")),
}
"""The same of the rules of connection."""


def _check_choice(owner: object, key: str, choices: Mapping[str, Keys]) -> None:
    """Refuse keys that mean nothing for what `key` of `owner` says, and the lack of those it needs.

    Raises
    ------
    FieldError
    """
    chosen = getattr(owner, key)
    needed, possible = choices[chosen]
    for name in sorted({name for pair in choices.values() for part in pair for name in part}):
        is_given = getattr(owner, name) is not None
        if name in needed and not is_given:
            msg = f"of {key} {chosen!r} lacks {name!r}; write it"
            raise FieldError((), msg)
        if is_given and name not in (*needed, *possible):
            others = [other for other, (a, b) in choices.items() if name in (*a, *b)]
            msg = f"has no meaning for {key} {chosen!r}, only for {', '.join(others)}; leave it out"
            raise FieldError((name,), msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """A value that is drawn anew for each neuron or synapse, in the terms of PyNN.

    Attributes
    ----------
    distribution : {"normal", "normal_clipped", "uniform", "exponential", "lognormal"}
        normal_clipped is redrawn until it lies between `low` and `high`.
    mu, sigma : float or None
        Mean and standard deviation, above 0; of lognormal those of the logarithm.
    low, high : float or None
        Bounds; of normal_clipped either may be left out.
    beta : float or None
        Mean of exponential, above 0.

    Raises
    ------
    FieldError
        On keys that the distribution lacks or has no use for, and on bounds out of order.
    """

    distribution: Distribution
    mu: FiniteFloat | None = None
    sigma: Positive | None = None
    low: FiniteFloat | None = None
    high: FiniteFloat | None = None
    beta: Positive | None = None

    def __post_init__(self) -> None:
        _check_choice(self, "distribution", DISTRIBUTIONS)
        if self.low is not None and self.high is not None and not self.low < self.high:
            msg = f"should be above low, {self.low:g}, got {self.high:g}"
            raise FieldError(("high",), msg)
        if self.distribution == "normal_clipped":
            self._check_share()

    def _check_share(self) -> None:
        """Refuse bounds so far from the mean that redrawing would not end."""
        bounds = [-math.inf if self.low is None else self.low]
        bounds.append(math.inf if self.high is None else self.high)
        below, upto = Normal(self.mu or 0.0, self.sigma or 1.0).cdf(np.array(bounds))
        if upto - below < LEAST_SHARE:
            msg = (
                f"leaves less than {LEAST_SHARE:g} of the values between its bounds, "
                f"{bounds[0]:g} and {bounds[1]:g}; move them towards mu, {self.mu:g}"
            )
            raise FieldError((), msg)


Value = FiniteFloat | tuple[FiniteFloat, ...] | Draw
"""The same for all members, one for each, or drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PopulationSection:
    """Neurons of one model, or spike sources.

    Attributes
    ----------
    size : int
        Number of members.
    kind : {"neuron", "poisson", "spike_array"}
    model : str or None
        Of neurons, by PyNN's name; None: IF_curr_exp.
    parameters : mapping or None
        Of neurons: by PyNN's names, in PyNN's units (ms, mV, nF, nA) or with a unit; those left
        out are PyNN's defaults. A number, a list with one for each neuron, or a distribution.
    initial : mapping or None
        Of neurons: state variables to begin with, such as v (mV), likewise.
    rate_hz : float or tuple of float or None
        Of Poisson sources: rate of each (Hz).
    is_recorded : bool or None
        Of Poisson sources: whether their spikes are sent as packets whatever the layout.
    times_ms : tuple of tuple of float or None
        Of spike arrays: a list of spike times (ms) for each member.
    file : str or None
        Of spike arrays: a CSV or NPZ file with columns member and time_ms, instead of `times_ms`.
    expected_rate_hz : float or None
        Rate (Hz) that ring buffers and synapse cores are dimensioned for; None: 30 Hz of neurons
        and spike arrays, the mean rate of Poisson sources.
    mean_rate_hz : float or None
        Rate (Hz) that placing and routing reckon with; None: the expected one.
    """

    size: Size
    kind: Kind = "neuron"
    model: str | None = None
    parameters: Mapping[str, Value] | None = None
    initial: Mapping[str, Value] | None = None
    rate_hz: Rate | tuple[Rate, ...] | None = None
    is_recorded: bool | None = None
    times_ms: tuple[tuple[NotNegative, ...], ...] | None = None
    file: str | None = None
    expected_rate_hz: Rate | None = None
    mean_rate_hz: Rate | None = None

    def __post_init__(self) -> None:
        _check_choice(self, "kind", KINDS)
        if self.kind == "spike_array" and (self.times_ms is None) == (self.file is None):
            msg = "of kind 'spike_array' needs 'times_ms' or 'file', one of them"
            raise FieldError((), msg)
        for name in ("parameters", "initial"):
            for key, value in (getattr(self, name) or {}).items():
                self._check_length((name, key), value)
        self._check_length(("rate_hz",), self.rate_hz)
        if self.times_ms is not None and len(self.times_ms) != self.size:
            msg = f"should have a list for each of {self.size} members, got {len(self.times_ms)}"
            raise FieldError(("times_ms",), msg)

    def _check_length(self, at: tuple[str, ...], value: object) -> None:
        if isinstance(value, tuple) and len(value) != self.size:
            msg = f"should have one value, or one for each of {self.size} members, got {len(value)}"
            raise FieldError(at, msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plasticity:
    """Pair-based STDP, as `mapping.plasticity.Stdp` (docs/plasticity.md).

    Attributes
    ----------
    tau_plus_ms, tau_minus_ms : float
        Time constants (ms) of potentiation and of depression.
    a_plus, a_minus : float
        Change at no distance in time: in parts of `w_max` if additive, else of the distance from
        the limit.
    w_min, w_max : float
        Limits of the weight, in the unit of the target's model or with a unit.
    dependence : {"additive", "multiplicative"}
    is_backpropagated : bool
        Whether a target's spike takes the delay of the synapse to come to it.
    """

    tau_plus_ms: Positive = 20.0
    tau_minus_ms: Positive = 20.0
    a_plus: FiniteFloat = 0.01
    a_minus: FiniteFloat = 0.01
    w_min: NotNegative = 0.0
    w_max: NotNegative = 1.0
    dependence: Literal["additive", "multiplicative"] = "additive"
    is_backpropagated: bool = True

    def __post_init__(self) -> None:
        if self.w_min > self.w_max:
            msg = f"should be at least w_min, {self.w_min:g}, got {self.w_max:g}"
            raise FieldError(("w_max",), msg)

    @property
    def rule(self) -> Stdp:
        """The rule as mapping knows it."""
        return Stdp(
            tau_plus_ms=self.tau_plus_ms,
            tau_minus_ms=self.tau_minus_ms,
            a_plus=self.a_plus,
            a_minus=self.a_minus,
            w_min=self.w_min,
            w_max=self.w_max,
            dependence=WeightDependence(self.dependence),
            is_backpropagated=self.is_backpropagated,
        )


Index = Annotated[int, Field(ge=0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectionSection:
    """Synapses, of every population in `pre` onto every one in `post`.

    Attributes
    ----------
    pre, post : str or tuple of str
        Names of populations; lists stand for all pairs, the first of `pre` with each of `post`
        first.
    rule : str
        Who connects to whom, in the terms of Senk et al. 2022 (PLOS Comput. Biol. 18:e1010086).
    p : float or None
        Of pairwise_bernoulli: probability of each pair.
    n : int or None
        Of fixed_total_number: synapses in all.
    k : int or None
        Of fixed_in_degree and fixed_out_degree: synapses of each target, of each source.
    allow_autapses, allow_multapses : bool or None
        Whether neurons connect to themselves, and pairs more than once; None: yes.
    pairs : tuple of (int, int) or None
        Of list: indices of source and target, from 0.
    file : str or None
        Of list: a CSV or NPZ file with columns pre and post, and weight and delay_ms if these
        differ, instead of `pairs`.
    receptor : {"excitatory", "inhibitory"}
    weight : float or Draw or None
        Magnitude, in the unit of the target's model (nA; uS of IF_cond_exp; mV of IF_curr_delta) or
        with a unit. None: as the file lists.
    delay_ms : float or Draw or None
        Delay (ms), rounded to time steps, one at least. None: as the file lists.
    plasticity : Plasticity or None
        How weights change; None: they do not.
    """

    pre: Name | tuple[Name, ...]
    post: Name | tuple[Name, ...]
    rule: Rule
    p: Annotated[FiniteFloat, Field(ge=0, le=1)] | None = None
    n: Number | None = None
    k: Number | None = None
    allow_autapses: bool | None = None
    allow_multapses: bool | None = None
    pairs: tuple[tuple[Index, Index], ...] | None = None
    file: str | None = None
    receptor: Literal["excitatory", "inhibitory"] = "excitatory"
    weight: NotNegative | Draw | None = None
    delay_ms: NotNegative | Draw | None = None
    plasticity: Plasticity | None = None

    def __post_init__(self) -> None:
        _check_choice(self, "rule", RULES)
        if self.rule == "list" and (self.pairs is None) == (self.file is None):
            msg = "of rule 'list' needs 'pairs' or 'file', one of them"
            raise FieldError((), msg)
        for name in ("weight", "delay_ms"):
            if getattr(self, name) is None and self.file is None:
                msg = f"lacks {name!r}; write it"
                raise FieldError((), msg)

    @property
    def sources(self) -> tuple[str, ...]:
        """Populations of `pre`."""
        return (self.pre,) if isinstance(self.pre, str) else self.pre

    @property
    def targets(self) -> tuple[str, ...]:
        """Populations of `post`."""
        return (self.post,) if isinstance(self.post, str) else self.post


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkFile:
    """A network: its populations, and the projections between them, in order.

    Attributes
    ----------
    name : str
        As it is called in results; without it, the name of the file.
    description : str
        One line for lists.
    source : str
        Where the figures come from.
    populations : mapping of str to PopulationSection
        By name.
    projections : tuple of ProjectionSection
    """

    name: Name
    description: str = ""
    source: str = ""
    populations: Annotated[Mapping[Name, PopulationSection], Field(min_length=1)]
    projections: tuple[ProjectionSection, ...] = field(default=())
