"""A comparison of runs as tables for people: a column for each run, and how it differs."""

from collections.abc import Iterator
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from host.analysis.measures import MEASURES
from host.comparison import Block, Row, RunComparison
from host.spikecomparison import SpikeComparison
from host.tables import bytes_text

__all__ = ["comparison_tables"]

DIFFERING = ("configuration", "machine", "network")
"""Blocks of which only what differs is shown."""
PROVENANCE = ("version.", "platform")
"""Beginnings of names of which this holds, too."""
UNCOUNTED = ("about", *DIFFERING)
"""Blocks whose numbers are no amounts, so that a share says nothing."""
MOST_ROWS = {"machine": 12, "network": 12}
"""Rows that are shown of blocks that may have hundreds."""
MOST_PERCENT = 900.0
"""More is told as a factor."""
SHORTEST_S = 0.01
"""Phases that took less in all runs are not shown."""
LONGEST = 40
"""Characters of a value that are shown."""


def comparison_tables(comparison: RunComparison) -> RenderableType:
    """Blocks side by side, then what became of the spikes."""
    parts: list[RenderableType] = []
    equal = []
    for block in comparison.blocks:
        if rows := [row for row in block.rows if _is_shown(block, row)]:
            most = MOST_ROWS.get(block.name, len(rows))
            parts.append(_table(block, rows[:most], comparison.names))
            parts += [f"and {len(rows) - most} more: see --json", ""] if rows[most:] else [""]
        elif block.rows:
            equal.append(block.title.partition(",")[0])
    if equal:
        parts += [f"the same: {', '.join(equal)}", ""]
    for name, spikes in zip(comparison.names[1:], comparison.spikes, strict=True):
        parts += [*_spikes(comparison.names[0], name, spikes), ""]
    return Group(*parts[:-1])


def _is_shown(block: Block, row: Row) -> bool:
    """Whether a row says something."""
    if row.is_equal and (block.name in DIFFERING or row.name.startswith(PROVENANCE)):
        return False
    if block.name == "performance" and row.name.startswith("phase."):
        return any((value or 0) >= SHORTEST_S for value in row.values)
    if block.name == "energy":
        return any(row.values)
    return any(value is not None for value in row.values)


def _table(block: Block, rows: list[Row], names: tuple[str, ...]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(block.title, overflow="fold")
    table.add_column(names[0], justify="right", overflow="fold")
    for name in names[1:]:
        table.add_column(name, justify="right", overflow="fold")
        table.add_column("", justify="right", no_wrap=True)
    for row in rows:
        first, *others = row.values
        cells = [Text(_value(row, first))]
        for other in others:
            cells += [Text(_value(row, other)), _difference(block, first, other)]
        table.add_row(_label(row), *cells)
    return table


def _label(row: Row) -> str:
    """Name of a row with its unit; names of keys stay as they are written in files."""
    if not row.unit or row.unit == "B":
        return row.name
    end = f"_{row.unit.lower()}"
    return f"{row.name.removesuffix(end)} ({row.unit})"


def _value(row: Row, value: Any) -> str:
    if value is None:
        return "-"
    if row.unit == "B" and isinstance(value, int):
        return bytes_text(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        text = str(value)
        return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
    return f"{value:,}" if isinstance(value, int) else _number(value)


def _number(value: float) -> str:
    """Four digits or more, without an exponent where whole numbers will do."""
    return f"{value:,.0f}" if 10**3 <= abs(value) < 10**9 else f"{value:.4g}"


def _difference(block: Block, first: Any, other: Any) -> Text:
    """How `other` differs from `first`, in per cent where there is such a thing."""
    if first == other:
        return Text("=", "dim")
    if block.name not in UNCOUNTED and None in (first, other):
        return Text("")  # a figure that one of them does not have
    if block.name in UNCOUNTED or not (_is_number(first) and _is_number(other)):
        return Text("differs", "yellow")
    if not first:
        return Text(f"{other:+,.4g}", "yellow")
    percent = 100 * (other / first - 1)
    told = f"x {other / first:,.3g}" if percent > MOST_PERCENT else f"{percent:+,.1f} %"
    return Text(told, "yellow")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _spikes(first: str, other: str, spikes: SpikeComparison) -> Iterator[RenderableType]:
    style = {True: "green", False: "yellow", None: ""}[spikes.is_identical]
    yield Text(f"{first} and {other}: {spikes.words}", style)
    if spikes.not_compared and not spikes.is_identical and spikes.not_compared != spikes.words:
        yield f"no distances: {spikes.not_compared}"
    if spikes.distances:
        yield _distances(spikes)


def _distances(spikes: SpikeComparison) -> Table:
    """Kolmogorov-Smirnov and earth mover's distance of each measure, a row for each population."""
    table = Table(box=None, pad_edge=False)
    table.add_column("distance")
    for measure in MEASURES.values():
        table.add_column(f"{measure.short}: KS", justify="right")
        table.add_column(f"EMD ({measure.unit})" if measure.unit else "EMD", justify="right")
    for population in dict.fromkeys(one.population for one in spikes.distances):
        own = {one.measure: one for one in spikes.distances if one.population == population}
        pairs = [(own[name].ks, own[name].emd) for name in MEASURES]
        table.add_row(population, *(_distance(value) for pair in pairs for value in pair))
    return table


def _distance(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"
