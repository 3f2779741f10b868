"""What each projection brings to each core: rows, blocks, synapses."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mapping.connectors import OneToOne
from mapping.delays import MOST_STAGES, Stages
from mapping.graph import Layout, MachineGraph, Role
from mapping.spec import NetworkSpec, Projection
from mapping.traffic import is_direct_poisson

__all__ = ["Share", "graph_stages", "shares"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Share(NamedTuple):
    """What the cores that receive a projection have of it."""

    projection: Projection
    n_pre: int
    n_post: int
    core: Ints
    """Vertices that receive it, shape (n_cores,); so are all arrays."""
    n_targets: Ints
    """Neurons that each one serves."""
    part: Floats
    """Fraction of the sources that each one takes: the synapse cores of an ensemble share them."""
    rows: Floats
    """Sources that can have synapses there."""
    blocks: Floats
    """Slices of these sources."""
    block_rows: int
    """Sources in a slice."""
    synapses: Floats
    """Expected synapses."""
    n_delayed: int
    """Stages that delay cores add to it."""
    delayer: Ints
    """Delay cores of its sources; none if no stage is added."""
    delayed: Floats
    """Fraction of the sources that each of these serves."""


def graph_stages(graph: MachineGraph, dt_ms: float) -> Stages:
    """Stages of delay of a network that has been cut."""
    return Stages(graph.n_stages, graph.stage_steps, dt_ms)


def shares(spec: NetworkSpec, graph: MachineGraph, dt_ms: float) -> list[Share]:
    """Find what each core receives of each projection with synapses.

    Sources that feed their targets through memory have none. Synapse cores of an ensemble are taken
    to have equal parts of each projection, as they have to within a slice (`mapping.traffic.deal`).
    """
    stages = graph_stages(graph, dt_ms)
    receivers = _by_population(spec, graph, Role.COMBINED, Role.SYNAPSE)
    delayers = _by_population(spec, graph, Role.DELAY)
    return [
        _share(
            spec,
            graph,
            projection,
            core=receivers[spec.index(projection.post)],
            delayer=delayers[spec.index(projection.pre)],
            stages=stages,
        )
        for projection in spec.projections
        if spec.expected_synapses(projection) > 0
        and not _is_through_memory(spec, graph, projection, dt_ms)
    ]


def _by_population(spec: NetworkSpec, graph: MachineGraph, *roles: Role) -> list[Ints]:
    """Vertices of these roles, for each population."""
    has_role = np.isin(graph.role, roles)
    return [
        np.flatnonzero(has_role & (graph.population == index))
        for index in range(len(spec.populations))
    ]


def _is_through_memory(
    spec: NetworkSpec, graph: MachineGraph, projection: Projection, dt_ms: float
) -> bool:
    is_direct = is_direct_poisson(spec, spec.index(projection.pre), dt_ms)
    return graph.layout is Layout.ENSEMBLE and is_direct


def _share(
    spec: NetworkSpec,
    graph: MachineGraph,
    projection: Projection,
    *,
    core: Ints,
    delayer: Ints,
    stages: Stages,
) -> Share:
    n_pre, n_post = spec.sizes(projection)
    n_targets = graph.n_members[core].astype(np.int64)
    n_sharing = max(1, int(graph.n_synapse_cores[spec.index(projection.post)]))
    block_rows = min(graph.neurons_per_core, n_pre)
    n_delayed = min(MOST_STAGES, stages.count(projection) - 1) if stages.n > 1 else 0
    delayer = delayer if n_delayed else delayer[:0]
    part = np.full(len(core), 1 / n_sharing)
    rows = part * (n_targets if isinstance(projection.connector, OneToOne) else n_pre)
    return Share(
        projection=projection,
        n_pre=n_pre,
        n_post=n_post,
        core=core,
        n_targets=n_targets,
        part=part,
        rows=rows,
        blocks=np.ceil(rows / block_rows),
        block_rows=block_rows,
        synapses=spec.expected_synapses(projection) * n_targets / n_post * part,
        n_delayed=n_delayed,
        delayer=delayer,
        delayed=graph.n_members[delayer] / n_pre,
    )
