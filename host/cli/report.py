"""The command ``chipemu report``: a run or a sweep as one page of HTML."""

# Heavy modules are imported when they are used.

from pathlib import Path
from typing import Annotated

import typer

from host.cli.parts import OUTPUT, AsJson, Quiet, console, option, print_json
from host.errors import ConfigError, OutputError

__all__ = ["FILE", "report", "write_page"]

FILE = "report.html"
"""Name of the page in the folder that it tells of."""

Folder = Annotated[
    Path, typer.Argument(metavar="RUN|SWEEP", help="Folder of a finished run, or of a sweep.")
]
Output = Annotated[
    Path | None, option("--output", f"Page; default: {FILE} in the folder.", "FILE.html", OUTPUT)
]
Open = Annotated[bool, typer.Option("--open", help="Show it in the browser.")]


def report(
    folder: Folder,
    output: Output = None,
    *,
    opened: Open = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write a run or a sweep as one page of HTML that needs nothing beside it."""
    path = output or folder / FILE
    _check_folder(folder)
    _check_output(path)
    kind, page = _made(folder, path.parent)
    n_bytes = write_page(page, path)
    if as_json:
        account = {"kind": kind, "folder": str(folder), "report": str(path), "n_bytes": n_bytes}
        print_json("report", account)
    elif not quiet:
        told = f"written: {path}, {n_bytes / 1e6:.2f} MB"
        console().print(told, highlight=False, soft_wrap=True)
    if opened:
        typer.launch(path.resolve().as_uri())


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        msg = f"{folder}: there is no such folder; name a run folder or the folder of a sweep"
        raise OutputError(msg)


def _check_output(path: Path) -> None:
    """Refuse a place that cannot be written to before the page is made."""
    if path.suffix.lower() not in (".html", ".htm"):
        msg = f"--output {path}: reports are HTML; choose a name that ends in .html"
        raise ConfigError(msg)
    if path.exists() and not path.is_file():
        msg = f"cannot write {path}: it is no file; choose another with --output"
        raise OutputError(msg)
    if not path.parent.is_dir():
        msg = f"cannot write {path}: there is no folder {path.parent}; make it first"
        raise OutputError(msg)


def write_page(page: str, path: Path) -> int:
    """Write a page in one stroke.

    Returns
    -------
    int
        Its size (bytes).

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    from host.atomic import complete

    text = page.encode("utf-8")
    try:
        with complete(path) as scratch:
            scratch.write_bytes(text)
    except OSError as error:
        msg = f"cannot write {path}: {error.strerror}; choose another with --output"
        raise OutputError(msg) from error
    return len(text)


def _made(folder: Path, place: Path) -> tuple[str, str]:
    """Kind of what lies in `folder`, and its page."""
    from host.report import render_run, render_sweep
    from host.runfolder import load_run
    from host.sweep import load_sweep
    from host.sweep.folder import STATE

    if (folder / STATE).is_file():
        return "sweep", render_sweep(load_sweep(folder), place=place)
    return "run", render_run(load_run(folder))
