"""Distances of distributions: Kolmogorov-Smirnov, Kullback-Leibler, earth mover's, of means.

Each is taken between two mixtures of samples, in which every sample has the same weight: with one
sample on each side it is the distance of the literature. Cumulative distributions and densities
of mixtures are weighted sums, so that the distances of thousands of mixtures of the same samples
are products of matrices.
"""

from collections.abc import Callable, Iterator, Sequence
from math import log

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "DISTANCES",
    "MOST_DIVERGENCE",
    "densities",
    "earth_movers",
    "kolmogorov_smirnov",
    "kullback_leibler",
    "mean_difference",
    "mixture_distances",
]

Floats = NDArray[np.float64]

POINTS_PER_WIDTH = 10
"""Points of the grid of densities within one width of the kernel."""
REACH = 3
"""Widths at which kernels are cut off. Points that only one of two densities reaches say nothing
of their ratio and are left out of the divergence, as those below 1e-15 are in van Albada et al.
2018 and Knight & Nowotny 2018 (Front. Neurosci. 12:941). With kernels that reach as far as 1e-15
does, eight widths, a single neuron in the tail outweighs all others."""
MOST_DIVERGENCE = -log(1e-15)
"""Divergence of densities that have no point in common (nats)."""
MOST_LEVELS = 1 << 13
"""Quantiles at which cumulative distributions of many groupings are compared."""
VALUES_AT_ONCE = 1 << 21
"""Most values of an array in between."""


def kolmogorov_smirnov(reference: Floats, test: Floats) -> float:
    """Largest difference of the two cumulative distributions.

    Parameters
    ----------
    reference, test : ndarray of float64, shape (n_values,)
        Neither empty.

    Examples
    --------
    >>> kolmogorov_smirnov(np.array([0.0, 1.0]), np.array([0.0, 2.0]))
    0.5
    """
    return _between_two("ks", reference, test, 1.0)


def earth_movers(reference: Floats, test: Floats) -> float:
    """Area between the two cumulative distributions, in the unit of the values.

    Parameters as of `kolmogorov_smirnov`.

    Examples
    --------
    >>> earth_movers(np.array([0.0, 1.0]), np.array([0.0, 2.0]))
    0.5
    """
    return _between_two("emd", reference, test, 1.0)


def mean_difference(reference: Floats, test: Floats) -> float:
    """Absolute difference of the two means; parameters as of `kolmogorov_smirnov`."""
    return _between_two("mean", reference, test, 1.0)


def kullback_leibler(reference: Floats, test: Floats, width: float) -> float:
    """Divergence of the density of `test` from that of `reference` (nats).

    Sum of ``p ln(p / q)`` over the points of a grid that both densities reach, where p and q are
    their probabilities, each normalised to a sum of 1 over these points. If there are none,
    `MOST_DIVERGENCE`.

    Parameters
    ----------
    reference, test : ndarray of float64, shape (n_values,)
        Neither empty.
    width : float
        Standard deviation of the Gaussian kernel, in the unit of the values.
    """
    return _between_two("kl", reference, test, width)


def mixture_distances(
    samples: Sequence[Floats], in_test: NDArray[np.bool_], width: float
) -> dict[str, Floats]:
    """All distances between mixtures of the same samples, one for each row of `in_test`.

    Parameters
    ----------
    samples : sequence of ndarray of float64, each shape (n_values,)
        None empty.
    in_test : ndarray of bool, shape (n_groupings, n_samples)
        Which samples make the test's mixture; the others make the reference's. Each row has both.
    width : float
        Of the kernel, for the divergence.

    Returns
    -------
    dict of str to ndarray of float64, shape (n_groupings,)
        By the names of `DISTANCES`.
    """
    test = in_test / in_test.sum(axis=1, keepdims=True)
    reference = ~in_test / (~in_test).sum(axis=1, keepdims=True)
    levels, cumulative = _cumulative(samples, None if len(in_test) == 1 else MOST_LEVELS)
    _, probabilities = _probabilities(samples, width)
    means = np.array([values.mean() for values in samples])
    found: dict[str, list[Floats]] = {name: [] for name in DISTANCES}
    for rows in _blocks(len(in_test), max(levels.size, probabilities.shape[1])):
        difference = np.abs((test[rows] - reference[rows]) @ cumulative)
        found["ks"].append(difference.max(axis=1))
        found["emd"].append(difference[:, :-1] @ np.diff(levels))
        p, q = reference[rows] @ probabilities, test[rows] @ probabilities
        found["kl"].append(_divergence(p, q))
        found["mean"].append(np.abs((test[rows] - reference[rows]) @ means))
    return {name: np.concatenate(parts) for name, parts in found.items()}


