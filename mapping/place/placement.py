"""Where each vertex runs."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mapping.graph import MachineGraph
from mapping.machine import Machine
from router.readonly import freeze_arrays

__all__ = ["Placement", "Placer"]


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


class Placer(Protocol):
    """The prototype of all placers."""

    def __call__(self, graph: MachineGraph, machine: Machine) -> Placement:
        """Give every vertex of `graph` a core of its own, and every group one chip.

        The application cores and the SDRAM of each chip are respected.

        Raises
        ------
        DoesNotFitError
            If the machine has too few cores, or too little memory.
        """
