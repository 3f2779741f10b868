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

from host.collector import parts_in
from host.config import Config, to_yaml
from host.datafiles import Recorded
from host.errors import OutputError
from host.runfolder import CHECKPOINT, cannot_write

__all__ = ["CONFIG", "PARTS", "read_prefix", "unfinished_folder", "working_in"]

CONFIG = "config.yaml"
LOCK = "lock"
PARTS = "parts"


def unfinished_folder(folder: Path) -> Path:
    """Where the unfinished run lies that is to become `folder`."""
    path = folder.absolute()
    return path.with_name(f"{path.name}.unfinished")


def read_prefix(folder: Path) -> Recorded:
    """What an unfinished run has recorded so far, whether it still runs or was killed.

    Parameters
    ----------
    folder : Path
        The run folder that was to be.
    """
    return parts_in(unfinished_folder(folder) / PARTS)


@contextmanager
def working_in(folder: Path, config: Config, *, resumed: bool) -> Iterator[Path]:
    """Folder for a run to work in, which is its own as long as the context lasts.

    Parameters
    ----------
    folder : Path
        The run folder that is to be.
    config : Config
    resumed : bool
        Whether the run is the continuation of the one in the folder, which else is removed.

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
            if not resumed:
                _clear(path)
            (path / CONFIG).write_text(to_yaml(config), encoding="utf-8")
            yield path
        except BaseException as error:
            if not (path / CHECKPOINT).is_file():
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
