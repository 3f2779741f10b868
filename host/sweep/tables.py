"""The points of a sweep as short tables for people."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from textwrap import wrap
from typing import Any, Literal, NamedTuple

from rich.console import Console
from rich.table import Table
from rich.text import Text

from host.datatable import Cell
from host.sweep.folder import Status
from host.sweep.plan import Plan
from host.sweep.results import SweepResults
from host.sweep.rows import key_cell

__all__ = [
    "SHOWN",
    "Row",
    "counts_line",
    "plan_table",
    "results_table",
    "rows_table",
    "short_names",
    "shown_cell",
    "shown_status",
    "shown_values",
]

SHOWN = {
    "lost_or_late_share": "lost or late",
    "e_syn_uj": "uJ/event",
    "n_cores": "cores",
    "least_slack_us": "slack (us)",
    "rtf": "rtf",
    "wall_s": "wall (s)",
}
"""Columns of the tidy table that people see, the most important first, and their headings."""
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
    >>> counts_line(["done", "does_not_fit", "does_not_fit"])
    '1 done, 2 do not fit'
    >>> counts_line(["done", "failed", "done", "missing"])
    '2 done, 1 failed, 1 to do'
    """
    counts = Counter(statuses)
    words = WORDS if counts["does_not_fit"] == 1 else WORDS | {"does_not_fit": "do not fit"}
    return ", ".join(f"{counts[s]} {word}" for s, word in words.items() if counts[s]) or "no points"


class Row(NamedTuple):
    """What is shown of a point."""

    number: int
    values: Sequence[str]
    status: Text
    cells: Mapping[str, Cell] = {}
    """By column of the tidy table."""


def plan_table(plan: Plan, statuses: Mapping[str, Status], width: int) -> Table:
    """All points of a sweep, and what became of them, at most so many characters wide."""
    rows = [
        Row(point.number, shown_values(point.values), shown_status(statuses[point.folder]))
        for point in plan.points
    ]
    return rows_table(plan.keys, rows, width)


def results_table(results: SweepResults, width: int) -> Table:
    """The columns of the tidy table that say most, at most so many characters wide."""
    names = tuple(results.table.columns)
    rows = [
        Row(
            point.number,
            shown_values(point.values),
            shown_status(point.status),
            dict(zip(names, cells, strict=True)),
        )
        for point, cells in zip(results.points, results.table.rows(), strict=True)
    ]
    return rows_table(results.keys, rows, width)


def rows_table(keys: Sequence[str], rows: Sequence[Row], width: int) -> Table:
    """Table of these points, with as many results as fit into so many characters."""
    names = [name for name in SHOWN if any(row.cells.get(name) is not None for row in rows)]
    while True:
        table = _table(keys, rows, names)
        if not names or _width(table) <= width:
            return table
        names.pop()


def _table(keys: Sequence[str], rows: Sequence[Row], names: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("point", justify="right")
    for title in (*short_names(keys), "status", *(SHOWN[name] for name in names)):
        justify: Literal["left", "right"] = "left" if title == "status" else "right"
        table.add_column(_stacked(title), justify=justify, overflow="fold")
    for row in rows:
        cells = [shown_cell(row.cells[name]) if name in row.cells else "" for name in names]
        table.add_row(str(row.number), *row.values, row.status, *cells)
    return table


def _width(table: Table) -> int:
    return Console(width=10_000).measure(table).maximum


def _stacked(title: str) -> str:
    """`title` in short lines of whole words, so that a column is as narrow as its cells."""
    return "\n".join(wrap(title.replace("_", " "), 8, break_long_words=False))


def shown_values(values: Mapping[str, Any]) -> list[str]:
    """Values of keys."""
    return [shown_cell(key_cell(value)) for value in values.values()]


def shown_status(status: Status) -> Text:
    """What became of a point, in words."""
    return Text(WORDS[status], STYLES.get(status, ""))


def shown_cell(cell: Cell) -> str:
    """A cell of the tidy table."""
    if cell is None:
        return "-"
    return f"{cell:.4g}" if isinstance(cell, float) else str(cell)
