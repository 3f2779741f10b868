"""Means of each population against the share of synapses lost."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from experiments.tidy import COLOURS, save_figure
from host.analysis import MEASURES

if TYPE_CHECKING:
    from experiments.downscaled_pd14.run import Loss, Outcome

__all__ = ["draw"]

MARKERS = {False: "o", True: "s"}
TITLES = {False: "weights as they are", True: "weights grown by 1 / (1 - lost)"}


def draw(found: Mapping["Loss", "Outcome"], output: Path) -> tuple[Path, ...]:
    """Draw ``downscaled_pd14.png`` and ``.svg``: filled where the measure tells the loss.

    Parameters
    ----------
    found : mapping of Loss to Outcome
        That without losses first.
    output : Path
    """
    kinds = list(dict.fromkeys(loss.is_compensated for loss in list(found)[1:]))
    figure = Figure(
        figsize=(3.8 * len(MEASURES), 0.8 + 3.0 * len(kinds)), dpi=120, layout="constrained"
    )
    axes = figure.subplots(len(kinds), len(MEASURES), sharex=True, sharey="col", squeeze=False)
    (none, without), *_ = found.items()
    for row, kind in enumerate(kinds):
        own = {none.lost: without}
        own |= {loss.lost: out for loss, out in found.items() if loss.is_compensated is kind}
        losses = sorted(own)
        for panel, measure in zip(axes[row], MEASURES, strict=True):
            for k, population in enumerate(without.means[measure]):
                colour = COLOURS[k // 2]
                style = "-" if population.endswith("E") else "--"
                means = [own[lost].means[measure][population] for lost in losses]
                shares = [100 * lost for lost in losses]
                panel.plot(shares, means, style, color=colour, linewidth=1, label=population)
                for share, lost, mean in zip(shares, losses, means, strict=True):
                    apart = own[lost].apart
                    is_told = apart is not None and measure in apart.told_by
                    fill = colour if is_told else "white"
                    panel.plot(
                        share, mean, MARKERS[kind], color=colour, markerfacecolor=fill, markersize=4
                    )
            if row == 0:
                panel.set_title(f"mean {MEASURES[measure].title}", fontsize=9)
        axes[row, 0].set_ylabel(f"{TITLES[kind]}\nspikes/s")
    for panel in axes[-1]:
        panel.set_xlabel("synapses lost (%)")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right upper", fontsize=8)
    figure.suptitle("The microcircuit with synapses lost; filled: told from that without losses")
    return save_figure(figure, output / "downscaled_pd14")
