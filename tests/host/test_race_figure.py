"""The figure of the race: axes, places of labels, marks, and what the whole says."""

import itertools
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.race import Energy, Entry, load_published
from host.race.axes import log_axis
from host.race.figure import WIDTH, draw_race
from host.race.labels import Box, Label, place_labels
from host.race.marks import FAMILIES, MISSED, OTHER, RACING, mark_of
from host.race.power import draw_powers, events_hz

SVG = "{http://www.w3.org/2000/svg}"
PUBLISHED = load_published()
RUN = Entry(
    name="mine",
    simulator="chipemu",
    system="spinnaker1, 12 boards",
    family=None,
    process_nm=None,
    q_rtf=1.0,
    slowdown=1.0,
    e_syn=Energy(0.45, 0.61, 0.78),
    drive="poisson",
    deadline="met",
    timing="full",
)
SMALL = replace(RUN, name="small", e_syn=Energy(3.0, 4.6, 7.0), differs="scale 0.1")
MISSES = replace(RUN, name="too fast", q_rtf=None, slowdown=0.7, deadline="missed")
FAR = replace(RUN, name="far", q_rtf=5000.0, e_syn=Energy(0.0, 2.5e4, 1e9))
SILENT = replace(RUN, name="silent", e_syn=None)
FREE = replace(RUN, name="free", e_syn=Energy(0.0, 0.0, 0.0))
SETS = {
    "none": [],
    "one": [RUN],
    "three": [RUN, SMALL, MISSES],
    "far": [RUN, FAR, SILENT, FREE],
    "many": [
        replace(RUN, name=f"run-{k}", e_syn=Energy(0.5, 0.6 + k / 100, 0.8)) for k in range(9)
    ],
}

positive = st.floats(1e-9, 1e9)


def drawn(runs, entries=PUBLISHED.entries):
    return ET.fromstring(draw_race([*entries, *runs], PUBLISHED.source))


def words_of(root):
    return [(element.text, element) for element in root.iter(f"{SVG}text")]


# axes


@given(st.lists(positive, max_size=6))
def test_axes_hold_their_values_and_have_few_ticks_inside(values):
    axis = log_axis(values, 100.0, 500.0)
    for value in values:
        assert 100.0 < axis.at(value) < 500.0
    ticks = axis.ticks()
    assert 1 <= len(ticks) <= 9
    assert ticks == sorted(set(ticks))
    assert all(axis.holds(tick) for tick in ticks)


def test_decades_are_equally_long():
    axis = log_axis([1.0, 1000.0], 0.0, 300.0)
    steps = [axis.at(10.0 ** (k + 1)) - axis.at(10.0**k) for k in range(3)]
    assert steps == pytest.approx([steps[0]] * 3)


# labels


