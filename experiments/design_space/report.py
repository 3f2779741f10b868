"""What was found as a tidy file and a short table."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from pathlib import Path

from experiments.design_space import AXES, Options
from experiments.design_space.designs import UNITS, Design
from experiments.design_space.measure import Energy, Found
from experiments.design_space.pareto import pareto_front
from host.experiments import Cell

__all__ = ["fronts", "short_table", "tidy_row", "write_tidy"]

COLUMNS = ("q_RTF", "uJ", "low", "high", "work", "wait", "stand", "best")
MEASURED = (
    "n_cores",
    "n_chips",
    "n_boards",
    "synaptic_events",
    "lost_in_transient",
    "tightest_role",
    "slack_share",
)
Row = dict[str, Cell]


def fronts(found: Sequence[Found]) -> dict[Design, str]:
    """Designs that are beaten by none: "all", or else "prices", by none of the same prices."""
    on_front: dict[Design, str] = {}
    groups = {one.design.prices for one in found}
    for prices in groups:
        on_front |= dict.fromkeys(_front(f for f in found if f.design.prices == prices), "prices")
    return on_front | dict.fromkeys(_front(found), "all")


def _front(found: Iterable[Found]) -> list[Design]:
    points = {
        one.design: (one.fastest.slowdown, one.energy.nominal)
        for one in found
        if one.fastest is not None and one.energy is not None
    }
    designs = list(points)
    return [designs[index] for index in pareto_front(list(points.values()))]


def write_tidy(path: Path, options: Options, found: Sequence[Found]) -> None:
    """Write one row per design; those that do not fit have one, with the reason."""
    on_front = fronts(found)
    rows = [tidy_row(options, one, on_front.get(one.design, "")) for one in found]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def tidy_row(options: Options, one: Found, best: str) -> Row:
    """Row of one design.

    ``q_rtf`` is the smallest loss-free slow-down; ``lossy_at`` the largest that was tried and is
    not loss-free, where ``lost_first`` is lost most; ``free_below`` those below that are.
    What follows ``e_syn_...`` is of the run at ``q_rtf``; ``slack_share`` is the smallest slack of
    all cores over the step, of a core of ``tightest_role``.
    """
    energy: Row = {field.name: None for field in fields(Energy)}
    if one.energy is not None:
        energy |= asdict(one.energy)
    below = one.threshold.lossy_at
    return {
        "design": one.name,
        **asdict(one.design),
        "scale": options.scale,
        "machine": options.machine,
        "reason": one.reason,
        "q_rtf": one.threshold.free_from,
        "lossy_at": below,
        "lost_first": "" if below is None else one.tries[below].mostly_lost,
        "free_below": " ".join(f"{s:g}" for s in one.threshold.free_below),
        "n_tries": len(one.tries),
        **{f"e_syn_{name}_uj": value for name, value in energy.items()},
        **_measured(one),
        "best": best,
    }


def _measured(one: Found) -> Row:
    fastest = one.fastest
    if fastest is None:
        return dict.fromkeys(MEASURED)
    values = (
        fastest.n_cores,
        fastest.n_chips,
        fastest.actions.n_boards_on,
        fastest.actions.synaptic_events,
        fastest.transient_losses,
        *fastest.tightest,
    )
    return dict(zip(MEASURED, values, strict=True))


def short_table(
    options: Options, found: Sequence[Found]
) -> tuple[tuple[str, ...], tuple[tuple[Cell, ...], ...]]:
    """Columns and rows of the table for the screen: one row per design.

    The designs of a grid, whose names are long, are told by the values of what varies.
    """
    on_front = fronts(found)
    varied = [a for a in AXES if len({getattr(one.design, a) for one in found}) > 1]
    if options.vary == "one" or not varied:
        first, names = "design", [one.label for one in found]
    else:
        first = " / ".join(_heading(axis) for axis in varied)
        names = [" / ".join(f"{getattr(one.design, a):g}" for a in varied) for one in found]
    rows = (
        (name, *_figures(one), on_front.get(one.design, _why_not(one)))
        for name, one in zip(names, found, strict=True)
    )
    return (first, *COLUMNS), tuple(rows)


def _heading(axis: str) -> str:
    name, unit = UNITS[axis]
    return f"{name} ({unit.strip()})" if unit else name


def _why_not(one: Found) -> str:
    if one.fastest is not None:
        return ""
    return "no fit" if one.reason else "lossy"


def _figures(one: Found) -> tuple[Cell, ...]:
    """Slow-down and energies to three digits, as the table has them."""
    e = one.energy
    levels = (e.nominal, e.low, e.high, e.work, e.waiting, e.standing) if e else [None] * 6
    figures = (one.threshold.free_from, *levels)
    return tuple(None if figure is None else float(f"{figure:.3g}") for figure in figures)
