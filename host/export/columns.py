"""A run as columns: spikes, recordings and all tables, for formats that are made of tables."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from host.results import Recording, Results
from host.tablewords import column_unit, column_words, table_words

__all__ = ["Column", "Columns", "columns_of", "times_ms"]


class Column(NamedTuple):
    """A column with its unit and what it is, as far as known."""

    values: Sequence[Any] | NDArray[Any]
    unit: str | None
    words: str | None


class Columns(NamedTuple):
    """A table of long columns."""

    name: str
    words: str | None
    columns: Mapping[str, Column]


def times_ms(steps: NDArray[np.int32], dt_ms: float) -> NDArray[np.float64]:
    """Times of steps (ms), to the picosecond, of which steps are whole multiples."""
    return np.round(steps.astype(np.float64) * dt_ms, 9)


def columns_of(results: Results) -> Iterator[Columns]:
    """Spikes, samples of each variable, then the tables of a run."""
    if results.spikes is not None:
        yield _spikes(results)
    for variable in dict.fromkeys(one.variable for one in results.recordings):
        parts = [one for one in results.recordings if one.variable == variable]
        yield _samples(parts, results.config.run.dt_ms)
    for name, table in results.tables.items():
        columns = {
            column: Column(values, column_unit(column), column_words(name, column))
            for column, values in table.columns.items()
        }
        yield Columns(name, table_words(name), columns)


TIME = "biological time from the beginning of the warm-up"
NEURON = "index in the population"


def _spikes(results: Results) -> Columns:
    spikes = results.spikes
    assert spikes is not None
    parts = spikes.all_populations()
    sizes = [steps.size for steps, _ in parts]
    time = np.concatenate([times_ms(steps, spikes.dt_ms) for steps, _ in parts])
    neuron = np.concatenate([members for _, members in parts])
    population = np.repeat(np.array(spikes.populations, dtype=object), sizes)
    columns = {
        "population": Column(population, None, "population of the neuron"),
        "neuron": Column(neuron, None, NEURON),
        "time_ms": Column(time, "ms", TIME),
    }
    return Columns("spikes", "all spikes, by population, then by time", columns)


def _samples(parts: Sequence[Recording], dt_ms: float) -> Columns:
    """Samples of one variable: neuron by neuron, each in the order of time."""
    first = parts[0]
    shapes = [(one.members.size, one.steps.size) for one in parts]
    population = np.repeat(
        np.array([one.population for one in parts], dtype=object), [n * m for n, m in shapes]
    )
    neuron = np.concatenate([np.repeat(one.members, one.steps.size) for one in parts])
    time = np.concatenate([np.tile(times_ms(p.steps, dt_ms), p.members.size) for p in parts])
    values = np.concatenate([np.asarray(one.values).T.reshape(-1) for one in parts])
    columns = {
        "population": Column(population, None, "population of the neuron"),
        "neuron": Column(neuron, None, NEURON),
        "time_ms": Column(time, "ms", TIME),
        f"{first.variable}_{first.unit.lower()}": Column(values, first.unit, first.variable),
    }
    return Columns(first.variable, f"samples of {first.variable}", columns)
