"""Leave out entries that default routing replaces (SpiNNaker datasheet v2.02, 10.4)."""

import numpy as np
from numpy.typing import NDArray

from mapping.machine import Machine
from mapping.tables import MadeTables
from router import RoutingTables

__all__ = ["compress", "remove_default", "take"]


def compress(made: MadeTables, machine: Machine) -> RoutingTables:
    """Leave out the entries of packets that just go straight on."""
    del machine
    return remove_default(made)


def remove_default(made: MadeTables) -> RoutingTables:
    """Tables without the entries of packets that go straight on anyway.

    Since entries are disjoint, no other entry catches these packets.
    """
    return take(made.tables, ~made.is_default)


def take(tables: RoutingTables, kept: NDArray[np.bool_]) -> RoutingTables:
    """Tables of the entries `kept`, shape (n_entries,)."""
    indptr = np.concatenate(([0], np.cumsum(kept)))[tables.indptr]
    return RoutingTables(indptr, tables.key[kept], tables.mask[kept], tables.route[kept])
