"""Distributions of weights, delays and parameters, known by their exact cumulative function.

On-core generation draws a *quantised* value (a 16-bit weight, a delay in steps) by inverting its
exact discrete distribution with one 32-bit uniform, so all that a distribution has to know is its
cumulative function, its mean and its variance.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Binomial",
    "ClippedNormal",
    "Constant",
    "Distribution",
    "Exponential",
    "LogNormal",
    "Normal",
    "Uniform",
]

Floats = NDArray[np.float64]


class Distribution(Protocol):
    """What every distribution of a real value can tell; equal ones tell the same."""

    def __hash__(self) -> int:
        """Equal for equal distributions."""

    @property
    def mean(self) -> float:
        """Expected value."""

    @property
    def variance(self) -> float:
        """Variance."""

    def cdf(self, x: Floats) -> Floats:
        """Probability of a value of at most `x`, shape and dtype of `x`."""

    def ppf(self, p: Floats) -> Floats:
        """Quantile of the probabilities `p` in (0, 1), shape and dtype of `p`."""


def _standard_normal_cdf(z: Floats) -> Floats:
    return np.array([0.5 * math.erfc(-v / math.sqrt(2)) for v in z.ravel()]).reshape(z.shape)


# Wichura 1988, algorithm AS 241 (PPND16), Applied Statistics 37:477: coefficients, from the highest
# power down, of the rational function that is the normal quantile for |p - 1/2| <= 0.425.
_CENTRE = 0.425
_NUMERATOR = (
    2.50908_09287_30122_6727e3,
    3.34305_75583_58812_8105e4,
    6.72657_70927_00870_0853e4,
    4.59219_53931_54987_1457e4,
    1.37316_93765_50946_1125e4,
    1.97159_09503_06551_4427e3,
    1.33141_66789_17843_7745e2,
    3.38713_28727_96366_6080e0,
)
_DENOMINATOR = (
    5.22649_52788_52854_5610e3,
    2.87290_85735_72194_2674e4,
    3.93078_95800_09271_0610e4,
    2.12137_94301_58659_5867e4,
    5.39419_60214_24751_1077e3,
    6.87187_00749_20579_0830e2,
    4.23133_30701_60091_1252e1,
    1.0,
)


def _standard_normal_ppf(p: Floats) -> Floats:
    """As the standard library, to the last bit, but without a call for each central value."""
    q = np.ravel(p) - 0.5
    r = 0.180625 - q * q
    numerator, denominator = np.full(q.shape, _NUMERATOR[0]), np.full(q.shape, _DENOMINATOR[0])
    for a, b in zip(_NUMERATOR[1:], _DENOMINATOR[1:], strict=True):
        numerator = numerator * r + a
        denominator = denominator * r + b
    quantiles: Floats = numerator * q / denominator
    tails = np.flatnonzero(np.abs(q) > _CENTRE)
    inverse = NormalDist().inv_cdf
    quantiles[tails] = [inverse(v) for v in np.ravel(p)[tails].tolist()]
    return quantiles.reshape(np.shape(p))


def _standard_normal_pdf(z: float) -> float:
    return math.exp(-0.5 * z * z) / math.sqrt(2 * math.pi) if math.isfinite(z) else 0.0


@dataclass(frozen=True, slots=True)
class Constant:
    """Always `value`."""

    value: float

    @property
    def mean(self) -> float:
        return self.value

    @property
    def variance(self) -> float:
        return 0.0

    def cdf(self, x: Floats) -> Floats:
        return np.asarray(x >= self.value, dtype=np.float64)

    def ppf(self, p: Floats) -> Floats:
        return np.full(p.shape, self.value)


@dataclass(frozen=True, slots=True)
class Normal:
    """Normal with mean `mu` and standard deviation `sigma` > 0."""

    mu: float
    sigma: float

    @property
    def mean(self) -> float:
        return self.mu

    @property
    def variance(self) -> float:
        return self.sigma**2

    def cdf(self, x: Floats) -> Floats:
        return _standard_normal_cdf((x - self.mu) / self.sigma)

    def ppf(self, p: Floats) -> Floats:
        return self.mu + self.sigma * _standard_normal_ppf(p)


@dataclass(frozen=True, slots=True)
class ClippedNormal:
    """Normal, redrawn until the value lies in [`low`, `high`] (a truncated normal).

    Mean and variance by the closed form of the truncated normal distribution.
    """

    mu: float
    sigma: float
    low: float = -math.inf
    high: float = math.inf

    @property
    def _bounds(self) -> tuple[float, float, float]:
        a, b = (self.low - self.mu) / self.sigma, (self.high - self.mu) / self.sigma
        below, upto = _standard_normal_cdf(np.array([a, b]))
        return a, b, float(upto - below)

    @property
    def mean(self) -> float:
        a, b, mass = self._bounds
        return self.mu + self.sigma * (_standard_normal_pdf(a) - _standard_normal_pdf(b)) / mass

    @property
    def variance(self) -> float:
        a, b, mass = self._bounds
        pdf_a, pdf_b = _standard_normal_pdf(a), _standard_normal_pdf(b)
        skew = (a * pdf_a if math.isfinite(a) else 0.0) - (b * pdf_b if math.isfinite(b) else 0.0)
        return self.sigma**2 * (1 + skew / mass - ((pdf_a - pdf_b) / mass) ** 2)

    def cdf(self, x: Floats) -> Floats:
        a, _, mass = self._bounds
        below = float(_standard_normal_cdf(np.array([a]))[0])
        inside = (_standard_normal_cdf((x - self.mu) / self.sigma) - below) / mass
        return np.where(x >= self.high, 1.0, np.where(x < self.low, 0.0, inside))

    def ppf(self, p: Floats) -> Floats:
        a, _, mass = self._bounds
        below = float(_standard_normal_cdf(np.array([a]))[0])
        inside = self.mu + self.sigma * _standard_normal_ppf(below + p * mass)
        return np.clip(inside, self.low, self.high)


@dataclass(frozen=True, slots=True)
class Uniform:
    """Uniform on [`low`, `high`]."""

    low: float
    high: float

    @property
    def mean(self) -> float:
        return (self.low + self.high) / 2

    @property
    def variance(self) -> float:
        return (self.high - self.low) ** 2 / 12

    def cdf(self, x: Floats) -> Floats:
        return np.clip((x - self.low) / (self.high - self.low), 0.0, 1.0)

    def ppf(self, p: Floats) -> Floats:
        return self.low + p * (self.high - self.low)


@dataclass(frozen=True, slots=True)
class Exponential:
    """Exponential with mean `beta`."""

    beta: float

    @property
    def mean(self) -> float:
        return self.beta

    @property
    def variance(self) -> float:
        return self.beta**2

    def cdf(self, x: Floats) -> Floats:
        return -np.expm1(-np.maximum(x, 0.0) / self.beta)

    def ppf(self, p: Floats) -> Floats:
        return -self.beta * np.log1p(-p)


@dataclass(frozen=True, slots=True)
class LogNormal:
    """Value whose logarithm is normal with mean `mu` and standard deviation `sigma`."""

    mu: float
    sigma: float

    @property
    def mean(self) -> float:
        return math.exp(self.mu + self.sigma**2 / 2)

    @property
    def variance(self) -> float:
        return math.expm1(self.sigma**2) * math.exp(2 * self.mu + self.sigma**2)

    def cdf(self, x: Floats) -> Floats:
        logs = np.log(np.maximum(x, np.finfo(np.float64).tiny))
        return np.where(x > 0, _standard_normal_cdf((logs - self.mu) / self.sigma), 0.0)

    def ppf(self, p: Floats) -> Floats:
        return np.exp(self.mu + self.sigma * _standard_normal_ppf(p))


@dataclass(frozen=True, slots=True)
class Binomial:
    """Successes in `n` trials of probability `p`; a fixed number is ``Binomial(n, 1)``."""

    n: int
    p: float

    @property
    def mean(self) -> float:
        """Expected number."""
        return self.n * self.p

    def pmf(self) -> tuple[int, Floats]:
        """Probabilities of the counts within 12 standard deviations of the mean.

        Returns
        -------
        first : int
            The smallest count listed.
        probabilities : ndarray of float64, shape (n_counts,)
        """
        if self.p >= 1.0 or self.n == 0 or self.p <= 0.0:
            return (self.n if self.p >= 1.0 else 0), np.ones(1)
        spread = 12 * math.sqrt(self.mean * (1 - self.p)) + 40
        first, last = max(0, int(self.mean - spread)), min(self.n, int(self.mean + spread))
        counts = np.arange(first, last, dtype=np.float64)
        # P(k+1) / P(k) = (n - k) / (k + 1) * p / (1 - p)
        ratios = np.log((self.n - counts) / (counts + 1)) + math.log(self.p) - math.log1p(-self.p)
        logs = np.concatenate(([0.0], np.cumsum(ratios)))
        weights = np.exp(logs - logs.max())
        return first, weights / weights.sum()

    def quantile(self, tail: float) -> int:
        """Smallest count that is exceeded with probability at most `tail`.

        Parameters
        ----------
        tail : float
            Probability in (0, 1).
        """
        first, probabilities = self.pmf()
        beyond = np.cumsum(probabilities[::-1])[::-1]  # P(count >= first + i)
        return first + int(np.count_nonzero(beyond > tail)) - 1
