"""The folder of a sweep: what lies where, and what has become of each point.

=======================  ==========================================================================
``sweep.json``           the points: number, folder, values of the keys that vary
``sweep.yaml``           the sweep's file, as it was when the command last ran
``base.yaml``            the configuration that the points change
``points/0007-1a2b3c4d`` a point: its run folder (`host.runfolder`), or ``error.json`` and
                         ``trace.txt`` if it has none
``sweep.csv``            the tidy table, a row for each point; also ``points`` of ``tables.sqlite``
``work``                 points under way; what lies here is of no use later
``lock``                 locked by the command that runs the sweep
=======================  ==========================================================================

Nothing but the folder of a point tells what became of it, so that a sweep that was killed at any
moment is never in contradiction with itself.
"""

import json
import os
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from host.atomic import complete
from host.errors import OutputError
from host.runfolder import MANIFEST

__all__ = [
    "BASE",
    "DEFINITION",
    "LOCK",
    "POINTS",
    "STATE",
    "WORK",
    "PlannedPoint",
    "PointError",
    "State",
    "Status",
    "publish",
    "read_error",
    "read_state",
    "status_of",
    "write_error",
    "write_state",
]

STATE = "sweep.json"
DEFINITION = "sweep.yaml"
BASE = "base.yaml"
POINTS = "points"
WORK = "work"
LOCK = "lock"
ERROR = "error.json"
TRACE = "trace.txt"
FORMAT = 1

Status = Literal["done", "does_not_fit", "failed", "missing"]
"""What became of a point: a run; a network too large for the machine; an error; nothing yet."""


class PlannedPoint(NamedTuple):
    """A point of a sweep."""

    number: int
    """From 1, never given to another point of the same folder."""
    folder: str
    """Name of its folder in ``points``: the number and a digest of the configuration."""
    values: Mapping[str, Any]
    """By key that varies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What ``sweep.json`` holds.

    Attributes
    ----------
    name : str
    keys : tuple of str
        Configuration keys that vary.
    points : tuple of PlannedPoint
        In the order of the sweep's file.
    retired : tuple of PlannedPoint
        Points of earlier versions of the file that it no longer asks for.
    versions : mapping of str to str or None
        Of the packages that planned the sweep.
    command : tuple of str
        That last ran it.
    """

    name: str
    keys: tuple[str, ...]
    points: tuple[PlannedPoint, ...]
    retired: tuple[PlannedPoint, ...] = ()
    versions: Mapping[str, str | None]
    command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PointError:
    """Why a point has no run.

    Attributes
    ----------
    status : {"does_not_fit", "failed"}
    type : str
        Class of the error.
    message : str
        One line.
    trace : str
        The whole trace, as Python prints it; empty if there is none.
    worker : str
        Where it happened.
    """

    status: Status
    type: str
    message: str
    trace: str = ""
    worker: str = ""


def read_state(folder: Path) -> State:
    """What ``sweep.json`` of `folder` holds.

    Raises
    ------
    OutputError
        If `folder` is no sweep, or the file is damaged or of another version.
    """
    path = folder / STATE
    if not path.is_file():
        msg = f"{folder} is no sweep: it has no {STATE}"
        raise OutputError(msg)
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if values["format"] != FORMAT:
            msg = f"format {values['format']}, this version reads {FORMAT}"
            raise ValueError(msg)  # noqa: TRY301
        return State(
            name=values["name"],
            keys=tuple(values["keys"]),
            points=_points(values["points"]),
            retired=_points(values["retired"]),
            versions=values["versions"],
            command=tuple(values["command"]),
        )
    except (OSError, ValueError, LookupError, TypeError) as error:
        why = (str(error) or type(error).__name__).splitlines()[0]
        msg = f"cannot read {path}: another version wrote it, or it is damaged ({why})"
        raise OutputError(msg) from error


def _points(values: list[dict[str, Any]]) -> tuple[PlannedPoint, ...]:
    return tuple(PlannedPoint(v["point"], v["folder"], v["values"]) for v in values)


def write_state(state: State, folder: Path) -> None:
    """Write ``sweep.json`` to `folder`, in one stroke."""
    values = {
        "format": FORMAT,
        "name": state.name,
        "keys": state.keys,
        "points": [_written(point) for point in state.points],
        "retired": [_written(point) for point in state.retired],
        "versions": dict(state.versions),
        "command": state.command,
    }
    with complete(folder / STATE) as path:
        path.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


def _written(point: PlannedPoint) -> dict[str, Any]:
    return {"point": point.number, "folder": point.folder, "values": dict(point.values)}


def status_of(folder: Path) -> Status:
    """What became of the point whose folder is `folder`."""
    if (folder / MANIFEST).is_file():
        return "done"
    error = read_error(folder)
    return "missing" if error is None else error.status


def read_error(folder: Path) -> PointError | None:
    """Why the point of `folder` has no run; None if there is no error."""
    try:
        values = json.loads((folder / ERROR).read_text(encoding="utf-8"))
        trace = folder / TRACE
        text = trace.read_text(encoding="utf-8") if trace.is_file() else ""
        return PointError(**values, trace=text)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        msg = f"cannot read {folder / ERROR} ({error}); remove {folder}, and the point runs again"
        raise OutputError(msg) from error


def write_error(error: PointError, sweep: Path, name: str) -> None:
    """Keep the error of the point whose folder is called `name`, unless it has a run."""
    scratch = sweep / WORK / uuid.uuid4().hex
    scratch.mkdir(parents=True)
    values = {key: getattr(error, key) for key in ("status", "type", "message", "worker")}
    (scratch / ERROR).write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
    if error.trace:
        (scratch / TRACE).write_text(error.trace, encoding="utf-8")
    publish(scratch, sweep, name)


def publish(new: Path, sweep: Path, name: str) -> None:
    """Make `new`, a folder in ``work``, that of the point called `name`.

    The first run that is complete stays: what comes later, from a worker that was given up for
    dead, is the same run and is removed. A run takes the place of an error.
    """
    target = sweep / POINTS / name
    target.parent.mkdir(exist_ok=True)
    while True:
        try:
            os.rename(new, target)  # noqa: PTH104 - fails if there are files in `target`
        except OSError:
            if not target.is_dir():
                raise
        else:
            return
        if status_of(target) == "done":
            shutil.rmtree(new, ignore_errors=True)
            return
        old = new.with_name(f"{new.name}.old")
        try:
            target.rename(old)
        except FileNotFoundError:  # another worker was faster
            continue
        shutil.rmtree(old, ignore_errors=True)
