"""Pictures of mappings: what is in the SVG text."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest

from host.pictures import MachinePicture, draw_mapping
from host.pictures.builder import dead_places
from host.pictures.focus import BEYOND, focused
from router.topology import mesh, spinn5_boards

SVG = "{http://www.w3.org/2000/svg}"
NAMES = ("L4E", "L4I", "stim")


def picture(topology, *, loads=True, fill=1.0, names=NAMES, cores=16, seed=1, **changes):
    """Cores at random on the first chips, and random loads of the links between them."""
    rng = np.random.default_rng(seed)
    n = topology.n_chips
    used = rng.integers(0, cores // len(names) + 1, (n, len(names)))
    used[int(fill * n) :] = 0
    load = rng.exponential(1e4, (n, 6)).round() * (topology.neighbours >= 0)
    load[int(fill * n) :] = 0
    chip, population = np.nonzero(used)
    dead_xy, dead_board = dead_places(topology)
    fields = {
        "width": topology.width,
        "height": topology.height,
        "wrap": topology.wrap,
        "xy": topology.xy,
        "neighbours": topology.neighbours,
        "board": topology.board,
        "idle_cores": cores - used.sum(axis=1),
        "dead_xy": dead_xy,
        "dead_board": dead_board,
        "shares": np.stack([chip, population, used[chip, population]], axis=1),
        "population_names": names,
        "link_load": load if loads else None,
        "title": "a trial",
        "captions": ("one line", "another line"),
    }
    return MachinePicture(**(fields | changes))


def parsed(drawn):
    root = ET.fromstring(drawn)
    assert root.tag == f"{SVG}svg"
    assert "width" not in root.attrib
    assert "height" not in root.attrib
    return root


def of_class(root, name):
    return [e for e in root.iter() if f"mp-{name}" in e.get("class", "").split()]


def words(root):
    return [e.text for e in root.iter(f"{SVG}text")]


@pytest.mark.parametrize("loads", [True, False])
@pytest.mark.parametrize(
    "topology", [mesh(1, 1), mesh(2, 2, wrap=True), mesh(5, 3), spinn5_boards(1), spinn5_boards(3)]
)
def test_one_hexagon_and_one_tooltip_for_each_chip(topology, loads):
    root = parsed(draw_mapping(picture(topology, loads=loads)))
    (cells,) = of_class(root, "cells")
    assert cells.get("d").count("M") == topology.n_chips
    tooltips = [group.find(f"{SVG}title").text for group in of_class(root, "chip")]
    assert [t.split(" of ")[0] for t in tooltips] == [f"chip ({x}, {y})" for x, y in topology.xy]
    assert "nan" not in ET.tostring(root, "unicode").lower()


def test_tooltip_tells_populations_idle_cores_and_packets():
    topology = mesh(2, 1)
    load = np.zeros((2, 6))
    load[0, 0] = 1234.0
    shares = np.array([[0, 0, 3], [0, 2, 1]])
    one = picture(
        topology,
        link_load=load,
        shares=shares,
        members=("0\u201363", "5\u20139"),
        idle_cores=np.array([4, 8]),
    )
    root = parsed(draw_mapping(one))
    first, second = (group.find(f"{SVG}title").text for group in of_class(root, "chip"))
    assert first.splitlines() == [
        "chip (0, 0) of board 0",
        "L4E: 3 cores, members 0\u201363",
        "stim: 1 core, members 5\u20139",
        "4 of 8 cores used, 4 idle",
        "sends E 1.23 k packets/s",
    ]
    assert second.splitlines()[1:] == ["0 of 8 cores used, 8 idle", "sends no packets/s"]


def test_names_are_escaped_and_may_hold_anything():
    name = '<A & "B">\x00'
    drawn = draw_mapping(picture(mesh(2, 2), names=(name,), title=name, captions=(name,)))
    assert words(parsed(drawn)).count('<A & "B">\ufffd') == 3


def test_busiest_link_is_ringed_and_named():
    topology = spinn5_boards(3)
    load = np.ones((topology.n_chips, 6))
    load[topology.chip(3, 4), 1] = 5e5
    root = parsed(draw_mapping(picture(topology, link_load=load)))
    assert "(3, 4) NE, 500 k/s" in words(root)
    ring, key = of_class(root, "mark")
    assert (float(ring.get("cx")), float(ring.get("cy"))) == (52 * 3 - 26 * 4 + 13, -45 * 4 - 22.5)
    assert key.get("r") == "6"


def test_no_ring_where_nothing_is_sent():
    topology = mesh(3, 3)
    root = parsed(draw_mapping(picture(topology, link_load=np.zeros((9, 6)))))
    assert not of_class(root, "mark")
    assert "nothing is sent" in words(root)


def test_idle_machine_is_all_unused():
    nothing = picture(spinn5_boards(1), fill=0.0, loads=False)
    root = parsed(draw_mapping(nothing))
    assert len(of_class(root, "unused")) == 48 + 1  # and the legend's
    assert len(parsed(draw_mapping(replace(nothing, population_names=()))))


def test_slices_fill_the_hexagon_by_cores():
    one = picture(
        mesh(1, 1),
        shares=np.array([[0, 0, 2], [0, 1, 6]]),
        idle_cores=np.array([4]),
        loads=False,
    )
    (chip,) = of_class(parsed(draw_mapping(one)), "chip")
    areas = [area(path.get("d")) for path in chip.iter(f"{SVG}path") if path.get("fill") != "none"]
    assert np.array(areas) / sum(areas) == pytest.approx([2 / 12, 6 / 12, 4 / 12], rel=1e-2)


def area(d):
    x, y = np.array([p.split() for p in d.strip("Mz").split("L")], float).T
    return abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2


def test_dead_chips_and_links_are_marked():
    sound = parsed(draw_mapping(picture(spinn5_boards(1))))
    assert not of_class(sound, "cut")
    topology = spinn5_boards(1, dead_chips=[(3, 3)], dead_links=[(1, 1, 0)])
    root = parsed(draw_mapping(picture(topology)))
    assert "dead chip" in words(root)
    assert "dead link" in words(root)
    crosses, bars = (e.get("d").count("M") for e in of_class(root, "cut")[:2])
    assert crosses == 2  # strokes of one cross
    assert bars == 2  # the link seen from both its ends


def test_the_same_picture_gives_the_same_text():
    topology = spinn5_boards(3)
    assert draw_mapping(picture(topology)) == draw_mapping(picture(topology))


def test_every_board_of_a_torus_is_outlined_once():
    root = parsed(draw_mapping(picture(spinn5_boards(3))))
    outline, _ = of_class(root, "board")
    assert outline.get("d").count("M") == 3 * 48 - 3 * 8  # neighbours share 8 edges
    single = parsed(draw_mapping(picture(spinn5_boards(1))))
    assert of_class(single, "board")[0].get("d").count("M") == 48


def test_a_big_machine_gives_a_small_picture():
    topology = spinn5_boards(1200)
    chips, names = np.arange(57_600), tuple(f"C{c}_{p}" for c in range(100) for p in NAMES)
    shares = np.stack([chips, chips * 300 // 57_600, np.full(57_600, 9)], axis=1)
    big = replace(picture(topology), population_names=names, shares=shares)
    big = replace(big, link_load=np.ones((57_600, 6)))
    drawn = draw_mapping(big)
    assert len(drawn) < 8e6
    root = parsed(drawn)
    assert not of_class(root, "chip")
    assert sum(1 for _ in root.iter()) < 1000


def test_boards_without_work_are_left_out_of_large_machines():
    topology = spinn5_boards(60)
    big = picture(topology, fill=0.05)
    small = focused(big)
    boards = np.unique(topology.board[:144])
    assert set(small.board) == set(boards)
    assert small.captions[-1].startswith(f"Left out: {60 - len(boards)} boards")
    old = np.flatnonzero(np.isin(topology.board, boards))
    there = topology.neighbours[old]
    kept = np.isin(there, old)
    np.testing.assert_array_equal(old[small.neighbours[kept]], there[kept])
    assert set(small.neighbours[~kept]) == {BEYOND}
    np.testing.assert_array_equal(small.xy, topology.xy[old])
    assert small.shares[:, 2].sum() == big.shares[:, 2].sum()
    assert focused(small) is small
    parsed(draw_mapping(big))


def test_shapes_that_do_not_agree_are_refused():
    with pytest.raises(ValueError, match="link_load of a picture has shape"):
        picture(mesh(2, 2), link_load=np.zeros((3, 6)))
    with pytest.raises(ValueError, match="1 members for"):
        picture(mesh(2, 2), members=("0",))


def test_text_stands_within_the_page():
    for topology in (mesh(1, 1), spinn5_boards(3), mesh(30, 2)):
        root = parsed(draw_mapping(picture(topology, title="long " * 50)))
        _, _, width, height = map(float, root.get("viewBox").split())
        heads = [e for e in root if e.tag == f"{SVG}text"]
        assert all(0 < float(e.get("y")) < height for e in heads)
        assert max(len(e.text) for e in heads) <= 90
        move = next(g.get("transform") for g in root if "scale" in g.get("transform", ""))
        left, _, unit, low, _ = map(float, re.findall(r"-?[\d.]+", move))
        x = [
            left + unit * (low + float(e.get("x")))
            for e in root.iter(f"{SVG}text")
            if e not in heads
        ]
        assert min(x) > 0
        assert width == 1200
