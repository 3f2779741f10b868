"""Every placer, router, key allocator and compressor together, on random machines and networks."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from mapping import (
    DoesNotFitError,
    Layout,
    Machine,
    NetworkSpec,
    Population,
    PopulationKind,
    Projection,
)
from mapping.check import check, check_forest
from mapping.compress import COMPRESSORS
from mapping.compress.equivalence import first_difference
from mapping.connectors import ExplicitList, FixedOutDegree, OneToOne, PairwiseBernoulli
from mapping.distributions import Constant
from mapping.keys import KEY_ALLOCATORS
from mapping.pipeline import MappingOptions, cut_network
from mapping.place import PLACERS, Search
from mapping.route import ROUTERS
from mapping.tables import build_tables
from mapping.trees.measure import depth_per_net, links_per_net
from router import mesh, spinn5_boards

relaxed = settings(deadline=None, max_examples=5, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def topologies(draw):
    """A mesh, a torus or some boards, in one piece, with dead chips, links and cores."""
    faults = {
        "dead_chips": draw(st.sets(st.tuples(st.integers(1, 3), st.integers(1, 2)), max_size=2)),
        "dead_links": draw(
            st.sets(st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(0, 5)), max_size=8)
        ),
        "dead_cores": draw(
            st.sets(st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(0, 17)), max_size=8)
        ),
    }
    if draw(st.booleans()):
        topology = spinn5_boards(draw(st.integers(1, 4)), **faults)
    else:
        size = draw(st.integers(5, 9)), draw(st.integers(4, 8))
        topology = mesh(*size, wrap=draw(st.booleans()), **faults)
    edges = [(a, b) for a, row in enumerate(topology.neighbours.tolist()) for b in row if b >= 0]
    graph = nx.Graph(edges)
    graph.add_nodes_from(range(topology.n_chips))
    assume(nx.is_connected(graph))
    return topology


@st.composite
def connectors(draw, n_pre, n_post):
    listed = st.lists(st.tuples(st.integers(0, n_pre - 1), st.integers(0, n_post - 1)), max_size=20)
    pairs = np.array(draw(listed), np.int32).reshape(-1, 2).T
    rules = [
        PairwiseBernoulli(0.3),
        FixedOutDegree(draw(st.integers(1, 5))),
        ExplicitList(pairs[0].copy(), pairs[1].copy()),
    ]
    if n_pre == n_post:
        rules.append(OneToOne())
    return draw(st.sampled_from(rules))


@st.composite
def networks(draw):
    kinds = draw(st.lists(st.sampled_from(list(PopulationKind)), max_size=3))
    kinds = [PopulationKind.NEURON, *kinds]
    rates_hz = st.sampled_from([30.0, 1e4])  # the quick ones need several synapse cores
    populations = tuple(
        Population(f"p{i}", draw(st.sampled_from([5, 40, 90])), kind, expected_rate_hz=rate_hz)
        for i, kind in enumerate(kinds)
        for rate_hz in [draw(rates_hz)]
    )
    neurons = [p for p in populations if p.kind is PopulationKind.NEURON]
    projections = []
    for _ in range(draw(st.integers(1, 5))):
        pre, post = draw(st.sampled_from(populations)), draw(st.sampled_from(neurons))
        connector = draw(connectors(pre.size, post.size))
        delay_ms = draw(st.sampled_from([0.1, 1.0, 6.0]))
        projections.append(
            Projection(pre.name, post.name, connector, Constant(0.1), Constant(delay_ms))
        )
    return NetworkSpec("random", populations, tuple(projections))


def place_or_refuse(placer, graph, machine):
    try:
        return PLACERS[placer](graph, machine, Search(moves=100))
    except DoesNotFitError as error:
        return error


@pytest.mark.parametrize("placer", sorted(PLACERS))
@pytest.mark.parametrize("router", sorted(ROUTERS))
@relaxed
@given(
    topologies(),
    networks(),
    st.sampled_from(list(Layout)),
    st.sampled_from([1, 7, 8, 20]),
    st.sampled_from([None, 1, 2, 3]),
    st.sampled_from([None, 8, 16]),
)
def test_every_key_reaches_its_targets(
    placer, router, topology, spec, layout, neurons_per_core, synapse_cores, delay_slots
):
    machine = Machine(topology)
    options = MappingOptions(
        layout=Layout.HOMOGENEOUS if neurons_per_core == 1 else layout,
        neurons_per_core=neurons_per_core,
        synapse_cores=synapse_cores,
        delay_slots=delay_slots,
    )
    graph = cut_network(spec, machine.budgets, options)
    placement = place_or_refuse(placer, graph, machine)
    if isinstance(placement, DoesNotFitError):
        assert placement.need > placement.limit
        assert placement.remedy
        event("too large")
        return
    forest = ROUTERS[router](graph, placement, machine)
    check_forest(graph, placement, forest, topology)
    for allocate in KEY_ALLOCATORS.values():
        keys = allocate(graph, forest)
        made = build_tables(graph, forest, keys, topology.n_chips)
        for compress in COMPRESSORS.values():
            tables = compress(made, machine)
            proof = check(graph, placement, keys, tables, machine)
            assert proof.n_nets == graph.n_nets
            if proof.n_packets == graph.n_nets:  # what is reported is what was followed
                assert proof.n_links == links_per_net(forest).sum()
                assert proof.longest == depth_per_net(forest).max(initial=0)
            assert first_difference(made, tables) is None
            assert len(tables.key) <= len(made.tables.key)
