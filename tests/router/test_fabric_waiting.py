"""Packets that wait: for links, cores and routers, and how long."""

from collections import Counter

import pytest

from router import Link, mesh
from router.events import Fate
from router.packets import CORES_PER_CHIP, Sends
from router.params import FabricParams
from tests.router.by_hand import (
    CYCLE,
    HOP,
    INTO_CORE,
    LONG,
    PARAMS,
    SUBMIT,
    E,
    W,
    at,
    count,
    delays,
    delivered,
    lost,
    never,
    send,
    to,
)


def test_the_second_packet_waits_for_the_link(make):
    topology = mesh(2, 1)
    fabric = make(topology, {(0, 0): {1: E, 2: E}, (1, 0): {1: to(1), 2: to(2)}})
    send(fabric, (0, 0, 1), (0, 1, 2))
    first = SUBMIT + HOP + INTO_CORE
    assert delivered(fabric.run(LONG)) == [
        (0, at(topology, 1, 0, 1), first),
        (1, at(topology, 1, 0, 2), first + PARAMS.link_packet_ps),
    ]
    assert count(fabric, 0, "UNDELAYED") == 2  # it waited in the buffer, not in the router


def test_a_busy_core_is_ready_after_its_receive_time(make):
    fabric = make(mesh(1, 1), {(0, 0): {1: to(9)}})
    send(fabric, (0, 0, 1), (0, 1, 1), (0, 2, 1))
    first = SUBMIT + INTO_CORE
    times = [time for _, _, time in delivered(fabric.run(LONG))]
    assert times == [first + n * PARAMS.receive_ps for n in range(3)]


def test_buffers_fill_up_to_the_sender(make):
    topology = mesh(2, 1)
    params = FabricParams(wait1_cycles=None)
    sink = at(topology, 1, 0, 0)
    fabric = make(
        topology,
        {(0, 0): {1: E}, (1, 0): {1: to(0)}},
        params,
        receive_ps=never(topology, sink),
    )
    send(fabric, *((0, core, 1) for core in range(12)))
    assert delivered(fabric.run(LONG)) == []
    taken_there = 2  # one in the receive register, one stalled
    begun = taken_there + params.input_packets
    taken_here = begun + params.output_packets + 1
    assert count(fabric, 1, "EXTERNAL_MULTICAST") == taken_there
    assert fabric.counters().link[0, Link.E].tolist() == [begun, 0]
    assert count(fabric, 0, "LOCAL_MULTICAST") == taken_here
    assert fabric.in_flight().tolist() == list(range(12))
    here, there = fabric.stalls()
    assert (here.chip, here.packet, here.outputs, here.blocked, here.full) == (0, 6, E, E, E)
    assert (there.chip, there.packet, there.outputs) == (1, 1, to(0))
    assert (there.blocked, there.full) == (to(0), 0)
    assert there.since_ps == SUBMIT + params.link_packet_ps + HOP


def test_a_link_that_sends_is_not_full_until_it_has_finished(make):
    topology = mesh(2, 1)
    params = FabricParams(wait1_cycles=None, output_packets=1)
    fabric = make(topology, {(0, 0): {1: E}, (1, 0): {1: to(0)}}, params)
    send(fabric, *((0, core, 1) for core in range(3)))
    fabric.run(SUBMIT + 3 * CYCLE)
    (stall,) = fabric.stalls()
    assert (stall.since_ps, stall.packet, stall.blocked, stall.full) == (
        SUBMIT + 2 * CYCLE,
        2,
        E,
        0,
    )


@pytest.mark.parametrize("wait1", [0, 1, 15, 46, 240, 480, 31 << 14])
def test_the_head_of_the_line_is_dropped_after_exactly_wait1(make, wait1):
    topology = mesh(1, 1)
    params = FabricParams(wait1_cycles=wait1)
    fabric = make(topology, {(0, 0): {1: to(5), 2: to(6)}}, params, receive_ps=never(topology, 5))
    send(fabric, (0, 0, 1), (0, 1, 1), (0, 2, 2))
    activity = fabric.run(10 * LONG)
    dropped = SUBMIT + CYCLE + wait1 * CYCLE
    assert lost(activity) == [(1, 0, Fate.DROPPED, dropped)]
    assert activity.losses.outputs.tolist() == [to(5)]
    assert delivered(activity) == [(2, 6, dropped + CYCLE + INTO_CORE)]
    assert fabric.in_flight().tolist() == [0]
    assert count(fabric, 0, "DROPPED_MULTICAST") == 1
    assert count(fabric, 0, "BUSY_CYCLES") == 1 + (1 + wait1) + 1
    assert count(fabric, 0, "UNDELAYED") == 2
    assert delays(fabric, 0) == {}


