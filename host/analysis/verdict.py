"""Whether two sets of simulations differ by more than their seeds make them differ.

If both come from one and the same model, their seeds are exchangeable: which simulations were
called test and which reference is a coin that might have fallen otherwise. So the distances of the
two sets are compared with those of all other groupings of the same simulations into sets of the
same sizes: a permutation test (Fisher 1935; Good 2005), exact for any number of seeds and any
shape of the distributions.

There are many distances: populations times measures times kinds. Each is standardised by mean and
standard deviation over the groupings, and held against the largest of all of the same grouping
(Westfall & Young 1993, step-down maxT), so that the chance that *any* of them is called different
though nothing is different is at most the level. All are strongly dependent, which this takes into
account and a Bonferroni correction does not. What changes every population a little, such as a
wrong delay, shows in none but in their sum: the sums over populations are a second family, and
each of the two gets half of the level.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from host.analysis.distances import DISTANCES, mixture_distances
from host.analysis.measures import MEASURES
from host.analysis.sample import Sample

__all__ = [
    "ALL",
    "LEVEL",
    "Cell",
    "Comparison",
    "Spread",
    "Verdict",
    "adjusted_p",
    "compare",
    "groupings",
]

Floats = NDArray[np.float64]
Verdict = Literal["passed", "rejected", "undecided"]

ALL = "all"
"""In place of a population: the sum of the standardised distances of all of them, which sees what
changes every population a little."""
LEVEL = 0.05
"""Chance of a false alarm that is accepted, over all distances together."""
N_FAMILIES = 2
"""Distances of single populations, and their sums: each has its part of the level."""
MOST_GROUPINGS = 2000
"""Beyond this many, groupings are drawn at random."""
ROUNDING = 1e-9
"""Relative difference below which two standardised distances count as equal."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Distances between seeds of the reference alone.

    As many seeds as the test has, or half of the reference's if that is less, against the others;
    over all such choices, or a random part of them.
    """

    median: float
    high: float
    """The 95th percentile."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One kind of distance of one measure in one population.

    Attributes
    ----------
    measure, population, distance : str
        The population may be `ALL`.
    value : float
        Distance between the mixtures of the test's and of the reference's seeds; of `ALL`, the sum
        of the standardised ones.
    spread : Spread or None
        None: the reference has one seed, or the population is `ALL`.
    p_alone : float
        Share of the groupings with a distance no smaller.
    p : float
        The same for all distances together; what the verdict goes by.
    """

    measure: str
    population: str
    distance: str
    value: float
    spread: Spread | None
    p_alone: float
    p: float

    @property
    def is_apart(self) -> bool:
        """Whether the two sets are told apart by this."""
        return self.p <= LEVEL


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What a comparison of two sets of simulations found.

    Attributes
    ----------
    tests, references : tuple of Sample
    cells : tuple of Cell
        By measure, population and distance; without those that a simulation has no values for.
    n_groupings : int
        Groupings that were compared, the actual one included.
    is_exhaustive : bool
        Whether these are all.
    """

    tests: tuple[Sample, ...]
    references: tuple[Sample, ...]
    cells: tuple[Cell, ...]
    n_groupings: int
    is_exhaustive: bool

    @property
    def least_p(self) -> float:
        """The smallest p that so many groupings can give."""
        return N_FAMILIES / self.n_groupings

    @property
    def p(self) -> float:
        """Chance that seeds alone make the largest standardised distance this large."""
        return min((cell.p for cell in self.cells), default=1.0)

    @property
    def verdict(self) -> Verdict:
        """Whether test and reference are told apart; undecided with too few seeds for that."""
        if self.least_p > LEVEL or not self.cells:
            return "undecided"
        return "rejected" if self.p <= LEVEL else "passed"

    def cells_of(self, measure: str, population: str) -> dict[str, Cell]:
        """Cells of one measure in one population, by distance."""
        own = (c for c in self.cells if (c.measure, c.population) == (measure, population))
        return {cell.distance: cell for cell in own}

    @property
    def apart(self) -> tuple[tuple[str, str], ...]:
        """Measure and population of what the two sets are told apart by."""
        if self.verdict != "rejected":
            return ()
        return tuple(dict.fromkeys((c.measure, c.population) for c in self.cells if c.is_apart))


