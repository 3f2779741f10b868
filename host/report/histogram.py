"""Histograms of cores and chips against a limit."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from markupsafe import Markup

from host.report.markup import figure
from host.report.numbers import plural
from host.report.plot import Axis, bottom_axis, line, picture, rectangle, words

__all__ = ["Scale", "histogram"]

N_BINS = 36
WIDTH, LEFT, RIGHT, TOP, HEIGHT = 300.0, 12.0, 12.0, 24.0, 92.0


class Scale(NamedTuple):
    """What a histogram spans; values beyond its ends are in the outermost bars.

    Attributes
    ----------
    low, high : float
    limit : float
        Drawn as a line.
    name : str
        Of the axis, with its unit.
    written : callable
        Writes a value.
    is_bad_below : bool
        On which side of the limit bars are of the colour of what is bad.
    """

    low: float
    high: float
    limit: float
    name: str
    written: Callable[[float], str]
    is_bad_below: bool


def histogram(head: str, values: Sequence[float], scale: Scale, noun: str) -> Markup:
    """Draw how many of `values` lie where.

    Parameters
    ----------
    head : str
        What it is of, with what is to be said of their number.
    values : sequence of float
    scale : Scale
    noun : str
        What is counted: ``"core"``.
    """
    x_axis = Axis(scale.low, scale.high, LEFT, WIDTH - RIGHT)
    bottom = TOP + HEIGHT
    parts = [words(head, LEFT, 14.0, kind="plot-name"), *_bars(values, scale, x_axis, noun)]
    ends = (scale.low, (scale.low + scale.high) / 2, scale.high)
    at = sorted({*ends, scale.limit})
    parts += bottom_axis(x_axis, bottom, scale.name, at=at, written=scale.written)
    x = x_axis.at(scale.limit)
    parts.append(line(x, TOP - 2, x, bottom, "plot-limit"))
    label = f"{scale.name}: {head}"
    return figure(picture(WIDTH, bottom + 40, parts, label=label), "", label=label)


def _bars(values: Sequence[float], scale: Scale, x_axis: Axis, noun: str) -> list[Markup]:
    edges = np.linspace(scale.low, scale.high, N_BINS + 1)
    counts, _ = np.histogram(np.clip(values, scale.low, scale.high), edges)
    most, bottom, drawn = max(1, int(counts.max())), TOP + HEIGHT, []
    for n, low, high in zip(counts.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        if not n:
            continue
        height = max(2.0, HEIGHT * n / most)
        x0, x1 = x_axis.at(low), x_axis.at(high)
        slip = 1e-9 * (scale.high - scale.low)
        is_bad = high <= scale.limit + slip if scale.is_bad_below else low >= scale.limit - slip
        kind = "plot-bad" if is_bad else "plot-bar"
        tip = f"{scale.written(low)} to {scale.written(high)}: {plural(n, noun)}"
        box = (x0 + 0.5, bottom - height, x1 - x0 - 1, height)
        drawn.append(rectangle(*box, kind, data_tip=tip))
    return drawn
