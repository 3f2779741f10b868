"""The figure of the race: real-time factor against energy per synaptic event.

Both axes are logarithmic, less is better, as in Senk et al. 2026. Every entry is drawn: what has
no energy stands in a strip beside the plot.
"""

from collections.abc import Iterable, Sequence
from textwrap import wrap
from typing import NamedTuple

from host.pictures.svg import STYLE, element, number, path, text, title
from host.race.axes import LogAxis, log_axis
from host.race.bars import Bar
from host.race.captions import LONGEST, LONGEST_IN_STRIP, caption_of, draw_caption
from host.race.entry import Entry
from host.race.labels import Box, Label, Placed, place_labels
from host.race.legend import draw_legend
from host.race.marks import RADIUS, STAR_RADIUS, draw_mark, mark_of
from host.race.power import draw_powers
from host.race.words import RTF_OF_RUNS, energy_text, figure_text, footnotes, kind_text, rtf_text

__all__ = ["draw_race"]

WIDTH, MARGIN = 1200.0, 28.0
LEFT, HEIGHT = 96.0, 640.0
"""Where the plot begins, and how high it is."""
STRIP, STRIP_GAP, POWER_ROOM = 210.0, 12.0, 66.0
"""Strip of entries without energy; room for the words of lines of power."""
TICK_SIZE, NOTE_SIZE = 13.0, 13.5
CHARACTERS = 150
FURTHEST = 10.0
"""Bars that reach further than this factor end at the edge of the plot, with an arrow."""


class _Spot(NamedTuple):
    """An entry, and where its mark is."""

    entry: Entry
    x: float
    y: float


class _Plot(NamedTuple):
    """Where things are."""

    across: LogAxis
    down: LogAxis
    strip: Box | None

    @property
    def frame(self) -> Box:
        """The plot without its strip."""
        return Box(self.across.start, self.down.stop, self.across.stop, self.down.start)

    @property
    def boxes(self) -> list[Box]:
        """The plot, and the strip if there is one."""
        return [self.frame] if self.strip is None else [self.frame, self.strip]


def draw_race(entries: Sequence[Entry], source: str) -> str:
    """Draw the race.

    Parameters
    ----------
    entries : sequence of Entry
        Published rows and runs.
    source : str
        Of the published rows.

    Returns
    -------
    str
        An SVG element 1200 units wide, without a fixed size. The same entries always give the
        same text.
    """
    header, top = _header(entries, source)
    plot = _plot(entries, top)
    legend, below = draw_legend(entries, MARGIN, plot.frame.bottom + 76.0, WIDTH - 2 * MARGIN)
    notes, bottom = _notes(entries, below + 8.0)
    return element(
        "svg",
        title("race: real-time factor and energy per synaptic event"),
        element("style", STYLE),
        element("rect", kind="paper", width=WIDTH, height=bottom),
        header,
        _axes(plot),
        draw_powers(plot.across, plot.down),
        *_entries(plot, entries),
        legend,
        notes,
        kind="picture",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {number(WIDTH)} {number(bottom)}",
        role="img",
    )


def _header(entries: Sequence[Entry], source: str) -> tuple[str, float]:
    """Title and caption, and where the plot may begin."""
    words = "The race: speed and energy of the full-scale cortical microcircuit"
    drawn = [text(words, (MARGIN, MARGIN + 14.0), 22.0, font_weight="600")]
    caption = [f"Published: {source}. q_RTF: wall time over biological time; less is better."]
    if any(entry.is_run for entry in entries):
        caption.append(f"{RTF_OF_RUNS}. Bars: all prices low, all prices high.")
    lines, y = _lines(caption, MARGIN + 20.0)
    return "".join(drawn) + lines, y + 34.0


def _notes(entries: Sequence[Entry], y: float) -> tuple[str, float]:
    published = "; ".join(footnotes(entry for entry in entries if not entry.is_run))
    of_runs = footnotes((entry for entry in entries if entry.is_run), with_systems=True)
    lines, bottom = _lines(filter(None, (published, *of_runs)), y)
    return lines, bottom + MARGIN - 8.0


def _lines(words: Iterable[str], y: float) -> tuple[str, float]:
    drawn = []
    for line in (part for paragraph in words for part in wrap(paragraph, CHARACTERS)):
        y += 19.0
        drawn.append(text(line, (MARGIN, y), NOTE_SIZE, "muted"))
    return "".join(drawn), y


def _factor(entry: Entry) -> float:
    """Real-time factor to draw an entry at; a run that has none is drawn at its slow-down."""
    return next(q for q in (entry.q_rtf, entry.slowdown) if q is not None)


def _has_energy(entry: Entry) -> bool:
    """Whether an entry has a place on a logarithmic axis of energy."""
    return entry.e_syn is not None and entry.e_syn.nominal_uj > 0


def _reach(entry: Entry) -> list[float]:
    """Energies (uJ) of an entry that the axis should hold."""
    if entry.e_syn is None or not _has_energy(entry):
        return []
    low, middle, high = entry.e_syn
    return [max(low, middle / FURTHEST), min(high, middle * FURTHEST)]


