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

        Raises
        ------
        RouteError
            If dead links or chips leave no way.
        """
