"""The legend of the race: which mark stands for what."""

from collections.abc import Iterator, Sequence

from host.pictures.svg import element, path, text
from host.race.entry import Entry
from host.race.marks import FAMILIES, MISSED, OTHER, RACING, draw_mark, mark_of

__all__ = ["draw_legend"]

SIZE, LINE, SWATCH, GAP = 13.0, 26.0, 36.0, 24.0
WIDTH_OF_CHARACTER = 0.58

RUNS = {
    RACING: "run of the emulator",
    OTHER: "run of another network or scale: not in the race",
    MISSED: "run that missed its deadline (spikes lost or late, or more work than time), "
    "drawn at its slow-down: no valid q_RTF",
}


def draw_legend(
    entries: Sequence[Entry], left: float, top: float, width: float
) -> tuple[str, float]:
    """Explain the marks that `entries` have, in rows of `width`.

    Returns
    -------
    svg : str
    bottom : float
    """
    drawn, x, y = [], left, top
    for swatch, words in _items(entries):
        needs = SWATCH + WIDTH_OF_CHARACTER * SIZE * len(words)
        if x > left and x + needs > left + width:
            x, y = left, y + LINE
        drawn.append(element("g", swatch, transform=f"translate({x:g} {y:g})"))
        drawn.append(text(words, (x + SWATCH, y + 4.5), SIZE))
        x += needs + GAP
    return "".join(drawn), y + LINE / 2


def _items(entries: Sequence[Entry]) -> Iterator[tuple[str, str]]:
    marks = {mark_of(entry) for entry in entries}
    for family, mark in FAMILIES.items():
        if mark in marks:
            yield draw_mark(mark, 15.0, 0.0), family
    for mark, words in RUNS.items():
        if mark in marks:
            yield draw_mark(mark, 15.0, 0.0), words
    if any(e.e_syn is not None and e.e_syn.has_band for e in entries):
        bar = path("M0 0H24M0 -5v10M24 -5v10", "board", stroke_width=1.8, fill="none")
        yield bar, "all prices low to high"
    line = path("M0 6L24 -6", "board", stroke_width=1.0, stroke_dasharray="2 4", fill="none")
    yield line, "machines of equal mean power, if of the full scale"
