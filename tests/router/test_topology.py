"""Machines of boards and plain meshes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router import Link, TopologyError, mesh, spinn5_boards
from router.geometry import LINK_VECTORS, opposite
from router.topology import damaged, listed_chips


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


def test_chips_of_more_cores():
    machine = mesh(3, 2, cores=153, dead_cores=[(1, 1, 152)])
    assert machine.cores.tolist() == [153, 153, 153, 152, 153, 153]
    assert machine.n_cores == 6 * 153 - 1


def values(topology):
    arrays = ("xy", "chip_id", "neighbours", "board", "is_ethernet", "cores")
    plain = {name: getattr(topology, name).tolist() for name in arrays}
    return plain | {name: getattr(topology, name) for name in ("width", "height", "wrap")}


def listed(topology, order=slice(None), **changed):
    chips, links = np.nonzero(~topology.is_link_alive)
    given = {
        "width": topology.width,
        "height": topology.height,
        "xy": topology.xy[order].astype(int),
        "wrap": topology.wrap,
        "cores": topology.cores[order],
        "board": topology.board[order],
        "is_ethernet": topology.is_ethernet[order],
        "dead_links": np.column_stack([topology.xy[chips], links]).tolist(),
    }
    return listed_chips(**(given | changed))


@pytest.mark.parametrize(
    "machine",
    [
        spinn5_boards(1, dead_chips=[(0, 0), (3, 4)], dead_cores=[(1, 1, 2)]),
        spinn5_boards(2, dead_links=[(4, 4, 2)]),
        spinn5_boards(3, dead_links=[(0, 0, 4)]),
        mesh(5, 3, wrap=True, cores=200),
    ],
)
def test_a_machine_can_be_listed_in_any_order(machine):
    order = np.random.default_rng(1).permutation(machine.n_chips)
    assert values(listed(machine, order)) == values(machine)


@settings(max_examples=20)
@given(seed=st.integers(0, 99), wrap=st.booleans())
def test_damage_in_two_steps_is_damage_in_one(seed, wrap):
    rng = np.random.default_rng(seed)
    links = [tuple(part) for part in rng.integers(0, (4, 5, 6), (6, 3)).tolist()]
    cores = [tuple(part) for part in rng.integers(0, (4, 5, 7), (6, 3)).tolist()]
    chips = [tuple(part) for part in rng.integers(0, (4, 5), (2, 2)).tolist()]
    at_once = mesh(
        4, 5, wrap=wrap, cores=7, dead_chips=chips, dead_links=links, dead_cores=set(cores)
    )
    half = mesh(4, 5, wrap=wrap, cores=7, dead_links=links[:3])
    after = damaged(half, dead_chips=chips, dead_links=links[3:], dead_cores=set(cores))
    assert values(after) == values(at_once)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"xy": np.zeros((0, 2), int)}, "at least 1 chip, got none"),
        ({"width": 0}, "got 0 x 2"),
        ({"width": 1}, r"chip \(1, 0\) with 18 cores lies outside of 1 x 2"),
        ({"xy": np.array([[0, 0], [0, 1], [1, 0], [0, 1]])}, r"chip \(0, 1\) .* is listed twice"),
        ({"cores": np.array([18, 18, 256, 1])}, r"chip \(1, 0\) with 256 cores should have 0 to"),
        ({"dead_links": [(0, 0, 6)]}, "dead link 6"),
        ({"dead_links": [(9, 0, 1)]}, r"no chip at \(9, 0\)"),
    ],
)
def test_impossible_lists_are_refused(changed, message):
    with pytest.raises(TopologyError, match=message):
        listed(mesh(2, 2), **changed)


def test_arrays_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        mesh(2, 2).neighbours[0, 0] = 1


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: spinn5_boards(0), "at least 1 board, got 0"),
        (lambda: mesh(0, 3), "got 0 x 3"),
        (lambda: mesh(1, 1, cores=256), "0 to 255 cores, got 256"),
        (lambda: mesh(2, 2, cores=5, dead_cores=[(0, 0, 5)]), "cores 0 to 4"),
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
