"""Distributions that are made of another: scaled, shifted, or of few values.

Each knows its cumulative function exactly, as on-core generation wants it.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mapping.distributions import Constant, Distribution

__all__ = ["Binned", "Scaled", "Shifted", "binned", "scaled", "shifted"]

Floats = NDArray[np.float64]

SPREAD = 5.0
"""Standard deviations on either side of the mean over which the values of `binned` are spaced; an
assumption, wide enough that a normal distribution has but 6e-7 beyond."""
N_QUANTILES = 4096
"""Quantiles, equally probable, by which mean and variance are estimated of `Shifted`."""


@dataclass(frozen=True, slots=True)
class Scaled:
    """`factor` > 0 times a value of `base`."""

    base: Distribution
    factor: float

    @property
    def mean(self) -> float:
        return self.factor * self.base.mean

    @property
    def variance(self) -> float:
        return self.factor**2 * self.base.variance

    def cdf(self, x: Floats) -> Floats:
        return self.base.cdf(x / self.factor)

    def ppf(self, p: Floats) -> Floats:
        return self.factor * self.base.ppf(p)


@dataclass(frozen=True, slots=True)
class Shifted:
    """`offset` more than a value of `base`, but `low` at least.

    Mean and variance are estimates by quantiles, for `low` leaves no closed form.
    """

    base: Distribution
    offset: float
    low: float

    @property
    def mean(self) -> float:
        return _estimated_moments(self)[0]

    @property
    def variance(self) -> float:
        return _estimated_moments(self)[1]

    def cdf(self, x: Floats) -> Floats:
        return np.where(x < self.low, 0.0, self.base.cdf(x - self.offset))

    def ppf(self, p: Floats) -> Floats:
        return np.maximum(self.low, self.base.ppf(p) + self.offset)


@dataclass(frozen=True, slots=True)
class Binned:
    """One of `n` evenly spaced values, by the bin into which a value of `base` falls.

    Attributes
    ----------
    base : Distribution
    low, width : float
        Lower edge of the first bin, and width of each. The first and the last also take what lies
        beyond them.
    n : int
        Number of bins, at least 2.
    first, spacing : float
        Value of the first bin, and distance between values, more than 0.
    """

    base: Distribution
    low: float
    width: float
    n: int
    first: float
    spacing: float

    @property
    def mean(self) -> float:
        return self.first + self.spacing * _bin_moments(self.base, self.low, self.width, self.n)[0]

    @property
    def variance(self) -> float:
        return self.spacing**2 * _bin_moments(self.base, self.low, self.width, self.n)[1]

    def cdf(self, x: Floats) -> Floats:
        values = self.first + self.spacing * np.arange(self.n)
        n_below = np.searchsorted(values, x, side="right")
        edges = self.base.cdf(_edges(self.low, self.width, n_below))
        return np.where(n_below == 0, 0.0, np.where(n_below == self.n, 1.0, edges))

    def ppf(self, p: Floats) -> Floats:
        place = np.ceil((self.base.ppf(p) - self.low) / self.width) - 1  # edges belong below
        values: Floats = self.first + self.spacing * np.clip(place, 0, self.n - 1)
        return values


def scaled(base: Distribution, factor: float) -> Distribution:
    """`factor` times a value of `base`; a constant stays one, and nothing is left of it by 0."""
    if factor == 1.0:
        return base
    if factor == 0.0:
        return Constant(0.0)
    return Constant(factor * base.value) if isinstance(base, Constant) else Scaled(base, factor)


def shifted(base: Distribution, offset: float, low: float) -> Distribution:
    """`offset` more than a value of `base`, but `low` at least; a constant stays one."""
    if isinstance(base, Constant):
        return Constant(max(low, base.value + offset))
    return Shifted(base, offset, low)


def binned(base: Distribution, bits: int, *, preserving: bool) -> Distribution:
    """Values of `base` at a resolution of `bits`.

    Bins of equal width cover `SPREAD` standard deviations on either side of the mean, but nothing
    below 0. The naive value of a bin is its centre, so that few bins spread the values: the two of
    1 bit lie 2.5 standard deviations from the mean. Else values are moved and stretched, evenly
    spaced still and as probable, until mean and variance are those of `base`: the two of 1 bit lie
    1 standard deviation from the mean (Dasbach et al. 2021, Front. Neurosci. 15:757790).

    Parameters
    ----------
    base : Distribution
        Magnitudes, not negative but for a tail. One without variance remains as it is.
    bits : int
        Of the resolution, 1 to 16: ``2**bits`` values.
    preserving : bool
        Whether mean and variance are preserved.

    Raises
    ------
    ValueError
        If a value is negative that way.
    """
    sd = math.sqrt(base.variance)
    if sd == 0.0:
        return base
    n = 1 << bits
    low = max(0.0, base.mean - SPREAD * sd)
    width = (base.mean + SPREAD * sd - low) / n
    if not preserving:
        return Binned(base, low, width, n, low + width / 2, width)
    mean, variance = _bin_moments(base, low, width, n)
    spacing = sd / math.sqrt(variance)
    first = base.mean - spacing * mean
    if first < 0:
        msg = f"{bits} bits that preserve mean and variance take a value of {first:g}"
        raise ValueError(msg)
    return Binned(base, low, width, n, first, spacing)


def _edges(low: float, width: float, places: NDArray[np.int64]) -> Floats:
    edges: Floats = low + width * places.astype(np.float64)
    return edges


@lru_cache(maxsize=256)
def _bin_moments(base: Distribution, low: float, width: float, n: int) -> tuple[float, float]:
    """Mean and variance of the number of the bin, counted from 0."""
    upto = np.append(base.cdf(_edges(low, width, np.arange(1, n))), 1.0)
    probabilities = np.diff(upto, prepend=0.0)
    mean = float(probabilities @ np.arange(n))
    return mean, float(probabilities @ (np.arange(n) - mean) ** 2)


@lru_cache(maxsize=256)
def _estimated_moments(distribution: Shifted) -> tuple[float, float]:
    values = distribution.ppf((np.arange(N_QUANTILES) + 0.5) / N_QUANTILES)
    return float(values.mean()), float(values.var())
