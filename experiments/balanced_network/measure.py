"""What is kept of a run of the balanced network."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from host.analysis import sample_of_run
from host.results import Results, Spikes

__all__ = ["BIN_MS", "Outcome", "Point", "expected_rate_hz", "measure", "synchrony"]

BIN_MS = 3.0
"""Width of the bins of population counts (Potjans & Diesmann 2014, Cereb. Cortex 24:785)."""
NU_THRESHOLD_HZ = 10.0
"""Rate of each of 1,000 trains from outside that alone reaches the threshold (Brunel 2000)."""
GAMMA = 0.25
"""Inhibitory over excitatory in-degree (Brunel 2000)."""


class Point(NamedTuple):
    """A network."""

    n_neurons: int
    g: float
    eta: float


class Outcome(NamedTuple):
    """What came of a point."""

    rate_hz: float
    """Mean over all neurons (spikes/s)."""
    cv: float
    """Mean coefficient of variation of intervals; not a number if no neuron has three spikes."""
    synchrony: float
    """`synchrony` of all neurons."""
    cc: float
    """Mean correlation coefficient of 2 ms counts of excitatory neurons."""
    saturations: float
    """Ring-buffer entries that did not hold what was added, per neuron and second; warm-up
    included."""
    load: float
    """Work over time of the busiest role's cores, mean over those."""
    slowdown: float
    n_lost: int
    """What full timing lost, or had late, after the warm-up; 0 with ideal timing."""

    @property
    def needed_slowdown(self) -> float:
        """Slow-down at which the cores' mean work fills the time; below it none can keep up."""
        return self.load * self.slowdown


def measure(results: Results) -> Outcome:
    """Reduce the results of a run that recorded spikes.

    Raises
    ------
    ValueError
        If it did not.
    """
    if results.spikes is None:
        msg = "no spikes were recorded"
        raise ValueError(msg)
    config, spikes = results.config, results.spikes
    sample = sample_of_run(results)
    rates, variations = (np.concatenate(sample.values[name]) for name in ("rate", "cv"))
    correlations = sample.of("cc", "E")
    time_s = (config.run.warmup_ms + config.run.time_ms) / 1000.0
    timing = results.timing
    lost = 0 if timing is None else timing.stretches["run"].losses.total
    return Outcome(
        rate_hz=float(rates.mean()),
        cv=float(variations.mean()) if variations.size else float("nan"),
        synchrony=synchrony(spikes, config.run.n_warmup_steps, config.run.n_steps),
        cc=float(correlations.mean()) if correlations.size else float("nan"),
        saturations=results.losses["ring_buffer_saturations"] / results.n_neurons / time_s,
        load=float(results.energy["load"]),
        slowdown=config.slowdown,
        n_lost=lost,
    )


def synchrony(spikes: Spikes, first: int, n_steps: int) -> float:
    """Variance over mean of the number of spikes of all neurons in bins of `BIN_MS`.

    1 for independent Poisson trains, near the number of neurons if all fire together.

    Parameters
    ----------
    spikes : Spikes
    first, n_steps : int
        Stretch that counts, in steps; what is left at its end and fills no bin is left out.

    Returns
    -------
    float
        Not a number without spikes, or with less than two bins.
    """
    width = round(BIN_MS / spikes.dt_ms)
    n_bins = n_steps // width
    bins: NDArray[np.int64] = (spikes.steps.astype(np.int64) - first) // width
    inside = (spikes.steps >= first) & (bins < n_bins)
    counts = np.bincount(bins[inside], minlength=max(n_bins, 1))
    if n_bins < 2 or not counts.any():
        return float("nan")
    return float(counts.var() / counts.mean())


def expected_rate_hz(g: float, eta: float) -> float | None:
    """Mean rate where inhibition balances what is above the threshold (Brunel 2000).

    ``(eta - 1) nu_thr / (g gamma - 1)``, for ``eta > 1`` and ``g > 1 / gamma``; else None.
    """
    if eta <= 1 or g * GAMMA <= 1:
        return None
    return (eta - 1) * NU_THRESHOLD_HZ / (g * GAMMA - 1)
