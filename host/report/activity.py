"""The activity of a run: raster, rates over time, and statistics beside the reference."""

from collections.abc import Sequence
from math import isfinite, isnan

import numpy as np
from markupsafe import Markup

from host.analysis.measures import MEASURES
from host.analysis.sample import Sample
from host.pictures.colours import population_colours
from host.pictures.svg import number
from host.report.likeness import Likeness
from host.report.markup import Column, details, figure, note, table, tag
from host.report.numbers import NONE, count
from host.report.plot import (
    Axis,
    bottom_axis,
    hue_class,
    line,
    name_room,
    picture,
    rectangle,
    row_height,
    row_name,
)
from host.report.raster import raster_figure
from host.report.ratecurves import rate_figure
from host.report.section import Section
from host.results import Results, Spikes

__all__ = ["activity_section"]

MANY = 24
"""Populations up to which all rows are shown at once."""
WIDTH, RIGHT, TOP = 300.0, 12.0, 4.0
ROW, LEAST_ROW, TALLEST = 25.0, 13.0, 400.0
"""Height of a row, at least, and of all rows if there are not too many."""
Pair = tuple[float, float]
LEAD = "When the neurons fired, how often, and whether they fire as the reference does."


def activity_section(results: Results, likeness: Likeness | None) -> Section:
    """Raster, rates and statistics.

    Parameters
    ----------
    results : Results
    likeness : Likeness or None
        None: there is no sample, because spikes were not recorded or the run is too short.
    """
    parts: list[Markup] = []
    if results.spikes is None:
        parts.append(note("Spikes were not recorded (record.spikes: false): there are rates only."))
    elif results.spikes.populations:
        parts += _pictures(results, results.spikes, likeness)
    if likeness is not None:
        parts += _beside(results, likeness)
    parts.append(_folded(_table(results, likeness), results, "Figures"))
    return Section("activity", "Activity", Markup("").join(parts), LEAD)


def _pictures(results: Results, spikes: Spikes, likeness: Likeness | None) -> list[Markup]:
    run = results.config.run
    expected = {}
    if likeness is not None and likeness.references:
        rates = {p: one for (m, p), one in likeness.deviations.items() if m == "rate"}
        expected = {name: one.reference for name, one in rates.items() if one.seeds}
    return [
        raster_figure(spikes, run.warmup_ms, run.warmup_ms + run.time_ms),
        tag("h3", "Rates over time"),
        _folded(rate_figure(spikes, run.warmup_ms, run.time_ms, expected), results, "Curves"),
    ]


def _folded(made: Markup, results: Results, what: str) -> Markup:
    """What has a row for each population, to be unfolded if there are many."""
    n = len(results.rates_hz)
    return made if n <= MANY else details(f"{what} of {count(n)} populations", made)


def _beside(results: Results, likeness: Likeness) -> list[Markup]:
    """A panel for each measure."""
    known = {measure for (measure, _), one in likeness.deviations.items() if isfinite(one.mean)}
    panels = (_panel(likeness, measure) for measure in MEASURES if measure in known)
    title = "Beside the reference" if likeness.references else "Statistics"
    return [
        tag("h3", title),
        _folded(tag("div", *panels, class_="panels"), results, "Diagrams"),
        note(_what_is_drawn(likeness)),
    ]


def _what_is_drawn(likeness: Likeness) -> str:
    words_ = (
        "Dot: mean over the neurons of the population (correlations: over the pairs of 250 of "
        "them, drawn at random), line: its middle half. "
    )
    if not likeness.references:
        return words_ + "No reference of this network comes with chipemu."
    first, n = likeness.references[0], len(likeness.references)
    seeds = "one seed" if n == 1 else f"{n} seeds"
    words_ += (
        f"Grey: middle half and mean of each seed of the reference, {first.origin}, {seeds}, over "
        f"{first.window}."
    )
    if not likeness.is_same_time:
        words_ += (
            f" This run counts {likeness.sample.window}: rates of single neurons scatter more "
            "over shorter times, and CV and correlations are left out, since they depend on the "
            "time that they are taken over."
        )
    return words_


def _panel(likeness: Likeness, measure: str) -> Markup:
    about, names = MEASURES[measure], likeness.sample.populations
    unit = f" ({about.unit})" if about.unit else ""
    colours = population_colours(names)
    quartiles = [_quartiles([likeness.sample], measure, name) for name in names]
    has_seeds = any(likeness.deviations[measure, name].seeds for name in names)
    held = likeness.references if has_seeds else ()
    others = [_quartiles(held, measure, name) for name in names]
    low, high = _range(likeness, measure, [*quartiles, *others])
    left = name_room(names)
    x_axis = Axis(low, high, left, WIDTH - RIGHT)
    row = row_height(len(names), ROW, LEAST_ROW, TALLEST)
    bottom = TOP + row * len(names)
    parts = bottom_axis(x_axis, bottom, f"{about.title}{unit}", top=TOP)
    for k, name in enumerate(names):
        y, one = TOP + row * (k + 0.5), likeness.deviations[measure, name]
        parts.append(row_name(name, left, y + 4))
        parts += _reference_marks(x_axis, y, row, others[k], one.seeds)
        parts += _run_marks(x_axis, y, row, quartiles[k], one.mean, colours[k])
        tip = f"{name}: {_tip(likeness, measure, name)}"
        parts.append(rectangle(0, y - row / 2, WIDTH, row, "plot-hit", data_tip=tip))
    label = f"{about.title} of each population"
    return figure(picture(WIDTH, bottom + 40, parts, label=label), "", label=label)


