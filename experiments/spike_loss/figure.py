"""Losses and margins against the slow-down, as a picture for each time step and cost table."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from experiments.spike_loss.measure import Outcome, n_lost_or_late
from experiments.spike_loss.points import Variant

__all__ = ["draw"]

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Told apart by the colour-blind (Okabe & Ito 2008)."""
MARKERS = "osD^v<P"
MOST_TICKS = 8
LINEAR_PERCENT = 100
"""Slack up to which, either way, the scale is linear."""
LABELS = {"homogeneous": " neurons per core", "ensemble": " (neurons + synapse cores)"}
TITLES = {"homogeneous": "homogeneous cores", "ensemble": "ensembles"}
STYLES = {"run": "-", "warmup": "--"}
Outcomes = Mapping[Variant, Sequence[Outcome]]


class Curve(NamedTuple):
    """What is drawn of one variant and stretch, by slow-down."""

    slowdowns: list[float]
    lost_share: list[float]
    """What is lost or late per received packet, all seeds together."""
    slack_percent: list[float]
    """Smallest slack of all cores and seeds, in percent of the step."""


def draw(found: Outcomes, output: Path) -> tuple[Path, ...]:
    """Draw ``spike_loss.png`` and ``.svg``, with time step and costs in the name if there are more.

    Parameters
    ----------
    found : mapping of Variant to sequence of Outcome
    output : Path

    Returns
    -------
    tuple of Path
        The files; none if nothing fits the machine.
    """
    fitting = {
        variant: [outcome for outcome in own if outcome.timing is not None]
        for variant, own in found.items()
    }
    groups: dict[tuple[float, str], dict[Variant, Sequence[Outcome]]] = {}
    for variant, own in fitting.items():
        if own:
            groups.setdefault((variant.dt_ms, variant.costs), {})[variant] = own
    files: list[Path] = []
    for (dt_ms, costs), group in groups.items():
        suffix = "" if len(groups) == 1 else f"-{dt_ms:g}ms-{costs}"
        style = next(iter(group)).style
        styled = f", {style} style" if style != "default" else ""
        title = f"time step {dt_ms:g} ms, {costs} costs{styled}"
        files += _draw_one(group, title, output / f"spike_loss{suffix}")
    return tuple(files)


def _draw_one(group: Outcomes, title: str, stem: Path) -> list[Path]:
    layouts = list(dict.fromkeys(variant.layout for variant in group))
    figure = Figure(figsize=(5.0 * max(len(layouts), 1.5), 7.0), dpi=120, layout="constrained")
    axes = figure.subplots(2, len(layouts), sharex=True, sharey="row", squeeze=False)
    curves = {
        variant: {name: _curve(own, name) for name in own[0].stretches}
        for variant, own in group.items()
    }
    floor = _floor([c for own in curves.values() for c in own.values()])
    for column, layout in enumerate(layouts):
        above, below = axes[0, column], axes[1, column]
        chosen = {variant: own for variant, own in curves.items() if variant.layout == layout}
        for k, (variant, own) in enumerate(chosen.items()):
            label = variant.short.partition(" ")[2] + LABELS[variant.layout]
            for name, curve in own.items():
                _draw_curve(above, below, curve, _style(k, name), floor)
            above.plot([], [], label=label, **_style(k, "run"))
        drive = next(iter(chosen)).drive
        above.set_title(f"{TITLES[layout]}, {drive} drive")
        above.legend(fontsize=8, framealpha=0.8)
        below.set_xlabel("slow-down (wall over biological time)")
    _scale(axes[0, 0], axes[1, 0])
    for above in axes[0]:
        above.axhline(floor, color="0.8", linewidth=0.8, zorder=0)
    for below in axes[1]:
        below.axhline(0, color="0.4", linewidth=0.8, zorder=0)
    _name_the_floor(axes[0, -1], floor)
    _label_slowdowns(axes[1, 0], curves)
    axes[0, 0].set_ylabel("lost or late per received packet\n(dashed: start-up transient)")
    axes[1, 0].set_ylabel(
        "smallest slack of all cores\n(% of the step; below 0: too late;\n"
        f"linear to -{LINEAR_PERCENT}, then logarithmic)"
    )
    figure.suptitle(f"Spikes lost or late, {title}")
    return _save(figure, stem)


def _curve(outcomes: Sequence[Outcome], name: str) -> Curve:
    curve = Curve([], [], [])
    for slowdown in dict.fromkeys(outcome.point.slowdown for outcome in outcomes):
        own = [o.stretches[name] for o in outcomes if o.point.slowdown == slowdown]
        received = sum(stretch.packets_received for stretch in own)
        lost = sum(n_lost_or_late(stretch.losses) for stretch in own)
        shares = [
            margins.smallest_of_core_share["p0"]
            for stretch in own
            for margins in stretch.margins.values()
            if margins.smallest_of_core_share
        ]
        curve.slowdowns.append(slowdown)
        curve.lost_share.append(lost / received if received else float(lost > 0))
        curve.slack_percent.append(100 * min(shares, default=float("nan")))
    return curve


def _floor(curves: Sequence[Curve]) -> float:
    """Where zero is drawn: a decade below the smallest losses."""
    shares = [share for curve in curves for share in curve.lost_share if share > 0]
    return min(shares, default=1e-2) / 10


def _style(k: int, stretch: str) -> dict[str, Any]:
    """How line k of a panel is drawn; dashed and hollow for the transient."""
    return {
        "color": COLOURS[k % len(COLOURS)],
        "linestyle": STYLES[stretch],
        "marker": MARKERS[k % len(MARKERS)],
        "markersize": 8 - 0.6 * k,  # what lies beneath stays visible
        "markerfacecolor": None if stretch == "run" else "white",
        "linewidth": 3.0 - 0.3 * k,
    }


def _draw_curve(
    above: Axes, below: Axes, curve: Curve, style: dict[str, Any], floor: float
) -> None:
    above.plot(curve.slowdowns, [max(share, floor) for share in curve.lost_share], **style)
    below.plot(curve.slowdowns, curve.slack_percent, **style)


def _scale(above: Axes, below: Axes) -> None:
    above.set_xscale("log")
    above.set_yscale("log")
    below.set_yscale("symlog", linthresh=LINEAR_PERCENT, linscale=2)
    below.set_ylim(top=120)
    below.yaxis.set_major_locator(FixedLocator([*(-(10**k) for k in range(9, 1, -1)), 0, 50, 100]))
    below.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def _name_the_floor(axes: Axes, floor: float) -> None:
    """Say beside the axes, where no marker is, what is drawn at the floor."""
    transform = axes.get_yaxis_transform()
    axes.text(1.01, floor, "none", transform=transform, ha="left", va="center", color="0.4")


def _label_slowdowns(axes: Axes, curves: Mapping[Variant, Mapping[str, Curve]]) -> None:
    tried = {s for own in curves.values() for curve in own.values() for s in curve.slowdowns}
    ticks = FixedLocator(sorted(tried)) if len(tried) <= MOST_TICKS else LogLocator(subs=(1, 2, 5))
    axes.xaxis.set_major_locator(ticks)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _save(figure: Figure, stem: Path) -> list[Path]:
    files = [stem.with_name(f"{stem.name}.{ending}") for ending in ("png", "svg")]
    with mpl.rc_context({"svg.hashsalt": "chipemu"}):
        figure.savefig(files[0])
        figure.savefig(files[1], metadata={"Date": None})
    return files
