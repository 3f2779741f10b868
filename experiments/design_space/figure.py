"""Energy against speed, and what the energy is for, as one picture."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from experiments.design_space import AXES, Options
from experiments.design_space.designs import UNITS, Design
from experiments.design_space.measure import Energy, Found
from experiments.design_space.report import fronts

__all__ = ["draw"]

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999")
"""Told apart by the colour-blind (Okabe & Ito 2008), and a grey."""
MARKERS = "osD^v<Ph"
KINDS = {"work": "#0072B2", "waiting": "#E69F00", "standing": "#BBBBBB"}
HATCHES = {"work": "", "waiting": "///", "standing": ""}
MOST_BARS = 40
COARSE, FINE, WIDE = (1, 2, 5), (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8), 8.0
"""Ticks of each decade, and the ratio of the ends of an axis from which on the coarse ones do."""
LIKE = 1.06
"""Ratio of what looks alike."""
Solved = list[tuple[Found, float, Energy]]


def draw(options: Options, base: Design, found: Sequence[Found], output: Path) -> tuple[Path, ...]:
    """Draw ``design_space.png`` and ``.svg``.

    Parameters
    ----------
    options : Options
    base : Design
    found : sequence of Found
    output : Path

    Returns
    -------
    tuple of Path
        The files; none if no design has an energy.
    """
    solved = _solved(found)
    if not solved:
        return ()
    bars = solved if len(solved) <= MOST_BARS else _solved(_on_a_front(found))
    height = max(5.0, 1.6 + 0.27 * len(bars))
    figure = Figure(figsize=(14.0, height), dpi=110, layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.15, 1.0))
    _draw_points(left, base, solved)
    _draw_front(left, found)
    _draw_bars(right, bars, is_all=len(bars) == len(solved))
    figure.suptitle(
        f"Designs around {options.machine}: {options.scale:g} of the microcircuit, "
        f"{options.drive} drive, each at its smallest loss-free slow-down"
    )
    return _save(figure, output / "design_space")


def _solved(found: Iterable[Found]) -> Solved:
    return [
        (one, one.fastest.slowdown, one.energy)
        for one in found
        if one.fastest is not None and one.energy is not None
    ]


def _on_a_front(found: Sequence[Found]) -> list[Found]:
    on_front = fronts(found)
    return [one for one in found if one.design in on_front]


def _draw_points(axes: Axes, base: Design, solved: Solved) -> None:
    """A line with marks for each axis that varies alone; the others as dots."""
    for k, axis in enumerate(AXES):
        line = [point for point in solved if set(point[0].design.changes(base)) <= {axis}]
        line.sort(key=lambda point: float(getattr(point[0].design, axis)))
        if len(line) > 1:
            _draw_axis(axes, axis, base, line, k)
    mixed = [point for point in solved if len(point[0].design.changes(base)) > 1]
    if mixed:
        x, y = [q for _, q, _ in mixed], [energy.nominal for *_, energy in mixed]
        axes.plot(x, y, ".", color="0.6", label="several axes", zorder=1)
    for one, q, energy in solved:
        if one.design == base:
            axes.plot([q], [energy.nominal], "k*", ms=15, label="base", zorder=5)
    axes.set_xscale("log")
    axes.set_yscale("log")
    for scale, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
        scale.set_major_locator(LogLocator(subs=COARSE if high > WIDE * low else FINE))
        scale.set_minor_locator(NullLocator())
        scale.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.grid(color="0.92")
    axes.set_axisbelow(True)
    axes.set_xlabel("q_RTF: smallest loss-free slow-down (wall over biological time)")
    axes.set_ylabel("energy per synaptic event (uJ)")


def _draw_axis(axes: Axes, axis: str, base: Design, line: Solved, k: int) -> None:
    name, unit = UNITS[axis]
    values = ", ".join(f"{getattr(one.design, axis):g}" for one, *_ in line)
    colour, marker = COLOURS[k % len(COLOURS)], MARKERS[k % len(MARKERS)]
    x, y = [q for _, q, _ in line], [energy.nominal for *_, energy in line]
    label = f"{name}: {values}{unit}"
    axes.plot(x, y, color=colour, marker=marker, ms=7, lw=1.2, label=label, zorder=3)
    if max(x) <= min(x) * LIKE:
        return  # the legend tells; numbers would lie on each other
    for end, offset, align in ((0, (-6, 5), "right"), (-1, (6, 5), "left")):
        design = line[end][0].design
        if design == base:
            continue
        text = f"{getattr(design, axis):g}"
        style: dict[str, Any] = {"color": colour, "ha": align, "fontsize": 9}
        axes.annotate(text, (x[end], y[end]), offset, textcoords="offset points", **style)


def _draw_front(axes: Axes, found: Sequence[Found]) -> None:
    """Steps below which no design lies, at all prices and at those of the base."""
    for prices, style, name in (
        (None, "--", "beaten by none"),
        ((1.0, 1.0), ":", "beaten by none at the base's prices"),
    ):
        chosen = [one for one in found if prices in (None, one.design.prices)]
        on_front = fronts(chosen)
        front = sorted(
            (q, energy.nominal)
            for one, q, energy in _solved(chosen)
            if on_front.get(one.design) == "all"
        )
        if front:
            x, y = zip(*front, strict=True)
            axes.step(x, y, style, where="post", color="0.5", lw=1, label=name, zorder=0)
    axes.legend(fontsize=8, framealpha=0.9, loc="best")


def _draw_bars(axes: Axes, bars: Solved, *, is_all: bool) -> None:
    rows = range(len(bars))
    left = [0.0] * len(bars)
    for kind, colour in KINDS.items():
        widths = [float(getattr(energy, kind)) for *_, energy in bars]
        style: dict[str, Any] = {
            "color": colour,
            "hatch": HATCHES[kind],
            "edgecolor": "white",
            "label": kind,
        }
        axes.barh(rows, widths, left=left, height=0.72, **style)
        left = [a + b for a, b in zip(left, widths, strict=True)]
    most = max(energy.high for *_, energy in bars)
    for row, (_, q, energy) in enumerate(bars):
        band = [[energy.nominal - energy.low], [energy.high - energy.nominal]]
        axes.errorbar([energy.nominal], [row], xerr=band, color="black", capsize=2, lw=0.8)
        end = max(energy.high, energy.nominal) + most / 60
        axes.text(end, row, f"{energy.nominal:.3g} uJ at {q:.3g}", va="center", fontsize=8)
    axes.set_yticks(rows, [one.label for one, *_ in bars], fontsize=8)
    axes.invert_yaxis()
    axes.set_xlim(0, most * 1.25)
    axes.set_xlabel("energy per synaptic event (uJ; bar: all prices low to high), and q_RTF")
    shown = "all designs" if is_all else f"those of {len(bars)} designs that are on a front"
    axes.set_title(f"What it is for: {shown}", fontsize=10)
    axes.legend(fontsize=8, loc="lower right", framealpha=0.9)


def _save(figure: Figure, stem: Path) -> tuple[Path, ...]:
    files = tuple(stem.with_name(f"{stem.name}.{ending}") for ending in ("png", "svg"))
    with mpl.rc_context({"svg.hashsalt": "chipemu"}):
        figure.savefig(files[0])
        figure.savefig(files[1], metadata={"Date": None})
    return files
