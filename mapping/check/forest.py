"""Trees that are what they say, for what is counted of them is reported."""

import numpy as np

from mapping.errors import CheckError
from mapping.graph import MachineGraph
from mapping.place import Placement
from mapping.trees import RouteForest
from router import Topology

__all__ = ["check_forest"]


def check_forest(
    graph: MachineGraph, placement: Placement, forest: RouteForest, topology: Topology
) -> None:
    """Prove that nets enter their trees where they are sent, and that edges are living links.

    Parameters
    ----------
    graph : MachineGraph
    placement : Placement
    forest : RouteForest
    topology : Topology

    Raises
    ------
    CheckError
        Naming the net, or the chip.
    """
    if forest.n_nets != graph.n_nets:
        msg = f"trees for {forest.n_nets} nets, of which there are {graph.n_nets}"
        raise CheckError(msg)
    source = placement.chip[graph.net_vertex]
    astray = np.flatnonzero(forest.node_chip[forest.entry_of_net] != source)
    if astray.size:
        msg = f"net {astray[0]} does not enter its tree on the chip that sends it"
        raise CheckError(msg)
    node = np.flatnonzero(forest.node_parent >= 0)
    chip, link = forest.node_chip[node], forest.node_in_link[node]
    there = topology.neighbours[chip, np.maximum(link, 0)]
    wrong = np.flatnonzero((link < 0) | (there != forest.node_chip[forest.node_parent[node]]))
    if wrong.size:
        x, y = topology.xy[chip[wrong[0]]].tolist()
        msg = f"a tree reaches chip ({x}, {y}) by link {link[wrong[0]]}, where its parent is not"
        raise CheckError(msg)
