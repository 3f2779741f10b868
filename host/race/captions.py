"""Captions of marks: the name of an entry, and below it what tells it from others."""

from textwrap import wrap
from typing import NamedTuple

from host.energy.flowwords import short
from host.pictures.svg import text
from host.race.entry import Entry
from host.race.labels import Box
from host.race.words import kind_text

__all__ = ["LONGEST", "LONGEST_IN_STRIP", "Caption", "caption_of", "draw_caption"]

NAME_SIZE, KIND_SIZE = 13.0, 11.5
WIDTH_OF_NAME, WIDTH_OF_KIND = 0.68, 0.6
"""Width of a character over the size of the font, bold and not: of wide fonts without serifs."""
LONGEST, LONGEST_IN_STRIP = (28, 40), (18, 24)
"""Characters of a name, and of a line below it."""


class Caption(NamedTuple):
    """Name of an entry, and the lines below it."""

    name: str
    lines: list[str]

    @property
    def size(self) -> tuple[float, float]:
        """Width and height."""
        widths = [WIDTH_OF_KIND * KIND_SIZE * len(line) for line in self.lines]
        width = max(WIDTH_OF_NAME * NAME_SIZE * len(self.name), *widths)
        return width, NAME_SIZE + 2.0 + (KIND_SIZE + 2.0) * len(self.lines)


def caption_of(entry: Entry, longest: tuple[int, int]) -> Caption:
    """Caption of an entry.

    Parameters
    ----------
    entry : Entry
    longest : tuple of int
        Characters of the name, which is cut, and of the lines, which are wrapped.
    """
    return Caption(short(entry.name, longest[0]), wrap(kind_text(entry), longest[1]))


def draw_caption(words: Caption, box: Box, x: float) -> str:
    """SVG text of a caption in its box, at the side where its mark is.

    Parameters
    ----------
    words : Caption
    box : Box
    x : float
        Of the mark.
    """
    at, anchor = (box.right, "end") if box.right < x else (box.left, "start")
    y = box.top + NAME_SIZE - 2.0
    lines = [(words.name, y, NAME_SIZE, "600")]
    for k, line in enumerate(words.lines, start=1):
        lines.append((line, y + k * (KIND_SIZE + 2.0), KIND_SIZE, "400"))
    return "".join(
        text(
            line,
            (at, base),
            size,
            "ink halo",
            stroke_width=3.0,
            font_weight=weight,
            text_anchor=anchor,
        )
        for line, base, size, weight in lines
    )
