"""Cut a network into pieces of one core each.

Every population is cut into slices of equal length. In the homogeneous layout a slice is one core;
in the ensemble layout a slice of neurons is a group of one neuron core, n synapse cores and the
cores of the Poisson sources that feed it through memory, all on one chip (Rhodes et al. 2019). All
ensembles of a population have the same number of synapse cores; which of them takes a packet
depends on its sender and on that number. Where delays are extended, a slice of sources also has a
delay core, which hears the source core and sends to the same targets.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mapping import memory
from mapping.delays import DelayChoice, Stages, check_delay_options, plan_stages
from mapping.errors import SpecError
from mapping.graph import Layout, MachineGraph, Role
from mapping.machine import Budgets
from mapping.plasticmemory import plastic_dtcm_bytes, projection_row_bytes
from mapping.slices import Slices, cut
from mapping.spec import NetworkSpec, PopulationKind
from mapping.traffic import Traffic, deal, is_direct_poisson, ranks, required_synapse_cores, traffic

__all__ = ["is_direct_poisson", "partition", "required_synapse_cores"]

Ints = NDArray[np.int64]

SOURCE_ROLES = {PopulationKind.POISSON: Role.POISSON, PopulationKind.SPIKE_ARRAY: Role.SOURCE}


def partition(
    spec: NetworkSpec,
    budgets: Budgets,
    *,
    layout: Layout,
    neurons_per_core: int,
    synapse_cores: int | None = None,
    dt_ms: float,
    delays: DelayChoice = "extend",
    delay_slots: int | None = None,
) -> MachineGraph:
    """Cut `spec` into vertices of one core each, and its traffic into nets.

    Parameters
    ----------
    spec : NetworkSpec
    budgets : Budgets
    layout : Layout
    neurons_per_core : int
        Longest slice of a population.
    synapse_cores : int or None
        Synapse cores of every ensemble; None: what `required_synapse_cores` says of each
        population. Without meaning in the homogeneous layout.
    dt_ms : float
        Time step (ms).
    delays : DelayChoice
        What becomes of delays longer than a ring buffer has slots.
    delay_slots : int or None
        Most slots of a ring buffer; None: what the bits of its index leave.

    Returns
    -------
    MachineGraph

    Raises
    ------
    SpecError
        On numbers below 1, and on an unknown choice.
    DoesNotFitError
        If ring buffers, a row, the memory of a core or the stages of delay are too small.
    """
    check_delay_options(delays, delay_slots)
    slices = cut(spec, neurons_per_core)
    n_synapse_cores = _synapse_cores(spec, layout, neurons_per_core, synapse_cores, dt_ms)
    is_neuron = np.array([p.kind is PopulationKind.NEURON for p in spec.populations])
    longest = int(slices.n_members[is_neuron[slices.population]].max(initial=1))
    if delays == "refuse":
        memory.check_ring_buffers(spec, budgets, longest, delay_slots, dt_ms)
    most_slots = memory.most_delay_slots(budgets, longest, delay_slots)
    slots, stages = plan_stages(spec, most_slots, delays, dt_ms)
    flows = traffic(spec, slices, layout, dt_ms)
    added = _added_stages(spec, flows, stages)
    vertices = _vertices(spec, slices, layout, n_synapse_cores, added_stages=added, dt_ms=dt_ms)
    taker = _takers(slices, n_synapse_cores, flows)
    population, n_members = slices.population[vertices.slice], slices.n_members[vertices.slice]
    dtcm = memory.dtcm_bytes(
        budgets,
        vertices.role,
        n_members,
        _inputs(spec, flows, stages, population),
        per_neuron=memory.neuron_bytes(spec, vertices.role, population),
        longest=longest,
        delay_slots=slots,
    )
    dtcm += memory.delay_dtcm_bytes(vertices.delay_stages, stages.steps, n_members)
    dtcm += plastic_dtcm_bytes(spec, vertices.role, population, n_members, dt_ms)
    sdram = _sdram_bytes(spec, slices, vertices, flows, taker, stages=stages)
    sdram += np.where(vertices.is_contributor, memory.transfer_bytes(longest), 0)
    for name, need, limit in (
        ("DTCM", dtcm, budgets.dtcm_bytes),
        ("SDRAM", sdram, budgets.sdram_bytes),
    ):
        memory.check_memory(spec, vertices.role, population, name, need=need, limit=limit)
    nets = _nets(slices, vertices, flows, taker, stages)
    rates = np.array([p.traffic_rate_hz for p in spec.populations])
    packets_hz = n_members * rates[population] * np.maximum(vertices.delay_stages, 1)
    return MachineGraph(
        role=vertices.role,
        population=population,
        lo=slices.lo[vertices.slice],
        hi=slices.hi[vertices.slice],
        group=vertices.group,
        synapse_core=vertices.synapse_core,
        delay_stages=vertices.delay_stages,
        dtcm_bytes=dtcm,
        sdram_bytes=sdram,
        net_vertex=nets.vertex,
        net_targets=nets.target_set,
        target_indptr=nets.indptr,
        targets=nets.targets,
        net_rate_hz=packets_hz[nets.vertex],
        layout=layout,
        neurons_per_core=neurons_per_core,
        n_synapse_cores=n_synapse_cores.astype(np.int16),
        delay_slots=slots,
        n_stages=stages.n,
        stage_steps=stages.steps,
    )


def _synapse_cores(
    spec: NetworkSpec,
    layout: Layout,
    neurons_per_core: int,
    synapse_cores: int | None,
    dt_ms: float,
) -> Ints:
    """Synapse cores of each ensemble of a population, shape (n_populations,)."""
    if layout is Layout.HOMOGENEOUS:
        return np.zeros(len(spec.populations), np.int64)
    if synapse_cores is None:
        return required_synapse_cores(spec, neurons_per_core, dt_ms)
    if synapse_cores < 1:
        msg = f"synapse_cores must be at least 1, got {synapse_cores}"
        raise SpecError(msg)
    is_neuron = np.array([p.kind is PopulationKind.NEURON for p in spec.populations])
    return np.where(is_neuron, synapse_cores, 0)


def _added_stages(spec: NetworkSpec, flows: list[Traffic], stages: Stages) -> Ints:
    """Stages that the delay cores of each population add, 0 if it has none, by population."""
    added = np.zeros(len(spec.populations), np.int64)
    for flow in flows:
        added[flow.pre] = max(added[flow.pre], stages.count(flow.projection) - 1)
    return added


def _takers(slices: Slices, n_synapse_cores: Ints, flows: list[Traffic]) -> NDArray[np.int16]:
    """Receiving core that each population has for each slice, shape (n_populations, n_slices)."""
    n_cores = np.maximum(n_synapse_cores, 1)
    numbers, which = np.unique(n_cores, return_inverse=True)
    dealt = np.stack([deal(slices, int(n)) for n in numbers])[which]
    first = ranks(flows, len(n_cores))[:, slices.population]
    taker: NDArray[np.int16] = ((dealt + first) % n_cores[:, np.newaxis]).astype(np.int16)
    return taker


@dataclass(frozen=True, slots=True, eq=False)
class _Vertices:
    role: NDArray[np.int8]
    slice: NDArray[np.int64]
    group: NDArray[np.int32]
    synapse_core: NDArray[np.int16]
    delay_stages: NDArray[np.int8]
    is_contributor: NDArray[np.bool_]  # hands its result to a neuron core through SDRAM
    sender: NDArray[np.int32]  # vertex that sends the packets of each slice
    delayer: NDArray[np.int32]  # vertex that delays them, -1 if there is none
    receiver: NDArray[np.int32]  # vertex of each slice and taker of packets, -1 if there is none


def _vertices(
    spec: NetworkSpec,
    slices: Slices,
    layout: Layout,
    n_synapse_cores: Ints,
    *,
    added_stages: Ints,
    dt_ms: float,
) -> _Vertices:
    rows = [
        (owner, role, core, part)
        for population, n_cores in enumerate(n_synapse_cores.tolist())
        for part, owner in _owners(spec, slices, population, dt_ms)
        for role, core in [
            *_roles(spec.populations[population].kind, layout, n_cores),
            *([(Role.DELAY, -1)] if added_stages[population] else []),
        ]
    ]
    owner, role, core, part = np.array(sorted(rows), np.int64).reshape(-1, 4).T
    is_delay = role == Role.DELAY
    sends = (role != Role.SYNAPSE) & ~is_delay
    receives = (role == Role.SYNAPSE) | (role == Role.COMBINED)
    sender = np.full(slices.n_slices, -1, np.int32)
    sender[part[sends]] = np.flatnonzero(sends)
    delayer = np.full(slices.n_slices, -1, np.int32)
    delayer[part[is_delay]] = np.flatnonzero(is_delay)
    most = int(n_synapse_cores.max(initial=1))
    receiver = np.full((slices.n_slices, most), -1, np.int32)
    receiver[part[receives], np.maximum(core[receives], 0)] = np.flatnonzero(receives)
    is_direct = (layout is Layout.ENSEMBLE) & (role == Role.POISSON) & (owner != part)
    return _Vertices(
        role=role.astype(np.int8),
        slice=part,
        group=np.unique(2 * owner + is_delay, return_inverse=True)[1].astype(np.int32),
        synapse_core=core.astype(np.int16),
        delay_stages=np.where(is_delay, added_stages[slices.population[part]], 0).astype(np.int8),
        is_contributor=(role == Role.SYNAPSE) | is_direct,
        sender=sender,
        delayer=delayer,
        receiver=receiver,
    )


def _owners(
    spec: NetworkSpec, slices: Slices, population: int, dt_ms: float
) -> list[tuple[int, int]]:
    """Each slice of `population` with the slice whose chip it must share."""
    own = slices.of(population)
    owner = own.start
    if is_direct_poisson(spec, population, dt_ms):
        (projection,) = spec.outgoing(population)
        owner = slices.of(spec.index(projection.post)).start
    return [(own.start + i, owner + i) for i in range(own.stop - own.start)]


def _roles(kind: PopulationKind, layout: Layout, n_synapse_cores: int) -> list[tuple[Role, int]]:
    if kind in SOURCE_ROLES:
        return [(SOURCE_ROLES[kind], -1)]
    if layout is Layout.HOMOGENEOUS:
        return [(Role.COMBINED, -1)]
    return [(Role.NEURON, -1), *((Role.SYNAPSE, core) for core in range(n_synapse_cores))]


def _inputs(
    spec: NetworkSpec, flows: list[Traffic], stages: Stages, population: NDArray[np.int32]
) -> tuple[Ints, Ints]:
    """Runs of keys and projections that lead to each vertex; those of delay cores count too."""
    sources: list[list[tuple[int, bool]]] = [[] for _ in spec.populations]
    for flow in flows:
        sources[flow.post].append((flow.pre, False))
        if stages.count(flow.projection) > 1:
            sources[flow.post].append((flow.pre, True))
    n_sources = np.array([len(set(found)) for found in sources], np.int64)
    n_projections = np.array([len(found) for found in sources], np.int64)
    return n_sources[population], n_projections[population]


def _sdram_bytes(
    spec: NetworkSpec,
    slices: Slices,
    vertices: _Vertices,
    flows: list[Traffic],
    taker: NDArray[np.int16],
    *,
    stages: Stages,
) -> Ints:
    """Matrices at the receivers, parameters or spikes at the cores with members."""
    total = np.where(vertices.role == Role.DELAY, memory.DELAY_PARAMETER_BYTES, 0)
    for part in range(slices.n_slices):
        source = spec.populations[slices.population[part]]
        lo, hi = int(slices.lo[part]), int(slices.hi[part])
        total[vertices.sender[part]] += memory.source_sdram_bytes(source, lo, hi)
    n_members = slices.n_members
    for flow in flows:
        pre, post = slices.of(flow.pre), slices.of(flow.post)
        lengths = [
            memory.row_synapses(spec, flow.projection, n_members[post], stages=stages, stage=stage)
            for stage in range(stages.n)
            if stages.share(flow.projection, stage) > 0
        ]
        rows_of_stages = (projection_row_bytes(flow.projection, n) for n in lengths)
        per_row = sum(rows_of_stages, np.zeros(post.stop - post.start, np.int64))
        rows = _rows_taken(flow, taker[flow.post, pre], n_members[pre])
        receivers = vertices.receiver[post, : rows.shape[1]]
        total[receivers] += rows * per_row[:, np.newaxis]
    return total


def _rows_taken(flow: Traffic, takes: NDArray[np.int16], n_members: NDArray[np.int32]) -> Ints:
    """Rows of each slice of targets at each of its cores that take packets, (n_slices, n_cores).

    `takes` and `n_members` are those of the slices that send.
    """
    n_cores, n_post = int(takes.max()) + 1, flow.hits.shape[1]
    if flow.is_full:
        rows = np.zeros(n_cores, np.int64)
        np.add.at(rows, takes, n_members)
        return np.broadcast_to(rows, (n_post, n_cores))
    rows = np.zeros((n_post, n_cores), np.int64)
    sender, receiver = np.nonzero(flow.hits)
    np.add.at(rows, (receiver, takes[sender]), n_members[sender])
    return rows


class _Nets(NamedTuple):
    vertex: NDArray[np.int32]
    target_set: NDArray[np.int32]
    indptr: Ints
    targets: NDArray[np.int32]


def _nets(
    slices: Slices,
    vertices: _Vertices,
    flows: list[Traffic],
    taker: NDArray[np.int16],
    stages: Stages,
) -> _Nets:
    """Vertices that send, and the sets of vertices that receive from them.

    The core that takes the packets of a slice takes those of its delay core as well.
    """
    delayed = [flow for flow in flows if stages.count(flow.projection) > 1]
    late = _receivers(slices, vertices, delayed, taker)
    heard = {
        part: np.sort(np.append(targets, vertices.delayer[part])) if part in late else targets
        for part, targets in _receivers(slices, vertices, flows, taker).items()
    }
    vertex = [*vertices.sender[list(heard)], *vertices.delayer[list(late)]]
    reached = [*heard.values(), *late.values()]
    same = {id(targets): targets for targets in reached}  # slices that reach alike share an array
    contents: dict[bytes, int] = {}
    number = {
        identity: contents.setdefault(targets.tobytes(), len(contents))
        for identity, targets in same.items()
    }
    sets = [np.frombuffer(content, np.int32) for content in contents]
    target_set = [number[id(targets)] for targets in reached]
    return _Nets(
        np.array(vertex, np.int32),
        np.array(target_set, np.int32),
        np.cumsum([0, *map(len, sets)], dtype=np.int64),
        np.concatenate([np.zeros(0, np.int32), *sets]),
    )


def _receivers(
    slices: Slices, vertices: _Vertices, flows: list[Traffic], taker: NDArray[np.int16]
) -> dict[int, NDArray[np.int32]]:
    """Vertices that receive from each slice that sends, slices in order."""
    found = {}
    for population in sorted({flow.pre for flow in flows}):
        own = [flow for flow in flows if flow.pre == population]
        made: dict[tuple[bytes, ...], NDArray[np.int32]] = {}
        pre = slices.of(population)
        uneven = [flow.hits for flow in own if not flow.is_full]
        takes = taker[[flow.post for flow in own], pre].T.copy()
        for part in range(pre.start, pre.stop):
            local = part - pre.start
            alike = takes[local].tobytes(), *(hits[local].tobytes() for hits in uneven)
            if alike not in made:
                made[alike] = _reached(slices, vertices, own, takes[local], local)
            if made[alike].size:
                found[part] = made[alike]
    return found


def _reached(
    slices: Slices, vertices: _Vertices, flows: list[Traffic], takes: NDArray[np.int16], part: int
) -> NDArray[np.int32]:
    """Vertices that take the packets of slice `part` of the population that sends `flows`."""
    is_reached = np.zeros(len(vertices.role), bool)
    for flow, take in zip(flows, takes.tolist(), strict=True):
        is_reached[vertices.receiver[slices.of(flow.post), take][flow.hits[part]]] = True
    return np.flatnonzero(is_reached).astype(np.int32)
