"""Mappings that somebody else made, such as the SpiNNaker tool chain: checked and measured as ours.

Whose trees are not told, only tables; the trees are found by following a packet of each net.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mapping.check import check
from mapping.check.kernels import NO_ENTRY, look_up
from mapping.compress import check_sizes
from mapping.cost import report
from mapping.graph import MachineGraph
from mapping.keys import KeyMap
from mapping.machine import Machine
from mapping.pipeline import Mapping
from mapping.place import Placement
from mapping.tables import build_tables
from mapping.trees import RouteForest, Tree, deliver, make_forest
from mapping.trees.measure import link_load
from router import RoutingTables
from router.geometry import N_LINKS, opposite
from router.table import default_route

__all__ = ["adopt_mapping", "trace_forest"]


def adopt_mapping(
    graph: MachineGraph,
    machine: Machine,
    placement: Placement,
    keys: KeyMap,
    tables: RoutingTables,
) -> Mapping:
    """Make a `Mapping` of finished tables, after the proof that they do what was asked.

    Parameters
    ----------
    graph : MachineGraph
    machine : Machine
    placement : Placement
    keys : KeyMap
    tables : RoutingTables

    Returns
    -------
    Mapping
        Its report counts as made what our own tables for the same trees and keys would be.

    Raises
    ------
    DoesNotFitError
        If a table is larger than a router.
    CheckError
        Naming the first net, key and chip where it does not.
    """
    check_sizes(tables, machine)
    proof = check(graph, placement, keys, tables, machine)
    forest = trace_forest(graph, placement, keys, tables, machine)
    made = build_tables(graph, forest, keys, machine.topology.n_chips)
    load_hz = link_load(forest, graph.net_rate_hz, machine.topology)
    numbers = report(graph, placement, forest, machine, made, tables, load_hz)
    return Mapping(graph, placement, forest, keys, tables, proof, numbers, load_hz)


def trace_forest(
    graph: MachineGraph,
    placement: Placement,
    keys: KeyMap,
    tables: RoutingTables,
    machine: Machine,
) -> RouteForest:
    """Find the tree of each net by following its packets through tables that have been checked.

    Returns
    -------
    RouteForest
        Nets whose packets go the same way to the same chips share a tree. Every branch counts, even
        if it leads to no target.
    """
    deliveries = deliver(graph, placement, machine.topology.n_chips)
    neighbours = machine.topology.neighbours.tolist()
    source = placement.chip[graph.net_vertex].tolist()
    order = np.argsort(keys.key, kind="stable")
    routes = look_up(keys.key[order], tables.indptr, tables.key, tables.mask, tables.route)
    numbers: dict[bytes, int] = {}
    trees: list[Tree] = []
    tree_of_net = np.zeros(graph.n_nets, np.int64)
    for at, net in enumerate(order.tolist()):
        tree = _follow(routes[:, at], neighbours, source[net])
        target_chips = deliveries.chips_of(int(graph.net_targets[net]))
        way = tree.chip.tobytes() + tree.in_link.tobytes() + target_chips.tobytes()
        if way not in numbers:
            numbers[way] = len(trees)
            trees.append(tree)
        tree_of_net[net] = numbers[way]
    return _with_every_branch(make_forest(graph, placement, deliveries, trees, tree_of_net))


def _with_every_branch(forest: RouteForest) -> RouteForest:
    """`forest`, whose nets enter at the roots, with all nodes taken for targets."""
    child = np.flatnonzero(forest.node_parent >= 0)
    links = (1 << (forest.node_in_link[child].astype(np.int64) + 3) % N_LINKS).astype(np.uint8)
    out_links = np.zeros_like(forest.node_out_links)
    np.bitwise_or.at(out_links, forest.node_parent[child], links)
    return replace(
        forest,
        node_out_links=out_links,
        node_goes_up=forest.node_parent >= 0,
        node_is_core=np.ones(forest.n_nodes, bool),
    )


def _follow(routes: NDArray[np.uint32], neighbours: list[list[int]], source: int) -> Tree:
    """Chips that a packet visits, from chip `source`, where each chip routes it by `routes`."""
    chip, in_link, parent = [source], [-1], [-1]
    at = 0
    while at < len(chip):
        route = int(routes[chip[at]])
        route = default_route(in_link[at]) if route == NO_ENTRY else route
        for link in range(N_LINKS):
            if route >> link & 1:
                chip.append(neighbours[chip[at]][link])
                in_link.append(opposite(link))
                parent.append(at)
        at += 1
    return Tree(np.array(chip, np.int32), np.array(in_link, np.int8), np.array(parent, np.int32))
