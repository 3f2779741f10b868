"""Pair merging by hand."""

import pytest

from mapping.compress import COMPRESSORS
from tests.mapping.compress.random_tables import made_of, rows_of

pair = COMPRESSORS["pair"]


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
        ([(0, 15, 1), (8, 15, 1), (9, 15, 1), (1, 15, 1)], [(0, 6, 1)]),
        ([(0, 1 << 31, 1), (1 << 31, 1 << 31, 1)], [(0, 0, 1)]),
        ([(0, 0xFFFFFFFF, 1), (1 << 31, 0xFFFFFFFF, 1)], [(0, 0x7FFFFFFF, 1)]),
        ([(0, 15, 1), (1, 15, 1, True)], [(0, 15, 1)]),
        ([], []),
    ],
)
def test_pairs_merge_until_none_are_left(before, after):
    assert rows_of(pair(made_of(before), None)) == after


def test_each_chip_has_a_table_of_its_own():
    halves = [(0, 15, 1)], [], [(1, 15, 1), (0, 15, 1)]
    tables = pair(made_of(*halves), None)
    assert [rows_of(tables, chip) for chip in range(3)] == [[(0, 15, 1)], [], [(0, 14, 1)]]


def test_thousands_of_entries_of_one_route():
    made = made_of([(key, 0xFFFFFFFF, 5) for key in range(0, 20000, 2)])
    # the even keys below 20000 = 0b100111000100000: one entry for each one in that number
    tables = pair(made, None)
    assert tables.n_entries.tolist() == [(20000).bit_count()]
    assert not (tables.mask & 1 == 0).any()
