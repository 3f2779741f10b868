"""Trees that all slices of a population share, so that one routing entry can stand for many nets.

Packets of all senders of a population that reach the same chips travel along one tree without a
direction, as the core-based trees of Ballardie et al. 1993 (ACM SIGCOMM) do in the internet. On a
chip outside the part of the tree where the senders lie, all of them arrive by the same link and
leave by the same links. The number of entries then grows with the populations instead of with the
slices, which is what makes very large networks fit; the price is a longer way, via the middle.
Trees grow from there as those of `mapping.route.dijkstra` do, and so leave a board late.
"""

import numpy as np
from numpy.typing import NDArray

from mapping.graph import MachineGraph
from mapping.keys.keymap import population_runs
from mapping.machine import Machine
from mapping.place import Placement
from mapping.route.dijkstra import CheapestGrower
from mapping.trees import RouteForest, Tree, deliver, lone_tree, make_forest
from router import Topology

__all__ = ["route"]

MOST_CANDIDATES = 64
"""Chips that are considered for the middle of a tree."""
LOAD_COST = 0.1
"""Further cost, in links, of a link with the mean load.

On full-scale PD14 it takes 39 % off the load of the hottest link, for 0.5 % more entries and no
link; at 0.5, as for trees of their own, the hottest link gains little more, and trees leave boards
three times as often. A tree counts as if all its traffic started in the middle."""

Ints = NDArray[np.int32]


def route(graph: MachineGraph, placement: Placement, machine: Machine) -> RouteForest:
    """Grow one tree for all nets of a population that reach the same chips.

    Parameters, result and errors as of `mapping.route.Router`.
    """
    topology = machine.topology
    deliveries = deliver(graph, placement, topology.n_chips)
    reached = deliveries.chip_set[graph.net_targets]
    run = population_runs(graph)
    _, first, tree_of_net = np.unique(
        run * (int(reached.max(initial=0)) + 1) + reached, return_index=True, return_inverse=True
    )
    source = placement.chip[graph.net_vertex]
    total_hz = np.bincount(tree_of_net, graph.net_rate_hz, minlength=len(first))
    grower = CheapestGrower(topology, LOAD_COST)
    trees: dict[int, Tree] = {}
    nets = np.argsort(tree_of_net, kind="stable")
    ends = np.searchsorted(tree_of_net[nets], np.arange(len(first) + 1))
    for tree in np.argsort(-total_hz, kind="stable").tolist():  # the busiest first
        own = nets[ends[tree] : ends[tree + 1]]
        sources = np.unique(source[own])
        middle = _middle(topology, source[own], graph.net_rate_hz[own], sources)
        targets = deliveries.chips_of(int(graph.net_targets[first[tree]]))
        chips = np.union1d(targets, sources)
        if len(chips) == 1:
            trees[tree] = lone_tree(middle)
        else:
            trees[tree] = grower.grow(middle, chips, float(total_hz[tree]))
    return make_forest(
        graph, placement, deliveries, [trees[tree] for tree in range(len(first))], tree_of_net
    )


def _middle(
    topology: Topology, source: Ints, rate_hz: NDArray[np.float64], candidates: Ints
) -> int:
    """Chip among `candidates` to which packets from all sources have the shortest way."""
    if not rate_hz.any():
        rate_hz = np.ones(len(source))
    if len(candidates) > MOST_CANDIDATES:
        candidates = candidates[np.linspace(0, len(candidates) - 1, MOST_CANDIDATES).astype(int)]
    cost = [float(topology.distance(chip, source) @ rate_hz) for chip in candidates.tolist()]
    return int(candidates[np.argmin(cost)])
