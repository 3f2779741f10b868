"""Results as short tables for people."""

from collections.abc import Iterable, Mapping

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from host.doctor import Finding
from host.results import Results
from host.timingtables import timing_tables

CONDITIONS = {
    "assumed": " (assumes the deadline is met)",
    "met": "",
    "missed": " (not valid: the deadline is missed)",
}

__all__ = ["bytes_text", "counts_text", "figures_table", "list_table", "pairs_table", "run_tables"]


def run_tables(results: Results) -> RenderableType:
    """What a run found: rates, losses and margins if timed, and an account of all else."""
    rates = figures_table(("population", "rate (spikes/s)"))
    for name, rate_hz in results.rates_hz.items():
        rates.add_row(name, f"{rate_hz:.3f}")
    if results.timing is None:
        return Group(rates, pairs_table(_run_rows(results)))
    timing = timing_tables(results.timing)
    return Group(rates, pairs_table(_run_rows(results)), "", timing)


def list_table(head: tuple[str, str], rows: Mapping[str, str]) -> RenderableType:
    """Names with their descriptions."""
    table = Table(box=None, pad_edge=False)
    for title in head:
        table.add_column(title)
    for row in rows.items():
        table.add_row(*row)
    return table


def doctor_table(findings: Iterable[Finding]) -> Table:
    """What was examined, what was found, and what to do about it."""
    signs = {"good": ("ok", "green"), "note": ("note", "yellow"), "bad": ("mend", "bold red")}
    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(3):
        table.add_column(overflow="fold")
    for finding in findings:
        sign, style = signs[finding.state]
        table.add_row(Text(sign, style), finding.name, finding.text)
        if finding.remedy:
            table.add_row("", "", Text(f"-> {finding.remedy}", "italic"))
    return table


def _run_rows(results: Results) -> Iterable[tuple[str, str]]:
    yield "machine", _machine(results)
    yield "network", f"{results.n_neurons:,} neurons, {results.n_synapses:,} synapses"
    yield "wall time", _seconds(results.wall_s)
    yield "real-time factor", f"{results.rtf:.3g} (wall over biological time)"
    yield "peak memory", bytes_text(results.peak_rss_bytes)
    yield "losses", _losses(results.losses)
    energy_uj = results.energy.get("e_syn_uj")
    if energy_uj is not None:
        yield "slow-down", f"{results.energy['slowdown']:g} x real time on the machine"
        condition = CONDITIONS.get(results.energy.get("deadline", ""), "")
        yield "energy", f"{energy_uj:.3g} uJ per synaptic event{condition}"
    if results.run_dir is not None:
        yield "run folder", str(results.run_dir)


def figures_table(head: tuple[str, ...]) -> Table:
    """Table of a left-aligned name and right-aligned figures."""
    table = Table(box=None, pad_edge=False)
    table.add_column(head[0])
    for title in head[1:]:
        table.add_column(title, justify="right")
    return table


def pairs_table(rows: Iterable[tuple[str, str]]) -> Table:
    """Names with what there is to say about each."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def _machine(results: Results) -> str:
    boards = "1 board" if results.n_boards == 1 else f"{results.n_boards:,} boards"
    used = f"{results.n_cores:,} cores on {results.n_chips:,} chips"
    return f"{results.machine}: {used} of {boards}"


def _seconds(wall_s: Mapping[str, float]) -> str:
    """Total, and the phases that took long enough to be seen."""
    phases = ", ".join(f"{name} {s:.2f}" for name, s in wall_s.items() if s >= 0.005)
    return f"{sum(wall_s.values()):.2f} s ({phases})" if phases else "0.00 s"


def _losses(losses: Mapping[str, int]) -> str:
    return counts_text({name: count for name, count in losses.items() if count}) or "none"


def counts_text(counts: Mapping[str, object]) -> str:
    """Numbers with their names; what is no number is left out."""
    return ", ".join(
        f"{count:,} {name.removeprefix('n_').replace('_', ' ')}"
        for name, count in counts.items()
        if isinstance(count, int | float) and not isinstance(count, bool)
    )


def bytes_text(n_bytes: float) -> str:
    """An amount of memory, such as ``1.5 MiB``."""
    for unit, size in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if n_bytes >= size:
            return f"{n_bytes / size:.1f} {unit}"
    return f"{n_bytes:.0f} B"
