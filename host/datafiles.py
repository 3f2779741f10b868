"""The HDF5 files of a run: spikes in SONATA's layout, and samples; written from parts, read late.

==================  ==============================================================================
``spikes.h5``       SONATA: ``/spikes/<population>/{timestamps, node_ids}``
``recordings.h5``   ``/<variable>/<population>/{values, members, steps}``
==================  ==============================================================================

A long run comes in parts that follow each other. What is written depends on their sum alone, to
the last byte. Spikes are read when they are first asked for, and samples as the file is looked at,
so that a run can be opened whose data exceed the memory.
"""

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
from numpy.typing import NDArray

from host.results import Recording, Spikes

__all__ = [
    "RECORDINGS",
    "SPIKES",
    "Recorded",
    "StoredSpikes",
    "read_recordings",
    "read_spikes",
    "write_recorded",
    "write_recordings",
    "write_spikes",
]

SPIKES, RECORDINGS = "spikes.h5", "recordings.h5"
SORTINGS = {"none": 0, "by_id": 1, "by_time": 2}
SORTING = h5py.enum_dtype(SORTINGS, basetype=np.uint8)
"""SONATA developer guide, "Spike file": an enumeration, whose values readers look up by name."""
Ints = NDArray[np.int32]


class Recorded(NamedTuple):
    """What was recorded, in consecutive parts; no parts: nothing was asked for."""

    spikes: list[Spikes]
    recordings: list[tuple[Recording, ...]]


def write_recorded(recorded: Recorded, folder: Path) -> None:
    """Write the files of what was recorded to `folder`."""
    if recorded.spikes:
        write_spikes(folder / SPIKES, recorded.spikes)
    if any(recorded.recordings):
        write_recordings(folder / RECORDINGS, recorded.recordings)


class StoredSpikes(Spikes):
    """Spikes in a file, which are read when they are first asked for.

    Parameters
    ----------
    path : Path

    Raises
    ------
    OSError, LookupError, ValueError
        If the file is damaged.
    """

    __slots__ = ("_arrays", "_counts", "_path")
    _arrays: tuple[Ints, Ints] | None
    _counts: tuple[int, ...]
    _path: Path

    def __init__(self, path: Path) -> None:
        with h5py.File(path) as file:
            groups = sorted(file["spikes"].items(), key=lambda item: int(item[1].attrs["index"]))
            facts = {
                "dt_ms": float(file.attrs["dt_ms"]),
                "populations": tuple(name for name, _ in groups),
                "sizes": tuple(int(group.attrs["size"]) for _, group in groups),
                "_counts": tuple(_length(group) for _, group in groups),
            }
        for name, value in {**facts, "_path": path.absolute(), "_arrays": None}.items():
            object.__setattr__(self, name, value)  # the base is frozen

    @property
    def steps(self) -> Ints:
        """Time step of each spike."""
        return self._sorted()[0]

    @property
    def neurons(self) -> Ints:
        """Global number of the neuron of each spike."""
        return self._sorted()[1]

    def counts(self) -> tuple[int, ...]:
        """Spikes of each population."""
        return self._counts

    def of(self, population: str) -> tuple[Ints, Ints]:
        """Read the spikes of one population alone; see `Spikes.of`."""
        with h5py.File(self._path) as file:
            return _read_population(file, population, self.dt_ms)

    def all_populations(self) -> list[tuple[Ints, Ints]]:
        """`of` every population."""
        with h5py.File(self._path) as file:
            return [_read_population(file, name, self.dt_ms) for name in self.populations]

    def _sorted(self) -> tuple[Ints, Ints]:
        arrays = self._arrays
        if arrays is None:
            read, none = self.all_populations(), [np.zeros(0, np.int32)]
            steps = np.concatenate(none + [steps for steps, _ in read])
            pairs = zip(read, self.first_ids, strict=True)
            numbered = [members + np.int32(first) for (_, members), first in pairs]
            neurons = np.concatenate(none + numbered)
            order = np.lexsort((neurons, steps))
            found = Spikes(steps[order], neurons[order], self.dt_ms, self.populations, self.sizes)
            arrays = found.steps, found.neurons
            object.__setattr__(self, "_arrays", arrays)
        return arrays


def _length(group: Any) -> int:
    """Spikes of a population, all of which have a time and a neuron."""
    times, neurons = group["timestamps"], group["node_ids"]
    if times.shape != neurons.shape:
        msg = f"{times.shape} times and {neurons.shape} neurons"
        raise ValueError(msg)
    return int(times.shape[0])


