"""What a mapping takes of its machine, and what each spike takes of the links."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mapping.graph import MachineGraph, Role
from mapping.machine import Machine
from mapping.place import Placement
from mapping.tables import MadeTables
from mapping.trees import RouteForest
from mapping.trees.measure import (
    crossings_per_net,
    depth_per_net,
    links_per_net,
    nets_per_chip,
)
from router import RoutingTables

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
    entries_made : Summary
        Entries as made: nets that travel alike share those of aligned blocks of keys.
    entries_after : Summary
        After compression.
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
    entries_made: Summary
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
    made: MadeTables,
    tables: RoutingTables,
) -> MappingReport:
    """Count what the mapping takes.

    Parameters
    ----------
    graph : MachineGraph
    placement : Placement
    forest : RouteForest
    machine : Machine
    made : MadeTables
        Entries before compression.
    tables : RoutingTables
        Entries after it.
    """
    topology = machine.topology
    chips = np.unique(placement.chip)
    sdram = np.zeros(topology.n_chips, np.int64)
    np.add.at(sdram, placement.chip, graph.sdram_bytes)
    before = nets_per_chip(forest, topology.n_chips)
    in_use = before > 0
    links = links_per_net(forest)
    packets = (graph.n_members * graph.n_streams)[graph.net_vertex]
    return MappingReport(
        n_cores=graph.n_vertices,
        n_delay_cores=int(np.count_nonzero(graph.role == Role.DELAY)),
        n_chips=len(chips),
        n_boards=len(np.unique(topology.board[chips])),
        n_idle_cores=int(machine.application_cores[chips].sum()) - graph.n_vertices,
        entries_before=summarise(before[in_use]),
        entries_made=summarise(made.tables.n_entries[in_use]),
        entries_after=summarise(tables.n_entries[in_use]),
        tree_links_per_spike=float(np.average(links, weights=packets)) if links.size else 0.0,
        links_per_net=summarise(links),
        chips_per_net=summarise(links + 1),
        board_crossings_per_net=summarise(crossings_per_net(forest, topology)),
        depth_per_net=summarise(depth_per_net(forest)),
        deliveries_per_net=summarise(graph.n_targets),
        dtcm_bytes=summarise(graph.dtcm_bytes),
        sdram_bytes=summarise(sdram[chips]),
    )
