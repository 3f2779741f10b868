"""Entries from trees, and the ones that default routing replaces."""

from dataclasses import replace

import numpy as np
import pytest

from mapping import MappingError
from mapping.check import check
from mapping.keys import KeyMap
from mapping.tables import build_tables, entries_per_chip
from router import mesh


def test_all_entries_are_one_per_net_and_chip(mapped):
    machine, mapping = mapped()
    whole = build_tables(mapping.forest, mapping.keys, machine, keep_default=True)
    n_chips = machine.topology.n_chips
    assert np.array_equal(whole.n_entries, entries_per_chip(mapping.forest, n_chips))
    assert whole.n_entries.sum() == mapping.report.entries_before.total


def test_straight_passages_need_no_entry(mapped):
    # a long row of which only the ends hold vertices that exchange packets
    machine, mapping = mapped(topology=mesh(20, 1, dead_links=()), neurons_per_core=16)
    whole = build_tables(mapping.forest, mapping.keys, machine, keep_default=True)
    short = build_tables(mapping.forest, mapping.keys, machine)
    for tables in (whole, short):
        check(mapping.graph, mapping.placement, mapping.keys, tables, machine)
    assert (short.n_entries <= whole.n_entries).all()


def test_a_passing_packet_leaves_no_entry(mapped):
    # the middle chip of the row has no application core
    dead = [(1, 0, core) for core in range(16)]
    row = mesh(10, 1, dead_cores=dead)
    machine, mapping = mapped(topology=row, compressor="none")
    assert machine.application_cores[1] == 0
    assert mapping.tables.n_entries[1] == 0
    assert entries_per_chip(mapping.forest, row.n_chips)[1] == 17


def test_entries_are_sorted_by_key(mapped):
    _, mapping = mapped(compressor="none")
    for chip in range(mapping.tables.n_chips):
        assert (np.diff(mapping.tables.of_chip(chip).key.astype(np.int64)) > 0).all()


def test_keys_that_two_nets_share_are_refused(mapped):
    machine, mapping = mapped()
    key = mapping.keys.key.copy()
    key[3] = key[7]
    with pytest.raises(MappingError, match=r"nets [37] and [37] share the key"):
        build_tables(mapping.forest, replace(mapping.keys, key=key), machine)


def test_a_network_without_packets_has_empty_tables(mapped):
    machine, mapping = mapped()
    none = np.zeros(0, np.int32)
    forest = replace(
        mapping.forest,
        tree_of_net=none,
        tree_indptr=np.zeros(1, np.int64),
        node_chip=none,
        node_in_link=none,
        node_out_links=none,
        node_depth=none,
        delivery_indptr=np.zeros(1, np.int64),
        delivery_chip=none,
        delivery_cores=none,
    )
    keys = KeyMap(np.zeros(0, np.uint32), np.zeros(0, np.uint32))
    assert build_tables(forest, keys, machine).n_entries.sum() == 0
