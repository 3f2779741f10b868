"""Sets of runs that differ in their seeds, and how far two sets are apart.

Two ways to say it. A pair of runs, one of each set, has a distance, which is held against that of
pairs within the reference: it says how far. A permutation test over both sets
(`host.analysis.compare`) says whether seeds alone could have made it, and in which measures.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import NamedTuple

import numpy as np

from experiments.running import Run, RunShare
from host.analysis import MEASURES, Sample, compare, kolmogorov_smirnov, sample_of_run
from host.config import Config
from host.progress import Progress
from host.results import Results

__all__ = ["Apart", "Spread", "how_far", "of_seeds", "run_seeds", "seed_spread"]


class Spread(NamedTuple):
    """Distances of pairs of runs in one measure, each the mean over the populations."""

    low: float
    mean: float
    high: float


class Apart(NamedTuple):
    """How far a set of runs is from a reference."""

    distances: dict[str, Spread]
    """By measure: Kolmogorov-Smirnov distances between a run of the one and one of the other."""
    p: float
    """Chance that seeds alone make as large a difference in anything."""
    told_by: tuple[str, ...]
    """Measures by which the two are told apart at the level of `host.analysis`; none: they are
    not."""
    is_decided: bool
    """Whether there are enough seeds for that."""


def run_seeds(
    run: Run, config: Config, seeds: Sequence[int], progress: Progress
) -> Iterator[Results]:
    """Results of `config` with each of `seeds`, one unit of work each to `progress`."""
    for seed in seeds:
        seeded = replace(config, run=replace(config.run, seed=seed))
        share = RunShare(progress, config.run.n_warmup_steps + config.run.n_steps)
        try:
            yield run(seeded, progress=share)
        finally:
            share.finish()


def of_seeds(
    run: Run, config: Config, seeds: Sequence[int], progress: Progress
) -> tuple[Sample, ...]:
    """Samples of `config` with each of `seeds`."""
    return tuple(sample_of_run(results) for results in run_seeds(run, config, seeds, progress))


def how_far(tests: Sequence[Sample], references: Sequence[Sample]) -> Apart:
    """How far `tests` are from `references`; their seeds should differ, for seeds wire networks."""
    comparison = compare(tests, references)
    apart = {measure for measure, _ in comparison.apart}
    pairs = [(test, reference) for test in tests for reference in references]
    return Apart(
        {measure: _spread(measure, pairs) for measure in MEASURES},
        comparison.p,
        tuple(measure for measure in MEASURES if measure in apart),
        comparison.verdict != "undecided",
    )


def seed_spread(references: Sequence[Sample]) -> dict[str, Spread]:
    """Distances between the runs of `references`, two at least, by measure."""
    pairs = list(combinations(references, 2))
    return {measure: _spread(measure, pairs) for measure in MEASURES}


def _spread(measure: str, pairs: Iterable[tuple[Sample, Sample]]) -> Spread:
    found = [_distance(measure, *pair) for pair in pairs]
    return Spread(min(found), float(np.mean(found)), max(found))


def _distance(measure: str, one: Sample, other: Sample) -> float:
    """Mean over the populations that have values in both; not a number if none has."""
    both = zip(one.values[measure], other.values[measure], strict=True)
    found = [kolmogorov_smirnov(a, b) for a, b in both if a.size and b.size]
    return float(np.mean(found)) if found else float("nan")
