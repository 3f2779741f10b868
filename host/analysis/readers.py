"""Samples from files: run folders, SONATA spikes, NumPy archives of spikes or of statistics.

========================  =========================================================================
run folder                what ``chipemu run`` wrote (`host.runfolder`)
``.h5``                   SONATA: ``/spikes/<population>/{timestamps, node_ids}``, in ms, counted
                          from 0 within each population. The attributes ``dt_ms`` of the file and
                          ``index`` and ``size`` of the populations are read if they are there
``.npz`` with ``neuron``  spikes: ``step``, where step k covers the time from k-1 to k steps as in
                          NEST, or ``times_ms``; ``neuron``, from 0 over all populations; ``edges``,
                          the first neuron of each population and their number, or ``pop_sizes``;
                          if there, ``populations``, ``dt_ms``, ``presim_ms``, ``tsim_ms``,
                          ``seed``, ``network``, ``scale``, ``drive``, ``delay_counts_from``
``.npz`` with ``rates``   statistics: ``rates`` (spikes/s) and ``cv`` of all neurons (NaN where
                          there is none), ``cc_<population>``, ``edges``, ``presim_ms``, ``tsim_ms``
``.npz`` with ``about``   statistics as `host.analysis.samplefile` keeps them
========================  =========================================================================
"""

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import h5py
import numpy as np
from numpy.typing import NDArray

from host.analysis.measures import MEASURES
from host.analysis.sample import DelayOrigin, Model, Sample, Window, sample_of, sample_of_run
from host.analysis.samplefile import ABOUT, from_arrays
from host.errors import ConfigError, OutputError, UnknownNameError
from host.networks.pd14 import NAMES
from host.results import Spikes
from host.runfolder import load_run

__all__ = ["read_sample"]

DT_MS = 0.1
"""Time step of a file that tells none."""
LAST_SHARE = 0.1
"""A file whose spikes end before this last part of the window was not recorded so long."""


def read_sample(path: Path, *, window: Window | None = None, like: Sample | None = None) -> Sample:
    """Sample of a run folder or a file.

    Parameters
    ----------
    path : Path
    window : Window, optional
        The stretch of time that counts; default: the one that the folder or file tells. Files of
        statistics have their own.
    like : Sample, optional
        A sample with the names and sizes of the populations, for files that do not tell them.

    Raises
    ------
    UnknownNameError
        If there is no such file.
    ConfigError
        If it lacks something, is too short, or is of no known kind.
    OutputError
        If it cannot be read.
    """
    if path.is_dir():
        return _of_folder(path, window)
    if not path.is_file():
        msg = f"{path}: there is no such run folder or file"
        raise UnknownNameError(msg)
    readers = {".h5": _of_sonata, ".hdf5": _of_sonata, ".npz": _of_archive}
    if path.suffix.lower() not in readers:
        msg = f"{path}: should be a run folder, or spikes as .h5 (SONATA) or .npz"
        raise ConfigError(msg)
    try:
        return readers[path.suffix.lower()](path, window, like)
    except ConfigError as error:
        msg = f"{path}: {error}"
        raise ConfigError(msg) from error
    except (OSError, ValueError, LookupError, TypeError, zipfile.BadZipFile) as error:
        why = (str(error) or type(error).__name__).splitlines()[0]
        msg = f"cannot read {path}: damaged, or not as docs/validation.md says ({why})"
        raise OutputError(msg) from error


def _of_folder(path: Path, window: Window | None) -> Sample:
    results = load_run(path)
    sample = sample_of_run(results)
    if window is None or window == sample.window or results.spikes is None:
        return sample
    recorded_ms = results.config.run.warmup_ms + results.config.run.time_ms
    if recorded_ms < window.warmup_ms + window.time_ms:
        msg = f"{path} has {recorded_ms / 1000:g} s in all, {window} wanted; run it longer"
        raise ConfigError(msg)
    return sample_of(
        results.spikes,
        window,
        name=sample.name,
        model=sample.model,
        seed=sample.seed,
        origin=sample.origin,
    )


def _of_sonata(path: Path, window: Window | None, like: Sample | None) -> Sample:
    with h5py.File(path) as file:
        dt_ms = float(file.attrs.get("dt_ms", DT_MS))
        groups = dict(file["spikes"].items())
        names = _sonata_names(groups, like)
        sizes = [_sonata_size(groups[name], name, like) for name in names]
        times_ms = [groups[name]["timestamps"][:] for name in names]
        members = [groups[name]["node_ids"][:].astype(np.int64) for name in names]
    first = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    neurons = np.concatenate([own + k for own, k in zip(members, first.tolist(), strict=True)])
    steps = np.rint(np.concatenate(times_ms) / dt_ms)
    for name, own, size in zip(names, members, sizes, strict=True):
        if own.size and own.max() >= size:
            msg = f"{name} has a spike of node {own.max()}; it has {size} neurons, from 0"
            raise ConfigError(msg)
    spikes = _sorted(steps, neurons, dt_ms, names, sizes)
    return _from_spikes(spikes, window, path)


