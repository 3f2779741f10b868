"""What the machine can be coloured by: load, losses, energy, traffic; and each chip in words."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from host.chips.losses import CAUSES
from host.datatable import Cell, Table
from host.pictures.colours import LOAD_CLASSES
from host.pictures.scale import LoadScale, load_scale, short

__all__ = ["Layer", "chip_words", "layers_of", "si"]

NARROW = 0.5
"""Values from this part of the largest on are told apart by a scale that does not begin at 0."""
LEAST_SPAN = 0.1
"""Part of the largest value that a scale spans at least, lest noise look like structure."""
ROUNDED = 1.12
"""Room for a lower edge that is rounded down by up to a step, of ten."""
NONE = "-"
"""Level of a chip that has no value."""
PREFIXES = ((1.0, ""), (1e-3, "m"), (1e-6, "\u00b5"), (1e-9, "n"), (1e-12, "p"))
CAUSE_WORDS = {
    "router_dropped": "packets dropped by the router",
    "buffer_overflow": "packets that found the spike buffer full",
    "flushed": "packets flushed at a tick",
    "late": "rows processed late",
    "skipped_synapses": "synapses skipped",
    "missed_transfers": "contributions that missed the step",
    "skipped_steps": "steps skipped",
    "ring_buffer_saturations": "saturated additions",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A quantity by which chips are coloured.

    Attributes
    ----------
    key, name : str
    levels : str
        Of each living chip a digit, which is the colour of its load, or `NONE`.
    legend : tuple of (int, str)
        Colour and range of each level.
    remark : str
        What is shown, in a line.
    """

    key: str
    name: str
    levels: str
    legend: tuple[tuple[int, str], ...]
    remark: str


def layers_of(chips: Table) -> list[Layer]:
    """Layers of the table ``chips``.

    One for load, one for losses altogether and, if there are several causes, for each of them that
    occurred, one for energy.
    """
    columns = _living(chips)
    load = [_number(v) if v is not None else None for v in columns["load"]]
    causes = [cause for cause in CAUSES if any(columns[cause])]
    total = [sum(_number(columns[c][k]) for c in CAUSES) for k in range(len(load))]
    is_ideal = columns["router_dropped"][0] is None
    found = [
        _layer(
            "load",
            "Load",
            load,
            "Work of the cores in use over their time, mean of each chip.",
            percent=True,
        ),
        _layer("losses", "Losses", total, _losses_remark(sum(total), is_ideal=is_ideal)),
        _layer(
            "energy",
            "Energy",
            [_number(v) for v in columns["energy_j"]],
            "Energy of each chip in the time that counts, its share of its board included; "
            "places in frames belong to no chip.",
            unit="J",
        ),
    ]
    if len(causes) > 1:
        found += [
            _layer(
                cause,
                cause.replace("_", " ").capitalize(),
                [_number(v) for v in columns[cause]],
                f"{CAUSE_WORDS[cause].capitalize()}, of the whole run.",
            )
            for cause in causes
        ]
    return found


def _losses_remark(total: float, *, is_ideal: bool) -> str:
    if is_ideal:
        known = "Ideal timing loses nothing but what ring buffers cannot hold"
        return f"{known}: {total:,.0f} saturated additions on the whole machine."
    if not total:
        return "Nothing was lost on any chip."
    return (
        f"Whatever was lost, late or skipped in the whole run, counted together: {total:,.0f} on "
        "the whole machine. A late row and the synapses that it skips count both."
    )


def _living(chips: Table) -> dict[str, list[Cell]]:
    alive = [not dead for dead in chips.columns["is_dead"]]
    return {
        name: [value for value, is_alive in zip(values, alive, strict=True) if is_alive]
        for name, values in chips.columns.items()
    }


def _number(value: Cell) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _layer(
    key: str,
    name: str,
    values: Sequence[float | None],
    remark: str,
    *,
    unit: str = "",
    percent: bool = False,
) -> Layer:
    found = [value for value in values if value is not None and value > 0]
    low, most = min(found, default=0.0), max(found, default=0.0)
    if low < NARROW * most:
        low = 0.0
    span = max(most - low, LEAST_SPAN * most)
    scale = load_scale(ROUNDED * span if low else span)
    low = scale.step * math.floor(low / scale.step)
    n = max(1, min(LOAD_CLASSES, math.ceil((most - low) / scale.step - 1e-9))) if found else 0
    scale = LoadScale(scale.step, n)
    is_known = np.array([value is not None and value > 0 for value in values])
    above = np.array([value or 0.0 for value in values]) - low
    found_levels = np.maximum(scale.level(above), 0).tolist()  # the lowest edge belongs to a level
    levels = "".join(
        str(scale.load_class(level)) if known else NONE
        for level, known in zip(found_levels, is_known.tolist(), strict=True)
    )

    def label(value: float) -> str:
        if percent:
            return f"{100 * value:.3g} %"
        return si(value, unit) if unit else short(value)

    legend = tuple(
        (
            scale.load_class(k),
            f"{label(low + k * scale.step)} \u2013 {label(low + (k + 1) * scale.step)}",
        )
        for k in range(n)
    )
    return Layer(key=key, name=name, levels=levels, legend=legend, remark=remark)


def si(value: float, unit: str) -> str:
    """Write a quantity with three digits and a prefix.

    >>> si(0.00123, "J"), si(0.0, "J")
    ('1.23 mJ', '0 J')
    """
    for size, prefix in PREFIXES:
        if value >= size:
            return f"{value / size:.3g} {prefix}{unit}"
    return f"{value:.3g} {unit}"


def chip_words(row: Mapping[str, Cell], shares: Sequence[tuple[str, int, str]]) -> str:
    """All about a living chip, in lines.

    Parameters
    ----------
    row : mapping of str to Cell
        Of the table ``chips``.
    shares : sequence of (population, cores, members)
    """
    used, idle = row["cores_used"], row["cores_idle"]
    lines = [f"Chip ({row['x']}, {row['y']}) of board {row['board']}"]
    lines += [
        f"{name}: {cores} core{'' if cores == 1 else 's'}, members {members}"
        for name, cores, members in shares
    ]
    lines.append(f"{used} cores in use, {idle} idle")
    if row["load"] is not None:
        lines.append(
            f"load {_number(row['load']):.1%}, busiest core {_number(row['load_max']):.1%}"
        )
    lines.append(f"{short(_number(row['packets_hz']))} packets/s through the router")
    lost = [
        f"{value:,} {cause.replace('_', ' ')}"
        for cause in CAUSES
        if isinstance(value := row[cause], int) and value
    ]
    lines.append(f"lost: {', '.join(lost)}" if lost else "nothing lost")
    parts = ", ".join(
        f"{kind} {si(_number(row[f'{kind}_j']), 'J')}" for kind in ("standing", "waiting", "work")
    )
    lines.append(f"energy {si(_number(row['energy_j']), 'J')}: {parts}")
    return "\n".join(lines)
