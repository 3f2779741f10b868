"""Whether the activity of a run is that of the reference simulations of its network.

A single run cannot be tested as `host.analysis.verdict` tests sets of runs: with fourteen seeds of
a reference the smallest p that a permutation test can give to one run is 2/15. So the mean of each
measure in each population is held against those of the reference's seeds: the difference, in
standard deviations of the seeds, must stay below the limit of a prediction interval for one more
seed (Student 1908), which holds for all populations and measures at once with a chance of
`LEVEL` to be wrong (Bonferroni).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from math import isnan, sqrt
from typing import NamedTuple

import numpy as np

from host.analysis.comparable import check_kind
from host.analysis.measures import MEASURES
from host.analysis.packaged import packaged_references
from host.analysis.sample import Sample
from host.analysis.verdict import LEVEL
from host.config import Config
from host.errors import ConfigError
from host.sections import VariantConfig

__all__ = ["FEWEST_SEEDS", "Deviation", "Likeness", "judge", "limit_sd", "reference_of"]

FEWEST_SEEDS = 3
"""With fewer, the spread over seeds is not known."""


class Deviation(NamedTuple):
    """One measure in one population.

    Attributes
    ----------
    mean : float
        Of the run, over neurons or pairs; NaN without any.
    seeds : tuple of float
        Mean of each seed of the reference.
    """

    mean: float
    seeds: tuple[float, ...]

    @property
    def reference(self) -> float:
        """Mean over the seeds."""
        return float(np.mean(self.seeds)) if self.seeds else float("nan")

    @property
    def sd(self) -> float:
        """Standard deviation over the seeds, divisor n - 1; NaN with one."""
        return float(np.std(self.seeds, ddof=1)) if len(self.seeds) > 1 else float("nan")

    @property
    def n_sd(self) -> float:
        """Difference in standard deviations; NaN if that is not known."""
        return (self.mean - self.reference) / self.sd if self.sd else float("nan")

    @property
    def relative(self) -> float:
        """Difference as a share of the reference."""
        return self.mean / self.reference - 1.0 if self.reference else float("nan")


class Likeness(NamedTuple):
    """A run beside its reference.

    Attributes
    ----------
    sample : Sample
    references : tuple of Sample
        One of each seed; empty: there is no reference of this network.
    deviations : mapping of (str, str) to Deviation
        By measure and population.
    is_same_time : bool
        Whether both count the same stretch of biological time; CV and correlations depend on it.
    """

    sample: Sample
    references: tuple[Sample, ...]
    deviations: Mapping[tuple[str, str], Deviation]
    is_same_time: bool

    @property
    def is_decided(self) -> bool:
        """Whether there is enough to say yes or no."""
        return self.is_same_time and len(self.references) >= FEWEST_SEEDS and bool(self.judged)

    @property
    def judged(self) -> dict[tuple[str, str], Deviation]:
        """Deviations that are known in standard deviations."""
        return {key: one for key, one in self.deviations.items() if not isnan(one.n_sd)}

    @property
    def worst(self) -> tuple[str, str] | None:
        """Measure and population that are furthest apart, in standard deviations."""
        return max(self.judged, key=lambda key: abs(self.judged[key].n_sd), default=None)

    @property
    def limit(self) -> float:
        """Most standard deviations that a run of the same model may be apart."""
        return limit_sd(len(self.references), len(self.judged))

    @property
    def is_alike(self) -> bool:
        """Whether nothing is further apart than the limit; only if `is_decided`."""
        return all(abs(one.n_sd) <= self.limit for one in self.judged.values())

    @property
    def largest_rate(self) -> tuple[str, float] | None:
        """Population whose mean rate is relatively furthest from the reference's, and how far."""
        rates = {p: one.relative for (m, p), one in self.deviations.items() if m == "rate"}
        known = {name: value for name, value in rates.items() if not isnan(value)}
        return max(known.items(), key=lambda item: abs(item[1]), default=None)


def judge(sample: Sample, references: Sequence[Sample]) -> Likeness:
    """Hold `sample` against `references`, which may be none.

    References over another time are held against in rates alone: CVs of few intervals are too
    small, and correlations of short counts scatter.
    """
    is_same_time = all(sample.window == reference.window for reference in references)
    comparable = {m: references if is_same_time or m == "rate" else () for m in MEASURES}
    deviations = {
        (measure, name): Deviation(_mean(sample, measure, name), _means(fitting, measure, name))
        for measure, fitting in comparable.items()
        for name in sample.populations
    }
    return Likeness(sample, tuple(references), deviations, is_same_time)


def _mean(sample: Sample, measure: str, population: str) -> float:
    values = sample.of(measure, population)
    return float(values.mean()) if values.size else float("nan")


def _means(references: Sequence[Sample], measure: str, population: str) -> tuple[float, ...]:
    found = (_mean(reference, measure, population) for reference in references)
    return tuple(mean for mean in found if not isnan(mean))


def reference_of(sample: Sample, config: Config) -> tuple[Sample, ...]:
    """Packaged references of the network that a run was of, over whatever time; or none."""
    if config.network.variant != VariantConfig() or config.network.initial != "population":
        return ()
    try:
        found = packaged_references(sample.model)
        check_kind(replace(sample, window=found[0].window), found[0])
    except ConfigError:
        return ()
    return found


@cache
def limit_sd(n_seeds: int, n_compared: int, level: float = LEVEL) -> float:
    """Half width of the prediction interval, in standard deviations of the seeds.

    Student's t with ``n_seeds - 1`` degrees of freedom at ``1 - level / (2 n_compared)``, times
    ``sqrt(1 + 1 / n_seeds)``: the reference's mean is known from its seeds only.

    Examples
    --------
    >>> round(limit_sd(14, 24), 1)
    4.0
    """
    nu = n_seeds - 1
    t = np.concatenate(([0.0], np.geomspace(1e-3, 1e6, 60_000)))
    density = (1.0 + t**2 / nu) ** (-(nu + 1) / 2)
    areas = np.concatenate(([0.0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(t))))
    two_sided = areas / areas[-1]
    found = float(np.interp(1.0 - level / max(1, n_compared), two_sided, t))
    return found * sqrt(1.0 + 1.0 / n_seeds)
