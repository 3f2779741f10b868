"""Variants of a network: what sensitivity studies change, by rule and not synapse by synapse.

All but the refractory time concerns recurrent synapses alone, those from neurons. What is not
asked for stays the same object, so that a variant that changes nothing has the same spikes. What
is asked for comes in this order: rule, loss, factor, resolution, delay.
"""

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from chipemu.models.if_curr_exp.params import LIF_DEFAULTS
from host.errors import ConfigError
from host.sections import VariantConfig
from mapping.connectors import (
    AllToAll,
    Connector,
    ExplicitList,
    FixedInDegree,
    FixedTotalNumber,
    OneToOne,
    PairwiseBernoulli,
)
from mapping.derived import binned, scaled, shifted
from mapping.distributions import Distribution
from mapping.spec import NetworkSpec, Parameter, Population, PopulationKind, Projection

__all__ = ["is_recurrent", "vary"]

WHOLE = 1e-9
"""Parts of a step that are no step more, as in `chipemu.models.if_curr_exp.params`."""


def vary(spec: NetworkSpec, variant: VariantConfig, dt_ms: float) -> NetworkSpec:
    """Change a network as `variant` says.

    Parameters
    ----------
    spec : NetworkSpec
    variant : VariantConfig
    dt_ms : float
        Time step (ms), the unit of delays and refractory times.

    Returns
    -------
    NetworkSpec
        `spec` itself if nothing changes. A fixed in-degree is the mean one, rounded; projections
        left without synapses are left out.

    Raises
    ------
    ConfigError
        If a rule or a distribution of the network does not allow what is asked for.
    """
    if variant == VariantConfig():
        return spec
    projections = [
        _varied(spec, p, variant, dt_ms) if is_recurrent(spec, p) else p for p in spec.projections
    ]
    return NetworkSpec(
        spec.name,
        tuple(_with_refractory_time(p, variant.refractory_steps, dt_ms) for p in spec.populations),
        tuple(p for p in projections if p is not None),
    )


def is_recurrent(spec: NetworkSpec, projection: Projection) -> bool:
    """Whether the sources of `projection` are neurons."""
    return spec.population(projection.pre).kind is PopulationKind.NEURON


def _varied(
    spec: NetworkSpec, projection: Projection, variant: VariantConfig, dt_ms: float
) -> Projection | None:
    try:
        connected = _connected(spec, projection, variant.connections)
        thinned = _thinned(connected, variant.lost_synapses)
        if thinned is None:
            return None
        rule = _with_listed(thinned, variant, dt_ms)
        weight_na = _weights(projection.weight_na, variant)
        delay_ms = _delays(projection.delay_ms, variant.delay_steps, dt_ms)
    except ConfigError as error:
        msg = f"network.variant: projection {projection.pre} -> {projection.post}: {error}"
        raise ConfigError(msg) from error
    return replace(projection, connector=rule, weight_na=weight_na, delay_ms=delay_ms)


def _connected(spec: NetworkSpec, projection: Projection, rule: str | None) -> Connector:
    """The rule of `projection`, or one of the same mean number of synapses."""
    connector = projection.connector
    if rule is None:
        return connector
    if isinstance(connector, AllToAll | OneToOne | ExplicitList):
        msg = f"connections {rule}: {_words(connector)} is not drawn; leave connections out"
        raise ConfigError(msg)
    autapses = getattr(connector, "allow_autapses", True)
    multapses = getattr(connector, "allow_multapses", False)
    n = spec.expected_synapses(projection)
    if rule == "total":
        return FixedTotalNumber(round(n), autapses, multapses)
    return FixedInDegree(round(n / spec.sizes(projection)[1]), autapses, multapses)


def _thinned(connector: Connector, lost: float) -> Connector | None:
    """`connector` without a share of its synapses, exactly in distribution; None: none is left."""
    kept = 1.0 - lost
    match connector:
        case FixedTotalNumber(n=n):
            n = n if lost == 0 else round(kept * n)
            return None if n == 0 else replace(connector, n=n)
        case FixedInDegree(k=0):
            return None
    if lost == 0:
        return connector
    match connector:
        case PairwiseBernoulli(p=p):
            return replace(connector, p=kept * p)
        case AllToAll():
            return PairwiseBernoulli(kept, connector.allow_autapses)
    msg = (
        f"lost_synapses {lost:g}: {_words(connector)} does not remain one when synapses are lost "
        "at random; choose connections total, or 0"
    )
    raise ConfigError(msg)


def _with_listed(connector: Connector, variant: VariantConfig, dt_ms: float) -> Connector:
    """`connector` with the weights and delays that it lists, if any, varied."""
    if not isinstance(connector, ExplicitList):
        return connector
    weight_na, delay_ms = connector.weight_na, connector.delay_ms
    if weight_na is not None:
        if variant.weight_bits is not None:
            msg = f"weight_bits {variant.weight_bits}: weights are listed, not drawn; leave it out"
            raise ConfigError(msg)
        weight_na = variant.weight_factor * weight_na
    if delay_ms is not None and variant.delay_steps:
        offset_ms, least_ms = _delay_change(variant.delay_steps, dt_ms)
        delay_ms = np.maximum(least_ms, delay_ms + offset_ms)
    return replace(connector, weight_na=weight_na, delay_ms=delay_ms)


def _weights(weight_na: Distribution, variant: VariantConfig) -> Distribution:
    weight_na = scaled(weight_na, variant.weight_factor)
    if variant.weight_bits is None:
        return weight_na
    preserving = variant.discretisation == "preserving"
    try:
        return binned(weight_na, variant.weight_bits, preserving=preserving)
    except ValueError as error:
        msg = f"{error} nA, and magnitudes are not negative; choose more bits, or naive"
        raise ConfigError(msg) from error


def _delays(delay_ms: Distribution, n_steps: int, dt_ms: float) -> Distribution:
    return delay_ms if n_steps == 0 else shifted(delay_ms, *_delay_change(n_steps, dt_ms))


def _delay_change(n_steps: int, dt_ms: float) -> tuple[float, float]:
    """What is added to a delay, and the least that it is then (ms).

    What is below a step counts as one before anything is added, as without the variant.
    """
    return n_steps * dt_ms, max(1, 1 + n_steps) * dt_ms


def _with_refractory_time(population: Population, n_steps: int, dt_ms: float) -> Population:
    if n_steps == 0 or population.kind is not PopulationKind.NEURON:
        return population
    before = population.parameters.get("tau_refrac", LIF_DEFAULTS["tau_refrac"])
    parameters: Mapping[str, Parameter] = {
        **population.parameters,
        "tau_refrac": _refractory_time(before, n_steps, dt_ms),
    }
    return replace(population, parameters=parameters)


def _refractory_time(before_ms: Parameter, n_steps: int, dt_ms: float) -> Parameter:
    """Refractory time (ms) of so many steps more than the core makes of `before_ms`."""
    match before_ms:
        case float() | int():
            return max(0, math.ceil(before_ms / dt_ms - WHOLE) + n_steps) * dt_ms
        case np.ndarray():
            n_before = np.ceil(before_ms / dt_ms - WHOLE).astype(np.float64)
            return np.maximum(0.0, n_before + n_steps) * dt_ms
    return shifted(before_ms, n_steps * dt_ms, 0.0)


def _words(connector: Connector) -> str:
    """Name of a rule, in words."""
    name = type(connector).__name__
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()
