"""The kernels of trees in readable Python, by the same names and parameters."""

import numpy as np
from numpy.typing import NDArray

from router.geometry import opposite

__all__ = ["find_entries", "find_targets", "furthest_targets", "preorder", "sum_to_core"]

Longs = NDArray[np.int64]
Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]


def preorder(indptr: Longs, parent: Ints) -> tuple[Longs, Longs, Longs]:
    """Bring the nodes of each tree into preorder, children in the order in which they come.

    Parameters
    ----------
    indptr : ndarray of int64, shape (n_trees + 1,)
        Nodes ``indptr[t]`` up to ``indptr[t + 1]`` are tree t, the root first, parents before
        their children.
    parent : ndarray of int32, shape (n_nodes,)
        Position of the parent in its tree, -1 at the root.

    Returns
    -------
    order : ndarray of int64, shape (n_nodes,)
        Former number of the node that comes at each place.
    new_parent : ndarray of int64, shape (n_nodes,)
        New number of each node's parent, -1 at roots.
    end : ndarray of int64, shape (n_nodes,)
        One past the last node of each subtree.
    """
    order: list[int] = []
    new_parent = np.full(len(parent), -1, np.int64)
    end = np.zeros(len(parent), np.int64)

    def walk(node: int, first: int, above: int, children: dict[int, list[int]]) -> None:
        here = len(order)
        order.append(node)
        new_parent[here] = above
        for child in children.get(node - first, ()):
            walk(child, first, here, children)
        end[here] = len(order)

    for first, stop in zip(indptr[:-1].tolist(), indptr[1:].tolist(), strict=True):
        children: dict[int, list[int]] = {}
        for node in range(first + 1, stop):
            children.setdefault(int(parent[node]), []).append(node)
        if first < stop:
            walk(first, first, -1, children)
    return np.array(order, np.int64), new_parent, end


def find_targets(
    indptr: Longs,
    node_chip: Ints,
    node_in_link: NDArray[np.int8],
    node_parent: Longs,
    delivery_indptr: Longs,
    delivery_chip: Ints,
    set_of_tree: Longs,
    n_chips: int,
) -> tuple[NDArray[np.uint8], Bools, Bools]:
    """Find in which directions of each node there are targets.

    Parameters
    ----------
    indptr, node_chip, node_in_link, node_parent
        As `RouteForest` has them; nodes in preorder.
    delivery_indptr, delivery_chip
        As `Deliveries` has them.
    set_of_tree : ndarray of int64, shape (n_trees,)
        A target set of each tree.
    n_chips : int

    Returns
    -------
    out_links : ndarray of uint8, shape (n_nodes,)
        Bits of the links to children with targets in their subtree.
    goes_up : ndarray of bool, shape (n_nodes,)
        Whether there are targets outside the subtree.
    is_core : ndarray of bool, shape (n_nodes,)
        Whether the node is a target or lies on the path between two.
    """
    del n_chips
    out_links = np.zeros(len(node_chip), np.uint8)
    goes_up, is_core = np.zeros((2, len(node_chip)), bool)
    for tree in range(len(indptr) - 1):
        nodes = range(int(indptr[tree]), int(indptr[tree + 1]))
        first, stop = delivery_indptr[set_of_tree[tree] :][:2].tolist()
        chips = set(delivery_chip[first:stop].tolist())
        targets = {node for node in nodes if int(node_chip[node]) in chips}
        below: dict[int, set[int]] = {node: set() for node in nodes}
        for target in targets:
            node = target
            while node >= 0:
                below[node].add(target)
                node = int(node_parent[node])
        for node in nodes:
            goes_up[node] = bool(targets - below[node])
            above = int(node_parent[node])
            if above >= 0 and below[node]:
                out_links[above] |= 1 << opposite(int(node_in_link[node]))
        for node in nodes:
            n_ways = int(out_links[node]).bit_count() + int(goes_up[node])
            is_core[node] = node in targets or n_ways >= 2
    return out_links, goes_up, is_core


def find_entries(
    indptr: Longs, node_chip: Ints, net_indptr: Longs, nets: Longs, source: Ints, n_chips: int
) -> Longs:
    """Find the node at which each net enters its tree.

    Parameters
    ----------
    indptr : ndarray of int64, shape (n_trees + 1,)
    node_chip : ndarray of int32, shape (n_nodes,)
    net_indptr : ndarray of int64, shape (n_trees + 1,)
        Of the nets of each tree, in `nets`.
    nets : ndarray of int64, shape (n_nets,)
    source : ndarray of int32, shape (n_nets,)
        Chip that sends each net, by its number.
    n_chips : int

    Returns
    -------
    ndarray of int64, shape (n_nets,)
        By number of the net; -1 if its tree has no node on that chip.
    """
    del n_chips
    entry = np.full(len(nets), -1, np.int64)
    for tree in range(len(indptr) - 1):
        nodes = range(int(indptr[tree]), int(indptr[tree + 1]))
        node_on = {int(node_chip[node]): node for node in nodes}
        for net in nets[net_indptr[tree] : net_indptr[tree + 1]].tolist():
            entry[net] = node_on.get(int(source[net]), -1)
    return entry


def _neighbours(node_parent: Longs) -> list[list[int]]:
    joined: list[list[int]] = [[] for _ in node_parent]
    for node, above in enumerate(node_parent.tolist()):
        if above >= 0:
            joined[node].append(above)
            joined[above].append(node)
    return joined


def _children_with_targets(
    node: int, node_parent: Longs, node_out_links: NDArray[np.uint8], node_is_core: Bools
) -> set[int]:
    children = np.flatnonzero(node_parent == node)
    return {c for c in children.tolist() if node_out_links[c] or node_is_core[c]}


def furthest_targets(
    node_parent: Longs, node_out_links: NDArray[np.uint8], node_goes_up: Bools, node_is_core: Bools
) -> Longs:
    """Count the links from each node to the furthest target of its tree.

    Parameters
    ----------
    node_parent, node_out_links, node_goes_up, node_is_core
        As `RouteForest` has them.

    Returns
    -------
    ndarray of int64, shape (n_nodes,)
    """
    furthest = np.zeros(len(node_parent), np.int64)
    for start in range(len(node_parent)):
        pending = [(start, -1, 0)]
        while pending:
            node, came_from, length = pending.pop()
            furthest[start] = max(furthest[start], length)
            ways = _children_with_targets(node, node_parent, node_out_links, node_is_core)
            if node_goes_up[node]:
                ways.add(int(node_parent[node]))
            pending += [(there, node, length + 1) for there in ways - {came_from}]
    return furthest


def sum_to_core(
    node_parent: Longs, node_out_links: NDArray[np.uint8], node_is_core: Bools, weight: Longs
) -> Longs:
    """Add up the weights of the edges from each node to the first node of the core.

    Parameters
    ----------
    node_parent, node_out_links, node_is_core
        As `RouteForest` has them.
    weight : ndarray of int64, shape (n_nodes,)
        Of the edge from each node to its parent.

    Returns
    -------
    ndarray of int64, shape (n_nodes,)
        0 at nodes of the core.
    """
    del node_out_links
    joined = _neighbours(node_parent)
    total = np.zeros(len(node_parent), np.int64)
    for start in np.flatnonzero(~node_is_core).tolist():
        pending = [(start, -1, 0)]
        while pending:
            node, came_from, so_far = pending.pop()
            if node_is_core[node]:
                total[start] = so_far
                break
            pending += [
                (there, node, so_far + int(weight[max(there, node)]))  # the child comes later
                for there in joined[node]
                if there != came_from
            ]
    return total
