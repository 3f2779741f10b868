"""First match, default route, and lookups of many keys at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router import Link, RoutingTable, RoutingTables, TableError
from router.table import default_route

words = st.integers(0, 255)


def table(*entries):
    columns = np.array(entries, np.uint32).reshape(-1, 3).T
    return RoutingTable(*(column.copy() for column in columns))


def test_lowest_matching_entry_wins():
    both = table((0x10, 0xF0, 1), (0x12, 0xFF, 2))
    assert both.lookup(0x12) == 0
    assert both.lookup(0x1F) == 0
    assert both.lookup(0x22) == -1
    assert len(both) == 2


def test_default_route_is_straight_on_only_for_packets_from_a_link():
    assert default_route(Link.W) == 1 << Link.E
    assert default_route(Link.NE) == 1 << Link.SW
    assert default_route(-1) == 0


@given(st.lists(st.tuples(words, words, words), max_size=12), st.lists(words, max_size=30))
def test_many_lookups_equal_single_ones(entries, keys):
    some = table(*((key & mask, mask, route) for key, mask, route in entries))
    found = some.lookup_many(np.array(keys, np.uint32))
    assert found.tolist() == [some.lookup(key) for key in keys]


def test_keys_use_all_32_bits():
    one = table((0xFFFFFF00, 0xFFFFFF00, 1))
    assert one.lookup(0xFFFFFFFF) == 0
    assert one.lookup_many([0xFFFFFFFF, 0x7FFFFFFF]).tolist() == [0, -1]


def test_entries_that_cannot_match_are_refused():
    with pytest.raises(TableError, match="entry 1 never matches: key 0x00000003"):
        table((1, 1, 0), (3, 1, 0))


def test_columns_must_have_one_length():
    with pytest.raises(TableError, match="one length"):
        RoutingTable(np.zeros(2, np.uint32), np.zeros(2, np.uint32), np.zeros(1, np.uint32))


def test_joined_tables_come_apart_again():
    parts = [table((1, 1, 5)), table(), table((2, 3, 6), (0, 3, 7))]
    joined = RoutingTables.join(parts)
    assert joined.n_chips == 3
    assert joined.n_entries.tolist() == [1, 0, 2]
    for chip, part in enumerate(parts):
        for name in ("key", "mask", "route"):
            assert np.array_equal(getattr(joined.of_chip(chip), name), getattr(part, name))


def test_routes_beyond_core_17_are_refused():
    keys, masks = np.zeros(2, np.uint32), np.zeros(2, np.uint32)
    routes = np.array([1, 1 << 24], np.uint32)
    with pytest.raises(TableError, match="route 0x01000000 of entry 1 has more than 24 bits"):
        RoutingTable(keys, masks, routes)
    with pytest.raises(TableError, match="more than 24 bits"):
        RoutingTables(np.array([0, 2]), keys, masks, routes)