def _read_population(file: Any, name: str, dt_ms: float) -> tuple[Ints, Ints]:
    group = file[f"spikes/{name}"]
    steps = np.rint(group["timestamps"][:] / dt_ms).astype(np.int32)
    return steps, group["node_ids"][:].astype(np.int32)


def write_spikes(path: Path, parts: Sequence[Spikes]) -> None:
    """Write the spikes of consecutive `parts`, at least one, to one file."""
    counts = np.array([part.counts() for part in parts])
    totals, starts = counts.sum(axis=0), np.cumsum(counts, axis=0) - counts
    first = parts[0]
    with h5py.File(path, "w", track_order=False) as file:
        file.create_group("spikes")
        file.attrs["magic"] = np.uint32(0x0A7A)  # SONATA developer guide, "Common HDF5 attributes"
        file.attrs["version"] = np.array([0, 1], dtype=np.uint32)
        file.attrs["dt_ms"] = first.dt_ms
        groups = []
        for index, name in enumerate(first.populations):
            group = file.create_group(f"spikes/{name}")
            group.attrs.create("sorting", SORTINGS["by_time"], dtype=SORTING)
            group.attrs["index"], group.attrs["size"] = index, first.sizes[index]
            times_ms = _dataset(group, "timestamps", (totals[index],), np.float64)
            times_ms.attrs["units"] = "milliseconds"
            _dataset(group, "node_ids", (totals[index],), np.uint64)
            groups.append(group)
        for part, start in zip(parts, starts.tolist(), strict=True):
            for group, at, (steps, members) in zip(
                groups, start, part.all_populations(), strict=True
            ):
                group["timestamps"][at : at + steps.size] = steps * first.dt_ms
                group["node_ids"][at : at + steps.size] = members.astype(np.uint64)


def write_recordings(path: Path, parts: Sequence[tuple[Recording, ...]]) -> None:
    """Write the samples of consecutive `parts`, each of the same variables, to one file."""
    with h5py.File(path, "w", track_order=False) as file:
        in_order = [sorted(part, key=lambda one: (one.variable, one.population)) for part in parts]
        for pieces in zip(*in_order, strict=True):
            first: Recording = pieces[0]
            group = file.create_group(f"{first.variable}/{first.population}")
            group.attrs["units"] = first.unit
            ends = list(accumulate(piece.steps.size for piece in pieces))
            shape = (ends[-1], first.members.size)
            values = _dataset(group, "values", shape, first.values.dtype)
            _dataset(group, "members", first.members.shape, first.members.dtype)
            steps = _dataset(group, "steps", shape[:1], first.steps.dtype)
            group["members"][:] = first.members
            for piece, end in zip(pieces, ends, strict=True):
                values[end - piece.steps.size : end] = piece.values
                steps[end - piece.steps.size : end] = piece.steps


def _dataset(group: Any, name: str, shape: tuple[int, ...], dtype: Any) -> Any:
    """Dataset with its place in the file, and without time stamps: equal data, equal bytes."""
    dataset = group.create_dataset(name, shape, dtype, track_times=False)
    if dataset.size:
        dataset[(0,) * len(shape)] = 0  # the library finds room at the first write
    return dataset


def read_spikes(path: Path) -> StoredSpikes | None:
    """All spikes in a file, None if there is no file.

    Raises
    ------
    ValueError
        If the file is damaged; names it.
    """
    if not path.is_file():
        return None
    try:
        return StoredSpikes(path)
    except (OSError, LookupError, ValueError) as error:
        msg = f"{path.name}: {error}"
        raise ValueError(msg) from error


def read_recordings(path: Path) -> tuple[Recording, ...]:
    """All samples in a file, none if there is no file; values are read as they are looked at."""
    if not path.is_file():
        return ()
    with h5py.File(path) as file:
        return tuple(
            Recording(
                variable,
                group.attrs["units"],
                population,
                *(_mapped(path, group[name]) for name in ("members", "steps", "values")),
            )
            for variable, populations in file.items()
            for population, group in populations.items()
        )


def _mapped(path: Path, dataset: Any) -> NDArray[Any]:
    """The dataset's bytes where they lie in the file."""
    offset = dataset.id.get_offset()
    if offset is None:  # empty, or written by another program in chunks
        return np.asarray(dataset[:])
    return np.memmap(path, dataset.dtype, "r", offset, dataset.shape)
