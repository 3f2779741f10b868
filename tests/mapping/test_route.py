"""Trees of the neighbour-exploring router."""

import numpy as np
import pytest

from mapping import RouteError
from mapping.route import ROUTERS
from router import mesh, spinn5_boards
from router.geometry import opposite


def trees(forest):
    for tree in range(forest.n_trees):
        yield range(int(forest.tree_indptr[tree]), int(forest.tree_indptr[tree + 1]))


@pytest.mark.parametrize("n_boards", [1, 3])
def test_nodes_follow_their_parents_over_living_links(mapped, n_boards):
    machine, mapping = mapped(topology=spinn5_boards(n_boards))
    forest, there = mapping.forest, machine.topology.neighbours
    for nodes in trees(forest):
        place = {int(forest.node_chip[node]): node for node in nodes}
        assert len(place) == len(nodes)  # no chip twice
        root, *others = nodes
        assert (forest.node_in_link[root], forest.node_depth[root]) == (-1, 0)
        for node in others:
            link = int(forest.node_in_link[node])
            parent = place[int(there[forest.node_chip[node], link])]
            assert parent < node
            assert forest.node_out_links[parent] >> opposite(link) & 1
            assert forest.node_depth[node] == forest.node_depth[parent] + 1
        leaving = np.bitwise_count(forest.node_out_links[list(nodes)]).sum()
        assert leaving == len(others)


def test_leaves_are_targets(mapped):
    _, mapping = mapped()
    forest = mapping.forest
    for net, tree in enumerate(forest.tree_of_net):
        nodes = slice(*forest.tree_indptr[tree : tree + 2])
        leaves = forest.node_chip[nodes][forest.node_out_links[nodes] == 0]
        reached = forest.delivery_chip[slice(*forest.delivery_indptr[net : net + 2])]
        assert set(leaves.tolist()) <= set(reached.tolist())


def test_nets_with_the_same_ends_share_a_tree(mapped):
    _, mapping = mapped()
    source = mapping.placement.chip[mapping.graph.net_vertex]
    assert mapping.forest.n_nets == 17
    assert mapping.forest.n_trees == len(np.unique(source))


def test_a_tree_to_every_chip_has_a_link_per_chip(mapped):
    _, mapping = mapped(topology=mesh(3, 2, wrap=True))
    assert mapping.report.n_chips == 5
    assert mapping.report.links_per_net.max == 4


def test_detours_lead_around_dead_links(mapped):
    # chips (0, 0) to (4, 0) in a row, the middle link dead, a second row to go around
    topology = mesh(6, 2, dead_links=[(2, 0, 0), (2, 0, 1)])
    _, mapping = mapped(topology=topology)
    assert mapping.check.n_nets == 17


def test_a_machine_in_two_parts_cannot_be_crossed(mapped, microcircuit):
    topology = mesh(6, 1, dead_links=[(2, 0, 0)])
    with pytest.raises(RouteError, match=r"no living links lead from chip \(\d, 0\) to chip \(\d"):
        mapped(topology=topology)


def test_the_router_is_registered():
    assert sorted(ROUTERS) == ["ner"]
