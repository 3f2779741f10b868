"""What a mapping takes of its machine, and what each spike takes of the links."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mapping.graph import MachineGraph, Role
from mapping.machine import Machine
from mapping.place import Placement, traffic_hops
from mapping.tables import MadeTables
from mapping.trees import RouteForest
from mapping.trees.measure import (
    crossings_per_net,
    depth_per_net,
    links_per_net,
    nets_per_chip,
)
from router import RoutingTables, Topology
from router.geometry import Link

__all__ = ["MappingReport", "Summary", "report", "summarise"]

MOST_PAIRS = 10_000_000
"""Chips that all nets reach, counted for each net, up to which hops are counted, for a second."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Summary:
    """A quantity over the things it was counted for.

    Attributes
    ----------
    mean : float
    max, total : int
    deciles : tuple of int
        The smallest, the values that 10, 20, ... 90 % do not exceed, and the largest.
    """

    mean: float
    max: int
    total: int
    deciles: tuple[int, ...]


def summarise(values: NDArray[np.generic]) -> Summary:
    """Sum up integer `values`; all zero if there are none."""
    if not values.size:
        return Summary(0.0, 0, 0, (0,) * 11)
    numbers = np.sort(values.astype(np.int64))
    places = np.ceil(np.linspace(0, 1, 11) * len(numbers)).astype(int) - 1
    deciles = tuple(numbers[np.maximum(places, 0)].tolist())
    return Summary(float(numbers.mean()), int(numbers[-1]), int(numbers.sum()), deciles)


@dataclass(frozen=True, slots=True)
class LinkLoad:
    """Expected traffic on the links.

    Attributes
    ----------
    mean_hz : float
        Packets/s, mean over the living links of the chips in use, each direction for itself.
    max_hz : float
        On the hottest link.
    hottest : str
        That link, as ``(x, y) NE``; empty if nothing is sent.
    """

    mean_hz: float
    max_hz: float
    hottest: str


def summarise_links(load_hz: NDArray[np.float64], topology: Topology, chips: Ints) -> LinkLoad:
    """Sum up the load of links.

    Parameters
    ----------
    load_hz : ndarray of float64, shape (n_chips, 6)
        Packets/s that leave each chip by each link.
    topology : Topology
    chips : ndarray of int, shape (n_chips_in_use,)
    """
    alive = topology.is_link_alive[chips]
    if not alive.any() or not load_hz.any():
        return LinkLoad(0.0, 0.0, "")
    chip, link = np.unravel_index(int(np.argmax(load_hz)), load_hz.shape)
    x, y = topology.xy[chip].tolist()
    hottest = f"({x}, {y}) {Link(int(link)).name}"
    return LinkLoad(float(load_hz[chips][alive].mean()), float(load_hz.max()), hottest)


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
    reached_per_spike : float
        Chips that a spike must reach, the sender's counted, weighted likewise: a tree that visits
        no other chip has a link less.
    hops_per_target : float or None
        `mapping.place.traffic_hops`: what the placement alone decides; None for networks so large
        that it would take long.
    link_load : LinkLoad
    depth_per_spike : float
        Links to the furthest target, weighted likewise.
    board_crossings_per_spike : float
        Links from board to board, weighted likewise.
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
    reached_per_spike: float
    hops_per_target: float | None
    link_load: LinkLoad
    depth_per_spike: float
    board_crossings_per_spike: float
    links_per_net: Summary
    chips_per_net: Summary
    board_crossings_per_net: Summary
    depth_per_net: Summary
    deliveries_per_net: Summary
    dtcm_bytes: Summary
    sdram_bytes: Summary


def report(  # noqa: PLR0917
    graph: MachineGraph,
    placement: Placement,
    forest: RouteForest,
    machine: Machine,
    made: MadeTables,
    tables: RoutingTables,
    load_hz: NDArray[np.float64],
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
    load_hz : ndarray of float64, shape (n_chips, 6)
        Packets/s that leave each chip by each link.
    """
    topology = machine.topology
    chips = np.unique(placement.chip).astype(np.int64)
    sdram = np.zeros(topology.n_chips, np.int64)
    np.add.at(sdram, placement.chip, graph.sdram_bytes)
    before = nets_per_chip(forest, topology.n_chips)
    in_use = before > 0
    links, depth = links_per_net(forest), depth_per_net(forest)
    crossings = crossings_per_net(forest, topology)
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
        tree_links_per_spike=_mean(links, packets),
        reached_per_spike=_mean(_reached(graph, placement, forest), packets),
        hops_per_target=_hops(graph, placement, forest, machine),
        link_load=summarise_links(load_hz, topology, chips),
        depth_per_spike=_mean(depth, packets),
        board_crossings_per_spike=_mean(crossings, packets),
        links_per_net=summarise(links),
        chips_per_net=summarise(links + 1),
        board_crossings_per_net=summarise(crossings),
        depth_per_net=summarise(depth),
        deliveries_per_net=summarise(graph.n_targets),
        dtcm_bytes=summarise(graph.dtcm_bytes),
        sdram_bytes=summarise(sdram[chips]),
    )


def _hops(
    graph: MachineGraph, placement: Placement, forest: RouteForest, machine: Machine
) -> float | None:
    n_pairs = int(np.diff(forest.deliveries.indptr)[graph.net_targets].sum())
    return traffic_hops(graph, placement, machine) if n_pairs <= MOST_PAIRS else None


def _mean(values: Ints, weights: NDArray[np.int32]) -> float:
    return float(np.average(values, weights=weights)) if values.size else 0.0


def _reached(graph: MachineGraph, placement: Placement, forest: RouteForest) -> Ints:
    """Chips that each net must reach, its own counted, shape (n_nets,)."""
    deliveries = forest.deliveries
    counts = np.diff(deliveries.indptr)[graph.net_targets]
    own = placement.chip[graph.net_vertex]
    is_own = [
        chip in deliveries.chips_of(target_set)
        for chip, target_set in zip(own.tolist(), graph.net_targets.tolist(), strict=True)
    ]
    reached: Ints = counts + ~np.array(is_own, bool)
    return reached