def _sonata_names(groups: Mapping[str, Any], like: Sample | None) -> list[str]:
    """Populations in their order: that of the file if it tells one, else that of `like`."""
    if all("index" in group.attrs for group in groups.values()):
        return sorted(groups, key=lambda name: int(groups[name].attrs["index"]))
    if like is None:
        return sorted(groups)
    missing = [name for name in like.populations if name not in groups]
    if missing:
        msg = f"has no spikes of {', '.join(missing)}; it has {', '.join(sorted(groups))}"
        raise ConfigError(msg)
    return list(like.populations)


def _sonata_size(group: Any, name: str, like: Sample | None) -> int:
    if "size" in group.attrs:
        return int(group.attrs["size"])
    if like is None or name not in like.populations:
        msg = f"does not tell how many neurons {name} has; give its group an attribute size"
        raise ConfigError(msg)
    return like.sizes[like.populations.index(name)]


def _of_archive(path: Path, window: Window | None, like: Sample | None) -> Sample:
    with np.load(path, allow_pickle=False) as file:
        arrays = dict(file)
    if ABOUT in arrays:
        return from_arrays(arrays)
    sizes = _sizes(arrays)
    names = _names(arrays, len(sizes), like)
    model = Model(
        _text(arrays, "network"),
        _number(arrays, "scale"),
        _text(arrays, "drive"),
        cast("DelayOrigin | None", _text(arrays, "delay_counts_from")),
    )
    seed = int(arrays["seed"]) if "seed" in arrays else None
    own = Window(float(arrays["presim_ms"]), float(arrays["tsim_ms"])) if _tells(arrays) else None
    if "neuron" in arrays:
        dt_ms = _number(arrays, "dt_ms") or DT_MS
        steps = arrays["step"] if "step" in arrays else np.rint(arrays["times_ms"] / dt_ms)
        spikes = _sorted(steps.astype(np.int64) - 1, arrays["neuron"], dt_ms, names, sizes)
        return _from_spikes(spikes, window or own, path, model=model, seed=seed)
    if own is None:
        msg = "tells no time; give it presim_ms and tsim_ms"
        raise ConfigError(msg)
    values = _statistics(arrays, names, sizes)
    return Sample(
        name=path.stem,
        populations=tuple(names),
        sizes=tuple(sizes),
        values=values,
        window=own,
        origin=str(path),
        model=model,
        seed=seed,
    )


def _statistics(
    arrays: Mapping[str, NDArray[Any]], names: Sequence[str], sizes: Sequence[int]
) -> dict[str, tuple[NDArray[np.float64], ...]]:
    bounds = np.cumsum(sizes)[:-1]
    rates = np.split(arrays["rates"].astype(np.float64), bounds)
    variations = np.split(arrays["cv"].astype(np.float64), bounds)
    pairs = [arrays[f"cc_{name}"].astype(np.float64) for name in names]
    values = dict(zip(MEASURES, (rates, variations, pairs), strict=True))
    return {name: tuple(own[~np.isnan(own)] for own in parts) for name, parts in values.items()}


def _tells(arrays: Mapping[str, Any]) -> bool:
    return "presim_ms" in arrays and "tsim_ms" in arrays


def _sizes(arrays: Mapping[str, NDArray[Any]]) -> list[int]:
    sizes = np.diff(arrays["edges"]) if "edges" in arrays else arrays["pop_sizes"]
    return [int(size) for size in sizes]


def _names(arrays: Mapping[str, Any], n: int, like: Sample | None) -> list[str]:
    if "populations" in arrays:
        return [str(name) for name in arrays["populations"]]
    names = NAMES if like is None else like.populations
    if n != len(names):
        msg = f"has {n} populations and tells no names, {len(names)} expected; add populations"
        raise ConfigError(msg)
    return list(names)


def _text(arrays: Mapping[str, Any], key: str) -> str | None:
    return str(arrays[key]) if key in arrays else None


def _number(arrays: Mapping[str, Any], key: str) -> float | None:
    return float(arrays[key]) if key in arrays else None


def _sorted(
    steps: NDArray[Any],
    neurons: NDArray[Any],
    dt_ms: float,
    names: Sequence[str],
    sizes: Sequence[int],
) -> Spikes:
    order = np.lexsort((neurons, steps))
    return Spikes(
        steps[order].astype(np.int32),
        neurons[order].astype(np.int32),
        dt_ms,
        tuple(names),
        tuple(sizes),
    )


def _from_spikes(
    spikes: Spikes,
    window: Window | None,
    path: Path,
    *,
    model: Model | None = None,
    seed: int | None = None,
) -> Sample:
    if window is None:
        msg = "does not tell how long it was recorded; say which time counts (--time)"
        raise ConfigError(msg)
    last_ms = float(spikes.steps[-1]) * spikes.dt_ms if spikes.steps.size else 0.0
    if last_ms < window.warmup_ms + (1 - LAST_SHARE) * window.time_ms:
        msg = f"its spikes end at {last_ms / 1000:g} s, {window} wanted; record longer"
        raise ConfigError(msg)
    return sample_of(spikes, window, name=path.stem, model=model, seed=seed, origin=str(path))
