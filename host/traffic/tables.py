"""Results of traffic as tables for people: a row per group, then what it says of each."""

from collections.abc import Iterator

from rich.console import Group as Stack
from rich.console import RenderableType
from rich.table import Table

from host.traffic.results import GroupResult, LinkLoad, Results

__all__ = ["traffic_tables"]

HEAD = ("", "load", "wait1", "offered/s", "arrived", "p50 us", "p99 us", "link", "dropped")


def traffic_tables(results: Results) -> RenderableType:
    """Loads, latencies and losses of each group."""
    table = Table(box=None, pad_edge=False)
    for title in HEAD:
        table.add_column(title, justify="right", no_wrap=True)
    for number, group in enumerate(results.groups):
        table.add_row(*_row(number + 1, group))
    details = Table(box=None, pad_edge=False, show_header=False)
    details.add_column(style="bold")
    details.add_column(overflow="fold")
    details.add_row("machine", _machine(results))
    for number, group in enumerate(results.groups):
        for name, text in _details(group):
            prefix = f"{number + 1}: " if len(results.groups) > 1 else ""
            details.add_row(prefix + name, text)
    return Stack(table, "", details)


def _row(number: int, group: GroupResult) -> tuple[str, ...]:
    latency = group.latency
    wait1 = group.fabric.wait1_cycles
    return (
        str(number),
        _load(group),
        "inf" if wait1 is None else str(wait1),
        _rate(group.per_s(group.offered)),
        _share(group.received, group.wanted),
        *(f"{ps / 1e6:.3g}" for ps in (latency.p50_ps, latency.p99_ps)),
        f"{100 * max(group.on_board.max, group.board_to_board.max):.1f} %",
        f"{group.counters['dropped_multicast']:,}",
    )


def _load(group: GroupResult) -> str:
    if group.group.rate_hz is not None:
        return f"{_rate(group.group.rate_hz)}Hz"
    if group.group.probability is not None:
        return f"p = {group.group.probability:.3g}"
    return "network"


def _details(group: GroupResult) -> Iterator[tuple[str, str]]:
    yield (
        "packets",
        _counts({"offered": group.offered, "sent": group.sent, "blocked": group.blocked}),
    )
    yield (
        "copies",
        _counts(
            {
                "wanted": group.wanted,
                "received": group.received,
                "in flight at the end": group.in_flight,
            }
        ),
    )
    latency = group.latency
    yield (
        "latency",
        f"{latency.mean_ps / 1e6:.3g} us on average, {latency.max_ps / 1e6:.4g} at most",
    )
    for name, load in (("board", group.on_board), ("between boards", group.board_to_board)):
        if load.n_links:
            yield f"links ({name})", _links(load)
    yield "routers", f"{_busy(group)}; {group.stalled} stalled at the end"
    lost = {name: count for name, count in group.drops.items() if count}
    yield "copies lost", _counts(lost) if lost else "none"
    if group.fabric.is_reinjecting:
        names = ("reinjected", "reinject_overflow", "reinject_missed")
        yield "reinjection", _counts({name: group.counters[name] for name in names})
    if group.backlog:
        yield "backlog", f"{group.backlog:,} packets wait in their cores"
    if group.deadlock is not None:
        yield "DEADLOCK", f"since {group.deadlock.since_ps / 1e6:.3f} us: {group.deadlock.text}"


def _busy(group: GroupResult) -> str:
    mean, most = 100 * group.router_busy_mean, 100 * group.router_busy_max
    return f"busy {mean:.1f} % on average, {most:.1f} % at most"


def _links(load: LinkLoad) -> str:
    text = f"{100 * load.mean:.1f} % used on average, {100 * load.max:.1f} % at most"
    return f"{text} ({load.hottest}, {_rate(load.packets_hz)}/s)" if load.hottest else text


def _machine(results: Results) -> str:
    boards = "1 board" if results.n_boards == 1 else f"{results.n_boards:,} boards"
    return f"{results.n_chips:,} chips of {boards}; {results.n_senders:,} cores send"


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items())


def _rate(per_s: float) -> str:
    for scale, unit in ((1e6, " M"), (1e3, " k")):
        if per_s >= scale:
            return f"{per_s / scale:.3g}{unit}"
    return f"{per_s:.3g} "


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %" if whole else "-"
