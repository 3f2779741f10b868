"""What every router must do, on random and damaged machines."""

import re

import networkx as nx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mapping.check import check
from mapping.errors import RouteError, SpecError
from mapping.keys import KEY_ALLOCATORS
from mapping.machine import Machine
from mapping.pipeline import MappingOptions
from mapping.place import Placement
from mapping.route import ROUTERS, dijkstra
from mapping.tables import build_tables
from mapping.trees.measure import crossings_per_net, depth_per_net, link_load, links_per_net
from router import mesh, spinn5_boards
from tests.mapping.trees.strategies import links_of, make_graph, placed_graphs, topologies

every_router = pytest.mark.parametrize("router", sorted(ROUTERS))
relaxed = settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])


def ends_of(graph, placement, net):
    """Chip of the sender, chips of the targets."""
    return int(placement.chip[graph.net_vertex[net]]), placement.chip[graph.targets_of(net)]


def separated(graph, placement, topology):
    """Part of the machine that each chip lies in, and nets with targets in another one."""
    part = np.zeros(topology.n_chips, int)
    for number, chips in enumerate(nx.connected_components(links_of(topology))):
        part[list(chips)] = number
    ends = [ends_of(graph, placement, net) for net in range(graph.n_nets)]
    return part, [(one, others) for one, others in ends if (part[others] != part[one]).any()]


def check_forest(forest, graph, placement, topology):
    """Nodes in preorder over living links, each chip once in a tree; all ends are in it."""
    chips_of = [
        forest.node_chip[slice(*forest.tree_indptr[tree : tree + 2])].tolist()
        for tree in range(forest.n_trees)
    ]
    for tree, chips in enumerate(chips_of):
        assert len(set(chips)) == len(chips)
        first, stop = forest.tree_indptr[tree : tree + 2].tolist()
        assert forest.node_parent[first] == forest.node_in_link[first] == -1
        for node in range(first + 1, stop):
            above, link = int(forest.node_parent[node]), int(forest.node_in_link[node])
            assert first <= above < node < forest.node_end[node] <= forest.node_end[above]
            assert topology.neighbours[forest.node_chip[node], link] == forest.node_chip[above]
    used = [set() for _ in chips_of]
    for net, tree in enumerate(forest.tree_of_net.tolist()):
        source, reached = ends_of(graph, placement, net)
        assert forest.node_chip[forest.entry_of_net[net]] == source
        assert forest.tree_indptr[tree] <= forest.entry_of_net[net] < forest.tree_indptr[tree + 1]
        used[tree] |= {source, *reached.tolist()}
    degree = np.bincount(forest.node_parent[forest.node_parent >= 0], minlength=forest.n_nodes)
    for tree, chips in enumerate(chips_of):
        assert used[tree] <= set(chips)
        leaves = np.array(chips)[degree[slice(*forest.tree_indptr[tree : tree + 2])] == 0]
        assert set(leaves.tolist()) <= used[tree]  # no branch leads nowhere


@every_router
@relaxed
@given(st.data())
def test_trees_reach_all_over_living_links_or_say_why_not(router, data):
    topology = data.draw(topologies())
    graph, placement, machine = data.draw(placed_graphs(topology))
    part, cut = separated(graph, placement, topology)
    if cut:
        with pytest.raises(RouteError) as caught:
            ROUTERS[router](graph, placement, machine)
        message = r"no living links lead from chip \((\d+), (\d+)\) to chip \((\d+), (\d+)\)"
        x0, y0, x, y = (int(v) for v in re.match(message, str(caught.value)).groups())
        one, other = topology.chip(x0, y0), topology.chip(x, y)
        assert part[one] != part[other]
        assert one in placement.chip
        assert other in placement.chip
        return
    forest = ROUTERS[router](graph, placement, machine)
    check_forest(forest, graph, placement, topology)
    for keys in ("population", "tree"):
        blocks = KEY_ALLOCATORS[keys](graph, forest)
        made = build_tables(graph, forest, blocks, topology.n_chips)
        proof = check(graph, placement, blocks, made.tables, machine)
        if not graph.n_nets:
            continue
        assert proof.longest == depth_per_net(forest).max()
        if proof.n_packets == graph.n_nets:
            assert proof.n_links == links_per_net(forest).sum()