def test_without_a_time_out_the_head_of_the_line_stays(make):
    topology = mesh(1, 1)
    params = FabricParams(wait1_cycles=None, wait2_cycles=1)
    fabric = make(topology, {(0, 0): {1: to(5), 2: to(6)}}, params, receive_ps=never(topology, 5))
    send(fabric, (0, 0, 1), (0, 1, 1), (0, 2, 2))
    activity = fabric.run(10**12)
    assert (delivered(activity), lost(activity)) == ([], [])
    assert fabric.in_flight().tolist() == [0, 1, 2]
    (stall,) = fabric.stalls()
    assert (stall.since_ps, stall.packet) == (SUBMIT + CYCLE, 1)


@pytest.mark.parametrize(("early_ps", "attempt"), [(0, 10), (1, 9), (CYCLE - 1, 9), (CYCLE, 9)])
def test_a_stalled_packet_leaves_at_the_first_cycle_after_its_output_is_free(
    make, early_ps, attempt
):
    params = FabricParams(core_link_packet_ps=10 * CYCLE - early_ps)
    fabric = make(mesh(1, 1), {(0, 0): {1: to(5)}}, params)
    send(fabric, (0, 0, 1), (0, 1, 1))
    fabric.run(LONG)
    assert count(fabric, 0, "BUSY_CYCLES") == 1 + (1 + attempt)
    assert delays(fabric, 0) == {attempt >> 4: 1}


@pytest.mark.parametrize(("wait1", "fate"), [(9, [Fate.DROPPED]), (10, [])])
def test_a_packet_taken_at_the_very_time_of_the_last_attempt_is_too_late(make, wait1, fate):
    # The packet is taken one cycle after the one before, whose core takes it after ten.
    params = FabricParams(core_link_packet_ps=10 * CYCLE, wait1_cycles=wait1)
    fabric = make(mesh(1, 1), {(0, 0): {1: to(5)}}, params)
    send(fabric, (0, 0, 1), (0, 1, 1))
    activity = fabric.run(LONG)
    assert activity.losses.fate.tolist() == fate
    assert delays(fabric, 0) == ({} if fate else {10: 1})


@pytest.mark.parametrize(("receive_cycles", "delay_bin"), [(20, 1), (100, 6), (235, 14)])
def test_delays_are_counted_in_units_of_the_wait(make, receive_cycles, delay_bin):
    params = FabricParams(wait1_cycles=240, receive_ps=receive_cycles * CYCLE)
    fabric = make(mesh(1, 1), {(0, 0): {1: to(5)}}, params)
    send(fabric, (0, 0, 1), (0, 1, 1), (0, 2, 1))
    fabric.run(LONG)
    # The third is taken when the second has left, and leaves when that has been received.
    received = [SUBMIT + INTO_CORE + n * params.receive_ps for n in range(2)]
    second = SUBMIT + CYCLE
    k = (received[0] - second) // CYCLE + 1
    third = second + (k + 1) * CYCLE
    k3 = (received[1] - third) // CYCLE + 1
    assert k3 >> 4 == delay_bin
    assert delays(fabric, 0) == Counter([k >> 4, k3 >> 4])


def test_inputs_are_served_round_robin(make):
    topology = mesh(3, 1)
    params = FabricParams(wait1_cycles=None)
    middle, east = topology.chip(1, 0), topology.chip(2, 0)
    routes = {(0, 0): {1: E}, (2, 0): {2: W}, (1, 0): dict.fromkeys((1, 2, 3, 4, 5), to(0))}
    fabric = make(topology, routes, params)
    local = [(0, CORES_PER_CHIP * middle + core, 2 + core) for core in (1, 2, 3)]
    packets = [(0, 0, 1), (0, CORES_PER_CHIP * east, 2), *local]
    sends = Sends.sort(*zip(*(packets * 30), strict=True))
    fabric.send(sends)
    received = sends.key[fabric.run(LONG).deliveries.packet].tolist()
    settled = received[20:80]  # all inputs wait from here on
    ports = [min(key, 3) for key in settled]  # west, east, cores
    assert ports[:3] in ([1, 3, 2], [3, 2, 1], [2, 1, 3])  # east, west, cores, and so on
    assert ports == ports[:3] * 20
    cores = [key for key in settled if key >= 3]
    assert sorted(cores[:3]) == [3, 4, 5]
    assert cores == [3 + (cores[0] - 3 + n) % 3 for n in range(20)]


def test_packets_that_wait_are_taken_one_a_cycle(make):
    fabric = make(mesh(1, 1), {(0, 0): {core: to(core) for core in range(18)}})
    send(fabric, *((0, core, core) for core in range(18)))
    expected = [(core, core, SUBMIT + core * CYCLE + INTO_CORE) for core in range(18)]
    assert delivered(fabric.run(LONG)) == expected
