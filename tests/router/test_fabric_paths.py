"""One packet on an idle machine: its time is the sum of the parts of its way."""

import numpy as np
import pytest

from router import Link, mesh, spinn5_boards
from router.counters import RouterCounter
from router.events import Fate
from router.packets import CORES_PER_CHIP, Sends
from tests.router.by_hand import (
    CYCLE,
    HOP,
    INTO_CORE,
    LONG,
    NE,
    PARAMS,
    SUBMIT,
    E,
    W,
    at,
    count,
    count_core,
    delivered,
    lost,
    send,
    sum_of,
    to,
)


def test_from_core_to_core_of_one_chip(make):
    topology = mesh(1, 1)
    fabric = make(topology, {(0, 0): {7: to(3)}})
    send(fabric, (1000, 2, 7))
    activity = fabric.run(LONG)
    assert delivered(activity) == [(0, 3, 1000 + SUBMIT + INTO_CORE)]
    assert lost(activity) == []
    assert fabric.now_ps == LONG
    assert count(fabric, 0, "LOCAL_MULTICAST") == 1
    assert count(fabric, 0, "EXTERNAL_MULTICAST") == 0
    assert count(fabric, 0, "BUSY_CYCLES") == 1
    assert count(fabric, 0, "UNDELAYED") == 1
    assert count_core(fabric, 2, "SENT") == 1
    assert count_core(fabric, 3, "RECEIVED") == 1
    assert fabric.copies().tolist() == [1]
    assert fabric.in_flight().tolist() == []


def test_what_happens_at_the_end_of_a_run_belongs_to_the_next(make):
    fabric = make(mesh(1, 1), {(0, 0): {7: to(3)}})
    send(fabric, (0, 2, 7))
    arrival = SUBMIT + INTO_CORE
    assert delivered(fabric.run(arrival)) == []
    assert fabric.in_flight().tolist() == [0]
    assert delivered(fabric.run(arrival)) == []
    assert delivered(fabric.run(arrival + 1)) == [(0, 3, arrival)]


def test_nothing_happens_in_an_empty_fabric(make):
    fabric = make(mesh(1, 1), {})
    activity = fabric.run(5)
    assert fabric.now_ps == 5
    assert (len(activity.deliveries), len(activity.losses), len(activity.trace)) == (0, 0, 0)
    assert fabric.copies().shape == fabric.in_flight().shape == fabric.backlog().shape == (0,)
    assert fabric.stalls() == []


@pytest.mark.parametrize("link", Link)
def test_one_hop(make, link):
    topology = mesh(3, 3)
    x, y = (np.array([1, 1]) + [(1, 0), (1, 1), (0, 1), (-1, 0), (-1, -1), (0, -1)][link]).tolist()
    fabric = make(topology, {(1, 1): {7: 1 << link}, (x, y): {7: to(0)}})
    send(fabric, (0, at(topology, 1, 1), 7))
    assert delivered(fabric.run(LONG)) == [(0, at(topology, x, y), SUBMIT + HOP + INTO_CORE)]
    assert count(fabric, topology.chip(x, y), "EXTERNAL_MULTICAST") == 1
    assert fabric.counters().link[topology.chip(1, 1), link].tolist() == [1, 0]
    assert fabric.counters().link.sum() == 1


def test_a_payload_makes_every_stretch_longer(make):
    topology = mesh(2, 1)
    fabric = make(topology, {(0, 0): {7: E}, (1, 0): {7: to(0)}})
    fabric.send(Sends.sort([0], [0], [7], [True]))
    p = PARAMS
    arrival = (
        p.core_link_payload_packet_ps
        + p.pipeline_ps
        + p.link_payload_packet_ps
        + p.link_latency_ps
        + p.pipeline_ps
        + p.core_link_payload_packet_ps
    )
    assert delivered(fabric.run(LONG)) == [(0, at(topology, 1, 0), arrival)]
    assert fabric.counters().link[0, Link.E].tolist() == [0, 1]


@pytest.mark.parametrize("has_payload", [False, True])
def test_across_boards(make, has_payload):
    topology = spinn5_boards(3)
    chip, link = np.argwhere(topology.is_board_crossing)[0].tolist()
    there = int(topology.neighbours[chip, link])
    routes = {
        tuple(topology.xy[chip].tolist()): {7: 1 << link},
        tuple(topology.xy[there].tolist()): {7: to(0)},
    }
    fabric = make(topology, routes)
    fabric.send(Sends.sort([0], [CORES_PER_CHIP * chip], [7], [has_payload]))
    p = PARAMS
    packet = (p.core_link_packet_ps, p.core_link_payload_packet_ps)[has_payload]
    board = (p.board_link_packet_ps, p.board_link_payload_packet_ps)[has_payload]
    lane = (p.lane_packet_ps, p.lane_payload_packet_ps)[has_payload]
    arrival = packet + p.pipeline_ps + board + lane + p.board_latency_ps + p.pipeline_ps + packet
    assert delivered(fabric.run(LONG)) == [(0, CORES_PER_CHIP * there, arrival)]


def test_multicast(make):
    topology = mesh(3, 1)
    routes = {(1, 0): {7: E | W | to(1, 2)}, (0, 0): {7: to(5)}, (2, 0): {7: to(6, 7)}}
    fabric = make(topology, routes)
    send(fabric, (0, at(topology, 1, 0), 7))
    near, far = SUBMIT + INTO_CORE, SUBMIT + HOP + INTO_CORE
    assert delivered(fabric.run(LONG)) == [
        (0, at(topology, 1, 0, 1), near),
        (0, at(topology, 1, 0, 2), near),
        (0, at(topology, 0, 0, 5), far),
        (0, at(topology, 2, 0, 6), far),
        (0, at(topology, 2, 0, 7), far),
    ]
    assert fabric.copies().tolist() == [5]


def test_a_packet_that_no_entry_matches_goes_straight_on(make):
    topology = mesh(3, 3)
    fabric = make(topology, {(0, 0): {7: NE}, (1, 1): {8: E}, (2, 2): {7: to(0)}})
    send(fabric, (0, 0, 7))
    assert delivered(fabric.run(LONG)) == [(0, at(topology, 2, 2), SUBMIT + 2 * HOP + INTO_CORE)]
    assert sum_of(fabric, "DEFAULT_ROUTED_EXTERNAL_MULTICAST") == 1
    assert count(fabric, topology.chip(1, 1), "DEFAULT_ROUTED_EXTERNAL_MULTICAST") == 1


def test_packets_that_lead_nowhere(make):
    topology = mesh(2, 1)
    fabric = make(topology, {(0, 0): {7: 0, 8: E}, (1, 0): {8: 0}})
    send(fabric, (0, 0, 6), (1, 1, 7), (2, 2, 8))
    activity = fabric.run(LONG)
    assert lost(activity) == [
        (0, 0, Fate.UNROUTED, SUBMIT),
        (1, 0, Fate.NO_OUTPUT, SUBMIT + CYCLE),
        (2, 1, Fate.NO_OUTPUT, SUBMIT + 2 * CYCLE + HOP),
    ]
    assert activity.losses.outputs.tolist() == [0, 0, 0]
    assert count(fabric, 0, "DROPPED_MULTICAST_VIA_LOCAL_TRANSMISSION") == 1
    assert fabric.counters().router[:, RouterCounter.NO_OUTPUT].tolist() == [1, 1]
    assert sum_of(fabric, "DROPPED_MULTICAST") == 0
    assert count(fabric, 0, "BUSY_CYCLES") == 1  # only the packet that went on
