"""What a machine did in a stretch of a run: times of its cores, and what it moved.

`PlacedActivity` says where all of it was done, `Activity` is its sums. Full timing counts what is
placed (`count_activity`), ideal timing reckons it (`host.reckoning`); from there on nothing knows
which of the two it was.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.counters import CoreCounter
from chipemu.timed_recording import Stretch
from mapping.graph import MachineGraph, Role
from router.counters import RouterCounter
from router.topology import Topology

__all__ = [
    "PACKET_BITS",
    "Activity",
    "CoreTime",
    "PlacedActivity",
    "count_activity",
    "neuron_updates",
    "sum_up",
]

PACKET_BITS = np.array([40, 72], np.int64)
"""Bits of a packet without and with payload (SpiNNaker datasheet v2.02, 8.2)."""

Longs = NDArray[np.int64]


class PlacedActivity(NamedTuple):
    """What was done in a stretch: by each core, in each router, on each link.

    Routers do not count packets by their size: with full timing none has a payload.
    """

    wall_ps: int
    """Wall time of the machine."""
    work_ps: Longs
    """Work of each core, shape (n_cores,). Reckoned work can be more than there is time for."""
    time_ps: Longs
    """Time that each core had, shape (n_cores,)."""
    sdram_bytes: Longs
    """Moved by each core, shape (n_cores,)."""
    synaptic_events: Longs
    """Synapses of the rows that each core processed, shape (n_cores,)."""
    neuron_updates: Longs
    """Of each core, shape (n_cores,)."""
    router_packets: Longs
    """Packets that the router of each chip took, shape (n_chips,)."""
    router_bits: Longs
    """Their bits."""
    link_packets: Longs
    """Packets that each chip sent over each link, shape (n_chips, 6)."""
    link_bits: Longs
    """Their bits."""

    @property
    def busy_ps(self) -> Longs:
        """Time in which each core worked, shape (n_cores,)."""
        return np.minimum(self.work_ps, self.time_ps)


class CoreTime(NamedTuple):
    """Time of the cores of one role; both add up to the stretch, core by core."""

    role: str
    busy_ps: int
    waiting_ps: int


class Activity(NamedTuple):
    """What was done in a stretch.

    Bits are those of packets, added up over the routers or the links that each one passed.
    """

    wall_ps: int
    """Wall time of the machine."""
    core_times: tuple[CoreTime, ...]
    router_bits: int
    link_bits: int
    """Over links within boards."""
    board_link_bits: int
    sdram_bytes: int
    synaptic_events: int
    """Synapses of the rows that were processed."""
    neuron_updates: int
    load: float
    """Work of the cores of a role over the time that they have, of the role with most of it."""


def count_activity(stretch: Stretch, graph: MachineGraph) -> PlacedActivity:
    """What the engine counted in `stretch`.

    Parameters
    ----------
    stretch : Stretch
    graph : MachineGraph
        Whose vertices are the cores of the recording.
    """
    passed = [RouterCounter.LOCAL_MULTICAST, RouterCounter.EXTERNAL_MULTICAST]
    packets: Longs = stretch.fabric.router[:, passed].sum(axis=1)
    return PlacedActivity(
        wall_ps=stretch.end_ps - stretch.begin_ps,
        work_ps=stretch.cores[:, CoreCounter.BUSY_PS],
        time_ps=stretch.wall_ps,
        sdram_bytes=stretch.cores[:, CoreCounter.DMA_BYTES],
        synaptic_events=stretch.cores[:, CoreCounter.EVENTS],
        neuron_updates=neuron_updates(graph, stretch.stop_step - stretch.first_step),
        router_packets=packets,
        router_bits=packets * PACKET_BITS[0],
        link_packets=stretch.fabric.link.sum(axis=2),
        link_bits=stretch.fabric.link @ PACKET_BITS,
    )


def neuron_updates(graph: MachineGraph, n_steps: int) -> Longs:
    """Updates of neurons by each core in `n_steps`, shape (n_cores,)."""
    holds = np.isin(graph.role, (Role.COMBINED, Role.NEURON))
    return np.where(holds, n_steps * graph.n_members.astype(np.int64), 0)


def sum_up(placed: PlacedActivity, graph: MachineGraph, topology: Topology) -> Activity:
    """Sum of what was done everywhere.

    Parameters
    ----------
    placed : PlacedActivity
    graph : MachineGraph
        Whose vertices are its cores.
    topology : Topology
    """
    crosses = topology.is_board_crossing
    roles = [(role, graph.role == role) for role in Role if np.any(graph.role == role)]
    busy_ps = placed.busy_ps
    waiting_ps = placed.time_ps - busy_ps
    return Activity(
        wall_ps=placed.wall_ps,
        core_times=tuple(
            CoreTime(role.name.lower(), int(busy_ps[own].sum()), int(waiting_ps[own].sum()))
            for role, own in roles
        ),
        router_bits=int(placed.router_bits.sum()),
        link_bits=int(placed.link_bits[~crosses].sum()),
        board_link_bits=int(placed.link_bits[crosses].sum()),
        sdram_bytes=int(placed.sdram_bytes.sum()),
        synaptic_events=int(placed.synaptic_events.sum()),
        neuron_updates=int(placed.neuron_updates.sum()),
        load=max(
            int(placed.work_ps[own].sum()) / int(placed.time_ps[own].sum()) for _, own in roles
        ),
    )
