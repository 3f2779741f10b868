"""Placers: time, hops of the traffic, and links of the trees that the router "ner" then grows."""

import numpy as np
import pytest

from host.config import Config, NetworkConfig
from host.machines import build_machine, load_machine
from host.networks import build_network
from mapping import Budgets, Machine, NetworkSpec, Population, PopulationKind, Projection
from mapping.connectors import ExplicitList
from mapping.distributions import Constant
from mapping.pipeline import MappingOptions, cut_network
from mapping.place import PLACERS, Search, boards_needed, traffic_hops
from mapping.route import ROUTERS
from mapping.trees.measure import links_per_net
from router import spinn5_boards

pytestmark = pytest.mark.bench

NAMES = ("hilbert", "sequential", "rcm", "spectral", "metis", "anneal")
SIDE = 24
"""Slices along each side of the sheet."""
SLICE = 16
"""Neurons of a slice."""


def sheet():
    """A sheet of slices joined with those around, but numbered at random."""
    number = np.random.default_rng(1).permutation(SIDE * SIDE)
    x, y = np.divmod(np.arange(SIDE * SIDE), SIDE)
    pre, post = [], []
    for dx, dy in np.ndindex(5, 5):
        to_x, to_y = x + dx - 2, y + dy - 2
        inside = (to_x >= 0) & (to_x < SIDE) & (to_y >= 0) & (to_y < SIDE)
        inside &= (to_x - x) ** 2 + (to_y - y) ** 2 <= 5
        pre.append(SLICE * number[inside])
        post.append(SLICE * number[SIDE * to_x[inside] + to_y[inside]])
    pairs = (np.concatenate(ends).astype(np.int32) for ends in (pre, post))
    population = Population("S", SLICE * SIDE * SIDE, PopulationKind.NEURON)
    synapses = Projection("S", "S", ExplicitList(*pairs), Constant(0.1), Constant(1.0))
    return NetworkSpec("sheet", (population,), (synapses,))


def microcircuit(scale, synapse_cores):
    config = Config(network=NetworkConfig(scale=scale))
    spec, options = build_network(config), MappingOptions(synapse_cores=synapse_cores)
    machine = build_machine(load_machine(config.machine), spec, options)
    return cut_network(spec, machine.budgets, options), machine


def locality():
    options = MappingOptions(neurons_per_core=SLICE, synapse_cores=2)
    graph = cut_network(sheet(), Budgets(), options)
    return graph, Machine(spinn5_boards(boards_needed(graph, Budgets())))


CASES = {
    "pd14": lambda: microcircuit(1.0, None),
    "pd14, 3 synapse cores": lambda: microcircuit(1.0, 3),
    "a tenth of pd14": lambda: microcircuit(0.1, 3),
    "sheet": locality,
}
MOST_CHIPS = {"pd14": 447, "pd14, 3 synapse cores": 404, "a tenth of pd14": 42, "sheet": 116}
BEST = {"pd14": (11.5, 436), "a tenth of pd14": (3.1, 40.0), "sheet": (1.3, 7.0)}
"""Hops and links that annealing stays below."""


@pytest.fixture(scope="module", params=CASES)
def case(request):
    return request.param, *CASES[request.param]()


@pytest.mark.parametrize("name", NAMES)
def test_place(benchmark, case, name):
    label, graph, machine = case
    if name == "metis":
        pytest.importorskip("pymetis", reason="pymetis is not installed")
    benchmark.group = f"placing {label}"
    PLACERS[name](graph, machine, Search(moves=1))  # compiles, loads libraries
    placement = benchmark.pedantic(
        PLACERS[name], args=(graph, machine, Search()), rounds=1 if name == "anneal" else 3
    )
    links = links_per_net(ROUTERS["ner"](graph, placement, machine))
    figures = {
        "hops": round(traffic_hops(graph, placement, machine), 3),
        "links_per_net": round(float(links.mean()), 2),
        "chips": len(np.unique(placement.chip)),
    }
    benchmark.extra_info.update(figures, is_baseline=name == "hilbert")
    assert figures["chips"] <= MOST_CHIPS[label]
    if name == "anneal":
        plain = PLACERS["hilbert"](graph, machine, Search())
        assert figures["hops"] < traffic_hops(graph, plain, machine)
        most_hops, most_links = BEST.get(label, (np.inf, np.inf))
        assert figures["hops"] < most_hops
        assert figures["links_per_net"] < most_links
