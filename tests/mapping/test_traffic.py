"""Traffic between slices, against a look at every pair of neurons that a rule may connect."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapping.connectors import (
    AllToAll,
    ExplicitList,
    FixedInDegree,
    FixedTotalNumber,
    OneToOne,
    PairwiseBernoulli,
)
from mapping.delays import Stages
from mapping.distributions import ClippedNormal, Constant
from mapping.graph import Layout, Role
from mapping.machine import Budgets
from mapping.memory import row_bytes, row_synapses, transfer_bytes
from mapping.partition import partition
from mapping.slices import cut
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection
from mapping.traffic import deal, is_direct_poisson, ranks, traffic


def connectors(n_pre, n_post):
    """Every kind of rule between populations of these sizes."""
    pairs = st.lists(st.tuples(st.integers(0, n_pre - 1), st.integers(0, n_post - 1)), max_size=40)
    rules = [
        st.just(AllToAll()),
        st.sampled_from([PairwiseBernoulli(0.3), PairwiseBernoulli(0.0)]),
        st.builds(FixedTotalNumber, st.integers(0, 9)),
        st.builds(FixedInDegree, st.integers(0, 9)),
        pairs.map(lambda p: ExplicitList(*np.array(p, np.int32).reshape(-1, 2).T)),
    ]
    return st.one_of(*rules, *([st.just(OneToOne())] if n_pre == n_post else []))


@st.composite
def networks(draw):
    sizes = draw(st.lists(st.sampled_from([1, 4, 7, 7, 12]), min_size=1, max_size=4))
    populations = [Population(f"p{i}", n, PopulationKind.NEURON) for i, n in enumerate(sizes)]
    ends = st.integers(0, len(sizes) - 1)
    projections = []
    for pre, post in draw(st.lists(st.tuples(ends, ends), max_size=8)):
        rule = draw(connectors(sizes[pre], sizes[post]))
        delay_ms = draw(st.sampled_from([Constant(1.0), ClippedNormal(4.0, 3.0, 0.5, 12.0)]))
        projections.append(Projection(f"p{pre}", f"p{post}", rule, Constant(1.0), delay_ms))
    return NetworkSpec("random", tuple(populations), tuple(projections))


def possible(connector, n_pre, n_post):
    """Pairs of neurons that can have a synapse, shape (n_pre, n_post)."""
    if isinstance(connector, OneToOne):
        return np.eye(n_pre, dtype=bool)
    if isinstance(connector, ExplicitList):
        pairs = np.zeros((n_pre, n_post), bool)
        pairs[connector.pre, connector.post] = True
        return pairs
    return np.ones((n_pre, n_post), bool)


@given(networks(), st.integers(1, 9), st.sampled_from(Layout))
def test_slices_that_can_have_a_synapse(spec, neurons_per_core, layout):
    slices = cut(spec, neurons_per_core)
    flows = traffic(spec, slices, layout, 1.0)
    used = [p for p in spec.projections if spec.expected_synapses(p) > 0]
    assert [flow.projection for flow in flows] == used
    for flow in flows:
        pairs = possible(flow.projection.connector, *spec.sizes(flow.projection))
        starts = (slices.lo[slices.of(flow.pre)], slices.lo[slices.of(flow.post)])
        dense = np.logical_or.reduceat(np.logical_or.reduceat(pairs, starts[0], 0), starts[1], 1)
        assert np.array_equal(flow.hits, dense)
        assert flow.is_full == dense.all()
        with pytest.raises(ValueError, match="read-only"):
            flow.hits[0, 0] = True


@given(networks(), st.integers(1, 9), st.sampled_from(Layout), st.integers(1, 3), st.booleans())
def test_memory_of_matrices_row_by_row(spec, neurons_per_core, layout, n_cores, are_extended):
    slots = 4 if are_extended else 64
    graph = partition(
        spec, Budgets(), layout=layout, neurons_per_core=neurons_per_core, synapse_cores=n_cores,
        dt_ms=1.0, delay_slots=slots,
    )  # fmt: skip
    slices = cut(spec, neurons_per_core)
    is_ensemble = layout is Layout.ENSEMBLE
    n_cores = n_cores if is_ensemble else 1
    first = ranks(traffic(spec, slices, layout, 1.0), len(spec.populations))
    taker = (deal(slices, n_cores) + first[:, slices.population]) % n_cores
    stages = Stages(graph.n_stages, graph.stage_steps, 1.0)
    longest = int(slices.n_members.max())
    for vertex in np.flatnonzero(np.isin(graph.role, [Role.COMBINED, Role.SYNAPSE])):
        rest = transfer_bytes(longest) if is_ensemble else 60 * graph.n_members[vertex]
        own = rows_at(vertex, graph, spec, slices, taker, stages)
        assert graph.sdram_bytes[vertex] == own + rest


def rows_at(vertex, graph, spec, slices, taker, stages):
    """Bytes of all rows at a vertex, each looked at by itself."""
    total, core = 0, max(0, graph.synapse_core[vertex])
    for projection in spec.projections:
        pre, post = spec.index(projection.pre), spec.index(projection.post)
        if post != graph.population[vertex] or not spec.expected_synapses(projection):
            continue
        pairs = possible(projection.connector, *spec.sizes(projection))
        lengths = slices.n_members[slices.of(post)]
        at = np.searchsorted(slices.lo[slices.of(post)], graph.lo[vertex])
        for part in range(*slices.of(pre).indices(slices.n_slices)):
            block = pairs[slices.lo[part] : slices.hi[part], graph.lo[vertex] : graph.hi[vertex]]
            if taker[post, part] == core and block.any():
                for stage in range(stages.n):
                    if stages.share(projection, stage) > 0:
                        rows = row_synapses(spec, projection, lengths, stages=stages, stage=stage)
                        total += int(row_bytes(rows)[at]) * int(slices.n_members[part])
    return total


def test_a_full_matrix_takes_no_memory():
    populations = tuple(Population(name, 10**6, PopulationKind.NEURON) for name in "ab")
    projection = Projection("a", "b", FixedTotalNumber(5), Constant(1.0), Constant(1.0))
    spec = NetworkSpec("big", populations, (projection,))
    (flow,) = traffic(spec, cut(spec, 1), Layout.HOMOGENEOUS, 1.0)
    assert flow.is_full
    assert flow.hits.shape == (10**6, 10**6)
    assert flow.hits.base.nbytes == 1


def test_no_more_poisson_sources_share_the_chip_of_their_target_than_leave_room():
    neurons = [Population(name, 4, PopulationKind.NEURON) for name in "AB"]
    sources = [Population(f"p{k}", 4, PopulationKind.POISSON, {"rate": 9.0}) for k in range(12)]
    projections = [
        Projection(p.name, "B" if k == 3 else "A", OneToOne(), Constant(0.1), Constant(0.1))
        for k, p in enumerate(sources)
    ]
    spec = NetworkSpec("many", (*neurons, *sources), tuple(projections))
    direct = [k for k in range(12) if is_direct_poisson(spec, 2 + k, 0.1)]
    assert direct == list(range(9))  # eight to A, and the one to B
