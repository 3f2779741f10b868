"""A comparison in words and as plain data."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

import numpy as np

from host.analysis.measures import MEASURES
from host.analysis.sample import Sample
from host.analysis.verdict import LEVEL, Comparison

__all__ = [
    "MeanOverSeeds",
    "apart_text",
    "comparison_account",
    "mean_over_seeds",
    "verdict_text",
]


class MeanOverSeeds(NamedTuple):
    """Mean of a measure in a population, over the seeds."""

    mean: float
    """NaN if a seed has no values."""
    deviation: float
    """Standard deviation over the seeds; NaN with one."""

    def __str__(self) -> str:
        if np.isnan(self.mean):
            return "-"
        if np.isnan(self.deviation):
            return f"{self.mean:.4f}"
        return f"{self.mean:.4f} ({self.deviation:.4f})"


def mean_over_seeds(samples: Sequence[Sample], measure: str, population: str) -> MeanOverSeeds:
    """Mean and standard deviation over `samples` of the mean of a measure in a population."""
    values = [sample.of(measure, population) for sample in samples]
    if not all(own.size for own in values):
        return MeanOverSeeds(np.nan, np.nan)
    means = [own.mean() for own in values]
    deviation = np.std(means, ddof=1) if len(means) > 1 else np.nan
    return MeanOverSeeds(float(np.mean(means)), float(deviation))


def comparison_account(found: Comparison) -> dict[str, Any]:
    """All that `compare` found, to be made plain for JSON (`host.results.plain`)."""
    means = [
        {
            "measure": measure,
            "population": population,
            "test": mean_over_seeds(found.tests, measure, population)._asdict(),
            "reference": mean_over_seeds(found.references, measure, population)._asdict(),
        }
        for measure in MEASURES
        for population in found.tests[0].populations
    ]
    return {
        "verdict": found.verdict,
        "p": found.p,
        "level": LEVEL,
        "groupings": found.n_groupings,
        "all_groupings": found.is_exhaustive,
        "apart": [{"measure": m, "population": p} for m, p in found.apart],
        "tests": [_about(sample) for sample in found.tests],
        "references": [_about(sample) for sample in found.references],
        "means": means,
        "distances": [asdict(cell) | {"is_apart": cell.is_apart} for cell in found.cells],
    }


def _about(sample: Sample) -> dict[str, Any]:
    return {
        "name": sample.name,
        "seed": sample.seed,
        "origin": sample.origin,
        "model": asdict(sample.model),
        "window": asdict(sample.window),
    }


def verdict_text(found: Comparison) -> str:
    """The verdict, in a sentence."""
    n, m = len(found.tests), len(found.references)
    seeds = f"{_seeds(n)} against {_seeds(m)} of the reference"
    if found.verdict == "undecided":
        return (
            f"UNDECIDED: {seeds} can be grouped in {found.n_groupings} ways, so that no p value is "
            f"below {found.least_p:.2g} and the spread of seeds cannot be told from a difference; "
            "give more seeds, or more references"
        )
    if found.verdict == "passed":
        return (
            f"PASSED: {seeds} differ no more than seeds do "
            f"(p = {found.p:.2g} for all distances together, level {LEVEL:g})"
        )
    return f"REJECTED: {seeds} are told apart (p = {found.p:.2g}) by {apart_text(found)}"


def apart_text(found: Comparison) -> str:
    """What the two sets are told apart by: population, measure and the distances that tell.

    Examples: ``L23E rate (KS, EMD), L4E CV (KS)``; ``nothing``.
    """
    parts = []
    for measure, population in found.apart:
        cells = found.cells_of(measure, population).values()
        kinds = ", ".join(cell.distance.upper() for cell in cells if cell.is_apart)
        parts.append(f"{population} {MEASURES[measure].short} ({kinds})")
    return ", ".join(parts) or "nothing"


def _seeds(n: int) -> str:
    return "1 seed" if n == 1 else f"{n} seeds"
