"""The account of a load as a table for people."""

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.table import Table

from host.load import LoadReport
from host.loading.report import LoadTerm
from host.tables import bytes_text, pairs_table

__all__ = ["duration_text", "load_tables"]


def load_tables(report: LoadReport) -> RenderableType:
    """Terms with what they are made of, sums, and what the load waits for."""
    table = Table(box=None, pad_edge=False)
    for title in ("phase", "term"):
        table.add_column(title, no_wrap=True)
    for title in ("count x each", "time"):
        table.add_column(title, no_wrap=True, justify="right")
    table.add_column("rate is", no_wrap=True)
    shown = ""
    for term in report.terms:
        part, _, name = term.name.rpartition(": ")
        phase = part or term.phase
        table.add_row("" if phase == shown else phase, *_cells(term, name))
        shown = phase
    return Group(table, "", pairs_table(_rows(report)))


def _cells(term: LoadTerm, name: str) -> tuple[str, ...]:
    what = name if term.unit in name else f"{name} ({term.unit})"
    each = f"{term.each_us:,.0f}" if term.each_us >= 1000 else f"{term.each_us:.4g}"
    return what, f"{term.count:,.0f} x {each} us", duration_text(term.seconds), term.basis


def _rows(report: LoadReport) -> Iterable[tuple[str, str]]:
    phases = (
        ("mapping", report.mapping_s),
        ("generation", report.generation_s),
        ("loading", report.loading_s),
        ("extraction", report.extraction_s),
    )
    parts = ", ".join(f"{name} {duration_text(s)}" for name, s in phases if s)
    yield "in all", f"{duration_text(report.total_s)} ({parts})"
    yield "over the link", bytes_text(report.link_bytes)
    yield "to SDRAM", bytes_text(report.sdram_bytes)
    if report.core_busy_s:
        yield "cores", f"{duration_text(report.core_busy_s)} of expanding, all together"
    yield "waits for", report.critical


def duration_text(seconds: float) -> str:
    """A time in the unit that suits it.

    >>> duration_text(0.0125), duration_text(90.0), duration_text(32543.8)
    ('12.5 ms', '90.0 s', '9 h 02 min')
    """
    if seconds < 1:
        return f"{1000 * seconds:.3g} ms"
    if seconds < 120:
        return f"{seconds:.1f} s"
    if seconds < 600:
        minutes, rest = divmod(round(seconds), 60)
        return f"{minutes} min {rest:02} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"
