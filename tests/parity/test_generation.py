"""Rows of synapses: each kernel against its readable twin, on random networks."""

import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chipemu.generation import kernels, reference
from chipemu.generation.matrix import scratch_arrays
from chipemu.generation.plan import Scratch
from chipemu.synapses import block_bounds
from host.generate import plan_generation
from host.plan import number_members
from mapping.connectors import (
    AllToAll,
    ExplicitList,
    FixedInDegree,
    FixedOutDegree,
    FixedTotalNumber,
    OneToOne,
    PairwiseBernoulli,
)
from mapping.distributions import ClippedNormal, Constant, Exponential, LogNormal, Normal, Uniform
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection, Receptor
from tests.parity.slow import examples

DT_MS = 0.1


def compiled(function):
    return function


def python(function):
    return getattr(function, "py_func", function)


def is_kernel(member):
    return callable(member) and getattr(member, "__module__", "") == kernels.__name__


FORMS = pytest.mark.parametrize("form", [compiled, python])
KERNELS = {name for name, _ in inspect.getmembers(kernels, is_kernel)}

SEEDS = st.integers(0, 2**64 - 1)
WEIGHTS = st.sampled_from(
    [
        Constant(0.25),
        Normal(0.1, 0.2),
        ClippedNormal(0.5, 0.3, low=0.0, high=0.8),
        Uniform(0.1, 0.2),
        Exponential(0.3),
        LogNormal(-2.0, 0.5),
    ]
)
DELAYS = st.sampled_from(
    [
        Constant(0.1),
        Constant(0.7),
        Normal(0.4, 0.3),
        ClippedNormal(0.6, 0.4, low=0.05),
        Uniform(0.05, 0.95),
        Exponential(0.2),
        LogNormal(-1.0, 0.3),
    ]
)


@st.composite
def connectors(draw, n_pre, n_post, recurrent):
    """Any rule that can be met between these sizes."""
    flags = {"allow_autapses": draw(st.booleans()), "allow_multapses": draw(st.booleans())}
    targets = n_post - (recurrent and not flags["allow_autapses"])
    sources = n_pre - (recurrent and not flags["allow_autapses"])

    def count(limit):
        most = 2 * limit if flags["allow_multapses"] else limit
        return draw(st.integers(0, most) | st.just(most))

    rules = [
        lambda: AllToAll(flags["allow_autapses"]),
        lambda: PairwiseBernoulli(draw(st.floats(0, 1)), flags["allow_autapses"]),
        lambda: FixedTotalNumber(count(n_pre * targets), **flags),
        lambda: FixedOutDegree(count(targets), **flags),
        lambda: FixedInDegree(count(sources), **flags),
        lambda: draw(lists(n_pre, n_post)),
        *([OneToOne] if n_pre == n_post else []),
    ]
    return draw(st.sampled_from(rules))()


@st.composite
def lists(draw, n_pre, n_post):
    pairs = draw(
        st.lists(st.tuples(st.integers(0, n_pre - 1), st.integers(0, n_post - 1)), max_size=20)
    )
    pre, post = np.array(pairs, np.int32).reshape(-1, 2).T

    def values(high):
        numbers = draw(st.lists(st.floats(0, high), min_size=len(pairs), max_size=len(pairs)))
        return np.array(numbers, np.float64) if draw(st.booleans()) else None

    return ExplicitList(pre, post, values(2.0), values(3.0))


@st.composite
def networks(draw):
    """Two neuron populations and two kinds of sources, with a few projections of any rule."""
    size = st.integers(1, 9)
    same = draw(size)
    neuron = PopulationKind.NEURON
    populations = (
        Population("S", draw(size), PopulationKind.SPIKE_ARRAY),
        Population("A", same, neuron),
        Population("P", same, PopulationKind.POISSON),
        Population("B", draw(size | st.just(same)), neuron),
    )
    sizes = {p.name: p.size for p in populations}
    projections = []
    for _ in range(draw(st.integers(1, 6))):
        pre, post = draw(st.sampled_from("SAPB")), draw(st.sampled_from("AB"))
        connector = draw(connectors(sizes[pre], sizes[post], pre == post))
        receptor = draw(st.sampled_from(Receptor))
        projections.append(Projection(pre, post, connector, draw(WEIGHTS), draw(DELAYS), receptor))
    return NetworkSpec("random", populations, tuple(projections))


