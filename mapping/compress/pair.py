"""Merge pairs of entries that differ in a single bit of their keys."""

import numpy as np
from numpy.typing import NDArray

from mapping.compress.default import remove_default
from mapping.machine import Machine
from mapping.tables import MadeTables
from router import RoutingTable, RoutingTables

__all__ = ["compress"]

Words = NDArray[np.uint32]


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
    return RoutingTables.join([_compress(tables.of_chip(chip)) for chip in range(tables.n_chips)])


def _compress(table: RoutingTable) -> RoutingTable:
    """Merge entries of equal mask and route whose keys differ in one bit, until none are left.

    Exact: the merged entries match the keys that were matched before, and no others.

    Parameters
    ----------
    table : RoutingTable
        Entries of disjoint keys.

    Returns
    -------
    RoutingTable
        Entries of disjoint keys, by ascending key.
    """
    entries = table.key, table.mask, table.route
    n_before = -1
    while n_before != len(entries[0]):
        n_before = len(entries[0])
        for bit in _differing_bits(entries[0]):
            entries = _merge(*entries, bit)
    key, mask, route = entries
    order = np.argsort(key)
    return RoutingTable(key[order], mask[order], route[order])


def _differing_bits(key: Words) -> list[np.uint32]:
    if not key.size:
        return []
    differing = int(np.bitwise_or.reduce(key ^ key[0]))
    return [np.uint32(1 << bit) for bit in range(32) if differing >> bit & 1]


def _merge(key: Words, mask: Words, route: Words, bit: np.uint32) -> tuple[Words, Words, Words]:
    """Merge the entries that differ in `bit` alone."""
    rest = key & ~bit
    order = np.lexsort((key, rest, route, mask))
    key, mask, route, rest = key[order], mask[order], route[order], rest[order]
    alike = (rest[1:] == rest[:-1]) & (mask[1:] == mask[:-1]) & (route[1:] == route[:-1])
    first = np.flatnonzero(alike & (key[1:] == key[:-1] | bit) & (key[:-1] == rest[:-1]))
    mask[first] &= ~bit
    kept = np.ones(len(key), bool)
    kept[first + 1] = False
    return key[kept], mask[kept], route[kept]
