"""What nets take of chips and links, from the trees along which they travel."""

import numpy as np
from numpy.typing import NDArray

from mapping.trees import kernels
from mapping.trees.forest import RouteForest
from router import Topology
from router.geometry import N_LINKS

__all__ = ["crossings_per_net", "depth_per_net", "link_load", "links_per_net", "nets_per_chip"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def links_per_net(forest: RouteForest) -> Ints:
    """Links that a packet of each net crosses, shape (n_nets,)."""
    return _per_net(forest, np.ones(forest.n_nodes, np.int64))


def crossings_per_net(forest: RouteForest, topology: Topology) -> Ints:
    """Of these links, those that lead from board to board, shape (n_nets,)."""
    up = np.maximum(forest.node_in_link, 0)
    crosses = topology.is_board_crossing[forest.node_chip, up] & (forest.node_in_link >= 0)
    return _per_net(forest, crosses.astype(np.int64))


def _per_net(forest: RouteForest, weight: Ints) -> Ints:
    """Sum over the edges that a net takes of weights that each node has for the one above it."""
    way = kernels.sum_to_core(
        forest.node_parent, forest.node_out_links, forest.node_is_core, weight
    )
    inner = forest.node_is_core & forest.node_goes_up  # edges between nodes of the core
    core = np.add.reduceat(np.where(inner, weight, 0), forest.tree_indptr[:-1])
    total: Ints = core[forest.tree_of_net] + way[forest.entry_of_net]
    return total


def depth_per_net(forest: RouteForest) -> Ints:
    """Links from the sender of each net to its furthest target, shape (n_nets,)."""
    furthest = kernels.furthest_targets(
        forest.node_parent, forest.node_out_links, forest.node_goes_up, forest.node_is_core
    )
    depth: Ints = furthest[forest.entry_of_net]
    return depth


def nets_per_chip(forest: RouteForest, n_chips: int) -> Ints:
    """Nets that visit each chip, shape (n_chips,)."""
    inside, whole = _inside(forest, np.ones(forest.n_nets))
    has_targets = _has_targets(forest)
    # above the core a node is not visited from where the core lies
    from_core = np.zeros(forest.n_nodes)
    child = np.flatnonzero(has_targets & (forest.node_parent >= 0))
    from_core[forest.node_parent[child]] = inside[child]
    visits = np.where(forest.node_is_core, whole, np.where(has_targets, whole - from_core, inside))
    counts = np.bincount(forest.node_chip, weights=visits, minlength=n_chips)
    return counts.astype(np.int64)


def link_load(forest: RouteForest, rate_hz: Floats, topology: Topology) -> Floats:
    """Traffic on every link.

    Parameters
    ----------
    forest : RouteForest
    rate_hz : ndarray of float64, shape (n_nets,)
        Packets/s of each net.
    topology : Topology

    Returns
    -------
    ndarray of float64, shape (n_chips, 6)
        Packets/s that leave each chip by each link.
    """
    inside, whole = _inside(forest, rate_hz)
    edge = np.flatnonzero(forest.node_parent >= 0)
    up = forest.node_in_link[edge].astype(np.int64)
    chip, above = forest.node_chip[edge], forest.node_chip[forest.node_parent[edge]]
    # nets are counted, lest rounding leave a trace of traffic where there is none
    n_inside, n_whole = _inside(forest, (rate_hz > 0).astype(np.float64))
    rises = forest.node_goes_up[edge] & (n_inside[edge] > 0)
    falls = _has_targets(forest)[edge] & (n_inside[edge] < n_whole[edge])
    load = np.zeros((topology.n_chips, N_LINKS))
    rising = np.where(rises, inside[edge], 0.0)
    falling = np.where(falls, whole[edge] - inside[edge], 0.0)
    np.add.at(load, (chip, up), rising)
    np.add.at(load, (above, (up + 3) % N_LINKS), falling)
    return load


def _has_targets(forest: RouteForest) -> NDArray[np.bool_]:
    """Whether there are targets in the subtree of each node."""
    found: NDArray[np.bool_] = forest.node_is_core | (forest.node_out_links != 0)
    return found


def _inside(forest: RouteForest, weight: Floats) -> tuple[Floats, Floats]:
    """Weight of the nets that enter in the subtree of each node, and in its whole tree."""
    entering = np.bincount(forest.entry_of_net, weight, minlength=forest.n_nodes)
    before = np.concatenate([[0.0], np.cumsum(entering)])
    inside: Floats = np.maximum(before[forest.node_end] - before[:-1], 0.0)
    of_tree = np.bincount(forest.tree_of_net, weight, minlength=forest.n_trees)
    return inside, of_tree[forest.tree_of_node].astype(np.float64)
