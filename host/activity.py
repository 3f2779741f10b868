"""What a machine did in a stretch of a run: times of its cores, and what it moved."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.counters import CoreCounter
from chipemu.timed_recording import Stretch
from mapping.graph import MachineGraph, Role
from router.counters import RouterCounter
from router.topology import Topology

__all__ = ["PACKET_BITS", "Activity", "CoreTime", "count_activity", "n_neurons"]

PACKET_BITS = np.array([40, 72], np.int64)
"""Bits of a packet without and with payload (SpiNNaker datasheet v2.02, 8.2)."""

Longs = NDArray[np.int64]


class CoreTime(NamedTuple):
    """Time of the cores of one role; both add up to the stretch, core by core."""

    role: str
    busy_ps: int
    waiting_ps: int


class Activity(NamedTuple):
    """What was done in a stretch.

    Bits are those of packets, added up over the routers or the links that each one passed. Routers
    do not count packets by their size: with full timing none has a payload.
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


def count_activity(stretch: Stretch, graph: MachineGraph, topology: Topology) -> Activity:
    """What the engine counted in `stretch`.

    Parameters
    ----------
    stretch : Stretch
    graph : MachineGraph
        Whose vertices are the cores of the recording.
    topology : Topology
    """
    router = stretch.fabric.router
    passed = [RouterCounter.LOCAL_MULTICAST, RouterCounter.EXTERNAL_MULTICAST]
    link_bits: Longs = stretch.fabric.link @ PACKET_BITS
    crosses = topology.is_board_crossing
    times = _core_times(stretch, graph)
    return Activity(
        wall_ps=stretch.end_ps - stretch.begin_ps,
        core_times=times,
        router_bits=int(router[:, passed].sum()) * int(PACKET_BITS[0]),
        link_bits=int(link_bits[~crosses].sum()),
        board_link_bits=int(link_bits[crosses].sum()),
        sdram_bytes=int(stretch.cores[:, CoreCounter.DMA_BYTES].sum()),
        synaptic_events=int(stretch.cores[:, CoreCounter.EVENTS].sum()),
        neuron_updates=(stretch.stop_step - stretch.first_step) * n_neurons(graph),
        load=max(time.busy_ps / (time.busy_ps + time.waiting_ps) for time in times),
    )


def _core_times(stretch: Stretch, graph: MachineGraph) -> tuple[CoreTime, ...]:
    """Busy and waiting time of all cores by role."""
    busy_ps = stretch.cores[:, CoreCounter.BUSY_PS]
    waiting_ps = stretch.wall_ps - busy_ps
    return tuple(
        CoreTime(
            role.name.lower(),
            int(busy_ps[graph.role == role].sum()),
            int(waiting_ps[graph.role == role].sum()),
        )
        for role in Role
        if np.any(graph.role == role)
    )


def n_neurons(graph: MachineGraph) -> int:
    """Neurons that cores update."""
    holds = np.isin(graph.role, (Role.COMBINED, Role.NEURON))
    return int((graph.hi - graph.lo)[holds].sum())
