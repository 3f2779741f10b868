"""Emergency routing: around a blocked link and back to the path."""

import numpy as np
import pytest

from router import Link, mesh
from router.events import Fate
from router.params import FabricParams
from tests.router.by_hand import (
    CYCLE,
    HOP,
    INTO_CORE,
    LONG,
    NE,
    SUBMIT,
    E,
    N,
    S,
    at,
    count,
    delays,
    delivered,
    lost,
    never,
    send,
    sum_of,
    to,
)

ROUND = FabricParams(wait1_cycles=15, wait2_cycles=15)


@pytest.mark.parametrize("is_recognised", [False, True])
def test_a_packet_goes_around_a_dead_link(make, is_recognised):
    topology = mesh(4, 3, dead_links=[(1, 1, Link.E)])
    # Nothing is looked up at (1, 0), through which the packet goes.
    routes = {(1, 1): {1: E}, (1, 0): {1: to(8)}, (3, 1): {1: to(0)}}
    if is_recognised:
        routes[2, 1] = {1: to(9)}
    fabric = make(topology, routes, ROUND)
    send(fabric, (0, at(topology, 1, 1), 1))
    target = at(topology, 2, 1, 9) if is_recognised else at(topology, 3, 1, 0)
    n_hops = 2 if is_recognised else 3
    diverted = SUBMIT + 16 * CYCLE
    assert delivered(fabric.run(LONG)) == [(0, target, diverted + n_hops * HOP + INTO_CORE)]
    chip = topology.chip(1, 1)
    assert sum_of(fabric, "EMERGENCY_ROUTED") == count(fabric, chip, "EMERGENCY_ROUTED") == 1
    assert count(fabric, chip, "BUSY_CYCLES") == 17
    assert delays(fabric, chip) == {15: 1}  # 15 cycles are encoded with exponent 0
    assert sum_of(fabric, "DEFAULT_ROUTED_EXTERNAL_MULTICAST") == (not is_recognised)
    assert fabric.counters().link[chip, Link.S].tolist() == [1, 0]
    assert fabric.counters().link[topology.chip(1, 0), Link.NE].tolist() == [1, 0]
    assert fabric.copies().tolist() == [1]


@pytest.mark.parametrize("link", Link)
def test_every_link_has_a_way_around(make, link):
    topology = mesh(5, 5, dead_links=[(2, 2, link)])
    x, y = (np.array([2, 2]) + [(1, 0), (1, 1), (0, 1), (-1, 0), (-1, -1), (0, -1)][link]).tolist()
    fabric = make(topology, {(2, 2): {1: 1 << link}, (x, y): {1: to(0)}}, ROUND)
    send(fabric, (0, at(topology, 2, 2), 1))
    arrival = SUBMIT + 16 * CYCLE + 2 * HOP + INTO_CORE
    assert delivered(fabric.run(LONG)) == [(0, at(topology, x, y), arrival)]


@pytest.mark.parametrize("here_too", [0, NE])
def test_one_copy_is_both_diverted_and_normal(make, here_too):
    # At (1, 0), the copy that came by (1, 1) is a normal one and one that reverts.
    topology = mesh(3, 3, dead_links=[(1, 1, Link.E)])
    routes = {(1, 1): {1: E | S}, (1, 0): {1: to(2) | here_too}, (2, 1): {1: to(3)}}
    fabric = make(topology, routes, ROUND)
    send(fabric, (0, at(topology, 1, 1), 1))
    arrival = SUBMIT + 16 * CYCLE + HOP + INTO_CORE
    assert delivered(fabric.run(LONG)) == [
        (0, at(topology, 1, 0, 2), arrival),
        (0, at(topology, 2, 1, 3), arrival + HOP),
    ]
    assert fabric.copies().tolist() == [2]
    assert sum_of(fabric, "EMERGENCY_ROUTED") == 1
    assert fabric.counters().link[topology.chip(1, 1), Link.S].tolist() == [1, 0]
    assert fabric.counters().link[topology.chip(1, 0), Link.NE].tolist() == [1, 0]


def test_a_default_routed_copy_may_be_both_too(make):
    # Without an entry at (1, 1) the normal part goes straight on, south.
    topology = mesh(3, 3, dead_links=[(1, 2, Link.E)])
    routes = {(1, 2): {1: E | S}, (1, 0): {1: to(2)}, (2, 2): {1: to(3)}}
    fabric = make(topology, routes, ROUND)
    send(fabric, (0, at(topology, 1, 2), 1))
    found = {(packet, core) for packet, core, _ in delivered(fabric.run(LONG))}
    assert found == {(0, at(topology, 1, 0, 2)), (0, at(topology, 2, 2, 3))}
    assert count(fabric, topology.chip(1, 1), "DEFAULT_ROUTED_EXTERNAL_MULTICAST") == 1


