"""The compressors by name, and their use on all tables of a machine."""

from typing import Protocol

from mapping.compress import none, pair
from mapping.errors import DoesNotFitError
from mapping.machine import Machine
from router import RoutingTable, RoutingTables

__all__ = ["COMPRESSORS", "Compressor", "compress_tables"]


class Compressor(Protocol):
    """The prototype of all compressors."""

    def __call__(self, table: RoutingTable) -> RoutingTable:
        """Return a table with the same routes for all keys that `table` matches.

        Entries of `table` match disjoint sets of keys. Keys that it does not match must stay
        unmatched, since default routing may be meant for them.
        """


COMPRESSORS: dict[str, Compressor] = {"none": none.compress, "pair": pair.compress}


def compress_tables(
    tables: RoutingTables, machine: Machine, compressor: Compressor
) -> RoutingTables:
    """Compress the table of every chip.

    Parameters
    ----------
    tables : RoutingTables
    machine : Machine
    compressor : Compressor

    Returns
    -------
    RoutingTables

    Raises
    ------
    DoesNotFitError
        If a table is larger than a router; it names the chip.
    """
    compressed = [compressor(tables.of_chip(chip)) for chip in range(tables.n_chips)]
    limit = machine.budgets.table_entries
    for chip, table in enumerate(compressed):
        if len(table) > limit:
            x, y = machine.topology.xy[chip].tolist()
            resource = f"routing table of chip ({x}, {y}) (entries)"
            remedy = "use more neurons per core, or another compressor or placer"
            raise DoesNotFitError(resource, len(table), limit, remedy)
    return RoutingTables.join(compressed)
