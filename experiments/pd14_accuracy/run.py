"""The experiment: all settings, then files, table and sentences."""

from collections.abc import Iterator, Mapping
from itertools import product
from math import isnan
from pathlib import Path

import host
from experiments.pd14_accuracy import Options
from experiments.pd14_accuracy.figure import draw
from experiments.pd14_accuracy.measure import (
    BASE,
    Outcome,
    Setting,
    difference,
    means,
    measure,
    spreads,
)
from experiments.running import Run
from experiments.tidy import write_rows
from host.analysis import MEASURES
from host.experiments import Cell, Finding
from host.progress import Progress

__all__ = ["TITLES", "run"]

TITLES: Mapping[str, str] = {
    BASE: "double precision",
    "truncate": "machine, truncating",
    "nearest": "machine, to nearest",
    "stochastic": "machine, stochastic",
    "original": "double precision, original initial potentials",
    "longer": "double precision, delays one step longer",
}
"""Variants in words."""
COLUMNS = (
    "scale",
    "drive",
    "variant",
    "largest rate difference (%)",
    "standard error (%)",
    "in",
    "told from NEST by",
    "p",
)


def run(
    options: Options, *, progress: Progress, output: Path, run_network: Run | None = None
) -> Finding:
    """Run all settings.

    Parameters
    ----------
    options : Options
    progress : Progress
    output : Path
        Folder for ``pd14_accuracy.csv`` and the figure.
    run_network : callable, optional
        By default `host.run`.
    """
    found: dict[Setting, Outcome] = {}
    for scale, drive in product(dict.fromkeys(options.scales), dict.fromkeys(options.drives)):
        setting = Setting(scale, drive)
        n_runs = (1 + len(set(options.variants))) * len(options.seeds)
        with progress.phase(str(setting), n_runs):
            found[setting] = measure(options, setting, run_network or host.run, progress)
    table = write_rows(output / "pd14_accuracy.csv", _tidy(found))
    return Finding(
        columns=COLUMNS,
        rows=tuple(_rows(found)),
        sentences=tuple(_sentences(found)),
        files=(table, *draw(found, TITLES, output)),
    )


def _populations(outcome: Outcome) -> tuple[str, ...]:
    return outcome.samples[BASE][0].populations


def _tidy(found: Mapping[Setting, Outcome]) -> Iterator[dict[str, Cell]]:
    """A row per setting, variant, population and measure; NEST as one more variant."""
    for setting, outcome in found.items():
        for population, name in product(_populations(outcome), MEASURES):
            for variant, samples in outcome.samples.items():
                apart = difference(outcome, variant, name, population)
                yield {
                    **setting._asdict(),
                    "variant": variant,
                    "population": population,
                    "measure": name,
                    "n_seeds": len(samples),
                    "mean": apart.base + apart.mean,
                    "sd_of_seeds": _known(spreads(samples, population)[name]),
                    "difference": apart.mean,
                    "standard_error": _known(apart.error),
                }
            if outcome.references:
                yield {
                    **setting._asdict(),
                    "variant": "NEST",
                    "population": population,
                    "measure": name,
                    "n_seeds": len(outcome.references),
                    "mean": float(means(outcome.references, name, population).mean()),
                    "sd_of_seeds": _known(spreads(outcome.references, population)[name]),
                }


def _known(value: float) -> float | None:
    return None if isnan(value) else value


def _largest(outcome: Outcome, variant: str) -> tuple[float, float, str]:
    """Largest relative difference of a rate against its error: both in percent, and where.

    With one seed there is no error, and the largest of all is taken.
    """
    apart = {p: difference(outcome, variant, "rate", p) for p in _populations(outcome)}
    firing = {p: d for p, d in apart.items() if d.base > 0}
    if not firing:
        return float("nan"), float("nan"), "none"

    def size(population: str) -> float:
        d = firing[population]
        return abs(d.mean) / (d.base if isnan(d.error) or d.error == 0 else d.error)

    where = max(firing, key=size)
    return (
        100 * firing[where].mean / firing[where].base,
        100 * firing[where].error / firing[where].base,
        where,
    )


def _rows(found: Mapping[Setting, Outcome]) -> Iterator[tuple[Cell, ...]]:
    for setting, outcome in found.items():
        for variant in outcome.samples:
            is_base = variant == BASE
            percent, error, where = (None, None, "") if is_base else _largest(outcome, variant)
            comparison = outcome.comparisons.get(variant)
            p = None if comparison is None else round(comparison.p, 3)
            yield (
                setting.scale,
                setting.drive,
                TITLES[variant],
                None if percent is None or isnan(percent) else round(percent, 2),
                None if error is None or isnan(error) else round(error, 2),
                where,
                _told(outcome, variant),
                p,
            )


def _told(outcome: Outcome, variant: str) -> str:
    """Measures and populations by which a variant is told from NEST."""
    comparison = outcome.comparisons.get(variant)
    if comparison is None:
        return "no reference"
    if comparison.verdict == "undecided":
        return "too few seeds"
    found = [f"{MEASURES[m].short} of {population}" for m, population in comparison.apart]
    return ", ".join(found) or "nothing"


def _sentences(found: Mapping[Setting, Outcome]) -> Iterator[str]:
    for setting, outcome in found.items():
        n_seeds = len(outcome.samples[BASE])
        for variant in outcome.samples:
            if variant == BASE:
                continue
            percent, error, where = _largest(outcome, variant)
            if where == "none":
                yield f"{setting}: nothing fires in double precision"
                continue
            spread = "one seed, no error" if isnan(error) else f"+- {error:.2f} %, {n_seeds} seeds"
            yield (
                f"{setting}, {TITLES[variant]}: clearest difference of a mean rate from double "
                f"precision {percent:+.2f} % in {where} ({spread})"
            )
        for variant in outcome.comparisons:
            yield f"{setting}, {TITLES[variant]}: told from NEST by {_told(outcome, variant)}"
        if outcome.references:
            yield f"{setting}: {_distance_to_nest(outcome)}"


def _distance_to_nest(outcome: Outcome) -> str:
    """Mean over the populations of the relative difference of mean rates from NEST's."""
    parts = []
    for variant, samples in outcome.samples.items():
        ratios = [
            means(samples, "rate", p).mean() / means(outcome.references, "rate", p).mean() - 1
            for p in _populations(outcome)
        ]
        worst = max(ratios, key=abs)
        parts.append(f"{TITLES[variant]} {100 * worst:+.2f} %")
    return f"largest difference of a mean rate from NEST's: {', '.join(parts)}"
