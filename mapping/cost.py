"""What a mapping takes of its machine, and what each spike takes of the links."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mapping.graph import MachineGraph, Role
from mapping.machine import Machine
from mapping.place import Placement
from mapping.route import RouteForest
from router.geometry import N_LINKS

__all__ = ["MappingReport", "Summary", "report", "summarise"]

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Summary:
    """Mean, maximum and total of a quantity over the things it was counted for."""

    mean: float
    max: int
    total: int


def summarise(values: NDArray[np.generic]) -> Summary:
    """Sum up integer `values`; all zero if there are none."""
    if not values.size:
        return Summary(0.0, 0, 0)
    numbers = values.astype(np.int64)
    return Summary(float(numbers.mean()), int(numbers.max()), int(numbers.sum()))


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingReport:
    """Numbers of a mapping.

    Attributes
    ----------
    n_cores, n_chips, n_boards : int
        In use by vertices.
    n_delay_cores : int
        Of these cores, those that extend delays.
    n_idle_cores : int
        Application cores without a vertex on the chips in use.
    entries_before : Summary
        Routing entries per chip that has any: one per net and chip of its tree.
    entries_after_default : Summary
        Without those that default routing replaces.
    entries_after : Summary
        After compression too.
    tree_links_per_spike : float
        Links that a spike crosses, mean over the members of all nets; what a delay core sends
        again, stage by stage, counts as spikes.
    links_per_net, chips_per_net, board_crossings_per_net, depth_per_net : Summary
        Links and chips of the tree, links between boards, and links to its furthest chip.
    deliveries_per_net : Summary
        Cores reached.
    dtcm_bytes : Summary
        Per vertex.
    sdram_bytes : Summary
        Per chip in use.
    """

    n_cores: int
    n_delay_cores: int
    n_chips: int
    n_boards: int
    n_idle_cores: int
    entries_before: Summary
    entries_after_default: Summary
    entries_after: Summary
    tree_links_per_spike: float
    links_per_net: Summary
    chips_per_net: Summary
    board_crossings_per_net: Summary
    depth_per_net: Summary
    deliveries_per_net: Summary
    dtcm_bytes: Summary
    sdram_bytes: Summary


def report(
    graph: MachineGraph,
    placement: Placement,
    forest: RouteForest,
    machine: Machine,
    entries: tuple[Ints, Ints, Ints],
) -> MappingReport:
    """Count what the mapping takes.

    Parameters
    ----------
    graph : MachineGraph
    placement : Placement
    forest : RouteForest
    machine : Machine
    entries : three ndarray of int64, shape (n_chips,)
        Entries of each chip: before, without default routes, and compressed.
    """
    topology = machine.topology
    chips = np.unique(placement.chip)
    sdram = np.zeros(topology.n_chips, np.int64)
    np.add.at(sdram, placement.chip, graph.sdram_bytes)
    in_use = entries[0] > 0
    before, after_default, after = (summarise(count[in_use]) for count in entries)
    tree = forest.tree_of_net
    links = (forest.tree_sizes - 1)[tree]
    packets = (graph.n_members * graph.n_streams)[graph.net_vertex]
    return MappingReport(
        n_cores=graph.n_vertices,
        n_delay_cores=int(np.count_nonzero(graph.role == Role.DELAY)),
        n_chips=len(chips),
        n_boards=len(np.unique(topology.board[chips])),
        n_idle_cores=int(machine.application_cores[chips].sum()) - graph.n_vertices,
        entries_before=before,
        entries_after_default=after_default,
        entries_after=after,
        tree_links_per_spike=float(np.average(links, weights=packets)) if links.size else 0.0,
        links_per_net=summarise(links),
        chips_per_net=summarise(forest.tree_sizes[tree]),
        board_crossings_per_net=summarise(_crossings(forest, machine)[tree]),
        depth_per_net=summarise(_per_tree(forest, forest.node_depth, np.maximum)[tree]),
        deliveries_per_net=summarise(np.diff(graph.target_indptr)),
        dtcm_bytes=summarise(graph.dtcm_bytes),
        sdram_bytes=summarise(sdram[chips]),
    )


def _per_tree(forest: RouteForest, values: NDArray[np.generic], how: np.ufunc) -> Ints:
    """Reduce a number of each node to one of each tree."""
    if not forest.n_trees:
        return np.zeros(0, np.int64)
    reduced: Ints = how.reduceat(values.astype(np.int64), forest.tree_indptr[:-1])
    return reduced


def _crossings(forest: RouteForest, machine: Machine) -> Ints:
    """Links between boards in each tree, shape (n_trees,)."""
    crossing = machine.topology.is_board_crossing @ (1 << np.arange(N_LINKS))
    return _per_tree(
        forest, np.bitwise_count(forest.node_out_links & crossing[forest.node_chip]), np.add
    )
