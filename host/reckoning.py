"""What a run with ideal timing would have counted: expectations from its spikes.

With ideal timing no core has a clock and no packet a way. What they would have done follows from
the spikes that were simulated: packets from nets, rows from packets, cycles from the table of
costs, by the rules of ``docs/cores.md`` as if nothing was late or lost. Expected is only how many
rows have no synapse on a slice; all else is what full timing counts.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.cores import CoreParams
from chipemu.image import MachineImage
from chipemu.plasticity import costs
from host.activity import PACKET_BITS, Activity, CoreTime, n_neurons
from host.reservedrows import ReservedRows, reserved_rows
from host.timing import PacketCounts
from mapping import memory
from mapping.delays import Stages
from mapping.graph import MachineGraph, Role
from mapping.pipeline import Mapping
from mapping.spec import NetworkSpec
from mapping.trees.measure import crossings_per_net, links_per_net
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

    def total(self, role: Role, values: NDArray[np.generic]) -> float:
        """Sum of `values`, one a vertex, over the cores of a role."""
        return float(values[self.graph.role == role].sum())


class _Fetches(NamedTuple):
    """What packets lead to on the cores that serve slices, all of them together."""

    n: float
    n_bytes: float
    """Read, and of plastic rows also written."""
    n_rows: float
    n_plastic_rows: float


def expected_packets(image: MachineImage, mapped: Mapping, spiking: Spiking) -> PacketCounts:
    """Packets if every one sent reaches all for whom it is."""
    packets = _packets(image, mapped, spiking)
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
) -> Activity:
    """What the machine would have done while `spiking` happened.

    Parameters
    ----------
    spec : NetworkSpec
    image : MachineImage
    mapped : Mapping
    spiking : Spiking
    params : CoreParams
        Whose costs are asked. Cores with more work than time are busy all the time that there is;
        `Activity.load` tells.
    topology : Topology
    period_ps : int
        Wall time of a step.
    """
    case = _Case(spec, image, mapped.graph, params, spiking, _packets(image, mapped, spiking))
    bits = case.packets.per_net * PACKET_BITS[case.packets.is_payload.astype(np.int64)]
    links = links_per_net(mapped.forest)
    crossings = crossings_per_net(mapped.forest, topology)
    fetches, events = _fetches(case), _events(case)
    wall_ps = spiking.n_steps * period_ps
    busy_ps = {
        role: round(cycles * params.cycle_ps)
        for role, cycles in _cycles(case, fetches, events).items()
    }
    time_ps = {role: wall_ps * int(np.count_nonzero(case.graph.role == role)) for role in busy_ps}
    return Activity(
        wall_ps=wall_ps,
        core_times=tuple(
            CoreTime(role.name.lower(), min(busy, time_ps[role]), max(0, time_ps[role] - busy))
            for role, busy in busy_ps.items()
        ),
        router_bits=round(float(bits @ (links + 1))),
        link_bits=round(float(bits @ (links - crossings))),
        board_link_bits=round(float(bits @ crossings)),
        sdram_bytes=round(fetches.n_bytes) + 2 * spiking.n_steps * _handed_over(case),
        synaptic_events=round(events),
        neuron_updates=spiking.n_steps * n_neurons(case.graph),
        load=max(busy / time_ps[role] for role, busy in busy_ps.items()),
    )


def _events(case: _Case) -> float:
    """Synapses of all rows; a packet with payload counts as often as its source fired."""
    events = float(case.spiking.spikes @ case.image.out_degrees())
    if np.any(case.packets.is_payload):
        events += float(case.spiking.direct[:, 1].sum())
    return events


def _packets(image: MachineImage, mapped: Mapping, spiking: Spiking) -> _Packets:
    """Packets that each net carried.

    A spike is a packet, but a direct Poisson source, which sends packets in a homogeneous layout
    only, sends one a step, with the number of spikes as payload. These are shared out evenly among
    the members. A delay core sends each spike that it hears once for each of its stages.
    """
    per_driven = np.zeros(image.n_neurons)
    for k, d in enumerate(image.direct):
        per_driven[d.lo : d.hi] = spiking.direct[k, 0] / (d.hi - d.lo)
    totals = np.concatenate(([0.0], np.cumsum(spiking.spikes.astype(np.float64))))
    driven = np.concatenate(([0.0], np.cumsum(per_driven)))
    graph = mapped.graph
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
    per_set = np.bincount(graph.net_targets, per_net, minlength=graph.n_target_sets)
    per_delivery = np.repeat(per_set, np.diff(graph.target_indptr))
    received = np.bincount(graph.targets, per_delivery, minlength=graph.n_vertices)
    return _Packets(per_net, is_payload, received.astype(np.float64))


def _fetches(case: _Case) -> _Fetches:
    """Rows that packets lead to.

    A packet whose row is empty is not fetched for, if cores filter. The synapses of a source on a
    slice are taken to be Poisson distributed about their mean, which rules with many partners are
    close to; where rules list partners alone, each packet finds a synapse.
    """
    graph = case.graph
    stages = Stages(graph.n_stages, graph.stage_steps, case.image.dt_ms)
    rows = reserved_rows(case.spec, graph, stages)
    found = [
        _fetches_of(case, rows, stage, kind)
        for kind in range(len(case.spec.populations))
        for stage in range(graph.n_stages)
        if np.any(rows.n_rows[stage, kind])
    ]
    return _Fetches(*(float(sum(part)) for part in zip(*found, strict=True))) if found else NOTHING


NOTHING = _Fetches(0.0, 0.0, 0.0, 0.0)


def _fetches_of(case: _Case, rows: ReservedRows, stage: int, kind: int) -> _Fetches:
    """Rows that packets of one stage and kind of source lead to, on all slices."""
    graph, sends = case.graph, case.graph.net_vertex
    is_delayed = graph.role[sends] == Role.DELAY
    own = (graph.population[sends] == kind) & (is_delayed == (stage > 0))
    sent = np.where(own, case.packets.per_net / np.maximum(1, graph.n_streams[sends]), 0.0)
    filled = -np.expm1(-rows.mean_synapses[stage, kind])
    if not case.params.filters_empty_rows:
        filled = np.ones_like(filled)
    is_full = rows.is_full[kind]
    n = np.where(is_full, sent.sum() * filled, 0.0)
    if not np.all(is_full):
        n = np.where(is_full, n, _reaching(case, sent))
    n = np.where(rows.n_rows[stage, kind] > 0, n, 0.0)
    n_bytes = rows.n_bytes[stage, kind] + rows.n_written_bytes[stage, kind]
    numbers = (rows.n_rows[stage, kind], rows.n_plastic_rows[stage, kind])
    return _Fetches(float(n.sum()), float(n @ n_bytes), *(float(n @ number) for number in numbers))


def _reaching(case: _Case, sent: Floats) -> Floats:
    """Packets that come to each slice, of `sent` by each net."""
    graph, lo = case.graph, case.image.cores.lo
    holds = np.isin(graph.role, (Role.COMBINED, Role.NEURON))
    slice_of = np.searchsorted(lo[holds], lo, side="right") - 1
    per_set = np.bincount(graph.net_targets, sent, minlength=graph.n_target_sets)
    per_delivery = np.repeat(per_set, np.diff(graph.target_indptr))
    serves = np.isin(graph.role[graph.targets], (Role.COMBINED, Role.SYNAPSE))
    found = np.bincount(
        slice_of[graph.targets[serves]], per_delivery[serves], minlength=int(holds.sum())
    )
    return found.astype(np.float64)


def _contributors(case: _Case) -> NDArray[np.bool_]:
    """Cores that hand something over to a neuron core in every step."""
    role = case.graph.role
    is_direct = (role == Role.POISSON) & (case.image.cores.buffer >= 0)
    found: NDArray[np.bool_] = (role == Role.SYNAPSE) | is_direct
    return found


def _handed_over(case: _Case) -> int:
    """Bytes that are written, and read, in a step."""
    graph = case.graph
    holds = np.isin(graph.role, (Role.COMBINED, Role.NEURON))
    longest = int((graph.hi - graph.lo)[holds].max(initial=1))
    return int(_contributors(case).sum()) * memory.transfer_bytes(longest)


def _plastic_cycles(case: _Case) -> float:
    """Cycles that plastic synapses take more than static ones, rows and steps apart."""
    plastic = case.image.plastic
    if plastic is None:
        return 0.0
    spikes, (target, _) = case.spiking.spikes, plastic.decoded()
    events = float(spikes @ plastic.matrix.out_degrees())
    return costs.MORE_PER_SYNAPSE * events + costs.PER_TARGET_SPIKE * float(spikes[target].sum())


def _more_per_step(case: _Case) -> NDArray[np.int64]:
    """Cycles that each core takes more in a step, if plastic synapses end at its neurons."""
    has_rule = np.array([case.spec.rule(p.name) is not None for p in case.spec.populations])
    return np.where(has_rule[case.graph.population], costs.MORE_PER_STEP, 0)


def _cycles(case: _Case, fetches: _Fetches, events: float) -> dict[Role, float]:
    """Cycles of work by role."""
    graph, c = case.graph, case.params.costs
    each, members = np.ones(graph.n_vertices), (graph.hi - graph.lo).astype(np.float64)
    gives, update = _contributors(case), case.image.update_cycles(c.neuron)
    read = float((c.read * each + c.contribution * members)[gives].sum())
    per_step = {
        Role.COMBINED: c.tick * each + (c.drain + update) * members,
        Role.NEURON: c.tick * each + update * members,
        Role.SYNAPSE: (c.step + c.write + _more_per_step(case)) * each,
        Role.POISSON: c.tick * each + c.poisson * members + c.write * gives,
        Role.SOURCE: c.tick * each,
        Role.DELAY: c.tick * each,
    }
    spikes = float(case.spiking.spikes[: case.image.n_neurons].sum())
    received = case.packets.received
    sent = np.bincount(graph.net_vertex, case.packets.per_net, minlength=graph.n_vertices)
    rows = c.fetch * fetches.n + c.row * fetches.n_rows + c.synapse * events
    rows += costs.MORE_PER_ROW * fetches.n_plastic_rows + _plastic_cycles(case)
    takes = c.packet + c.lookup
    besides = {
        Role.COMBINED: c.send * spikes + takes * case.total(Role.COMBINED, received) + rows,
        Role.NEURON: c.send * spikes,
        Role.SYNAPSE: takes * case.total(Role.SYNAPSE, received) + rows,
        Role.POISSON: c.send * case.total(Role.POISSON, sent),
        Role.SOURCE: c.send * case.total(Role.SOURCE, sent),
        Role.DELAY: (c.packet + c.delayed) * case.total(Role.DELAY, received)
        + c.send * case.total(Role.DELAY, sent),
    }
    n_steps = case.spiking.n_steps
    found = {role: n_steps * case.total(role, per_step[role]) + besides[role] for role in Role}
    found[Role.NEURON] += n_steps * read
    return {role: cycles for role, cycles in found.items() if np.any(graph.role == role)}
