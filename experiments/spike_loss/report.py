"""What was measured as a tidy file and a short table."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from experiments.spike_loss import Options
from experiments.spike_loss.measure import Outcome, n_lost_or_late
from experiments.spike_loss.points import Variant
from host.experiments import Cell
from host.timing import LOSSES, Margins

__all__ = ["by_variant", "count_causes", "short_table", "tidy_rows", "write_tidy"]

INPUTS = ("dt (ms)", "costs", "seed")
FOUND = (
    "lost at start",
    "late at start",
    "lost after",
    "late after",
    "mostly",
    "least slack (us)",
)
PERCENTILES = {"p1": "p1", "p5": "p5", "median": "p50"}
Row = dict[str, Cell]


def by_variant(outcomes: Iterable[Outcome]) -> dict[Variant, list[Outcome]]:
    """Outcomes of each variant, by slow-down, then seed."""
    found: dict[Variant, list[Outcome]] = {}
    for outcome in outcomes:
        found.setdefault(outcome.point.variant, []).append(outcome)
    for own in found.values():
        own.sort(key=lambda outcome: (outcome.point.slowdown, outcome.point.seed))
    return found


def write_tidy(path: Path, options: Options, outcomes: Sequence[Outcome]) -> None:
    """Write one row per point and stretch; points that do not fit have one, with the reason."""
    rows = [row for outcome in outcomes for row in tidy_rows(options, outcome)]
    columns = dict.fromkeys(name for row in rows for name in row)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def tidy_rows(options: Options, outcome: Outcome) -> list[Row]:
    """Rows of one point, one per stretch."""
    point = outcome.point
    inputs: Row = {"mapping": point.variant.mapping}
    inputs |= asdict(point.variant) | {"slowdown": point.slowdown, "seed": point.seed}
    inputs |= {"scale": options.scale, "initial": options.initial, "reason": outcome.reason}
    inputs["n_cores"] = outcome.n_cores or None
    if outcome.timing is None:
        return [inputs]
    whole = {
        "saturated_in_all": outcome.timing.saturated,
        "undelivered_in_all": outcome.timing.undelivered,
        "in_flight_at_end": outcome.timing.in_flight,
        "unprocessed_at_end": outcome.timing.unprocessed,
    }
    inputs |= {"has_colours": _truth(outcome.has_colours), "step_us": outcome.timing.step_us}
    return [
        inputs
        | _counted(outcome, name)
        | whole
        | _margin_cells(stretch.margins)
        | _rate_cells(outcome, name)
        for name, stretch in outcome.stretches.items()
    ]


def _counted(outcome: Outcome, name: str) -> Row:
    stretch, n_lost = outcome.stretches[name], outcome.n_lost(name)
    return {
        "stretch": name,
        "n_steps": stretch.stop_step - stretch.first_step,
        "is_lossless": _truth(n_lost == 0),
        "is_loss_free": _truth(stretch.is_loss_free),
        "packets_sent": stretch.packets_sent,
        "packets_received": stretch.packets_received,
        "lost": n_lost,
        "lost_or_late": n_lost_or_late(stretch.losses),
        **asdict(stretch.losses),
        **{f"dropped_{fate}": count for fate, count in stretch.dropped.items()},
    }


def _truth(value: bool) -> str:
    return str(value).lower()


def _margin_cells(margins: Mapping[str, Margins]) -> Row:
    cells: Row = {}
    for role, found in margins.items():
        slack = {name: found.smallest_of_core_us.get(key) for name, key in PERCENTILES.items()}
        cells[f"{role}_n_cores"] = found.n_cores
        cells[f"{role}_slack_smallest_us"] = found.smallest_us
        cells |= {f"{role}_slack_{name}_us": value for name, value in slack.items()}
        cells[f"{role}_worst_core"] = found.worst_core
        cells[f"{role}_busy_mean"] = found.busy_mean
        cells[f"{role}_busy_max"] = found.busy_max
    return cells


def _rate_cells(outcome: Outcome, stretch: str) -> Row:
    rates, ideal = outcome.rates_hz.get(stretch, {}), outcome.ideal_hz.get(stretch, {})
    cells: Row = {f"rate_{name}_hz": rate for name, rate in rates.items()}
    return cells | {
        f"rate_minus_ideal_{name}_hz": rate - ideal[name]
        for name, rate in rates.items()
        if name in ideal
    }


def short_table(
    outcomes: Sequence[Outcome],
) -> tuple[tuple[str, ...], tuple[tuple[Cell, ...], ...]]:
    """Columns and rows of the table for the screen: one row per point.

    Parameters
    ----------
    outcomes : sequence of Outcome
        Time step, costs and seed have a column if they are not all alike.
    """
    inputs = [_inputs(outcome) for outcome in outcomes]
    varied = [name for name in INPUTS if len({row[name] for row in inputs}) > 1]
    shown = ["mapping", *varied, "slow-down"]
    rows = (
        (*(row[name] for name in shown), *_found(outcome))
        for row, outcome in zip(inputs, outcomes, strict=True)
    )
    return (*shown, *FOUND), tuple(rows)


def _inputs(outcome: Outcome) -> Row:
    point, variant = outcome.point, outcome.point.variant
    row: Row = {"mapping": variant.short, "slow-down": point.slowdown}
    row |= zip(INPUTS, (variant.dt_ms, variant.costs, point.seed), strict=True)
    return row


def _found(outcome: Outcome) -> tuple[Cell, ...]:
    if outcome.timing is None:
        return (*[None] * 4, "does not fit", None)
    slacks = [found.smallest_us for found in _all_margins(outcome)]
    smallest = min((slack for slack in slacks if slack is not None), default=None)
    most_of = next(iter(count_causes([outcome])), "nothing").replace("_", " ")
    return (*_lost_and_late(outcome, "warmup"), *_lost_and_late(outcome, "run"), most_of, smallest)


def _lost_and_late(outcome: Outcome, name: str) -> tuple[Cell, Cell]:
    if name not in outcome.stretches:
        return None, None
    return outcome.n_lost(name), outcome.stretches[name].losses.late


def _all_margins(outcome: Outcome) -> Iterator[Margins]:
    for stretch in outcome.stretches.values():
        yield from stretch.margins.values()


def count_causes(
    outcomes: Iterable[Outcome], stretches: Iterable[str] = ("warmup", "run")
) -> dict[str, int]:
    """What was lost or late in `stretches`, the most first; synapses of late rows last."""
    names = tuple(stretches)
    losses = [o.stretches[name].losses for o in outcomes for name in names if name in o.stretches]
    counts = {cause: sum(getattr(lost, cause) for lost in losses) for cause in LOSSES}
    return {
        cause: counts[cause]
        for cause in sorted(LOSSES, key=lambda cause: (cause == "skipped_synapses", -counts[cause]))
        if counts[cause]
    }
