"""The command ``chipemu report``: a run or a sweep as one page of HTML."""

# Heavy modules are imported when they are used.

from pathlib import Path
from typing import Annotated

import typer

from host.cli.parts import OUTPUT, AsJson, Quiet, console, option, print_json
from host.errors import OutputError

__all__ = ["FILE", "report"]

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
    from host.askedfiles import check_place, write_text

    path = output or folder / FILE
    _check_folder(folder)
    check_place(path, "--output", (".html", ".htm"))
    kind, page = _made(folder, path.parent)
    n_bytes = write_text(path, page)
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


def _made(folder: Path, place: Path) -> tuple[str, str]:
    """Kind of what lies in `folder`, and its page."""
    from host.report import render_run, render_sweep
    from host.runfolder import load_run
    from host.sweep import load_sweep
    from host.sweep.folder import STATE

    if (folder / STATE).is_file():
        return "sweep", render_sweep(load_sweep(folder), place=place)
    return "run", render_run(load_run(folder))
