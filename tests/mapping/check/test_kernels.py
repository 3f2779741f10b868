"""Look-up and following of packets by hand."""

import numpy as np
import pytest

from mapping.check import kernels
from mapping.check.kernels import NO_ENTRY
from router import mesh

E, W, N, S = 1, 8, 4, 32
ONE, TWO = 1 << 7, 1 << 8
"""Cores 1 and 2."""
NONE = int(NO_ENTRY)


def look_up(packets, *entries):
    columns = np.array(entries, np.uint32).reshape(-1, 3).T
    words = [column.copy() for column in columns]
    indptr = np.array([0, 0, len(entries)])
    routes = kernels.look_up(np.array(packets, np.uint32), indptr, *words)
    assert (routes[0] == NO_ENTRY).all()  # a chip without entries
    return [None if route == NO_ENTRY else int(route) for route in routes[1]]


@pytest.mark.parametrize(
    ("entries", "routes"),
    [
        ([], [None, None, None, None, None]),
        ([(4, ~1, 9)], [None, None, 9, 9, None]),
        ([(5, ~0, 1), (4, ~1, 9)], [None, None, 9, 1, None]),
        ([(4, ~1, 9), (5, ~0, 1)], [None, None, 9, 9, None]),
        ([(0, 0, 3)], [3, 3, 3, 3, 3]),
        ([(7, ~0, 1), (1, 1, 2), (0, 0, 3)], [3, 2, 3, 2, 1]),
        ([(1, 5, 2)], [None, 2, None, None, None]),  # ones at bit 0, zeros at bit 2
        ([(1 << 31, 1 << 31, 2)], [None] * 5),
    ],
)
def test_the_first_entry_that_matches_counts(entries, routes):
    rows = [(key, mask & 0xFFFFFFFF, route) for key, mask, route in entries]
    assert look_up([0, 1, 4, 5, 7], *rows) == routes


def test_the_highest_keys():
    top = 0xFFFFFFFF
    assert look_up([top - 1, top], (top, top, 1), (1 << 31, 1 << 31, 2)) == [2, 1]
    assert look_up([], (0, 0, 1)) == []


# a row of four chips, of which the last has no link to the east; packet 0 starts on chip 1
RIGHT = [W | TWO, W | E, NONE, ONE]
WANTED = {0: TWO, 3: ONE}


def follow(routes, wanted=WANTED, source=1, n_packets=1):
    topology = mesh(4, 1)
    columns = np.repeat(np.array(routes, np.uint32)[:, None], n_packets, axis=1)
    found = kernels.follow(
        columns,
        topology.neighbours,
        np.full(n_packets, source, np.int32),
        np.zeros(n_packets, np.int32),
        np.array([0, len(wanted)]),
        np.array(list(wanted), np.int32),
        np.array(list(wanted.values()), np.uint32),
    )
    return tuple(int(one) for one in found)


def test_a_packet_that_goes_right():
    routes = [TWO, *RIGHT[1:]]
    assert follow(routes) == (3, 2, 0, -1, -1)
    assert follow(routes, n_packets=5) == (15, 2, 0, -1, -1)


@pytest.mark.parametrize(
    ("routes", "problem", "chip"),
    [
        ([W | TWO, W | E, NONE, ONE], kernels.DEAD_LINK, 0),
        ([TWO, NONE, NONE, ONE], kernels.HAS_NO_ENTRY, 1),
        ([TWO, W | E, NONE, NONE], kernels.WRONG_CORES, 3),  # goes straight on, where cores wait
        ([TWO, W | E, ONE | E, ONE], kernels.WRONG_CORES, 2),
        ([TWO, W | E, NONE, ONE | TWO], kernels.WRONG_CORES, 3),
        ([TWO, W, NONE, ONE], kernels.WRONG_CORES, 3),  # which it never reaches
        ([TWO, W | E, W, ONE], kernels.COMES_AGAIN, 1),
        ([TWO | E, W | E, NONE, ONE], kernels.COMES_AGAIN, 1),
        ([TWO, W | E, E, ONE | E], kernels.DEAD_LINK, 3),
        ([TWO, W | E | N, NONE, ONE], kernels.DEAD_LINK, 1),
    ],
)
def test_what_can_go_wrong(routes, problem, chip):
    assert follow(routes)[2:] == (problem, 0, chip)


def test_a_packet_without_way_out_is_followed_to_the_border():
    # nobody stops it: on chip 3 it wants to go on to the east
    assert follow([TWO, W | E, NONE, NONE], wanted={0: TWO})[2:] == (kernels.DEAD_LINK, 0, 3)


def test_targets_of_another_set_are_forgotten():
    topology = mesh(4, 1)
    routes = np.array([[TWO, ONE], [W, W], [NONE, NONE], [NONE, NONE]], np.uint32)
    wanted = np.array([0, 1, 2]), np.array([0, 0], np.int32), np.array([TWO, ONE], np.uint32)
    source = np.array([1, 1], np.int32)
    sets = np.array([0, 1], np.int32)
    found = kernels.follow(routes, topology.neighbours, source, sets, *wanted)
    assert tuple(found) == (2, 1, 0, -1, -1)
    found = kernels.follow(routes, topology.neighbours, source, sets[::-1].copy(), *wanted)
    assert tuple(found)[2:] == (kernels.WRONG_CORES, 0, 0)
