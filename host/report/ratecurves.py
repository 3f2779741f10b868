"""Rates of all populations over the whole run, warm-up included."""

from collections.abc import Mapping

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from host.pictures.colours import population_colours
from host.pictures.svg import number
from host.report.markup import figure, tag
from host.report.plot import (
    Axis,
    bottom_axis,
    hue_class,
    line,
    picture,
    rectangle,
    row_height,
    row_name,
    words,
)
from host.results import Spikes

__all__ = ["bin_width_ms", "curves", "rate_figure"]

MOST_BINS = 300
WIDTH, LEFT, RIGHT, TOP = 880.0, 92.0, 74.0, 6.0
ROW, LEAST_ROW, TALLEST = 44.0, 16.0, 720.0
"""Height of a row, at least, and of all rows if there are not too many."""
WIDTHS_MS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000)


def bin_width_ms(time_ms: float, dt_ms: float) -> float:
    """The shortest round width with which there are no more than `MOST_BINS`, of a step at least.

    Whole numbers of steps, so that every bin has as many.
    """
    wanted = max(time_ms / MOST_BINS, dt_ms)
    width = next((w for w in WIDTHS_MS if w >= wanted), wanted)
    return float(np.ceil(width / dt_ms - 1e-9) * dt_ms)


def curves(spikes: Spikes, time_ms: float) -> tuple[float, NDArray[np.float64]]:
    """Rate of each population in each bin from the start of the run.

    Returns
    -------
    width_ms : float
    rates_hz : ndarray of float64, shape (n_populations, n_bins)
        Spikes/s per neuron; what is left at the end and fills no bin is left out.
    """
    width_ms = bin_width_ms(time_ms, spikes.dt_ms)
    per_bin = round(width_ms / spikes.dt_ms)
    n_bins = max(1, int(time_ms / width_ms + 1e-9))
    bins = spikes.steps // per_bin
    kept = bins < n_bins
    of = np.searchsorted(np.cumsum(spikes.sizes), spikes.neurons[kept], side="right")
    n = len(spikes.sizes)
    counts = np.bincount(of * n_bins + bins[kept], minlength=n * n_bins).reshape(n, n_bins)
    return width_ms, counts / (np.array(spikes.sizes)[:, None] * width_ms / 1000.0)


def rate_figure(
    spikes: Spikes, warmup_ms: float, time_ms: float, expected_hz: Mapping[str, float]
) -> Markup:
    """Draw the rate of each population in a row of its own.

    Parameters
    ----------
    spikes : Spikes
    warmup_ms, time_ms : float
        What comes before the time that counts, and that time.
    expected_hz : mapping of str to float
        Rate of the reference, of the populations that it has.
    """
    end_ms = warmup_ms + time_ms
    width_ms, rates = curves(spikes, end_ms)
    caption = f"Spikes per neuron in bins of {width_ms:g} ms; each row has its own scale."
    if warmup_ms:
        caption += f" Grey: the warm-up of {warmup_ms:g} ms, which no statistics count."
    if expected_hz:
        caption += " Dashed: mean rate of the reference."
    label = "Rate of each population over time"
    svg = _draw(spikes, rates, (warmup_ms, end_ms, width_ms), expected_hz, label)
    return figure(svg, caption, label=label, least_px=560)


def _draw(
    spikes: Spikes,
    rates: NDArray[np.float64],
    times_ms: tuple[float, float, float],
    expected_hz: Mapping[str, float],
    label: str,
) -> Markup:
    warmup_ms, end_ms, width_ms = times_ms
    x_axis = Axis(0.0, end_ms, LEFT, WIDTH - RIGHT)
    row = row_height(len(spikes.populations), ROW, LEAST_ROW, TALLEST)
    bottom = TOP + len(spikes.populations) * row
    parts = [rectangle(LEFT, TOP, x_axis.at(warmup_ms) - LEFT, bottom - TOP, "plot-warmup")]
    colours = population_colours(spikes.populations)
    for k, name in enumerate(spikes.populations):
        low = TOP + (k + 1) * row - 0.2 * row
        expected = expected_hz.get(name)
        most = max(float(rates[k].max()), (expected or 0.0) * 1.15, 1e-9)
        y_axis = Axis(0.0, most, low, low - 0.78 * row)
        parts.append(row_name(name, LEFT, low - row / 3 + 2))
        parts.append(_curve(rates[k], x_axis, y_axis, width_ms, colours[k]))
        parts.append(line(LEFT, low, WIDTH - RIGHT, low, "plot-grid"))
        if expected is not None:
            y = y_axis.at(expected)
            parts.append(line(LEFT, y, WIDTH - RIGHT, y, "plot-axis", stroke_dasharray="5 4"))
        text = f"{most:.3g}/s" if rates[k].any() else "silent"
        parts.append(words(text, WIDTH - RIGHT + 8, low - row / 2))
    parts += bottom_axis(x_axis, bottom, "biological time (ms)")
    return picture(WIDTH, bottom + 40, parts, label=label)


def _curve(
    rates: NDArray[np.float64], x_axis: Axis, y_axis: Axis, width_ms: float, colour: str
) -> Markup:
    steps = [f"M{number(x_axis.start)} {number(y_axis.start)}"]
    for k, rate in enumerate(rates.tolist()):
        y, x = number(y_axis.at(rate)), number(x_axis.at((k + 1) * width_ms))
        steps.append(f"V{y}H{x}")
    steps.append(f"V{number(y_axis.start)}z")
    shape = {"fill": colour, "fill_opacity": "0.3", "stroke": colour, "stroke_width": "1"}
    return tag("path", d="".join(steps), **shape, class_=hue_class(colour) or None)