def _reference_marks(
    x_axis: Axis, y: float, row: float, quartiles: Pair | None, seeds: Sequence[float]
) -> list[Markup]:
    """A bar for the middle half of the neurons, an upright stroke for the mean of each seed."""
    drawn = []
    if quartiles is not None:
        x0, x1 = (x_axis.at(value) for value in quartiles)
        drawn.append(rectangle(x0, y - 0.28 * row, x1 - x0, 0.56 * row, "plot-reference"))
    stroke = f" {number(y - 0.36 * row)}v{number(0.72 * row)}"
    marks = "".join(f"M{number(x_axis.at(seed))}{stroke}" for seed in seeds)
    return [*drawn, tag("path", d=marks, class_="plot-seed")] if marks else drawn


def _run_marks(  # noqa: PLR0917
    x_axis: Axis, y: float, row: float, quartiles: Pair | None, mean: float, colour: str
) -> list[Markup]:
    """A line for the middle half of the neurons, a dot for their mean."""
    drawn, hue = [], hue_class(colour)
    if quartiles is not None:
        x0, x1 = (x_axis.at(value) for value in quartiles)
        drawn.append(line(x0, y, x1, y, hue, stroke=colour, stroke_width="2.5"))
    if isfinite(mean):
        dot = {"cx": number(x_axis.at(mean)), "cy": number(y), "r": number(0.2 * row)}
        drawn.append(tag("circle", **dot, fill=colour, class_=f"plot-ring {hue}".strip()))
    return drawn


def _tip(likeness: Likeness, measure: str, population: str) -> str:
    one, unit = likeness.deviations[measure, population], MEASURES[measure].unit
    found = f"{one.mean:.4g} {unit}".strip() if isfinite(one.mean) else "no values"
    if not one.seeds:
        return found
    text = f"{found}; reference {_mean_sd(likeness, measure, population)} {unit}".strip()
    return text if isnan(one.n_sd) else f"{text}; {one.n_sd:+.1f} SD apart"


def _range(
    likeness: Likeness, measure: str, quartiles: Sequence[Pair | None]
) -> tuple[float, float]:
    """What the axis of a measure spans: from 0, or below if there are such values."""
    ends = [value for pair in quartiles if pair is not None for value in pair]
    for name in likeness.sample.populations:
        one = likeness.deviations[measure, name]
        ends += [value for value in (one.mean, *one.seeds) if isfinite(value)]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    return low * 1.08, high * 1.08 if high > low else 1.0


def _quartiles(samples: Sequence[Sample], measure: str, population: str) -> Pair | None:
    values = [sample.of(measure, population) for sample in samples]
    pooled = np.concatenate(values) if values else np.zeros(0)
    if not pooled.size:
        return None
    low, high = np.quantile(pooled, (0.25, 0.75)).tolist()
    return low, high


def _table(results: Results, likeness: Likeness | None) -> Markup:
    """Rates of all populations, and what there is of statistics and reference."""
    has_reference = likeness is not None and bool(likeness.references)
    is_same_time = likeness is not None and likeness.is_same_time
    columns = [Column("population", is_number=False), Column("neurons"), Column("spikes")]
    columns.append(Column("rate (spikes/s)", tip="Mean over the neurons, after the warm-up."))
    for measure in MEASURES if likeness is not None else ():
        if measure != "rate":
            columns.append(Column(MEASURES[measure].short, tip=MEASURES[measure].title))
        if has_reference and (measure == "rate" or is_same_time):
            columns.append(Column("reference", tip="Mean (standard deviation) over its seeds."))
    rows = [
        [name, *_counts(results, name), f"{rate_hz:.3f}", *_statistics(likeness, name)]
        for name, rate_hz in results.rates_hz.items()
    ]
    return table(columns, rows, caption="Populations")


def _counts(results: Results, name: str) -> list[str]:
    """Neurons and spikes of a population, as far as they are known."""
    sizes: dict[str, int] = {}
    if results.network is not None:
        sizes = {one.name: one.size for one in results.network.populations}
    elif results.spikes is not None:
        sizes = dict(zip(results.spikes.populations, results.spikes.sizes, strict=True))
    both = (sizes, results.counters.get("spikes", {}))
    return [count(of[name]) if name in of else NONE for of in both]


def _statistics(likeness: Likeness | None, name: str) -> list[str]:
    if likeness is None:
        return []
    cells = []
    for measure in MEASURES:
        one = likeness.deviations.get((measure, name))
        if measure != "rate":
            cells.append(NONE if one is None or isnan(one.mean) else f"{one.mean:.4f}")
        if likeness.references and (measure == "rate" or likeness.is_same_time):
            cells.append(NONE if one is None else _mean_sd(likeness, measure, name))
    return cells


def _mean_sd(likeness: Likeness, measure: str, name: str) -> str:
    one = likeness.deviations[measure, name]
    if not one.seeds:
        return NONE
    decimals = 3 if measure == "rate" else 4
    sd = "" if isnan(one.sd) else f" ({one.sd:.{decimals}f})"
    return f"{one.reference:.{decimals}f}{sd}"