@given(
    st.lists(
        st.builds(
            Label,
            x=st.floats(300, 700),
            y=st.floats(300, 700),
            width=st.floats(20, 120),
            height=st.floats(10, 40),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_few_labels_cover_nothing_and_stay_in_the_frame(labels):
    frame = Box(0, 0, 1000, 1000)
    marks = [Box(label.x, label.y, label.x, label.y).grown(7.0) for label in labels]
    placed = place_labels(labels, marks, frame)
    assert len(placed) == len(labels)
    for (box, _), label in zip(placed, labels, strict=True):
        assert box.within(frame)
        assert box.right - box.left == pytest.approx(label.width)
        assert box.bottom - box.top == pytest.approx(label.height)
        assert not any(box.meets(mark) for mark in marks)
    for one, other in itertools.combinations(placed, 2):
        assert not one.box.meets(other.box)


def test_a_label_far_from_its_mark_has_a_line_to_it():
    label = Label(500.0, 500.0, 40.0, 20.0)
    wall = Box(430.0, 430.0, 570.0, 570.0)
    (placed,) = place_labels([label], [wall], Box(0, 0, 1000, 1000))
    assert placed.leader is not None
    assert placed.leader[:2] == (500.0, 500.0)
    x, y = placed.leader[2:]
    assert placed.box.left <= x <= placed.box.right
    assert placed.box.top <= y <= placed.box.bottom
    (near,) = place_labels([label], [], Box(0, 0, 1000, 1000))
    assert near.leader is None


def test_no_labels_have_no_places():
    assert place_labels([], [], Box(0, 0, 1, 1)) == ()


@pytest.mark.parametrize(
    ("line", "crosses"),
    [
        ((0, 0, 10, 10), True),
        ((0, 5, 10, 5), True),
        ((0, 0, 10, 0), False),
        ((0, 0, 3, 3), False),
        ((5, 5, 5.5, 5.5), True),
        ((0, 4, 10, 4), False),
    ],
)
def test_lines_through_boxes(line, crosses):
    assert Box(4.0, 4.0, 6.0, 6.0).crossed(*map(float, line)) is crosses


# marks and lines of power


def test_every_kind_of_entry_has_a_shape_or_filling_of_its_own():
    kinds = [*FAMILIES.values(), RACING, OTHER, MISSED]
    assert len({(mark.shape, mark.is_hollow) for mark in kinds}) == len(kinds)
    assert [mark_of(e) for e in (RUN, SMALL, MISSES)] == [RACING, OTHER, MISSED]
    assert {mark_of(e) for e in PUBLISHED.entries} == set(FAMILIES.values())


def test_machines_of_one_power_lie_on_its_line():
    across, down = log_axis([0.01, 10.0], 0.0, 800.0), log_axis([0.01, 100.0], 600.0, 0.0)
    root = ET.fromstring(f"<g>{draw_powers(across, down)}</g>")
    lines = re.findall(r"M(\S+) (\S+)L(\S+) (\S+?)(?=M|$)", root.find("path").get("d"))
    labels = [element.text for element in root.iter("text")]
    assert "1 kW" in labels
    x0, y0, x1, y1 = map(float, lines[labels.index("1 kW")])
    for e_syn_uj in (0.3, 1.0, 3.0):
        q_rtf = e_syn_uj * 1e-6 * events_hz() / 1000.0
        part = (across.at(e_syn_uj) - x0) / (x1 - x0)
        assert y0 + part * (y1 - y0) == pytest.approx(down.at(q_rtf), abs=0.1)


# the figure


@pytest.mark.parametrize("runs", SETS.values(), ids=SETS)
def test_every_entry_is_drawn_and_named_once(runs):
    root = drawn(runs)
    names = [words for words, _ in words_of(root)]
    marks = [group.find(f"{SVG}title").text for group in root.iter(f"{SVG}g") if len(group) == 2]
    for entry in [*PUBLISHED.entries, *runs]:
        assert names.count(entry.name) == 1
        assert sum(mark.startswith(f"{entry.name}:") for mark in marks) == 1


def width_of(element):
    """Width of a text in a wide font without serifs, at most."""
    share = 0.66 if element.get("font-weight") == "600" else 0.58
    return share * float(element.get("font-size")) * len(element.text)


def bounds(element):
    x, y, size = (float(element.get(key)) for key in ("x", "y", "font-size"))
    width = width_of(element)
    left = x - {"middle": width / 2, "end": width}.get(element.get("text-anchor"), 0.0)
    return Box(left, y - 0.78 * size, left + width, y + 0.15 * size)


@pytest.mark.parametrize("runs", SETS.values(), ids=SETS)
def test_words_are_large_enough_inside_and_apart(runs):
    root = drawn(runs)
    _, _, width, height = map(float, root.get("viewBox").split())
    boxes = []
    for _, element in words_of(root):
        assert float(element.get("font-size")) >= 11
        if element.get("transform"):
            continue
        if element.get("text-anchor") is None and float(element.get("font-size")) > 13.4:
            continue  # title and captions, whose lines are as long as they may be
        boxes.append(bounds(element))
        assert boxes[-1].within(Box(0, 0, width, height)), element.text
    for one, other in itertools.combinations(boxes, 2):
        assert not one.meets(other)


def test_captions_fit():
    for words, element in words_of(drawn(SETS["three"])):
        assert float(element.get("x")) + 0.52 * float(element.get("font-size")) * len(words) < WIDTH


def test_a_run_without_energy_stands_beside_and_no_strip_is_left_empty():
    with_strip = {words for words, _ in words_of(drawn([]))}
    assert "no energy given" in with_strip  # Knight 2021
    complete = [entry for entry in PUBLISHED.entries if entry.e_syn is not None]
    assert "no energy given" not in {words for words, _ in words_of(drawn([], complete))}


def test_the_caption_says_what_is_not_in_the_race():
    text = " ".join(words for words, _ in words_of(drawn(SETS["three"])))
    for words in (
        "Senk et al. 2026",
        "not the speed of the emulator",
        "scale 0.1",
        "not in the race",
        "no valid q_RTF",
        "9.35 uJ without",
        "energy estimated by its authors",
        "on spinnaker1, 12 boards",
    ):
        assert words in text
    assert "emulator" not in " ".join(words for words, _ in words_of(drawn([])))


def test_names_are_escaped_and_cut():
    hostile = replace(RUN, name="<b>&" + "x" * 40)
    names = [words for words, _ in words_of(drawn([hostile]))]
    short = next(name for name in names if name.startswith("<b>&") and ":" not in name)
    assert len(short) <= 28


def test_the_same_race_gives_the_same_text():
    once, again = (draw_race([*PUBLISHED.entries, *SETS["far"]], "s") for _ in range(2))
    assert once == again


def test_a_bar_that_leaves_the_plot_ends_in_arrows():
    arrows, caps = ("m8 -5l-8 5l8 5", "m-8 -5l8 5l-8 5"), ("m0 -5v10", "m0 -5v10")
    assert all(arrow in bar_of(FAR) for arrow in arrows)
    assert bar_of(RUN).count(caps[0]) == 2


def bar_of(run):
    """Path of the bar of a single run; the legend's begins at 0."""
    paths = [path.get("d") for path in drawn([run]).iter(f"{SVG}path")]
    (bar,) = [d for d in paths if "m0 -5v10" in d or "m8 -5" in d]
    return bar
