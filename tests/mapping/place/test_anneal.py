"""The search for a placement with less traffic."""

from dataclasses import replace

import numpy as np

from mapping import Machine
from mapping.place import PLACERS, Search, traffic_hops
from router import mesh
from tests.mapping.place.graphs import make_graph, ring


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
