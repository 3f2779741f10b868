"""Rows of synapses that packets would have led to: what ideal timing reckons of synapses.

A packet that reaches a core which serves synapses is looked up there, and leads to a row for each
projection of its source. Expected is how many rows have no synapse on the slice, which cores can
filter, and how many synapses a row has; how many packets there are, and how many synaptic events
there were altogether, is known.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.image import MachineImage
from host.reservedrows import ReservedRows, reserved_rows
from mapping.delays import Stages
from mapping.graph import MachineGraph, Role
from mapping.spec import NetworkSpec

__all__ = ["RowWork", "delivered", "row_work", "share_out"]

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]


class RowWork(NamedTuple):
    """What packets lead to on each core; all of shape (n_vertices,)."""

    fetches: Floats
    """Packets that rows are fetched for."""
    n_bytes: Floats
    """Read, and of plastic rows also written."""
    rows: Floats
    plastic_rows: Floats
    events: Floats
    """Synapses of all rows."""


class _Servers(NamedTuple):
    """Cores that serve synapses."""

    vertex: Longs
    slice: Longs
    """The slice of neurons that each serves."""


def delivered(graph: MachineGraph, per_net: Floats) -> Floats:
    """Packets that come to each vertex, of `per_net` by each net, shape (n_vertices,)."""
    per_set = np.bincount(graph.net_targets, per_net, minlength=graph.n_target_sets)
    per_delivery = np.repeat(per_set, np.diff(graph.target_indptr))
    found = np.bincount(graph.targets, per_delivery, minlength=graph.n_vertices)
    return found.astype(np.float64)


def share_out(total: float, weight: Floats, among: NDArray[np.bool_]) -> Floats:
    """`total` by `weight`, shape of `weight`; evenly `among` some if nothing has any weight."""
    if not weight.any():
        weight = among.astype(np.float64)
    shared: Floats = weight * (total / max(weight.sum(), 1e-300))
    return shared


def row_work(
    spec: NetworkSpec,
    image: MachineImage,
    graph: MachineGraph,
    per_net: Floats,
    events: Floats,
    *,
    filters_empty_rows: bool,
) -> RowWork:
    """Reckon the rows of all cores.

    The synapses of a source on a slice are taken to be Poisson distributed about their mean, which
    rules with many partners are close to; where rules list partners alone, each packet finds a
    synapse.

    Parameters
    ----------
    spec : NetworkSpec
    image : MachineImage
    graph : MachineGraph
    per_net : ndarray of float64, shape (n_nets,)
        Packets of each net.
    events : ndarray of float64, shape (n_populations,)
        Synaptic events that spikes of each population lead to, on all cores together.
    filters_empty_rows : bool
        Whether packets without synapses on a core are not fetched for.
    """
    reserved = reserved_rows(spec, graph, Stages(graph.n_stages, graph.stage_steps, image.dt_ms))
    servers = _servers(image, graph)
    found = RowWork(*np.zeros((len(RowWork._fields), graph.n_vertices)))
    for kind in range(len(spec.populations)):
        expected = np.zeros(graph.n_vertices)
        for stage in range(graph.n_stages):
            if np.any(reserved.n_rows[stage, kind]):
                sent = _sent(graph, per_net, kind, stage)
                came = delivered(graph, sent)[servers.vertex]
                where = stage, kind
                share = _fetched_share(servers, reserved, where) if filters_empty_rows else 1.0
                _add_rows(found, share * came, servers, reserved, where)
                own = _own_synapses(came, sent.sum(), servers, reserved.mean_synapses[stage, kind])
                expected[servers.vertex] += own
        if events[kind]:
            serves = np.isin(np.arange(graph.n_vertices), servers.vertex)
            found.events[:] += share_out(events[kind], expected, serves)
    return found


def _servers(image: MachineImage, graph: MachineGraph) -> _Servers:
    holds = np.isin(graph.role, (Role.COMBINED, Role.NEURON))
    vertex = np.flatnonzero(np.isin(graph.role, (Role.COMBINED, Role.SYNAPSE)))
    lo = image.cores.lo
    return _Servers(vertex, np.searchsorted(lo[holds], lo[vertex], side="right") - 1)


def _sent(graph: MachineGraph, per_net: Floats, kind: int, stage: int) -> Floats:
    """Packets of each net that are of one kind of source and one stage of delay."""
    sends = graph.net_vertex
    is_delayed = graph.role[sends] == Role.DELAY
    own = (graph.population[sends] == kind) & (is_delayed == (stage > 0))
    return np.where(own, per_net / np.maximum(1, graph.n_streams[sends]), 0.0)


def _fetched_share(servers: _Servers, reserved: ReservedRows, where: tuple[int, int]) -> Floats:
    """Share of the packets of a stage and kind for which filtering servers fetch rows."""
    filled = -np.expm1(-reserved.mean_synapses[where][servers.slice])
    return np.where(reserved.is_full[where[1]][servers.slice], filled, 1.0)


def _add_rows(
    found: RowWork, n: Floats, servers: _Servers, reserved: ReservedRows, where: tuple[int, int]
) -> None:
    """Add the rows of one stage and kind, for `n` packets of which each server fetches some."""
    n_rows = reserved.n_rows[where][servers.slice]
    n = np.where(n_rows > 0, n, 0.0)
    n_bytes = (reserved.n_bytes[where] + reserved.n_written_bytes[where])[servers.slice]
    found.fetches[servers.vertex] += n
    found.n_bytes[servers.vertex] += n * n_bytes
    found.rows[servers.vertex] += n * n_rows
    found.plastic_rows[servers.vertex] += n * reserved.n_plastic_rows[where][servers.slice]


def _own_synapses(came: Floats, n_sent: float, servers: _Servers, mean: Floats) -> Floats:
    """Synapses that each server should see, its part of those of its slice by what `came`."""
    of_slice = np.bincount(servers.slice, came, minlength=mean.size)
    each = np.divide(n_sent * mean, of_slice, out=np.zeros(mean.size), where=of_slice > 0)
    own: Floats = came * each[servers.slice]
    return own
