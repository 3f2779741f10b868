"""Distances and vectors against breadth-first search on real meshes."""

from collections import deque

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router import Link, mesh
from router.geometry import (
    LINK_VECTORS,
    distance,
    opposite,
    shortest_vector,
    three_coordinates,
)

steps = st.integers(-40, 40)


def breadth_first(topology, source):
    links = np.full(topology.n_chips, -1)
    links[source] = 0
    queue = deque([source])
    while queue:
        here = queue.popleft()
        for there in topology.neighbours[here]:
            if there >= 0 and links[there] < 0:
                links[there] = links[here] + 1
                queue.append(there)
    return links


def test_links_are_numbered_as_the_bits_of_a_route():
    assert [link.name for link in Link] == ["E", "NE", "N", "W", "SW", "S"]
    assert [int(link) for link in Link] == list(range(6))


@pytest.mark.parametrize("link", list(Link), ids=lambda link: link.name)
def test_opposite_leads_back(link):
    assert np.array_equal(LINK_VECTORS[opposite(link)], -LINK_VECTORS[link])
    assert opposite(opposite(link)) == link


@given(steps, steps)
def test_three_coordinates_are_the_same_move_and_shortest(x, y):
    a, b, c = three_coordinates(x, y).tolist()
    assert (a - c, b - c) == (x, y)
    assert sorted((a, b, c))[1] == 0
    assert abs(a) + abs(b) + abs(c) == distance(x, y)


@pytest.mark.parametrize("wrap", [False, True])
@pytest.mark.parametrize("size", [(1, 1), (5, 5), (7, 4), (2, 9), (12, 12)])
def test_distance_is_that_of_breadth_first_search(size, wrap):
    topology = mesh(*size, wrap=wrap)
    everywhere = np.arange(topology.n_chips, dtype=np.int32)
    for source in (0, topology.n_chips // 2, topology.n_chips - 1):
        found = topology.distance(source, everywhere)
        assert np.array_equal(found, breadth_first(topology, source))


@given(steps, steps, st.integers(1, 20), st.integers(1, 20))
def test_shortest_vector_leads_to_the_same_place(x, y, width, height):
    a, b = shortest_vector(x, y, width, height)
    assert (a - x) % width == 0
    assert (b - y) % height == 0
    others = [distance(a + i * width, b + j * height) for i in range(-2, 3) for j in range(-2, 3)]
    assert distance(a, b) == min(others)


def test_vectorised_forms_keep_the_shape():
    x, y = np.meshgrid(np.arange(-3, 4), np.arange(-2, 3))
    assert distance(x, y).shape == x.shape
    assert three_coordinates(x, y).shape == (*x.shape, 3)
    assert shortest_vector(x, y, 4, 4)[0].shape == x.shape
