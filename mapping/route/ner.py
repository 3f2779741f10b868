"""Neighbour-exploring routing (Navaridas et al. 2015, Parallel Computing 45).

Targets are joined to the tree nearest first, each to the closest chip that the tree has already
reached, so that packets are copied as late as possible.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mapping import kernels
from mapping.errors import RouteError
from mapping.graph import MachineGraph
from mapping.machine import Machine
from mapping.place import Placement
from mapping.route.forest import RouteForest
from router import Topology
from router.table import FIRST_CORE_BIT

__all__ = ["route"]

RADIUS = 20
"""Links around a target in which the tree is looked for."""

Ints = NDArray[np.int32]


def route(graph: MachineGraph, placement: Placement, machine: Machine) -> RouteForest:
    """Find a tree for each net by neighbour-exploring routing.

    Parameters
    ----------
    graph : MachineGraph
    placement : Placement
    machine : Machine

    Returns
    -------
    RouteForest

    Raises
    ------
    RouteError
        If dead links or chips leave no way to a target.
    """
    topology = machine.topology
    indptr, chips, cores = _deliveries(graph, placement, topology.n_chips)
    source = placement.chip[graph.net_vertex]
    numbers: dict[tuple[int, bytes], int] = {}
    tree_of_net = np.zeros(graph.n_nets, np.int32)
    trees: list[_Nodes] = []
    grower = _Grower(topology)
    for net in range(graph.n_nets):
        targets = chips[indptr[net] : indptr[net + 1]]
        ends = int(source[net]), targets.tobytes()
        if ends not in numbers:
            numbers[ends] = len(trees)
            trees.append(grower.grow(ends[0], targets))
        tree_of_net[net] = numbers[ends]
    sizes = np.array([0, *(len(tree.chip) for tree in trees)], np.int64)
    nodes = [np.concatenate(column) for column in zip(_Nodes.empty(0), *trees, strict=True)]
    return RouteForest(tree_of_net, np.cumsum(sizes), *_Nodes(*nodes), indptr, chips, cores)


def _deliveries(
    graph: MachineGraph, placement: Placement, n_chips: int
) -> tuple[NDArray[np.int64], Ints, NDArray[np.uint32]]:
    """CSR over nets of the chips that each reaches, and the cores there as bits of a route."""
    net = np.repeat(np.arange(graph.n_nets), np.diff(graph.target_indptr))
    chip = placement.chip[graph.targets]
    bit = np.uint32(1) << (FIRST_CORE_BIT + placement.core[graph.targets]).astype(np.uint32)
    place = net * n_chips + chip
    order = np.argsort(place, kind="stable")
    unique, first = np.unique(place[order], return_index=True)
    cores = np.zeros(0, np.uint32)
    if first.size:
        cores = np.bitwise_or.reduceat(bit[order], first)
    indptr = np.searchsorted(unique, np.arange(graph.n_nets + 1) * n_chips)
    return indptr.astype(np.int64), (unique % n_chips).astype(np.int32), cores


class _Nodes(NamedTuple):
    chip: Ints
    in_link: NDArray[np.int8]
    out_links: NDArray[np.uint8]
    depth: Ints

    @classmethod
    def empty(cls, n: int) -> "_Nodes":
        return cls(
            np.empty(n, np.int32),
            np.empty(n, np.int8),
            np.empty(n, np.uint8),
            np.empty(n, np.int32),
        )

    def first(self, n: int) -> "_Nodes":
        chip, in_link, out_links, depth = self
        return _Nodes(chip[:n].copy(), in_link[:n].copy(), out_links[:n].copy(), depth[:n].copy())


class _Grower:
    """Scratch arrays of `grow_tree`, made once for all trees of a machine."""

    def __init__(self, topology: Topology) -> None:
        n = topology.n_chips
        self.topology = topology
        self.node_of, self.path = np.empty(n, np.int32), np.empty(n, np.int32)
        self.links = np.empty(n, np.int8)
        self.nodes = _Nodes.empty(n)

    def grow(self, source: int, targets: Ints) -> _Nodes:
        """Nodes of one tree."""
        topology = self.topology
        targets = targets[np.argsort(topology.distance(source, targets), kind="stable")]
        n_nodes = kernels.grow_tree(
            topology.neighbours,
            topology.xy,
            topology.chip_id,
            topology.wrap,
            source,
            targets,
            RADIUS,
            self.node_of,
            self.path,
            self.links,
            *self.nodes,
        )
        if n_nodes < 0:
            (x0, y0), (x, y) = topology.xy[source], topology.xy[targets[-1 - n_nodes]]
            msg = f"no living links lead from chip ({x0}, {y0}) to chip ({x}, {y})"
            raise RouteError(msg)
        return self.nodes.first(n_nodes)
