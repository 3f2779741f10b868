"""The raster of a run: spikes of some neurons of each population over a stretch of time.

Neurons are drawn at random (`DRAW_SEED`), the same fraction of every population, so that the
density of dots is that of spikes; only populations so small that nothing would be left of them get
`FEWEST` neurons. The stretch begins with the time that counts and is as long as `MOST_SPIKES` and
`LONGEST_MS` allow.
"""

from typing import NamedTuple

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from host.analysis.statistics import DRAW_SEED, draw
from host.pictures.colours import population_colours
from host.pictures.svg import number
from host.report.markup import figure, tag
from host.report.numbers import count, percent
from host.report.plot import Axis, bottom_axis, hue_class, line, picture, row_name
from host.results import Spikes

__all__ = ["MOST_SPIKES", "Drawn", "choose", "raster_figure"]

MOST_NEURONS, LEAST_NEURONS = 1500, 200
FEWEST = 5
"""Neurons of a small population, as far as it has them."""
ENOUGH_SPIKES, MOST_SPIKES = 3000, 6000
"""How many are aimed at, and from which on the time is cut."""
FEW_SPIKES, MANY_SPIKES = 600, 2500
"""Up to these, strokes are longer and thicker."""
LONGEST_MS = 1000.0
WIDTH, LEFT, RIGHT, TOP = 880.0, 92.0, 10.0, 6.0
HEIGHT, THICKEST = 440.0, 6.0
GAP, GAPS = 7.0, 200.0
"""Between two populations, and between all of them at most."""
LABEL = 11.0
"""Least distance of two names."""
Longs = NDArray[np.int64]


class Drawn(NamedTuple):
    """What a raster shows.

    Attributes
    ----------
    rows : tuple of ndarray of int64
        Of each population the row of each spike: rank of its neuron among those drawn.
    times_ms : tuple of ndarray of float64
        Of each population the time of each spike, warm-up included (ms).
    n_rows : tuple of int
        Neurons drawn of each population.
    start_ms, stop_ms : float
    """

    rows: tuple[Longs, ...]
    times_ms: tuple[NDArray[np.float64], ...]
    n_rows: tuple[int, ...]
    start_ms: float
    stop_ms: float


def choose(spikes: Spikes, start_ms: float, stop_ms: float) -> Drawn:
    """Choose neurons and a stretch of time from `start_ms` on."""
    stop_ms = min(stop_ms, start_ms + LONGEST_MS)
    begin, end = np.searchsorted(spikes.steps, np.array([start_ms, stop_ms]) / spikes.dt_ms - 1e-6)
    n_neurons, n_spikes = sum(spikes.sizes), max(1, int(end - begin))
    least, most = LEAST_NEURONS / n_neurons, MOST_NEURONS / n_neurons
    fraction = min(1.0, most, max(least, ENOUGH_SPIKES / n_spikes))
    rng = np.random.default_rng(DRAW_SEED)
    wanted = [min(n, max(FEWEST, round(fraction * n))) for n in spikes.sizes]
    chosen = [draw(n, k, rng) for n, k in zip(spikes.sizes, wanted, strict=True)]
    row = np.full(n_neurons, -1, dtype=np.int64)
    for first, own in zip(spikes.first_ids, chosen, strict=True):
        row[first + own] = np.arange(own.size)
    rows, neurons = row[spikes.neurons[begin:end]], spikes.neurons[begin:end]
    is_shown = rows >= 0
    times = spikes.steps[begin:end] * spikes.dt_ms
    if np.count_nonzero(is_shown) > MOST_SPIKES:
        last = float(times[is_shown][MOST_SPIKES])
        stop_ms = start_ms + max(spikes.dt_ms, float(f"{last - start_ms:.1g}") * 0.5)
        is_shown &= times < stop_ms
    rows, neurons, times = rows[is_shown], neurons[is_shown], times[is_shown]
    of = np.searchsorted(np.cumsum(spikes.sizes), neurons, side="right")
    populations = range(len(spikes.sizes))
    return Drawn(
        tuple(rows[of == k] for k in populations),
        tuple(times[of == k] for k in populations),
        tuple(wanted),
        start_ms,
        stop_ms,
    )


def raster_figure(spikes: Spikes, start_ms: float, stop_ms: float) -> Markup:
    """Draw the raster with its caption.

    Parameters
    ----------
    spikes : Spikes
    start_ms, stop_ms : float
        The time that counts.
    """
    drawn = choose(spikes, start_ms, stop_ms)
    n_spikes = sum(rows.size for rows in drawn.rows)
    fraction = percent(sum(drawn.n_rows) / sum(spikes.sizes))
    caption = (
        f"{count(n_spikes)} spikes of {count(sum(drawn.n_rows))} neurons, drawn at random: "
        f"{fraction} of every population, or {FEWEST} where that is less. All spikes of these "
        f"neurons from {drawn.start_ms:g} to {drawn.stop_ms:g} ms are shown."
    )
    label = f"Raster of spikes of {len(spikes.populations)} populations over time"
    return figure(_draw(spikes, drawn, label), caption, label=label, least_px=560)


def _draw(spikes: Spikes, drawn: Drawn, label: str) -> Markup:
    gap = min(GAP, GAPS / len(drawn.n_rows))
    thickness = min(THICKEST, (HEIGHT - (len(drawn.n_rows) - 1) * gap) / sum(drawn.n_rows))
    x_axis = Axis(drawn.start_ms, drawn.stop_ms, LEFT, WIDTH - RIGHT)
    colours = population_colours(spikes.populations)
    size = _stroke(sum(rows.size for rows in drawn.rows), thickness)
    parts, y, last = [], TOP, -LABEL
    for k, name in enumerate(spikes.populations):
        height = drawn.n_rows[k] * thickness
        middle = y + height / 2
        if middle - last >= LABEL:  # of many small ones only some
            parts.append(row_name(name, LEFT, middle + 4))
            last = middle
        if k:
            parts.append(line(LEFT, y - gap / 2, WIDTH - RIGHT, y - gap / 2, "plot-grid"))
        at = [number(x_axis.at(time)) for time in drawn.times_ms[k].tolist()]
        middles = y + (drawn.rows[k] + 0.5) * thickness
        parts.append(_spikes(at, middles, size, colours[k]))
        y += height + gap
    bottom = y - gap + 5
    parts += bottom_axis(x_axis, bottom, "biological time (ms)")
    return picture(WIDTH, bottom + 40, parts, label=label)


def _stroke(n_spikes: int, thickness: float) -> tuple[float, float]:
    """Width and height of the stroke of a spike: the fewer there are, the larger."""
    if n_spikes <= FEW_SPIKES:
        return 2.2, max(4.0, thickness)
    return (1.8, max(3.0, thickness)) if n_spikes <= MANY_SPIKES else (1.4, max(2.0, thickness))


def _spikes(
    at: list[str], middles: NDArray[np.floating], size: tuple[float, float], colour: str
) -> Markup:
    """One path: of each spike a short upright stroke."""
    width, height = size
    stroke = f"v{number(height)}"
    tops = (number(y - height / 2) for y in middles.tolist())
    d = "".join(f"M{x} {y}{stroke}" for x, y in zip(at, tops, strict=True)) or "M0 0"
    shape = {"fill": "none", "stroke": colour, "stroke_width": number(width)}
    return tag("path", d=d, **shape, class_=hue_class(colour) or None)
