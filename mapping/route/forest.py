"""The trees along which nets travel.

Nets that start on the same chip and have targets on the same chips share one tree; what they do not
share, the cores that they reach, is kept per net.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mapping.graph import MachineGraph
from mapping.machine import Machine
from mapping.place import Placement
from router.readonly import freeze_arrays

__all__ = ["RouteForest", "Router"]


@dataclass(frozen=True, slots=True, eq=False)
class RouteForest:
    """A tree of chips for every net, and the cores it reaches.

    Attributes
    ----------
    tree_of_net : ndarray of int32, shape (n_nets,)
    tree_indptr : ndarray of int64, shape (n_trees + 1,)
        Nodes ``tree_indptr[t]`` up to ``tree_indptr[t + 1]`` are tree t, the root first and
        parents before their children.
    node_chip : ndarray of int32, shape (n_nodes,)
    node_in_link : ndarray of int8, shape (n_nodes,)
        Link of the chip by which packets arrive, -1 at the root.
    node_out_links : ndarray of uint8, shape (n_nodes,)
        Bits of the links by which packets leave.
    node_depth : ndarray of int32, shape (n_nodes,)
        Links from the root.
    delivery_indptr : ndarray of int64, shape (n_nets + 1,)
    delivery_chip : ndarray of int32, shape (n_delivery_chips,)
        Chips on which each net reaches cores, ascending.
    delivery_cores : ndarray of uint32, shape (n_delivery_chips,)
        Those cores, as bits of a route.
    """

    tree_of_net: NDArray[np.int32]
    tree_indptr: NDArray[np.int64]
    node_chip: NDArray[np.int32]
    node_in_link: NDArray[np.int8]
    node_out_links: NDArray[np.uint8]
    node_depth: NDArray[np.int32]
    delivery_indptr: NDArray[np.int64]
    delivery_chip: NDArray[np.int32]
    delivery_cores: NDArray[np.uint32]

    def __post_init__(self) -> None:
        freeze_arrays(self)

    @property
    def n_nets(self) -> int:
        """Number of nets."""
        return len(self.tree_of_net)

    @property
    def n_trees(self) -> int:
        """Number of different trees."""
        return len(self.tree_indptr) - 1

    @property
    def tree_sizes(self) -> NDArray[np.int64]:
        """Chips of each tree, shape (n_trees,)."""
        return np.diff(self.tree_indptr)


class Router(Protocol):
    """The prototype of all routers."""

    def __call__(self, graph: MachineGraph, placement: Placement, machine: Machine) -> RouteForest:
        """Find a tree of living links from each net's vertex to all of its targets.

        Raises
        ------
        RouteError
            If dead links or chips leave no way.
        """
