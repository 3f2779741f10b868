"""What tests of the fabric by hand are written in: tables, packets, and what became of them.

Times are plain arithmetic on `FabricParams`.
"""

import numpy as np

from router import Link, RoutingTable
from router.compiled import CompiledFabric
from router.counters import CoreCounter, RouterCounter
from router.fabric import Fabric
from router.interface import NEVER
from router.packets import CORES_PER_CHIP, Sends
from router.params import FabricParams

FABRICS = [Fabric, CompiledFabric]

ALL = 0xFFFFFFFF
LONG = 10**9
E, NE, N, W, SW, S = (1 << link for link in Link)
PARAMS = FabricParams()
CYCLE = PARAMS.router_cycle_ps
SUBMIT = PARAMS.core_link_packet_ps + PARAMS.pipeline_ps
HOP = PARAMS.link_packet_ps + PARAMS.link_latency_ps + PARAMS.pipeline_ps
INTO_CORE = PARAMS.core_link_packet_ps


def table(routes):
    keys, values = np.array(list(routes), np.uint32), np.array(list(routes.values()), np.uint32)
    return RoutingTable(keys, np.full(len(keys), ALL, np.uint32), values)


def to(*cores):
    return sum(1 << 6 + core for core in cores)


def at(topology, x, y, core=0):
    return CORES_PER_CHIP * topology.chip(x, y) + core


def send(fabric, *packets):
    """Each packet is (time, core, key)."""
    times, cores, keys = zip(*packets, strict=True)
    fabric.send(Sends.sort(times, cores, keys))


def never(topology, *cores):
    times = np.full(CORES_PER_CHIP * topology.n_chips, PARAMS.receive_ps)
    times[list(cores)] = NEVER
    return times


def delivered(activity):
    found = activity.deliveries.by_time()
    return list(
        zip(found.packet.tolist(), found.core.tolist(), found.time_ps.tolist(), strict=True)
    )


def lost(activity):
    found = activity.losses
    columns = (found.packet, found.chip, found.fate, found.time_ps)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def count(fabric, chip, name):
    return fabric.counters().router[chip, RouterCounter[name]]


def count_core(fabric, core, name):
    return fabric.counters().core[core, CoreCounter[name]]


def sum_of(fabric, name):
    return fabric.counters().router[:, RouterCounter[name]].sum()


def delays(fabric, chip):
    """Bins of the delay histogram that are not 0."""
    bins = fabric.counters().router[chip, RouterCounter.DELAYED :]
    return {int(b): int(bins[b]) for b in np.flatnonzero(bins)}


def lines(activity):
    found = activity.trace
    columns = (found.kind, found.place, found.packet, found.start_ps, found.end_ps)
    return list(zip(*(column.tolist() for column in columns), strict=True))
