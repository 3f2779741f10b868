"""The compressors by name, and the limit that their tables must meet."""

from typing import Protocol

import numpy as np

from mapping.compress import default, none, ordered, pair
from mapping.errors import DoesNotFitError
from mapping.machine import Machine
from mapping.tables import MadeTables
from router import RoutingTables

__all__ = ["COMPRESSORS", "Compressor", "check_sizes"]


class Compressor(Protocol):
    """The prototype of all compressors."""

    def __call__(self, made: MadeTables, machine: Machine) -> RoutingTables:
        """Return tables with the same routes for all keys that the entries of `made` match.

        Keys of entries that are default may stay unmatched, but no entry of another route may
        catch them. What becomes of keys that `made` does not match is up to the compressor: no
        packet has them. A table may be larger than the router: `check_sizes` says so.
        """


COMPRESSORS: dict[str, Compressor] = {
    "none": none.compress,
    "default": default.compress,
    "pair": pair.compress,
    "ordered": ordered.compress,
}


def check_sizes(tables: RoutingTables, machine: Machine) -> None:
    """Make sure that every table fits its router.

    Raises
    ------
    DoesNotFitError
        Naming the chip with the longest table.
    """
    limit = machine.budgets.table_entries
    if not tables.n_chips or tables.n_entries.max() <= limit:
        return
    chip = int(np.argmax(tables.n_entries))
    x, y = machine.topology.xy[chip].tolist()
    resource = f"routing table of chip ({x}, {y}) (entries)"
    remedy = "use more neurons per core, or another compressor, key allocator, router or placer"
    raise DoesNotFitError(resource, int(tables.n_entries[chip]), limit, remedy)
