"""Links between boards, and the serial lanes they share."""

from collections import Counter

import numpy as np
import pytest

from router import spinn5_boards
from router.lanes import lanes
from router.packets import CORES_PER_CHIP
from router.params import FabricParams
from tests.router.by_hand import INTO_CORE, LONG, SUBMIT, delivered, never, send, to


@pytest.mark.parametrize("is_shared", [False, True])
def test_the_links_of_a_side_share_a_lane(make, is_shared):
    topology = spinn5_boards(3)
    params = FabricParams(lane_packet_ps=5_000_000, receive_ps=0)
    lane = lanes(topology)
    crossing = np.argwhere(topology.is_board_crossing)
    first = crossing[0]
    same = lane[tuple(crossing.T)] == lane[tuple(first)]
    is_other_chip = crossing[:, 0] != first[0]
    picked = crossing[is_other_chip & (same == is_shared)][0]
    routes, ends = {}, []
    for chip, link in (first.tolist(), picked.tolist()):
        end = int(topology.neighbours[chip, link])
        routes.setdefault(tuple(topology.xy[chip].tolist()), {})[chip] = 1 << link
        routes.setdefault(tuple(topology.xy[end].tolist()), {})[chip] = to(2)
        ends.append(CORES_PER_CHIP * end + 2)
    fabric = make(topology, routes, params)
    chips = int(first[0]), int(picked[0])
    send(fabric, *((0, CORES_PER_CHIP * chip, chip) for chip in chips))
    alone = (
        SUBMIT
        + params.board_link_packet_ps
        + params.lane_packet_ps
        + params.board_latency_ps
        + params.pipeline_ps
        + INTO_CORE
    )
    shared = params.lane_packet_ps if is_shared else 0
    assert Counter(delivered(fabric.run(LONG))) == Counter(
        [(0, ends[0], alone), (1, ends[1], alone + shared)]
    )


def test_all_links_of_a_side_have_their_turn(make):
    topology = spinn5_boards(3)
    params = FabricParams(lane_packet_ps=5_000_000)
    lane = lanes(topology)
    links = np.argwhere(lane == lane.max()).tolist()
    assert len(links) == 8
    key_of = {(chip, link): 6 * chip + link for chip, link in links}
    routes = {}
    for (chip, link), key in key_of.items():
        end = int(topology.neighbours[chip, link])
        routes.setdefault(tuple(topology.xy[chip].tolist()), {})[key] = 1 << link
        routes.setdefault(tuple(topology.xy[end].tolist()), {})[key] = to(link)
    fabric = make(topology, routes, params)
    packets = [(0, CORES_PER_CHIP * chip + link, key) for (chip, link), key in key_of.items()]
    send(fabric, *packets)
    times = [time for _, _, time in delivered(fabric.run(LONG))]
    assert len(times) == 8
    assert np.diff(times).tolist() == [params.lane_packet_ps] * 7


def test_links_between_boards_hold_more_packets(make):
    topology = spinn5_boards(3)
    chip, link = np.argwhere(topology.is_board_crossing)[0].tolist()
    end = int(topology.neighbours[chip, link])
    routes = {
        tuple(topology.xy[chip].tolist()): {7: 1 << link},
        tuple(topology.xy[end].tolist()): {7: to(0)},
    }
    sink = CORES_PER_CHIP * end
    params = FabricParams(wait1_cycles=None)
    fabric = make(topology, routes, params, receive_ps=never(topology, sink))
    first = CORES_PER_CHIP * chip
    send(fabric, *((0, first + core, 7) for core in range(16)))
    fabric.run(LONG)
    assert fabric.counters().link[chip, link].tolist() == [2 + params.board_input_packets, 0]
