"""The points of a sweep as short tables for people."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from rich.table import Table
from rich.text import Text

from host.datatable import Cell
from host.sweep.folder import Status
from host.sweep.plan import Plan, Point
from host.sweep.results import SweepResults
from host.sweep.rows import key_cell

__all__ = [
    "SHOWN",
    "counts_line",
    "plan_table",
    "point_table",
    "results_table",
    "short_names",
    "shown_cell",
    "shown_status",
    "shown_values",
]

SHOWN = {
    "n_cores": "cores",
    "lost_or_late_share": "lost or late",
    "least_slack_us": "slack (us)",
    "e_syn_uj": "uJ/event",
    "rtf": "rtf",
    "wall_s": "wall (s)",
}
"""Columns of the tidy table that people see, and their headings."""
STYLES: dict[str, str] = {"done": "green", "failed": "red", "does_not_fit": "yellow"}
WORDS: dict[Status, str] = {
    "done": "done",
    "does_not_fit": "does not fit",
    "failed": "failed",
    "missing": "to do",
}


def short_names(keys: Sequence[str]) -> list[str]:
    """Last parts of dotted keys, or the whole keys where these are alike.

    Examples
    --------
    >>> short_names(["run.seed", "samples.seed", "run.slowdown"])
    ['run.seed', 'samples.seed', 'slowdown']
    """
    last = [key.rpartition(".")[2] for key in keys]
    return [name if last.count(name) == 1 else key for key, name in zip(keys, last, strict=True)]


def counts_line(statuses: Iterable[Status]) -> str:
    """How many points have which status, in words.

    Examples
    --------
    >>> counts_line(["done", "failed", "done", "missing"])
    '2 done, 1 failed, 1 to do'
    """
    counts = Counter(statuses)
    return ", ".join(f"{counts[s]} {word}" for s, word in WORDS.items() if counts[s]) or "no points"


def plan_table(plan: Plan, statuses: Mapping[str, Status]) -> Table:
    """All points of a sweep, and what became of them."""
    table = point_table(plan.keys, ("status",))
    for point in plan.points:
        table.add_row(str(point.number), *shown_values(point), shown_status(statuses[point.folder]))
    return table


def results_table(results: SweepResults) -> Table:
    """The columns of the tidy table that say most."""
    names = [name for name in SHOWN if any(c is not None for c in _column(results, name))]
    table = point_table(results.keys, ("status", *map(SHOWN.__getitem__, names)))
    columns = [_column(results, name) for name in names]
    for k, point in enumerate(results.points):
        values = [shown_cell(key_cell(point.values[key])) for key in results.keys]
        cells = [shown_cell(column[k]) for column in columns]
        table.add_row(str(point.number), *values, shown_status(point.status), *cells)
    return table


def _column(results: SweepResults, name: str) -> Sequence[Cell]:
    return results.table.columns.get(name, (None,) * len(results.points))


def point_table(keys: Sequence[str], more: Iterable[str]) -> Table:
    """Table without rows: point, keys, and `more`."""
    table = Table(box=None, pad_edge=False)
    table.add_column("point", justify="right")
    for name in (*short_names(keys), *more):
        table.add_column(name, justify="left" if name == "status" else "right")
    return table


def shown_values(point: Point) -> list[str]:
    """Values of the keys of a point."""
    return [shown_cell(key_cell(value)) for value in point.values.values()]


def shown_status(status: Status) -> Text:
    """What became of a point, in words."""
    return Text(WORDS[status], STYLES.get(status, ""))


def shown_cell(cell: Cell) -> str:
    """A cell of the tidy table."""
    if cell is None:
        return "-"
    return f"{cell:.4g}" if isinstance(cell, float) else str(cell)
