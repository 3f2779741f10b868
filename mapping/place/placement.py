"""Where each vertex runs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mapping.graph import MachineGraph
from mapping.machine import Machine
from router.readonly import freeze_arrays

__all__ = ["Placement", "Placer", "Search"]


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """Chip and core of every vertex.

    Attributes
    ----------
    chip : ndarray of int32, shape (n_vertices,)
        Number of the chip in the topology.
    core : ndarray of int16, shape (n_vertices,)
        Core on that chip, 1 up to the number of application cores; the monitor is core 0.
    """

    chip: NDArray[np.int32]
    core: NDArray[np.int16]

    def __post_init__(self) -> None:
        freeze_arrays(self)


def _go_on(share: float, cost: float) -> bool:
    del share, cost
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """How long and how a placer may search.

    Attributes
    ----------
    seed : int
        Of its random numbers. A placer that is not stopped early gives the same for the same seed.
    moves : int or None
        Most changes to try; None: as many as the placer deems enough.
    proceed : callable
        ``proceed(share, cost)`` is told from time to time which share of the search is done and
        what the cost is now, and says whether to go on.
    """

    seed: int = 1
    moves: int | None = None
    proceed: Callable[[float, float], bool] = _go_on


class Placer(Protocol):
    """The prototype of all placers."""

    def __call__(self, graph: MachineGraph, machine: Machine, search: Search) -> Placement:
        """Give every vertex of `graph` a core of its own, and every group one chip.

        The application cores and the SDRAM of each chip are respected. Placers that do not search
        ignore `search`.

        Raises
        ------
        DoesNotFitError
            If the machine has too few cores, or too little memory.
        """
