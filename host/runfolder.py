"""The folder of a run: reserved before, written in one stroke after, read back later.

==================  ==============================================================================
``manifest.json``   what made the run, and the machine: enough to repeat it (`host.manifest`)
``config.yaml``     the whole configuration
``summary.json``    `host.results.summary`
``counters.json``   all counts
``actions.json``    what cost energy, phase by phase (`host.energy.RunActions`)
``spikes.h5``       spikes (`host.datafiles`)
``recordings.h5``   samples, if there are any (`host.datafiles`)
``checkpoint.npz``  state of the cores at the end, if there were checkpoints (`host.checkpoint`)
``network.json``    what the network is (`host.networks.description`)
``network/``        copy of the network's file and its lists, if it has one (`host.belongings`)
``tables.sqlite``   all tables of `Results.tables` (`host.tablefile`)
==================  ==============================================================================

docs/formats.md describes each file for those who read it with other programs. All are written to
a folder beside, which is then renamed, so that a run folder is either complete or not there.
"""

import itertools
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from host.atomic import share
from host.belongings import keep_network, with_kept_network
from host.config import Config, config_hash, load_config, to_yaml
from host.countertables import read_table
from host.datafiles import (
    RECORDINGS,
    SPIKES,
    Recorded,
    read_recordings,
    read_spikes,
    write_recorded,
)
from host.datatable import Table
from host.energy import RunActions
from host.errors import OutputError
from host.manifest import MANIFEST, make_manifest, read_manifest
from host.networks.description import NetworkDescription
from host.results import Results, plain, summary
from host.tablefile import TABLES, read_tables, write_tables
from host.timing import Timing

__all__ = [
    "CHECKPOINT",
    "MANIFEST",
    "cannot_write",
    "check_replaceable",
    "default_run_folder",
    "load_network",
    "load_run",
    "prepare_run_folder",
    "release",
    "unfinished_folder",
    "write_run",
]

CHECKPOINT = "checkpoint.npz"
NETWORK = "network.json"


def default_run_folder(config: Config) -> Path:
    """First folder ``runs/<network>-<hash>-<n>`` that does not exist yet."""
    stem = f"{Path(config.network.name).stem}-{config_hash(config)[:8]}"
    folders = (Path("runs") / f"{stem}-{n}" for n in itertools.count(1))
    return next(f for f in folders if not (f.exists() or unfinished_folder(f).exists()))


def unfinished_folder(folder: Path) -> Path:
    """Where the unfinished run lies that is to become `folder` (`host.unfinished`)."""
    path = folder.absolute()
    return path.with_name(f"{path.name}.unfinished")


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
    if (unfinished_folder(path) / CHECKPOINT).is_file() and not force:
        msg = (
            f"{path} has an unfinished run; go on with it by: chipemu resume {path}, replace it "
            "with --force, or choose another with --output"
        )
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


