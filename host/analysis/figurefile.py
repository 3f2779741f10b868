"""Files that a figure can be written to."""

from pathlib import Path

from host.errors import ConfigError, OutputError

__all__ = ["check_figure"]

ENDINGS = (".svg", ".pdf", ".png")


def check_figure(path: Path) -> None:
    """Check that a figure can be written to `path`, before long work starts.

    Raises
    ------
    ConfigError
        If its name ends in none of `ENDINGS`.
    OutputError
        If there is no such folder, or something else lies there.
    """
    if path.suffix.lower() not in ENDINGS:
        msg = f"--figure {path}: choose a name that ends in {', '.join(ENDINGS)}"
        raise ConfigError(msg)
    if path.exists() and not path.is_file():
        msg = f"cannot write {path}: it is no file; choose another name"
        raise OutputError(msg)
    if not path.parent.is_dir():
        msg = f"cannot write {path}: there is no folder {path.parent}; make it first"
        raise OutputError(msg)