def compare(tests: Sequence[Sample], references: Sequence[Sample]) -> Comparison:
    """Compare simulations with reference simulations of the same model.

    Parameters
    ----------
    tests, references : sequence of Sample
        At least one each, with the same populations; of independent seeds.

    Returns
    -------
    Comparison
    """
    both = (*references, *tests)
    regrouped = groupings(len(tests), len(references))
    names = [
        (measure, population)
        for measure in MEASURES
        for population in tests[0].populations
        if all(sample.of(measure, population).size for sample in both)
    ]
    observed: list[Floats] = []
    spreads: list[Spread | None] = []
    for measure, population in names:
        samples = [sample.of(measure, population) for sample in both]
        width = MEASURES[measure].kernel_width
        found = mixture_distances(samples, regrouped, width)
        own = _spreads(samples[: len(references)], len(tests), width)
        observed += [found[name] for name in DISTANCES]
        spreads += [own.get(name) for name in DISTANCES]
    cells: tuple[Cell, ...] = ()
    if observed:
        keys = [(m, p, name) for m, p in names for name in DISTANCES]
        table, keys = _with_sums(np.array(observed), keys)
        spreads += [None] * (len(keys) - len(spreads))
        alone = (table >= table[:, :1] - ROUNDING * np.abs(table[:, :1])).mean(axis=1)
        is_sum = np.array([population == ALL for _, population, _ in keys])
        together = np.empty(len(table))
        for family in (is_sum, ~is_sum):
            together[family] = np.minimum(1.0, N_FAMILIES * adjusted_p(table[family]))
        columns = zip(keys, table[:, 0], spreads, alone, together, strict=True)
        cells = tuple(
            Cell(*key, float(value), spread, float(p_alone), float(p))
            for key, value, spread, p_alone, p in columns
        )
    is_exhaustive = comb(len(both), len(tests)) <= MOST_GROUPINGS
    return Comparison(tuple(tests), tuple(references), cells, len(regrouped), is_exhaustive)


def groupings(
    n_test: int, n_reference: int, most: int = MOST_GROUPINGS, seed: int = 1
) -> NDArray[np.bool_]:
    """Ways of calling `n_test` of all simulations the test.

    Parameters
    ----------
    n_test, n_reference : int
    most : int
        If there are more ways, so many are drawn.
    seed : int
        Of that draw.

    Returns
    -------
    ndarray of bool, shape (n_groupings, n_reference + n_test)
        The first row is the actual one: references first, then tests.
    """
    n = n_reference + n_test
    if comb(n, n_test) <= most:
        chosen = list(combinations(range(n - 1, -1, -1), n_test))
        members = np.array(chosen, dtype=np.int64)
    else:
        rng = np.random.default_rng(seed)
        drawn = [rng.permutation(n)[:n_test] for _ in range(most - 1)]
        members = np.array([np.arange(n_reference, n), *drawn])
    in_test = np.zeros((len(members), n), dtype=bool)
    np.put_along_axis(in_test, members, values=True, axis=1)
    return in_test


def adjusted_p(table: Floats) -> Floats:
    """Step-down maxT p values of the first column of `table` among all its columns.

    Parameters
    ----------
    table : ndarray of float64, shape (n_statistics, n_groupings)
        Larger is further apart; the first column is the actual grouping.

    Returns
    -------
    ndarray of float64, shape (n_statistics,)
        Each is the chance that any statistic would be called different with this one.

    Notes
    -----
    Westfall & Young 1993, Resampling-based multiple testing, algorithm 2.8; here with statistics
    standardised over the groupings, since ranks of few groupings are too coarse to be compared.
    """
    scores = _standardised(table)
    order = np.argsort(-scores[:, 0], kind="stable")
    ranked = scores[order]
    largest_of_rest = np.maximum.accumulate(ranked[::-1], axis=0)[::-1]
    shares = (largest_of_rest >= ranked[:, :1] - ROUNDING).mean(axis=1)
    adjusted = np.empty(len(table))
    adjusted[order] = np.maximum.accumulate(shares)
    return adjusted


def _standardised(table: Floats) -> Floats:
    """Rows less their mean, over their standard deviation; zeros where that is zero."""
    deviations = table.std(axis=1, keepdims=True)
    centred = table - table.mean(axis=1, keepdims=True)
    scores: Floats = np.divide(centred, deviations, out=np.zeros_like(table), where=deviations > 0)
    return scores


def _with_sums(
    table: Floats, keys: list[tuple[str, str, str]]
) -> tuple[Floats, list[tuple[str, str, str]]]:
    """Append to the distances the sum over populations of each kind of each measure.

    Of standardised distances, so that all populations count alike.
    """
    scores = _standardised(table)
    kinds = dict.fromkeys((measure, distance) for measure, _, distance in keys)
    sums = [
        sum(own for own, (m, _, d) in zip(scores, keys, strict=True) if (m, d) == kind)
        for kind in kinds
    ]
    return np.vstack([table, *sums]), [*keys, *((m, ALL, d) for m, d in kinds)]


def _spreads(samples: Sequence[Floats], n_test: int, width: float) -> dict[str, Spread]:
    """Spread of each distance over the reference's own seeds; empty if there is one."""
    n_apart = min(n_test, len(samples) // 2)
    if n_apart < 1:
        return {}
    own = groupings(n_apart, len(samples) - n_apart, most=MOST_GROUPINGS // 10)
    found = mixture_distances(samples, own, width)
    return {
        name: Spread(*map(float, np.quantile(values, (0.5, 0.95))))
        for name, values in found.items()
    }
