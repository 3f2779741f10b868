"""Machines of boards and plain meshes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router import Link, TopologyError, mesh, spinn5_boards
from router.geometry import LINK_VECTORS, opposite


def is_symmetric(topology):
    there = topology.neighbours
    return all(
        there[there[chip, link], opposite(link)] == chip
        for chip in range(topology.n_chips)
        for link in Link
        if there[chip, link] >= 0
    )


def is_connected(topology):
    reached = np.zeros(topology.n_chips, bool)
    reached[0], front = True, np.array([0])
    while front.size:
        there = np.unique(topology.neighbours[front])
        front = there[(there >= 0) & ~reached[there]]
        reached[front] = True
    return bool(reached.all())


def test_one_board():
    board = spinn5_boards(1)
    assert (board.n_chips, board.n_cores, board.n_boards) == (48, 856, 1)
    assert (board.width, board.height, board.wrap) == (8, 8, False)
    assert np.count_nonzero(board.cores == 17) == 8
    assert board.cores[board.chip(5, 6)] == 17
    assert not board.is_board_crossing.any()
    assert np.flatnonzero(board.is_ethernet).tolist() == [board.chip(0, 0)]
    # 48 links of the hexagon lead to other boards
    assert board.n_links == 48 * 6 - 48


@pytest.mark.parametrize(
    ("n_boards", "size"),
    [(3, (12, 12)), (6, (24, 12)), (12, (24, 24)), (24, (48, 24)), (1200, (240, 240))],
)
def test_triads_close_to_a_torus(n_boards, size):
    machine = spinn5_boards(n_boards)
    assert (machine.width, machine.height) == size
    assert machine.wrap
    assert machine.n_chips == 48 * n_boards == np.prod(size)
    assert machine.is_link_alive.all()
    # every board has 48 links to others, and no link of a board wraps to itself
    assert np.count_nonzero(machine.is_board_crossing) == 48 * n_boards
    assert np.count_nonzero(machine.is_ethernet) == n_boards


@pytest.mark.parametrize("n_boards", [*range(1, 31), 47, 50])
def test_any_number_of_boards_is_connected(n_boards):
    machine = spinn5_boards(n_boards)
    assert machine.n_boards == n_boards
    assert machine.n_chips == 48 * n_boards
    assert machine.n_cores == 856 * n_boards
    assert machine.wrap == (n_boards % 3 == 0)
    assert is_symmetric(machine)
    assert is_connected(machine)


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_dead_parts_are_gone_in_both_directions(data):
    width, height = data.draw(st.integers(2, 6)), data.draw(st.integers(2, 6))
    places = st.tuples(st.integers(0, width - 1), st.integers(0, height - 1))
    dead_chips = data.draw(st.sets(places, max_size=3))
    dead_links = data.draw(st.sets(st.tuples(places, st.integers(0, 5)), max_size=6))
    machine = mesh(
        width,
        height,
        wrap=data.draw(st.booleans()),
        dead_chips=dead_chips,
        dead_links=[(*place, link) for place, link in dead_links],
    )
    assert machine.n_chips == width * height - len(dead_chips)
    assert is_symmetric(machine)
    for place in dead_chips:
        assert machine.chip_id[place] == -1
    for place, link in dead_links - {(p, link) for p in dead_chips for link in range(6)}:
        assert not machine.is_link_alive[machine.chip(*place), link]


def test_chips_are_numbered_by_x_then_y():
    machine = mesh(3, 2, dead_chips=[(0, 1)])
    assert machine.xy.tolist() == [[0, 0], [1, 0], [1, 1], [2, 0], [2, 1]]
    assert machine.chip(2, 0) == 3


def test_neighbours_follow_the_link_vectors():
    machine = spinn5_boards(3)
    size = np.array([machine.width, machine.height])
    for link in Link:
        there = (machine.xy + LINK_VECTORS[link]) % size
        assert np.array_equal(machine.xy[machine.neighbours[:, link]], there)


def test_dead_cores_are_taken_from_the_working_ones():
    machine = spinn5_boards(1, dead_cores=[(0, 0, 3), (0, 0, 3), (0, 0, 4)])
    assert machine.cores[machine.chip(0, 0)] == 16
    assert machine.n_cores == 854


def test_arrays_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        mesh(2, 2).neighbours[0, 0] = 1


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: spinn5_boards(0), "at least 1 board, got 0"),
        (lambda: mesh(0, 3), "got 0 x 3"),
        (lambda: mesh(1, 1, cores=19), "got 19"),
        (lambda: mesh(2, 2, dead_chips=[(2, 0)]), r"no chip at \(2, 0\)"),
        (lambda: spinn5_boards(1, dead_links=[(7, 0, 1)]), r"no chip at \(7, 0\)"),
        (lambda: mesh(2, 2, dead_links=[(0, 0, 6)]), "dead link 6"),
        (lambda: mesh(2, 2, dead_cores=[(0, 0, 18)]), "dead core 18"),
        (lambda: mesh(2, 2).chip(-1, 0), r"\(-1, 0\)"),
    ],
)
def test_impossible_machines_are_refused(build, message):
    with pytest.raises(TopologyError, match=message):
        build()
