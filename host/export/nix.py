"""Neo: a run as a block with one segment, and as the NIX file of that block.

NIX is the format that Neo made its own (`neo.NixIO`); pickled objects, which another version may
not read and which may run any code when they are read, are not offered. Neo takes some 20 ms to
write a spike train, so that a file has one for each population, which tells the neuron of each
spike; a block that is made in Python has one for each neuron.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import neo
import numpy as np
import quantities as pq

from host.config import to_yaml
from host.export.columns import times_ms
from host.results import Recording, Results, Spikes

__all__ = ["neo_block", "write"]


def write(results: Results, path: Path) -> None:
    """Write the block of a run to the file `path`."""
    with neo.NixIO(str(path), "ow") as file:
        file.write_block(neo_block(results, is_pooled=True))


def neo_block(results: Results, *, is_pooled: bool = False) -> Any:
    """`neo.Block` of a run.

    Parameters
    ----------
    results : Results
    is_pooled : bool
        Whether there is one spike train for each population, with the array annotation
        ``source_index``, the neuron of each spike; else there is one for each neuron, silent ones
        included, with the annotation ``source_index``, its index in the population.

    Returns
    -------
    neo.Block
        Spike trains and signals have the annotation ``population``, and signals the array
        annotation ``channel_index``, the neuron of each channel. Times are in ms from the
        beginning of the warm-up.
    """
    config = results.config
    block = neo.Block(
        name=config.network.name,
        description=f"{config.network.name} on {results.machine}, emulated by chipemu",
        configuration=to_yaml(config),
        warmup_ms=config.run.warmup_ms,
        seed=config.run.seed,
    )
    segment = neo.Segment(name="run")
    block.segments.append(segment)
    stop_ms = round(config.run.warmup_ms + config.run.time_ms, 9)
    if results.spikes is not None:
        trains = _pooled if is_pooled else _trains
        segment.spiketrains.extend(list(trains(results.spikes, stop_ms)))
    for recording in results.recordings:
        segment.analogsignals.append(_signal(recording, config.run.dt_ms))
    block.check_relationships()
    return block


def _pooled(spikes: Spikes, stop_ms: float) -> Iterator[Any]:
    """One train for each population."""
    parts = spikes.all_populations()
    for name, size, (steps, members) in zip(spikes.populations, spikes.sizes, parts, strict=True):
        yield neo.SpikeTrain(
            times_ms(steps, spikes.dt_ms),
            t_stop=stop_ms,
            units="ms",
            name=name,
            population=name,
            size=size,
            array_annotations={"source_index": members.astype(np.int64)},
        )


def _trains(spikes: Spikes, stop_ms: float) -> Iterator[Any]:
    """One train for each neuron."""
    parts = spikes.all_populations()
    for name, size, (steps, members) in zip(spikes.populations, spikes.sizes, parts, strict=True):
        order = np.argsort(members, kind="stable")
        bounds = np.searchsorted(members[order], np.arange(size + 1))
        times = times_ms(steps[order], spikes.dt_ms)
        for index in range(size):
            yield neo.SpikeTrain(
                times[bounds[index] : bounds[index + 1]],
                t_stop=stop_ms,
                units="ms",
                name=f"{name}[{index}]",
                population=name,
                source_index=index,
            )


def _signal(recording: Recording, dt_ms: float) -> Any:
    steps = recording.steps
    every = int(steps[1] - steps[0]) if steps.size > 1 else 1
    return neo.AnalogSignal(
        np.asarray(recording.values),
        units=recording.unit,
        t_start=(float(times_ms(steps[:1], dt_ms)[0]) if steps.size else 0.0) * pq.ms,
        sampling_period=every * dt_ms * pq.ms,
        name=recording.variable,
        population=recording.population,
        array_annotations={"channel_index": recording.members.astype(np.int64)},
    )
