"""Entries from trees, and the ones that default routing replaces."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mapping import CheckError
from mapping.check import check
from mapping.compress import COMPRESSORS, first_difference
from mapping.keys import KEY_ALLOCATORS, KeyMap
from mapping.place import Placement
from mapping.tables import build_tables
from mapping.tables.build import widen
from mapping.trees import Tree, deliver, make_forest
from mapping.trees.measure import nets_per_chip
from router import mesh
from router.geometry import opposite
from router.table import default_route
from tests.mapping.trees.strategies import forests, make_graph

some = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])


def build(mapping, keys=None):
    n_chips = mapping.tables.n_chips
    return build_tables(mapping.graph, mapping.forest, keys or mapping.keys, n_chips)


@some
@given(forests(), st.sampled_from(sorted(KEY_ALLOCATORS)))
def test_tables_of_any_forest_are_right(case, allocator):
    graph, placement, machine, forest = case
    n_chips = machine.topology.n_chips
    keys = KEY_ALLOCATORS[allocator](graph, forest)
    made = build_tables(graph, forest, keys, n_chips)
    assert (made.tables.n_entries <= nets_per_chip(forest, n_chips)).all()
    for compress in COMPRESSORS.values():
        tables = compress(made, machine)
        assert first_difference(made, tables) is None
        check(graph, placement, keys, tables, machine)
        assert (tables.n_entries <= made.tables.n_entries).all()


@given(st.lists(st.integers(0, 63), max_size=20, unique=True), st.integers(0), st.integers(0, 26))
def test_blocks_are_the_largest_without_keys_of_others(keys, seed, shift):
    group = np.random.default_rng(seed).integers(0, 3, len(keys))
    key = np.array(keys, np.int64) << shift
    blocks = zip(*(words.tolist() for words in widen(key, group)), strict=True)
    for own, block in zip(range(len(keys)), blocks, strict=True):
        others = key[group != group[own]].tolist()
        widths = [bits for bits in range(33) if all(k >> bits != key[own] >> bits for k in others)]
        mask = (1 << 32) - (1 << max(widths))
        assert block == (int(key[own]) & mask, mask)


def arrivals(made, machine, source, key):
    """Entries that packets of each net meet, with the links by which they come."""
    found = set()
    for chip, one in zip(source.tolist(), key.tolist(), strict=True):
        pending = [(chip, -1)]
        while pending:
            here, in_link = pending.pop()
            first = int(made.tables.indptr[here])
            entry = first + made.tables.of_chip(here).lookup(one)
            assert entry >= first
            found.add((entry, in_link))
            for link in range(6):
                if made.tables.route[entry] >> link & 1:
                    there = int(machine.topology.neighbours[here, link])
                    pending.append((there, opposite(link)))
    return found


@some
@given(forests())
def test_every_entry_is_met_and_default_only_if_all_packets_go_straight_on(case):
    graph, placement, machine, forest = case
    keys = KEY_ALLOCATORS["tree"](graph, forest)
    made = build_tables(graph, forest, keys, machine.topology.n_chips)
    met = arrivals(made, machine, placement.chip[graph.net_vertex], keys.key)
    is_straight = np.ones(len(made.is_default), bool)
    for entry, in_link in met:
        is_straight[entry] &= made.tables.route[entry] == default_route(in_link)
    assert {entry for entry, _ in met} == set(range(len(is_straight)))
    assert made.is_default.tolist() == is_straight.tolist()


def row_of_six(senders):
    """Cores on chips 0, 0, 1 and 5 of a row, all of which send to the two on chip 4."""
    placement = Placement(
        np.array([0, 0, 1, 4, 4, 5], np.int32), np.array([1, 2, 1, 1, 2, 1], np.int16)
    )
    n = len(senders)
    return placement, make_graph([0] * 6, senders, [{3, 4}] * n, [1.0] * n)


def rows(made, chip):
    part = slice(*made.tables.indptr[chip : chip + 2].tolist())
    columns = made.tables.key, made.tables.mask & np.uint32(0xFF), made.tables.route
    return list(zip(*(c[part].tolist() for c in columns), made.is_default[part], strict=True))


def tables_of_row(root, senders):
    placement, graph = row_of_six(senders)
    tree = _row(sorted(range(6), key=lambda chip: abs(chip - root)))
    n_nets = len(senders)
    forest = make_forest(
        graph, placement, deliver(graph, placement, 6), [tree], np.zeros(n_nets, int)
    )
    keys = np.arange(0, 4 * n_nets, 4).astype(np.uint32), np.full(n_nets, 0xFFFFFFFC, np.uint32)
    return build_tables(graph, forest, KeyMap(*keys), 6)


EAST, WEST, CORES = 1, 8, 0b110 << 6


@pytest.mark.parametrize("root", range(6))
def test_nets_from_one_side_share_entries(root):
    made = tables_of_row(root, [0, 1, 2])  # with keys 0, 4 and 8, so that 12 is free
    assert rows(made, 0) == [(0, 0xFC, EAST, False), (4, 0xFC, EAST, False)]
    assert rows(made, 1) == [  # two nets pass, one starts here
        (0, 0xFC, EAST, True),
        (4, 0xFC, EAST, True),
        (8, 0xF8, EAST, False),
    ]
    for chip in (2, 3):
        assert rows(made, chip) == [(0, 0, EAST, True)]
    assert rows(made, 4) == [(0, 0, CORES, False)]
    assert rows(made, 5) == []


@pytest.mark.parametrize("root", range(6))
def test_nets_from_two_sides_have_entries_of_their_own(root):
    made = tables_of_row(root, [0, 1, 2, 5])
    for chip in (2, 3):
        assert rows(made, chip) == [(key, 0xFC, EAST, True) for key in (0, 4, 8)]
    assert rows(made, 4) == [(key, 0xFC, CORES, False) for key in (0, 4, 8, 12)]
    assert rows(made, 5) == [(12, 0xFC, WEST, False)]


def _row(order):
    """A row of chips as a tree whose nodes come in this order."""
    parent, in_link = [-1], [-1]
    for chip in order[1:]:
        towards = 1 if order[0] > chip else -1
        parent.append(order.index(chip + towards))
        in_link.append(0 if towards == 1 else 3)
    columns = np.array(order, np.int32), np.array(in_link, np.int8), np.array(parent, np.int32)
    return Tree(*columns)


def test_entries_are_sorted_by_key(mapped):
    _, mapping = mapped(compressor="none")
    for chip in range(mapping.tables.n_chips):
        assert (np.diff(mapping.tables.of_chip(chip).key.astype(np.int64)) > 0).all()


def test_a_passing_packet_leaves_no_entry(mapped):
    # the second chip of the row has no application core
    row = mesh(10, 1, dead_cores=[(1, 0, core) for core in range(16)])
    machine, mapping = mapped(topology=row, compressor="default", router="ner")
    assert machine.application_cores[1] == 0
    assert mapping.tables.n_entries[1] == 0
    made = build(mapping)
    assert made.tables.n_entries[1] > 0
    assert made.is_default[made.tables.indptr[1] : made.tables.indptr[2]].all()


def test_keys_that_two_nets_share_are_refused(mapped):
    _, mapping = mapped()
    key = mapping.keys.key.copy()
    key[3] = key[7]
    with pytest.raises(CheckError, match=r"nets [37] and [37] share the key"):
        build(mapping, replace(mapping.keys, key=key))


def test_a_network_without_packets_has_empty_tables():
    placement, graph = row_of_six([])
    forest = make_forest(graph, placement, deliver(graph, placement, 6), [], np.zeros(0, np.int64))
    for allocate in KEY_ALLOCATORS.values():
        made = build_tables(graph, forest, allocate(graph, forest), 6)
        assert made.tables.n_entries.tolist() == [0] * 6
        for compress in COMPRESSORS.values():
            assert compress(made, None).n_entries.tolist() == [0] * 6
