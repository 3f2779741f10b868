"""Each kernel of routers and trees against its readable form, on random machines."""

import inspect

import networkx as nx
import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from mapping.check import kernels as check_kernels
from mapping.check import reference as check_reference
from mapping.route import kernels as route_kernels
from mapping.route import reference as route_reference
from mapping.route.steiner import kernels as steiner_kernels
from mapping.route.steiner import reference as steiner_reference
from mapping.tables import kernels as table_kernels
from mapping.tables import reference as table_reference
from mapping.trees import kernels as tree_kernels
from mapping.trees import reference as tree_reference
from tests.mapping.trees.strategies import forests, links_of, random_tree, topologies
from tests.parity.slow import examples

MODULES = {
    "check": (check_reference, check_kernels),
    "route": (route_reference, route_kernels),
    "steiner": (steiner_reference, steiner_kernels),
    "tables": (table_reference, table_kernels),
    "trees": (tree_reference, tree_kernels),
}
PAIRS = [
    pytest.param(getattr(readable, name), getattr(fast, name), id=f"{module}.{name}")
    for module, (readable, fast) in MODULES.items()
    for name in fast.__all__
    if callable(getattr(fast, name))
]
FORMS = pytest.mark.parametrize(
    "form", [lambda f: f, lambda f: getattr(f, "py_func", f)], ids=["compiled", "python"]
)
some = examples(60, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("module", MODULES)
def test_every_kernel_has_a_readable_form(module):
    readable, fast = MODULES[module]
    kernels = {name for name in fast.__all__ if callable(getattr(fast, name))}
    assert kernels <= set(readable.__all__)


@pytest.mark.parametrize(("readable", "fast"), PAIRS)
def test_parameters_are_the_same(readable, fast):
    expected = list(inspect.signature(readable).parameters)
    assert list(inspect.signature(getattr(fast, "py_func", fast)).parameters) == expected


def grow(function, topology, *arguments, scratch):
    """Call a kernel that makes a tree, with scratch arrays full of rubbish."""
    n = topology.n_chips
    used = [np.full(n, 7, dtype) for dtype in scratch]
    nodes = [np.full(n, 7, dtype) for dtype in (np.int32, np.int8, np.int32)]
    n_nodes = function(topology.neighbours, *arguments, *used, *nodes)
    return n_nodes, [column[: max(0, n_nodes)].tolist() for column in nodes]


@st.composite
def journeys(draw):
    """A machine, a source and targets, the nearest first or in any order."""
    topology = draw(topologies())
    rng = np.random.default_rng(draw(st.integers(0, 1 << 32)))
    n = topology.n_chips
    source = int(rng.integers(n))
    n_targets = draw(st.integers(0, min(n, 30)))
    targets = rng.choice(n, n_targets, replace=False).astype(np.int32)
    if draw(st.booleans()):
        targets = targets[np.argsort(topology.distance(source, targets), kind="stable")]
    return topology, source, targets


@FORMS
@some
@given(journeys(), st.sampled_from([0, 1, 3, 20]), st.booleans())
def test_grow_tree(form, journey, radius, is_shallow):
    topology, source, targets = journey
    place = topology.xy, topology.chip_id, topology.wrap
    arguments = topology, *place, source, targets, radius, is_shallow
    scratch = np.int32, np.int32, np.int32, np.int8
    expected = grow(route_reference.grow_tree, *arguments, scratch=scratch)
    assert grow(form(route_kernels.grow_tree), *arguments, scratch=scratch) == expected


@FORMS
@some
@given(journeys(), st.sampled_from([1, 3, 1000]), st.integers(0, 16), st.integers(0, 1 << 32))
def test_grow_cheapest(form, journey, spread, depth_cost, seed):
    topology, source, targets = journey
    more = np.random.default_rng(seed).integers(0, spread, (topology.n_chips, 6))
    arguments = topology, 16 + more, depth_cost, source, targets
    scratch = np.int32, np.int64, np.int32, np.int32, np.int32, np.int8
    expected = grow(route_reference.grow_cheapest, *arguments, scratch=scratch)
    assert grow(form(route_kernels.grow_cheapest), *arguments, scratch=scratch) == expected


@st.composite
def long_trees(draw):
    """A machine, a tree on it as edges at each chip, and chips that it must keep."""
    topology = draw(topologies())
    rng = np.random.default_rng(draw(st.integers(0, 1 << 32)))
    (chips,) = np.nonzero(rng.random(topology.n_chips) < draw(st.sampled_from([0.05, 0.2, 0.6])))
    root = int(rng.integers(topology.n_chips))
    joined = [root, *(there for there in chips.tolist() if there in _part(topology, root))]
    tree = random_tree(topology, joined, rng)
    is_terminal = np.zeros(topology.n_chips, bool)
    is_terminal[joined] = True
    edges = np.zeros(topology.n_chips, np.uint8)
    for here, link, above in zip(tree.chip, tree.in_link, tree.parent, strict=True):
        if above >= 0:
            edges[here] |= np.uint8(1 << link)
            edges[tree.chip[above]] |= np.uint8(1 << (link + 3) % 6)
    return topology, is_terminal, root, edges


def _part(topology, chip):
    return nx.node_connected_component(links_of(topology), chip)


@FORMS
@some
@given(long_trees())
def test_shorten_tree(form, case):
    topology, is_terminal, root, edges = case
    scratch = np.int32, np.int32, np.int8, np.int32, np.int8, np.int32, np.int8
    found = []
    for function in steiner_reference.shorten_tree, form(steiner_kernels.shorten_tree):
        mine = edges.copy()
        nodes = grow(function, topology, is_terminal, root, mine, scratch=scratch)
        found.append((nodes, mine.tolist()))
    assert found[0] == found[1]
    (n_nodes, (chips, *_)), _ = found[0]
    assert set(np.flatnonzero(is_terminal).tolist()) <= set(chips)
    assert n_nodes <= max(1, np.count_nonzero(edges))


def agree(form, name, *arguments):
    expected = getattr(tree_reference, name)(*arguments)
    found = form(getattr(tree_kernels, name))(*arguments)
    if not isinstance(expected, tuple):
        expected, found = (expected,), (found,)
    for one, other in zip(expected, found, strict=True):
        assert one.dtype == other.dtype
        assert one.tolist() == other.tolist()


@st.composite
def parents(draw):
    """Positions of parents of a few trees, each before its children."""
    sizes = draw(st.lists(st.integers(1, 12), max_size=4))
    rng = np.random.default_rng(draw(st.integers(0, 1 << 32)))
    above = [rng.integers(0, at) if at else -1 for size in sizes for at in range(size)]
    return np.cumsum([0, *sizes]).astype(np.int64), np.array(above, np.int32)


@FORMS
@given(parents())
def test_preorder(form, case):
    agree(form, "preorder", *case)


@FORMS
@some
@given(forests())
def test_trees(form, case):
    graph, placement, machine, forest = case
    n_chips = machine.topology.n_chips
    indptr, deliveries = forest.tree_indptr, forest.deliveries
    set_of_tree = np.zeros(forest.n_trees, np.int64)
    set_of_tree[forest.tree_of_net] = graph.net_targets
    nodes = forest.node_chip, forest.node_in_link, forest.node_parent
    reached = deliveries.indptr, deliveries.chip, set_of_tree
    agree(form, "find_targets", indptr, *nodes, *reached, n_chips)
    nets = np.argsort(forest.tree_of_net, kind="stable")
    net_indptr = np.searchsorted(forest.tree_of_net[nets], np.arange(forest.n_trees + 1))
    # a chip that the tree may lack
    source = (placement.chip[graph.net_vertex] + graph.n_nets % 2).astype(np.int32) % n_chips
    agree(form, "find_entries", indptr, forest.node_chip, net_indptr, nets, source, n_chips)
    parent, out_links, is_core = forest.node_parent, forest.node_out_links, forest.node_is_core
    agree(form, "furthest_targets", parent, out_links, forest.node_goes_up, is_core)
    weight = np.random.default_rng(forest.n_nodes).integers(0, 9, forest.n_nodes)
    agree(form, "sum_to_core", parent, out_links, is_core, weight)
