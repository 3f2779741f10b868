"""What a run with ideal timing would have counted: expectations from its spikes.

With ideal timing no core has a clock and no packet a way. What they would have done follows from
the spikes that were simulated: packets from nets, rows from packets, cycles from the table of
costs, by the rules of ``docs/cores.md`` as if nothing was late or lost. Expected is only how many
rows have no synapse on a slice, and which core has how much of all synaptic events; all else is
what full timing counts.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.cores import CoreParams
from chipemu.image import MachineImage
from chipemu.plasticity import costs
from host.activity import PACKET_BITS, PlacedActivity, neuron_updates
from host.rowwork import RowWork, delivered, row_work, share_out
from host.timing import PacketCounts
from mapping import memory
from mapping.graph import MachineGraph, Role
from mapping.pipeline import Mapping
from mapping.spec import NetworkSpec
from mapping.trees.measure import link_load, links_per_net
from router.topology import Topology

__all__ = ["Spiking", "expected_packets", "reckon_activity"]

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]


class Spiking(NamedTuple):
    """What fired in a stretch of a run."""

    n_steps: int
    spikes: Longs
    """Of each source, shape (n_sources,)."""
    direct: Floats
    """Of each run of direct Poisson sources, shape (n_direct, 2): steps in which a source fired,
    added up over the sources, and their spikes."""


class _Packets(NamedTuple):
    per_net: Floats
    is_payload: NDArray[np.bool_]
    """Whether the packets of a net tell how often the source fired."""
    received: Floats
    """By each vertex."""


class _Case(NamedTuple):
    """What all of the reckoning is about."""

    spec: NetworkSpec
    image: MachineImage
    graph: MachineGraph
    params: CoreParams
    spiking: Spiking
    packets: _Packets


def expected_packets(image: MachineImage, mapped: Mapping, spiking: Spiking) -> PacketCounts:
    """Packets if every one sent reaches all for whom it is."""
    packets = _packets(image, mapped.graph, spiking)
    passes = packets.per_net * (links_per_net(mapped.forest) + 1)
    return PacketCounts(
        sent=float(packets.per_net.sum()),
        received=float(packets.received.sum()),
        received_max=float(packets.received.max(initial=0.0)),
        router_passes=float(passes.sum()),
    )


def reckon_activity(
    spec: NetworkSpec,
    image: MachineImage,
    mapped: Mapping,
    spiking: Spiking,
    *,
    params: CoreParams,
    topology: Topology,
    period_ps: int,
) -> PlacedActivity:
    """What the machine would have done while `spiking` happened.

    Parameters
    ----------
    spec : NetworkSpec
    image : MachineImage
    mapped : Mapping
    spiking : Spiking
    params : CoreParams
        Whose costs are asked.
    topology : Topology
    period_ps : int
        Wall time of a step.
    """
    graph = mapped.graph
    case = _Case(spec, image, graph, params, spiking, _packets(image, graph, spiking))
    per_net = case.packets.per_net
    bits = per_net * PACKET_BITS[case.packets.is_payload.astype(np.int64)]
    link_packets, link_bits = (link_load(mapped.forest, n, topology) for n in (per_net, bits))
    sender = mapped.placement.chip[graph.net_vertex]
    filters = params.filters_empty_rows
    rows = row_work(spec, image, graph, per_net, _events(case), filters_empty_rows=filters)
    wall_ps = spiking.n_steps * period_ps
    return PlacedActivity(
        wall_ps=wall_ps,
        work_ps=_whole_by_role(graph, _cycles(case, rows) * params.cycle_ps),
        time_ps=np.full(graph.n_vertices, wall_ps, np.int64),
        sdram_bytes=_whole(rows.n_bytes) + spiking.n_steps * _handed_over(case),
        synaptic_events=_whole(rows.events),
        neuron_updates=neuron_updates(graph, spiking.n_steps),
        router_packets=_whole(_routed(per_net, sender, link_packets, topology)),
        router_bits=_whole(_routed(bits, sender, link_bits, topology)),
        link_packets=_whole(link_packets),
        link_bits=_whole(link_bits),
    )


def _whole(values: Floats) -> Longs:
    """Whole numbers near `values`, whose sum is theirs, rounded; the shape is kept."""
    sums = np.rint(np.cumsum(values)).astype(np.int64)
    return np.diff(sums, prepend=0).reshape(values.shape)


def _whole_by_role(graph: MachineGraph, values: Floats) -> Longs:
    """`_whole` of the cores of each role."""
    found = np.zeros(values.shape, np.int64)
    for role in Role:
        own = graph.role == role
        found[own] = _whole(values[own])
    return found


def _routed(
    per_net: Floats, sender: NDArray[np.integer], over_links: Floats, topology: Topology
) -> Floats:
    """What routers take, from the cores of their chips and from links, shape (n_chips,)."""
    alive = topology.is_link_alive
    n_chips = topology.n_chips
    found = np.bincount(sender, per_net, minlength=n_chips).astype(np.float64)
    return found + np.bincount(topology.neighbours[alive], over_links[alive], minlength=n_chips)


def _events(case: _Case) -> Floats:
    """Synaptic events that each population caused, shape (n_populations,).

    A packet with payload counts as often as its source fired.
    """
    image, graph = case.image, case.graph
    direct = [d.population for d in image.direct]
    fires = np.isin(graph.role, (Role.COMBINED, Role.NEURON, Role.POISSON, Role.SOURCE))
    own = np.flatnonzero(fires & ~np.isin(graph.population, direct))
    lo, hi = image.cores.lo[own], image.cores.hi[own]
    totals = _running_sum(case.spiking.spikes * image.out_degrees())
    n = len(case.spec.populations)
    events = np.bincount(graph.population[own], totals[hi] - totals[lo], minlength=n)
    if np.any(case.packets.is_payload):
        np.add.at(events, direct, case.spiking.direct[:, 1])
    return events.astype(np.float64)


def _running_sum(values: NDArray[np.generic]) -> Floats:
    """Sum of all that come before each place and the end, shape (n + 1,)."""
    return np.concatenate(([0.0], np.cumsum(values.astype(np.float64))))


def _packets(image: MachineImage, graph: MachineGraph, spiking: Spiking) -> _Packets:
    """Packets that each net carried.

    A spike is a packet, but a direct Poisson source, which sends packets in a homogeneous layout
    only, sends one a step, with the number of spikes as payload. These are shared out evenly among
    the members. A delay core sends each spike that it hears once for each of its stages.
    """
    per_driven = np.zeros(image.n_neurons)
    for k, d in enumerate(image.direct):
        per_driven[d.lo : d.hi] = spiking.direct[k, 0] / (d.hi - d.lo)
    totals, driven = _running_sum(spiking.spikes), _running_sum(per_driven)
    vertices = graph.net_vertex
    lo, hi = image.cores.lo[vertices], image.cores.hi[vertices]
    is_payload = np.isin(graph.population[vertices], [d.population for d in image.direct])
    last = image.n_neurons
    per_net: Floats = np.where(
        is_payload,
        driven[np.minimum(hi, last)] - driven[np.minimum(lo, last)],
        totals[hi] - totals[lo],
    )
    per_net = per_net * graph.n_streams[vertices]
    return _Packets(per_net, is_payload, delivered(graph, per_net))


def _contributors(case: _Case) -> NDArray[np.bool_]:
    """Cores that hand something over to a neuron core in every step."""
    role = case.graph.role
    is_direct = (role == Role.POISSON) & (case.image.cores.buffer >= 0)
    found: NDArray[np.bool_] = (role == Role.SYNAPSE) | is_direct
    return found


def _at_takers(case: _Case, given: Floats) -> Floats:
    """What each contributor has `given`, at the neuron core that takes it, shape (n_vertices,)."""
    graph, gives = case.graph, _contributors(case)
    neuron = np.flatnonzero(graph.role == Role.NEURON)
    of_group = np.bincount(graph.group[gives], given[gives], minlength=graph.n_groups)
    found = np.zeros(graph.n_vertices)
    found[neuron] = of_group[graph.group[neuron]]
    return found


def _handed_over(case: _Case) -> Longs:
    """Bytes that each core writes for another one, or reads from it, in a step."""
    graph = case.graph
    holds = np.isin(graph.role, (Role.COMBINED, Role.NEURON))
    longest = int(graph.n_members[holds].max(initial=1))
    written = np.where(_contributors(case), float(memory.transfer_bytes(longest)), 0.0)
    return (written + _at_takers(case, written)).astype(np.int64)


def _plastic_cycles(case: _Case, rows: RowWork) -> Floats:
    """Cycles that plastic synapses take more than static ones, by the plastic rows of each core."""
    plastic = case.image.plastic
    if plastic is None:
        return np.zeros(case.graph.n_vertices)
    spikes, (target, _) = case.spiking.spikes, plastic.decoded()
    events = float(spikes @ plastic.matrix.out_degrees())
    total = costs.MORE_PER_SYNAPSE * events + costs.PER_TARGET_SPIKE * float(spikes[target].sum())
    serves = np.isin(case.graph.role, (Role.COMBINED, Role.SYNAPSE))
    return costs.MORE_PER_ROW * rows.plastic_rows + share_out(total, rows.plastic_rows, serves)


def _more_per_step(case: _Case) -> Longs:
    """Cycles that each core takes more in a step, if plastic synapses end at its neurons."""
    has_rule = np.array([case.spec.rule(p.name) is not None for p in case.spec.populations])
    return np.where(has_rule[case.graph.population], costs.MORE_PER_STEP, 0)


def _cycles(case: _Case, rows: RowWork) -> Floats:
    """Cycles of work of each core, shape (n_vertices,)."""
    graph, c = case.graph, case.params.costs
    members, gives = graph.n_members.astype(np.float64), _contributors(case)
    update = case.image.update_cycles(c.neuron)
    read = _at_takers(case, np.asarray(c.read + c.contribution * members, np.float64))
    per_step: dict[Role, Floats | Longs | int] = {
        Role.COMBINED: c.tick + (c.drain + update) * members,
        Role.NEURON: c.tick + update * members + read,
        Role.SYNAPSE: c.step + c.write + _more_per_step(case),
        Role.POISSON: c.tick + c.poisson * members + c.write * gives,
        Role.SOURCE: c.tick,
        Role.DELAY: c.tick,
    }
    totals = _running_sum(case.spiking.spikes[: case.image.n_neurons])
    cores, last = case.image.cores, case.image.n_neurons
    fired = totals[np.minimum(cores.hi, last)] - totals[np.minimum(cores.lo, last)]
    received = case.packets.received
    sent = np.bincount(graph.net_vertex, case.packets.per_net, minlength=graph.n_vertices)
    of_rows = c.fetch * rows.fetches + c.row * rows.rows + c.synapse * rows.events
    of_packets = (c.packet + c.lookup) * received + of_rows + _plastic_cycles(case, rows)
    besides = {
        Role.COMBINED: c.send * fired + of_packets,
        Role.NEURON: c.send * fired,
        Role.SYNAPSE: of_packets,
        Role.POISSON: c.send * sent,
        Role.SOURCE: c.send * sent,
        Role.DELAY: (c.packet + c.delayed) * received + c.send * sent,
    }
    found = np.zeros(graph.n_vertices)
    for role in Role:
        cycles = case.spiking.n_steps * per_step[role] + besides[role]
        found = np.where(graph.role == role, cycles, found)
    return found
