"""Where things are: cores on chips, chips on boards, links between them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mapping.graph import MachineGraph
from mapping.machine import Machine
from mapping.pipeline import Mapping
from router.topology import Topology

__all__ = ["Places", "places_of"]

Longs = NDArray[np.int64]
Floats = NDArray[np.float64]


class Places(NamedTuple):
    """A network on the chips of a machine."""

    graph: MachineGraph
    topology: Topology
    chip: NDArray[np.int32]
    """Chip of each core in use, shape (n_cores,)."""
    used_cores: Longs
    """Cores in use of each chip, shape (n_chips,)."""
    idle_cores: Longs
    """Application cores of each chip that run nothing, shape (n_chips,)."""

    @property
    def is_used(self) -> NDArray[np.bool_]:
        """Whether a chip has cores in use, shape (n_chips,)."""
        return self.used_cores > 0

    def by_chip(self, of_cores: NDArray[np.generic]) -> Floats:
        """Sums of what the cores in use have, shape (n_chips,); exact up to 2**53."""
        found = np.bincount(self.chip, of_cores.astype(np.float64), self.topology.n_chips)
        return found.astype(np.float64)


def places_of(mapped: Mapping, machine: Machine) -> Places:
    """Where `mapped` has put everything."""
    chip, topology = mapped.placement.chip, machine.topology
    used = np.bincount(chip, minlength=topology.n_chips).astype(np.int64)
    return Places(mapped.graph, topology, chip, used, machine.application_cores - used)
