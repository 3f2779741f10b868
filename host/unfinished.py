"""The folder of a run that is not finished: beside the run folder, and locked while it runs.

``<folder>.unfinished`` holds the configuration, the recorded data in parts and, if there are
checkpoints, the last one. A run that fails removes it, unless a checkpoint is in it; a run that is
killed leaves it behind. `host.resume` goes on from there.
"""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from host.checkpoint import Checkpoint
from host.collector import parts_in
from host.datafiles import Recorded
from host.errors import OutputError
from host.runfolder import CHECKPOINT, cannot_write, unfinished_folder

__all__ = ["CONFIG", "PARTS", "Work", "read_prefix", "working_in"]

CONFIG = "config.yaml"
LOCK = "lock"
PARTS = "parts"


class Work(NamedTuple):
    """A run that goes on."""

    folder: Path
    """Where it lies (`working_in`)."""
    checkpoint: Checkpoint | None
    """From where; None: from the first step."""


def read_prefix(folder: Path) -> Recorded:
    """What an unfinished run has recorded so far, whether it still runs or was killed.

    Parameters
    ----------
    folder : Path
        The run folder that was to be.
    """
    return parts_in(unfinished_folder(folder) / PARTS)


@contextmanager
def working_in(folder: Path, *, keep: bool = False) -> Iterator[Path]:
    """Folder for a run to work in, which is its own as long as the context lasts.

    Parameters
    ----------
    folder : Path
        The run folder that is to be.
    keep : bool
        Whether to go on with what is there; by default it is removed.

    Raises
    ------
    OutputError
        If another run works there, or the folder cannot be written.
    """
    path = unfinished_folder(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock = (path / LOCK).open("w")
    except OSError as error:
        raise cannot_write(folder, error) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            msg = f"another run is writing {folder}; wait for it, or choose another with --output"
            raise OutputError(msg) from error
        try:
            if not keep:
                _clear(path)
            yield path
        except BaseException as error:
            if not (keep or (path / CHECKPOINT).is_file()):
                shutil.rmtree(path, ignore_errors=True)
            if isinstance(error, OSError) and not isinstance(error, OutputError):
                raise cannot_write(folder, error) from error
            raise


def _clear(folder: Path) -> None:
    """Remove all but the lock."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != LOCK:
            path.unlink()
