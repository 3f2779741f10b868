"""Spikes of two runs: whether they are the same, where they part, how far their statistics are."""

from typing import NamedTuple

import numpy as np

from host.analysis.comparable import check_kind
from host.analysis.distances import earth_movers, kolmogorov_smirnov
from host.analysis.measures import MEASURES
from host.analysis.sample import Model, Sample, Window, sample_of
from host.errors import ConfigError
from host.results import Results, Spikes

__all__ = ["Distance", "SpikeComparison", "compare_spikes"]


class Distance(NamedTuple):
    """Distances of one measure in one population; None: a run has no value of it."""

    measure: str
    """One of `host.analysis.measures.MEASURES`."""
    population: str
    ks: float | None
    """Kolmogorov-Smirnov distance, 0 to 1."""
    emd: float | None
    """Earth mover's distance, in the unit of the measure."""


class SpikeComparison(NamedTuple):
    """Spikes of one run, compared with those of another."""

    is_identical: bool | None
    """Every spike, of equally long runs; None: they cannot be compared spike by spike."""
    words: str
    distances: tuple[Distance, ...]
    not_compared: str
    """Why there are no distances; empty: there are."""


def compare_spikes(first: Results, other: Results, *, names: tuple[str, str]) -> SpikeComparison:
    """Compare the spikes of `other` with those of `first`.

    Parameters
    ----------
    first, other : Results
    names : tuple of str
        By which they are told of.

    Returns
    -------
    SpikeComparison
        Distances are taken over the time that counts in both runs.
    """
    without = [name for run, name in zip((first, other), names, strict=True) if run.spikes is None]
    if first.spikes is None or other.spikes is None:
        why = f"no spikes were recorded in {' and '.join(without)}"
        return SpikeComparison(None, why, (), why)
    is_identical, words = _one_by_one(first.spikes, other.spikes)
    if is_identical:
        return SpikeComparison(True, words, (), "the spikes are identical, so all distances are 0")
    try:
        samples = _samples(first, other, names)
    except ConfigError as error:
        return SpikeComparison(is_identical, words, (), str(error))
    return SpikeComparison(is_identical, words, _distances(*samples), "")


def _one_by_one(first: Spikes, other: Spikes) -> tuple[bool | None, str]:
    """Whether all spikes are the same, and this in words."""
    for name, title in (("populations", "populations"), ("sizes", "sizes of the populations")):
        if getattr(first, name) != getattr(other, name):
            return None, f"spikes are of different neurons: the {title} differ"
    if first.dt_ms != other.dt_ms:
        return None, f"time steps are {first.dt_ms:g} ms and {other.dt_ms:g} ms"
    n = min(first.steps.size, other.steps.size)
    differs = (first.steps[:n] != other.steps[:n]) | (first.neurons[:n] != other.neurons[:n])
    if not differs.any() and first.steps.size == other.steps.size:
        return True, f"spikes identical: {n:,} of {n:,}"
    at = int(np.argmax(differs)) if differs.any() else n
    steps = [spikes.steps[at] for spikes in (first, other) if at < spikes.steps.size]
    time_ms = float(min(steps)) * first.dt_ms
    counts = f"{first.steps.size:,} and {other.steps.size:,} spikes"
    where = f"the same until {time_ms:.12g} ms ({at:,} spikes)" if at else "from the first one on"
    return False, f"spikes differ: {counts}, {where}"


def _samples(first: Results, other: Results, names: tuple[str, str]) -> tuple[Sample, Sample]:
    """Samples of both runs over the time that counts in both."""
    starts_ms = [run.config.run.warmup_ms for run in (first, other)]
    ends_ms = [run.config.run.warmup_ms + run.config.run.time_ms for run in (first, other)]
    window = Window(max(starts_ms), round(min(ends_ms) - max(starts_ms), 9))
    if window.time_ms <= 0:
        spans = zip(names, starts_ms, ends_ms, strict=True)
        told = " and ".join(f"{start:g} to {end:g} ms in {name}" for name, start, end in spans)
        msg = f"no time counts in both: {told}"
        raise ConfigError(msg)
    one, two = (_sample(run, window, name) for run, name in zip((first, other), names, strict=True))
    check_kind(one, two)
    return one, two


def _sample(run: Results, window: Window, name: str) -> Sample:
    network = run.config.network
    model = Model(network.name, network.scale, network.drive, "step start")
    assert run.spikes is not None
    return sample_of(run.spikes, window, name=name, model=model)


def _distances(first: Sample, other: Sample) -> tuple[Distance, ...]:
    found = []
    for measure in MEASURES:
        for population in first.populations:
            one, two = first.of(measure, population), other.of(measure, population)
            is_known = one.size > 0 and two.size > 0
            ks = kolmogorov_smirnov(one, two) if is_known else None
            emd = earth_movers(one, two) if is_known else None
            found.append(Distance(measure, population, ks, emd))
    return tuple(found)
