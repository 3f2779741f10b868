"""Differences from double precision, by population and measure, and what seeds make of them."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.pd14_accuracy.measure import BASE, Outcome, Setting, difference, means, spreads
from experiments.tidy import COLOURS, save_figure
from host.analysis import MEASURES

__all__ = ["draw"]

MARKERS = "osD^v"
NEST_MARKER = "*"


def draw(
    found: Mapping[Setting, Outcome], titles: Mapping[str, str], output: Path
) -> tuple[Path, ...]:
    """Draw ``pd14_accuracy.png`` and ``.svg``.

    Parameters
    ----------
    found : mapping of Setting to Outcome
    titles : mapping of str to str
        Of the variants.
    output : Path
    """
    figure = Figure(
        figsize=(4.2 * len(MEASURES), 1.3 + 2.9 * len(found)), dpi=120, layout="constrained"
    )
    axes = figure.subplots(len(found), len(MEASURES), squeeze=False)
    for row, (setting, outcome) in enumerate(found.items()):
        for panel, (name, measure) in zip(axes[row], MEASURES.items(), strict=True):
            _draw_panel(panel, outcome, name, titles)
            unit = "%" if name == "rate" else "absolute"
            panel.set_title(f"{measure.title} ({unit})", fontsize=9)
        axes[row, 0].set_ylabel(f"{setting}\ndifference from double precision")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, fontsize=8)
    figure.suptitle("Mean over neurons, seed by seed; grey: standard deviation between seeds")
    return save_figure(figure, output / "pd14_accuracy")


def _draw_panel(panel: Axes, outcome: Outcome, name: str, titles: Mapping[str, str]) -> None:
    """Mean and standard error of each variant in each population."""
    base = outcome.samples[BASE]
    populations = base[0].populations
    own = [means(base, name, p).mean() for p in populations]
    units = np.array([mean / 100 if name == "rate" and mean else 1.0 for mean in own])
    x = np.arange(len(populations))
    between = np.array([spreads(base, p)[name] for p in populations]) / units
    panel.bar(x, 2 * between, 0.9, bottom=-between, color="0.9", zorder=0)
    panel.axhline(0, color="0.6", zorder=0)
    variants = [variant for variant in outcome.samples if variant != BASE]
    places = np.linspace(-0.32, 0.32, len(variants) + bool(outcome.references))
    for k, variant in enumerate(variants):
        apart = [difference(outcome, variant, name, p) for p in populations]
        _draw_points(
            panel,
            x + places[k],
            np.array([d.mean for d in apart]) / units,
            np.array([d.error for d in apart]) / units,
            label=titles[variant],
            color=COLOURS[k],
            marker=MARKERS[k],
        )
    if outcome.references:
        theirs = [means(outcome.references, name, p) for p in populations]
        apart_mean = np.array([own_mean.mean() for own_mean in theirs]) - own
        errors = [
            _error_of_difference(t, means(base, name, p))
            for t, p in zip(theirs, populations, strict=True)
        ]
        _draw_points(
            panel,
            x + places[-1],
            apart_mean / units,
            np.array(errors) / units,
            label=f"NEST, {len(outcome.references)} seeds of its own",
            color="black",
            marker=NEST_MARKER,
        )
    panel.set_xticks(x, populations, fontsize=8)


def _error_of_difference(one: np.ndarray, other: np.ndarray) -> float:
    """Standard error of the difference of two independent means; NaN if one has a single seed."""
    if min(one.size, other.size) < 2:
        return float("nan")
    return float(np.sqrt(one.var(ddof=1) / one.size + other.var(ddof=1) / other.size))


def _draw_points(
    panel: Axes,
    x: np.ndarray,
    y: np.ndarray,
    errors: np.ndarray,
    *,
    label: str,
    color: str,
    marker: str,
) -> None:
    known = None if np.isnan(errors).any() else errors
    panel.errorbar(
        x, y, known, label=label, color=color, marker=marker, markersize=4, linestyle="none",
        capsize=1.5, linewidth=1,
    )  # fmt: skip