def _plot(entries: Sequence[Entry], top: float) -> _Plot:
    bottom, right = top + HEIGHT, WIDTH - MARGIN - POWER_ROOM
    strip = None
    if not all(map(_has_energy, entries)):
        strip = Box(WIDTH - MARGIN - STRIP, top, WIDTH - MARGIN, bottom)
        right = strip.left - STRIP_GAP - POWER_ROOM
    energies = [value for entry in entries for value in _reach(entry)]
    factors = log_axis(map(_factor, entries), bottom, top)
    return _Plot(log_axis(energies, LEFT, right), factors, strip)


def _axes(plot: _Plot) -> str:
    frame, bottom = plot.frame, plot.down.start
    borders = [f"M{b.left:g} {b.top:g}H{b.right:g}V{b.bottom:g}H{b.left:g}z" for b in plot.boxes]
    grid, words = [], []
    for value in plot.across.ticks():
        x = plot.across.at(value)
        grid.append(f"M{number(x)} {number(frame.top)}V{number(frame.bottom)}")
        words.append(_tick(value, x, bottom + 20.0, "middle"))
    for value in plot.down.ticks():
        y = plot.down.at(value)
        grid += [f"M{number(b.left)} {number(y)}H{number(b.right)}" for b in plot.boxes]
        words.append(_tick(value, frame.left - 8.0, y + 4.5, "end"))
    middle = ((frame.left + frame.right) / 2, (frame.top + frame.bottom) / 2)
    words += [
        _title("energy per synaptic event, E_syn (uJ)", middle[0], bottom + 46.0),
        _title("real-time factor, q_RTF", 34.0, middle[1], turn=-90.0),
    ]
    if plot.strip is not None:
        middle_of_strip = (plot.strip.left + plot.strip.right) / 2
        words.append(_title("no energy given", middle_of_strip, bottom + 20.0))
    return (
        path(grid, "edge", stroke_width=0.8)
        + path(borders, "board", stroke_width=1.2, fill="none")
        + "".join(words)
    )


def _tick(value: float, x: float, y: float, anchor: str) -> str:
    words = f"{value:g}" if 1e-4 <= value < 1e6 else f"{value:.0e}"
    return text(words, (x, y), TICK_SIZE, text_anchor=anchor)


def _title(words: str, x: float, y: float, turn: float = 0.0) -> str:
    attributes = {"transform": f"rotate({turn:g} {x:g} {y:g})"} if turn else {}
    return text(words, (x, y), 14.0, text_anchor="middle", **attributes)


def _entries(plot: _Plot, entries: Sequence[Entry]) -> list[str]:
    """Bars, marks and labels of all entries; runs, which are larger, below the published marks."""
    inside, beside = _spots(plot, entries)
    energies = ((spot.entry.e_syn, spot.y) for spot in inside)
    bars = [Bar(plot.across, e_syn, y) for e_syn, y in energies if e_syn and e_syn.has_band]
    obstacles = [*map(_bounds, inside), *(bar.bounds for bar in bars)]
    return [
        *(bar.draw() for bar in bars),
        _labels(inside, obstacles, plot.frame, strip=False),
        "" if plot.strip is None else _beside(beside, plot.strip),
        *map(_mark, sorted(inside + beside, key=lambda spot: not spot.entry.is_run)),
    ]


def _beside(spots: Sequence[_Spot], strip: Box) -> str:
    return _labels(spots, list(map(_bounds, spots)), strip, strip=True)


def _spots(plot: _Plot, entries: Sequence[Entry]) -> tuple[list[_Spot], list[_Spot]]:
    """Entries in the plot, and those in the strip."""
    inside, beside = [], []
    for entry in entries:
        y = plot.down.at(_factor(entry))
        if entry.e_syn is not None and _has_energy(entry):
            inside.append(_Spot(entry, plot.across.at(entry.e_syn.nominal_uj), y))
        elif plot.strip is not None:
            beside.append(_Spot(entry, plot.strip.left + 20.0, y))
    return inside, beside


def _bounds(spot: _Spot) -> Box:
    radius = STAR_RADIUS if spot.entry.is_run else RADIUS + 1.0
    return Box(spot.x, spot.y, spot.x, spot.y).grown(radius)


def _leader(place: Placed) -> str:
    if place.leader is None:
        return ""
    x0, y0, x1, y1 = map(number, place.leader)
    return path(f"M{x0} {y0}L{x1} {y1}", "board", stroke_width=0.9, stroke_opacity=0.7)


def _mark(spot: _Spot) -> str:
    entry = spot.entry
    words = f"{entry.name}: {kind_text(entry)}, q_RTF {rtf_text(entry)}, E_syn {energy_text(entry)}"
    band = entry.e_syn
    if band is not None and band.has_band:
        words += f" ({figure_text(band.low_uj)} to {figure_text(band.high_uj)})"
    drawn = draw_mark(mark_of(entry), spot.x, spot.y)
    return element("g", title(f"{words} uJ" if band else words), drawn)


def _labels(spots: Sequence[_Spot], obstacles: Sequence[Box], frame: Box, *, strip: bool) -> str:
    """Words of `spots`, and lines to them."""
    words = [caption_of(spot.entry, LONGEST_IN_STRIP if strip else LONGEST) for spot in spots]
    labels = [Label(s.x, s.y, *w.size) for s, w in zip(spots, words, strict=True)]
    placed = place_labels(labels, obstacles, frame.grown(-4.0))
    leaders = "".join(map(_leader, placed))
    drawn = (draw_caption(w, p.box, s.x) for w, p, s in zip(words, placed, spots, strict=True))
    return leaders + "".join(drawn)
