"""From trees and keys to the routing table of each chip."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mapping.errors import MappingError
from mapping.graph import MachineGraph
from mapping.keys import KeyMap
from mapping.tables import kernels
from mapping.trees import RouteForest
from router import RoutingTables
from router.readonly import freeze_arrays

__all__ = ["MadeTables", "build_tables"]

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class MadeTables:
    """Tables before compression.

    Attributes
    ----------
    tables : RoutingTables
        Entries of disjoint keys, by ascending key on each chip.
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
    each for an aligned block of keys.

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
    MappingError
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
    indptr = np.append(first, len(order))
    key, mask = keys.key[order], keys.mask[order]
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
        indptr,
        forest.entry_of_net[order],
        key,
        mask,
        *kernels.merge_blocks(indptr, key, mask),
        n_chips,
    )
    return MadeTables(RoutingTables(made_indptr, *entries), is_default)


def _check_disjoint(keys: KeyMap) -> None:
    order = np.argsort(keys.key)
    first = keys.key[order].astype(np.int64)
    last = first + (~keys.mask[order]).astype(np.int64)
    clash = np.flatnonzero(last[:-1] >= first[1:])
    if clash.size:
        one, other = order[clash[0]], order[clash[0] + 1]
        msg = f"nets {one} and {other} share the key {keys.key[other]:#010x}"
        raise MappingError(msg)
