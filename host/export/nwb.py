"""Neurodata Without Borders 2: a unit for each neuron, a time series for each recording.

Times are in seconds from the beginning of the warm-up; samples keep their unit of the run as a
factor of the SI unit that the format asks for. The session begins when the run was finished, since
the format asks for a date and a simulation has no other.
"""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from hdmf.common import ElementIdentifiers, VectorData, VectorIndex
from numpy.typing import NDArray
from pynwb import NWBHDF5IO, NWBFile, TimeSeries
from pynwb.misc import Units

from host.config import to_yaml
from host.export.columns import times_ms
from host.manifest import read_manifest
from host.results import Recording, Results, Spikes

__all__ = ["write"]

SI = {"mV": ("volts", 1e-3), "nA": ("amperes", 1e-9), "uS": ("siemens", 1e-6)}
"""SI unit of each unit of samples, and what one of ours is of it."""
MS_PER_S = 1000.0


def write(results: Results, path: Path) -> None:
    """Write a run to the file `path`."""
    file = _file(results)
    run = results.config.run
    start_s, stop_s = run.warmup_ms / MS_PER_S, (run.warmup_ms + run.time_ms) / MS_PER_S
    if results.spikes is not None:
        file.units = _units(results.spikes, stop_s)
    for recording in results.recordings:
        file.add_acquisition(_series(recording, run.dt_ms))
    if run.warmup_ms:
        file.add_epoch(0.0, start_s, tags=["warmup"])
    file.add_epoch(start_s, stop_s, tags=["run"])
    with NWBHDF5IO(path, "w") as io:
        io.write(file)


def _file(results: Results) -> NWBFile:
    assert results.run_dir is not None
    manifest = read_manifest(results.run_dir)
    finished = manifest.get("finished")
    start = datetime.fromisoformat(finished) if finished else datetime.fromtimestamp(0, UTC)
    name = results.config.network.name
    text = json.dumps(manifest, sort_keys=True)
    return NWBFile(
        session_description=f"{name} on {results.machine}, emulated by chipemu",
        identifier=hashlib.sha256(text.encode()).hexdigest(),
        session_start_time=start,
        experiment_description=to_yaml(results.config),
        source_script=" ".join(map(str, manifest["command"])),
        source_script_file_name="chipemu",
        notes=text,
        keywords=["simulation", "SpiNNaker", name],
    )


def _units(spikes: Spikes, stop_s: float) -> Units:
    """Units of all neurons, silent ones included, population by population."""
    parts = spikes.all_populations()
    times, ends = [], []
    n_before = 0
    for (steps, members), size in zip(parts, spikes.sizes, strict=True):
        order = np.argsort(members, kind="stable")
        times.append(times_ms(steps[order], spikes.dt_ms) / MS_PER_S)
        ends.append(n_before + np.cumsum(np.bincount(members, minlength=size)))
        n_before += steps.size
    n = sum(spikes.sizes)
    spike_times = VectorData(
        name="spike_times", description="times of the spikes (s)", data=np.concatenate(times)
    )
    whole = np.tile([[0.0, stop_s]], (n, 1))
    observed = VectorData(name="obs_intervals", description="time that was recorded", data=whole)
    columns = [
        spike_times,
        _index(spike_times, np.concatenate(ends)),
        observed,
        _index(observed, np.arange(1, n + 1)),
        VectorData(
            name="population",
            description="population of the neuron",
            data=np.repeat(np.array(spikes.populations, dtype=object), spikes.sizes).tolist(),
        ),
        VectorData(
            name="neuron",
            description="index of the neuron in its population",
            data=np.concatenate([np.arange(size) for size in spikes.sizes]),
        ),
    ]
    return Units(
        name="units",
        description="emulated neurons",
        id=ElementIdentifiers(name="id", data=np.arange(n)),
        columns=columns,
        colnames=["spike_times", "obs_intervals", "population", "neuron"],
    )


def _index(target: VectorData, ends: NDArray[np.int64]) -> VectorIndex:
    return VectorIndex(name=f"{target.name}_index", data=ends, target=target)


def _series(recording: Recording, dt_ms: float) -> TimeSeries:
    steps = recording.steps
    every = int(steps[1] - steps[0]) if steps.size > 1 else 1
    unit, factor = SI.get(recording.unit, (recording.unit, 1.0))
    members = ", ".join(map(str, recording.members.tolist()))
    return TimeSeries(
        name=f"{recording.variable}_{recording.population}",
        description=f"{recording.variable} of {recording.population}; columns: neurons {members}",
        data=np.asarray(recording.values),
        unit=unit,
        conversion=factor,
        starting_time=float(times_ms(steps[:1], dt_ms)[0]) / MS_PER_S if steps.size else 0.0,
        rate=MS_PER_S / (every * dt_ms),
    )
