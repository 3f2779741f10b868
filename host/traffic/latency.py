"""Latencies of any number of packets in a histogram of fixed size."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Latency", "LatencyHistogram"]

BINS_PER_OCTAVE = 128
OCTAVES = 63


@dataclass(frozen=True, slots=True)
class Latency:
    """From the moment a core means to send a packet until another takes a copy of it (ps).

    Attributes
    ----------
    n : int
        Number of copies.
    mean_ps, p50_ps, p99_ps, max_ps : int
        0 if there are none. Mean and maximum are exact, percentiles at most 0.8 % too long.
    """

    n: int
    mean_ps: int
    p50_ps: int
    p99_ps: int
    max_ps: int


class LatencyHistogram:
    """Counts latencies in bins of 1/128 octave.

    Examples
    --------
    >>> histogram = LatencyHistogram()
    >>> histogram.add(np.array([1000, 3000, 2000]))
    >>> histogram.latency().mean_ps, histogram.latency().max_ps
    (2000, 3000)
    """

    def __init__(self) -> None:
        self._counts = np.zeros(OCTAVES * BINS_PER_OCTAVE, np.int64)
        self._total_ps = 0
        self._max_ps = 0

    def add(self, latency_ps: NDArray[np.int64]) -> None:
        """Count latencies, each at least 1 ps."""
        mantissa, exponent = np.frexp(latency_ps.astype(np.float64))
        place = ((mantissa - 0.5) * (2 * BINS_PER_OCTAVE)).astype(np.int64)
        bins = (exponent - 1) * BINS_PER_OCTAVE + place
        self._counts += np.bincount(bins, minlength=len(self._counts))
        self._total_ps += int(latency_ps.sum())
        self._max_ps = max(self._max_ps, int(latency_ps.max(initial=0)))

    def latency(self) -> Latency:
        """What has been counted."""
        n = int(self._counts.sum())
        mean_ps = round(self._total_ps / n) if n else 0
        return Latency(n, mean_ps, self._quantile(0.5), self._quantile(0.99), self._max_ps)

    def _quantile(self, share: float) -> int:
        """Upper edge of the bin that holds the latency which `share` of all do not exceed."""
        so_far = np.cumsum(self._counts)
        if not so_far[-1]:
            return 0
        octave, place = divmod(int(np.searchsorted(so_far, share * so_far[-1])), BINS_PER_OCTAVE)
        return min(self._max_ps, int((1 + (place + 1) / BINS_PER_OCTAVE) * 2**octave))
