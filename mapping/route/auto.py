"""Trees of their own for each sender as long as their number allows, shared ones beyond."""

import numpy as np

from mapping.graph import MachineGraph
from mapping.machine import Machine
from mapping.place import Placement
from mapping.route import ner, shared
from mapping.trees import RouteForest, deliver

__all__ = ["route"]

MOST_NODES = 5_000_000
"""Chips that all nets reach, counted for each net, up to which each sender has its own tree.

Full-scale PD14 has half a million. Far beyond, entries exceed the routers, and trees the memory of
the computer that maps."""


def route(graph: MachineGraph, placement: Placement, machine: Machine) -> RouteForest:
    """Route as ner-shallow does while the trees are few, as shared does beyond.

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
    deliveries = deliver(graph, placement, machine.topology.n_chips)
    n_nodes = int(np.diff(deliveries.indptr)[graph.net_targets].sum())
    router = ner.route_shallow if n_nodes <= MOST_NODES else shared.route
    return router(graph, placement, machine)
