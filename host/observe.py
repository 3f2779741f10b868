"""Between the engines' recording of global numbers and what users ask for by population."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chipemu.recording import Recording as RawRecording
from chipemu.recording import Sampling
from fixedpoint.formats import S1615, from_raw
from host.config import Config
from host.errors import ConfigError, did_you_mean
from host.neurons import model_of
from host.results import Recording, Spikes
from mapping.graph import MachineGraph, Role
from mapping.spec import NetworkSpec, Population, PopulationKind

__all__ = [
    "neuron_populations",
    "recorded_bytes",
    "recordings",
    "sampling",
    "spike_words",
    "spikes",
]

WORD_BYTES = 4


def neuron_populations(spec: NetworkSpec) -> dict[str, tuple[int, Population]]:
    """Neuron populations by name, each with the number of its first neuron."""
    found: dict[str, tuple[int, Population]] = {}
    first = 0
    for population in spec.populations:
        if population.kind is PopulationKind.NEURON:
            found[population.name] = (first, population)
            first += population.size
    return found


def sampling(spec: NetworkSpec, config: Config) -> Sampling:
    """Neurons and steps that ``config.record`` asks to be sampled.

    Raises
    ------
    ConfigError
        On a population that does not exist, or has fewer neurons than asked for.
    """
    record, known = config.record, neuron_populations(spec)
    neurons: set[int] = set()
    for key, wanted in (("v", record.v), ("currents", record.currents)):
        for name, count in wanted.items():
            if name not in known:
                hint = did_you_mean(name, known) or f"; there are {', '.join(known)}"
                msg = f"record.{key}: no neuron population {name!r}{hint}"
                raise ConfigError(msg)
            first, population = known[name]
            if count > population.size:
                msg = f"record.{key}: {count} neurons of {name}, which has {population.size}"
                raise ConfigError(msg)
            neurons.update(range(first, first + count))
    interval = round((record.interval_ms or config.run.dt_ms) / config.run.dt_ms)
    return Sampling(np.array(sorted(neurons), dtype=np.int64), interval)


def recorded_bytes(config: Config, n_steps: int, n_words: int) -> int:
    """Bytes that the cores of the machine record and the host reads back.

    Parameters
    ----------
    config : Config
    n_steps : int
        Of the whole run.
    n_words : int
        Words of recorded spikes (`spike_words`). A sample of V takes a word, one of the currents
        two.
    """
    record = config.record
    interval = round((record.interval_ms or config.run.dt_ms) / config.run.dt_ms)
    sampled = sum(record.v.values()) + 2 * sum(record.currents.values())
    return WORD_BYTES * (n_words * record.spikes + sampled * -(-n_steps // interval))


def spike_words(graph: MachineGraph, raw: RawRecording) -> int:
    """Words of 32 bits in which the cores of the machine record the spikes of `raw`.

    A core stores the time and a bit for each of its neurons in every step in which one of them
    fired (sPyNNaker, ``out_spikes``).
    """
    holds = np.isin(graph.role, (Role.COMBINED, Role.NEURON))
    sizes = (graph.hi - graph.lo)[holds].astype(np.int64)
    bounds = np.concatenate(([0], np.cumsum(sizes)))  # cores are in the order of their neurons
    is_neuron = raw.spike_source < bounds[-1]
    core = np.searchsorted(bounds, raw.spike_source[is_neuron], side="right") - 1
    fired = np.unique(raw.spike_steps()[is_neuron] * sizes.size + core)
    return int((1 + -(-sizes // 32))[fired % sizes.size].sum())


def recordings(raw: RawRecording, spec: NetworkSpec, config: Config) -> tuple[Recording, ...]:
    """Sampled variables by population, in their units; exact, since s16.15 fits a double.

    With double precision they are in these units already.
    """
    found = []
    arrays = {"v": raw.v_raw, "i_exc": raw.i_exc_raw, "i_inh": raw.i_inh_raw}
    for name, (first, population) in neuron_populations(spec).items():
        for variable, array in arrays.items():
            wanted = config.record.v if variable == "v" else config.record.currents
            if name not in wanted:
                continue
            start, stop = np.searchsorted(raw.neurons, [first, first + wanted[name]])
            found.append(
                Recording(
                    variable,
                    model_of(population).recordables[variable],
                    name,
                    np.arange(wanted[name], dtype=np.int32),
                    raw.sample_steps.astype(np.int32),
                    _in_units(array[:, start:stop]),
                )
            )
    return tuple(found)


def _in_units(values: NDArray[Any]) -> NDArray[np.float64]:
    return values if values.dtype == np.float64 else from_raw(values, S1615)


def spikes(raw: RawRecording, spec: NetworkSpec, config: Config) -> Spikes:
    """Spikes of all neurons; those of spike sources are left out."""
    known = neuron_populations(spec)
    is_neuron = raw.spike_source < spec.n_neurons
    return Spikes(
        raw.spike_steps()[is_neuron].astype(np.int32),
        raw.spike_source[is_neuron].astype(np.int32),
        config.run.dt_ms,
        tuple(known),
        tuple(population.size for _, population in known.values()),
    )
