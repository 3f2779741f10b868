"""Local search for shorter trees: drop a path, and join the two parts by a shorter one.

The neighbourhood of key paths (Voss 1992, Discrete Applied Mathematics 40, "Steiner's problem in
graphs: heuristic methods"; Ribeiro, Uchoa & Werneck 2002, INFORMS Journal on Computing 14): a key
path leads from one target, entry or branching to the next. It can only make trees shorter, so it
may follow any router.
"""

import inspect

import numpy as np
from numpy.typing import NDArray

from mapping.graph import MachineGraph
from mapping.machine import Machine
from mapping.place import Placement
from mapping.route.router import Router
from mapping.route.steiner import kernels
from mapping.trees import RouteForest, Tree, make_forest
from router import Topology

__all__ = ["improve", "improved"]

Ints = NDArray[np.int32]


def improved(router: Router) -> Router:
    """Let `improve` follow a router."""

    def route(graph: MachineGraph, placement: Placement, machine: Machine) -> RouteForest:
        return improve(graph, placement, machine, router(graph, placement, machine))

    summary = (inspect.getdoc(router) or "Find a tree for each net.").partition("\n")[0]
    route.__doc__ = f"{summary.rstrip('.')}, then shorten the trees path by path."
    return route


def improve(
    graph: MachineGraph, placement: Placement, machine: Machine, forest: RouteForest
) -> RouteForest:
    """Make the trees of a forest shorter where that is possible path by path.

    Parameters
    ----------
    graph : MachineGraph
    placement : Placement
    machine : Machine
    forest : RouteForest
        Of any router, for the same graph, placement and machine.

    Returns
    -------
    RouteForest
        The same nets share trees; no tree has more links, and leaves are targets or entries.
    """
    shortener = _Shortener(machine.topology)
    source = placement.chip[graph.net_vertex]
    order = np.argsort(forest.tree_of_net, kind="stable")
    n_nets = np.bincount(forest.tree_of_net, minlength=forest.n_trees)
    trees = []
    for tree, nets in enumerate(np.split(order, np.cumsum(n_nets))[: forest.n_trees]):
        old = slice(*forest.tree_indptr[tree : tree + 2].tolist())
        parent = np.maximum(forest.node_parent[old] - old.start, -1).astype(np.int32)
        whole = Tree(forest.node_chip[old], forest.node_in_link[old], parent)
        if len(nets):
            targets = forest.deliveries.chips_of(int(graph.net_targets[nets[0]]))
            whole = shortener.shorten(whole, np.union1d(targets, source[nets]))
        trees.append(whole)
    tree_of_net = forest.tree_of_net.astype(np.int64)
    return make_forest(graph, placement, forest.deliveries, trees, tree_of_net)


class _Shortener:
    """Scratch arrays of `shorten_tree`, made once for all trees of a machine."""

    def __init__(self, topology: Topology) -> None:
        n = topology.n_chips
        self.neighbours = topology.neighbours
        self.is_terminal = np.zeros(n, np.bool_)
        self.edges = np.zeros(n, np.uint8)
        self.distance, self.path, self.queue, self.other_queue = np.empty((4, n), np.int32)
        self.links, self.came, self.other_came = np.empty((3, n), np.int8)
        self.chip, self.parent = np.empty((2, n), np.int32)
        self.in_link = np.empty(n, np.int8)

    def shorten(self, tree: Tree, terminals: Ints) -> Tree:
        """One tree."""
        is_kept = np.isin(tree.chip, terminals)
        self.is_terminal[:], self.edges[:] = False, 0
        self.is_terminal[terminals] = True
        up = tree.in_link[1:].astype(np.int64)
        np.bitwise_or.at(self.edges, tree.chip[1:], (1 << up).astype(np.uint8))
        above = tree.chip[tree.parent[1:]]
        np.bitwise_or.at(self.edges, above, (1 << (up + 3) % 6).astype(np.uint8))
        n_nodes = kernels.shorten_tree(
            self.neighbours,
            self.is_terminal,
            int(tree.chip[np.argmax(is_kept)]),  # the old root, unless a plug-in chose another one
            self.edges,
            self.distance,
            self.path,
            self.links,
            self.queue,
            self.came,
            self.other_queue,
            self.other_came,
            self.chip,
            self.in_link,
            self.parent,
        )
        used = slice(n_nodes)
        return Tree(self.chip[used].copy(), self.in_link[used].copy(), self.parent[used].copy())
