"""Statistics of spike trains by the recipe of the community, per population.

Firing rates of single neurons, coefficients of variation of their inter-spike intervals, and
Pearson's correlation coefficients of the spike counts of pairs (Potjans & Diesmann 2014, Cereb.
Cortex 24:785; van Albada et al. 2018, Front. Neurosci. 12:291; Senk et al. 2026, the benchmark of
INM-6/microcircuit-PD14-model).

All are sums over counts that are whole numbers, exact in double precision. Memory grows with the
spikes of one population, not with time.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from host.errors import ConfigError

__all__ = [
    "BIN_MS",
    "DRAW_SEED",
    "FEWEST_SPIKES",
    "N_CORRELATED",
    "WARMUP_MS",
    "Trains",
    "correlations",
    "draw",
    "firing_rates",
    "interval_variations",
]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

WARMUP_MS = 500.0
"""What is discarded at the start (Senk et al. 2026)."""
FEWEST_SPIKES = 3
"""Spikes that a neuron needs for a coefficient of variation: two intervals (INM-6)."""
BIN_MS = 2.0
"""Width of the bins of spike counts (INM-6; van Albada et al. 2018)."""
N_CORRELATED = 250
"""Neurons drawn from each population for correlations (INM-6)."""
DRAW_SEED = 12345
"""Seed of that draw (INM-6)."""
PS_PER_MS = 10**9
BINS_AT_ONCE = 1 << 14
"""Bins of counts that are held in memory."""


class Trains(NamedTuple):
    """Spike trains of one population in the stretch of time that counts."""

    steps: Integers
    """Step of each spike from the start of the stretch, in order of time, shape (n_spikes,)."""
    members: Integers
    """Neuron of each spike: its index in the population, shape (n_spikes,)."""
    n_neurons: int
    n_steps: int
    """Steps of the stretch."""
    dt_ms: float

    @property
    def time_s(self) -> float:
        """Length of the stretch (s)."""
        return self.n_steps * self.dt_ms / 1000.0


def firing_rates(trains: Trains) -> Floats:
    """Rate of each neuron: its spikes over the time (spikes/s), 0 if it is silent.

    Returns
    -------
    ndarray of float64, shape (n_neurons,)
    """
    rates_hz: Floats = np.bincount(trains.members, minlength=trains.n_neurons) / trains.time_s
    return rates_hz


def interval_variations(trains: Trains) -> Floats:
    """Coefficient of variation of the intervals of each neuron with `FEWEST_SPIKES` or more.

    Standard deviation of the intervals, with the number of intervals as divisor, over their mean.

    Returns
    -------
    ndarray of float64, shape (n_neurons_with_enough,)
        In the order of the neurons.
    """
    owners, intervals = _intervals(trains)
    n = np.bincount(owners, minlength=trains.n_neurons)
    known = n >= FEWEST_SPIKES - 1
    total = np.bincount(owners, intervals, trains.n_neurons).astype(np.float64)  # ints if empty
    mean = np.divide(total, n, out=np.zeros_like(total), where=n > 0)
    squares = np.bincount(owners, (intervals - mean[owners]) ** 2, trains.n_neurons)
    # two spikes of a neuron in one step are no interval of the models here, but of files perhaps
    with np.errstate(invalid="ignore"):
        variations: Floats = np.sqrt(squares[known] / n[known]) / mean[known]
    return variations[~np.isnan(variations)]


def _intervals(trains: Trains) -> tuple[Integers, Integers]:
    """Neuron of each interval between two of its spikes, and its length in steps."""
    order = np.argsort(trains.members, kind="stable")
    members, steps = trains.members[order], trains.steps[order]
    is_same = members[1:] == members[:-1]
    return members[1:][is_same], np.diff(steps)[is_same]


def draw(n_neurons: int, n_drawn: int, rng: np.random.Generator) -> Integers:
    """Indices of `n_drawn` neurons of a population, in order; all if there are no more."""
    if n_neurons <= n_drawn:
        return np.arange(n_neurons)
    return np.sort(rng.choice(n_neurons, n_drawn, replace=False))


def correlations(trains: Trains, chosen: Integers, bin_ms: float = BIN_MS) -> Floats:
    """Pearson's coefficient of the spike counts of each pair of `chosen` neurons.

    Pairs with a neuron whose count never varies, such as a silent one, have none. Bins are half
    open and begin at the start of the stretch; what is left at its end and fills none is left out.

    Parameters
    ----------
    trains : Trains
    chosen : ndarray of int64, shape (n_chosen,)
        In order, without repetition.
    bin_ms : float
        Width of a bin (ms).

    Returns
    -------
    ndarray of float64, shape (n_pairs,)
        Row by row of the upper triangle of the matrix of coefficients.

    Raises
    ------
    ConfigError
        If the stretch is shorter than a bin.
    """
    bin_ps, dt_ps = round(bin_ms * PS_PER_MS), round(trains.dt_ms * PS_PER_MS)
    n_bins = trains.n_steps * dt_ps // bin_ps
    if n_bins < 1:
        msg = f"{trains.time_s * 1000:g} ms are shorter than a bin of {bin_ms:g} ms; run longer"
        raise ConfigError(msg)
    row_of = np.full(trains.n_neurons, -1)
    row_of[chosen] = np.arange(chosen.size)
    rows, bins = row_of[trains.members], trains.steps * dt_ps // bin_ps
    is_counted = (rows >= 0) & (bins < n_bins)
    products, sums = _moments(rows[is_counted], bins[is_counted], chosen.size, n_bins)
    covariances = n_bins * products - np.outer(sums, sums)  # times n_bins**2, exact
    deviations = np.sqrt(np.diag(covariances))
    varies = np.flatnonzero(deviations > 0)
    coefficients = covariances[np.ix_(varies, varies)] / np.outer(
        deviations[varies], deviations[varies]
    )
    found: Floats = coefficients[np.triu_indices(varies.size, 1)]
    return found


def _moments(rows: Integers, bins: Integers, n_rows: int, n_bins: int) -> tuple[Floats, Floats]:
    """Sums over bins of products of the counts of two rows, and of those of one.

    Returns
    -------
    products : ndarray of float64, shape (n_rows, n_rows)
    sums : ndarray of float64, shape (n_rows,)
    """
    products = np.zeros((n_rows, n_rows))
    for first in range(0, n_bins, BINS_AT_ONCE):
        width = min(BINS_AT_ONCE, n_bins - first)
        start, stop = np.searchsorted(bins, [first, first + width])
        places = rows[start:stop] * width + bins[start:stop] - first
        counts = np.bincount(places, minlength=n_rows * width).reshape(n_rows, width)
        as_floats = counts.astype(np.float64)
        products += as_floats @ as_floats.T
    return products, np.bincount(rows, minlength=n_rows).astype(np.float64)
