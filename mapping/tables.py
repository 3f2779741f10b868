"""From trees and keys to the routing table of each chip."""

import numpy as np
from numpy.typing import NDArray

from mapping.errors import MappingError
from mapping.keys import KeyMap
from mapping.machine import Machine
from mapping.route import RouteForest
from router import RoutingTables
from router.geometry import N_LINKS

__all__ = ["build_tables", "entries_per_chip"]

Ints = NDArray[np.int64]


def entries_per_chip(forest: RouteForest, n_chips: int) -> Ints:
    """Entries of each chip if every net had one on every chip of its tree, shape (n_chips,)."""
    nets_of_tree = np.bincount(forest.tree_of_net, minlength=forest.n_trees)
    weights = np.repeat(nets_of_tree, forest.tree_sizes)
    counts = np.bincount(forest.node_chip, weights=weights, minlength=n_chips)
    return counts.astype(np.int64)


def build_tables(
    forest: RouteForest, keys: KeyMap, machine: Machine, *, keep_default: bool = False
) -> RoutingTables:
    """Make an entry for each net on each chip of its tree, where default routing does not do.

    Parameters
    ----------
    forest : RouteForest
    keys : KeyMap
    machine : Machine
    keep_default : bool
        Whether to keep entries of packets that only pass straight through.

    Returns
    -------
    RoutingTables
        Entries of disjoint keys, by ascending key on each chip.

    Raises
    ------
    MappingError
        If two nets share a key. Since none do, leaving out the entry of one net cannot expose
        its packets to the entry of another.
    """
    _check_disjoint(keys)
    net, node = _flatten(forest)
    chip = forest.node_chip[node].astype(np.int64)
    in_link = forest.node_in_link[node].astype(np.int64)
    route = forest.node_out_links[node] | _cores(forest, net, chip, machine.topology.n_chips)
    if not keep_default:
        straight = np.where(in_link >= 0, 1 << ((in_link + 3) % N_LINKS), 0)
        kept = np.flatnonzero(route != straight)
        net, chip, route = net[kept], chip[kept], route[kept]
    order = np.lexsort((keys.key[net], chip))
    indptr = np.searchsorted(chip[order], np.arange(machine.topology.n_chips + 1))
    net = net[order]
    return RoutingTables(
        indptr.astype(np.int64), keys.key[net], keys.mask[net], route[order].astype(np.uint32)
    )


def _flatten(forest: RouteForest) -> tuple[Ints, Ints]:
    """Net and node of every node of every net's tree."""
    sizes = forest.tree_sizes[forest.tree_of_net]
    net = np.repeat(np.arange(forest.n_nets), sizes)
    start = forest.tree_indptr[forest.tree_of_net] - (np.cumsum(sizes) - sizes)
    return net, start[net] + np.arange(len(net))


def _cores(forest: RouteForest, net: Ints, chip: Ints, n_chips: int) -> NDArray[np.uint32]:
    """Cores that each net reaches on each chip, as bits of a route, 0 where it reaches none."""
    if not forest.delivery_chip.size:
        return np.zeros(len(net), np.uint32)
    delivery_net = np.repeat(np.arange(forest.n_nets), np.diff(forest.delivery_indptr))
    delivery = delivery_net * n_chips + forest.delivery_chip
    wanted = net * n_chips + chip
    at = np.minimum(np.searchsorted(delivery, wanted), len(delivery) - 1)
    return np.where(delivery[at] == wanted, forest.delivery_cores[at], np.uint32(0))


def _check_disjoint(keys: KeyMap) -> None:
    order = np.argsort(keys.key)
    first = keys.key[order].astype(np.int64)
    last = first + (~keys.mask[order]).astype(np.int64)
    clash = np.flatnonzero(last[:-1] >= first[1:])
    if clash.size:
        one, other = order[clash[0]], order[clash[0] + 1]
        msg = f"nets {one} and {other} share the key {keys.key[other]:#010x}"
        raise MappingError(msg)
