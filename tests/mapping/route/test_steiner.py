"""Trees made shorter path by path, from trees of any form."""

import networkx as nx
import numpy as np
from hypothesis import HealthCheck, given, settings

from mapping.machine import Machine
from mapping.place import Placement
from mapping.route.steiner import improve
from mapping.trees import Tree, deliver, make_forest
from mapping.trees.measure import links_per_net
from router import mesh
from tests.mapping.trees.strategies import forests, links_of, make_graph


def edges_of(forest, tree):
    """Pairs of chips that a tree joins."""
    nodes = range(int(forest.tree_indptr[tree]) + 1, int(forest.tree_indptr[tree + 1]))
    chip, parent = forest.node_chip, forest.node_parent
    return [(int(chip[node]), int(chip[parent[node]])) for node in nodes]


def terminals_of(graph, placement, forest, tree):
    """Chips of senders and targets of the nets of a tree."""
    nets = np.flatnonzero(forest.tree_of_net == tree)
    senders = placement.chip[graph.net_vertex[nets]]
    reached = [placement.chip[graph.targets_of(int(net))] for net in nets]
    return set(np.concatenate([senders, *reached]).tolist())


def key_paths(tree, terminals):
    """Chips of the paths between terminals and branchings."""
    keys = {chip for chip in tree if chip in terminals or tree.degree(chip) > 2}
    for one in sorted(keys):
        for first in tree[one]:
            path = [one, first]
            while path[-1] not in keys:
                path += [there for there in tree[path[-1]] if there != path[-2]]
            yield path


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(forests())
def test_no_path_can_be_replaced_by_a_shorter_one(case):
    graph, placement, machine, before = case
    links = links_of(machine.topology)
    after = improve(graph, placement, machine, before)
    assert after.tree_of_net.tolist() == before.tree_of_net.tolist()
    assert (np.diff(after.tree_indptr) <= np.diff(before.tree_indptr)).all()
    for tree in range(after.n_trees):
        terminals = terminals_of(graph, placement, after, tree)
        whole = nx.Graph(edges_of(after, tree))
        whole.add_nodes_from(terminals)
        assert nx.is_tree(whole)
        assert all(links.has_edge(*edge) for edge in whole.edges)
        assert {chip for chip in whole if whole.degree(chip) < 2} <= terminals
        for path in key_paths(whole, terminals):
            rest = whole.copy()
            rest.remove_nodes_from(path[1:-1])
            if len(path) == 2:
                rest.remove_edge(*path)
            one, other = (nx.node_connected_component(rest, end) for end in (path[0], path[-1]))
            near = nx.multi_source_dijkstra_path_length(links, one)
            assert min(near[chip] for chip in other) >= len(path) - 1


def around_a_square():
    """Two senders and a target in corners of a square, and a tree along its sides."""
    topology = mesh(3, 3)
    corners = [topology.chip(*xy) for xy in ((0, 0), (2, 0), (2, 2))]
    placement = Placement(np.array(corners, np.int32), np.ones(3, np.int16))
    graph = make_graph([0] * 3, [0, 1], [(2,), (2,)], [1.0, 1.0])
    way = [(0, 0), (1, 0), (2, 0), (2, 1), (2, 2), (1, 2), (0, 2)]  # the last two lead to nothing
    tree = Tree(
        chip=np.array([topology.chip(*xy) for xy in way], np.int32),
        in_link=np.array([-1, 3, 3, 5, 5, 0, 0], np.int8),
        parent=np.arange(-1, len(way) - 1, dtype=np.int32),
    )
    deliveries = deliver(graph, placement, topology.n_chips)
    forest = make_forest(graph, placement, deliveries, [tree], np.zeros(2, np.int64))
    return graph, placement, Machine(topology), forest


def test_branches_to_nothing_go_and_ties_stay():
    case = around_a_square()
    after = improve(*case)
    assert after.n_nodes == 5  # two links from sender to sender, two on to the target
    assert links_per_net(after).tolist() == [4, 2]
    assert sorted(edges_of(after, 0)) == sorted(edges_of(case[3], 0)[:4])


def test_a_net_enters_where_it_did():
    graph, placement, machine, forest = around_a_square()
    after = improve(graph, placement, machine, forest)
    for found in (forest, after):
        assert found.node_chip[found.entry_of_net].tolist() == placement.chip[:2].tolist()
    assert after.node_chip[0] == forest.node_chip[0]


def test_a_shorter_way_is_found_and_dead_links_are_not_taken():
    topology = mesh(4, 2)
    row = [topology.chip(*xy) for xy in ((0, 0), (0, 1), (1, 1), (2, 1), (3, 1), (3, 0))]
    placement = Placement(np.array([row[0], row[-1]], np.int32), np.ones(2, np.int16))
    graph = make_graph([0, 0], [0], [(1,)], [1.0])
    tree = Tree(
        chip=np.array(row, np.int32),
        in_link=np.array([-1, 5, 3, 3, 3, 2], np.int8),
        parent=np.arange(-1, 5, dtype=np.int32),
    )
    for dead, n_links in (([], 3), ([(1, 0, 0)], 4), ([(1, 0, link) for link in range(6)], 4)):
        machine = Machine(mesh(4, 2, dead_links=dead))
        deliveries = deliver(graph, placement, 8)
        forest = make_forest(graph, placement, deliveries, [tree], np.zeros(1, np.int64))
        assert links_per_net(forest).tolist() == [5]
        assert links_per_net(improve(graph, placement, machine, forest)).tolist() == [n_links]


def test_trees_of_a_plug_in_may_be_rooted_anywhere_and_serve_nobody():
    graph, placement, machine, forest = around_a_square()
    topology = machine.topology
    lone = Tree(*(np.array([value], kind) for value, kind in ((4, "i4"), (-1, "i1"), (-1, "i4"))))
    way = [(1, 2), (2, 2), (2, 1), (2, 0), (1, 0), (0, 0)]  # no net ends at the first
    rooted = Tree(
        chip=np.array([topology.chip(*xy) for xy in way], np.int32),
        in_link=np.array([-1, 3, 2, 2, 0, 0], np.int8),
        parent=np.arange(-1, 5, dtype=np.int32),
    )
    before = make_forest(graph, placement, forest.deliveries, [rooted, lone], np.zeros(2, np.int64))
    after = improve(graph, placement, machine, before)
    assert np.diff(before.tree_indptr).tolist() == [6, 1]
    assert np.diff(after.tree_indptr).tolist() == [5, 1]
    assert links_per_net(after).tolist() == [4, 2]
