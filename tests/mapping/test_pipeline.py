"""All stages in a row, their names, their options and their numbers."""

from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from mapping import (
    CheckError,
    DoesNotFitError,
    Layout,
    Machine,
    NetworkSpec,
    Population,
    PopulationKind,
    SpecError,
)
from mapping.cost import Summary, summarise
from mapping.pipeline import MappingOptions, map_network
from mapping.route import ROUTERS
from router import mesh, spinn5_boards


def test_stages_are_announced_in_order(microcircuit):
    seen = []

    @contextmanager
    def stage(name):
        seen.append(name)
        yield

    map_network(
        microcircuit(), Machine(spinn5_boards(1)), MappingOptions(synapse_cores=1), stage=stage
    )
    assert seen == ["partition", "place", "route", "keys", "tables", "compress", "check", "report"]


def test_the_report_counts_what_there_is(mapped):
    machine, mapping = mapped()
    report, graph = mapping.report, mapping.graph
    assert report.n_cores == graph.n_vertices == 68
    assert report.n_chips == len(np.unique(mapping.placement.chip))
    assert report.n_boards == 1
    used = machine.application_cores[np.unique(mapping.placement.chip)].sum()
    assert report.n_idle_cores == used - 68
    assert report.entries_after.total == len(mapping.tables.key)
    before, made, after = report.entries_before, report.entries_made, report.entries_after
    assert before.total >= made.total > after.total
    assert report.deliveries_per_net == Summary(17.0, 17, 17 * 17, (17,) * 11)
    assert report.links_per_net.max + 1 == report.chips_per_net.max
    assert report.board_crossings_per_net.total == 0
    assert report.sdram_bytes.total == graph.sdram_bytes.sum()
    assert report.dtcm_bytes.max == graph.dtcm_bytes.max()


def test_trees_over_links_that_are_not_there_are_not_reported(microcircuit):
    def turned(graph, placement, machine):
        forest = ROUTERS["ner"](graph, placement, machine)
        links = np.where(forest.node_in_link < 0, -1, (forest.node_in_link + 1) % 6)
        return replace(forest, node_in_link=links.astype(np.int8))

    options = MappingOptions(neurons_per_core=16, synapse_cores=2, router=turned)
    with pytest.raises(CheckError, match="where its parent is not"):
        map_network(microcircuit(), Machine(spinn5_boards(1)), options)


def test_links_per_spike_are_weighted_by_members(mapped):
    _, mapping = mapped()
    members = mapping.graph.n_members[mapping.graph.net_vertex]
    links = np.diff(mapping.forest.tree_indptr)[mapping.forest.tree_of_net] - 1
    assert mapping.report.tree_links_per_spike == pytest.approx(members @ links / members.sum())


def test_board_crossings_are_counted_link_by_link(mapped):
    machine, mapping = mapped(
        layout=Layout.HOMOGENEOUS,
        topology=spinn5_boards(3),
        neurons_per_core=1,
        placer="sequential",
        router="ner",
    )
    forest, crossing = mapping.forest, machine.topology.is_board_crossing
    total = 0
    for tree in forest.tree_of_net:
        for node in range(*forest.tree_indptr[tree : tree + 2]):
            for link in range(6):
                leaves = forest.node_out_links[node] >> link & 1
                total += int(leaves and crossing[forest.node_chip[node], link])
    assert mapping.report.board_crossings_per_net.total == total > 0


def test_a_network_without_synapses_maps():
    spec = NetworkSpec("lone", (Population("A", 10, PopulationKind.NEURON),), ())
    mapping = map_network(spec, Machine(mesh(1, 1)), MappingOptions())
    assert mapping.check.n_nets == 0
    assert mapping.report.links_per_net == Summary(0.0, 0, 0, (0,) * 11)
    assert mapping.report.n_cores == 2


def test_the_same_input_gives_the_same_mapping(mapped):
    one, other = mapped()[1], mapped()[1]
    for part, names in (
        ("placement", ("chip", "core")),
        ("keys", ("key", "mask")),
        ("tables", ("indptr", "key", "mask", "route")),
    ):
        for name in names:
            left, right = getattr(getattr(one, part), name), getattr(getattr(other, part), name)
            assert np.array_equal(left, right)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"placer": "magic"}, "no placer 'magic'; there are anneal, hilbert, "),
        ({"router": "magic"}, "no router 'magic'; there are dijkstra, "),
        ({"compressor": "magic"}, "no compressor 'magic'; there are default, none, .*pair"),
        ({"neurons_per_core": 0}, "must be positive, got 0 and 0.1"),
        ({"dt_ms": 0.0}, "must be positive, got 64 and 0.0"),
    ],
)
def test_unknown_options_are_refused(options, message):
    with pytest.raises(SpecError, match=message):
        MappingOptions(**options)


def test_small_machines_are_refused(microcircuit):
    with pytest.raises(DoesNotFitError, match="application cores"):
        map_network(microcircuit(), Machine(mesh(1, 1)), MappingOptions(neurons_per_core=16))


def test_sums_of_nothing_are_zero():
    assert summarise(np.zeros(0, np.int32)) == Summary(0.0, 0, 0, (0,) * 11)
    values = np.arange(1, 12)[::-1]
    assert summarise(values) == Summary(6.0, 11, 66, (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11))
    assert summarise(np.array([7])) == Summary(7.0, 7, 7, (7,) * 11)
