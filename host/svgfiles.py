"""Pictures as files that a command is asked for."""

from pathlib import Path

from host.errors import ConfigError, OutputError

__all__ = ["check_svg", "save_svg"]


def check_svg(path: Path, asked_by: str) -> None:
    """Check that a picture can be written to `path`, before long work starts.

    Parameters
    ----------
    path : Path
    asked_by : str
        Option that names it, such as ``--picture``.

    Raises
    ------
    ConfigError
        If its name does not end in ``.svg``.
    OutputError
        If there is no such folder, or something else lies there.
    """
    if path.suffix.lower() != ".svg":
        msg = f"{asked_by} {path}: pictures are SVG; choose a name that ends in .svg"
        raise ConfigError(msg)
    if path.exists() and not path.is_file():
        msg = f"cannot write {path}: it is no file; choose another name"
        raise OutputError(msg)
    if not path.parent.is_dir():
        msg = f"cannot write {path}: there is no folder {path.parent}; make it first"
        raise OutputError(msg)


def save_svg(path: Path, drawn: str) -> None:
    """Write the SVG text `drawn` to `path`.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    try:
        path.write_text(drawn, encoding="utf-8")
    except OSError as error:
        msg = f"cannot write {path}: {error.strerror}"
        raise OutputError(msg) from error
