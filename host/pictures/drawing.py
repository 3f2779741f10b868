"""Draw a mapping: chips as hexagons, populations by colour, loads of links by colour and width.

A chip's hexagon is cut into slices by the cores of each population, clockwise from the top, idle
ones last. Half of each link belongs to the chip that sends over it, so both directions show. Large
machines are drawn with less detail: each chip in the colour of the population with most cores, no
tooltips, and of the links only the busiest.
"""

from textwrap import wrap
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from host.pictures.chips import draw_boards, draw_cells, draw_chips, draw_dead_chips
from host.pictures.colours import population_colours
from host.pictures.focus import focused
from host.pictures.ground import Ground, survey
from host.pictures.hexagons import ACROSS, LINK_STEPS, ROW
from host.pictures.legend import SWATCH, Block, Entry, draw_legend, load_entries, population_entries
from host.pictures.links import (
    MOST_LINKS,
    WIDEST,
    draw_dead_links,
    draw_hottest,
    draw_links,
    has_dead_links,
    hottest,
    line_widths,
)
from host.pictures.picture import MachinePicture
from host.pictures.scale import LoadScale, load_scale
from host.pictures.svg import STYLE, element, number, path, text, title
from router.geometry import Link

__all__ = ["draw_mapping"]

WIDTH = 1200.0
MARGIN = 28.0
LEGEND_BESIDE = 200.0
HIGHEST_BESIDE, HIGHEST_BELOW = 820.0, 900.0
WIDE = 1.35
"""Width over height from which the legend goes below the machine."""
LABEL_ROOM = 26.0
"""Pixels beside and below a machine for the numbers of rows and columns."""
LARGEST_UNIT = 2.2
"""Pixels of a unit of length at most: hexagons of few chips do not fill the page."""
LABEL_PX = 24.0
CHIP_LABEL_PX = 52.0
"""Hexagons as wide as this bear their coordinates."""
TITLE_CHARACTERS, CHARACTERS = 90, 150
"""Longest line of a title and of a caption."""
STEPS = (1, 2, 4, 6, 12, 24, 48, 96)


def draw_mapping(picture: MachinePicture) -> str:
    """Draw `picture`.

    Parameters
    ----------
    picture : MachinePicture

    Returns
    -------
    str
        An SVG element 1200 units wide, without a fixed size. It stands by itself as a file, or in
        an HTML page. The same picture always gives the same text.
    """
    picture = focused(picture)
    ground = survey(picture)
    header, top = _header(picture)
    page = _page(ground, top)
    machine = element("g", _machine(picture, ground, page.unit), transform=page.transform)
    words = draw_legend(_blocks(picture, ground, page.unit), page.legend_width)
    x, y = page.legend_at
    bottom = max(page.bottom, y + words.height) + MARGIN
    return element(
        "svg",
        title(picture.title or "mapping"),
        element("style", STYLE),
        element("rect", kind="paper", width=WIDTH, height=bottom),
        header,
        machine,
        element("g", words.svg, transform=f"translate({number(x)} {number(y)})"),
        kind="picture",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {number(WIDTH)} {number(bottom)}",
        role="img",
    )


class _Page(NamedTuple):
    """Where machine and legend go; `unit` is pixels of a length of one."""

    unit: float
    transform: str
    bottom: float
    legend_at: tuple[float, float]
    legend_width: float


def _page(ground: Ground, top: float) -> _Page:
    across, down = ground.size
    is_wide = across > WIDE * down
    full = WIDTH - 2 * MARGIN
    room = full - 2 * LABEL_ROOM - (0.0 if is_wide else LEGEND_BESIDE + MARGIN)
    highest = HIGHEST_BELOW if is_wide else HIGHEST_BESIDE
    unit = min(room / across, highest / down, LARGEST_UNIT)
    left = MARGIN + LABEL_ROOM + (room - unit * across) / 2
    transform = (
        f"translate({number(left)} {number(top)}) scale({unit:.5f}) "
        f"translate({-ground.low[0]} {-ground.low[1]})"
    )
    bottom = top + unit * down + LABEL_ROOM / 2
    if is_wide:
        return _Page(unit, transform, bottom, (MARGIN, bottom + 12.0), full)
    return _Page(
        unit, transform, bottom, (WIDTH - MARGIN - LEGEND_BESIDE, top + 8.0), LEGEND_BESIDE
    )


def _header(picture: MachinePicture) -> tuple[str, float]:
    """Title and captions, and where they end."""
    drawn, y = [], MARGIN
    for line in wrap(picture.title, TITLE_CHARACTERS):
        y += 22.0
        drawn.append(text(line, (MARGIN, y - 8.0), 22.0, font_weight="600"))
    for line in (part for caption in picture.captions for part in wrap(caption, CHARACTERS)):
        y += 20.0
        drawn.append(text(line, (MARGIN, y - 4.0), 14.0, "muted"))
    return "".join(drawn), y + 8.0


def _scale(picture: MachinePicture) -> LoadScale:
    loads = picture.link_load
    return load_scale(0.0 if loads is None else float(loads.max(initial=0.0)))


