"""Traffic between groups, their twins, distances, and the search for lower traffic."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from mapping import Machine
from mapping.place import PLACERS, Search, traffic_hops
from mapping.place.distances import find_distances
from mapping.place.traffic import find_traffic, find_twins
from router import mesh, spinn5_boards
from tests.mapping.test_place_all import graphs, machines, make_graph, ring

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


class Watched:
    """A search that is told its costs, and ends after some calls."""

    def __init__(self, most=10**9):
        self.shares, self.costs, self.most = [], [], most

    def __call__(self, share, cost):
        self.shares.append(share)
        self.costs.append(cost)
        return len(self.costs) < self.most


def anneal(graph, machine, **search):
    return PLACERS["anneal"](graph, machine, Search(**search))


def test_annealing_tells_its_progress_and_can_be_stopped():
    graph, machine = ring(), Machine(mesh(6, 6))
    whole, early = Watched(), Watched(3)
    best = anneal(graph, machine, proceed=whole)
    stopped = anneal(graph, machine, proceed=early)
    assert whole.shares == sorted(whole.shares)
    assert whole.shares[-1] == 1.0
    assert early.costs == whole.costs[:3]
    assert whole.costs[-1] < 0.8
    hops = [traffic_hops(graph, placement, machine) for placement in (best, stopped)]
    assert hops[0] < hops[1]


def test_annealing_follows_its_seed():
    graph, machine = ring(), Machine(mesh(6, 6))
    found = [anneal(graph, machine, seed=seed, moves=5000).chip.tolist() for seed in (3, 3, 4)]
    assert found[0] == found[1] != found[2]


def test_annealing_brings_chips_together():
    # six groups that fill a chip each, on a line whose ends are busy with others
    graph = make_graph([16] * 6, [0] * 6, [(16 * g, [16 * ((g + 3) % 6)]) for g in range(6)])
    machine = Machine(mesh(9, 1))
    assert traffic_hops(graph, anneal(graph, machine), machine) == 1.0


def test_without_traffic_or_moves_the_start_is_kept():
    machine = Machine(mesh(6, 6))
    quiet = replace(ring(), net_rate_hz=np.zeros(60))
    for graph, moves in ((quiet, None), (make_graph([5] * 9, [0] * 9, []), None)):
        plain = PLACERS["hilbert"](graph, machine, Search())
        assert np.array_equal(anneal(graph, machine, moves=moves).chip, plain.chip)
    starts = [PLACERS[name](ring(), machine, Search()) for name in ("hilbert", "rcm")]
    kept = anneal(ring(), machine, moves=0).chip.tolist()
    assert kept in [start.chip.tolist() for start in starts]
