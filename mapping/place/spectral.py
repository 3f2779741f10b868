"""Place groups along the slowest vibration of the network of their traffic.

The eigenvector of the second smallest eigenvalue of the Laplacian (Fiedler 1973, Czech. Math. J.
23:298) puts every group at a coordinate such that the sum of ``weight * (difference)**2`` is least.
"""

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from mapping.errors import DoesNotFitError
from mapping.graph import MachineGraph
from mapping.machine import Machine
from mapping.place.in_order import place_in_order
from mapping.place.placement import Placement, Search
from mapping.place.traffic import Twins, find_traffic, find_twins

__all__ = ["place"]

MOST_TWINS = 3000
"""Sets of twins in one piece of the network: some seconds for a dense matrix."""

Floats = NDArray[np.float64]


def place(graph: MachineGraph, machine: Machine, search: Search) -> Placement:
    """Fill the chips in Hilbert order with the groups along the Fiedler vector.

    Parameters and errors as of `mapping.place.Placer`; `search` has no meaning here. Networks with
    more than `MOST_TWINS` different groups in one piece are refused.

    Notes
    -----
    Twins (`mapping.place.traffic`) have the same coordinate, so that one row for each set of them
    is enough. Pieces without traffic between them follow one another.
    """
    del search
    twins = find_twins(find_traffic(graph))
    network: nx.Graph[int] = nx.Graph()
    network.add_nodes_from(range(twins.n_twins))
    network.add_edges_from(zip(twins.first.tolist(), twins.other.tolist(), strict=True))
    pieces = sorted(sorted(piece) for piece in nx.connected_components(network))
    order = [np.zeros(0, np.int64)]
    for piece in pieces:
        if len(piece) > MOST_TWINS:
            resource = "different groups that the placer 'spectral' can order"
            remedy = "use placer 'rcm', 'metis' or 'hilbert'"
            raise DoesNotFitError(resource, len(piece), MOST_TWINS, remedy)
        members = np.array(piece, np.int64)
        order.append(members[np.argsort(_coordinates(twins, members), kind="stable")])
    rank = np.zeros(twins.n_twins, np.int64)
    rank[np.concatenate(order)] = np.arange(twins.n_twins)
    groups = np.argsort(rank[twins.twin_of_group], kind="stable")
    return place_in_order(graph, machine, groups=groups)


def _coordinates(twins: Twins, members: NDArray[np.int64]) -> Floats:
    """Coordinate of each set of twins of a piece; the first of them lies in the lower half.

    With n_a groups in set a, ``L x = c N x`` is solved, where L is the Laplacian of the weights
    ``n_a * n_b * weight[a, b]`` and N is the diagonal matrix of n_a.
    """
    if len(members) < 3:
        return np.zeros(len(members))
    local = np.full(twins.n_twins, -1, np.int64)
    local[members] = np.arange(len(members))
    n = twins.n_members[members].astype(np.float64)
    inside = (local[twins.first] >= 0) & (twins.first != twins.other)
    first, other = local[twins.first[inside]], local[twins.other[inside]]
    weight = np.zeros((len(members), len(members)))
    weight[first, other] = twins.weight_hz[inside] * n[first] * n[other]
    root = np.sqrt(n)
    laplacian = (np.diag(weight.sum(axis=1)) - weight) / np.outer(root, root)
    coordinates: Floats = np.linalg.eigh(laplacian)[1][:, 1] / root
    return -coordinates if coordinates[0] > 0 else coordinates
