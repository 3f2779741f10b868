"""A ledger as tables for people and as plain data.

Each line is rounded for itself, so that a change moves no other line, and totals are the sums of
the rounded lines, so that what is shown adds up.
"""

from collections.abc import Iterable
from fractions import Fraction
from math import floor, log10
from typing import Any, NamedTuple

from rich.console import Group, RenderableType
from rich.table import Table

from host.energy.ledger import Band, Ledger, Line, energy_summary, is_idle, total_j
from host.energy.vocabulary import Kind, Per, Phase

__all__ = ["ledger_json", "ledger_tables"]

DIGITS = 6
"""Significant digits of the total of the run."""
NANO = Fraction(1, 10**9)
PREFIXES = ("", "k", "M", "G", "T", "P", "E")
DEADLINES = {
    "assumed": "ideal timing: the deadline is assumed to be met",
    "met": "deadline met: nothing lost or late",
    "missed": "DEADLINE MISSED: spikes were lost or late, so this slow-down is not valid",
}


def deadline_text(ledger: Ledger) -> str:
    """Whether the slow-down is one that the machine keeps up with."""
    if ledger.is_reckoned and ledger.deadline == "missed":
        return (
            f"DEADLINE MISSED: the busiest cores have work for {ledger.load:.3g} times the time "
            "that there is, so this slow-down is not valid"
        )
    return DEADLINES[ledger.deadline]


def nearest(value: Fraction, quantum: Fraction) -> int:
    """`value` in whole multiples of `quantum`, halves up."""
    return floor(value / quantum + Fraction(1, 2))


class _Shown(NamedTuple):
    """Energies as they are printed: whole multiples of ``10**-decimals`` J."""

    of_line: dict[int, int]
    """By the number of the line in the ledger."""
    decimals: int

    def total(self, numbers: Iterable[int]) -> str:
        """Sum of some lines."""
        whole, rest = divmod(sum(self.of_line[k] for k in numbers), 10**self.decimals)
        return f"{whole:,}.{rest:0{self.decimals}d}" if self.decimals else f"{whole:,}"


def ledger_tables(ledger: Ledger, phases: Iterable[Phase], title: str) -> RenderableType:
    """Tables of the lines of `phases`, of all phases, and of the energy per synaptic event."""
    total = total_j(line for line in ledger.lines if line.phase is Phase.RUNNING).nominal
    decimals = max(0, DIGITS - 1 - floor(log10(total))) if total else 0
    quantum = Fraction(1, 10**decimals)
    lines = enumerate(ledger.lines)
    shown = _Shown({k: nearest(line.energy_j.nominal, quantum) for k, line in lines}, decimals)
    parts: list[RenderableType] = [title, ""]
    for phase in phases:
        parts += [_lines_table(ledger, phase, shown), ""]
    return Group(*parts, _phases_table(ledger, shown), "", _events_table(ledger))


def _numbers(ledger: Ledger, phase: Phase) -> list[int]:
    return [k for k, line in enumerate(ledger.lines) if line.phase is phase]


def _lines_table(ledger: Ledger, phase: Phase, shown: _Shown) -> RenderableType:
    numbers = _numbers(ledger, phase)
    total = total_j(ledger.lines[k] for k in numbers)
    table = _table(f"{phase.value}, {_seconds(ledger.wall_s[phase])}")
    for head in ("amount", "price", "energy (J)", "share", "band"):
        table.add_column(head, justify="right", no_wrap=True)
    has_price = [k for k in numbers if ledger.lines[k].energy_j.high]
    for k in has_price:
        line = ledger.lines[k]
        table.add_row(
            line.label,
            _amount(line),
            f"{line.price.nominal:.4g} {line.price.unit} {line.price.basis[0]}",
            shown.total([k]),
            _share(line.energy_j.nominal, total.nominal),
            _span(line.energy_j),
        )
    table.add_section()
    table.add_row("total", "", "", shown.total(numbers), "", _span(total), style="bold")
    n_free = len(numbers) - len(has_price)
    free = f"; not shown: {n_free} without a price (see --json)" if n_free else ""
    return Group(table, f"price: m measured, d derived, e estimated{free}")


def _phases_table(ledger: Ledger, shown: _Shown) -> Table:
    total = ledger.total_j().nominal
    table = _table("phase")
    for head in ("time", "energy (J)", "share", "mean power"):
        table.add_column(head, justify="right")
    for phase, wall_s in ledger.wall_s.items():
        numbers = _numbers(ledger, phase)
        energy_j = total_j(ledger.lines[k] for k in numbers).nominal
        power = f"{float(energy_j / wall_s):.4g} W" if wall_s else ""
        share = _share(energy_j, total)
        table.add_row(phase.value, _seconds(wall_s), shown.total(numbers), share, power)
    table.add_section()
    wall_s = sum(ledger.wall_s.values(), start=Fraction(0))
    table.add_row("all", _seconds(wall_s), shown.total(range(len(ledger.lines))), style="bold")
    return table


