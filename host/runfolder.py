"""The folder of a run: reserved before, written in one stroke after, read back later.

==================  ==============================================================================
``manifest.json``   versions, seed, configuration hash, command, timings: enough to repeat the run
``config.yaml``     the whole configuration
``summary.json``    `host.results.summary`
``counters.json``   all counts
``actions.json``    what cost energy, phase by phase (`host.energy.RunActions`)
``spikes.h5``       SONATA: ``/spikes/<population>/{timestamps, node_ids}``
``recordings.h5``   ``/<variable>/<population>/{values, members, steps}``, if anything was sampled
``cores.csv``       with full timing: all counters, a line for each core and stretch
``routers.csv``     likewise for each router (`host.countertables`)
==================  ==============================================================================

All files are written to a folder beside, which is then renamed, so that a run folder is either
complete or not there.
"""

import itertools
import json
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from pydantic import TypeAdapter

from host.config import Config, config_hash, load_config, to_yaml
from host.countertables import CounterTable, read_table, write_table
from host.energy import RunActions
from host.errors import OutputError
from host.results import Recording, Results, Spikes, plain, summary
from host.timing import Timing

__all__ = [
    "check_replaceable",
    "default_run_folder",
    "load_run",
    "prepare_run_folder",
    "release",
    "write_run",
]

MANIFEST = "manifest.json"
TABLES = ("cores", "routers")
VERSIONS_OF = ("chipemu", "numpy", "numba", "h5py")


def default_run_folder(config: Config) -> Path:
    """First folder ``runs/<network>-<hash>-<n>`` that does not exist yet."""
    stem = f"{Path(config.network.name).stem}-{config_hash(config)[:8]}"
    folders = (Path("runs") / f"{stem}-{n}" for n in itertools.count(1))
    return next(folder for folder in folders if not folder.exists())


