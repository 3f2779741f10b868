"""Lanes between boards: eight links in each direction of every side of a board."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router import Link, mesh, spinn5_boards
from router.geometry import opposite
from router.lanes import N_SIDES, lanes

MACHINES = [1, 2, 3, 4, 6, 12]


def lane_sizes(found):
    return Counter(found[found >= 0].tolist())


@pytest.mark.parametrize("n_boards", MACHINES)
def test_just_the_links_between_boards_have_a_lane(n_boards):
    machine = spinn5_boards(n_boards)
    found = lanes(machine)
    assert found.shape == (machine.n_chips, 6)
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found >= 0, machine.is_board_crossing)


@pytest.mark.parametrize("n_boards", MACHINES)
def test_a_lane_has_eight_links_from_one_board_to_another(n_boards):
    machine = spinn5_boards(n_boards)
    found = lanes(machine)
    assert set(lane_sizes(found).values()) <= {8}
    ends = {}
    for chip, link in np.argwhere(found >= 0):
        from_to = machine.board[chip], machine.board[machine.neighbours[chip, link]]
        assert ends.setdefault(found[chip, link], from_to) == from_to
        assert found[chip, link] // N_SIDES == machine.board[chip]


@pytest.mark.parametrize(
    ("n_boards", "n_lanes"), [(1, 0), (2, 2), (3, 18), (4, 8), (6, 36), (12, 72)]
)
def test_number_of_lanes(n_boards, n_lanes):
    """Every side on a torus; else those that touch: of four boards the fourth only the third."""
    assert len(lane_sizes(lanes(spinn5_boards(n_boards)))) == n_lanes


@pytest.mark.parametrize("n_boards", MACHINES)
def test_the_way_back_takes_the_opposite_side(n_boards):
    machine = spinn5_boards(n_boards)
    found = lanes(machine)
    for chip, link in np.argwhere(found >= 0):
        there = machine.neighbours[chip, link]
        back = found[there, opposite(link)]
        assert back == N_SIDES * machine.board[there] + (found[chip, link] % N_SIDES + 3) % 6


def sides_of(machine, board):
    """Links of each side as {(x, y, link)} counted from the chip of the board with Ethernet."""
    found = lanes(machine)
    x0, y0 = machine.xy[np.flatnonzero(machine.is_ethernet & (machine.board == board))[0]]
    sides = {}
    for chip, link in np.argwhere((found >= 0) & (machine.board == board)[:, np.newaxis]):
        x, y = machine.xy[chip]
        here = (int((x - x0) % machine.width), int((y - y0) % machine.height), Link(link))
        sides.setdefault(int(found[chip, link]) % N_SIDES, set()).add(here)
    return sides


def links(places, *names):
    return {(*place, link) for place in places for link in names}


EDGES = [
    # right, top, upper left
    links([(7, 4), (7, 5), (7, 6)], Link.E, Link.NE) | {(7, 3, Link.NE), (7, 7, Link.E)},
    links([(4, 7), (5, 7), (6, 7), (7, 7)], Link.N, Link.NE),
    links([(1, 4), (2, 5), (3, 6)], Link.N, Link.W) | {(0, 3, Link.N), (4, 7, Link.W)},
    # left, bottom, lower right
    links([(0, 0), (0, 1), (0, 2), (0, 3)], Link.W, Link.SW),
    links([(1, 0), (2, 0), (3, 0)], Link.S, Link.SW) | {(0, 0, Link.S), (4, 0, Link.SW)},
    links([(4, 0), (5, 1), (6, 2), (7, 3)], Link.E, Link.S),
]
"""Links of each side of a board (SpiNNaker 5 board link diagram)."""


@pytest.mark.parametrize("n_boards", [3, 6])
def test_the_sides_are_those_of_the_hexagon(n_boards):
    machine = spinn5_boards(n_boards)
    for board in range(n_boards):
        assert sides_of(machine, board) == dict(enumerate(EDGES))


def test_a_plain_mesh_has_no_lanes():
    assert np.all(lanes(mesh(5, 4, wrap=True)) == -1)


@settings(max_examples=20)
@given(st.data())
def test_dead_parts_change_no_other_lane(data):
    n_boards = data.draw(st.sampled_from([2, 3]))
    whole = spinn5_boards(n_boards)
    places = [tuple(xy) for xy in whole.xy.tolist()]
    dead_chips = data.draw(st.sets(st.sampled_from(places), max_size=5))
    crossing = [(*places[chip], int(link)) for chip, link in np.argwhere(whole.is_board_crossing)]
    dead_links = data.draw(st.sets(st.sampled_from(crossing), max_size=5))
    maimed = spinn5_boards(n_boards, dead_chips=dead_chips, dead_links=dead_links)
    before = lanes(whole)[whole.chip_id[tuple(maimed.xy.T)]]
    expected = np.where(maimed.is_link_alive, before, -1)
    np.testing.assert_array_equal(lanes(maimed), expected)
