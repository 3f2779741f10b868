"""What all key allocators keep, and where each puts its blocks."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mapping import (
    Budgets,
    DoesNotFitError,
    Layout,
    Machine,
    NetworkSpec,
    Population,
    PopulationKind,
    Projection,
)
from mapping.check import check
from mapping.compress import COMPRESSORS, first_difference
from mapping.connectors import OneToOne, PairwiseBernoulli
from mapping.distributions import Constant
from mapping.graph import Role
from mapping.keys import KEY_ALLOCATORS, NO_KEY, stage_key, stream_keys
from mapping.pipeline import MappingOptions, cut_network
from mapping.place import PLACERS, Placement, Search
from mapping.route import ROUTERS
from mapping.tables import build_tables
from router import mesh
from tests.mapping.trees.strategies import forests, make_graph

some = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
ALLOCATORS = pytest.mark.parametrize("name", sorted(KEY_ALLOCATORS))


@st.composite
def networks(draw):
    """Up to three populations, some of spike sources, with delays that may need delay cores."""
    sizes = draw(st.lists(st.sampled_from([1, 5, 40, 90]), min_size=1, max_size=3))
    kinds = [PopulationKind.NEURON, *draw(st.permutations(list(PopulationKind)[:3]))]
    populations = tuple(
        Population(f"p{i}", size, kind, expected_rate_hz=30.0)
        for i, (size, kind) in enumerate(zip(sizes, kinds, strict=False))
    )
    projections = []
    for _ in range(draw(st.integers(1, 5))):
        pre, post = draw(st.sampled_from(populations)), populations[0]
        rules = [PairwiseBernoulli(0.3), PairwiseBernoulli(1.0)]
        rules += [OneToOne()] if pre.size == post.size else []
        connector, delay_ms = draw(st.sampled_from(rules)), draw(st.sampled_from([0.1, 3.0, 6.0]))
        constants = Constant(0.1), Constant(delay_ms)
        projections.append(Projection(pre.name, post.name, connector, *constants))
    return NetworkSpec("random", populations, tuple(projections))


def blocks_are_right(graph, keys):
    """Disjoint, aligned, with room for each member at each stage, told apart by the key."""
    length = (~keys.mask).astype(np.int64) + 1
    first = keys.key.astype(np.int64)
    assert (np.bitwise_count(length) == 1).all()
    assert (first % length == 0).all()
    order = np.argsort(first)
    assert (first[order][1:] >= (first + length)[order][:-1]).all()
    found = set()
    for net, vertex in enumerate(graph.net_vertex.tolist()):
        is_delay = graph.role[vertex] == Role.DELAY
        stages = np.arange(graph.n_streams[vertex])[:, None] + int(is_delay)
        members = np.arange(graph.n_members[vertex])
        own = stage_key(graph, keys, np.array(net), stages, members)
        assert ((own & keys.mask[net]) == keys.key[net]).all()
        found.update(own.ravel().tolist())
    assert len(found) == (graph.n_members * graph.n_streams)[graph.net_vertex].sum()


@ALLOCATORS
@some
@given(forests())
def test_blocks_on_any_forest(name, case):
    graph, _, _, forest = case
    blocks_are_right(graph, KEY_ALLOCATORS[name](graph, forest))


@pytest.mark.parametrize("router", ["ner", "shared"])
@ALLOCATORS
@some
@given(networks(), st.sampled_from([1, 7, 8, 64]), st.sampled_from([None, 8, 16]), st.data())
def test_networks_through_all_compressors(name, router, spec, neurons_per_core, slots, data):
    layout = data.draw(st.sampled_from(list(Layout)))
    options = MappingOptions(
        layout=Layout.HOMOGENEOUS if neurons_per_core == 1 else layout,
        neurons_per_core=neurons_per_core,
        delay_slots=slots,
    )
    machine = Machine(mesh(8, 8, wrap=True, dead_chips=[(3, 3), (5, 1)], dead_links=[(1, 1, 0)]))
    graph = cut_network(spec, machine.budgets, options)
    placement = PLACERS["hilbert"](graph, machine, Search())
    forest = ROUTERS[router](graph, placement, machine)
    keys = KEY_ALLOCATORS[name](graph, forest)
    blocks_are_right(graph, keys)
    made = build_tables(graph, forest, keys, machine.topology.n_chips)
    sizes = {}
    for compressor, compress in COMPRESSORS.items():
        tables = compress(made, machine)
        assert first_difference(made, tables) is None
        check(graph, placement, keys, tables, machine)
        assert (tables.n_entries <= made.tables.n_entries).all()
        sizes[compressor] = tables.n_entries.sum()
    assert sizes["none"] >= sizes["default"] >= sizes["pair"] >= sizes["ordered"]


def cut(spec, neurons_per_core, **options):
    layout = Layout.HOMOGENEOUS
    options = MappingOptions(layout=layout, neurons_per_core=neurons_per_core, **options)
    return cut_network(spec, Budgets(), options)


@pytest.fixture
def keys_of(microcircuit):
    """Graph and keys of the small microcircuit; `flat` and `population` need no forest."""

    def build(name, neurons_per_core, **sizes):
        graph = cut(microcircuit(**sizes), neurons_per_core)
        return graph, KEY_ALLOCATORS[name](graph, None)

    return build


@pytest.mark.parametrize("name", ["flat", "population"])
@pytest.mark.parametrize("neurons_per_core", [1, 7, 16, 64, 100])
def test_every_member_has_a_key_of_its_own(keys_of, name, neurons_per_core):
    graph, keys = keys_of(name, neurons_per_core)
    blocks_are_right(graph, keys)
    for population, size in enumerate([200, 50, 200, 50]):
        found = stream_keys(graph, keys, population, size)
        assert found.shape == (1, size)
        assert (found != NO_KEY).all()
        assert len(np.unique(found)) == size


def test_slices_of_a_population_lie_side_by_side_in_an_aligned_block(keys_of):
    graph, keys = keys_of("population", 16)
    population = graph.population[graph.net_vertex]
    for one, n_slices in ((0, 16), (1, 4)):
        block = keys.key[population == one]
        assert (np.diff(block) == 16).all()
        assert block[0] % (16 * n_slices) == 0


def test_the_largest_block_comes_first(keys_of):
    graph, keys = keys_of("population", 16, n_excitatory=20, n_inhibitory=200)
    first = graph.population[graph.net_vertex[np.argmin(keys.key)]]
    assert graph.n_members[graph.population == first].sum() == 200


def test_flat_keys_leave_no_gaps(keys_of):
    _, keys = keys_of("flat", 16)
    order = np.argsort(keys.key)
    length = (~keys.mask).astype(np.int64)[order] + 1
    assert keys.key[order].tolist() == (np.cumsum(length) - length).tolist()
    assert set(length.tolist()) == {16, 8, 2}  # 200 and 50 neurons in slices of 16


@pytest.mark.parametrize(("name", "need"), [("flat", 500), ("population", 640)])
def test_more_keys_than_there_are_do_not_fit(keys_of, monkeypatch, name, need):
    monkeypatch.setattr("mapping.keys.keymap.KEY_BITS", 8)
    with pytest.raises(DoesNotFitError, match=rf"routing keys: need {need}, limit 256"):
        keys_of(name, 16)


@pytest.mark.parametrize(
    ("key_bits", "firsts"),
    [
        (32, [0, 4, 8, 16, 20, 24, 32, 36]),
        (6, [0, 4, 8, 16, 20, 24, 32, 36]),
        (5, [0, 4, 8, 12, 16, 20, 24, 28]),
    ],
)
def test_senders_of_a_chip_have_an_aligned_block_if_keys_suffice(monkeypatch, key_bits, firsts):
    chip, core = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2]), np.array([1, 2, 3, 1, 2, 3, 1, 2, 3])
    placement = Placement(chip.astype(np.int32), core.astype(np.int16))
    graph = make_graph([0] * 8 + [1], list(range(8)), [{8}] * 8, [1.0] * 8)
    forest = ROUTERS["shared"](graph, placement, Machine(mesh(3, 1)))
    monkeypatch.setattr("mapping.keys.keymap.KEY_BITS", key_bits)
    keys = KEY_ALLOCATORS["tree"](graph, forest)
    assert sorted(keys.key.tolist()) == firsts
    for one in range(3):
        own = keys.key[placement.chip[graph.net_vertex] == one]
        assert own.max() - own.min() == 4 * (len(own) - 1)


def test_a_delay_core_has_a_block_for_its_stages():
    population = Population("p", 20, PopulationKind.NEURON, expected_rate_hz=1.0)
    projection = Projection("p", "p", PairwiseBernoulli(1.0), Constant(0.1), Constant(6.0))
    graph = cut(NetworkSpec("late", (population,), (projection,)), 10, delay_slots=16)
    keys = KEY_ALLOCATORS["population"](graph, None)
    is_delay = graph.role[graph.net_vertex] == Role.DELAY
    assert is_delay.any()
    n_stages = graph.n_streams[graph.net_vertex[is_delay]]
    assert (n_stages > 1).all()
    assert (~keys.mask[is_delay] + 1 >= 16 * n_stages).all()
    found = stream_keys(graph, keys, 0, 20)
    assert found.shape == (graph.n_stages, 20)
    used = found[found != NO_KEY]
    assert len(np.unique(used)) == len(used) >= 20 * n_stages.max()
