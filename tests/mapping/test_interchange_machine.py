"""Machines in the JSON of the tool chain: both ways, and what is said of wrong ones."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapping.errors import InterchangeError
from mapping.interchange import ChipLimits, machine_from_json, machine_to_json
from mapping.machine import Budgets, Machine
from router import Link, mesh, spinn5_boards

LIMITS = ChipLimits(1, 1023, 123_469_792)


def values(topology):
    arrays = ("xy", "chip_id", "neighbours", "board", "is_ethernet", "cores")
    plain = {name: getattr(topology, name).tolist() for name in arrays}
    return plain | {name: getattr(topology, name) for name in ("width", "height", "wrap")}


def read(data):
    return machine_from_json(json.loads(json.dumps(data)))[0]


def chips(*listed, **more):
    width = 1 + max(chip[0] for chip in listed)
    height = 1 + max(chip[1] for chip in listed)
    return {"width": width, "height": height, "chips": list(listed)} | more


def chip(x, y, dead=(), cores=18, **more):
    return [x, y, {"cores": cores, "ethernet": [0, 0], "deadLinks": list(dead), **more}]


@st.composite
def damaged_machines(draw):
    n_boards = draw(st.integers(0, 7))
    if n_boards:
        size, build = (8, 8), lambda **dead: spinn5_boards(n_boards, **dead)
        chip_places = [(0, 0), (3, 3), (4, 7), (7, 4), (4, 3)]
    else:
        size = draw(st.tuples(st.integers(1, 7), st.integers(1, 7)))
        options = {"wrap": draw(st.booleans()), "cores": draw(st.sampled_from([0, 1, 18, 153]))}
        build = lambda **dead: mesh(*size, **options, **dead)
        chip_places = [(x, y) for x in range(size[0]) for y in range(size[1])]
    places = st.sampled_from(chip_places)
    links = st.sets(st.tuples(places, st.integers(0, 5)), max_size=5)
    dead_chips = draw(st.sets(places, max_size=min(3, len(chip_places) - 1)))
    dead_links = [(*place, link) for place, link in draw(links)]
    dead_cores = [(*place, 0) for place in draw(st.sets(places, max_size=3))]
    if not n_boards and options["cores"] == 0:
        dead_cores = []
    return build(dead_chips=dead_chips, dead_links=dead_links, dead_cores=dead_cores)


def lives_over_an_edge(topology):
    there = topology.xy[:, None] + np.array([(1, 0), (1, 1), (0, 1), (-1, 0), (-1, -1), (0, -1)])
    over = np.any((there < 0) | (there >= (topology.width, topology.height)), axis=2)
    return bool((over & topology.is_link_alive).any())


@settings(deadline=None, max_examples=80)
@given(damaged_machines())
def test_there_and_back(topology):
    again = read(machine_to_json(Machine(topology)))
    expected = values(topology)
    if not lives_over_an_edge(topology):  # nobody can tell that it would wrap
        expected |= {"wrap": False}
    assert values(again) == expected


def test_the_form_of_the_tool_chain():
    data = machine_to_json(Machine(spinn5_boards(2, dead_links=[(1, 1, Link.E)])))
    assert (data["width"], data["height"], data["root"]) == (12, 16, [0, 0])
    assert data["standardResources"] == {
        "monitors": 1,
        "routerEntries": 1023,
        "sdram": 123_469_792,
        "tags": [],
    }
    first, second = data["chips"][:2]
    assert first == [
        0,
        0,
        {"cores": 18, "ethernet": [0, 0], "deadLinks": [3, 4, 5], "ipAddress": "127.0.0.1"},
    ]
    assert second[2]["deadLinks"] == [3, 4]
    assert next(c for c in data["chips"] if c[:2] == [1, 1])[2]["deadLinks"] == [0]
    assert next(c for c in data["chips"] if c[:2] == [4, 8])[2]["ipAddress"] == "127.0.0.2"
    inside = next(c for c in data["chips"] if c[:2] == [4, 4])
    assert inside == [4, 4, {"cores": 18, "ethernet": [0, 0]}]


def test_a_dead_ethernet_chip_still_names_its_board():
    topology = spinn5_boards(3, dead_chips=[(4, 8)])
    data = machine_to_json(Machine(topology))
    assert {tuple(c[2]["ethernet"]) for c in data["chips"]} == {(0, 0), (4, 8), (8, 4)}


def test_wrap_follows_from_living_links():
    west_dead = [Link.W, Link.SW]
    ring = chips(chip(0, 0, west_dead), chip(1, 0), chip(0, 1, west_dead), chip(1, 1))
    topology = read(ring)  # a SpiNN-3 board, as the tool chain lists it
    assert topology.wrap
    own = mesh(2, 2, wrap=True, dead_links=[(0, 0, 3), (0, 0, 4), (0, 1, 3), (0, 1, 4)])
    assert values(topology) == values(own) | {"is_ethernet": [False] * 4}
    edges = [chip(0, 0, [2, 3, 4, 5, 1]), chip(1, 0, [0, 1, 2, 4, 5])]
    assert not read(chips(*edges)).wrap
    assert read(chips(*edges)).neighbours[:, [0, 3]].tolist() == [[1, -1], [-1, 0]]


def test_a_machine_that_wraps_along_one_side():
    over = [(x, 3, link) for x in range(3) for link in (Link.N, Link.NE)]
    topology = mesh(3, 4, wrap=True, dead_links=over)
    assert topology.neighbours[topology.chip(2, 1), Link.E] == topology.chip(0, 1)
    assert topology.neighbours[topology.chip(1, 0), Link.S] == -1
    assert values(read(machine_to_json(Machine(topology)))) == values(topology)


def test_a_link_that_one_end_calls_dead_is_dead():
    topology = read(chips(chip(0, 0, [Link.E]), chip(1, 0, [0, 1, 2, 4, 5])))
    assert topology.n_links == 0


def test_links_to_no_chip_are_dead():
    hole = chips(chip(0, 0), chip(2, 0, [0]), height=3)
    assert read(hole).neighbours[:, Link.E].tolist() == [-1, -1]


def test_virtual_chips_and_links_to_devices_are_left_out():
    device = {"sourceLinkId": 3, "destinationX": 9, "destinationY": 9}
    neighbour = {"sourceLinkId": 0, "destinationX": 1, "destinationY": 0}
    data = chips(
        chip(0, 0, [5], links=[device, neighbour]),
        chip(1, 0, [0, 1, 2, 4, 5]),
        [5, 5, {"cores": 128}, {"virtual": True, "sdram": 0}],
        width=6,
        height=6,
    )
    topology, limits = machine_from_json(data)
    assert topology.xy.tolist() == [[0, 0], [1, 0]]
    assert limits == ChipLimits()


def test_limits_are_those_of_the_scarcest_chip():
    data = machine_to_json(Machine(spinn5_boards(1)))
    assert machine_from_json(data)[1] == LIMITS
    data["chips"][3].append({"routerEntries": 1000, "tags": [2, 3]})
    data["chips"][0].append({"sdram": 50_000_000, "monitors": 3})
    limits = machine_from_json(data)[1]
    assert limits == ChipLimits(3, 1000, 50_000_000)
    cut = limits.within(Budgets(table_entries=900))
    assert (cut.monitor_cores, cut.table_entries, cut.sdram_bytes) == (3, 900, 50_000_000)
    assert ChipLimits().within(Budgets()) == Budgets()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (chips(chip(0, 0), chip(0, 0)), r"$.chips: chip (0, 0) with 18 cores is listed twice"),
        (chips(chip(0, 0), chip(3, 0), width=2), "chip (3, 0) with 18 cores lies outside of 2 x 1"),
        ({"width": 1, "height": 1, "chips": []}, "at least 1 chip, got none"),
        (
            chips(
                chip(0, 0, links=[{"sourceLinkId": 0, "destinationX": 2, "destinationY": 0}]),
                chip(1, 0),
                chip(2, 0),
            ),
            "$.chips[0][2].links[0]: link 0 of chip (0, 0) is to lead to (2, 0)",
        ),
        (chips(chip(0, 0, links=[{"sourceLinkId": 1}])), "links[0]: a link tells sourceLinkId"),
    ],
)
def test_wrong_machines(data, message):
    with pytest.raises(InterchangeError) as caught:
        machine_from_json(data)
    assert message in str(caught.value)