@st.composite
def plans(draw):
    spec = draw(networks())
    numbering = number_members(spec, [])
    shifts = {"A": (0, 3), "B": (1, 2)}
    plan = plan_generation(spec, numbering, shifts, DT_MS, draw(SEEDS))
    n_blocks = draw(st.integers(1, 3))
    blocks = block_bounds(numbering.n_neurons, 1)
    if n_blocks > 1:
        blocks = np.arange(n_blocks + 1, dtype=np.int64) * numbering.n_neurons // n_blocks
    return plan, blocks, spec.delay_slots(DT_MS) - 1


def one_thread(plan, n_places=1):
    return Scratch(*(part[0] for part in scratch_arrays(plan, n_places, 1)))


def test_every_kernel_has_a_reference_and_the_reverse():
    assert set(reference.__all__) == KERNELS


@pytest.mark.parametrize("name", sorted(KERNELS))
def test_signatures_match(name):
    fast, slow = python(getattr(kernels, name)), getattr(reference, name)
    assert list(inspect.signature(fast).parameters) == list(inspect.signature(slow).parameters)


@FORMS
@examples(60)
@given(planned=plans())
def test_expand(form, planned):
    plan, _, _ = planned
    fast, slow = one_thread(plan), one_thread(plan)
    for row, source in enumerate(plan.row_source.tolist()):
        group, at = plan.row_group[row], 0
        for p in range(*plan.group_start[group : group + 2].tolist()):
            end = form(kernels.expand)(source, p, plan, fast, at)
            assert end == reference.expand(source, p, plan, slow, at)
            for name in ("target", "weight", "delay"):
                np.testing.assert_array_equal(
                    getattr(fast, name)[:end], getattr(slow, name)[:end], err_msg=name
                )
            assert not fast.seen.any()
            at = end
        assert at == plan.row_start[row + 1] - plan.row_start[row]


@FORMS
@given(
    synapses=st.lists(
        st.tuples(st.integers(0, 99), st.integers(0, 0xFFFF), st.integers(1, 7)), max_size=50
    ),
    cuts=st.sets(st.integers(1, 99), max_size=3),
)
def test_pack(form, synapses, cuts):
    block_lo = np.array([0, *sorted(cuts), 100], np.int64)
    n, n_places = len(synapses), 7 * (block_lo.size - 1)

    def packed(function):
        columns = np.array(synapses, np.int64).reshape(-1, 3).T.copy()
        place, following = np.zeros(n, np.int64), np.zeros(n_places, np.int64)
        nothing = np.zeros(0, np.uint32), np.zeros(0, np.uint8)
        scratch = Scratch(*columns, place, following, *nothing)
        words, segments = np.zeros(n, np.uint32), np.full(n_places + 1, 9, np.uint32)
        function(n, scratch, block_lo, 7, words, segments)
        return words.tolist(), segments.tolist(), scratch.target.tolist()

    assert packed(form(kernels.pack)) == packed(reference.pack)


@FORMS
@examples(40)
@given(planned=plans())
def test_generate_row(form, planned):
    plan, block_lo, n_delays = planned
    n_places = (block_lo.size - 1) * n_delays
    fast, slow = one_thread(plan, n_places), one_thread(plan, n_places)
    for row, length in enumerate(np.diff(plan.row_start).tolist()):
        made = []
        for function, scratch in (
            (form(kernels.generate_row), fast),
            (reference.generate_row, slow),
        ):
            words, segments = np.zeros(length, np.uint32), np.zeros(n_places + 1, np.uint32)
            function(row, plan, scratch, block_lo, n_delays, words, segments)
            made.append([words.tolist(), segments.tolist()])
        assert made[0] == made[1]


@FORMS
@examples(40)
@given(planned=plans(), n_chunks=st.integers(1, 3))
def test_generate_rows(form, planned, n_chunks):
    plan, block_lo, n_delays = planned
    n_rows, n_places = plan.row_group.size, (block_lo.size - 1) * n_delays
    bounds = np.arange(n_chunks + 1, dtype=np.int64) * n_rows // n_chunks

    def made(function):
        scratches = scratch_arrays(plan, n_places, n_chunks)
        words = np.zeros(plan.row_start[-1], np.uint32)
        segments = np.zeros((n_rows, n_places + 1), np.uint32)
        function(bounds, plan, scratches, block_lo, n_delays, words, segments)
        return words.tolist(), segments.tolist()

    assert made(form(kernels.generate_rows)) == made(reference.generate_rows)
