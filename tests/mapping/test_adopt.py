"""Mappings made elsewhere, checked and measured."""

from dataclasses import replace

import numpy as np
import pytest

from mapping import Budgets, CheckError, DoesNotFitError, Machine
from mapping.adopt import adopt_mapping, trace_forest
from mapping.trees.measure import link_load, links_per_net
from router import RoutingTables


def adopted(machine, mapping, tables=None):
    graph, placement, keys = mapping.graph, mapping.placement, mapping.keys
    return adopt_mapping(graph, machine, placement, keys, tables or mapping.tables)


@pytest.mark.parametrize("router", ["ner", "shared", "dijkstra+steiner"])
@pytest.mark.parametrize("compressor", ["none", "pair", "ordered"])
def test_ours_come_back_with_the_same_figures(mapped, router, compressor):
    machine, mapping = mapped(router=router, compressor=compressor)
    again = adopted(machine, mapping)
    for key in ("entries_before", "entries_after", "links_per_net", "depth_per_net", "n_chips"):
        assert getattr(again.report, key) == getattr(mapping.report, key)
    assert again.check == mapping.check
    np.testing.assert_allclose(again.link_load_hz, mapping.link_load_hz)


def test_branches_to_nowhere_are_counted(mapped):
    machine, mapping = mapped(router="ner", compressor="none")
    topology, tables = machine.topology, mapping.tables
    used = np.flatnonzero(tables.n_entries > 0)
    spare = np.flatnonzero(tables.n_entries == 0)
    chip, link = next(
        (chip, link)
        for chip in used.tolist()
        for link in range(6)
        if topology.neighbours[chip, link] in spare
    )
    entry = int(tables.indptr[chip])
    route = tables.route.copy()
    route[entry] |= np.uint32(1 << link)
    beyond = int(topology.neighbours[chip, link])
    # there default routing would send the packet on; an entry without a route ends it
    indptr = tables.indptr + (np.arange(len(tables.indptr)) > beyond)
    at = int(tables.indptr[beyond])
    stray = RoutingTables(
        indptr,
        np.insert(tables.key, at, tables.key[entry]),
        np.insert(tables.mask, at, tables.mask[entry]),
        np.insert(route, at, np.uint32(0)),
    )
    again = adopted(machine, mapping, stray)
    more = again.check.n_links - mapping.check.n_links
    assert more > 0
    assert again.report.links_per_net.total == again.check.n_links
    graph, keys = mapping.graph, mapping.keys
    forest = trace_forest(graph, mapping.placement, keys, stray, machine)
    assert links_per_net(forest).sum() == again.check.n_links
    assert link_load(forest, graph.net_rate_hz, topology)[chip, link] > 0


def test_tables_that_exceed_a_router_are_refused(mapped):
    machine, mapping = mapped(compressor="none")
    small = Machine(machine.topology, Budgets(table_entries=3))
    with pytest.raises(DoesNotFitError, match=r"routing table of chip \(\d+, \d+\) \(entries\)"):
        adopted(small, mapping)


def test_wrong_tables_are_refused(mapped):
    machine, mapping = mapped(compressor="none")
    wrong = replace(mapping.tables, route=mapping.tables.route ^ np.uint32(1 << 8))
    with pytest.raises(CheckError, match="packet with key"):
        adopted(machine, mapping, wrong)
