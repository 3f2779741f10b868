"""The picture of a ledger: what is drawn adds up, stays inside, and says what it leaves out."""

import itertools
import re
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.energy import ActionCount, Ledger, PhaseCounts, RunActions, default_table, price
from host.energy.flow import draw_flow
from host.energy.flowgraph import flows_of
from host.energy.flowlayout import GAP, HEIGHT, WORDS, lay_out
from host.energy.flowwords import column, event_scale, scale_of, seconds_text, short
from host.energy.ledger import is_measured
from host.energy.table import ACTIONS
from host.energy.vocabulary import Kind, Phase

SVG = "{http://www.w3.org/2000/svg}"
S = 10**12
HEADING = "a machine: pd14, scale 1\nprices: of a table"
TABLE = default_table()


def counts(wall_s, *more):
    """What 12 boards of 48 chips draw for `wall_s` whatever happens, and `more`."""
    wall = round(wall_s * S)
    standing = {
        ("chip", "in use"): 404,
        ("chip", "unused"): 172,
        ("sdram", "in use"): 404,
        ("sdram", "unused"): 172,
        ("board", ""): 12,
        ("fpga", ""): 36,
        ("frame_place", ""): 12,
    }
    drawn = [ActionCount(action, what, n * wall) for (action, what), n in standing.items()]
    return (*drawn, *itertools.starmap(ActionCount, more))


def phase(which, wall_s, *more):
    return PhaseCounts(phase=which, wall_ps=round(wall_s * S), counts=counts(wall_s, *more))