def test_a_detour_that_is_blocked_as_well_does_not_help(make):
    topology = mesh(3, 3, dead_links=[(1, 1, Link.E), (1, 1, Link.S)])
    fabric = make(topology, {(1, 1): {1: E | N | to(0), 2: N}, (1, 2): {2: to(0)}}, ROUND)
    send(fabric, (0, at(topology, 1, 1), 1))
    activity = fabric.run(LONG)
    assert lost(activity) == [(0, topology.chip(1, 1), Fate.DROPPED, SUBMIT + 30 * CYCLE)]
    assert count(fabric, topology.chip(1, 1), "BUSY_CYCLES") == 31
    assert fabric.counters().link.sum() == 0


def test_a_core_has_no_detour(make):
    topology = mesh(3, 3, dead_links=[(1, 1, Link.E)])
    blocked = at(topology, 1, 1, 5)
    routes = {(1, 1): {1: E | to(5), 2: to(5)}}
    fabric = make(topology, routes, ROUND, receive_ps=never(topology, blocked))
    send(fabric, (0, at(topology, 1, 1), 2), (LONG, at(topology, 1, 1), 1))
    activity = fabric.run(2 * LONG)
    assert [packet for packet, *_ in lost(activity)] == [1]
    assert sum_of(fabric, "EMERGENCY_ROUTED") == 0


def test_a_packet_on_its_second_leg_is_not_diverted_again(make):
    topology = mesh(3, 3, dead_links=[(1, 1, Link.E), (1, 0, Link.NE)])
    fabric = make(topology, {(1, 1): {1: E}}, ROUND)
    send(fabric, (0, at(topology, 1, 1), 1))
    arrival = SUBMIT + 16 * CYCLE + HOP
    chip = topology.chip(1, 0)
    assert lost(fabric.run(LONG)) == [(0, chip, Fate.DROPPED, arrival + 30 * CYCLE)]


def test_the_detour_must_not_be_wanted_for_reverting(make):
    # At (1, 1) the packet reverts by NE, and its entry wants N, which is busy: its detour is NE.
    topology = mesh(3, 3, dead_links=[(1, 2, Link.E)])
    params = FabricParams(wait1_cycles=0, wait2_cycles=1, output_packets=1)
    routes = {(1, 2): {1: E | S, 2: to(1)}, (1, 1): {1: N, 2: N}, (2, 2): {1: to(3)}}
    fabric = make(topology, routes, params)
    arrival = SUBMIT + CYCLE + HOP
    middle = at(topology, 1, 1)
    local = [(arrival - SUBMIT - n * CYCLE, middle + core, 2) for n, core in ((5, 2), (4, 3))]
    send(fabric, (0, at(topology, 1, 2), 1), *local)
    activity = fabric.run(LONG)
    assert lost(activity) == [(0, topology.chip(1, 1), Fate.DROPPED, arrival + CYCLE)]
    assert activity.losses.outputs.tolist() == [N | NE]
    assert [packet for packet, _, _ in delivered(activity)] == [1, 2]


@pytest.mark.parametrize("saturates_both", [False, True])
def test_the_link_itself_is_preferred_to_its_detour(make, saturates_both):
    topology = mesh(2, 2)
    params = FabricParams(output_packets=1, wait1_cycles=0, wait2_cycles=240)
    both = E | S if saturates_both else E
    routes = {
        (0, 1): {1: both, 2: both, 3: E},
        (0, 0): dict.fromkeys((1, 2), to(4)),
        (1, 1): {1: to(1), 2: to(2), 3: to(3)},
    }
    fabric = make(topology, routes, params)
    cores = [at(topology, 0, 1, core) for core in range(3)]
    send(fabric, *((0, core, 1 + n) for n, core in enumerate(cores)))
    found = {core: time for packet, core, time in delivered(fabric.run(LONG)) if packet == 2}
    stalled = SUBMIT + 2 * CYCLE
    free = SUBMIT + params.link_packet_ps  # the second packet leaves the buffers
    k = (free - stalled) // CYCLE + 1
    arrival = {
        True: free + params.link_packet_ps + HOP + INTO_CORE,  # in the buffer until then
        False: stalled + CYCLE + 2 * HOP + INTO_CORE,
    }[saturates_both]
    assert found == {at(topology, 1, 1, 3): arrival}
    assert sum_of(fabric, "EMERGENCY_ROUTED") == (not saturates_both)
    assert delays(fabric, topology.chip(0, 1)) == ({min(15, k): 1} if saturates_both else {1: 1})


def test_the_emergency_phase_may_last_for_ever(make):
    topology = mesh(2, 1, dead_links=[(0, 0, Link.E)])
    params = FabricParams(wait1_cycles=0, wait2_cycles=None)
    fabric = make(topology, {(0, 0): {1: E}}, params)
    send(fabric, (0, 0, 1))
    assert lost(fabric.run(10**12)) == []
    (stall,) = fabric.stalls()
    assert (stall.blocked, stall.full) == (E, 0)
