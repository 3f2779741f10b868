"""Spike sources of a network, as the cores get them."""

import math
from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from chipemu.errors import ParameterError
from chipemu.image import DirectPoisson, PoissonSource, SpikeEvents
from fixedpoint.tables import InversionTable, inversion_table
from host.config import MOST_STEPS
from host.numerics import Numerics
from host.parameters import check_names, draw_parameter, naming
from host.plan import Numbering
from host.quantise import weight_table
from mapping.spec import NetworkSpec, Population, PopulationKind

__all__ = ["direct_poisson", "packet_poisson", "poisson_table", "spike_events"]

Shifts = Mapping[str, tuple[int, int]]


def poisson_table(rate_hz: float, dt_ms: float) -> InversionTable:
    """Distribution of the spikes that a Poisson source of `rate_hz` emits in a step.

    Raises
    ------
    ParameterError
        If the rate is negative or more than 10,000 spikes are expected in a step.
    """
    expected = rate_hz * dt_ms / 1000.0
    if not 0.0 <= expected <= 10_000.0:
        limit = 1e7 / dt_ms
        msg = f"Poisson rate {rate_hz} Hz: must lie between 0 and {limit:g} Hz at dt {dt_ms} ms"
        raise ParameterError(msg)
    last = math.ceil(expected + 12 * math.sqrt(expected) + 12)
    counts = np.arange(last)
    factorials = np.array([math.lgamma(k + 1) for k in counts])
    logs = counts * math.log(expected or 1.0) - expected - factorials
    probabilities = np.exp(logs) if expected else np.array([1.0])
    return inversion_table(np.append(np.minimum(1.0, np.cumsum(probabilities)), 1.0))


def direct_poisson(
    spec: NetworkSpec,
    name: str,
    numbering: Numbering,
    numerics: Numerics,
    shifts: Shifts,
    *,
    poisson_buffer: int,
) -> list[DirectPoisson]:
    """Stretches of the direct Poisson population `name` that share a rate."""
    projection = next(p for p in spec.projections if p.pre == name)
    receptor = projection.receptor.value
    weight, _ = weight_table(projection.weight_na, shifts[projection.post][receptor])
    weight_na = max(0.0, projection.weight_na.mean)
    first, index = numbering.first[projection.post], spec.index(name)
    channel = 2 * poisson_buffer + receptor
    return [
        DirectPoisson(first + lo, first + hi, first, index, table, weight, channel, weight_na)
        for lo, hi, table in _equal_rates(spec.population(name), numerics)
    ]


def packet_poisson(
    spec: NetworkSpec, numbering: Numbering, numerics: Numerics
) -> list[PoissonSource]:
    """Stretches of Poisson populations that send packets, each of one rate."""
    return [
        PoissonSource(first + lo, first + hi, first, index, table)
        for index, population in enumerate(spec.populations)
        if population.kind is PopulationKind.POISSON and population.name in numbering.first
        for first in (numbering.first[population.name],)
        for lo, hi, table in _equal_rates(population, numerics)
    ]


def _equal_rates(
    population: Population, numerics: Numerics
) -> list[tuple[int, int, InversionTable]]:
    """Stretches of members that share a rate, and the table of each."""
    check_names(population, "a Poisson source", ("rate",), population.parameters, "parameter")
    rate = population.parameters.get("rate", 0.0)
    if not isinstance(rate, int | float | np.ndarray):
        msg = f"population {population.name}: rates must be numbers, not a distribution"
        raise ParameterError(msg)
    with naming(population):
        rates = draw_parameter(rate, population.size, (0, 0), 0)
        tables = {r: poisson_table(r, numerics.dt_ms) for r in np.unique(rates).tolist()}
    starts = [0, *(np.flatnonzero(np.diff(rates)) + 1).tolist(), rates.size]
    return [(lo, hi, tables[float(rates[lo])]) for lo, hi in pairwise(starts)]


def spike_events(spec: NetworkSpec, numbering: Numbering, dt_ms: float) -> SpikeEvents:
    """When the spike arrays of the network fire."""
    steps, sources = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for population in spec.populations:
        if population.kind is not PopulationKind.SPIKE_ARRAY:
            continue
        _check_spike_times(population, dt_ms)
        first = numbering.first[population.name]
        for member, times in enumerate(population.spike_times_ms):
            steps.append(np.rint(np.asarray(times) / dt_ms).astype(np.int64))
            sources.append(np.full(len(times), first + member, np.int64))
    step, source = np.concatenate(steps), np.concatenate(sources)
    order = np.lexsort((source, step))
    return SpikeEvents(step[order], source[order])


def _check_spike_times(population: Population, dt_ms: float) -> None:
    times = population.spike_times_ms
    if len(times) > population.size:
        msg = f"population {population.name}: {len(times)} lists of spike times for "
        msg += f"{population.size} members"
        raise ParameterError(msg)
    all_ms = np.concatenate([np.zeros(0), *times])
    possible = (all_ms >= 0) & (all_ms < MOST_STEPS * dt_ms)
    if not possible.all():
        wrong_ms, limit_ms = all_ms[np.argmin(possible)], MOST_STEPS * dt_ms
        msg = f"population {population.name}: spike time {wrong_ms:g} ms; "
        msg += f"spikes lie between 0 and {limit_ms:g} ms"
        raise ParameterError(msg)
