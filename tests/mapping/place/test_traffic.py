"""Traffic between groups, their twins, and distances."""

import numpy as np
import pytest
from hypothesis import given, settings

from mapping.place import traffic_hops
from mapping.place.distances import find_distances
from mapping.place.traffic import find_traffic, find_twins
from router import mesh, spinn5_boards
from tests.mapping.place.graphs import graphs, machines, make_graph

quick = settings(deadline=None, max_examples=60)


def weights(graph):
    """Packets/s between all groups, in both directions together."""
    weight = np.zeros((graph.n_groups, graph.n_groups))
    for net in range(graph.n_nets):
        sender = graph.group[graph.net_vertex[net]]
        weight[sender, np.unique(graph.group[graph.targets_of(net)])] += graph.net_rate_hz[net]
    np.fill_diagonal(weight, 0)
    return weight + weight.T


@quick
@given(graphs())
def test_twins_have_the_traffic_of_their_groups(graph):
    twins = find_twins(find_traffic(graph))
    table = np.zeros((twins.n_twins, twins.n_twins))
    table[twins.first, twins.other] = twins.weight_hz
    found = table[np.ix_(twins.twin_of_group, twins.twin_of_group)]
    np.fill_diagonal(found, 0)
    assert np.allclose(found, weights(graph))
    assert np.bincount(twins.twin_of_group).tolist() == twins.n_members.tolist()


def test_groups_alike_are_twins():
    everyone = range(12)
    nets = [(group, [*everyone]) for group in range(6)] + [(g, [g]) for g in range(6)]
    graph = make_graph([1] * 12, [0] * 12, nets)
    twins = find_twins(find_traffic(graph))
    assert twins.twin_of_group.tolist() == [0] * 6 + [1] * 6  # senders, and those that only listen
    assert twins.weight_hz.tolist() == [20.0, 10.0, 10.0]


@quick
@given(graphs(), machines())
def test_hops_of_traffic(graph, machine):
    chips = machine.topology.n_chips
    rng = np.random.default_rng(graph.n_vertices)
    chip = rng.integers(0, chips, graph.n_groups)[graph.group].astype(np.int32)
    placement = type("P", (), {"chip": chip})()
    links = find_distances(machine.topology, np.arange(chips))
    rates_hz = graph.net_rate_hz
    total = count = 0.0
    staying = [set(graph.group[graph.targets_of(n)]) == {graph.group[graph.net_vertex[n]]}
               for n in range(graph.n_nets)]  # fmt: skip
    if not rates_hz[~np.array(staying, bool)].any():
        rates_hz = np.ones(graph.n_nets)
    for net in np.flatnonzero(~np.array(staying, bool)):
        source = chip[graph.net_vertex[net]]
        for end in np.unique(chip[graph.targets_of(net)]):
            total += rates_hz[net] * links.between(source, end)
            count += rates_hz[net]
    expected = total / count if count else 0.0
    assert traffic_hops(graph, placement, machine) == pytest.approx(expected)


@pytest.mark.parametrize(
    "topology", [mesh(7, 5), mesh(6, 8, wrap=True), spinn5_boards(3), mesh(9, 1), mesh(1, 1)]
)
def test_vectors_give_the_distances_of_whole_machines(topology, monkeypatch):
    chips = np.arange(0, topology.n_chips, 2)
    start, end = np.meshgrid(np.arange(len(chips)), np.arange(len(chips)))
    searched = find_distances(topology, chips).between(start, end)
    monkeypatch.setattr("mapping.place.distances.MOST_CHIPS", 0)
    assert np.array_equal(find_distances(topology, chips).between(start, end), searched)


def test_chips_out_of_reach_are_furthest():
    links = [(1, y, link) for y in range(3) for link in (0, 1)]
    topology = mesh(4, 3, dead_links=links)
    distances = find_distances(topology, np.arange(12))
    assert distances.between(0, 11) > distances.between(0, 5)
    assert distances.between(0, 11) > distances.between(6, 11)