DISTANCES: dict[str, Callable[..., float]] = {
    "ks": kolmogorov_smirnov,
    "kl": kullback_leibler,
    "emd": earth_movers,
    "mean": mean_difference,
}
"""Distances by name, in the order in which they are shown."""


def densities(samples: Sequence[Floats], width: float) -> tuple[Floats, Floats]:
    """Densities of samples by Gaussian kernels of an absolute width.

    Parameters
    ----------
    samples : sequence of ndarray of float64, each shape (n_values,)
        None empty.
    width : float
        Standard deviation of the kernel.

    Returns
    -------
    points : ndarray of float64, shape (n_points,)
        Whole multiples of a tenth of the width, as far as the kernels reach.
    densities : ndarray of float64, shape (n_samples, n_points)
    """
    points, probabilities = _probabilities(samples, width)
    return points, probabilities * (POINTS_PER_WIDTH / width)


def _between_two(name: str, reference: Floats, test: Floats, width: float) -> float:
    in_test = np.array([[False, True]])
    return float(mixture_distances([reference, test], in_test, width)[name][0])


def _divergence(p: Floats, q: Floats) -> Floats:
    """Divergence of `q` from `p` over the points that both have, row by row."""
    is_common = (p > 0) & (q > 0)
    p, q = np.where(is_common, p, 0.0), np.where(is_common, q, 0.0)
    p_total, q_total = p.sum(axis=1), q.sum(axis=1)
    log_ratio = np.log(np.divide(p, q, out=np.ones_like(p), where=is_common))
    has_common = p_total > 0
    share = np.where(has_common, p_total, 1.0)
    raw = (p * log_ratio).sum(axis=1) / share
    scale = np.log(np.where(has_common, q_total, 1.0) / share)
    # rounding may leave -1e-17 of equal densities
    return np.where(has_common, np.maximum(raw + scale, 0.0), MOST_DIVERGENCE)


def _cumulative(samples: Sequence[Floats], most: int | None) -> tuple[Floats, Floats]:
    """Values that occur, and the share of each sample that is not above each.

    All values, or some `most` quantiles of them together: a Kolmogorov-Smirnov distance of these
    is too small by 2 / `most` at the worst.
    """
    pooled = np.sort(np.concatenate(list(samples)))
    stride = 1 if most is None else max(1, pooled.size // most)
    levels = np.unique(np.append(pooled[::stride], pooled[-1]))
    shares = [np.searchsorted(np.sort(s), levels, side="right") / s.size for s in samples]
    return levels, np.array(shares)


def _probabilities(samples: Sequence[Floats], width: float) -> tuple[Floats, Floats]:
    """Points of a grid, and the probability of each point in the density of each sample."""
    spacing = width / POINTS_PER_WIDTH
    places = [np.rint(values / spacing).astype(np.int64) for values in samples]
    reach = REACH * POINTS_PER_WIDTH
    first = min(int(own.min()) for own in places) - reach
    last = max(int(own.max()) for own in places) + reach
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / POINTS_PER_WIDTH) ** 2)
    kernel /= kernel.sum()
    counts = [np.bincount(own - first, minlength=last - first + 1) for own in places]
    rows = [np.convolve(own / own.sum(), kernel, "same") for own in counts]
    points = np.arange(first, last + 1, dtype=np.float64) * spacing
    return points, np.array(rows, dtype=np.float64)


def _blocks(n_rows: int, width: int) -> Iterator[slice]:
    """Rows in blocks of which each takes little memory."""
    height = max(1, VALUES_AT_ONCE // width)
    return (slice(first, first + height) for first in range(0, n_rows, height))
