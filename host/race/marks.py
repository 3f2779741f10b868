"""Marks of the race: a shape for each family, so that they are told apart without colour."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from host.pictures.colours import OKABE_ITO
from host.pictures.svg import element, number, path, points
from host.race.entry import Entry

__all__ = ["FAMILIES", "MISSED", "OTHER", "RACING", "Mark", "draw_mark", "mark_of"]

RADIUS = 7.0
STAR_RADIUS = 15.0
EDGE = {"stroke_width": 2.5}
"""Of the colour of the paper, so that marks that overlap are told apart."""
POLYGONS = {
    "square": (4, -45.0, 1.25 * RADIUS),
    "diamond": (4, -90.0, 1.3 * RADIUS),
    "triangle": (3, -90.0, 1.35 * RADIUS),
}
"""Corners, direction of the first (degrees) and radius, for areas that look alike."""

BLUE, ORANGE, GREEN, _, _, RED, _, _ = OKABE_ITO


class Mark(NamedTuple):
    """A shape and the class or colour that it is filled with."""

    shape: str
    colour: str = ""
    """Empty: as text, which follows the background."""
    is_hollow: bool = False


FAMILIES: Mapping[str, Mark] = {
    "CPU": Mark("circle", BLUE),
    "GPU": Mark("square", GREEN),
    "FPGA": Mark("diamond", ORANGE),
    "SpiNNaker": Mark("triangle", RED),
}
RACING = Mark("star")
OTHER = Mark("star", is_hollow=True)
MISSED = Mark("cross")


def mark_of(entry: Entry) -> Mark:
    """Mark of an entry."""
    if entry.family is not None:
        return FAMILIES[entry.family]
    if entry.deadline == "missed":
        return MISSED
    return OTHER if entry.differs else RACING


def draw_mark(mark: Mark, x: float, y: float) -> str:
    """SVG text of a mark at (x, y)."""
    if mark.shape == "circle":
        return element("circle", kind="halo", cx=x, cy=y, r=RADIUS, fill=mark.colour, **EDGE)
    if mark.shape == "cross":
        left, top, size = number(x - RADIUS), number(y - RADIUS), number(2 * RADIUS)
        steps = f"M{left} {top}l{size} {size}m-{size} 0l{size} -{size}"
        return path(steps, "board", stroke_width=3.0, fill="none")
    steps = points(np.add(_corners(mark.shape), (x, y)))
    if mark.is_hollow:
        return path(steps, "paper board", stroke_width=1.8)
    if not mark.colour:
        return path(steps, "ink halo", **EDGE)
    return path(steps, "halo", fill=mark.colour, **EDGE)


def _corners(shape: str) -> list[tuple[float, float]]:
    if shape == "star":
        return [_polar(STAR_RADIUS * (1.0, 0.5)[k % 2], -90.0 + 36.0 * k) for k in range(10)]
    n, first, radius = POLYGONS[shape]
    return [_polar(radius, first + 360.0 / n * k) for k in range(n)]


def _polar(radius: float, degrees: float) -> tuple[float, float]:
    turn = math.radians(degrees)
    return radius * math.cos(turn), radius * math.sin(turn)