T = 10 * S
EVENTS = 9_667_298_640
ACTIVE = [
    ("frame_place_active", "", 12 * T),
    ("core_cycle", "synapse", 3630 * T * 41 // 100),
    ("core", "synapse", 3630 * T * 59 // 100),
    ("core_cycle", "neuron", 1210 * T * 71 // 100),
    ("core", "neuron", 1210 * T * 29 // 100),
    ("core_cycle", "poisson", 1210 * T * 2 // 10),
    ("core", "poisson", 1210 * T * 8 // 10),
    ("core_asleep", "unused", 3000 * T),
    ("router_bit", "", 250_000 * 480 * 10 * 40),
    ("link_bit", "", 250_000 * 480 * 10 * 40),
    ("sdram_byte", "", 5 * 10**11),
    ("synaptic_event", "", EVENTS),
    ("neuron_update", "", 77_169 * 100_000),
]
FULL = RunActions(
    cycle_ps=5000,
    slowdown=1.0,
    load=0.9,
    n_boards_on=12,
    synaptic_events=EVENTS,
    deadline="met",
    is_reckoned=False,
    phases=(
        phase(Phase.MAPPING, 12, ("host", "", 12 * S)),
        phase(Phase.LOADING, 3300, ("host", "", 3300 * S)),
        phase(Phase.WARMUP, 0.5),
        phase(Phase.RUNNING, 10, *ACTIVE),
        phase(Phase.EXTRACTION, 8, ("host", "", 8 * S)),
    ),
)


def only(*found, events=EVENTS, wall_ps=T):
    """Run that did nothing else."""
    actions = tuple(itertools.starmap(ActionCount, found))
    running = PhaseCounts(phase=Phase.RUNNING, wall_ps=wall_ps, counts=actions)
    return replace(FULL, phases=(running,), synaptic_events=events, n_boards_on=1)


LEDGERS = {
    "twelve boards": FULL,
    "one line": only(("board", "", T), events=0),
    "none": replace(FULL, phases=()),
    "nothing done": only(),
    "zero": only(("core_asleep", "unused", T)),
    "instant": only(("router_bit", "", 40), wall_ps=0),
    "host too": only(("board", "", T), ("host", "", T)),
    "thin": only(("board", "", T), ("router_bit", "", 9), ("sdram_byte", "", 9)),
    "many": only(*(("core_cycle", f"role {k} <&> with a very long name", T) for k in range(60))),
    "tiny": only(("router_bit", "", 1)),
    "huge": only(("board", "", 10**12 * T)),
}


def ledger_of(name) -> Ledger:
    return price(LEDGERS[name], TABLE)


def drawn(name, heading=HEADING):
    return ET.fromstring(draw_flow(ledger_of(name), heading))


# flows


@pytest.mark.parametrize("name", LEDGERS)
def test_flows_add_up_to_the_ledger_exactly(name):
    ledger = ledger_of(name)
    flows = flows_of(ledger)
    assert flows.total_j == ledger.total_j(is_measured).nominal
    assert sum(c.energy_j for c in flows.consumers) == flows.total_j
    assert sum(map(flows.of_kind, Kind)) == flows.total_j
    running = [line for line in ledger.lines if line.phase is Phase.RUNNING]
    of_host = sum(line.action == "host" for line in running)
    drawn_lines = sum(len(consumer.lines) for consumer in flows.consumers)
    assert drawn_lines + flows.n_free + of_host == len(running)
    assert all(part > 0 for c in flows.consumers for part in c.parts_j.values())


def test_every_action_can_be_drawn():
    found = [(name, "", 10**15) for name in ACTIONS if name != "host"]
    flows = flows_of(price(only(*found), TABLE), thinnest=Fraction(0))
    assert {line.action for c in flows.consumers for line in c.lines} == {
        name for name, _, _ in found if getattr(TABLE, name).nominal
    }


def test_cores_are_told_apart_by_role_and_joined_over_kinds():
    consumers = {c.name: c for c in flows_of(ledger_of("twelve boards")).consumers}
    assert set(consumers["synapse cores"].parts_j) == {Kind.WAITING, Kind.WORK}
    assert set(consumers["SDRAM"].parts_j) == {Kind.STANDING, Kind.WORK}
    chip, place, active = (
        getattr(TABLE, name).exact("nominal")
        for name in ("chip", "frame_place", "frame_place_active")
    )
    assert consumers["chips in use"].energy_j == chip * 404 * 10
    assert consumers["frames"].energy_j == (place + active) * 12 * 10


def test_thin_flows_are_joined_but_not_lost():
    flows = flows_of(ledger_of("thin"))
    assert [c.name for c in flows.consumers] == ["boards", "other (2 lines)"]
    alone = flows_of(price(only(("board", "", T), ("router_bit", "", 9)), TABLE))
    assert [c.name for c in alone.consumers] == ["boards", "routers"]


# geometry

amounts = st.dictionaries(
    st.sampled_from(sorted(set(ACTIONS) - {"host"})), st.integers(1, 10**18), min_size=1
)


@given(amounts)
def test_widths_are_in_proportion_and_add_up(found):
    flows = flows_of(price(only(*((name, "x", n) for name, n in found.items())), TABLE))
    if not flows.total_j:
        return
    layout = lay_out(flows)
    assert sum(block.height for block in layout.consumers) == pytest.approx(HEIGHT)
    assert sum(block.height for block in layout.kinds) == pytest.approx(HEIGHT)
    for block in (*layout.consumers, *layout.kinds):
        assert block.height == pytest.approx(HEIGHT * float(block.energy_j / flows.total_j))
        assert block.top >= -1e-9
        assert block.top + block.height <= layout.height + 1e-9
        into = [r for r in layout.ribbons if r.end == block.name]
        assert sum(r.height for r in into) == pytest.approx(block.height)
        assert min(r.end_top for r in into) == pytest.approx(block.top)
        out = [r for r in layout.ribbons if r.begin == block.name]
        if block.kind is None:
            assert sum(r.height for r in out) == pytest.approx(block.height)
    assert all(ribbon.height > 0 for ribbon in layout.ribbons)


@pytest.mark.parametrize("name", ["twelve boards", "many", "thin"])
def test_blocks_are_far_enough_apart_for_their_words(name):
    layout = lay_out(flows_of(ledger_of(name)))
    for blocks in (layout.consumers, layout.kinds):
        for above, below in itertools.pairwise(blocks):
            ends = above.top + max(above.height, (above.height + WORDS) / 2)
            begins = below.top + min(0.0, (below.height - WORDS) / 2)
            assert begins - ends >= GAP - 1e-9


class Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other):
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


def boxes_of(root):
    """Rectangles of all words, in a wide font without serifs."""
    found = []

    def walk(element, down):
        move = re.search(r"translate\(0 (\S+)\)", element.get("transform", ""))
        down += float(move[1]) if move else 0.0
        if element.tag == f"{SVG}text":
            x, y, size = (float(element.get(key)) for key in ("x", "y", "font-size"))
            share = 0.64 if element.get("font-weight") == "600" else 0.56
            width = share * size * len(element.text)
            left = x - {"middle": width / 2, "end": width}.get(element.get("text-anchor"), 0.0)
            top, bottom = down + y - 0.78 * size, down + y + 0.2 * size
            found.append((element.text, size, Box(left, top, left + width, bottom)))
        for child in element:
            walk(child, down)

    walk(root, 0.0)
    return found


@pytest.mark.parametrize("name", LEDGERS)
def test_words_are_inside_large_enough_and_apart(name):
    root = drawn(name)
    _, _, width, height = map(float, root.get("viewBox").split())
    boxes = boxes_of(root)
    for words, size, box in boxes:
        assert size >= 11
        assert box.left >= 0, words
        assert box.right <= width, words
        assert box.top >= 0, words
        assert box.bottom <= height, words
    for (one, _, a), (other, _, b) in itertools.combinations(boxes, 2):
        assert not a.meets(b), (one, other)


@pytest.mark.parametrize("name", LEDGERS)
def test_no_size_is_negative(name):
    for rect in drawn(name).iter(f"{SVG}rect"):
        assert float(rect.get("width")) >= 0
        assert float(rect.get("height")) >= 0


# words


def texts(name, **kwargs):
    return [element.text for element in drawn(name, **kwargs).iter(f"{SVG}text")]


def test_heading_captions_and_totals_are_told():
    found = texts("twelve boards")
    assert found[:2] == ["a machine: pd14, scale 1", "prices: of a table"]
    assert "12 boards, slow-down 1, deadline met" in found[2]
    ledger = ledger_of("twelve boards")
    total = ledger.total_j(is_measured).nominal
    assert f"{float(total):,.0f} J" in found
    assert f"{float(ledger.e_syn_j().nominal * 10**6):.4f} uJ/event" in found
    assert "for 10 s" in found


def test_printed_figures_of_a_column_add_up():
    root = drawn("twelve boards")
    rows = [
        [child.text for child in group if child.tag == f"{SVG}text"]
        for group in root.iter(f"{SVG}g")
        if group.find(f"{SVG}rect") is not None and group.find(f"{SVG}title") is not None
    ]
    kinds = [row for row in rows if row[0] in list(Kind)]
    consumers = [row for row in rows if row not in kinds]
    for place in (1, 2, 3):
        sums = {sum(Fraction(r[place].replace(",", "")) for r in part) for part in (kinds, rows)}
        assert len(sums) == 2
        both = [sum(Fraction(r[place].replace(",", "")) for r in p) for p in (kinds, consumers)]
        assert both[0] == both[1]
    assert sum(Fraction(row[2]) for row in kinds) == 100


def test_what_is_not_drawn_is_told():
    lines = ledger_of("twelve boards").lines
    free = [k for k in lines if k.phase is Phase.RUNNING and not k.energy_j.nominal]
    assert len(free) > 1
    assert f"not drawn: {len(free)} lines" in " ".join(texts("twelve boards"))
    assert "the host's 1000 J are not part" in " ".join(texts("host too"))
    assert "draws no energy" in " ".join(texts("zero"))
    assert "not drawn: 1 line of" in " ".join(texts("zero"))


def test_phases_are_beside_with_the_host_and_on_a_logarithmic_axis():
    found = texts("twelve boards")
    for which in ("mapping", "loading", "warmup", "running", "extraction"):
        assert found.count(which) == 1
    assert "energy, on a logarithmic axis" in found
    assert "55 min" in found
    loading = ledger_of("twelve boards").total_j(lambda line: line.phase is Phase.LOADING).nominal
    assert f"{float(loading) / 1000:,.3f} kJ" in found
    assert "energy, on a logarithmic axis" not in texts("one line")


def test_lines_of_the_phases_are_as_long_as_their_logarithms():
    bars = [rect for rect in drawn("twelve boards").iter(f"{SVG}rect") if rect.get("x") == "498"]
    lengths = dict(zip(LEDGER_PHASES, (float(bar.get("width")) for bar in bars), strict=True))
    ledger = ledger_of("twelve boards")

    def energy(which):
        return float(ledger.total_j(lambda line: line.phase is which).nominal)

    ratio = energy(Phase.LOADING) / energy(Phase.WARMUP)
    decade = (1172 - 498) / 6  # from 10 J to 10 MJ
    found = (lengths[Phase.LOADING] - lengths[Phase.WARMUP]) / decade
    assert 10**found == pytest.approx(ratio, rel=1e-3)


LEDGER_PHASES = [p.phase for p in FULL.phases]


def test_text_is_escaped_and_cut():
    drawn_text = draw_flow(ledger_of("many"), "<script>&\nb")
    assert "<script>" not in drawn_text
    found = texts("many", heading="<script>&\nb")
    assert found[0] == "<script>&"
    assert any(words.startswith("role 0 <&") for words in found)


def test_the_same_ledger_gives_the_same_text():
    once, again = (draw_flow(ledger_of("twelve boards"), HEADING) for _ in range(2))
    assert once == again


def test_a_column_of_figures_adds_up():
    assert column([Fraction(1, 3)] * 3, 1) == ["0.4", "0.3", "0.3"]
    assert column([], 2) == []


def test_scales_times_and_names():
    assert scale_of(Fraction(0)).name == "J"
    assert scale_of(Fraction(5726))[1:] == ("J", 0)
    assert scale_of(Fraction(1, 2))[1:] == ("J", 4)
    assert scale_of(Fraction(2_000_000), 7)[1:] == ("kJ", 3)
    found = {power: scale_of(Fraction(10) ** power).name for power in range(-4, 9)}
    assert [found[power] for power in (-4, -2, -1, 0, 4, 5, 7, 8)] == (
        ["mJ", "mJ", "J", "J", "J", "kJ", "kJ", "MJ"]
    )
    assert scale_of(Fraction(1, 10**30)).name == "aJ"
    assert event_scale(Fraction("0.000000601"))[1:] == ("uJ", 4)
    assert event_scale(Fraction(1, 10**12)).name == "pJ"
    assert event_scale(Fraction(5)).name == "J"
    times = [seconds_text(Fraction(s)) for s in (Fraction(1, 2), 10, 119, 480, 7200)]
    assert times == ["0.5 s", "10 s", "119 s", "8 min", "2 h"]
    assert short("abcdefghij", 7) == "abc\u2026hij"