def _events_table(ledger: Ledger) -> RenderableType:
    e_syn = ledger.e_syn_j()
    if e_syn is None:
        return "energy per synaptic event: there were no synaptic events"
    kinds = {kind: ledger.e_syn_j(lambda line, kind=kind: line.kind is kind) for kind in Kind}  # type: ignore[misc]
    table = _table("per synaptic event")
    table.add_column("uJ", justify="right")
    table.add_column("low to high", justify="right")
    table.add_column("")
    notes = {
        Kind.STANDING: "drawn even if nothing happens",
        Kind.WAITING: "cores awake without work",
        Kind.WORK: "what the network asks for",
    }
    for kind, band in kinds.items():
        if band is not None:
            table.add_row(kind.value, _micro(band.nominal), _micro_span(band), notes[kind])
    idle = ledger.e_syn_j(is_idle)
    share = _share(idle.nominal, e_syn.nominal) if idle else ""
    table.add_section()
    note = f"{share} of it idle" if share else ""
    table.add_row("E_syn", _micro(e_syn.nominal), _micro_span(e_syn), note, style="bold")
    return Group(table, deadline_text(ledger))


def ledger_json(ledger: Ledger) -> dict[str, Any]:
    """Plain data of a ledger, ready for JSON.

    Returns
    -------
    dict
        ``summary`` (`energy_summary`) and ``phases``: of each its ``wall_s``, ``lines`` and
        ``total_nj``; ``total_nj`` of all. Energies are whole nanojoules (``low_nj``, ``nj``,
        ``high_nj``), of each line for itself; totals are their sums.
    """
    phases = []
    for phase, wall_s in ledger.wall_s.items():
        lines = [line for line in ledger.lines if line.phase is phase]
        entries = [_line_json(line) for line in lines]
        total = {f"total_{name}": sum(e[name] for e in entries) for name in LEVELS}
        phases.append({"phase": phase.value, "wall_s": float(wall_s), "lines": entries} | total)
    totals = {f"total_{name}": sum(p[f"total_{name}"] for p in phases) for name in LEVELS}
    return {"summary": energy_summary(ledger), "phases": phases} | totals


LEVELS = ("low_nj", "nj", "high_nj")


def _line_json(line: Line) -> dict[str, Any]:
    price = line.price
    energies_nj = (nearest(energy_j, NANO) for energy_j in line.energy_j)
    return {
        "action": line.action,
        "what": line.what,
        "kind": line.kind.value,
        "amount": float(line.amount),
        "per": line.per.value,
        "price": {"low": price.low, "nominal": price.nominal, "high": price.high},
        "unit": price.unit,
        "basis": price.basis,
        "source": price.source,
    } | dict(zip(LEVELS, energies_nj, strict=True))


def _table(head: str) -> Table:
    table = Table(box=None, pad_edge=False, collapse_padding=True)
    table.add_column(head, no_wrap=True)
    return table


def _amount(line: Line) -> str:
    """Amount with a prefix of SI, such as ``1.68 Gcycles``."""
    amount, unit = float(line.amount), line.per.value
    plural = "" if line.per is Per.SECOND else "s"
    power = min(len(PREFIXES) - 1, int(log10(amount)) // 3) if amount >= 1 else 0
    return f"{amount / 1000**power:.4g} {PREFIXES[power]}{unit}{plural}"


def _share(part: Fraction, total: Fraction) -> str:
    return f"{float(100 * part / total):.1f} %" if total else ""


def _span(band: Band) -> str:
    """How far low and high are from nominal; how high, if that is nothing."""
    if not band.nominal:
        return f"to {float(band.high):.1e} J"
    below, above = (float(100 * (level / band.nominal - 1)) for level in (band.low, band.high))
    return f"{below:+.0f} {above:+.0f} %"


def _micro(energy_j: Fraction) -> str:
    return f"{float(energy_j * 10**6):.4g}"


def _micro_span(band: Band) -> str:
    return f"{_micro(band.low)} to {_micro(band.high)}"


def _seconds(wall_s: Fraction) -> str:
    seconds = float(wall_s)
    return f"{seconds:,.1f} s" if seconds >= 100 else f"{seconds:.4g} s"
