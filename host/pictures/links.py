"""Links: what they carry, the busiest of all, and the dead ones.

A link is drawn from the centre of the chip that sends to half-way to the one that receives, where
the half of the other direction meets it. At the seam of a torus it juts out a little further.
"""

from collections import defaultdict
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from host.pictures.ground import Ground
from host.pictures.hexagons import ACROSS, LINK_STEPS, edge
from host.pictures.picture import MachinePicture
from host.pictures.scale import LoadScale, short
from host.pictures.svg import element, number, path, text
from router.geometry import LINK_VECTORS, N_LINKS, Link

__all__ = [
    "MOST_LINKS",
    "WIDEST",
    "Hottest",
    "draw_dead_links",
    "draw_hottest",
    "draw_links",
    "has_dead_links",
    "hottest",
    "line_widths",
]

DEAD = -1
"""Neighbour where no link lives."""
MOST_LINKS = 4_000
"""Links drawn of a large machine, the busiest ones."""
QUIET_WIDTH = 1.6
NARROWEST, WIDEST = 4.0, 22.0
OVER_THE_SEAM = 0.74


class Hottest(NamedTuple):
    """The busiest link.

    Attributes
    ----------
    chip, link : int
    load : float
        Packets/s.
    name : str
        As in ``(3, 4) NE``.
    """

    chip: int
    link: int
    load: float
    name: str


def hottest(picture: MachinePicture) -> Hottest | None:
    """Find the busiest link, the first of equals; None if nothing is sent."""
    loads = picture.link_load
    if loads is None or not loads.size or not loads.max() > 0:
        return None
    chip, link = divmod(int(np.argmax(loads)), N_LINKS)
    x, y = picture.xy[chip].tolist()
    return Hottest(chip, link, float(loads[chip, link]), f"({x}, {y}) {Link(link).name}")


def line_widths(scale: LoadScale) -> list[float]:
    """Width of the lines of each level of load."""
    parts = [(level + 1) / scale.n_levels for level in range(scale.n_levels)]
    return [NARROWEST + (WIDEST - NARROWEST) * part for part in parts]


def draw_links(picture: MachinePicture, ground: Ground, scale: LoadScale) -> str:
    """Draw living links by what they carry, one path for each level of load."""
    if picture.link_load is None:
        return ""
    shown = _shown(picture, ground)
    levels = scale.level(picture.link_load)
    steps = defaultdict(list)
    lengths = np.where(_joins(picture, ground), 0.5, OVER_THE_SEAM)
    for chip, link in np.argwhere(shown).tolist():
        x, y = ground.at[chip].tolist()
        dx, dy = (LINK_STEPS[link] * lengths[chip, link]).tolist()
        steps[int(levels[chip, link])].append(f"M{x} {y}l{number(dx)} {number(dy)}")
    widths = line_widths(scale)
    drawn = [path(steps[-1], "quiet", fill="none", stroke_width=QUIET_WIDTH)]
    for level, width in enumerate(widths):
        kind = f"load{scale.load_class(level)}"
        drawn.append(path(steps[level], kind, fill="none", stroke_width=width))
    return "".join(drawn)


def _shown(picture: MachinePicture, ground: Ground) -> NDArray[np.bool_]:
    shown: NDArray[np.bool_] = picture.neighbours != DEAD
    loads = picture.link_load
    if ground.is_detailed or loads is None:
        return shown
    sent = np.where(shown, loads, 0.0).ravel()
    busiest = np.argsort(-sent, kind="stable")[:MOST_LINKS]
    found = np.zeros(loads.size, bool)
    found[busiest] = sent[busiest] > 0
    return found.reshape(loads.shape)


def _joins(picture: MachinePicture, ground: Ground) -> NDArray[np.bool_]:
    """Which links lead to the adjacent hexagon, not over the seam of a torus."""
    there = ground.places[picture.neighbours] - ground.places[:, np.newaxis]
    joins: NDArray[np.bool_] = np.all(there == LINK_VECTORS, axis=2) & (picture.neighbours >= 0)
    return joins


def draw_hottest(hot: Hottest | None, ground: Ground, unit: float) -> str:
    """Ring the busiest link and name it."""
    if hot is None:
        return ""
    x, y = (ground.at[hot.chip] + LINK_STEPS[hot.link] / 2).tolist()
    radius = max(0.36 * ACROSS, 8.0 / unit)
    ring = element(
        "circle", kind="mark", cx=x, cy=y, r=radius, fill="none", stroke_width=2.2 / unit
    )
    is_right = x > ground.low[0] + 0.75 * ground.size[0]
    side = -1 if is_right else 1
    label = text(
        f"{hot.name}, {short(hot.load)}/s",
        (x + side * (radius + 5.0 / unit), y + 4.5 / unit),
        13.0 / unit,
        "ink halo",
        stroke_width=4.0 / unit,
        text_anchor="end" if is_right else "start",
        font_weight="600",
    )
    return ring + label


def draw_dead_links(picture: MachinePicture, ground: Ground, unit: float) -> str:
    """Bar the edges between living chips that no link joins."""
    steps = []
    for chip, link in np.argwhere(_dead(picture)).tolist():
        (x0, y0), (x1, y1) = (ground.at[chip] + edge(link)).tolist()
        steps.append(f"M{x0} {y0}l{x1 - x0} {y1 - y0}")
    return path(
        steps, "cut", fill="none", stroke_width=max(6.0, 1.2 / unit), stroke_linecap="round"
    )


def has_dead_links(picture: MachinePicture) -> bool:
    """Whether a link between living chips is dead."""
    return bool(np.any(_dead(picture)))


def _dead(picture: MachinePicture) -> NDArray[np.bool_]:
    size = np.array([picture.width, picture.height])
    chip_id = np.full(tuple(size), -1, np.int64)
    chip_id[tuple(picture.xy.T)] = np.arange(picture.n_chips)
    there = picture.xy[:, np.newaxis] + LINK_VECTORS
    inside = np.all((there >= 0) & (there < size), axis=2) | picture.wrap
    there = there % size
    other = np.where(inside, chip_id[there[..., 0], there[..., 1]], -1)
    itself = other == np.arange(picture.n_chips)[:, np.newaxis]
    dead: NDArray[np.bool_] = (other >= 0) & ~itself & (picture.neighbours == DEAD)
    return dead
