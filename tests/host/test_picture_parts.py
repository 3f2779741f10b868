"""Geometry, colours, scales and legends of pictures."""

import re
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.pictures.builder import dead_places, picture_of
from host.pictures.colours import families, load_colours, population_colours
from host.pictures.hexagons import (
    ACROSS,
    CORNERS,
    LINK_STEPS,
    board_borders,
    centres,
    edge,
    share_polygons,
    unwrapped,
)
from host.pictures.legend import population_entries
from host.pictures.scale import load_scale, short
from mapping.machine import Machine
from mapping.spec import NetworkSpec, Population, PopulationKind
from router.geometry import LINK_VECTORS, opposite
from router.topology import mesh, spinn5_boards

LAYERS = ("L23E", "L23I", "L4E", "L4I", "L5E", "L5I", "L6E", "L6I")


def test_neighbours_are_one_hexagon_away_and_share_an_edge():
    lengths = np.hypot(*LINK_STEPS.T)
    np.testing.assert_allclose(lengths, ACROSS, rtol=1e-3)
    for link, step in enumerate(LINK_STEPS):
        here, there = edge(link), edge(opposite(link)) + step
        assert {tuple(p) for p in here.tolist()} == {tuple(p) for p in there.tolist()}


def test_all_living_links_join_touching_hexagons():
    topology = mesh(7, 5)
    at = centres(topology.xy)
    chip, link = np.nonzero(topology.neighbours >= 0)
    np.testing.assert_array_equal(at[topology.neighbours[chip, link]] - at[chip], LINK_STEPS[link])
    assert len(np.unique(at, axis=0)) == topology.n_chips


@pytest.mark.parametrize("n_boards", [3, 12, 24])
def test_boards_of_a_torus_are_in_one_piece(n_boards):
    topology = spinn5_boards(n_boards)
    places = unwrapped(topology.xy, topology.board, topology.width, topology.height)
    np.testing.assert_array_equal(places % [topology.width, topology.height], topology.xy)
    assert len(np.unique(places, axis=0)) == topology.n_chips
    whole = spinn5_boards(1).xy
    for board in range(n_boards):
        on_it = places[topology.board == board]
        on_it = on_it[np.lexsort(on_it.T[::-1])] - on_it.min(axis=0)
        np.testing.assert_array_equal(on_it, whole)


def test_a_full_torus_of_one_board_stays_as_it_is():
    topology = mesh(4, 3, wrap=True)
    np.testing.assert_array_equal(unwrapped(topology.xy, topology.board, 4, 3), topology.xy)


def test_borders_are_the_edges_between_boards():
    places = np.array([[0, 0], [1, 0], [2, 0]])
    borders = board_borders(places, np.array([0, 0, 1]))
    assert len(borders) == len(set(borders)) == 3 * 6 - 2 * 2 + 1
    assert (1, 0) in borders
    assert (2, 3) not in borders
    assert (0, 0) not in borders


def test_slices_have_the_areas_of_their_shares():
    rng = np.random.default_rng(3)
    whole = area(CORNERS)
    for n in (1, 2, 3, 7, 18):
        shares = rng.integers(1, 9, n)
        found = [area(polygon) for polygon in share_polygons(shares)]
        assert sum(found) == pytest.approx(whole)
        np.testing.assert_allclose(found, whole * shares / shares.sum(), rtol=2e-3)


def area(corners):
    x, y = np.asarray(corners, float).T
    return abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2


@pytest.mark.parametrize("most", [1e-3, 0.7, 1.0, 9.99, 10.0, 1e3, 12_345.0, 2e6, 3.3e9])
def test_levels_cover_the_loads(most):
    scale = load_scale(most)
    assert 4 <= scale.n_levels <= 10
    levels = scale.level(np.array([0.0, most * 1e-6, most / 2, most]))
    assert levels[0] == -1
    assert levels[1] == 0
    assert levels[3] == scale.n_levels - 1
    assert scale.step * scale.n_levels >= most * (1 - 1e-9)
    classes = [scale.load_class(level) for level in range(scale.n_levels)]
    assert len(set(classes)) == scale.n_levels
    assert classes[-1] == 9


def test_numbers_are_short():
    assert [short(v) for v in (0.0, 999.4, 1e3, 20_000.0, 2.5e6)] == [
        "0", "999", "1 k", "20 k", "2.5 M",
    ]  # fmt: skip
    assert load_scale(0.0).n_levels == 0
    assert load_scale(1.8e6).label(1) == "200 k \u2013 400 k"