def _machine(picture: MachinePicture, ground: Ground, unit: float) -> str:
    is_bare = picture.link_load is None or not ground.is_detailed
    boards = draw_boards(picture, ground, unit)
    links = draw_links(picture, ground, _scale(picture))
    chips = draw_chips(picture, ground, population_colours(picture.population_names))
    return "".join(
        [
            draw_cells(ground, unit) if ground.is_detailed else "",
            "" if is_bare else boards,
            links + chips if ground.is_detailed else chips + links,
            boards if is_bare else "",
            draw_dead_chips(picture, ground, unit),
            draw_dead_links(picture, ground, unit),
            _chip_labels(picture, ground, unit),
            _axes(picture, ground, unit),
            draw_hottest(hottest(picture), ground, unit),
        ]
    )


def _chip_labels(picture: MachinePicture, ground: Ground, unit: float) -> str:
    if unit * ACROSS < CHIP_LABEL_PX:
        return ""
    size = 11.0 / unit
    labels = (
        text(f"{x},{y}", (at_x, at_y + 0.35 * size), size, "ink halo", stroke_width=0.3 * size)
        for (x, y), (at_x, at_y) in zip(picture.xy.tolist(), ground.at.tolist(), strict=True)
    )
    return element("g", *labels, text_anchor="middle", pointer_events="none")


def _axes(picture: MachinePicture, ground: Ground, unit: float) -> str:
    """Number the columns below their lowest chip, and the rows left of their leftmost one."""
    south, west = (LINK_STEPS[link] * (0.8 + 10.0 / unit / ACROSS) for link in (Link.S, Link.W))
    columns = _lines(ground, 0, picture.width, "x", unit)
    rows = _lines(ground, 1, picture.height, "y", unit)
    labels = [_label(words, ground.at[chip] + south, unit, "middle") for chip, words in columns]
    labels += [_label(words, ground.at[chip] + west, unit, "end") for chip, words in rows]
    return "".join(labels)


def _label(words: str, at: NDArray[np.float64], unit: float, anchor: str) -> str:
    x, y = at.tolist()
    return text(words, (x, y + 4.0 / unit), 12.0 / unit, "muted", text_anchor=anchor)


def _lines(ground: Ground, axis: int, size: int, name: str, unit: float) -> list[tuple[int, str]]:
    """First chip of each column (`axis` 0) or row that is numbered, and the number."""
    step = next((s for s in STEPS if s * ROW * unit >= LABEL_PX), STEPS[-1])
    lines = ground.places[:, axis]
    order = np.lexsort((ground.places[:, 1 - axis], lines))
    found, first = np.unique(lines[order], return_index=True)
    numbers = (found % size).tolist()
    chosen = [
        pair for pair in zip(order[first].tolist(), numbers, strict=True) if pair[1] % step == 0
    ]
    return [(chip, f"{'' if i else f'{name} = '}{n}") for i, (chip, n) in enumerate(chosen)]


def _blocks(picture: MachinePicture, ground: Ground, unit: float) -> list[Block]:
    names = picture.population_names
    notes = () if ground.is_detailed else ("Of each chip: the one with most cores",)
    return [
        Block("Populations", population_entries(names, population_colours(names)), notes),
        *([] if picture.link_load is None else [_link_block(picture, ground, unit)]),
        Block("Chips", _chip_entries(picture, ground)),
    ]


def _link_block(picture: MachinePicture, ground: Ground, unit: float) -> Block:
    scale = _scale(picture)
    shrunk = min(unit, SWATCH / WIDEST)
    widths = [shrunk * width for width in line_widths(scale)]
    entries = load_entries(scale, widths) or [Entry("", "nothing is sent")]
    if hottest(picture) is not None:
        ring = element("circle", kind="mark", cx=7.0, cy=7.0, r=6.0, fill="none", stroke_width=2.0)
        entries.append(Entry(ring, "busiest link"))
    notes = ["Each half: what its chip sends"]
    if not ground.is_detailed:
        notes.append(f"At most the {MOST_LINKS:,} busiest links")
    return Block("Link load (packets/s)", entries, tuple(notes))


def _chip_entries(picture: MachinePicture, ground: Ground) -> list[Entry]:
    def box(kind: str) -> str:
        return element("rect", kind=kind, width=14.0, height=14.0)

    entries = [Entry(box("unused edge"), "chip not used")]
    if ground.is_detailed:
        entries.insert(0, Entry(box("idle"), "idle cores"))
    if len(picture.dead_xy):
        cross = path("M3 3l8 8M11 3l-8 8", "cut", stroke_width=2.0)
        entries.append(Entry(box("dead") + cross, "dead chip"))
    if has_dead_links(picture):
        entries.append(Entry(path("M7 0v14", "cut", stroke_width=3.5), "dead link"))
    if len(np.unique(picture.board)) > 1:
        entries.append(Entry(path("M0 7h14", "board", stroke_width=2.0), "edge of a board"))
    return entries
