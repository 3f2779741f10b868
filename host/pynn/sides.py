"""What a projection connects, population by population: an assembly has several."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyNN import common

from host.pynn.populations import Population, located

__all__ = ["Side", "sides"]

Ints = NDArray[np.int64]


class Side(NamedTuple):
    """Cells of one population among those that a projection connects."""

    population: Population
    members: Ints
    """Which members they are, ascending."""
    first: int
    """Index of the first in what the projection connects."""

    def holds(self, indices: Ints) -> NDArray[np.bool_]:
        """Which of `indices` are among them."""
        held: NDArray[np.bool_] = (indices >= self.first) & (
            indices < self.first + self.members.size
        )
        return held

    def indices(self, members: NDArray[Any]) -> Ints:
        """Indices in what the projection connects of `members` of the population."""
        places = np.full(self.population.size, -1, np.int64)
        places[self.members] = self.first + np.arange(self.members.size)
        found: Ints = places[members]
        return found


def sides(cells: Any) -> list[Side]:
    """The populations that `cells`, a population, view or assembly, belong to, in order."""
    parts = cells.populations if isinstance(cells, common.Assembly) else [cells]
    first, found = 0, []
    for part in parts:
        found.append(Side(*located(part), first))
        first += part.size
    return found
