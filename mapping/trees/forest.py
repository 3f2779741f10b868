"""The trees along which nets travel.

Nets that reach the same chips may share one tree, even if they start on different chips: a tree has
no direction, and a net may enter it at any node. What nets of one tree do not share, the cores that
they reach, is kept per target set. See ``docs/mapping.md``.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mapping.graph import MachineGraph
from mapping.machine import Machine
from mapping.place import Placement
from mapping.trees import kernels
from mapping.trees.deliveries import Deliveries, deliver
from router.readonly import freeze_arrays

__all__ = ["RouteForest", "Tree", "lone_tree", "make_forest", "make_rooted_forest"]

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """Chips and the links that join them, as a router finds them.

    Attributes
    ----------
    chip : ndarray of int32, shape (n_nodes,)
        Each chip once, the root first, parents before their children.
    in_link : ndarray of int8, shape (n_nodes,)
        Link of each chip to its parent's, -1 at the root.
    parent : ndarray of int32, shape (n_nodes,)
        Position of the parent, -1 at the root.
    """

    chip: NDArray[np.int32]
    in_link: NDArray[np.int8]
    parent: NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class RouteForest:
    """A tree for every net, where the net enters it, and what it reaches.

    Nodes of all trees are numbered in one row, each tree in preorder: a subtree is a run of nodes.

    Attributes
    ----------
    tree_of_net : ndarray of int32, shape (n_nets,)
    entry_of_net : ndarray of int64, shape (n_nets,)
        Node on the chip of each net's sender.
    tree_indptr : ndarray of int64, shape (n_trees + 1,)
        Nodes ``tree_indptr[t]`` up to ``tree_indptr[t + 1]`` are tree t, the root first.
    node_chip : ndarray of int32, shape (n_nodes,)
    node_in_link : ndarray of int8, shape (n_nodes,)
        Link of the chip to its parent's chip, -1 at the root.
    node_parent : ndarray of int64, shape (n_nodes,)
        Parent, -1 at the root.
    node_end : ndarray of int64, shape (n_nodes,)
        One past the last node of the subtree.
    node_out_links : ndarray of uint8, shape (n_nodes,)
        Bits of the links to those children that have targets in their subtree.
    node_goes_up : ndarray of bool, shape (n_nodes,)
        Whether there are targets outside the subtree.
    node_is_core : ndarray of bool, shape (n_nodes,)
        Whether the node lies on a path between two targets, or is one. Every net of the tree
        visits these nodes, and further those from its entry to the first of them.
    deliveries : Deliveries
        Where each target set is reached.
    """

    tree_of_net: NDArray[np.int32]
    entry_of_net: NDArray[np.int64]
    tree_indptr: NDArray[np.int64]
    node_chip: NDArray[np.int32]
    node_in_link: NDArray[np.int8]
    node_parent: NDArray[np.int64]
    node_end: NDArray[np.int64]
    node_out_links: NDArray[np.uint8]
    node_goes_up: NDArray[np.bool_]
    node_is_core: NDArray[np.bool_]
    deliveries: Deliveries

    def __post_init__(self) -> None:
        freeze_arrays(self)

    @property
    def n_nets(self) -> int:
        """Number of nets."""
        return len(self.tree_of_net)

    @property
    def n_trees(self) -> int:
        """Number of trees."""
        return len(self.tree_indptr) - 1

    @property
    def n_nodes(self) -> int:
        """Number of nodes of all trees."""
        return len(self.node_chip)

    @property
    def tree_of_node(self) -> Ints:
        """Tree of each node, shape (n_nodes,)."""
        return np.repeat(np.arange(self.n_trees), np.diff(self.tree_indptr))


def make_rooted_forest(
    graph: MachineGraph,
    placement: Placement,
    machine: Machine,
    grow: Callable[[int, NDArray[np.int32], float], Tree],
) -> RouteForest:
    """Make a forest of one tree for each pair of sending chip and set of chips to reach.

    Parameters
    ----------
    graph : MachineGraph
    placement : Placement
    machine : Machine
    grow : callable
        Makes the tree from a chip, its root, to all of the chips given, for nets that send so many
        packets/s together. It is called for the busiest trees first.
    """
    deliveries = deliver(graph, placement, machine.topology.n_chips)
    reached = deliveries.chip_set[graph.net_targets]
    source = placement.chip[graph.net_vertex].astype(np.int64)
    ends, first, tree_of_net = np.unique(
        reached * machine.topology.n_chips + source, return_index=True, return_inverse=True
    )
    rate = np.bincount(tree_of_net, graph.net_rate_hz, minlength=len(ends))
    trees: dict[int, Tree] = {}
    for tree in np.argsort(-rate, kind="stable").tolist():
        net = first[tree]
        root, targets = int(source[net]), deliveries.chips_of(int(graph.net_targets[net]))
        if targets.tolist() == [root]:
            trees[tree] = lone_tree(root)
        else:
            trees[tree] = grow(root, targets, float(rate[tree]))
    return make_forest(
        graph, placement, deliveries, [trees[tree] for tree in range(len(ends))], tree_of_net
    )


def lone_tree(chip: int) -> Tree:
    """Tree of a single chip."""
    return Tree(np.array([chip], np.int32), np.array([-1], np.int8), np.array([-1], np.int32))


def make_forest(
    graph: MachineGraph,
    placement: Placement,
    deliveries: Deliveries,
    trees: list[Tree],
    tree_of_net: Ints,
) -> RouteForest:
    """Put trees together and find out which of their nodes which nets visit.

    Parameters
    ----------
    graph : MachineGraph
    placement : Placement
    deliveries : Deliveries
    trees : list of Tree
        Each reaches the chips of all senders and of all targets of its nets, all of which have
        targets on the same chips.
    tree_of_net : ndarray of int, shape (n_nets,)
    """
    sizes = np.array([0, *(len(tree.chip) for tree in trees)], np.int64)
    indptr = np.cumsum(sizes)
    chip, in_link, parent = (
        np.concatenate([empty, *(getattr(tree, name) for tree in trees)])
        for name, empty in (
            ("chip", np.zeros(0, np.int32)),
            ("in_link", np.zeros(0, np.int8)),
            ("parent", np.zeros(0, np.int32)),
        )
    )
    order, node_parent, node_end = kernels.preorder(indptr, parent)
    node_chip, node_in_link = chip[order], in_link[order]
    n_chips = 1 + max(int(node_chip.max(initial=0)), int(placement.chip.max(initial=0)))
    set_of_tree = np.zeros(len(trees), np.int64)
    set_of_tree[tree_of_net] = graph.net_targets
    out_links, goes_up, is_core = kernels.find_targets(
        indptr,
        node_chip,
        node_in_link,
        node_parent,
        deliveries.indptr,
        deliveries.chip,
        set_of_tree,
        n_chips,
    )
    source = placement.chip[graph.net_vertex]
    nets = np.argsort(tree_of_net, kind="stable")
    net_indptr = np.searchsorted(tree_of_net[nets], np.arange(len(trees) + 1))
    entry = kernels.find_entries(indptr, node_chip, net_indptr, nets, source, n_chips)
    return RouteForest(
        tree_of_net=tree_of_net.astype(np.int32),
        entry_of_net=entry,
        tree_indptr=indptr,
        node_chip=node_chip,
        node_in_link=node_in_link,
        node_parent=node_parent,
        node_end=node_end,
        node_out_links=out_links,
        node_goes_up=goes_up,
        node_is_core=is_core,
        deliveries=deliveries,
    )
