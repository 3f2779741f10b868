"""Every synapse lies at the synapse core that hears its source."""

import itertools

import numpy as np

from host.dealing import find_dealing
from host.image import build_image
from host.numerics import Numerics
from mapping import (
    Budgets,
    Layout,
    Machine,
    NetworkSpec,
    Population,
    PopulationKind,
    Projection,
    partition,
)
from mapping.connectors import FixedOutDegree
from mapping.distributions import Constant
from mapping.place import PLACERS, Search
from router import spinn5_boards

SIZES = {"A": 48, "B": 40, "C": 64}
ENDS = ("AA", "BA", "CA", "CB", "AC", "CC")
"""To A population C is the third sender, to B the first, to C the second."""


def network() -> NetworkSpec:
    populations = tuple(Population(name, n, PopulationKind.NEURON) for name, n in SIZES.items())
    projections = tuple(
        Projection(pre, post, FixedOutDegree(9), Constant(0.1), Constant(1.0)) for pre, post in ENDS
    )
    return NetworkSpec("dealt", populations, projections)


def targets_of_rows(matrix):
    """Neurons that each row reaches."""
    n_blocks = len(matrix.block_lo) - 1
    n_delays = (matrix.segments.shape[1] - 1) // n_blocks
    for row, first in enumerate(matrix.row_start[:-1].tolist()):
        ends = first + matrix.segments[row, ::n_delays].astype(np.int64)
        words = [matrix.words[a:b] & 0xFFFF for a, b in itertools.pairwise(ends)]
        yield np.concatenate(
            [lo + part for lo, part in zip(matrix.block_lo[:-1].tolist(), words, strict=True)]
        )


def test_each_row_is_at_the_core_that_takes_its_source():
    spec = network()
    graph = partition(
        spec, Budgets(), layout=Layout.ENSEMBLE, neurons_per_core=4, synapse_cores=3, dt_ms=0.1
    )
    placement = PLACERS["hilbert"](graph, Machine(spinn5_boards(1)), Search())
    image = build_image(spec, graph, placement, Numerics())
    first = dict(zip(SIZES, np.cumsum([0, *SIZES.values()]).tolist(), strict=False))
    population = np.repeat(np.arange(3), list(SIZES.values()))
    member = np.arange(len(population)) - np.array(list(first.values()))[population]
    net_of = {
        (int(graph.population[v]), int(graph.lo[v]) // 4): net
        for net, v in enumerate(graph.net_vertex)
    }
    core_in = [
        {
            (int(graph.population[v]), int(graph.lo[v]) // 4): int(graph.synapse_core[v])
            for v in graph.targets_of(net)
        }
        for net in range(graph.n_nets)
    ]
    source = np.repeat(np.arange(len(population)), np.diff(image.matrix.source_rows))
    n_seen = 0
    for row, targets in enumerate(targets_of_rows(image.matrix)):
        net = net_of[int(population[source[row]]), int(member[source[row]]) // 4]
        for target in np.unique(targets).tolist():
            part = int(population[target]), int(member[target]) // 4
            assert core_in[net][part] == image.row_channel[row] // 2
            n_seen += 1
    assert n_seen > 1000


def test_targets_that_deal_alike_share_a_number():
    spec = network()
    graph = partition(
        spec, Budgets(), layout=Layout.ENSEMBLE, neurons_per_core=4, synapse_cores=3, dt_ms=0.1
    )
    number = {ends: found[0] for ends, found in find_dealing(spec, graph).items()}
    assert len({number["C", "A"], number["C", "B"], number["C", "C"]}) == 3
    assert number["A", "A"] == number["A", "C"]
