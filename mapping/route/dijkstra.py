"""Trees of cheapest paths over links that cost more the more traffic they already have.

Each tree grows from all of its chips to the nearest target left (Takahashi & Matsuyama 1980,
Mathematica Japonica 24), where a link costs one, and more the more it is used by the trees before,
the busiest of which come first: congestion is priced as in PathFinder (McMurchie & Ebeling 1995,
FPGA), but trees are not routed again. Dead parts are never entered, and load is spread, which has a
price: nets of one population travel less alike, so that their entries merge less.
"""

import numpy as np
from numpy.typing import NDArray

from mapping.graph import MachineGraph
from mapping.machine import Machine
from mapping.place import Placement
from mapping.route import kernels
from mapping.route.ner import no_way
from mapping.trees import RouteForest, Tree, make_rooted_forest
from router import Topology
from router.geometry import N_LINKS

__all__ = ["CheapestGrower", "route"]

UNIT = 1 << 16
"""Cost of an idle link: whole numbers make ties and sums exact."""
LOAD_COST = 0.5
"""Further cost, in links, of a link with the mean load.

At 0, the hottest link of full-scale PD14 carries two and a half times as much as at 0.5; at 1,
12 % less, but trees are 0.3 % longer and leave boards more often."""
BOARD_COST = 0.5
"""Further cost, in links, of a link between boards, which is slower and shared.

At 0, trees of full-scale PD14 cross 1.7 times as many of them, those of ``shared`` five times as
many, and neither is shorter.
"""
DEPTH_COST = 0.125
"""Cost, in links, of each link between the source and the chip where a path begins.

At 0, nearest targets form chains: trees of PD14 are twice as deep, and hardly shorter. The tradeoff
of Alpert et al. 1995 (IEEE Trans. CAD 14) between trees of least length and of least depth.
"""

Ints = NDArray[np.int32]


def route(graph: MachineGraph, placement: Placement, machine: Machine) -> RouteForest:
    """Find a tree for each net by cheapest paths over living links.

    Parameters, result and errors as of `mapping.route.Router`.
    """
    grower = CheapestGrower(machine.topology, LOAD_COST)
    return make_rooted_forest(graph, placement, machine, grower.grow)


class CheapestGrower:
    """Load of the trees so far, and scratch arrays of `grow_cheapest`."""

    def __init__(self, topology: Topology, load_cost: float) -> None:
        n = topology.n_chips
        self.topology, self.load_cost = topology, load_cost
        self.n_links = max(topology.n_links, 1)
        self.idle_cost = UNIT + (BOARD_COST * UNIT * topology.is_board_crossing).astype(np.int64)
        self.load_hz = np.zeros((n, N_LINKS))
        self.total_hz = 0.0
        self.node_of, self.heap, self.place_of, self.path = np.empty((4, n), np.int32)
        self.cost_of, self.links = np.empty(n, np.int64), np.empty(n, np.int8)
        self.chip, self.parent = np.empty((2, n), np.int32)
        self.in_link = np.empty(n, np.int8)

    def grow(self, source: int, targets: Ints, rate_hz: float) -> Tree:
        """One tree, whose traffic then counts."""
        n_nodes = kernels.grow_cheapest(
            self.topology.neighbours,
            self._link_cost(),
            int(DEPTH_COST * UNIT),
            source,
            targets,
            self.node_of,
            self.cost_of,
            self.heap,
            self.place_of,
            self.path,
            self.links,
            self.chip,
            self.in_link,
            self.parent,
        )
        if n_nodes < 0:
            raise no_way(self.topology, source, int(targets[-1 - n_nodes]))
        used = slice(n_nodes)
        tree = Tree(self.chip[used].copy(), self.in_link[used].copy(), self.parent[used].copy())
        leaving = (tree.in_link[1:] + 3) % N_LINKS
        self.load_hz[tree.chip[tree.parent[1:]], leaving] += rate_hz  # no link twice
        self.total_hz += rate_hz * (n_nodes - 1)
        return tree

    def _link_cost(self) -> NDArray[np.int64]:
        if not self.total_hz:
            return self.idle_cost
        mean_hz = self.total_hz / self.n_links
        return self.idle_cost + (self.load_cost * UNIT / mean_hz * self.load_hz).astype(np.int64)
