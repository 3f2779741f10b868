"""Distributions of all populations and measures, and the distances, in the field's layout.

A row for each population; a column for each measure with the densities of test and reference (as
in van Albada et al. 2018, Front. Neurosci. 12:291, Fig. 4), and one for the distances in units of
the reference's own spread. The one module of this package that draws; import it where it is used.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from host.analysis.distances import DISTANCES, densities
from host.analysis.measures import MEASURES, Measure
from host.analysis.verdict import Comparison
from host.errors import OutputError

__all__ = ["draw"]

TEST, REFERENCE, APART = "#0072B2", "0.45", "#D55E00"
"""Told apart by the colour-blind (Okabe & Ito 2008)."""
MARKERS = {"ks": "o", "kl": "s", "emd": "^", "mean": "x"}
TAIL = 0.01
"""Share of the values that lies beyond either end of a panel."""
FLOOR_RATIO = 0.05
"""Distances this small against the spread are drawn here."""
TICKS = (0.01, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
ROW_INCHES, WIDTH_INCHES, HEAD_INCHES = 1.3, 11.0, 1.3


def draw(found: Comparison, path: Path) -> None:
    """Draw a comparison to `path`, whose ending says the format.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    populations = found.tests[0].populations
    height = HEAD_INCHES + ROW_INCHES * len(populations)
    figure = Figure(figsize=(WIDTH_INCHES, height), dpi=120, layout="constrained")
    ratios = [*(1.0 for _ in MEASURES), 0.85]
    axes = figure.subplots(len(populations), len(ratios), squeeze=False, width_ratios=ratios)
    for row, population in enumerate(populations):
        for column, (name, measure) in enumerate(MEASURES.items()):
            _draw_densities(axes[row, column], found, name, population)
            if row == len(populations) - 1:
                axes[row, column].set_xlabel(_label(measure))
        axes[row, 0].set_ylabel(population, rotation=0, ha="right", va="center", weight="bold")
    last = axes[:, -1].tolist()
    ratios_of = [_draw_distances(a, found, p) for a, p in zip(last, populations, strict=True)]
    _share_limits(last, [ratio for own in ratios_of for ratio in own])
    for column, measure in enumerate(MEASURES.values()):
        axes[0, column].set_title(measure.title, fontsize=8)
    axes[0, -1].set_title("distances over spread of reference", fontsize=8)
    axes[-1, -1].set_xlabel("distance / 95th percentile\nof the reference's seeds")
    figure.suptitle(_title(found), fontsize=11)
    figure.legend(handles=_legend(found), loc="outside lower center", ncols=8, fontsize=8)
    _save(figure, path)


def _draw_densities(axes: Axes, found: Comparison, measure: str, population: str) -> None:
    axes.set_yticks([])
    axes.tick_params(labelsize=7)
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)
    tests = [sample.of(measure, population) for sample in found.tests]
    references = [sample.of(measure, population) for sample in found.references]
    full = [values for values in (*references, *tests) if values.size]
    if len(full) < len(tests) + len(references):
        axes.text(0.5, 0.5, "no values", transform=axes.transAxes, ha="center", va="center")
        return
    points, rows = densities(full, MEASURES[measure].kernel_width)
    theirs, ours = rows[: len(references)], rows[len(references) :]
    axes.fill_between(points, theirs.min(axis=0), theirs.max(axis=0), color="0.85", linewidth=0)
    axes.plot(points, theirs.mean(axis=0), color=REFERENCE, linewidth=1.2)
    colour = APART if (measure, population) in found.apart else TEST
    for one in ours:
        axes.plot(points, one, color=colour, linewidth=0.5, alpha=0.5)
    axes.plot(points, ours.mean(axis=0), color=colour, linewidth=1.3)
    axes.set_xlim(*_limits(full, MEASURES[measure]))
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.set_ylim(bottom=0)


def _limits(samples: Sequence[Any], measure: Measure) -> tuple[float, float]:
    low, high = np.quantile(np.concatenate(list(samples)), (TAIL, 1 - TAIL))
    return float(low) - 2 * measure.kernel_width, float(high) + 2 * measure.kernel_width


def _draw_distances(axes: Axes, found: Comparison, population: str) -> list[float]:
    """Draw each distance over the 95th percentile of those between seeds of the reference.

    Returns
    -------
    list of float
        What was drawn.
    """
    ratios = []
    axes.set_yticks(range(len(MEASURES)), [measure.short for measure in MEASURES.values()])
    axes.set_ylim(len(MEASURES) - 0.5, -0.5)
    axes.tick_params(labelsize=7)
    axes.set_xscale("log")
    axes.axvspan(1e-9, 1.0, color="0.9", linewidth=0)
    for place, measure in enumerate(MEASURES):
        for k, (name, cell) in enumerate(found.cells_of(measure, population).items()):
            if cell.spread is None or not cell.spread.high:
                continue
            is_apart = cell.is_apart and found.verdict == "rejected"
            ratios.append(max(cell.value / cell.spread.high, FLOOR_RATIO))
            colour = APART if is_apart else TEST
            height = place + 0.18 * (k - 1.5)
            axes.plot(ratios[-1], height, MARKERS[name], color=colour, markersize=4.5)
    return ratios


def _share_limits(column: Sequence[Axes], ratios: Sequence[float]) -> None:
    """One scale for all rows; it has the whole spread and all distances."""
    for axes in column:
        axes.set_xlim(min(ratios, default=0.3) / 1.3, max(2.0, max(ratios, default=1.0)) * 1.3)
        axes.xaxis.set_major_locator(FixedLocator(TICKS))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda ratio, _: f"{ratio:g}"))
        if not ratios:
            words = "spread of reference\nnot known: one seed"
            axes.text(0.5, 0.5, words, transform=axes.transAxes, ha="center", va="center")


def _label(measure: Measure) -> str:
    unit = f" ({measure.unit})" if measure.unit else ""
    return f"{measure.short}{unit}"


def _title(found: Comparison) -> str:
    n, m = len(found.tests), len(found.references)
    words = {
        "passed": f"no difference beyond that of seeds (p = {found.p:.2g})",
        "rejected": f"told apart (p = {found.p:.2g})",
        "undecided": "too few seeds for a verdict",
    }
    first = found.tests[0]
    seeds = f"{n} seed{'s' * (n > 1)} against {m} of the reference"
    return f"{first.model}, {first.window}\n{seeds}: {words[found.verdict]}"


def _legend(found: Comparison) -> list[Any]:
    handles: list[Any] = [
        Line2D([], [], color=TEST, label="test: mean and seeds"),
        Line2D([], [], color=REFERENCE, label="reference: mean"),
        Patch(color="0.85", label="reference: range of seeds"),
    ]
    if found.apart:
        handles.append(Line2D([], [], color=APART, label="told apart"))
    names = (name.upper() for name in DISTANCES)
    return handles + [
        Line2D([], [], color="black", linestyle="", marker=MARKERS[key], label=name)
        for key, name in zip(DISTANCES, names, strict=True)
    ]


def _save(figure: Figure, path: Path) -> None:
    metadata: dict[str, Any] = {".png": {}, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
    try:
        with mpl.rc_context({"svg.hashsalt": "chipemu"}):
            figure.savefig(path, metadata=metadata[path.suffix.lower()])
    except OSError as error:
        msg = f"cannot write {path}: {error.strerror}"
        raise OutputError(msg) from error
