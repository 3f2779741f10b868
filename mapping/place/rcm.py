"""Place groups that have traffic with one another close together in one order.

The order is the reverse of that of Cuthill and McKee 1969 (Proc. 24th ACM National Conference),
which gives a matrix a small bandwidth; rig orders by it too.
"""

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from mapping.graph import MachineGraph
from mapping.machine import Machine
from mapping.place.in_order import place_in_order
from mapping.place.placement import Placement, Search
from mapping.place.traffic import Twins, find_traffic, find_twins

__all__ = ["place", "rcm_order"]


def place(graph: MachineGraph, machine: Machine, search: Search) -> Placement:
    """Fill the chips in Hilbert order with the groups in reverse Cuthill-McKee order.

    Parameters and errors as of `mapping.place.Placer`; `search` has no meaning here.
    """
    del search
    return place_in_order(graph, machine, groups=rcm_order(find_twins(find_traffic(graph))))


def rcm_order(twins: Twins) -> NDArray[np.int64]:
    """Groups in reverse Cuthill-McKee order of their sets of twins, those of a set by number.

    Parameters
    ----------
    twins : Twins

    Returns
    -------
    ndarray of int64, shape (n_groups,)
    """
    network: nx.Graph[int] = nx.Graph()
    network.add_nodes_from(range(twins.n_twins))
    above = twins.other > twins.first
    pairs = zip(twins.first[above].tolist(), twins.other[above].tolist(), strict=True)
    network.add_edges_from(pairs)
    order = np.array(list(nx.utils.reverse_cuthill_mckee_ordering(network)), np.int64)
    rank = np.zeros(twins.n_twins, np.int64)
    rank[order] = np.arange(twins.n_twins)
    return np.argsort(rank[twins.twin_of_group], kind="stable")
