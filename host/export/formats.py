"""The formats that runs are exported to, and the one function that does it.

What is written is complete or not there. Packages of the extra ``export`` are imported when their
format is asked for.
"""

import shutil
import tempfile
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import h5py

from host.atomic import complete
from host.errors import ConfigError, OutputError, did_you_mean
from host.results import Results

__all__ = ["FORMATS", "Format", "check_format", "copy_account", "default_target", "export_run"]


class Format(NamedTuple):
    """A format, written by the function ``write(results, path)`` of a module."""

    words: str
    module: str
    suffix: str
    """Of its file; empty: it is a folder."""
    needs: tuple[str, ...] = ()
    """Packages of the extra ``export``."""
    mark: str = ""
    """Attribute by which its HDF5 file is known."""


FORMATS = {
    "sonata": Format("SONATA: nodes, spikes and recordings in HDF5", "sonata", ""),
    "nwb": Format("Neurodata Without Borders 2, in HDF5", "nwb", ".nwb", ("pynwb",), "nwb_version"),
    "nix": Format(
        "NIX, the file format of Neo, in HDF5", "nix", ".nix", ("neo", "nixio"), "format"
    ),
    "neo": Format("the same: what neo.NixIO reads", "nix", ".nix", ("neo", "nixio"), "format"),
    "parquet": Format("Apache Parquet, a file for each table", "parquet", "", ("pyarrow",)),
    "csv": Format("comma-separated values, a file for each table", "csvfiles", ""),
}
"""Formats by name."""
MARK = "manifest.json"
"""File of every exported folder, by which it is known as one that may be replaced."""


def default_target(run: Path, name: str) -> Path:
    """Where the run in the folder `run` goes if nothing else is said: beside it."""
    form = FORMATS[name]
    folder = run.absolute()
    return folder.with_name(f"{folder.name}{form.suffix or f'-{name}'}")


def export_run(results: Results, name: str, target: Path, *, force: bool = False) -> None:
    """Write a run to `target` in one of `FORMATS`.

    Parameters
    ----------
    results : Results
        Of a run that has a folder.
    name : str
    target : Path
        File, or folder, which must not exist.
    force : bool
        Replace an earlier export of this format.

    Raises
    ------
    ConfigError
        If there is no such format, its packages are not installed, or `target` ends otherwise.
    OutputError
        If `target` exists, lies in a run folder, or cannot be written.
    """
    form = check_format(name)
    _check_free(target, form, force=force)
    write = import_module(f"host.export.{form.module}").write
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if form.suffix:
            with complete(target) as scratch:
                write(results, scratch)
            return
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as beside:
            folder = Path(beside) / "new"
            folder.mkdir()
            write(results, folder)
            if target.exists():
                target.rename(Path(beside) / "old")
            folder.rename(target)
    except OSError as error:
        msg = f"cannot write {target}: {error.strerror or error}; choose another with --output"
        raise OutputError(msg) from error


def check_format(name: str) -> Format:
    """Format called `name`.

    Raises
    ------
    ConfigError
        If there is none of this name, or its packages are not installed.
    """
    if name not in FORMATS:
        hint = did_you_mean(name, FORMATS) or f"; there are {', '.join(FORMATS)}"
        msg = f"--to: unknown format {name!r}{hint}"
        raise ConfigError(msg)
    form = FORMATS[name]
    missing = [package for package in form.needs if find_spec(package) is None]
    if missing:
        msg = (
            f"--to {name} needs {' and '.join(missing)}, of the extra 'export'; install it by: "
            "pip install 'chipemu[export]'"
        )
        raise ConfigError(msg)
    return form


def _check_free(target: Path, form: Format, *, force: bool) -> None:
    if _is_run(target.absolute().parent):
        msg = f"{target} lies in a run folder; choose another place with --output"
        raise OutputError(msg)
    if form.suffix and target.suffix != form.suffix:
        msg = f"--output {target}: choose a name that ends in {form.suffix}, as its readers expect"
        raise ConfigError(msg)
    if not target.exists():
        return
    if not force:
        msg = f"{target} exists; replace it with --force or choose another with --output"
        raise OutputError(msg)
    is_ours = _has_mark(target, form.mark) if form.suffix else (target / MARK).is_file()
    if _is_run(target) or not is_ours:
        msg = f"{target} is no earlier export; choose another with --output"
        raise OutputError(msg)


def _is_run(folder: Path) -> bool:
    return all((folder / name).is_file() for name in (MARK, "config.yaml", "summary.json"))


def _has_mark(path: Path, mark: str) -> bool:
    """Whether `path` is an HDF5 file with this attribute."""
    if not (path.is_file() and h5py.is_hdf5(path)):
        return False
    with h5py.File(path) as file:
        return mark in file.attrs


def copy_account(results: Results, folder: Path) -> None:
    """Copy manifest and configuration of a run to an exported folder."""
    assert results.run_dir is not None
    for name in (MARK, "config.yaml"):
        shutil.copyfile(results.run_dir / name, folder / name)