def write_run(
    results: Results,
    folder: Path,
    *,
    recorded: Recorded | None = None,
    unfinished: Path | None = None,
) -> Results:
    """Write `results` to `folder`, replacing an earlier run there but nothing else.

    Parameters
    ----------
    results : Results
    folder : Path
    recorded : Recorded, optional
        What was recorded, instead of what `results` hold; the results that are returned read it
        from the folder.
    unfinished : Path, optional
        Folder of the unfinished run (`host.unfinished`), on the same file system; a checkpoint in
        it becomes part of the run, and the rest is removed.

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
    held = Recorded([results.spikes] if results.spikes else [], [results.recordings])
    try:
        check_replaceable(folder)
        with _replacing(folder, unfinished) as new:
            keep_network(results.config.network.name, new, earlier=unfinished)
            _write_files(results, recorded or held, new)
            if unfinished is not None and (unfinished / CHECKPOINT).is_file():
                share(unfinished / CHECKPOINT, new / CHECKPOINT)
    except OutputError:
        raise
    except OSError as error:
        raise cannot_write(folder, error) from error
    if recorded is None:
        return results
    folder = folder.absolute()
    return replace(
        results,
        spikes=read_spikes(folder / SPIKES),
        recordings=read_recordings(folder / RECORDINGS),
    )


def cannot_write(folder: Path, error: OSError) -> OutputError:
    """What to raise if a run folder cannot be written."""
    return OutputError(f"cannot write run folder {folder}: {error.strerror or error}")


@contextmanager
def _replacing(folder: Path, unfinished: Path | None) -> Iterator[Path]:
    """Folder to write to, which takes the place of `folder` if all goes well."""
    folder = folder.absolute()  # once: the current folder itself may be renamed
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _beside(folder) if unfinished is None else nullcontext(str(unfinished)) as scratch:
        new, old = Path(scratch) / "new", Path(scratch) / "old"
        for left in (new, old):  # by a run that was killed here
            shutil.rmtree(left, ignore_errors=True)
        new.mkdir()
        yield new
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
    if unfinished is not None:
        shutil.rmtree(unfinished)


def _beside(folder: Path) -> tempfile.TemporaryDirectory[str]:
    """Temporary folder on the same file system as `folder`, to rename from."""
    path = folder.absolute()
    return tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.")


def _write_files(results: Results, recorded: Recorded, folder: Path) -> None:
    as_it_began = replace(results, config=with_kept_network(results.config, folder))
    _write_json(folder / MANIFEST, make_manifest(as_it_began))
    account = summary(results)
    del account["run_dir"]  # a folder may be moved
    _write_json(folder / "summary.json", account)
    _write_json(folder / "counters.json", plain(results.counters))
    if results.actions is not None:
        _write_json(folder / "actions.json", results.actions.to_json())
    (folder / "config.yaml").write_text(to_yaml(results.config), encoding="utf-8")
    write_recorded(recorded, folder)
    if results.network is not None:
        _write_json(folder / NETWORK, results.network.to_json())
    if results.tables:
        write_tables(folder / TABLES, results.tables)


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def load_run(folder: Path | str) -> Results:
    """Results of the run that was written to `folder`.

    Spikes and samples are read when they are looked at.

    Raises
    ------
    OutputError
        If `folder` is no run folder, of a later version, or lacks a file.
    """
    folder = Path(folder)
    if not (folder / MANIFEST).is_file():
        msg = f"{folder} is no run folder: it has no {MANIFEST}"
        if unfinished_folder(folder).is_dir():
            msg = f"{folder} is not finished; go on with it by: chipemu resume {folder}"
        raise OutputError(msg)
    manifest = read_manifest(folder)
    try:
        values = _read_values(folder) | {
            "machine_description": manifest.get("machine_description", {})
        }
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
    apart = ("network", "numbers", "run_dir")  # told by the configuration and the folder
    kept = {key: value for key, value in account.items() if key not in apart}
    return kept | {
        "counters": _read_json(folder / "counters.json"),
        "actions": _read_actions(folder / "actions.json"),
        "timing": TypeAdapter(Timing | None).validate_python(account.get("timing")),
        "spikes": read_spikes(folder / SPIKES),
        "recordings": read_recordings(folder / RECORDINGS),
        "tables": read_tables(folder / TABLES) or _former_tables(folder),
        "network": load_network(folder),
    }


def _read_json(path: Path) -> dict[str, Any]:
    value = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(value, dict):
        msg = f"{path.name} is no mapping"
        raise ValueError(msg)  # noqa: TRY004
    return value


def _read_actions(path: Path) -> RunActions | None:
    return RunActions.from_json(_read_json(path)) if path.is_file() else None


def load_network(folder: Path) -> NetworkDescription | None:
    """Describe the network of the run in `folder`; None: an earlier version wrote it.

    Raises
    ------
    ValueError
        If the file is damaged.
    """
    path = folder / NETWORK
    return NetworkDescription.from_json(_read_json(path)) if path.is_file() else None


def _former_tables(folder: Path) -> dict[str, Table]:
    """Tables of a folder of format 1."""
    paths = {name: folder / f"{name}.csv" for name in ("cores", "routers")}
    return {name: read_table(path) for name, path in paths.items() if path.is_file()}
