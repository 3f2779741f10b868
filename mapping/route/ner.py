"""Neighbour-exploring routing (Navaridas et al. 2015, Parallel Computing 45).

Targets are joined to the tree nearest first, each to the closest chip that the tree has already
reached, so that packets are copied as late as possible. Of equally close chips `route` takes the
first it finds, as rig does, and `route_shallow` the one closest to the source: nets with many
targets have several at every step, and the trees of the full microcircuit become nearly as shallow
as shortest paths.
"""

import numpy as np
from numpy.typing import NDArray

from mapping.errors import RouteError
from mapping.graph import MachineGraph
from mapping.machine import Machine
from mapping.place import Placement
from mapping.route import kernels
from mapping.trees import RouteForest, Tree, make_rooted_forest
from router import Topology

__all__ = ["Grower", "no_way", "route", "route_shallow"]

RADIUS = 20
"""Links around a target in which the tree is looked for."""

Ints = NDArray[np.int32]


def route(graph: MachineGraph, placement: Placement, machine: Machine) -> RouteForest:
    """Find a tree for each net by neighbour-exploring routing.

    Parameters, result and errors as of `mapping.route.Router`.
    """
    grower = Grower(machine.topology)
    return make_rooted_forest(graph, placement, machine, grower.grow)


def route_shallow(graph: MachineGraph, placement: Placement, machine: Machine) -> RouteForest:
    """Find a shallow tree for each net by neighbour-exploring routing.

    Parameters, result and errors as of `mapping.route.Router`.
    """
    grower = Grower(machine.topology, is_shallow=True)
    return make_rooted_forest(graph, placement, machine, grower.grow)


class Grower:
    """Scratch arrays of `grow_tree`, made once for all trees of a machine."""

    def __init__(
        self, topology: Topology, radius: int = RADIUS, *, is_shallow: bool = False
    ) -> None:
        n = topology.n_chips
        self.topology, self.radius, self.is_shallow = topology, radius, is_shallow
        self.node_of, self.depth, self.path = np.empty((3, n), np.int32)
        self.links = np.empty(n, np.int8)
        self.chip, self.parent = np.empty(n, np.int32), np.empty(n, np.int32)
        self.in_link = np.empty(n, np.int8)

    def grow(self, source: int, targets: Ints, rate_hz: float) -> Tree:
        """One tree."""
        del rate_hz  # the links are taken to be free
        topology = self.topology
        targets = targets[np.argsort(topology.distance(source, targets), kind="stable")]
        n_nodes = kernels.grow_tree(
            topology.neighbours,
            topology.xy,
            topology.chip_id,
            topology.wrap,
            source,
            targets,
            self.radius,
            self.is_shallow,
            self.node_of,
            self.depth,
            self.path,
            self.links,
            self.chip,
            self.in_link,
            self.parent,
        )
        if n_nodes < 0:
            raise no_way(topology, source, int(targets[-1 - n_nodes]))
        used = slice(n_nodes)
        return Tree(self.chip[used].copy(), self.in_link[used].copy(), self.parent[used].copy())


def no_way(topology: Topology, source: int, target: int) -> RouteError:
    """The error for a target that no living links lead to."""
    (x0, y0), (x, y) = topology.xy[source].tolist(), topology.xy[target].tolist()
    return RouteError(
        f"no living links lead from chip ({x0}, {y0}) to chip ({x}, {y}); declare the chips of one "
        "side dead, or take a machine in one piece"
    )
