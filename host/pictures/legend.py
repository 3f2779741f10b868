"""The legend: populations, kinds of chips and links, and the scale of loads."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from host.pictures.colours import families
from host.pictures.scale import LoadScale
from host.pictures.svg import element, text

__all__ = [
    "SWATCH",
    "Block",
    "Entry",
    "Legend",
    "draw_legend",
    "load_entries",
    "population_entries",
]

MOST_ENTRIES = 24
"""Populations, or families of them, that a legend lists."""
COLUMN = 172.0
LINE = 21.0
SIZE = 13.0
NOTE_LINE = 18.0
NOTE_SIZE = 12.0
SWATCH = 14.0
STRIP = 44.0
GAP = 14.0
LONGEST_NAME = 18


class Entry(NamedTuple):
    """A swatch and its words.

    Attributes
    ----------
    swatch : str
        SVG text in a box of 14 (44 if `wide`) by 14.
    words : str
    wide : bool
    """

    swatch: str
    words: str
    wide: bool = False


class Block(NamedTuple):
    """Entries under a heading.

    Attributes
    ----------
    heading : str
    entries : list of Entry
    notes : tuple of str
        Lines between heading and entries.
    """

    heading: str
    entries: list[Entry]
    notes: tuple[str, ...] = ()


class Legend(NamedTuple):
    """SVG text and its height."""

    svg: str
    height: float


def draw_legend(blocks: Sequence[Block], width: float) -> Legend:
    """Set out blocks of entries.

    Parameters
    ----------
    blocks : sequence of Block
        Those without entries are left out.
    width : float
        Room for it. Entries run down columns, as many as there is room for.

    Returns
    -------
    Legend
        From (0, 0).
    """
    n_columns = max(1, int(width // COLUMN))
    drawn, y = [], 0.0
    for block in blocks:
        if not block.entries:
            continue
        drawn.append(text(block.heading, (0.0, y + SIZE), SIZE, font_weight="600"))
        y += LINE + 3.0
        for note in block.notes:
            drawn.append(text(note, (0.0, y + NOTE_SIZE - 2.0), NOTE_SIZE, "muted"))
            y += NOTE_LINE
        y += 4.0 if block.notes else 0.0
        n_rows = -(-len(block.entries) // n_columns)
        for i, entry in enumerate(block.entries):
            drawn.append(_draw(entry, COLUMN * (i // n_rows), y + LINE * (i % n_rows)))
        y += n_rows * LINE + GAP
    return Legend("".join(drawn), max(0.0, y - GAP))


def _draw(entry: Entry, x: float, y: float) -> str:
    moved = element("g", entry.swatch, transform=f"translate({x:g} {y:g})")
    width = STRIP if entry.wide else SWATCH
    return moved + text(entry.words, (x + width + 7.0, y + 11.5), SIZE)


def population_entries(names: Sequence[str], colours: Sequence[str]) -> list[Entry]:
    """List populations, or their families if there are too many; what is too much is counted.

    Parameters
    ----------
    names, colours : sequence of str

    Returns
    -------
    list of Entry
    """
    found = [Entry(_strip([c], SWATCH), _short(n)) for n, c in zip(names, colours, strict=True)]
    what = "populations"
    if len(names) > MOST_ENTRIES:
        grouped = defaultdict(list)
        for i, family in enumerate(families(names)):
            grouped[family].append(i)
        if len(grouped) <= len(names) // 2:
            found = [_family(f, [colours[i] for i in m]) for f, m in grouped.items()]
            what = "groups"
    more = len(found) - MOST_ENTRIES
    return [*found[:MOST_ENTRIES], *([Entry("", f"and {more:,} more {what}")] if more > 0 else [])]


def _family(name: str, colours: list[str]) -> Entry:
    return Entry(_strip(colours, STRIP), f"{_short(name)} ({len(colours)})", wide=True)


def _short(name: str) -> str:
    """Cut a long name in its middle: numbers and types stand at the ends."""
    half = (LONGEST_NAME - 1) // 2
    return name if len(name) <= LONGEST_NAME else f"{name[:half]}\u2026{name[-half:]}"


def _strip(colours: Sequence[str], width: float) -> str:
    each = width / len(colours)
    return "".join(
        element("rect", x=i * each, y=0.0, width=each, height=SWATCH, fill=colour)
        for i, colour in enumerate(colours)
    )


def load_entries(scale: LoadScale, widths: Sequence[float]) -> list[Entry]:
    """List the levels of `scale`.

    Parameters
    ----------
    scale : LoadScale
    widths : sequence of float
        Width (pixels) of the lines of each level.

    Returns
    -------
    list of Entry
    """
    return [
        Entry(
            element(
                "line",
                kind=f"load{scale.load_class(level)}",
                x1=0.0,
                y1=SWATCH / 2,
                x2=STRIP,
                y2=SWATCH / 2,
                stroke_width=max(width, 1.5),
            ),
            scale.label(level),
            wide=True,
        )
        for level, width in enumerate(widths)
    ]
