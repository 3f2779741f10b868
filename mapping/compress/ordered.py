"""Ordered covering: entries that also match keys of others, which entries above them catch.

The idea is that of Mundy, Heathcote & Garside 2016 (On-chip order-exploiting routing table
minimization for a multicast supercomputer network, IEEE HPSR): since the first entry that matches
counts, entries of one route may be merged into one that matches keys of other routes too, if the
entries for these come first; and keys that no packet has may be matched by anything.

Theirs sorts entries by generality and keeps for each the list of keys that it stands for, its
aliases, which later merges must spare. Here the table is built from its lowest entry up instead. So
a merge only has to spare the keys that were placed before it, whatever comes later lies above it,
and no entry ever changes its place. That every key keeps its route follows from two facts: the
entry that stands for a key matches it, and no entry placed later, above it, does unless its route
is the same. Default routing counts as an entry below all others.

Rig 2.4.1, by the authors of the paper, left 147 entries on average where this left 105 and pairs
194, on five chips of the full microcircuit with some 793 entries each; they were measured with
trees of ``ner``, before entries stood for blocks as wide as they do now (`mapping.tables.widen`).
"""

import numpy as np
from numpy.typing import NDArray

from mapping.compress import kernels
from mapping.compress.default import remove_default, take
from mapping.compress.rows import from_rows, to_rows
from mapping.machine import Machine
from mapping.tables import MadeTables
from router import RoutingTables

__all__ = ["by_route", "compress"]

Longs = NDArray[np.int64]


def compress(made: MadeTables, machine: Machine) -> RoutingTables:
    """Leave out entries that default routing replaces, merge pairs, and cover what is left.

    Parameters
    ----------
    made : MadeTables
    machine : Machine
        Without meaning here.

    Returns
    -------
    RoutingTables
        On each chip at most as many entries as ``pair`` makes, in the order in which they must be
        tried.
    """
    del machine
    tables, straight = remove_default(made), take(made.tables, made.is_default)
    indptr, rows = kernels.merge_pairs(tables.indptr, to_rows(tables))
    others = kernels.merge_pairs(straight.indptr, to_rows(straight))
    return from_rows(*kernels.cover(indptr, by_route(indptr, rows), *others))


def by_route(indptr: Longs, rows: Longs) -> Longs:
    """Rows of key, mask and route, sorted by chip, then route, then key."""
    chip = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    return rows[np.lexsort((rows[:, 0], rows[:, 2], chip))]
