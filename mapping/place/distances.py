"""Links between the chips that a network uses."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mapping.place import kernels
from router import Topology
from router.geometry import distance, shortest_vector
from router.readonly import freeze_arrays

__all__ = ["MOST_CHIPS", "Distances", "find_distances"]

MOST_CHIPS = 4096
"""Most chips for which all distances are kept, 4 bytes each."""
MOST_STEPS = 1 << 28
"""Most chips visited to find them, about a second."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Distances:
    """Distances of some chips, as entries of one table.

    From chip i of these to chip j it is ``table[row[i] + column[j]]`` links; the same back.

    Attributes
    ----------
    table : ndarray of int32, shape (n_entries,)
    row, column : ndarray of int64, shape (n_chips,)
    """

    table: NDArray[np.int32]
    row: Ints
    column: Ints

    def __post_init__(self) -> None:
        freeze_arrays(self)

    def between(self, start: Ints, end: Ints) -> NDArray[np.int32]:
        """Links from each chip of `start` to that of `end`, both indices among the chips."""
        links: NDArray[np.int32] = self.table[self.row[start] + self.column[end]]
        return links


def find_distances(topology: Topology, chips: Ints) -> Distances:
    """Find the distances of `chips` from one another.

    Parameters
    ----------
    topology : Topology
    chips : ndarray of int64, shape (n_chips,)

    Returns
    -------
    Distances
        Of up to `MOST_CHIPS` chips, the fewest living links from one to the other; a chip that
        cannot be reached counts as far as there are chips. Of more, the links as if none were
        dead and no chip missing, which depend on the vector from one to the other alone.
    """
    n = len(chips)
    if n <= MOST_CHIPS and n * topology.n_chips <= MOST_STEPS:
        hops = kernels.hops_between(topology.neighbours, chips)
        hops[hops < 0] = topology.n_chips
        return Distances(hops.ravel(), np.arange(n) * n, np.arange(n))
    return _of_vectors(topology, chips)


def _of_vectors(topology: Topology, chips: Ints) -> Distances:
    """An entry for every vector (x, y), by x, then y."""
    width, height = topology.width, topology.height
    x, y = np.meshgrid(np.arange(1 - width, width), np.arange(1 - height, height), indexing="ij")
    if topology.wrap:
        x, y = shortest_vector(x, y, width, height)
    code = topology.xy[chips].astype(np.int64) @ np.array([2 * height - 1, 1])
    middle = (width - 1) * (2 * height - 1) + height - 1
    return Distances(distance(x, y).ravel().astype(np.int32), middle - code, code)