def prepare_run_folder(path: Path, *, force: bool = False) -> Path:
    """Reserve `path` for a run before the long work starts.

    Parameters
    ----------
    path : Path
    force : bool
        Allow an earlier run folder, which is replaced when the new run is complete.

    Returns
    -------
    Path
        `path`, which now exists.

    Raises
    ------
    OutputError
        If it cannot be written, or exists and is neither empty nor, with `force`, a run folder.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        with _beside(path):
            pass
    except OSError as error:
        msg = f"cannot write run folder {path}: {error.strerror}; choose another with --output"
        raise OutputError(msg) from error
    check_replaceable(path)
    if any(path.iterdir()) and not force:
        msg = f"run folder {path} exists; replace it with --force or choose another with --output"
        raise OutputError(msg)
    return path


def check_replaceable(path: Path) -> None:
    """Check that a run may take the place of `path`, now or when it is complete.

    Raises
    ------
    OutputError
        If `path` is a file, a mount point, or a folder with anything but a run in it.
    """
    if path.exists() and not path.is_dir():
        msg = f"{path} is no folder; choose another with --output"
        raise OutputError(msg)
    if path.absolute().is_mount():
        msg = f"{path} is a mount point and cannot be replaced; choose a folder inside it"
        raise OutputError(msg)
    if path.is_dir() and any(path.iterdir()) and not (path / MANIFEST).is_file():
        msg = f"{path} exists and is no run folder; choose another with --output"
        raise OutputError(msg)


def release(folder: Path) -> None:
    """Remove a folder that was prepared, if nothing was written to it."""
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def write_run(results: Results, folder: Path) -> Results:
    """Write `results` to `folder`, replacing an earlier run there but nothing else.

    Returns
    -------
    Results
        `results` that know their folder.

    Raises
    ------
    OutputError
        If the disk is full, the folder cannot be written, or something else than a run is in it.
    """
    results = replace(results, run_dir=folder)
    try:
        check_replaceable(folder)
        with _replacing(folder) as new:
            _write_files(results, new)
    except OutputError:
        raise
    except OSError as error:
        msg = f"cannot write run folder {folder}: {error.strerror or error}"
        raise OutputError(msg) from error
    return results


@contextmanager
def _replacing(folder: Path) -> Iterator[Path]:
    """Folder to write to, which takes the place of `folder` if all goes well."""
    folder = folder.absolute()  # once: the current folder itself may be renamed
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _beside(folder) as scratch:
        new, old = Path(scratch) / "new", Path(scratch) / "old"
        new.mkdir()
        yield new
        if folder.exists():
            folder.rename(old)
        new.rename(folder)


def _beside(folder: Path) -> tempfile.TemporaryDirectory[str]:
    """Temporary folder on the same file system as `folder`, to rename from."""
    path = folder.absolute()
    return tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.")


def _write_files(results: Results, folder: Path) -> None:
    _write_json(folder / MANIFEST, _manifest(results))
    _write_json(folder / "summary.json", summary(results))
    _write_json(folder / "counters.json", plain(results.counters))
    if results.actions is not None:
        _write_json(folder / "actions.json", results.actions.to_json())
    (folder / "config.yaml").write_text(to_yaml(results.config), encoding="utf-8")
    if results.spikes is not None:
        _write_spikes(folder / "spikes.h5", results.spikes)
    if results.recordings:
        _write_recordings(folder / "recordings.h5", results.recordings)
    for name, table in results.counter_tables.items():
        write_table(table, folder / f"{name}.csv")


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def _manifest(results: Results) -> dict[str, Any]:
    versions = {name: _version(name) for name in VERSIONS_OF}
    return {
        "format": 1,
        "versions": versions | {"python": platform.python_version()},
        "platform": platform.platform(),
        "command": sys.argv,
        "machine": results.machine,
        "machine_description": plain(results.machine_description),
        "seed": results.config.run.seed,
        "config_sha256": config_hash(results.config),
        "wall_s": plain(results.wall_s),
    }


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _write_spikes(path: Path, spikes: Spikes) -> None:
    with h5py.File(path, "w", track_order=False) as file:
        file.attrs["magic"] = np.uint32(0x0A7A)  # SONATA developer guide, "Common HDF5 attributes"
        file.attrs["version"] = np.array([0, 1], dtype=np.uint32)
        file.attrs["dt_ms"] = spikes.dt_ms
        for index, name in enumerate(spikes.populations):
            steps, members = spikes.of(name)
            group = file.create_group(f"spikes/{name}")
            group.attrs["sorting"] = "by_time"
            group.attrs["index"], group.attrs["size"] = index, spikes.sizes[index]
            times_ms = _dataset(group, "timestamps", steps * spikes.dt_ms)
            times_ms.attrs["units"] = "milliseconds"
            _dataset(group, "node_ids", members.astype(np.uint64))


def _write_recordings(path: Path, recordings: tuple[Recording, ...]) -> None:
    with h5py.File(path, "w", track_order=False) as file:
        for recording in recordings:
            group = file.create_group(f"{recording.variable}/{recording.population}")
            group.attrs["units"] = recording.unit
            for name in ("values", "members", "steps"):
                _dataset(group, name, getattr(recording, name))


def _dataset(group: Any, name: str, values: Any) -> Any:
    """Dataset without time stamps, so that equal data give equal bytes."""
    return group.create_dataset(name, data=values, track_times=False)


def load_run(folder: Path) -> Results:
    """Results of the run that was written to `folder`.

    Raises
    ------
    OutputError
        If `folder` is no run folder, or lacks a file.
    """
    if not (folder / MANIFEST).is_file():
        msg = f"{folder} is no run folder: it has no {MANIFEST}"
        raise OutputError(msg)
    try:
        values = _read_values(folder)
        config = load_config(folder / "config.yaml")
        return Results(config=config, run_dir=folder, **values)
    except (OSError, ValueError, LookupError, TypeError) as error:
        why = (str(error) or type(error).__name__).splitlines()[0]
        msg = (
            f"cannot read run folder {folder}: another version wrote it, or a file is damaged "
            f"({why}); run it again"
        )
        raise OutputError(msg) from error


def _read_values(folder: Path) -> dict[str, Any]:
    """All that the files of a run tell, by the names of `Results`."""
    account = _read_json(folder / "summary.json")
    kept = {key: value for key, value in account.items() if key not in ("network", "run_dir")}
    return kept | {
        "counters": _read_json(folder / "counters.json"),
        "machine_description": _read_json(folder / MANIFEST).get("machine_description", {}),
        "actions": _read_actions(folder / "actions.json"),
        "timing": TypeAdapter(Timing | None).validate_python(account.get("timing")),
        "spikes": _read_spikes(folder),
        "recordings": _read_recordings(folder),
        "counter_tables": _read_tables(folder),
    }


def _read_json(path: Path) -> dict[str, Any]:
    value = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(value, dict):
        msg = f"{path.name} is no mapping"
        raise ValueError(msg)  # noqa: TRY004
    return value


def _read_actions(path: Path) -> RunActions | None:
    return RunActions.from_json(_read_json(path)) if path.is_file() else None


def _read_tables(folder: Path) -> dict[str, CounterTable]:
    paths = {name: folder / f"{name}.csv" for name in TABLES}
    return {name: read_table(path) for name, path in paths.items() if path.is_file()}


def _read_spikes(folder: Path) -> Spikes | None:
    if not (folder / "spikes.h5").is_file():
        return None
    with h5py.File(folder / "spikes.h5") as file:
        dt_ms = float(file.attrs["dt_ms"])
        groups = sorted(file["spikes"].items(), key=lambda item: int(item[1].attrs["index"]))
        names = tuple(name for name, _ in groups)
        sizes = tuple(int(group.attrs["size"]) for _, group in groups)
        steps = [np.rint(group["timestamps"][:] / dt_ms) for _, group in groups]
        ids = [group["node_ids"][:] + sum(sizes[:i]) for i, (_, group) in enumerate(groups)]
    all_steps = np.concatenate(steps).astype(np.int32)
    all_ids = np.concatenate(ids).astype(np.int32)
    order = np.lexsort((all_ids, all_steps))
    return Spikes(all_steps[order], all_ids[order], dt_ms, names, sizes)


def _read_recordings(folder: Path) -> tuple[Recording, ...]:
    if not (folder / "recordings.h5").is_file():
        return ()
    with h5py.File(folder / "recordings.h5") as file:
        return tuple(
            Recording(
                variable,
                group.attrs["units"],
                population,
                group["members"][:],
                group["steps"][:],
                group["values"][:],
            )
            for variable, populations in file.items()
            for population, group in populations.items()
        )
