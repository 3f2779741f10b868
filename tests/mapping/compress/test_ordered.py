"""Ordered covering by hand: what may be caught by whom."""

import pytest

from mapping.compress import COMPRESSORS, first_difference
from tests.mapping.compress.random_tables import made_of, rows_of

A, B, C, EAST = 1 << 6, 1 << 7, 1 << 8, 1


def keys(route, *members, default=False):
    """Entries for single keys of four bits."""
    return [(key, 0b1111, route, default) for key in members]


CASES = {
    "keys without packets may be caught": (
        keys(A, 0b0000, 0b1111),
        [(0b0000, 0b0000, A)],
    ),
    "only the bits in which members differ are free": (
        keys(A, 0b0101, 0b0110) + keys(B, 0b1111),
        [(0b1111, 0b1111, B), (0b0100, 0b1100, A)],
    ),
    "a key inside a merged entry comes first": (
        keys(A, 0b0000, 0b0011) + keys(B, 0b0001),
        [(0b0001, 0b1111, B), (0b0000, 0b1100, A)],
    ),
    "a default key must not be caught by another route": (
        keys(A, 0b0000, 0b0011) + keys(EAST, 0b0001, default=True),
        [(0b0011, 0b1111, A), (0b0000, 0b1111, A)],
    ),
    "a default key may be caught by its own route": (
        keys(EAST, 0b0000, 0b0011) + keys(EAST, 0b0001, default=True),
        [(0b0000, 0b1100, EAST)],
    ),
    "a wide default entry keeps all its keys": (
        [*keys(A, 0b0000, 0b1000, 0b1111), (0b0100, 0b1100, EAST, True)],
        [(0b1111, 0b1111, A), (0b0000, 0b0111, A)],
    ),
    "nothing but default needs no entry": (
        keys(EAST, 0b0000, 0b0001, 0b1111, default=True),
        [],
    ),
    "a merge must not catch what was merged below it": (
        # of A there is 0XXX, which stands for 0011 too; B merged to 0XX1 would catch that
        keys(A, 0b0000, 0b0011, 0b0110) + keys(B, 0b0001, 0b0111),
        [(0b0111, 0b1111, B), (0b0001, 0b1111, B), (0b0000, 0b1000, A)],
    ),
    "a merge may catch what waits for a place above it": (
        # the same with fewer of A: now B is placed first, and A on top
        keys(A, 0b0011) + keys(B, 0b0001, 0b0111),
        [(0b0011, 0b1111, A), (0b0001, 0b1001, B)],
    ),
    "three levels, each inside the one below": (
        keys(A, 0b0000, 0b1111, 0b1001) + keys(B, 0b0100, 0b0111) + keys(C, 0b0101),
        [(0b0101, 0b1111, C), (0b0100, 0b1100, B), (0b0000, 0b0000, A)],
    ),
    "a wide entry is caught as a whole or not at all": (
        [(0b0000, 0b1100, A), *keys(A, 0b1011, 0b1111), *keys(B, 0b1001), *keys(C, 0b0110)],
        [(0b0110, 0b1111, C), (0b1001, 0b1111, B), (0b0000, 0b0000, A)],
    ),
    "the route with more entries lies below": (
        keys(A, 0b0000, 0b0011) + keys(B, 0b0001, 0b0010, 0b0111),
        [(0b0011, 0b1111, A), (0b0000, 0b1111, A), (0b0000, 0b1000, B)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_by_hand(case):
    before, after = CASES[case]
    made = made_of(before)
    tables = COMPRESSORS["ordered"](made, None)
    assert rows_of(tables) == after
    assert first_difference(made, tables) is None


def test_chips_do_not_mix():
    one, other = keys(A, 0b0000, 0b0011), keys(B, 0b0001, 0b0010)
    tables = COMPRESSORS["ordered"](made_of(one, [], other, one + other), None)
    assert [rows_of(tables, chip) for chip in range(3)] == [[(0, 12, A)], [], [(0, 12, B)]]
    assert tables.n_entries.tolist() == [1, 0, 1, 3]
