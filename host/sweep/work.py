"""One point, run by a worker: in a process of this computer, or of a cluster.

The run is written to a folder of its own in ``work`` and becomes the folder of the point when it
is complete. A worker that does not see the folder of the sweep gives the files back instead.
"""

import io
import os
import platform
import shutil
import tempfile
import time
import traceback
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, NamedTuple

from host.config import Config
from host.errors import ExitCode, exit_code
from host.pipeline import run
from host.sweep.folder import POINTS, WORK, PointError, Status, publish, status_of

__all__ = ["Outcome", "PointTask", "Stopped", "is_done", "receive", "run_point", "this_worker"]

CHECK_S = 0.5
"""How often a run looks whether it is to stop."""
RUN = "run"


class PointTask(NamedTuple):
    """A point to be run."""

    name: str
    """Of its folder."""
    config: Config
    sweep: Path
    """Folder of the sweep, absolute."""
    token: str
    """Name of a file in ``work`` that is there as long as the sweep is to go on."""
    n_threads: int
    """Of the run, if the configuration leaves it open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a point.

    Attributes
    ----------
    status : {"done", "does_not_fit", "failed", "stopped"}
    error : PointError or None
        If it failed, or does not fit.
    files : bytes or None
        The run folder as a ZIP archive, if the worker does not see the folder of the sweep.
    worker : str
    """

    status: Status | Literal["stopped"]
    error: PointError | None = None
    files: bytes | None = None
    worker: str = ""


class Stopped(Exception):  # noqa: N818 - no error
    """The sweep was stopped while the point was running."""


def is_done(task: PointTask) -> bool:
    """Whether the point has its run already, as far as is seen from here."""
    return status_of(task.sweep / POINTS / task.name) == "done"


def this_worker() -> str:
    """Name of this process: that of its computer, and its number."""
    return f"{platform.node()}:{os.getpid()}"


def run_point(task: PointTask) -> Outcome:
    """Run a point, unless it is done already; errors are part of what it gives."""
    worker, token = this_worker(), task.sweep / WORK / task.token
    is_shared = token.is_file()
    if is_done(task):
        return Outcome(status="done", worker=worker)
    try:
        with _workplace(task, is_shared=is_shared) as folder:
            _run(task, folder / RUN, token if is_shared else None)
            if not is_shared:
                return Outcome(status="done", files=_packed(folder / RUN), worker=worker)
            publish(folder / RUN, task.sweep, task.name)
            return Outcome(status="done", worker=worker)
    except Stopped:
        return Outcome(status="stopped", worker=worker)
    except Exception as error:  # noqa: BLE001 - any error of a point is kept
        if is_shared and not token.is_file():  # the sweep was stopped, or begun anew
            return Outcome(status="stopped", worker=worker)
        told = _told(error, worker)
        return Outcome(status=told.status, error=told, worker=worker)


def _run(task: PointTask, folder: Path, token: Path | None) -> None:
    config = task.config
    if config.run.threads is None:
        config = replace(config, run=replace(config.run, threads=task.n_threads))
    run(config, progress=_KeepGoing(token), run_dir=folder)


def _told(error: Exception, worker: str) -> PointError:
    fits = exit_code(error) != ExitCode.DOES_NOT_FIT
    return PointError(
        status="failed" if fits else "does_not_fit",
        type=type(error).__name__,
        message=" ".join(str(error).split()) or type(error).__name__,
        trace="".join(traceback.format_exception(error)),
        worker=worker,
    )


@contextmanager
def _workplace(task: PointTask, *, is_shared: bool) -> Iterator[Path]:
    """Folder of its own, on the file system of the sweep if that is seen from here."""
    if not is_shared:
        with tempfile.TemporaryDirectory(prefix="chipemu-") as name:
            yield Path(name)
        return
    folder = task.sweep / WORK / f"{task.name}-{uuid.uuid4().hex[:8]}"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _KeepGoing:
    """Progress of a run that stops soon after the file `token` is gone."""

    def __init__(self, token: Path | None) -> None:
        self._token, self._next_s = token, 0.0

    @contextmanager
    def phase(self, name: str, total: float | None = None) -> Iterator[None]:  # noqa: ARG002
        self._check()
        yield

    def advance(self, amount: float = 1.0) -> None:  # noqa: ARG002
        self._check()

    def report(self, share: float, note: str) -> None:  # noqa: ARG002
        self._check()

    def _check(self) -> None:
        if self._token is None or time.monotonic() < self._next_s:
            return
        self._next_s = time.monotonic() + CHECK_S
        if not self._token.is_file():
            raise Stopped


def _packed(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            archive.write(path, path.relative_to(folder))
    return buffer.getvalue()


def receive(files: bytes, sweep: Path, name: str) -> None:
    """Make the run folder that a worker gave back as `files` that of the point called `name`."""
    folder = sweep / WORK / f"{name}-{uuid.uuid4().hex[:8]}"
    with zipfile.ZipFile(io.BytesIO(files)) as archive:
        archive.extractall(folder)
    publish(folder, sweep, name)
