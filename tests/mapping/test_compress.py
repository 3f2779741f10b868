"""Pair merging by hand; what all compressors share is among the contracts."""

import numpy as np
import pytest

from mapping import Budgets, DoesNotFitError, Machine
from mapping.compress import COMPRESSORS, compress_tables
from router import RoutingTable, RoutingTables, mesh

pair = COMPRESSORS["pair"]


def table(*entries):
    columns = np.array(entries, np.uint32).reshape(-1, 3).T
    return RoutingTable(*(column.copy() for column in columns))


def rows(one):
    return list(zip(one.key.tolist(), one.mask.tolist(), one.route.tolist(), strict=True))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([(0, 15, 1), (1, 15, 1)], [(0, 14, 1)]),
        ([(0, 15, 1), (1, 15, 2)], [(0, 15, 1), (1, 15, 2)]),
        ([(1, 15, 1), (2, 15, 1)], [(1, 15, 1), (2, 15, 1)]),
        ([(k, 15, 1) for k in range(16)], [(0, 0, 1)]),
        ([(0, 15, 1), (1, 15, 1), (2, 14, 1)], [(0, 12, 1)]),
        ([(5, 15, 1), (13, 15, 1)], [(5, 7, 1)]),
        ([(k, 15, 3) for k in (0, 1, 2)], [(0, 14, 3), (2, 15, 3)]),
        ([], []),
    ],
)
def test_pairs_merge_until_none_are_left(before, after):
    assert rows(pair(table(*before))) == after


def test_tables_that_stay_too_large_name_the_chip():
    machine = Machine(mesh(2, 1), Budgets(table_entries=2))
    full = table((0, 15, 1), (1, 15, 2), (4, 15, 3))
    tables = RoutingTables.join([table(), full])
    with pytest.raises(DoesNotFitError, match=r"chip \(1, 0\) \(entries\): need 3, limit 2"):
        compress_tables(tables, machine, pair)
