"""Results of a sweep against one key as lines, and against two as a map of cells."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from markupsafe import Markup

from host.datatable import Cell
from host.pictures.colours import LOAD_CLASSES, OKABE_ITO
from host.pictures.svg import number
from host.report.markup import figure, tag
from host.report.plot import Axis, line, picture, rectangle, ticks, words
from host.report.sweepvalues import Metric, Series, distinct, text_of, written

__all__ = ["MOST_SERIES", "heat_map", "line_panel", "series_colours"]

MOST_SERIES = len(OKABE_ITO)
"""With more, lines do not differ in colour."""
WIDTH, RIGHT, TOP, HEIGHT = 300.0, 14.0, 26.0, 130.0
LEAST_LEFT, MOST_LEFT, DIGIT = 40.0, 110.0, 6.4
"""Room for the values of the axis on the left, and of one of their characters."""
FEW_TICKS, MOST_TICKS = 4, 7
CELLS_TOP = 24.0
CELL_HEIGHT, LEAST_CELL, MOST_CELL = 30.0, 58.0, 92.0
GREY = "var(--muted)"


class Cells(NamedTuple):
    """One result over two keys: of each cell the mean of its points, None without any."""

    across: tuple[Cell, ...]
    down: tuple[Cell, ...]
    means: dict[tuple[Cell, Cell], tuple[float, int]]
    """Mean and number of points, by value across and value down."""


def series_colours(series: Sequence[Series]) -> list[str]:
    """A colour for each series; grey for all if they are too many to tell apart."""
    if len(series) > MOST_SERIES:
        return [GREY] * len(series)
    return list(OKABE_ITO[: len(series)])


def line_panel(key: str, metric: Metric, series: Sequence[Series]) -> Markup:
    """One result against `key`, whose values stand at equal distances in their order."""
    values = distinct([x for one in series for x in one.x])
    y_all = [y for one in series for own in one.points for _, y in own]
    low, high = min([0.0, *y_all]), max([0.0, *y_all])
    bottom = TOP + HEIGHT
    y_axis = Axis(low, high * 1.05 if high > low else low + 1.0, bottom, TOP)
    at = [(value, _tick(value, metric)) for value in ticks(y_axis.low, y_axis.high, FEW_TICKS)]
    left = min(MOST_LEFT, max(LEAST_LEFT, 10 + DIGIT * max(len(text) for _, text in at)))
    x_axis = Axis(0.0, max(1.0, len(values) - 1.0), left + 12, WIDTH - RIGHT - 12)
    label = f"{metric.title} against {key}"
    parts = [words(metric.title, 0, 12, kind="plot-name"), *_left_axis(y_axis, at, left)]
    parts += _value_ticks(values, x_axis, bottom, left)
    parts.append(words(key, (left + WIDTH - RIGHT) / 2, bottom + 34, anchor="middle"))
    for one, colour in zip(series, series_colours(series), strict=True):
        places = [values.index(x) for x in one.x]
        parts += _line(one, places, (x_axis, y_axis), metric, colour)
    return figure(picture(WIDTH, bottom + 40, parts, label=label), "", label=label)


def _tick(value: float, metric: Metric) -> str:
    return written(value, metric.unit).replace("-", "\u2212")


def _left_axis(y_axis: Axis, at: Sequence[tuple[float, str]], left: float) -> list[Markup]:
    drawn = []
    for value, text in at:
        y = y_axis.at(value)
        drawn.append(line(left, y, WIDTH - RIGHT, y, "plot-grid"))
        drawn.append(words(text, left - 6, y + 4, anchor="end"))
    return drawn


def _value_ticks(values: Sequence[Cell], x_axis: Axis, y: float, left: float) -> list[Markup]:
    """Values of the key, of many only some; those at the ends stay inside."""
    drawn = [line(left, y, WIDTH - RIGHT, y, "plot-axis")]
    every = -(-len(values) // MOST_TICKS)
    for k, value in enumerate(values):
        x, text = x_axis.at(float(k)), _short(text_of(value))
        drawn.append(line(x, y, x, y + 4, "plot-axis"))
        half = 3.7 * len(text)
        if k % every == 0:
            middle = min(max(x, half), WIDTH - half)
            drawn.append(words(text, middle, y + 17, anchor="middle"))
    return drawn


def _short(text: str) -> str:
    return text if len(text) <= 12 else f"{text[:11]}\u2026"


def _line(
    one: Series, places: Sequence[int], axes: tuple[Axis, Axis], metric: Metric, colour: str
) -> list[Markup]:
    """A series; its line is broken where there is no result between two values of the key."""
    x_axis, y_axis = axes
    at = [x_axis.at(float(place)) for place in places]
    joined = [False, *(one.is_line and b - a == 1 for a, b in pairwise(places))]
    means = [(x, y_axis.at(y)) for x, y in zip(at, one.y, strict=True)]
    d = "".join(
        f"{'L' if is_next else 'M'}{number(x)} {number(y)}"
        for (x, y), is_next in zip(means, joined, strict=True)
    )
    drawn = [tag("path", d=d, fill="none", stroke=colour, stroke_width="1.8")]
    for x, key, own in zip(at, one.x, one.points, strict=True):
        for n, value in own:
            tip = f"point {n}: {written(value, metric.unit)} at {text_of(key)}"
            tip += f"; {one.name}" if one.name else ""
            radius = 4.0 if len(own) == 1 else 3.0
            place = {"cx": number(x), "cy": number(y_axis.at(value)), "r": number(radius)}
            drawn.append(tag("circle", **place, fill=colour, class_="plot-ring", data_tip=tip))
    return drawn


def cells_of(across: Sequence[Cell], down: Sequence[Cell], values: Sequence[float | None]) -> Cells:
    """Means of `values` over the points that have the same values of both keys."""
    found: dict[tuple[Cell, Cell], list[float]] = {}
    for pair, value in zip(zip(across, down, strict=True), values, strict=True):
        if value is not None:
            found.setdefault(pair, []).append(value)
    means = {pair: (sum(own) / len(own), len(own)) for pair, own in found.items()}
    return Cells(tuple(distinct(across)), tuple(distinct(down)), means)


def heat_map(keys: tuple[str, str], metric: Metric, cells: Cells) -> Markup:
    """A cell for each pair of values, coloured and with its figure."""
    left = 12.0 + 7.0 * max(len(_short(text_of(value))) for value in cells.down)
    width = min(MOST_CELL, max(LEAST_CELL, (880.0 - left) / len(cells.across)))
    means = [mean for mean, _ in cells.means.values()]
    low, high = min(means), max(means)
    right, bottom = left + width * len(cells.across), CELLS_TOP + CELL_HEIGHT * len(cells.down)
    parts = []
    for i, x_value in enumerate(cells.across):
        x = left + (i + 0.5) * width
        parts.append(words(_short(text_of(x_value)), x, CELLS_TOP - 9, anchor="middle"))
    for j, y_value in enumerate(cells.down):
        y = CELLS_TOP + j * CELL_HEIGHT
        parts.append(words(_short(text_of(y_value)), left - 8, y + 19, anchor="end"))
        for i, x_value in enumerate(cells.across):
            found = cells.means.get((x_value, y_value))
            box = (left + i * width + 1, y + 1, width - 2, CELL_HEIGHT - 2)
            where = f"{keys[0]} {text_of(x_value)}, {keys[1]} {text_of(y_value)}"
            parts += _cell(box, found, (low, high), metric, where)
    label = f"{metric.title} over {keys[0]} and {keys[1]}"
    svg = picture(max(right, 240.0), bottom + 6, parts, label=label)
    n_most = max(n for _, n in cells.means.values())
    caption = metric.title + (f"; mean of up to {n_most} points in a cell" if n_most > 1 else "")
    made = figure(svg, caption, label=label, least_px=min(round(right), 560))
    return tag("div", made, style=f"width:{round(max(right, 240.0))}px")


def _cell(
    box: tuple[float, float, float, float],
    found: tuple[float, int] | None,
    span: tuple[float, float],
    metric: Metric,
    where: str,
) -> list[Markup]:
    x, y, width, height = box
    if found is None:
        empty = rectangle(x, y, width, height, "plot-empty", data_tip=f"{where}: no run")
        return [empty, words("\u2013", x + width / 2, y + 18, anchor="middle")]
    value, n = found
    low, high = span
    share = (value - low) / (high - low) if high > low else 0.0
    level = min(LOAD_CLASSES - 1, int(share * LOAD_CLASSES))
    text = written(value, metric.unit).replace("-", "\u2212")
    tip = f"{where}: {text}" + (f", mean of {n} points" if n > 1 else "")
    colour = f"var(--mp-load{level})"
    kind = "plot-text heat-high" if level >= LOAD_CLASSES // 2 else "plot-text heat-low"
    return [
        rectangle(x, y, width, height, fill=colour, rx="3", data_tip=tip),
        words(text, x + width / 2, y + 18, anchor="middle", kind=kind),
    ]
