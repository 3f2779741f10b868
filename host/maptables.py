"""A mapping as short tables for people: what it takes, and how much of what there is."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult

from host.mapper import STAGES
from host.results import MapResults
from host.tables import bytes_text, figures_table, pairs_table

__all__ = ["ENTRIES", "count_text", "map_tables", "share_text", "sparkline"]

ENTRIES = {
    "entries_before": "one per net",
    "entries_made": "made",
    "entries_after": "loaded",
}
"""Names of the entries of the report, from before compression to after."""
BLOCKS = "▁▂▃▄▅▆▇█"
LETTERS = "_.-:=+*#"
"""The same where a terminal has only ASCII."""
WIDE = 132
"""Columns from which all deciles are shown as numbers."""


def map_tables(results: MapResults) -> RenderableType:
    """What a mapping needs: size, routing entries, links per spike, memory, time."""
    return Group(
        pairs_table(_size_rows(results)),
        "",
        _Entries(results),
        "",
        pairs_table((*_traffic_rows(results), *_memory_rows(results), *_time_rows(results))),
    )


def sparkline(values: Sequence[float], levels: str) -> str:
    """`values` as characters from the lowest of `levels`, for nothing, to the highest."""
    top = max(values, default=0) or 1
    return "".join(levels[round(value / top * (len(levels) - 1))] for value in values)


def share_text(share: float) -> str:
    """A share as per cent with the digits that matter."""
    percent = 100 * share
    return f"{percent:.0f} %" if percent >= 9.95 else f"{percent:.2g} %"


def _size_rows(results: MapResults) -> Iterable[tuple[str, str]]:
    report, limits = results.report, results.limits
    chosen = results.config.mapping.algorithms
    size = f"{results.n_neurons:,} neurons, {results.n_synapses:,} synapses"
    yield "network", f"{results.config.network.name}: {size}"
    named = ", ".join(f"{key} {name}" for key, name in chosen.items())
    yield ("from", results.origin) if results.origin else ("algorithms", named)
    chips = f"{report['n_chips']:,} of {count_text(limits['chips'], 'chip')}"
    boards = f"{report['n_boards']:,} of {count_text(limits['boards'], 'board')}"
    yield "machine", f"{results.machine}: {chips}, {boards}"
    n_cores, n_idle = report["n_cores"], report["n_idle_cores"]
    idle = share_text(n_idle / max(1, n_cores + n_idle))
    delays = f", {report['n_delay_cores']:,} of them for delays" if report["n_delay_cores"] else ""
    yield "cores", f"{n_cores:,}{delays}; {n_idle:,} idle on these chips ({idle})"


class _Entries:
    """Routing entries per chip, and their distribution as wide as the terminal allows."""

    def __init__(self, results: MapResults) -> None:
        self._report, self._limit = results.report, results.limits["table_entries"]

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> RenderResult:
        levels = LETTERS if options.ascii_only else BLOCKS
        is_wide = options.max_width >= WIDE
        deciles = ("min", *(f"{n} %" for n in range(10, 100, 10))) if is_wide else ("half", "90 %")
        limit = f"of {self._limit:,}"
        table = figures_table(("routing entries", "mean", *deciles, "max", limit, "deciles"))
        for key, name in ENTRIES.items():
            entries = self._report[key]
            places = range(10) if is_wide else (5, 9)
            table.add_row(
                f"  {name}",
                f"{entries['mean']:,.1f}",
                *(f"{entries['deciles'][place]:,}" for place in places),
                f"{entries['max']:,}",
                share_text(entries["max"] / max(1, self._limit)),
                sparkline(entries["deciles"], levels),
            )
        yield table


def _traffic_rows(results: MapResults) -> Iterable[tuple[str, str]]:
    report = results.report
    links, others = report["tree_links_per_spike"], report["reached_per_spike"] - 1
    ratio = f", {links / others:.3f} per chip" if others > 0 else ""
    yield "links per spike", f"{links:,.1f}, to reach {others:,.1f} other chips{ratio}"
    hops = report["hops_per_target"]
    if hops is not None:
        yield "hops to a target", f"{hops:,.2f} links at least, mean by traffic"
    depth = f"{report['depth_per_spike']:,.1f} links to the furthest of these"
    yield "depth per spike", f"{depth}, at most {report['depth_per_net']['max']:,}"
    if results.limits["boards"] > 1:
        crossings = f"{report['board_crossings_per_spike']:,.1f} links between boards"
        most = report["board_crossings_per_net"]["max"]
        yield "boards per spike", f"{crossings}, at most {most:,}"
    yield from _load_rows(report["link_load"], results.links)


def _load_rows(load: Mapping[str, Any], links: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    if not load["hottest"]:
        yield "link load", "no packets are expected"
        return
    yield "link load", f"{load['mean_hz']:,.0f} packets/s on a link of these chips, mean"
    hottest = f"{load['max_hz']:,.0f} packets/s on {load['hottest']}"
    if links["hottest_share"] is None:
        yield "hottest link", hottest
        return
    yield "hottest link", f"{hottest}: {share_text(links['hottest_share'])} of what it can carry"
    fullest = f"{links['fullest']}: {share_text(links['fullest_share'])}"
    same = "the same" if links["fullest"] == load["hottest"] else fullest
    yield "fullest link", f"{same}, at slow-down {links['slowdown']:g}"


def _memory_rows(results: MapResults) -> Iterable[tuple[str, str]]:
    for name, key, thing in (("SDRAM", "sdram_bytes", "chip"), ("DTCM", "dtcm_bytes", "core")):
        used, limit = results.report[key], results.limits[key]
        share = share_text(used["max"] / max(1, limit))
        mean = bytes_text(used["mean"])
        yield (
            f"{name} per {thing}",
            f"at most {bytes_text(used['max'])}, {share} of {bytes_text(limit)}; mean {mean}",
        )


def _time_rows(results: MapResults) -> Iterable[tuple[str, str]]:
    stage_s = results.stage_s
    check = results.check
    keys = f"{check['n_keys']:,} keys of {check['n_nets']:,} nets"
    ways = f"{check['n_deliveries']:,} deliveries over {check['n_links']:,} links"
    yield "checked", f"{keys}: {ways}, the furthest after {check['longest']:,}"
    if results.mapping_s is None:
        yield "time", _stages(stage_s, stage_s)
        return
    yield "time", f"{results.mapping_s:.3f} s from partition to check: {_stages(stage_s, STAGES)}"
    yield "", f"besides: {_stages(stage_s, [name for name in stage_s if name not in STAGES])}"


def _stages(stage_s: Mapping[str, float], names: Iterable[str]) -> str:
    return ", ".join(f"{name} {stage_s[name]:.3f}" for name in names)


def count_text(n: int, noun: str) -> str:
    """A number of things, such as ``1 board``."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
