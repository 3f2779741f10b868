"""Circles of waiting routers."""

from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router import Link, RoutingTable, RoutingTables, mesh
from router.deadlock import describe, find_cycle
from router.events import Stall
from router.packets import CORES_PER_CHIP, Sends
from router.params import FabricParams
from router.table import FIRST_CORE_BIT
from tests.router.by_hand import FABRICS


def stall(chip, *full, blocked=()):
    bits, others = (sum(1 << link for link in links) for links in (full, blocked))
    return Stall(
        chip=chip, since_ps=0, packet=chip, outputs=bits | others, blocked=bits | others, full=bits
    )


def test_a_circle_in_the_order_of_waiting():
    machine = mesh(2, 2)
    places = [machine.chip(x, y) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))]
    stalls = [stall(chip, link) for chip, link in zip(places, (0, 2, 3, 5), strict=True)]
    cycle = find_cycle(sorted(stalls, key=lambda s: s.chip), machine)
    assert cycle == tuple(places)
    assert describe(cycle, machine) == "(0, 0) -E-> (1, 0) -N-> (1, 1) -W-> (0, 1) -S-> (0, 0)"


def test_two_routers_may_wait_for_each_other():
    machine = mesh(3, 1)
    stalls = [stall(0, Link.E), stall(1, Link.E), stall(2, Link.W)]
    assert find_cycle(stalls, machine) == (1, 2)
    assert describe((1, 2), machine) == "(1, 0) -E-> (2, 0) -W-> (1, 0)"


def test_a_chain_is_no_circle():
    machine = mesh(4, 1, wrap=True)
    # the last router waits for a core only, or is not stalled at all
    chain = [stall(chip, Link.E) for chip in range(3)]
    assert find_cycle([*chain, stall(3, blocked=[6])], machine) == ()
    assert find_cycle(chain, machine) == ()
    assert find_cycle([], machine) == ()
    assert describe((), machine) == "no circle of waiting routers"
    assert find_cycle([*chain, stall(3, Link.E)], machine) == (0, 1, 2, 3)


def test_links_that_are_blocked_but_not_full_are_not_waited_for():
    machine = mesh(2, 1)
    assert find_cycle([stall(0, Link.E), stall(1, blocked=[Link.W])], machine) == ()


def test_full_links_that_lead_nowhere_are_no_circle():
    machine = mesh(2, 1, dead_links=[(0, 0, Link.E)])
    assert find_cycle([stall(0, Link.E), stall(1, Link.W)], machine) == ()


def test_every_link_between_two_chips_is_named():
    machine = mesh(2, 1, wrap=True)
    assert describe((0, 1), machine).startswith("(0, 0) -E/NE/W/SW-> (1, 0)")


@pytest.mark.parametrize("wrap", [False, True])
@given(data=st.data())
def test_a_circle_is_found_just_if_there_is_one(wrap, data):
    machine = mesh(3, 3, wrap=wrap, dead_links=[(1, 1, Link.E)])
    full = st.sets(st.sampled_from(list(Link)), max_size=2)
    links = {chip: data.draw(full) for chip in data.draw(st.sets(st.integers(0, 8)))}
    waits = nx.DiGraph(
        (chip, int(machine.neighbours[chip, link]))
        for chip, its in links.items()
        for link in its
        if machine.neighbours[chip, link] >= 0
    )
    stalls = [stall(chip, *its) for chip, its in links.items()]
    cycle = find_cycle(stalls, machine)
    assert bool(cycle) != nx.is_directed_acyclic_graph(waits)
    assert len(set(cycle)) == len(cycle)
    assert cycle[:1] == (min(cycle, default=()),)[: len(cycle)]
    for chip, to in zip(cycle, (*cycle[1:], *cycle[:1]), strict=True):
        assert waits.has_edge(chip, to)


def around_a_ring(n_chips):
    """Tables of a ring that bring key k, sent two chips to its west, to core 1 of chip k."""
    return RoutingTables.join(
        [
            RoutingTable(
                np.array([chip, (chip + 2) % n_chips], np.uint32),
                np.full(2, 0xFFFFFFFF, np.uint32),
                np.array([1 << (FIRST_CORE_BIT + 1), 1 << Link.E], np.uint32),
            )
            for chip in range(n_chips)
        ]
    )


def burst_on_a_ring(n_chips, n_packets):
    """Four cores of each chip send as fast as they can."""
    chip, core, n = (a.ravel() for a in np.indices((n_chips, 4, n_packets)))
    return Sends.sort(50_000 * n, CORES_PER_CHIP * chip + 2 + core, (chip + 2) % n_chips)


SHALLOW = FabricParams(wait1_cycles=None, input_packets=1, output_packets=1)


@pytest.mark.parametrize("make", FABRICS)
@pytest.mark.parametrize("n_chips", [3, 5])
def test_a_full_ring_stands_still_for_ever(make, n_chips):
    machine = mesh(n_chips, 1, wrap=True)
    fabric = make(machine, around_a_ring(n_chips), SHALLOW)
    fabric.send(burst_on_a_ring(n_chips, 50))
    fabric.run(10_000_000)
    cycle = find_cycle(fabric.stalls(), machine)
    assert cycle == tuple(range(n_chips))
    stalls, in_flight = fabric.stalls(), fabric.in_flight()
    later = fabric.run(10_000_000_000)
    assert len(later.deliveries) == len(later.losses) == 0
    assert fabric.stalls() == stalls
    np.testing.assert_array_equal(fabric.in_flight(), in_flight)


@pytest.mark.parametrize("make", FABRICS)
def test_a_time_out_breaks_the_circle(make):
    machine = mesh(5, 1, wrap=True)
    fabric = make(machine, around_a_ring(5), replace(SHALLOW, wait1_cycles=240))
    sends = burst_on_a_ring(5, 50)
    fabric.send(sends)
    fabric.run(1_700_000)
    assert find_cycle(fabric.stalls(), machine) == (0, 1, 2, 3, 4)  # for a while
    activity = fabric.run(10_000_000_000)
    assert fabric.stalls() == []
    assert len(fabric.in_flight()) == 0
    assert len(activity.losses) > 0


@pytest.mark.parametrize("make", FABRICS)
@settings(max_examples=20)
@given(seed=st.integers(0, 1 << 16))
def test_a_circle_never_dissolves_without_time_outs(make, seed):
    """Random routes on a torus, among them some into cores that take their time."""
    rng = np.random.default_rng(seed)
    machine = mesh(3, 3, wrap=True)
    routes = 1 << rng.choice([*Link, FIRST_CORE_BIT + 1], (9, 8))
    routes |= (rng.random((9, 8)) < 0.3) << (FIRST_CORE_BIT + 2)
    tables = RoutingTables.join(
        [
            RoutingTable(
                np.arange(8, dtype=np.uint32), np.full(8, 7, np.uint32), row.astype(np.uint32)
            )
            for row in routes
        ]
    )
    n = 400
    sends = Sends.sort(
        rng.integers(0, 20_000_000, n),
        rng.integers(0, 9 * CORES_PER_CHIP, n),
        rng.integers(0, 8, n),
    )
    fabric = make(machine, tables, replace(SHALLOW, is_reinjecting=False))
    fabric.send(sends)
    found = ()
    for until_us in range(1, 41):
        fabric.run(until_us * 1_000_000)
        standing = {stall.chip: stall.packet for stall in fabric.stalls()}
        assert all(standing.get(chip) == packet for chip, packet in found)
        cycle = find_cycle(fabric.stalls(), machine)
        found = found or tuple((chip, standing[chip]) for chip in cycle)
