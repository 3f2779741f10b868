"""Routers on full-scale PD14 and on sparse nets: time, links, depth, and the most used link.

The nets of PD14 reach nearly all chips in use, where the length of a tree is given and only its
shape is free. Sparse nets start on every chip of a machine of three boards, whole or damaged, eight
by eight to the same random share of the chips.
"""

import numpy as np
import pytest

from host.config import Config
from host.machines import build_machine, load_machine
from host.networks import build_network
from mapping.machine import Machine
from mapping.pipeline import MappingOptions, cut_network
from mapping.place import PLACERS, Placement, Search
from mapping.route import ROUTERS
from mapping.trees.measure import depth_per_net, link_load, links_per_net
from router import spinn5_boards
from tests.mapping.trees.strategies import make_graph

pytestmark = pytest.mark.bench

FAULTS = {
    "dead_chips": [(3, 3), (5, 6), (9, 9)],
    "dead_links": [(x, y, (x + y) % 6) for x in range(0, 12, 2) for y in range(1, 12, 3)],
}
SHARES = (0.05, 0.2)


def full():
    """Full-scale PD14, 1,210 ensembles on 404 chips."""
    config = Config()
    spec, options = build_network(config), MappingOptions(synapse_cores=3)
    machine = build_machine(load_machine(config.machine), spec, options)
    graph = cut_network(spec, machine.budgets, options)
    return graph, PLACERS["hilbert"](graph, machine, Search()), machine


def sparse(topology, share):
    """A net from each chip, eight of them to the same chips."""
    rng = np.random.default_rng(1)
    n = topology.n_chips
    placement = Placement(np.arange(n, dtype=np.int32), np.ones(n, np.int16))
    sets = [tuple(rng.choice(n, int(share * n), replace=False).tolist()) for _ in range(n // 8)]
    population = np.arange(n) * len(sets) // n
    rates_hz = rng.gamma(1.0, 100.0, n)
    graph = make_graph(population, range(n), [sets[p] for p in population], rates_hz)
    return graph, placement, Machine(topology)


@pytest.fixture(scope="module")
def cases():
    """Graph, placement and machine of each case, by name."""
    found = {"full PD14": full()}
    for kind, topology in (("torus", spinn5_boards(3)), ("damaged", spinn5_boards(3, **FAULTS))):
        for share in SHARES:
            found[f"{kind}, {share:.0%} of chips"] = sparse(topology, share)
    return found


KINDS = ("torus", "damaged")
NAMES = ["full PD14", *(f"{kind}, {share:.0%} of chips" for kind in KINDS for share in SHARES)]


@pytest.mark.parametrize("router", sorted(ROUTERS))
@pytest.mark.parametrize("case", NAMES)
def test_route(benchmark, cases, case, router):
    graph, placement, machine = cases[case]
    benchmark.group = f"route: {case}"
    forest = ROUTERS[router](graph, placement, machine)  # compiles
    forest = benchmark(ROUTERS[router], graph, placement, machine)
    links, depth = links_per_net(forest), depth_per_net(forest)
    load_hz = link_load(forest, graph.net_rate_hz, machine.topology)
    plain = links_per_net(ROUTERS["ldf"](graph, placement, machine))
    benchmark.extra_info.update(
        is_baseline=router == "ldf",
        links_mean=round(float(links.mean()), 2),
        links_saved_over_ldf=round(1 - float(links.sum() / plain.sum()), 4),
        depth_mean=round(float(depth.mean()), 2),
        depth_max=int(depth.max()),
        load_max_hz=round(float(load_hz.max()), 1),
        load_mean_hz=round(float(load_hz[machine.topology.is_link_alive].mean()), 1),
    )
    reached = np.array([len(forest.deliveries.chips_of(s)) for s in range(graph.n_target_sets)])
    assert (links >= reached[graph.net_targets] - 1).all()
    assert links.sum() <= plain.sum()
    assert load_hz.sum() == pytest.approx(float(links @ graph.net_rate_hz))
    assert (load_hz[~machine.topology.is_link_alive] == 0).all()
