"""The prototype of all routers."""

from typing import Protocol

from mapping.graph import MachineGraph
from mapping.machine import Machine
from mapping.place import Placement
from mapping.trees import RouteForest

__all__ = ["Router"]


class Router(Protocol):
    """The prototype of all routers."""

    def __call__(self, graph: MachineGraph, placement: Placement, machine: Machine) -> RouteForest:
        """Find a tree of living links from each net's vertex to all of its targets.

        Parameters
        ----------
        graph : MachineGraph
        placement : Placement
            Chip and core of each of its vertices.
        machine : Machine

        Returns
        -------
        RouteForest
            `mapping.trees.make_rooted_forest` makes one of a function that grows single trees.

        Raises
        ------
        RouteError
            If dead links or chips leave no way.
        """
