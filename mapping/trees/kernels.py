"""Compiled inner loops over trees; the readable forms are in `mapping.trees.reference`."""

import numpy as np
from numpy.typing import NDArray

from fixedpoint.jit import kernel

__all__ = ["find_entries", "find_targets", "furthest_targets", "preorder", "sum_to_core"]

Longs = NDArray[np.int64]
Ints = NDArray[np.int32]
Bytes = NDArray[np.int8]
Bools = NDArray[np.bool_]


@kernel
def preorder(indptr: Longs, parent: Ints) -> tuple[Longs, Longs, Longs]:
    """Bring the nodes of each tree into preorder; parameters as in `mapping.trees.reference`."""
    n = parent.size
    size = np.ones(n, np.int64)
    position = np.empty(n, np.int64)
    free = np.empty(n, np.int64)  # by old number: where the next child goes
    order = np.empty(n, np.int64)
    new_parent = np.empty(n, np.int64)
    end = np.empty(n, np.int64)
    for tree in range(indptr.size - 1):
        first, stop = indptr[tree], indptr[tree + 1]
        for node in range(stop - 1, first, -1):
            size[first + parent[node]] += size[node]
        for node in range(first, stop):
            if node == first:
                at, above = first, -1
            else:
                old = first + parent[node]
                at, above = free[old], position[old]
                free[old] += size[node]
            position[node] = at
            free[node] = at + 1
            order[at] = node
            new_parent[at] = above
            end[at] = at + size[node]
    return order, new_parent, end


@kernel
def find_targets(
    indptr: Longs,
    node_chip: Ints,
    node_in_link: Bytes,
    node_parent: Longs,
    delivery_indptr: Longs,
    delivery_chip: Ints,
    set_of_tree: Longs,
    n_chips: int,
) -> tuple[NDArray[np.uint8], Bools, Bools]:
    """Find where targets lie from each node; parameters as in `mapping.trees.reference`."""
    n = node_chip.size
    out_links = np.zeros(n, np.uint8)
    goes_up = np.zeros(n, np.bool_)
    is_core = np.zeros(n, np.bool_)
    below = np.zeros(n, np.int64)
    ways = np.zeros(n, np.int64)
    tree_with = np.full(n_chips, -1, np.int64)  # last tree that has targets on a chip
    for tree in range(indptr.size - 1):
        first, stop = indptr[tree], indptr[tree + 1]
        targets = set_of_tree[tree]
        for at in range(delivery_indptr[targets], delivery_indptr[targets + 1]):
            tree_with[delivery_chip[at]] = tree
        for node in range(stop - 1, first - 1, -1):
            is_target = tree_with[node_chip[node]] == tree
            below[node] += is_target
            is_core[node] = is_target
            above = node_parent[node]
            if above >= 0 and below[node] > 0:
                below[above] += below[node]
                ways[above] += 1
                out_links[above] |= np.uint8(1 << ((node_in_link[node] + 3) % 6))
        for node in range(first, stop):
            goes_up[node] = below[node] < below[first]
            if ways[node] + goes_up[node] >= 2:
                is_core[node] = True
    return out_links, goes_up, is_core


@kernel
def find_entries(
    indptr: Longs, node_chip: Ints, net_indptr: Longs, nets: Longs, source: Ints, n_chips: int
) -> Longs:
    """Find the node at which each net enters; parameters as in `mapping.trees.reference`."""
    entry = np.full(nets.size, -1, np.int64)
    node_on = np.full(n_chips, -1, np.int64)
    for tree in range(indptr.size - 1):
        for node in range(indptr[tree], indptr[tree + 1]):
            node_on[node_chip[node]] = node
        for at in range(net_indptr[tree], net_indptr[tree + 1]):
            node = node_on[source[nets[at]]]
            if node >= indptr[tree]:  # else it belongs to an earlier tree
                entry[nets[at]] = node
    return entry


@kernel
def furthest_targets(
    node_parent: Longs, node_out_links: NDArray[np.uint8], node_goes_up: Bools, node_is_core: Bools
) -> Longs:
    """Links to the furthest target from each node; parameters as in `mapping.trees.reference`."""
    n = node_parent.size
    down = np.zeros(n, np.int64)  # in the subtree
    second = np.zeros(n, np.int64)  # the same without the child `best`
    best = np.full(n, -1, np.int64)
    for node in range(n - 1, -1, -1):
        above = node_parent[node]
        if above >= 0 and (node_out_links[node] != 0 or node_is_core[node]):
            length = down[node] + 1
            if length > down[above]:
                second[above], down[above], best[above] = down[above], length, node
            elif length > second[above]:
                second[above] = length
    furthest = down.copy()
    up = np.zeros(n, np.int64)  # outside the subtree
    for node in range(n):
        above = node_parent[node]
        if above >= 0 and node_goes_up[node]:
            beside = second[above] if best[above] == node else down[above]
            beyond = up[above] if node_goes_up[above] else 0
            up[node] = 1 + max(beside, beyond)
            furthest[node] = max(down[node], up[node])
    return furthest


@kernel
def sum_to_core(
    node_parent: Longs, node_out_links: NDArray[np.uint8], node_is_core: Bools, weight: Longs
) -> Longs:
    """Weight of the way from each node to the core; parameters as in `mapping.trees.reference`."""
    n = node_parent.size
    total = np.zeros(n, np.int64)
    for node in range(n - 1, -1, -1):
        above = node_parent[node]
        has_targets = node_out_links[node] != 0 or node_is_core[node]
        if above >= 0 and has_targets and not node_is_core[above]:
            total[above] = total[node] + weight[node]
    for node in range(n):
        if node_out_links[node] == 0 and not node_is_core[node]:
            total[node] = total[node_parent[node]] + weight[node]
    return total
