"""The whole microcircuit as sPyNNaker 7.4.1 mapped it: proved here, and measured beside ours.

Recorded with a virtual board, ensembles of 64 neurons with 3 synapse cores and a Poisson core
(docs/interchange.md tells how to record).
"""

from pathlib import Path

import numpy as np
import pytest

from host.interchange import read_machine, read_mapping
from host.networks.pd14 import pd14
from mapping import CheckError, Layout, Machine
from mapping.adopt import adopt_mapping
from mapping.pipeline import MappingOptions, cut_network, map_network
from router import RoutingTables, spinn5_boards

FOLDER = Path(__file__).parent.parent / "data" / "spynnaker_pd14"
OPTIONS = {"layout": Layout.ENSEMBLE, "neurons_per_core": 64, "synapse_cores": 3}


@pytest.fixture(scope="module")
def recorded():
    spec, machine = pd14(), Machine(read_machine(FOLDER / "machine.json.gz"))
    graph = cut_network(spec, machine.budgets, MappingOptions(**OPTIONS))
    return graph, machine, *read_mapping(FOLDER, graph, spec, machine)


def test_its_tables_bring_every_spike_where_it_belongs(recorded):
    graph, machine, placement, keys, tables = recorded
    mapping = adopt_mapping(graph, machine, placement, keys, tables)
    assert mapping.check.n_keys == 77_169
    assert mapping.check.n_deliveries == graph.n_targets.sum() == 1_411_480
    report = mapping.report
    assert (report.n_cores, report.n_chips) == (6_050, 404)
    assert report.entries_after.total == 32_533
    assert report.tree_links_per_spike == pytest.approx(389.95, abs=0.01)


def test_a_route_that_is_wrong_is_found_among_32533(recorded):
    graph, machine, placement, keys, tables = recorded
    route = tables.route.copy()
    entry = 20_000
    route[entry] ^= np.uint32(1 << 9)  # one core more, or less
    wrong = RoutingTables(tables.indptr, tables.key, tables.mask, route)
    chip = int(np.searchsorted(tables.indptr, entry, side="right")) - 1
    x, y = machine.topology.xy[chip].tolist()
    with pytest.raises(CheckError, match=rf"misses or adds cores on chip \({x}, {y}\)"):
        adopt_mapping(graph, machine, placement, keys, wrong)


def test_ours_takes_as_many_chips_and_links_and_fewer_entries(recorded):
    theirs = adopt_mapping(*recorded).report
    machine = Machine(spinn5_boards(9))
    ours = map_network(pd14(), machine, MappingOptions(**OPTIONS, router="shared")).report
    assert ours.n_chips <= theirs.n_chips
    assert ours.tree_links_per_spike <= theirs.tree_links_per_spike * 1.001
    assert ours.entries_after.total < theirs.entries_after.total
    assert ours.entries_after.max < theirs.entries_after.max
