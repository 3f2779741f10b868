"""A network of fewer neurons by rule: ``network.scale`` of networks that are written in files.

Sizes, in-degrees and out-degrees become that fraction, probabilities stay as they are. Weights
grow as the number of synapses of a target shrinks, which keeps mean inputs but not their variance
(van Albada et al. 2015, PLOS Comput. Biol. 11:e1004490). One-to-one input from outside stays as it
is.
"""

from dataclasses import replace

import numpy as np

from host.errors import ConfigError
from mapping.connectors import (
    Connector,
    ExplicitList,
    FixedInDegree,
    FixedOutDegree,
    FixedTotalNumber,
    OneToOne,
)
from mapping.derived import scaled
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection

__all__ = ["scaled_network"]

WHOLE = 1e-9
"""Parts of a neuron that are none."""


def scaled_network(spec: NetworkSpec, scale: float) -> NetworkSpec:
    """Shrink a network.

    Parameters
    ----------
    spec : NetworkSpec
    scale : float
        Fraction of neurons and of in-degrees, in (0, 1].

    Raises
    ------
    ConfigError
        If something is listed for each neuron, if weights change, or if nothing would be left.
    """
    if scale == 1.0:
        return spec
    try:
        populations = tuple(_population(population, scale) for population in spec.populations)
        small = NetworkSpec(spec.name, populations, ())
        projections = tuple(_projection(spec, small, p, scale) for p in spec.projections)
    except ConfigError as error:
        msg = f"network.scale {scale:g}: {error}"
        raise ConfigError(msg) from error
    return NetworkSpec(spec.name, populations, projections)


def _population(population: Population, scale: float) -> Population:
    values = [*population.parameters.values(), *population.initial.values()]
    is_listed = any(isinstance(value, np.ndarray) for value in values)
    if is_listed or population.kind is PopulationKind.SPIKE_ARRAY:
        msg = f"population {population.name} has values listed for its members; leave scale at 1"
        raise ConfigError(msg)
    size = int(scale * population.size + WHOLE)
    if size < 1:
        msg = (
            f"nothing is left of the {population.size} members of population {population.name}; "
            f"choose {1 / population.size:.2g} or more"
        )
        raise ConfigError(msg)
    return replace(population, size=size)


def _projection(
    spec: NetworkSpec, small: NetworkSpec, projection: Projection, scale: float
) -> Projection:
    where = f"projection {projection.pre} -> {projection.post}"
    if projection.plasticity is not None:
        msg = f"{where} is plastic, and the limits of weights do not scale; leave scale at 1"
        raise ConfigError(msg)
    if isinstance(projection.connector, ExplicitList):
        msg = f"{where} lists its synapses; leave scale at 1"
        raise ConfigError(msg)
    if isinstance(projection.connector, OneToOne):
        return projection
    before = projection.connector
    after = _connector(before, scale)
    factor = _in_degree(spec, projection, before) / _in_degree(small, projection, after)
    return replace(projection, connector=after, weight_na=scaled(projection.weight_na, factor))


def _connector(connector: Connector, scale: float) -> Connector:
    """Rule of the smaller network; at least one synapse is left where there was one."""
    match connector:
        case FixedInDegree(k=k) | FixedOutDegree(k=k):
            return replace(connector, k=min(k, max(1, round(scale * k))))
        case FixedTotalNumber(n=n):
            return replace(connector, n=min(n, max(1, round(scale**2 * n))))
    return connector


def _in_degree(spec: NetworkSpec, projection: Projection, connector: Connector) -> float:
    """Mean number of synapses of a target; 1 if there are none, before and after."""
    n_pre, n_post = spec.sizes(projection)
    recurrent = projection.pre == projection.post
    return connector.n_synapses(n_pre, n_post, recurrent=recurrent).mean / n_post or 1.0
