"""The race as a table for people."""

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from host.race.entry import DRIVES, Entry
from host.race.ranking import Ranked
from host.race.words import RTF_OF_RUNS, band_text, energy_text, footnotes, rtf_text

__all__ = ["race_table"]

WIDE = 100
"""Columns of text of a terminal that has room for the systems."""


class _Column(NamedTuple):
    title: str
    cell: Callable[[Entry], str]
    justify: Literal["left", "right"] = "left"
    of_runs: bool = False
    """Whether published rows have nothing to say in it."""
    folds: bool = False
    least_width: int = 0
    """Columns of text that the terminal must have for it."""


def _node(entry: Entry) -> str:
    return "-" if entry.process_nm is None else f"{entry.process_nm:g}"


def _system(entry: Entry) -> str:
    return entry.system if entry.is_run else f"{entry.simulator}, {entry.system}"


COLUMNS = (
    _Column("entry", lambda entry: entry.name, folds=True),
    _Column("on", _system, folds=True, least_width=WIDE),
    _Column("nm", _node, "right", least_width=WIDE),
    _Column("q_RTF", rtf_text, "right"),
    _Column("E_syn (uJ)", energy_text, "right"),
    _Column("band (uJ)", lambda entry: band_text(entry.e_syn), "right", of_runs=True),
    _Column("drive", lambda entry: DRIVES[entry.drive]),
    _Column("deadline", lambda entry: entry.deadline or "-", of_runs=True),
    _Column("timing", lambda entry: entry.timing or "-", of_runs=True),
)


def race_table(
    ranked: Sequence[Ranked], source: str, *, width: int = 80, left_out: Sequence[str] = ()
) -> RenderableType:
    """Entries in their order, runs in bold, and what a reader should know of them.

    Parameters
    ----------
    ranked : sequence of Ranked
    source : str
        Of the published rows.
    width : int
        Columns of text of the terminal; a narrow one does not tell the systems.
    left_out : sequence of str
        Names of runs that were asked for but are not shown.
    """
    has_runs = any(entry.is_run for _, entry in ranked)
    columns = [c for c in COLUMNS if width >= c.least_width and (has_runs or not c.of_runs)]
    table = Table(box=None, pad_edge=False)
    table.add_column("", justify="right", no_wrap=True)
    for column in columns:
        table.add_column(column.title, justify=column.justify, no_wrap=not column.folds)
    for place, entry in ranked:
        cells = (Text(column.cell(entry)) for column in columns)
        style = "bold" if entry.is_run else ""
        table.add_row(Text("-" if place is None else str(place)), *cells, style=style)
    lines = _lines([entry for _, entry in ranked], source, is_narrow=width < WIDE)
    return Group(table, Text(), *map(Text, (*lines, *(f"left out: {name}" for name in left_out))))


def _lines(entries: Sequence[Entry], source: str, *, is_narrow: bool) -> Iterable[str]:
    yield f"published: {source}"
    if is_narrow:
        yield "systems: with --json, or in a wider terminal"
    yield from footnotes(entry for entry in entries if not entry.is_run)
    if any(entry.is_run for entry in entries):
        yield f"{RTF_OF_RUNS}; band: all prices low, all high"
    yield from footnotes((entry for entry in entries if entry.is_run), with_systems=is_narrow)
