"""Kernels of tables and of the check against their readable forms, on random forests."""

from unittest import mock

import networkx as nx
import numpy as np
from hypothesis import HealthCheck, assume, given
from hypothesis import strategies as st

from mapping.check import kernels as check_kernels
from mapping.check import reference as check_reference
from mapping.keys import KEY_ALLOCATORS
from mapping.route import ner, shared
from mapping.tables import build_tables
from mapping.tables import reference as table_reference
from tests.mapping.trees.strategies import forests, links_of, placed_graphs, topologies
from tests.parity.slow import examples

some = examples(60, suppress_health_check=[HealthCheck.too_slow])


def same(found, expected):
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


def agree_on_tables(graph, forest, n_chips):
    for allocate in KEY_ALLOCATORS.values():
        arguments = graph, forest, allocate(graph, forest), n_chips
        found = build_tables(*arguments)
        with mock.patch("mapping.tables.build.kernels", table_reference):
            expected = build_tables(*arguments)
        for name in ("indptr", "key", "mask", "route"):
            same([getattr(found.tables, name)], [getattr(expected.tables, name)])
        same([found.is_default], [expected.is_default])


@some
@given(forests())
def test_list_entries(case):
    graph, _, machine, forest = case
    agree_on_tables(graph, forest, machine.topology.n_chips)


@some
@given(st.data(), st.sampled_from([ner.route, shared.route]))
def test_list_entries_of_routers(data, route):
    topology = data.draw(topologies())
    graph, placement, machine = data.draw(placed_graphs(topology))
    parts = _parts(topology)
    assume(len({parts[chip] for chip in placement.chip.tolist()}) <= 1)
    agree_on_tables(graph, route(graph, placement, machine), topology.n_chips)


def _parts(topology):
    """A chip of the part of the machine to which each chip belongs."""
    return {
        chip: min(part) for part in nx.connected_components(links_of(topology)) for chip in part
    }


@st.composite
def ordered_tables(draw):
    """Overlapping entries with any masks on a few chips, and ascending keys of packets."""
    rng = np.random.default_rng(draw(st.integers(0)))
    n_bits = draw(st.sampled_from([4, 8]))
    shift = draw(st.sampled_from([0, 32 - n_bits]))
    indptr = np.cumsum([0, *draw(st.lists(st.integers(0, 12), max_size=4))])
    n = indptr[-1]
    kinds = rng.integers(0, 3, n)
    runs = (1 << n_bits) - (1 << rng.integers(0, n_bits + 1, n))
    mask = np.where(kinds == 0, rng.integers(0, 1 << n_bits, n), runs)
    key = rng.integers(0, 1 << n_bits, n) & mask
    above = 0 if shift else (1 << 32) - (1 << n_bits)
    mask = np.where(kinds == 2, mask, mask | above >> shift)
    packets = np.flatnonzero(rng.random(1 << n_bits) < draw(st.sampled_from([0, 0.3, 1])))
    words = [(one << shift).astype(np.uint32) for one in (packets, key, mask)]
    low = np.uint32((1 << shift) - 1) * draw(st.booleans())  # of the bits below `shift`, if any
    words[2] |= np.uint32(low)
    return words[0], indptr, words[1], words[2], rng.integers(0, 1 << 24, n).astype(np.uint32)


@given(ordered_tables())
def test_look_up(case):
    same([check_kernels.look_up(*case)], [check_reference.look_up(*case)])


@st.composite
def journeys(draw):
    """Routes of packets on each chip, right, partly wrong or random, and what is to be reached."""
    topology = draw(topologies())
    rng = np.random.default_rng(draw(st.integers(0)))
    n_chips, n_packets = topology.n_chips, draw(st.integers(0, 4))
    share = draw(st.sampled_from([0.02, 0.1, 0.5]))  # of links that packets take
    links = np.zeros((n_chips, n_packets), np.uint32)
    wanted = [(0, chip) for chip in range(n_chips) if rng.random() < 0.3]
    wanted += [(1, chip) for chip in range(n_chips) if rng.random() < 0.3]
    indptr = np.searchsorted([one for one, _ in wanted], np.arange(3)).astype(np.int64)
    chips = np.array([chip for _, chip in wanted], np.int32)
    cores = rng.integers(1, 1 << 18, len(wanted)).astype(np.uint32) << np.uint32(6)
    target_set = np.sort(rng.integers(0, 2, n_packets)).astype(np.int32)
    source = rng.integers(0, n_chips, n_packets).astype(np.int32)
    for packet in range(n_packets):
        for link in range(6):
            leaves = (rng.random(n_chips) < share) & (topology.neighbours[:, link] >= 0)
            links[leaves, packet] |= np.uint32(1 << link)
        here = slice(*indptr[target_set[packet] :][:2])
        if rng.random() < 0.5:  # a path that may deliver all: only its own chips are wanted
            links[chips[here], packet] |= cores[here]
        reached = _reached(topology, links[:, packet], int(source[packet]))
        links[~reached, packet] = rng.choice([0, 1, 0xFFFFFFFF])
    is_wrong = rng.random(links.shape) < draw(st.sampled_from([0, 0, 0.05]))
    links[is_wrong] = rng.choice([0, 1, 64, 63, 0xFFFFFFFF], np.count_nonzero(is_wrong))
    return links, topology.neighbours, source, target_set, indptr, chips, cores


def _reached(topology, route, source):
    reached, pending = np.zeros(topology.n_chips, bool), [source]
    while pending:
        chip = pending.pop()
        if not reached[chip]:
            reached[chip] = True
            there = topology.neighbours[chip]
            pending += [int(there[link]) for link in range(6) if route[chip] >> link & 1]
    return reached


@examples(100)
@given(journeys())
def test_follow_random_routes(case):
    assert check_kernels.follow(*case) == check_reference.follow(*case)


@some
@given(forests(), st.integers(0), st.sampled_from([0, 0, 1, 3]))
def test_follow_tables(case, seed, n_faults):
    graph, placement, machine, forest = case
    keys = KEY_ALLOCATORS["tree"](graph, forest)
    tables = build_tables(graph, forest, keys, machine.topology.n_chips).tables
    order = np.argsort(keys.key)
    route, rng = tables.route.copy(), np.random.default_rng(seed)
    for _ in range(n_faults if len(route) else 0):
        route[rng.integers(len(route))] ^= np.uint32(1) << np.uint32(rng.integers(24))
    arguments = keys.key[order], tables.indptr, tables.key, tables.mask, route
    routes = check_kernels.look_up(*arguments)
    same([routes], [check_reference.look_up(*arguments)])
    wanted = forest.deliveries
    packets = (
        routes,
        machine.topology.neighbours,
        placement.chip[graph.net_vertex][order],
        graph.net_targets[order],
        wanted.indptr,
        wanted.chip,
        wanted.cores,
    )
    expected = check_reference.follow(*packets)
    assert check_kernels.follow(*packets) == expected
    assert n_faults or expected[2] == 0
