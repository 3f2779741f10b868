"""Maps of g and eta, a column for each quantity and a row for each size of the network."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure

from experiments.balanced_network.measure import Outcome, Point
from experiments.tidy import save_figure

__all__ = ["draw"]


class Quantity(NamedTuple):
    """What a column of maps shows."""

    title: str
    of: Callable[[Outcome], float]
    low: float
    high: float
    is_logarithmic: bool = False


QUANTITIES = (
    Quantity("rate (spikes/s)", lambda o: o.rate_hz, 0.1, 500, is_logarithmic=True),
    Quantity("CV of intervals", lambda o: o.cv, 0, 1.5),
    Quantity("synchrony\n(counts in 3 ms: variance / mean)", lambda o: o.synchrony, 0.1, 1e4, True),
    Quantity("saturations\n(per neuron and second)", lambda o: o.saturations, 0.1, 1e4, True),
    Quantity("slow-down that\nthe mean work takes", lambda o: o.needed_slowdown, 0.1, 100, True),
)


def draw(found: Mapping[Point, Outcome], output: Path) -> tuple[Path, ...]:
    """Draw ``balanced_network.png`` and ``.svg``.

    Parameters
    ----------
    found : mapping of Point to Outcome
    output : Path
    """
    sizes = list(dict.fromkeys(point.n_neurons for point in found))
    figure = Figure(
        figsize=(3.1 * len(QUANTITIES), 0.9 + 3.0 * len(sizes)), dpi=120, layout="constrained"
    )
    axes = figure.subplots(len(sizes), len(QUANTITIES), squeeze=False)
    for row, n_neurons in enumerate(sizes):
        own = {point: out for point, out in found.items() if point.n_neurons == n_neurons}
        for column, quantity in enumerate(QUANTITIES):
            panel = axes[row, column]
            _draw_map(panel, own, quantity)
            if row == 0:
                panel.set_title(quantity.title, fontsize=9)
            if row == len(sizes) - 1:
                panel.set_xlabel("g (inhibition / excitation)")
        axes[row, 0].set_ylabel(f"{n_neurons:,} neurons\neta (rate from outside / threshold)")
    figure.suptitle("Balanced random network: blank where there is nothing to show")
    return save_figure(figure, output / "balanced_network")


def _draw_map(panel: Axes, own: Mapping[Point, Outcome], quantity: Quantity) -> None:
    """Squares of equal size, each with its value; grids of g and eta need not be even."""
    g = sorted({point.g for point in own})
    eta = sorted({point.eta for point in own})
    values = np.full((len(eta), len(g)), np.nan)
    for point, outcome in own.items():
        values[eta.index(point.eta), g.index(point.g)] = quantity.of(outcome)
    scale = LogNorm if quantity.is_logarithmic else Normalize
    shown = np.ma.masked_invalid(values)
    if quantity.is_logarithmic:
        shown = np.ma.masked_less_equal(shown, 0)
    norm = scale(quantity.low, quantity.high, clip=True)
    panel.imshow(shown, origin="lower", aspect="auto", cmap="viridis", norm=norm)
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            dark = norm(max(value, quantity.low)) < 0.6 and (
                value > 0 or not quantity.is_logarithmic
            )
            colour = "white" if dark else "black"
            panel.text(
                column, row, _short(value), ha="center", va="center", color=colour, fontsize=6.5
            )
    panel.set_xticks(range(len(g)), [f"{x:g}" for x in g])
    panel.set_yticks(range(len(eta)), [f"{x:g}" for x in eta])


def _short(value: float) -> str:
    """Two digits: 0.05, 1.3, 48, 480, 12k."""
    if value >= 9950:
        return f"{value / 1000:.0f}k"
    return f"{value:.0f}" if value >= 10 else f"{float(f'{value:.2g}'):g}"
