"""What was measured as a tidy file, a short table and sentences."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from experiments.spike_loss import Options
from experiments.spike_loss.measure import Outcome
from experiments.spike_loss.points import Variant
from experiments.spike_loss.search import Threshold, read_threshold
from host.experiments import Cell
from host.timing import LOSSES, Losses, Margins, StretchTiming, Timing

__all__ = ["by_variant", "n_lost", "sentence", "short_table", "tidy_rows", "write_tidy"]

INPUTS = ("dt (ms)", "costs", "seed")
FOUND = ("lost in transient", "lost after", "mostly", "smallest slack (us)")
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
    return [
        inputs
        | _counted(name, stretch, outcome.timing)
        | _margin_cells(stretch.margins)
        | _rate_cells(outcome, name)
        for name, stretch in outcome.stretches.items()
    ]


def _counted(name: str, stretch: StretchTiming, timing: Timing) -> Row:
    counts = asdict(stretch.losses)
    return {
        "stretch": name,
        "n_steps": stretch.stop_step - stretch.first_step,
        "step_us": timing.step_us,
        "is_loss_free": str(stretch.is_loss_free).lower(),
        "packets_sent": stretch.packets_sent,
        "packets_received": stretch.packets_received,
        "lost": n_lost(stretch.losses),
        **counts,
        **{f"dropped_{fate}": count for fate, count in stretch.dropped.items()},
        "saturated_in_all": timing.saturated,
        "in_flight_at_end": timing.in_flight,
        "unprocessed_at_end": timing.unprocessed,
    }


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
        return None, None, "does not fit", None
    lost = {name: n_lost(stretch.losses) for name, stretch in outcome.stretches.items()}
    causes = _causes([outcome], outcome.stretches)
    slacks = [found.smallest_us for found in _all_margins(outcome)]
    smallest = min((slack for slack in slacks if slack is not None), default=None)
    most_of = next(iter(causes), "nothing").replace("_", " ")
    return lost.get("warmup"), lost["run"], most_of, smallest


def _all_margins(outcome: Outcome) -> Iterator[Margins]:
    for stretch in outcome.stretches.values():
        yield from stretch.margins.values()


def n_lost(losses: Losses) -> int:
    """All that was lost or late but synapses, which are those of rows that count as late."""
    return losses.total - losses.skipped_synapses


def _causes(outcomes: Iterable[Outcome], stretches: Iterable[str]) -> dict[str, int]:
    """What was lost in `stretches`, the most first; skipped synapses last, being of late rows."""
    names = tuple(stretches)
    losses = [o.stretches[name].losses for o in outcomes for name in names if name in o.stretches]
    counts = {cause: sum(getattr(lost, cause) for lost in losses) for cause in LOSSES}
    return {
        cause: counts[cause]
        for cause in sorted(LOSSES, key=lambda cause: (cause == "skipped_synapses", -counts[cause]))
        if counts[cause]
    }


def sentence(outcomes: Sequence[Outcome], who: str) -> str:
    """Tell from which slow-down on a variant is loss-free, and what is lost first below.

    Parameters
    ----------
    outcomes : sequence of Outcome
        Of the variant; a slow-down counts as loss-free if it is for all seeds.
    who : str
        What the variant is called.
    """
    reasons = [outcome.reason for outcome in outcomes if outcome.reason]
    if reasons:
        return f"{who}: does not fit: {reasons[0]}"
    whole = read_threshold(_tried(outcomes, "is_free"))
    after = read_threshold(_tried(outcomes, "is_free_after"))
    has_transient = "warmup" in outcomes[0].stretches
    said = f"{_verdict(whole, after, has_transient)}{_first_losses(whole, outcomes)}"
    return f"{who}: {said}; {_activity(outcomes):.3g} packets sent per step after the transient"


def _activity(outcomes: Sequence[Outcome]) -> float:
    """Packets per step of the slowest runs, to be told since a silent network proves little."""
    slowest = max(outcome.point.slowdown for outcome in outcomes)
    own = [o.stretches["run"] for o in outcomes if o.point.slowdown == slowest]
    return sum(s.packets_sent for s in own) / sum(s.stop_step - s.first_step for s in own)


def _tried(outcomes: Iterable[Outcome], which: str) -> dict[float, bool]:
    tried: dict[float, bool] = {}
    for outcome in outcomes:
        slowdown = outcome.point.slowdown
        tried[slowdown] = tried.get(slowdown, True) and getattr(outcome, which)
    return tried


def _verdict(whole: Threshold, after: Threshold, has_transient: bool) -> str:
    if whole.lossy_at is None:
        return f"loss-free at every slow-down tried, from {whole.free_from:g} on"
    if whole.free_from is None:
        first = f"not loss-free at any slow-down tried, up to {whole.lossy_at:g}"
    else:
        first = f"loss-free from a slow-down of {whole.free_from:g} on"
    return f"{first} ({_after(after)})" if has_transient else first


def _after(after: Threshold) -> str:
    if after.free_from is None:
        return "nor without the start-up transient"
    least = " or less" if after.lossy_at is None else ""
    return f"{after.free_from:g}{least} without the start-up transient"


def _first_losses(whole: Threshold, outcomes: Sequence[Outcome]) -> str:
    if whole.lossy_at is None:
        return ""
    last = [outcome for outcome in outcomes if outcome.point.slowdown == whole.lossy_at]
    causes = _causes(last, ("warmup", "run"))
    lost = ", ".join(f"{name.replace('_', ' ')} ({count:,})" for name, count in causes.items())
    told = f"what is lost first below, at {whole.lossy_at:g}"
    if whole.free_from is None:
        told = f"what is lost at {whole.lossy_at:g}"
    odd = ", ".join(f"{slowdown:g}" for slowdown in whole.free_below)
    return f"; {told}: {lost}" + (f"; not monotone: loss-free at {odd} too" if odd else "")
