"""Axes and marks of the report's diagrams, in SVG whose colours are those of the page."""

from collections.abc import Callable, Iterable, Sequence
from math import ceil, floor, log10
from typing import NamedTuple

from markupsafe import Markup

from host.energy.flowwords import short
from host.pictures.svg import number
from host.report.markup import tag

__all__ = [
    "Axis",
    "bottom_axis",
    "hue_class",
    "line",
    "name_room",
    "picture",
    "plain_number",
    "rectangle",
    "row_height",
    "row_name",
    "ticks",
    "words",
]


CHARACTER, NAME_CHARACTER = 6.6, 7.2
"""Width of a character of an axis, and of one of a name, which is bold."""
LONGEST = 11
"""Characters of a name."""
DARK = 0.5
"""Weighted mean of red, green and blue up to which a colour is dark."""


class Axis(NamedTuple):
    """Values from `low` to `high` along coordinates from `start` to `stop`."""

    low: float
    high: float
    start: float
    stop: float

    def at(self, value: float) -> float:
        """Coordinate of a value."""
        span = self.high - self.low
        share = (value - self.low) / span if span else 0.5
        return self.start + share * (self.stop - self.start)


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round values from `low` to `high`, `most` at most, that are 1, 2 or 5 times a power of ten.

    Examples
    --------
    >>> ticks(0.0, 1000.0, 6)
    [0.0, 200.0, 400.0, 600.0, 800.0, 1000.0]
    """
    if not high > low:
        return [low]
    power = 10.0 ** floor(log10((high - low) / most))
    steps = (factor * power for factor in (1, 2, 5, 10, 20))
    step = next(s for s in steps if floor(high / s + 1e-9) - ceil(low / s - 1e-9) < most)
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return [round(k * step, 12) for k in range(first, last + 1)]


def plain_number(value: float) -> str:
    """A value of an axis.

    >>> plain_number(1500.0)
    '1,500'
    """
    return f"{value:,g}".replace("-", "\u2212")


def picture(width: float, height: float, parts: Iterable[Markup], *, label: str) -> Markup:
    """An SVG element `width` units wide, that fills what it stands in."""
    return tag(
        "svg",
        *parts,
        viewBox=f"0 0 {number(width)} {number(height)}",
        role="img",
        aria_label=label,
        class_="plot",
    )


def name_room(names: Sequence[str]) -> float:
    """Width that the names of rows need, cut or not."""
    return 10.0 + NAME_CHARACTER * min(LONGEST, max(map(len, names), default=0))


def row_name(name: str, x: float, y: float) -> Markup:
    """Name of a row that begins at x; a long one is cut in its middle."""
    return words(short(name, LONGEST), x - 8, y, anchor="end", kind="plot-name")


def row_height(n_rows: int, usual: float, least: float, tallest: float) -> float:
    """Height of each of `n_rows` rows: as usual, less if there are many, but legible.

    >>> row_height(8, 44.0, 16.0, 720.0), row_height(90, 44.0, 16.0, 720.0)
    (44.0, 16.0)
    """
    return max(least, min(usual, tallest / n_rows)) if n_rows else usual


def hue_class(colour: str) -> str:
    """Class of a mark in one of the colours of populations: dark ones are lifted on dark ground.

    >>> hue_class("#0c63b0"), hue_class("#f5a0d0")
    ('hue', '')
    """
    red, green, blue = (int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
    return "hue" if 0.2126 * red + 0.7152 * green + 0.0722 * blue < DARK else ""


def words(text: str, x: float, y: float, *, anchor: str = "", kind: str = "plot-text") -> Markup:
    """Text whose base line begins, or with `anchor` ends or has its middle, at x, y."""
    return tag("text", text, x=number(x), y=number(y), text_anchor=anchor or None, class_=kind)


def line(x0: float, y0: float, x1: float, y1: float, kind: str, **more: object) -> Markup:
    """A straight line."""
    d = f"M{number(x0)} {number(y0)}L{number(x1)} {number(y1)}"
    return tag("path", d=d, class_=kind, **more)


def rectangle(
    x: float, y: float, width: float, height: float, kind: str = "", **more: object
) -> Markup:
    """A rectangle; `more` are attributes such as ``fill`` or ``data_tip``."""
    size = {"width": number(max(0.0, width)), "height": number(max(0.0, height))}
    return tag("rect", x=number(x), y=number(y), **size, class_=kind or None, **more)


def _legible_ticks(axis: Axis, written: Callable[[float], str]) -> list[float]:
    """As many ticks as there is room for the words of."""
    for most in (6, 5, 4, 3):
        found = ticks(axis.low, axis.high, most)
        widest = CHARACTER * max(len(written(value)) + 1 for value in found)
        if len(found) < 2 or axis.at(found[1]) - axis.at(found[0]) >= widest:
            break
    return found


def bottom_axis(
    axis: Axis,
    y: float,
    name: str,
    *,
    top: float | None = None,
    written: Callable[[float], str] = plain_number,
    at: Sequence[float] | None = None,
) -> list[Markup]:
    """Ticks with their values below y, the name below these; grid lines up to `top` if given."""
    drawn = []
    for value in _legible_ticks(axis, written) if at is None else at:
        x = axis.at(value)
        drawn.append(line(x, y, x, y + 4, "plot-axis"))
        drawn.append(words(written(value), x, y + 17, anchor="middle"))
        if top is not None:
            drawn.insert(0, line(x, top, x, y, "plot-grid"))
    drawn.append(line(axis.start, y, axis.stop, y, "plot-axis"))
    drawn.append(words(name, (axis.start + axis.stop) / 2, y + 34, anchor="middle"))
    return drawn
