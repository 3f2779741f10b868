"""Settling a run: from counts to rates, losses, packets and energy.

The engines only count. What the counts mean and cost is worked out here, afterwards, so that a
run can be priced again with other figures.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.image import MachineImage
from chipemu.recording import Recording
from host.config import Config
from host.observe import neuron_populations
from host.power import PowerTable
from host.timing import PacketCounts
from mapping.machine import Machine
from mapping.pipeline import Mapping
from mapping.spec import NetworkSpec
from mapping.trees.measure import links_per_net

__all__ = ["Account", "Activity", "settle", "settle_energy", "synaptic_events"]

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
BOARDS_PER_FRAME = 24
CHIPS_PER_BOARD = 48


class Account(NamedTuple):
    """A run, settled."""

    rates_hz: dict[str, float]
    losses: dict[str, int]
    counters: dict[str, Any]
    energy: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What happened in the time that counts, and what was switched on.

    Attributes
    ----------
    time_s : float
        Biological time (s).
    slowdown : float
        Wall time of the emulated machine over biological time.
    n_boards, n_cores : int
        Boards switched on, and cores in use; a core in use never sleeps, because synapse cores
        poll for packets.
    n_synaptic_events : float
        Spikes times out-degrees, Poisson input not counted.
    n_router_passes : float
        Packets times the routers that each passes.
    """

    time_s: float
    slowdown: float
    n_boards: int
    n_cores: int
    n_synaptic_events: float
    n_router_passes: float


