"""What trees cost, against packets that are followed one by one."""

from collections import defaultdict

import networkx as nx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from mapping.machine import Machine
from mapping.place import Placement
from mapping.trees import Tree, deliver, make_forest
from mapping.trees.measure import (
    crossings_per_net,
    depth_per_net,
    link_load,
    links_per_net,
    nets_per_chip,
)
from router import mesh
from router.geometry import N_LINKS, opposite
from tests.mapping.trees.strategies import forests, make_graph

relaxed = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])


def follow_by_rules(forest, net):
    """Nodes visited and their depth, links crossed: by the rules of docs/mapping.md."""
    depth = {int(forest.entry_of_net[net]): 0}
    crossed = []
    pending = [(int(forest.entry_of_net[net]), None)]
    while pending:
        node, came_from = pending.pop()
        ways = {}  # link to the node that it leads to
        for child in np.flatnonzero(forest.node_parent == node).tolist():
            link = opposite(int(forest.node_in_link[child]))
            if forest.node_out_links[node] >> link & 1:
                ways[link] = child
        if forest.node_goes_up[node]:
            ways[int(forest.node_in_link[node])] = int(forest.node_parent[node])
        for link, there in ways.items():
            if there != came_from:
                crossed.append((int(forest.node_chip[node]), link))
                depth[there] = depth[node] + 1
                pending.append((there, node))
    return depth, crossed


def follow_to_targets(forest, net, topology):
    """The same, as the paths in the tree from the entry to all targets."""
    tree = forest.tree_of_net[net]
    nodes = range(int(forest.tree_indptr[tree]), int(forest.tree_indptr[tree + 1]))
    joined = nx.Graph()
    joined.add_nodes_from(nodes)
    joined.add_edges_from((node, int(forest.node_parent[node])) for node in nodes[1:])
    return joined, nodes


def targets_of(graph, placement, net):
    return set(placement.chip[graph.targets_of(net)].tolist())


@relaxed
@given(forests())
def test_packets_go_where_targets_are_and_nowhere_else(case):
    graph, placement, machine, forest = case
    for net in range(graph.n_nets):
        joined, nodes = follow_to_targets(forest, net, machine.topology)
        entry = int(forest.entry_of_net[net])
        assert forest.node_chip[entry] == placement.chip[graph.net_vertex[net]]
        wanted = targets_of(graph, placement, net)
        ends = [node for node in nodes if int(forest.node_chip[node]) in wanted]
        assert len(ends) == len(wanted)
        expected = {entry: 0}
        for end in ends:
            path = nx.shortest_path(joined, entry, end)
            expected.update((node, at) for at, node in enumerate(path))
        depth, crossed = follow_by_rules(forest, net)
        assert depth == expected
        there = machine.topology.neighbours
        reached = [int(there[chip, link]) for chip, link in crossed]
        assert sorted(reached) == sorted(int(forest.node_chip[n]) for n in depth if n != entry)


@relaxed
@given(forests())
def test_measures(case):
    graph, _, machine, forest = case
    topology = machine.topology
    n_links, n_crossings, depths = [], [], []
    visits, load = np.zeros(topology.n_chips, np.int64), np.zeros((topology.n_chips, N_LINKS))
    for net in range(graph.n_nets):
        depth, crossed = follow_by_rules(forest, net)
        n_links.append(len(crossed))
        n_crossings.append(sum(bool(topology.is_board_crossing[at]) for at in crossed))
        depths.append(max(depth.values()))
        for node in depth:
            visits[forest.node_chip[node]] += 1
        for at in crossed:
            load[at] += graph.net_rate_hz[net]
    assert links_per_net(forest).tolist() == n_links
    assert crossings_per_net(forest, topology).tolist() == n_crossings
    assert depth_per_net(forest).tolist() == depths
    assert nets_per_chip(forest, topology.n_chips).tolist() == visits.tolist()
    found = link_load(forest, graph.net_rate_hz, topology)
    np.testing.assert_allclose(found, load, rtol=1e-9)
    assert np.array_equal(found > 0, load > 0)


@pytest.fixture
def row():
    """Chips 0 to 6 in a row; nets enter at 0, 2, 4 and 6, their targets are on 3 and 4.

    The root is 1; the branch of 0 leads to a sender alone, the last link to 6 likewise.
    """
    topology = mesh(7, 1)
    graph = make_graph([0] * 7, [0, 2, 4, 6], [(3, 4)] * 4, [1.0, 10.0, 100.0, 1000.0])
    placement = Placement(np.arange(7, dtype=np.int32), np.ones(7, np.int16))
    tree = Tree(
        chip=np.array([1, 0, 2, 3, 4, 5, 6], np.int32),
        in_link=np.array([-1, 0, 3, 3, 3, 3, 3], np.int8),
        parent=np.array([-1, 0, 0, 2, 3, 4, 5], np.int32),
    )
    deliveries = deliver(graph, placement, 7)
    return graph, Machine(topology), make_forest(
        graph, placement, deliveries, [tree], np.zeros(4, np.int64)
    )  # fmt: skip


def test_a_tree_by_hand(row):
    graph, machine, forest = row
    assert links_per_net(forest).tolist() == [4, 2, 1, 3]
    assert depth_per_net(forest).tolist() == [4, 2, 1, 3]
    assert nets_per_chip(forest, 7).tolist() == [1, 1, 2, 4, 4, 1, 1]
    assert crossings_per_net(forest, machine.topology).tolist() == [0] * 4
    load = link_load(forest, graph.net_rate_hz, machine.topology)
    loaded = defaultdict(float)
    for chip, link in np.argwhere(load).tolist():
        loaded[chip, link] = load[chip, link]
    east, west = 0, 3
    assert loaded == {
        (0, east): 1, (1, east): 1, (2, east): 11, (3, east): 11,
        (6, west): 1000, (5, west): 1000, (4, west): 1100,
    }  # fmt: skip


def test_no_nets_cost_nothing():
    topology = mesh(2, 2)
    graph = make_graph([0], [], [], [])
    placement = Placement(np.zeros(1, np.int32), np.ones(1, np.int16))
    deliveries = deliver(graph, placement, 4)
    forest = make_forest(graph, placement, deliveries, [], np.zeros(0, np.int64))
    assert links_per_net(forest).size == depth_per_net(forest).size == 0
    assert nets_per_chip(forest, 4).sum() == 0
    assert link_load(forest, graph.net_rate_hz, topology).sum() == 0
