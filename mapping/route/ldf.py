"""Longest dimension first: the longest leg of the shortest vector to each target, then the other.

What unicasts to all targets give when their paths are joined where they meet: the baseline of
Navaridas et al. 2015 (Parallel Computing 45), and their neighbour-exploring routing with a radius
of 0. No way is shorter, but the tree is long. Where a path meets a dead part, its target is joined
to the tree by the shortest way over living links.
"""

from mapping.graph import MachineGraph
from mapping.machine import Machine
from mapping.place import Placement
from mapping.route.ner import Grower
from mapping.trees import RouteForest, make_rooted_forest

__all__ = ["route"]


def route(graph: MachineGraph, placement: Placement, machine: Machine) -> RouteForest:
    """Find a tree for each net by longest-dimension-first routing.

    Parameters, result and errors as of `mapping.route.Router`.
    """
    grower = Grower(machine.topology, radius=0)  # all paths begin at the source
    return make_rooted_forest(graph, placement, machine, grower.grow)
