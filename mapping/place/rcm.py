"""Place groups that have traffic with one another close together in one order.

The order is the reverse of that of Cuthill and McKee 1969 (Proc. 24th ACM National Conference),
which gives a matrix a small bandwidth; rig orders by it too.
"""

import networkx as nx
import numpy as np

from mapping.graph import MachineGraph
from mapping.machine import Machine
from mapping.place.in_order import place_in_order
from mapping.place.placement import Placement, Search
from mapping.place.traffic import find_traffic, find_twins

__all__ = ["place"]


def place(graph: MachineGraph, machine: Machine, search: Search) -> Placement:
    """Fill the chips in Hilbert order with the groups in reverse Cuthill-McKee order.

    Parameters and errors as of `mapping.place.Placer`; `search` has no meaning here.

    Notes
    -----
    Sets of twins (`mapping.place.traffic`) are ordered, and the groups of each by number.
    """
    del search
    twins = find_twins(find_traffic(graph))
    network: nx.Graph[int] = nx.Graph()
    network.add_nodes_from(range(twins.n_twins))
    above = twins.other > twins.first
    network.add_edges_from(
        zip(twins.first[above].tolist(), twins.other[above].tolist(), strict=True)
    )
    order = np.array(list(nx.utils.reverse_cuthill_mckee_ordering(network)), np.int64)
    rank = np.zeros(twins.n_twins, np.int64)
    rank[order] = np.arange(twins.n_twins)
    groups = np.argsort(rank[twins.twin_of_group], kind="stable")
    return place_in_order(graph, machine, groups=groups)
