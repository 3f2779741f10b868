"""Merge pairs of entries that differ in a single bit of their keys."""

from mapping.compress import kernels
from mapping.compress.default import remove_default
from mapping.compress.rows import from_rows, to_rows
from mapping.machine import Machine
from mapping.tables import MadeTables
from router import RoutingTables

__all__ = ["compress"]


def compress(made: MadeTables, machine: Machine) -> RoutingTables:
    """Leave out entries that default routing replaces, and merge pairs of the others.

    Parameters
    ----------
    made : MadeTables
    machine : Machine
        Without meaning here.

    Returns
    -------
    RoutingTables
        Entries of disjoint keys, by ascending key on each chip.
    """
    del machine
    tables = remove_default(made)
    return from_rows(*kernels.merge_pairs(tables.indptr, to_rows(tables)))
