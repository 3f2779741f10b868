"""Distances from runs with full weights against the resolution, by rule and measure."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator, ScalarFormatter

from experiments.sets import Apart, Spread
from experiments.tidy import COLOURS, save_figure
from experiments.weight_resolution import Rule
from host.analysis import MEASURES

if TYPE_CHECKING:
    from experiments.weight_resolution.run import Point

__all__ = ["draw"]

TITLES = {"total": "fixed total numbers", "in_degree": "fixed in-degrees"}
ASIDE = 1.06
"""Factor by which the markers of the second method are moved, so that both are seen."""
MARKERS = {"naive": "o", "preserving": "s"}


def draw(
    found: Mapping["Point", Apart], spreads: Mapping[Rule, Mapping[str, Spread]], output: Path
) -> tuple[Path, ...]:
    """Draw ``weight_resolution.png`` and ``.svg``.

    Parameters
    ----------
    found : mapping of Point to Apart
    spreads : mapping of rule to mapping of measure to Spread
        Of the seeds with full weights.
    output : Path
    """
    figure = Figure(
        figsize=(3.6 * len(MEASURES), 0.7 + 2.9 * len(spreads)), dpi=120, layout="constrained"
    )
    axes = figure.subplots(len(spreads), len(MEASURES), sharex=True, sharey="col", squeeze=False)
    for row, (rule, own) in enumerate(spreads.items()):
        for column, measure in enumerate(MEASURES):
            panel = axes[row, column]
            _draw_panel(panel, {p: a for p, a in found.items() if p.rule == rule}, measure)
            panel.axhspan(own[measure].low, own[measure].high, color="0.85", zorder=0)
            panel.axhline(own[measure].mean, color="0.6", zorder=0)
            if row == 0:
                panel.set_title(f"{MEASURES[measure].title}", fontsize=9)
        axes[row, 0].set_ylabel(f"{TITLES[rule]}\nKolmogorov-Smirnov distance")
    for panel in axes[-1]:
        panel.set_xlabel("bits of a weight")
        panel.autoscale(axis="y")
        panel.set_ylim(bottom=0)
    axes[0, 0].legend(fontsize=8)
    figure.suptitle("Coarse against full weights; grey: seeds with full weights")
    return save_figure(figure, output / "weight_resolution")


def _draw_panel(panel: Axes, found: Mapping["Point", Apart], measure: str) -> None:
    """Mean and range over pairs of runs; filled where the two sets are told apart."""
    for k, (method, marker) in enumerate(MARKERS.items()):
        own = {p.bits: apart for p, apart in sorted(found.items()) if p.method == method}
        if not own:
            continue
        colour, bits = COLOURS[k], [bits * ASIDE**k for bits in own]
        spreads = [apart.distances[measure] for apart in own.values()]
        means = [spread.mean for spread in spreads]
        ends = (
            [spread.mean - spread.low for spread in spreads],
            [spread.high - spread.mean for spread in spreads],
        )
        panel.errorbar(bits, means, ends, color=colour, capsize=2, label=method)
        for bit, mean, apart in zip(bits, means, own.values(), strict=True):
            fill = colour if measure in apart.told_by else "white"
            panel.plot(bit, mean, marker, color=colour, markerfacecolor=fill)
    panel.set_xscale("log", base=2)
    panel.xaxis.set_major_locator(FixedLocator(sorted({point.bits for point in found})))
    panel.xaxis.set_minor_locator(NullLocator())
    panel.xaxis.set_major_formatter(ScalarFormatter())