def distance(first, second):
    a, b = (np.array([int(c[i : i + 2], 16) for i in (1, 3, 5)], float) for c in (first, second))
    return float(np.linalg.norm(a - b))


@pytest.mark.parametrize(
    "names",
    [
        LAYERS,
        LAYERS + tuple(f"poisson_{name}" for name in LAYERS),
        ("stim", "A", "B", "C", "retina", "out"),
        ("E", "I"),
        ("L4_exc", "L4_inh", "L5_exc", "L5_inh"),
    ],
)
def test_few_populations_are_told_apart(names):
    colours = population_colours(names)
    assert all(len(c) == 7 for c in colours)
    pairs = [(a, b) for i, a in enumerate(colours) for b in colours[:i]]
    assert min(distance(a, b) for a, b in pairs) > 20


def test_excitatory_and_inhibitory_are_dark_and_light():
    colours = population_colours(LAYERS)
    light = [sum(int(c[i : i + 2], 16) for i in (1, 3, 5)) for c in colours]
    assert all(e < i for e, i in zip(light[::2], light[1::2], strict=True))


def test_families_by_layer_column_and_host():
    assert families(["E", "I", "x"]) == ["", "", "x"]
    assert families(["C12_L23E", "C12_L23I", "L4E.c3"]) == ["C12", "C12", "c3"]
    assert families(["A", "noise to A"]) == ["A", "noise to A"]
    assert families(["A", "noise-A"]) == ["A", "A"]


def test_hundreds_of_populations_have_colours_and_a_legend_that_groups():
    names = [f"C{c}_{layer}" for c in range(16) for layer in LAYERS]
    colours = population_colours(names)
    assert len(set(colours)) == len(names)
    entries = population_entries(names, colours)
    assert [e.words for e in entries] == [f"C{c} (8)" for c in range(16)]


def test_a_long_legend_is_cut():
    names = [f"p{i}" for i in range(400)]
    entries = population_entries(names, population_colours(names))
    assert len(entries) == 25
    assert entries[-1].words == "and 376 more populations"


def test_long_names_keep_both_ends():
    (entry,) = population_entries(["a population with a name of many words 17"], ["#000000"])
    assert entry.words.startswith("a popula")
    assert entry.words.endswith("words 17")
    assert len(entry.words) <= 18


@given(st.lists(st.text("EI1a_ .C3", min_size=1, max_size=8), unique=True, max_size=40))
def test_every_population_has_a_colour_whatever_its_name(names):
    colours = population_colours(names)
    assert len(colours) == len(families(names)) == len(names)
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in colours)
    assert len(population_entries(names, colours)) <= 25


def test_colours_of_load_differ_on_light_and_dark():
    assert len(set(load_colours())) == len(set(load_colours(dark=True))) == 10


def test_dead_places_of_boards_and_rectangles():
    dead = [(0, 0), (3, 3)]
    for topology in (
        spinn5_boards(1, dead_chips=dead),
        spinn5_boards(3, dead_chips=dead),
        spinn5_boards(4, dead_chips=dead),
        mesh(8, 8, dead_chips=dead),
        mesh(4, 4, wrap=True, dead_chips=dead),
    ):
        xy, board = dead_places(topology)
        assert [tuple(p) for p in xy.tolist()] == dead
        assert board.tolist() == [0, 0]


def test_picture_of_a_mapping_counts_cores_and_members():
    topology = mesh(2, 1)
    graph = SimpleNamespace(
        population=np.array([0, 0, 0, 1, 1]),
        lo=np.array([64, 0, 200, 0, 0]),
        hi=np.array([128, 64, 210, 5, 5]),
    )
    mapped = SimpleNamespace(
        graph=graph, placement=SimpleNamespace(chip=np.array([0, 0, 0, 0, 1], np.int32))
    )
    spec = NetworkSpec(
        "two",
        (Population("A", 210, PopulationKind.NEURON), Population("B", 5, PopulationKind.NEURON)),
        (),
    )
    found = picture_of(mapped, Machine(topology), spec)
    assert found.shares.tolist() == [[0, 0, 3], [0, 1, 1], [1, 1, 1]]
    assert found.members == ("0\u2013127, 200\u2013209", "0\u20134", "0\u20134")
    assert found.idle_cores.tolist() == [12, 15]
    assert found.captions == ("5 cores on 2 chips of 1 board; the machine has 2 chips on 1 board",)
    assert found.link_load is None


def test_link_steps_are_those_of_the_machine():
    np.testing.assert_array_equal(centres(LINK_VECTORS), LINK_STEPS)
