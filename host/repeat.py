"""Repeating a run from its folder: its configuration, its machine as it was, its network.

The configuration lies in the folder; the machine is taken from the manifest, whatever has become
of its file or preset. The network is made anew, of the copy of its file if it has one, and must be
the one that the folder describes; other files must still be there, unchanged. What else may have
changed, the versions of the programs, is told.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from host.belongings import with_kept_network
from host.config import Config, load_config
from host.errors import ConfigError, OutputError
from host.keptmachine import kept_machine
from host.machines import MachineSpec, load_machine
from host.manifest import MANIFEST, inputs_of, read_manifest, versions
from host.networks import build_network
from host.networks.description import describe_network
from host.runfolder import load_network

__all__ = ["Repeat", "is_run", "repeat_of"]

CONFIG = "config.yaml"


class Repeat(NamedTuple):
    """A run that is to be repeated."""

    config: Config
    machine: MachineSpec | None
    """The machine as it was; None: as its name says now."""
    notes: tuple[str, ...]
    """What may make a difference, in words."""


def is_run(path: Path) -> bool:
    """Whether `path` is a run folder, or the manifest of one."""
    return (path / MANIFEST).is_file() or (path.name == MANIFEST and path.is_file())


def repeat_of(path: Path, changes: Mapping[str, object]) -> Repeat:
    """What it takes to repeat a run.

    Parameters
    ----------
    path : Path
        A run folder, or its manifest.
    changes : mapping of str to object
        New values by dotted key; without ``"output"`` a new folder is made.

    Raises
    ------
    OutputError
        If the folder cannot be read, or the run cannot be repeated: it was of another network than
        the configuration names, or a file that it was made of is missing or has changed.
    ConfigError
        On changes that cannot be.
    """
    folder = path.parent if path.name == MANIFEST and path.is_file() else path
    manifest = read_manifest(folder)
    config = load_config(folder / CONFIG, {"output": None} | dict(changes))
    if "network.name" not in changes:
        config = with_kept_network(config, folder)
        _check_network(folder)
    notes = _version_notes(manifest)
    machine = None
    if "machine" not in changes:
        machine = kept_machine(folder)
        notes += _machine_notes(config, machine)
    _check_inputs(folder, config, manifest, changes)
    return Repeat(config, machine, tuple(notes + _search_notes(config)))


def _version_notes(manifest: Mapping[str, Any]) -> list[str]:
    was, now = manifest.get("versions", {}), versions()
    differing = [
        f"{name} {was[name]} (now {now[name]})"
        for name in now
        if name in was and was[name] != now[name] and name != "sqlite"
    ]
    return [f"made with {', '.join(differing)}: spikes may differ"] if differing else []


def _machine_notes(config: Config, machine: MachineSpec | None) -> list[str]:
    try:
        today: MachineSpec | None = load_machine(config.machine)
    except ConfigError:
        today = None
    if today == machine:
        return []
    what = "is not there any more" if today is None else "is another one today"
    return [f"machine {config.machine} {what}; the one of the run is taken (else give --machine)"]


def _check_inputs(
    folder: Path, config: Config, manifest: Mapping[str, Any], changes: Mapping[str, object]
) -> None:
    """Check that the files are as they were which the run was made of."""
    was: Mapping[str, str | None] = manifest.get("inputs_sha256", {})
    if {"machine", "mapping.folder"} & set(changes):
        return  # others are wanted
    now = inputs_of(config, manifest.get("machine_description", {}))
    for path in sorted(was.keys() | now.keys()):
        if was.get(path) != now.get(path):
            what = "is missing" if now.get(path) is None else "has changed since"
            msg = f"cannot repeat {folder}: it was made of {path}, which {what}"
            raise OutputError(msg)


def _check_network(folder: Path) -> None:
    """Check that the configuration names the network of the run, and that it is still the same."""
    try:
        was = load_network(folder)
    except (OSError, ValueError, LookupError) as error:
        msg = f"cannot read the network of {folder}: damaged ({error}); run it again"
        raise OutputError(msg) from error
    if was is None:
        return  # of a version that did not keep it
    config = with_kept_network(load_config(folder / CONFIG), folder)
    now = describe_network(build_network(config))
    if now.to_json() == was.to_json():
        return
    why = (
        f"its network {was.name!r} was given in Python; run its script again"
        if now.name != was.name
        else f"the network {was.name!r} is another one today; use the files and the version of then"
    )
    msg = f"cannot repeat {folder}: {why}"
    raise OutputError(msg)


def _search_notes(config: Config) -> list[str]:
    is_timed = config.run.timing == "full"
    if config.mapping.budget_s is None or not is_timed or config.mapping.folder is not None:
        return []
    return ["the placer searched for a limited time, so the mapping may differ, and with it losses"]
