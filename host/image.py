"""From a network and its mapping to the image that the cores are loaded with."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from chipemu.generation.matrix import ProceduralMatrix
from chipemu.generation.plan import GenerationPlan
from chipemu.image import CoreTable, MachineImage
from chipemu.plasticity.synapses import PlasticSynapses
from chipemu.synapses import (
    InputEstimate,
    SynapticMatrix,
    block_bounds,
    ring_buffer_shift,
)
from host.dealing import Dealing, find_dealing, row_channels
from host.generate import generate, plan_generation
from host.neurons import model_of, neurons_of
from host.numerics import Numerics
from host.plan import Numbering, number_members
from host.plasticity import check_delays, is_plastic, plastic_synapses, scaled_rule
from host.spikesources import direct_poisson, packet_poisson, spike_events
from host.weights import exact_weights
from mapping.connectors import ExplicitList
from mapping.derived import scaled
from mapping.graph import Layout, MachineGraph, Role
from mapping.place import Placement
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection, Receptor
from mapping.traffic import is_direct_poisson

__all__ = [
    "build_image",
    "direct_populations",
    "in_core_units",
    "largest_weight",
    "plan_image",
    "ring_buffer_shifts",
]

Floats = NDArray[np.float64]
Shifts = dict[str, tuple[int, int]]


def in_core_units(spec: NetworkSpec) -> NetworkSpec:
    """The network with weights as 16 bits hold them: those of some models are scaled.

    Conductances, of some nS, would have a few bits only (`chipemu.models.NeuronModel`).
    """
    projections = tuple(_in_core_units(spec, projection) for projection in spec.projections)
    if projections == spec.projections:
        return spec
    return NetworkSpec(spec.name, spec.populations, projections)


def _in_core_units(spec: NetworkSpec, projection: Projection) -> Projection:
    factor = model_of(spec.population(projection.post)).weight_scale
    if factor == 1.0:
        return projection
    connector = projection.connector
    if isinstance(connector, ExplicitList) and connector.weight_na is not None:
        connector = replace(connector, weight_na=factor * connector.weight_na)
    weight_na, rule = scaled(projection.weight_na, factor), projection.plasticity
    rule = None if rule is None else scaled_rule(rule, factor)
    return replace(projection, connector=connector, weight_na=weight_na, plasticity=rule)


def ring_buffer_shifts(spec: NetworkSpec, dt_ms: float) -> Shifts:
    """Left shifts of the excitatory and the inhibitory ring buffer of every neuron population.

    Direct Poisson input has a buffer of its own on an ensemble, so that the larger of the two
    bounds counts, not their sum; so does the tool chain, and a homogeneous core's single buffer
    still holds both, because it reaches to twice ``2**shift`` nA. The shifts depend on the
    network and the time step alone, not on the partition.
    """
    shifts: Shifts = {}
    for population in spec.populations:
        if population.kind is PopulationKind.NEURON:
            exc, inh = (_shift(spec, population, receptor, dt_ms) for receptor in Receptor)
            shifts[population.name] = (exc, inh)
    return shifts


def _shift(spec: NetworkSpec, population: Population, receptor: Receptor, dt_ms: float) -> int:
    bounds = []
    for direct in (False, True):
        inputs = [
            _estimate(spec, projection)
            for projection in spec.projections
            if projection.post == population.name
            and projection.receptor is receptor
            and is_direct_poisson(spec, spec.index(projection.pre), dt_ms) is direct
        ]
        bounds.append(ring_buffer_shift(inputs, dt_ms))
    return max(bounds)


def _estimate(spec: NetworkSpec, projection: Projection) -> InputEstimate:
    n_pre, n_post = spec.sizes(projection)
    listed = getattr(projection.connector, "weight_na", None)
    if isinstance(projection.connector, ExplicitList) and listed is not None and listed.size:
        mean, variance = listed.mean(), listed.var()
    else:
        mean, variance = projection.weight_na.mean, projection.weight_na.variance
    largest = largest_weight(spec, projection)
    if projection.plasticity is not None:  # all weights may grow to the limit (sPyNNaker)
        mean = largest = max(largest, projection.plasticity.w_max)
        variance = 0.0
    return InputEstimate(
        n_synapses=projection.connector.in_degree(n_pre, n_post).quantile(0.01 / n_post),
        rate_hz=spec.population(projection.pre).expected_rate_hz,
        weight_mean_na=float(mean),
        weight_variance=float(variance),
        weight_max_na=float(largest),
        steady=projection.delay_ms.variance == 0.0,
    )


def largest_weight(spec: NetworkSpec, projection: Projection) -> float:
    """Largest weight of a projection, or the one that less than one synapse should exceed."""
    listed = getattr(projection.connector, "weight_na", None)
    if isinstance(projection.connector, ExplicitList) and listed is not None and listed.size:
        return float(listed.max())
    tail = min(0.5, 1.0 / max(2.0, spec.expected_synapses(projection)))
    return float(projection.weight_na.ppf(np.array([1 - tail]))[0])


def build_image(
    spec: NetworkSpec,
    graph: MachineGraph,
    placement: Placement,
    numerics: Numerics,
    *,
    longest_delay: int | None = None,
    is_timed: bool = False,
    n_threads: int = 1,
    advance: Callable[[int], None] = lambda _: None,
) -> MachineImage:
    """Generate and quantise everything that the cores of `graph` hold.

    Parameters
    ----------
    spec : NetworkSpec
    graph : MachineGraph
    placement : Placement
    numerics : Numerics
    longest_delay : int, optional
        Longer delays (steps) are cut to it (`mapping.graph.MachineGraph.longest_delay`); by
        default to what `spec.delay_slots` leaves.
    is_timed : bool
        Whether the image is for full timing. Then all Poisson sources of a homogeneous layout are
        numbered and have rows, as they send packets; with ideal timing those that may be direct
        add to the ring buffers. Either way they fire alike.
    n_threads : int
    advance : callable
        Told the number of synapses generated, now and then.

    Returns
    -------
    MachineImage
    """
    check_delays(spec, graph, numerics.dt_ms)
    if not numerics.is_float64:
        spec = in_core_units(spec)
    direct = direct_populations(spec, graph, numerics.dt_ms, is_timed=is_timed)
    numbering = number_members(spec, direct)
    shifts = numerics.shifts or ring_buffer_shifts(spec, numerics.dt_ms)
    n_delays = spec.delay_slots(numerics.dt_ms) - 1
    n_delays = min(n_delays, longest_delay or n_delays)
    plan, dealing = plan_image(spec, graph, numerics, numbering, shifts, longest_delay=n_delays)
    blocks = block_bounds(numbering.n_neurons, n_threads)
    matrix: SynapticMatrix | ProceduralMatrix = ProceduralMatrix(plan, blocks, n_delays)
    if not numerics.is_procedural:
        matrix = generate(plan, blocks, n_delays, n_threads=n_threads, advance=advance)
        if numerics.is_float64:
            weight_na = exact_weights(spec, plan, blocks, n_delays, n_threads=n_threads)
            matrix = replace(matrix, weight_na=weight_na)
    plastic = None
    if is_plastic(spec):
        plastic = _plastic(
            spec, graph, numerics, numbering, shifts, n_delays=n_delays, n_threads=n_threads
        )
    n_buffers = 1 + int(graph.synapse_core.max(initial=0))
    has_poisson_core = bool(np.any((graph.role == Role.POISSON) & _in_ensemble(graph)))
    poisson_buffer = n_buffers if has_poisson_core else 0
    return MachineImage(
        dt_ms=numerics.dt_ms,
        seed=numerics.seed,
        arithmetic=numerics.arithmetic,
        matrix=matrix,
        row_channel=row_channels(numbering, plan, matrix, dealing),
        n_channels=2 * (n_buffers + has_poisson_core),
        direct=tuple(
            run
            for name in direct
            for run in direct_poisson(
                spec, name, numbering, numerics, shifts, poisson_buffer=poisson_buffer
            )
        ),
        poisson=tuple(packet_poisson(spec, numbering, numerics)),
        events=spike_events(spec, numbering, numerics.dt_ms),
        cores=_cores(spec, graph, placement, numbering, poisson_buffer),
        plastic=plastic,
        **neurons_of(spec, numerics, shifts)._asdict(),
    )


def _plastic(
    spec: NetworkSpec,
    graph: MachineGraph,
    numerics: Numerics,
    numbering: Numbering,
    shifts: Mapping[str, tuple[int, int]],
    *,
    n_delays: int,
    n_threads: int,
) -> PlasticSynapses:
    plan, dealing = plan_image(
        spec, graph, numerics, numbering, shifts, longest_delay=n_delays, is_plastic=True
    )
    return plastic_synapses(
        spec,
        plan,
        dealing,
        numerics,
        numbering=numbering,
        shifts=shifts,
        n_delays=n_delays,
        n_threads=n_threads,
    )


def direct_populations(
    spec: NetworkSpec, graph: MachineGraph, dt_ms: float, *, is_timed: bool
) -> list[str]:
    """Populations of Poisson sources that feed their targets through memory."""
    if is_timed and graph.layout is Layout.HOMOGENEOUS:
        return []
    return [p.name for k, p in enumerate(spec.populations) if is_direct_poisson(spec, k, dt_ms)]


def plan_image(
    spec: NetworkSpec,
    graph: MachineGraph,
    numerics: Numerics,
    numbering: Numbering,
    shifts: Mapping[str, tuple[int, int]],
    *,
    longest_delay: int,
    is_plastic: bool = False,
) -> tuple[GenerationPlan, Dealing]:
    """How the synapses of an image are made, and which core takes them.

    Parameters
    ----------
    spec : NetworkSpec
        In the units of the cores (`in_core_units`).
    graph : MachineGraph
    numerics : Numerics
    numbering : Numbering
    shifts : dict of str to (int, int)
    longest_delay : int
        Longer delays (steps) are cut to it.
    is_plastic : bool
        Whether of the synapses that change, instead of those that do not.
    """
    dealing = find_dealing(spec, graph)
    plan = plan_generation(
        spec,
        numbering,
        shifts,
        numerics.dt_ms,
        numerics.seed,
        dealing={(pre, post): number for (pre, post), (number, _) in dealing.items()},
        longest_delay=longest_delay,
        is_plastic=is_plastic,
    )
    return plan, dealing


def _in_ensemble(graph: MachineGraph) -> NDArray[np.bool_]:
    """Whether each vertex shares its group with a neuron core."""
    ensembles = graph.group[graph.role == Role.NEURON]
    return np.isin(graph.group, ensembles)


def _cores(
    spec: NetworkSpec,
    graph: MachineGraph,
    placement: Placement,
    numbering: Numbering,
    poisson_buffer: int,
) -> CoreTable:
    """The vertices as cores: global member numbers, and the buffer that each fills."""
    served = np.array([_first_served(spec, p, numbering) for p in spec.populations])
    buffer = np.where(
        graph.role == Role.SYNAPSE,
        graph.synapse_core,
        np.where(graph.role == Role.COMBINED, 0, -1),
    )
    buffer = np.where((graph.role == Role.POISSON) & _in_ensemble(graph), poisson_buffer, buffer)
    first = served[graph.population]
    columns = (
        graph.role,
        first + graph.lo,
        first + graph.hi,
        buffer,
        placement.chip,
        placement.core,
    )
    return CoreTable(*(np.asarray(column, dtype=np.int64) for column in columns))


def _first_served(spec: NetworkSpec, population: Population, numbering: Numbering) -> int:
    """First member of a population or, for direct Poisson sources, first neuron driven."""
    if population.name in numbering.first:
        return numbering.first[population.name]
    return numbering.first[next(p.post for p in spec.projections if p.pre == population.name)]
