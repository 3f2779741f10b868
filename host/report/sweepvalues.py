"""What a sweep's table has to draw: which results vary, over which keys, in which order."""

from collections.abc import Sequence
from itertools import pairwise
from math import isfinite
from typing import NamedTuple

from host.datatable import Cell, Table
from host.report.numbers import percent, quantity
from host.sweep import SweepResults

__all__ = [
    "METRICS",
    "SEED",
    "Metric",
    "Series",
    "distinct",
    "metrics_of",
    "series_of",
    "text_of",
    "varied_keys",
    "varies_with",
    "written",
]


SEED = "run.seed"


class Metric(NamedTuple):
    """A column of results that may be drawn."""

    column: str
    title: str
    unit: str
    """``"share"``, ``"energy"`` (uJ), ``"time"`` (s), ``"power"`` (W), or what to write behind."""


METRICS = (
    Metric("lost_share", "packets lost per packet taken", ""),
    Metric("lost_or_late_share", "losses and late rows per packet", ""),
    Metric("least_slack_share", "smallest margin, in steps", ""),
    Metric("busy_max", "busiest core, of its time", "share"),
    Metric("mean_rate_hz", "mean rate of a neuron", "spikes/s"),
    Metric("e_syn_uj", "energy per synaptic event", "energy"),
    Metric("mean_power_w", "mean power", "power"),
    Metric("n_cores", "cores", ""),
    Metric("n_boards", "boards", ""),
    Metric("wall_s", "time to emulate", "time"),
)
"""In the order in which they are drawn; `mean_rate_hz` is made of the rates of all populations."""


class Series(NamedTuple):
    """Points that differ in one key alone, and in their seeds, in the order of its values."""

    name: str
    """Values of the other keys."""
    x: tuple[Cell, ...]
    y: tuple[float, ...]
    """Means over the points of a value."""
    points: tuple[tuple[tuple[int, float], ...], ...]
    """Of each value its points: number and result."""
    is_line: bool = True
    """Whether it makes sense to join the points: not those of samples of several keys."""


def written(value: float, unit: str) -> str:
    """A result with its unit."""
    if unit == "share":
        return percent(value)
    if unit == "energy":
        return quantity(value * 1e-6, "J")
    if unit in ("time", "power"):
        return quantity(value, {"time": "s", "power": "W"}[unit])
    return f"{value:,.4g} {unit}".strip()


def distinct(values: Sequence[Cell]) -> list[Cell]:
    """Each value once: numbers in their order, then the others in theirs; None (unset) first."""
    found = list(dict.fromkeys(values))
    return sorted(found, key=_order)


def _order(value: Cell) -> tuple[int, float, str]:
    if value is None:
        return 0, 0.0, ""
    return (1, float(value), "") if isinstance(value, int | float) else (2, 0.0, value)


def metrics_of(table: Table) -> dict[Metric, list[float | None]]:
    """Results that are known of two points at least and do not all have the same value."""
    found = {}
    for metric in METRICS:
        values = _values(table, metric.column)
        known = {value for value in values if value is not None}
        if len(known) > 1:
            found[metric] = values
    return found


def _values(table: Table, column: str) -> list[float | None]:
    if column == "mean_rate_hz":
        return _mean_rates(table)
    cells = table.columns.get(column, (None,) * len(table))
    return [_finite(cell) for cell in cells]


def _finite(cell: Cell) -> float | None:
    return float(cell) if isinstance(cell, int | float) and isfinite(cell) else None


def _mean_rates(table: Table) -> list[float | None]:
    """Mean over the populations of their rates; each population counts alike."""
    columns = [cells for name, cells in table.columns.items() if name.startswith("rate_hz.")]
    rows = zip(*columns, strict=True) if columns else ([] for _ in range(len(table)))
    found: list[float | None] = []
    for row in rows:
        known = [float(cell) for cell in row if isinstance(cell, int | float)]
        found.append(sum(known) / len(known) if known else None)
    return found


def series_of(swept: SweepResults, key: str, values: Sequence[float | None]) -> list[Series]:
    """Points of one result along `key`, a series for each combination of the other keys.

    Seeds make no series, nor do keys that vary together with `key`: means are over these.
    """
    columns = swept.table.columns
    rest = [other for other in swept.keys if other not in (key, SEED)]
    others = [other for other in rest if not varies_with(swept, other, key)]
    is_line = all(_rises_with(columns[o], columns[key]) for o in rest if o not in others)
    groups: dict[str, dict[Cell, list[tuple[int, float]]]] = {}
    for row, value in enumerate(values):
        if value is not None:
            name = ", ".join(f"{_leaf(other)} {text_of(columns[other][row])}" for other in others)
            own = groups.setdefault(name, {}).setdefault(columns[key][row], [])
            own.append((int(columns["point"][row] or 0), value))
    return [_series(name, own, is_line=is_line) for name, own in groups.items()]


def _series(name: str, own: dict[Cell, list[tuple[int, float]]], *, is_line: bool) -> Series:
    x = sorted(own, key=_order)
    y = tuple(sum(value for _, value in own[at]) / len(own[at]) for at in x)
    return Series(name, tuple(x), y, tuple(tuple(own[at]) for at in x), is_line)


def varies_with(swept: SweepResults, other: str, key: str) -> bool:
    """Whether the value of one of two keys tells that of the other one."""
    columns = swept.table.columns
    n_pairs = len(set(zip(columns[key], columns[other], strict=True)))
    return n_pairs == max(len(set(columns[key])), len(set(columns[other])))


def _rises_with(other: Sequence[Cell], key: Sequence[Cell]) -> bool:
    """Whether numbers of one key rise, or all fall, with those of the other; names always do."""
    pairs = sorted(set(zip(key, other, strict=True)), key=lambda pair: _order(pair[0]))
    numbers = [float(value) for _, value in pairs if isinstance(value, int | float)]
    steps = {b > a for a, b in pairwise(numbers) if a != b}
    return len(steps) < 2


def varied_keys(swept: SweepResults) -> list[str]:
    """Keys with several values; seeds only if nothing else varies."""
    varied = [key for key in swept.keys if len(set(swept.table.columns[key])) > 1]
    return [key for key in varied if key != SEED] or varied


def _leaf(key: str) -> str:
    return key.rpartition(".")[2]


def text_of(value: Cell) -> str:
    """Value of a key; one that is not set, and so the default, as that."""
    return "unset" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
