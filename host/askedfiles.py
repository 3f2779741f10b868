"""Files that a command is asked to write: pictures, figures, pages."""

from collections.abc import Sequence
from pathlib import Path

from host.atomic import complete
from host.errors import ConfigError, OutputError

__all__ = ["check_place", "write_text"]


def check_place(path: Path, asked_by: str, endings: Sequence[str]) -> None:
    """Check that a file can be written to `path`, before long work starts.

    Parameters
    ----------
    path : Path
    asked_by : str
        Option that names it, such as ``--picture``.
    endings : sequence of str
        Of the formats that there are, such as ``".svg"``.

    Raises
    ------
    ConfigError
        If its name ends in none of `endings`.
    OutputError
        If there is no such folder, or something else lies there.
    """
    if path.suffix.lower() not in endings:
        msg = f"{asked_by} {path}: choose a name that ends in {', '.join(endings)}"
        raise ConfigError(msg)
    if path.exists() and not path.is_file():
        msg = f"cannot write {path}: it is no file; choose another name"
        raise OutputError(msg)
    if not path.parent.is_dir():
        msg = f"cannot write {path}: there is no folder {path.parent}; make it first"
        raise OutputError(msg)


def write_text(path: Path, text: str) -> int:
    """Write `text` to `path` in one stroke.

    Returns
    -------
    int
        Size of the file (bytes).

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    data = text.encode("utf-8")
    try:
        with complete(path) as scratch:
            scratch.write_bytes(data)
    except OSError as error:
        msg = f"cannot write {path}: {error.strerror}; choose another place"
        raise OutputError(msg) from error
    return len(data)