@relaxed
@given(st.data(), st.sampled_from(sorted(name for name in ROUTERS if "+" not in name)))
def test_improved_trees_are_never_longer(data, router):
    topology = data.draw(topologies())
    graph, placement, machine = data.draw(placed_graphs(topology))
    if separated(graph, placement, topology)[1]:
        return
    before = ROUTERS[router](graph, placement, machine)
    after = ROUTERS[f"{router}+steiner"](graph, placement, machine)
    assert after.tree_of_net.tolist() == before.tree_of_net.tolist()
    assert (np.diff(after.tree_indptr) <= np.diff(before.tree_indptr)).all()


def scattered(topology, share, seed=0):
    """Nets from all chips to a random share of them, one set of targets for every eight nets."""
    rng = np.random.default_rng(seed)
    n = topology.n_chips
    placement = Placement(np.arange(n, dtype=np.int32), np.ones(n, np.int16))
    sets = [tuple(rng.choice(n, max(1, int(share * n)), replace=False)) for _ in range(n // 8)]
    chosen = [sets[net * len(sets) // n] for net in range(n)]
    graph = make_graph(np.arange(n) * len(sets) // n, range(n), chosen, rng.gamma(1.0, 50.0, n))
    return graph, placement, Machine(topology)


FAULTS = {
    "dead_chips": [(3, 3), (5, 6), (9, 9)],
    "dead_links": [(x, y, (x + y) % 6) for x in range(0, 12, 2) for y in range(1, 12, 3)],
}
MACHINES = [mesh(12, 12, wrap=True), spinn5_boards(3, **FAULTS)]


@pytest.mark.parametrize("topology", MACHINES, ids=["torus", "damaged boards"])
@pytest.mark.parametrize("share", [0.05, 0.2])
def test_routers_keep_what_they_promise(topology, share):
    graph, placement, machine = scattered(topology, share)
    links, load, depth = {}, {}, {}
    for name, route in ROUTERS.items():
        forest = route(graph, placement, machine)
        links[name] = links_per_net(forest).mean()
        load[name] = link_load(forest, graph.net_rate_hz, topology).max()
        depth[name] = depth_per_net(forest).mean()
    assert links["dijkstra"] < 1.02 * links["ner"] < 0.95 * links["ldf"]
    assert load["dijkstra"] < 0.85 * min(load["ner"], load["ldf"])
    assert depth["ldf"] < depth["ner"]
    assert links["ldf+steiner"] < 0.92 * links["ldf"]
    assert links["ner+steiner"] < 0.98 * links["ner"]
    assert links["shared+steiner"] < 0.99 * links["shared"]
    assert links["dijkstra+steiner"] < links["dijkstra"]


def test_ldf_takes_shortest_paths_and_turns_once():
    topology = mesh(12, 9, wrap=True)
    for source in (0, 17, 100):
        for target in range(topology.n_chips):
            placement = Placement(np.array([source, target], np.int32), np.array([1, 2], np.int16))
            graph = make_graph([0, 0], [0], [(1,)], [1.0])
            forest = ROUTERS["ldf"](graph, placement, Machine(topology))
            distance = int(topology.distance(source, np.array([target], np.int32))[0])
            assert links_per_net(forest).tolist() == [distance]
            links = forest.node_in_link[1:].tolist()
            runs = [links.count(link) for link in dict.fromkeys(links)]
            assert len(runs) <= 2
            assert runs == sorted(runs, reverse=True)
            assert links == [
                link for link in dict.fromkeys(links) for _ in range(links.count(link))
            ]


def test_nets_that_share_a_tree_enter_at_their_own_chips():
    graph, placement, machine = scattered(mesh(6, 6), 0.3)
    for name in ("shared", "shared+steiner"):
        forest = ROUTERS[name](graph, placement, machine)
        assert forest.n_trees == graph.n_target_sets == 4
        assert forest.node_chip[forest.entry_of_net].tolist() == list(range(36))


def test_nets_share_trees_of_their_own_if_all_ends_are_the_same():
    topology = mesh(3, 1)
    placement = Placement(np.array([0, 0, 1, 2, 2], np.int32), np.array([1, 2, 1, 1, 2], np.int16))
    # the second reaches another core of the same chip, the third starts elsewhere
    graph = make_graph([0] * 5, [0, 1, 2], [(3,), (4,), (4,)], [1.0] * 3)
    for name in ("dijkstra", "ldf", "ner", "ner+steiner"):
        forest = ROUTERS[name](graph, placement, Machine(topology))
        assert forest.tree_of_net.tolist() == [0, 0, 1]
        assert forest.node_chip[forest.tree_indptr[:-1]].tolist() == [0, 1]


def test_the_routers_are_registered():
    plain = {"dijkstra", "ldf", "ner", "ner-shallow", "shared"}
    assert set(ROUTERS) == plain | {f"{name}+steiner" for name in plain}


def test_the_middle_of_a_shared_tree_lies_near_its_senders():
    topology = mesh(9, 1)
    placement = Placement(np.arange(9, dtype=np.int32), np.ones(9, np.int16))
    for rates_hz in ([0.0] * 5, [7.0] * 5):  # also if nothing is expected to be sent
        graph = make_graph([0] * 9, range(5), [(8,)] * 5, rates_hz)
        forest = ROUTERS["shared"](graph, placement, Machine(topology))
        assert forest.node_chip[0] == 2


def test_later_trees_go_around_links_in_use():
    topology = mesh(2, 3, dead_links=[(0, 0, 1)])  # no diagonal: two ways from (0, 0) to (1, 1)
    chips = [topology.chip(*xy) for xy in ((0, 0), (0, 0), (1, 1), (1, 2))]
    placement = Placement(np.array(chips, np.int32), np.array([1, 2, 1, 1], np.int16))
    graph = make_graph([0] * 4, [0, 1], [(2,), (2, 3)], [5.0, 1000.0])
    most = {}
    for name in ("ldf", "dijkstra"):
        forest = ROUTERS[name](graph, placement, Machine(topology))
        assert links_per_net(forest).tolist() == [2, 3]
        most[name] = link_load(forest, graph.net_rate_hz, topology).max()
    assert most == {"ldf": 1005.0, "dijkstra": 1000.0}


@pytest.mark.parametrize("router", ["dijkstra", "shared"])
def test_trees_leave_boards_late(router, monkeypatch):
    topology = spinn5_boards(3)
    every = np.arange(topology.n_chips, dtype=np.int32)
    senders = range(0, len(every), 7)
    population = [vertex // 48 for vertex in range(len(every))]
    graph = make_graph(population, senders, [tuple(every.tolist())] * len(senders), [1.0] * 21)
    placement = Placement(every, np.ones(len(every), np.int16))
    crossings = []
    for cost in (0.0, 0.5):
        monkeypatch.setattr(dijkstra, "BOARD_COST", cost)
        forest = ROUTERS[router](graph, placement, Machine(topology))
        assert links_per_net(forest).tolist() == [len(every) - 1] * 21
        crossings.append(crossings_per_net(forest, topology).sum())
    assert crossings[1] < 0.7 * crossings[0]


def test_names_that_do_not_exist_are_refused_with_those_that_do():
    with pytest.raises(SpecError, match=r"no router 'ner\+stein'; there are .*ner\+steiner"):
        MappingOptions(router="ner+stein")
