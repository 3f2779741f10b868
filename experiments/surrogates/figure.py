"""Distances from the reference against the observation time, by measure."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from experiments.sets import Apart, Spread
from experiments.tidy import COLOURS, save_figure
from host.analysis import MEASURES

if TYPE_CHECKING:
    from experiments.surrogates.run import Candidate

__all__ = ["draw"]

MARKERS = "osD^v<P>X"


def draw(
    found: Mapping["Candidate", Apart],
    spreads: Mapping[float, Mapping[str, Spread]],
    output: Path,
) -> tuple[Path, ...]:
    """Draw ``surrogates.png`` and ``.svg``: markers are filled where a measure tells the two apart.

    Parameters
    ----------
    found : mapping of Candidate to Apart
    spreads : mapping of window (ms) to mapping of measure to Spread
        Of the seeds of the reference.
    output : Path
    """
    figure = Figure(figsize=(4.2 * len(MEASURES), 4.6), dpi=120, layout="constrained")
    axes = figure.subplots(1, len(MEASURES), squeeze=False)[0]
    windows_ms = sorted(spreads)
    seconds = [ms / 1000 for ms in windows_ms]
    names = list(dict.fromkeys(candidate.name for candidate in found))
    for panel, measure in zip(axes, MEASURES, strict=True):
        own = [spreads[ms][measure] for ms in windows_ms]
        panel.fill_between(
            seconds, [s.low for s in own], [s.high for s in own], color="0.85", label="seeds"
        )
        for k, name in enumerate(names):
            colour = COLOURS[k % len(COLOURS)]
            aparts = {c.window_ms: apart for c, apart in found.items() if c.name == name}
            means = [aparts[ms].distances[measure].mean for ms in windows_ms]
            line = "-" if k < len(COLOURS) else "--"
            panel.plot(seconds, means, line, color=colour, linewidth=1)
            for x, ms, mean in zip(seconds, windows_ms, means, strict=True):
                fill = colour if measure in aparts[ms].told_by else "white"
                panel.plot(x, mean, MARKERS[k], color=colour, markerfacecolor=fill, markersize=5)
            panel.plot([], [], MARKERS[k], color=colour, linestyle=line, label=name)
        panel.set_title(MEASURES[measure].title, fontsize=9)
        panel.set_xscale("log")
        drawn = [apart.distances[measure].mean for apart in found.values()]
        if any(value > 0 for value in (*drawn, *(s.high for s in own))):  # else nothing has fired
            panel.set_yscale("log")
        panel.set_xlabel("observed biological time (s)")
        panel.xaxis.set_major_locator(FixedLocator(seconds))
        panel.xaxis.set_minor_locator(NullLocator())
        panel.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    axes[0].set_ylabel("Kolmogorov-Smirnov distance,\nmean of populations and pairs of runs")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=5, fontsize=8)
    figure.suptitle("What is told from the reference, and from when on (filled)")
    return save_figure(figure, output / "surrogates")