def settle(
    spec: NetworkSpec,
    image: MachineImage,
    mapped: Mapping,
    raw: Recording,
    *,
    config: Config,
    power: PowerTable,
    machine: Machine,
    packets: PacketCounts | None = None,
) -> Account:
    """Settle what was recorded after the warm-up.

    Two counts are kept of the whole run: saturations are given as such, and what direct Poisson
    sources emitted by its share of the time that counts.

    Parameters
    ----------
    spec : NetworkSpec
    image : MachineImage
    mapped : Mapping
    raw : Recording
        Of the whole run, warm-up included.
    config : Config
    power : PowerTable
    machine : Machine
        Whose boards are all switched on.
    packets : PacketCounts, optional
        As they were counted, with full timing; by default they are reckoned from the spikes.
    """
    run = config.run
    counting = raw.spike_source[raw.spike_start[run.n_warmup_steps] :]
    spikes = np.bincount(counting, minlength=image.n_sources).astype(np.int64)
    time_s = run.n_steps * run.dt_ms / 1000.0
    populations = neuron_populations(spec)
    first = np.array([lo for lo, _ in populations.values()], dtype=np.int64)
    sizes = np.array([p.size for _, p in populations.values()], dtype=np.int64)
    rates_hz = _by_population(spikes, first, sizes) / (sizes * time_s)
    events = synaptic_events(rates_hz, image.matrix.out_degrees(), first, sizes, time_s)
    share = run.n_steps / raw.n_steps  # direct sources are counted over the warm-up too
    sent = packets or _expected_packets(image, mapped, spikes, raw.direct_emitted[:, 0] * share)
    activity = Activity(
        time_s=time_s,
        slowdown=config.slowdown,
        # a mesh that is not made of boards draws as much as boards with as many chips
        n_boards=max(machine.topology.n_boards, -(-machine.topology.n_chips // CHIPS_PER_BOARD)),
        n_cores=mapped.report.n_cores,
        n_synaptic_events=events,
        n_router_passes=sent.router_passes,
    )
    saturated = _by_population(raw.saturated, first, sizes)
    names = list(populations)
    return Account(
        rates_hz=dict(zip(names, rates_hz.tolist(), strict=True)),
        losses={"ring_buffer_saturations": int(saturated.sum())},
        counters={
            "steps": raw.n_steps,
            "spikes": dict(zip(names, _by_population(spikes, first, sizes).tolist(), strict=True)),
            "synaptic_events": round(events),
            "poisson_spikes": round(float(raw.direct_emitted[:, 1].sum()) * share)
            + sum(int(spikes[p.lo : p.hi].sum()) for p in image.poisson),
            "packets_sent": round(sent.sent),
            "router_passes": round(sent.router_passes),
            "packets_received": round(sent.received),
            "packets_received_max_per_core": round(sent.received_max),
            "ring_buffer_saturations": dict(zip(names, saturated.tolist(), strict=True)),
        },
        energy=settle_energy(activity, power) | {"assumes_deadline_met": packets is None},
    )


def _by_population(values: Longs, first: Longs, sizes: Longs) -> Longs:
    """Sum of `values` over the members of each population."""
    totals = np.concatenate(([0], np.cumsum(values)))
    return np.asarray(totals[first + sizes] - totals[first], dtype=np.int64)


def _expected_packets(
    image: MachineImage, mapped: Mapping, spikes: Longs, direct_packets: NDArray[np.floating]
) -> PacketCounts:
    """Packets if every one sent reaches all for whom it is."""
    packets = _packets_per_net(image, mapped, spikes, direct_packets)
    passes = packets * (links_per_net(mapped.forest) + 1)
    received = _received_per_vertex(mapped, packets)
    return PacketCounts(
        sent=float(packets.sum()),
        received=float(received.sum()),
        received_max=float(received.max(initial=0.0)),
        router_passes=float(passes.sum()),
    )


def _packets_per_net(
    image: MachineImage, mapped: Mapping, spikes: Longs, direct_packets: NDArray[np.floating]
) -> Floats:
    """Packets that each net carried.

    A spike is a packet, but a direct Poisson source, which sends packets in a homogeneous layout
    only, sends one a step, with the number of spikes as payload. These are shared out evenly among
    the members. A delay core sends each spike that it hears once for each of its stages.
    """
    per_source = spikes.astype(np.float64)
    per_driven = np.zeros(image.n_neurons)
    for k, d in enumerate(image.direct):
        per_driven[d.lo : d.hi] = direct_packets[k] / (d.hi - d.lo)
    direct = {d.population for d in image.direct}
    totals = np.concatenate(([0.0], np.cumsum(per_source)))
    driven = np.concatenate(([0.0], np.cumsum(per_driven)))
    vertices = mapped.graph.net_vertex
    lo, hi = image.cores.lo[vertices], image.cores.hi[vertices]
    is_direct = np.isin(mapped.graph.population[vertices], list(direct))
    last = image.n_neurons
    packets: Floats = np.where(
        is_direct,
        driven[np.minimum(hi, last)] - driven[np.minimum(lo, last)],
        totals[hi] - totals[lo],
    )
    return packets * mapped.graph.n_streams[vertices]


def _received_per_vertex(mapped: Mapping, packets: Floats) -> Floats:
    """Packets that each core received."""
    graph = mapped.graph
    per_set = np.bincount(graph.net_targets, packets, minlength=graph.n_target_sets)
    per_delivery = np.repeat(per_set, np.diff(graph.target_indptr))
    received = np.bincount(graph.targets, per_delivery, minlength=graph.n_vertices)
    return received.astype(np.float64)


def synaptic_events(
    rates_hz: Floats, out_degrees: Longs, first: Longs, sizes: Longs, time_s: float
) -> float:
    """Synaptic events by the published formula ``T * sum of N_a K_out,a nu_a``.

    The denominator of the energy per synaptic event in Senk et al. 2026 (Neuromorph. Comput. Eng.
    6:012001): a runs over neuron populations, K_out is the mean out-degree, nu the mean rate.

    Parameters
    ----------
    rates_hz : ndarray of float64, shape (n_populations,)
    out_degrees : ndarray of int64, shape (n_sources,)
    first, sizes : ndarray of int64, shape (n_populations,)
    time_s : float
    """
    synapses = _by_population(out_degrees, first, sizes)  # N_a K_out,a
    return float(time_s * np.sum(synapses * rates_hz))


def settle_energy(activity: Activity, table: PowerTable) -> dict[str, Any]:
    """Energy of the time that counts, part by part.

    Power of boards, frames and cores is drawn for the whole wall time of the emulated machine,
    which is taken to meet its deadline: biological time times slow-down.

    Returns
    -------
    dict
        ``parts_j`` (energy of boards, frames, cores, routers), ``total_j``, ``mean_power_w``,
        ``wall_s``, ``slowdown``, ``n_boards``, ``synaptic_events``, ``e_syn_uj`` (total per event),
        ``e_syn_boards_uj`` (without frames), ``assumes_deadline_met``.
    """
    wall_s = activity.time_s * activity.slowdown
    parts_j = {
        "boards": activity.n_boards * table.idle_board_w * wall_s,
        "frames": _frames_w(activity.n_boards, table) * wall_s,
        "cores": activity.n_cores * table.active_core_w * wall_s,
        "routers": activity.n_router_passes * table.router_packet_pj * 1e-12,
    }
    total_j = sum(parts_j.values())
    events = activity.n_synaptic_events

    def per_event_uj(energy_j: float) -> float | None:
        return energy_j / events * 1e6 if events else None

    return {
        "e_syn_uj": per_event_uj(total_j),
        "e_syn_boards_uj": per_event_uj(total_j - parts_j["frames"]),
        "parts_j": parts_j,
        "total_j": total_j,
        "mean_power_w": total_j / wall_s,
        "wall_s": wall_s,
        "slowdown": activity.slowdown,
        "n_boards": activity.n_boards,
        "synaptic_events": events,
        "assumes_deadline_met": True,
    }


def _frames_w(n_boards: int, table: PowerTable) -> float:
    """Power of what houses the boards: the box of a single one, or their share of frames of 24."""
    if n_boards == 1:
        return table.boxed_board_overhead_w
    return n_boards / BOARDS_PER_FRAME * table.frame_active_w
