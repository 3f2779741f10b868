"""Results as short tables for people."""

from collections.abc import Iterable, Mapping

from rich.console import Group, RenderableType
from rich.table import Table

from host.results import MapResults, Results
from host.timingtables import timing_tables

__all__ = ["list_table", "map_tables", "run_tables"]


def run_tables(results: Results) -> RenderableType:
    """What a run found: rates, losses and margins if timed, and an account of all else."""
    rates = _table(("population", "rate (spikes/s)"))
    for name, rate_hz in results.rates_hz.items():
        rates.add_row(name, f"{rate_hz:.3f}")
    if results.timing is None:
        return Group(rates, _pairs(_run_rows(results)))
    timing = timing_tables(results.timing)
    return Group(rates, _pairs(_run_rows(results)), "", timing)


def map_tables(results: MapResults) -> RenderableType:
    """What a mapping needs: size, routing entries, links per spike, memory, time."""
    return Group(_entries(results), _pairs(_map_rows(results)))


def list_table(head: tuple[str, str], rows: Mapping[str, str]) -> RenderableType:
    """Names with their descriptions."""
    table = Table(box=None, pad_edge=False)
    for title in head:
        table.add_column(title)
    for row in rows.items():
        table.add_row(*row)
    return table


def _run_rows(results: Results) -> Iterable[tuple[str, str]]:
    yield "machine", _machine(results)
    yield "network", f"{results.n_neurons:,} neurons, {results.n_synapses:,} synapses"
    yield "wall time", _seconds(results.wall_s)
    yield "real-time factor", f"{results.rtf:.3g} (wall over biological time)"
    yield "peak memory", _bytes(results.peak_rss_bytes)
    yield "losses", _losses(results.losses)
    energy_uj = results.energy.get("e_syn_uj")
    if energy_uj is not None:
        yield "slow-down", f"{results.energy['slowdown']:g} x real time on the machine"
        assumed = results.energy.get("assumes_deadline_met", True)
        condition = " (assumes the deadline is met)" if assumed else ""
        yield "energy", f"{energy_uj:.3g} uJ per synaptic event{condition}"
    if results.run_dir is not None:
        yield "run folder", str(results.run_dir)


def _map_rows(results: MapResults) -> Iterable[tuple[str, str]]:
    yield "machine", _machine(results)
    yield "network", f"{results.n_neurons:,} neurons, {results.n_synapses:,} synapses"
    yield "links per spike", f"{results.tree_links_per_spike:,.1f}"
    for name, value in results.memory.items():
        amount = isinstance(value, int | float) and name.endswith("_bytes")
        yield name.removesuffix("_bytes").replace("_", " "), _bytes(value) if amount else str(value)
    yield "checked", _counts(results.check) or "not"
    yield "wall time", _seconds(results.stage_s)


def _entries(results: MapResults) -> Table:
    table = _table(("routing entries per chip", "mean", "max", "total"))
    for name, entries in (("routed", results.entries_before), ("loaded", results.entries_after)):
        table.add_row(
            name, f"{entries['mean']:,.1f}", f"{entries['max']:,.0f}", f"{entries['total']:,.0f}"
        )
    return table


def _table(head: tuple[str, ...]) -> Table:
    """Table of a left-aligned name and right-aligned figures."""
    table = Table(box=None, pad_edge=False)
    table.add_column(head[0])
    for title in head[1:]:
        table.add_column(title, justify="right")
    return table


def _pairs(rows: Iterable[tuple[str, str]]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def _machine(results: Results | MapResults) -> str:
    boards = "1 board" if results.n_boards == 1 else f"{results.n_boards:,} boards"
    used = f"{results.n_cores:,} cores on {results.n_chips:,} chips"
    return f"{results.machine}: {used} of {boards}"


def _seconds(wall_s: Mapping[str, float]) -> str:
    """Total, and the phases that took long enough to be seen."""
    phases = ", ".join(f"{name} {s:.2f}" for name, s in wall_s.items() if s >= 0.005)
    return f"{sum(wall_s.values()):.2f} s ({phases})" if phases else "0.00 s"


def _losses(losses: Mapping[str, int]) -> str:
    return _counts({name: count for name, count in losses.items() if count}) or "none"


def _counts(counts: Mapping[str, object]) -> str:
    """Numbers with their names; what is no number is left out."""
    return ", ".join(
        f"{count:,} {name.removeprefix('n_').replace('_', ' ')}"
        for name, count in counts.items()
        if isinstance(count, int | float) and not isinstance(count, bool)
    )


def _bytes(n_bytes: float) -> str:
    for unit, size in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if n_bytes >= size:
            return f"{n_bytes / size:.1f} {unit}"
    return f"{n_bytes:.0f} B"
