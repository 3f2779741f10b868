"""How far packets must travel at least, from where groups are."""

import numpy as np
from numpy.typing import NDArray

from mapping.graph import MachineGraph
from mapping.machine import Machine
from mapping.place.distances import find_distances
from mapping.place.placement import Placement

__all__ = ["traffic_hops"]

BLOCK = 1 << 20
"""Pairs of chips that are looked up at once."""


def traffic_hops(graph: MachineGraph, placement: Placement, machine: Machine) -> float:
    """Mean number of links from a packet's sender to a chip that it must reach.

    Every packet counts once for each chip with a target of it, that of its sender included. Nets
    that stay in their group do not count, since no placer can change their way. Links that the
    branches of a tree share count once for each target chip, so that no router need have run.

    Parameters
    ----------
    graph : MachineGraph
    placement : Placement
    machine : Machine

    Returns
    -------
    float
        Weighted by packets/s (all nets alike if none has any); 0 without traffic. Distances as of
        `mapping.place.distances.find_distances`.
    """
    chips, at = np.unique(placement.chip, return_inverse=True)
    n_chips = max(1, len(chips))
    distances = find_distances(machine.topology, chips.astype(np.int64))
    of_set = np.repeat(np.arange(graph.n_target_sets), np.diff(graph.target_indptr))
    reached = np.unique(of_set * n_chips + at[graph.targets])
    indptr = np.searchsorted(reached, np.arange(graph.n_target_sets + 1) * n_chips)
    leaves = _leaves_group(graph)
    rate_hz = graph.net_rate_hz[leaves]
    rate_hz = rate_hz if rate_hz.any() else np.ones(len(rate_hz))
    flow, number = np.unique(
        graph.net_targets[leaves].astype(np.int64) * n_chips + at[graph.net_vertex[leaves]],
        return_inverse=True,
    )
    flow_hz = np.bincount(number, rate_hz, minlength=len(flow))
    target_set, source = np.divmod(flow, n_chips)
    n_reached = np.diff(indptr)[target_set]
    hops = 0.0
    block = np.cumsum(n_reached) // BLOCK
    for one in np.unique(block):
        flows = np.flatnonzero(block == one)
        n = n_reached[flows]
        start = np.repeat(indptr[target_set[flows]] - (np.cumsum(n) - n), n)
        ends = reached[np.arange(int(n.sum())) + start] % n_chips
        links = distances.between(np.repeat(source[flows], n), ends)
        hops += float(links @ np.repeat(flow_hz[flows], n))
    all_hz = float(flow_hz @ n_reached)
    return hops / all_hz if all_hz else 0.0


def _leaves_group(graph: MachineGraph) -> NDArray[np.bool_]:
    """Whether each net has a target in another group than its sender's, shape (n_nets,)."""
    groups = graph.group[graph.targets]
    is_filled = np.diff(graph.target_indptr) > 0
    starts = graph.target_indptr[:-1][is_filled]
    least, most = (np.full(graph.n_target_sets, -1) for _ in range(2))
    least[is_filled] = np.minimum.reduceat(groups, starts) if len(starts) else -1
    most[is_filled] = np.maximum.reduceat(groups, starts) if len(starts) else -1
    sender = graph.group[graph.net_vertex]
    found: NDArray[np.bool_] = (most[graph.net_targets] >= 0) & (
        (least[graph.net_targets] != sender) | (most[graph.net_targets] != sender)
    )
    return found
