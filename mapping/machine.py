"""What mapping knows of a machine: its chips and links, and what may be used of each."""

from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from mapping.errors import SpecError
from router import Topology

__all__ = ["Budgets", "Machine"]

Amount = Annotated[int, Ge(0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgets:
    """What a network may use of every chip and core.

    Attributes
    ----------
    monitor_cores : int
        Cores of each chip that run no application: SCAMP, and the extra monitor that resends
        dropped packets (SpiNNaker tool chain).
    dtcm_bytes : int
        Data memory of a core (SpiNNaker datasheet v2.02).
    dtcm_reserved_bytes : int
        Of it, for stack, heap overhead and the program's own variables (our estimate).
    sdram_bytes : int
        What the monitors leave of the 128 MiB of a chip (SpiNNMachine `max_sdram_per_chip`).
    table_entries : int
        Entries of a router that are free: one of 1024 is the monitor's.
    ring_buffer_bits : int
        Most bits of a ring-buffer index: 16384 entries of 16 bits (sPyNNaker
        `MAX_RING_BUFFER_BITS`).
    spike_buffer_entries : int
        Keys of 4 bytes that a core can hold until it processes them (PyNNExamples use 1024).

    Raises
    ------
    SpecError
        On a negative budget.
    """

    monitor_cores: Amount = 2
    dtcm_bytes: Amount = 65_536
    dtcm_reserved_bytes: Amount = 8_192
    sdram_bytes: Amount = 123_469_792
    table_entries: Amount = 1_023
    ring_buffer_bits: Amount = 14
    spike_buffer_entries: Amount = 1_024

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if getattr(self, name) < 0:
                msg = f"budget {name} must not be negative, got {getattr(self, name)}"
                raise SpecError(msg)


@dataclass(frozen=True, slots=True, eq=False)
class Machine:
    """A machine that networks are mapped to.

    Attributes
    ----------
    topology : Topology
    budgets : Budgets
    """

    topology: Topology
    budgets: Budgets = field(default_factory=Budgets)

    @property
    def application_cores(self) -> NDArray[np.int64]:
        """Cores of each chip that a network may use, shape (n_chips,)."""
        cores: NDArray[np.int64] = self.topology.cores.astype(np.int64) - self.budgets.monitor_cores
        return np.maximum(cores, 0)
