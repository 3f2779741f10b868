"""From trees and keys to the routing table of each chip.

Keys that no net has may have any route. So the blocks of keys for which entries stand are as large
as they can be without the keys of others, in the manner of prefixes in the tables of the internet.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mapping.errors import CheckError
from mapping.graph import MachineGraph
from mapping.keys import KeyMap
from mapping.tables import kernels
from mapping.trees import RouteForest
from router import RoutingTables
from router.readonly import freeze_arrays

__all__ = ["MadeTables", "build_tables", "widen"]

KEY_BITS = 32
N_KEYS = 1 << KEY_BITS

Ints = NDArray[np.int64]
Words = NDArray[np.uint32]


@dataclass(frozen=True, slots=True, eq=False)
class MadeTables:
    """Tables before compression.

    Attributes
    ----------
    tables : RoutingTables
        Entries of disjoint keys, by ascending key on each chip. They also match keys that no
        net has.
    is_default : ndarray of bool, shape (n_entries,)
        Whether all packets that an entry is for go straight on, as they would without it.
    """

    tables: RoutingTables
    is_default: NDArray[np.bool_]

    def __post_init__(self) -> None:
        freeze_arrays(self)


def build_tables(
    graph: MachineGraph, forest: RouteForest, keys: KeyMap, n_chips: int
) -> MadeTables:
    """Make the entries of each chip for the nets that visit it.

    Nets that share tree, targets and the side from which they come to a chip share entries there,
    each for an aligned block of keys, the largest without a key of other nets.

    Parameters
    ----------
    graph : MachineGraph
    forest : RouteForest
    keys : KeyMap
    n_chips : int
        Chips of the machine.

    Returns
    -------
    MadeTables

    Raises
    ------
    CheckError
        If two nets share a key. Since none do, leaving out the entry of one net cannot expose
        its packets to the entry of another.
    """
    _check_disjoint(keys)
    target_set = graph.net_targets.astype(np.int64)
    order = np.lexsort((keys.key, target_set, forest.tree_of_net))
    tree, target_set = forest.tree_of_net[order].astype(np.int64), target_set[order]
    is_first = np.ones(len(order), bool)
    is_first[1:] = (np.diff(tree) != 0) | (np.diff(target_set) != 0)
    first = np.flatnonzero(is_first)
    key = keys.key[order].astype(np.int64)
    net_key, net_mask = widen(key, np.arange(len(key)))
    made_indptr, *entries, is_default = kernels.list_entries(
        forest.tree_indptr,
        forest.node_chip,
        forest.node_in_link,
        forest.node_end,
        forest.node_out_links,
        forest.node_goes_up,
        forest.node_is_core,
        forest.deliveries.indptr,
        forest.deliveries.chip,
        forest.deliveries.cores,
        tree[first],
        target_set[first],
        np.append(first, len(order)),
        forest.entry_of_net[order],
        net_key,
        net_mask,
        *_blocks_of_groups(key, np.cumsum(is_first) - 1, len(first)),
        n_chips,
    )
    return MadeTables(RoutingTables(made_indptr, *entries), is_default)


def widen(key: Ints, group: Ints) -> tuple[Words, Words]:
    """Find the largest aligned block around each key that holds no key of another group.

    Parameters
    ----------
    key : ndarray of int64, shape (n_keys,)
        Each once.
    group : ndarray of int64, shape (n_keys,)

    Returns
    -------
    key, mask : ndarray of uint32, shape (n_keys,)
        Blocks of keys, two of which are equal, of one group, or disjoint.
    """
    order = np.argsort(key)
    key_up, group = key[order], group[order]
    start = np.flatnonzero(np.diff(group)) + 1  # of runs of keys of one group, but the first
    run = np.searchsorted(start, np.arange(len(key)), side="right")
    before = np.append(N_KEYS, key_up[start - 1])[run]
    after = np.append(key_up[start], N_KEYS)[run]
    # of the highest bits in which a key differs from its neighbours, the lower one
    differing = np.minimum(key_up ^ before, key_up ^ after)
    size = 1 << (np.frexp(differing)[1].astype(np.int64) - 1)
    mask = np.empty_like(key)
    mask[order] = N_KEYS - size
    return (key & mask).astype(np.uint32), mask.astype(np.uint32)


def _blocks_of_groups(key: Ints, group: Ints, n_groups: int) -> tuple[Ints, Words, Words]:
    """Blocks of each group, each once, in CSR form."""
    block, mask = widen(key, group)
    _, first = np.unique(group << KEY_BITS | block, return_index=True)
    indptr: Ints = np.searchsorted(group[first], np.arange(n_groups + 1)).astype(np.int64)
    return indptr, block[first], mask[first]


def _check_disjoint(keys: KeyMap) -> None:
    order = np.argsort(keys.key)
    first = keys.key[order].astype(np.int64)
    last = first + (~keys.mask[order]).astype(np.int64)
    clash = np.flatnonzero(last[:-1] >= first[1:])
    if clash.size:
        one, other = order[clash[0]], order[clash[0] + 1]
        msg = f"nets {one} and {other} share the key {keys.key[other]:#010x}"
        raise CheckError(msg)
