"""``chipemu resume``: go on with a run that was interrupted, or make a finished one longer."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from host.cli.parts import AsJson, Quiet, Threads, console, option, print_json
from host.errors import StoppedError

if TYPE_CHECKING:
    from host.results import Results

__all__ = ["resume", "tell_results", "tell_unfinished"]

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="Run folder that is or was to be.")]
Time = Annotated[
    str | None, option("--time", "Biological time that counts, in all; else as before.", "MS")
]


def resume(
    folder: Folder,
    time: Time = None,
    threads: Threads = None,
    *,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Go on with a run from its last checkpoint, as if it had never been interrupted."""
    from host.progress import shown
    from host.resume import resume as resume_run
    from host.stopping import interruptible
    from host.yamlfile import parse_scalar

    texts = {"run.time_ms": time, "run.threads": threads}
    changes = {key: parse_scalar(text) for key, text in texts.items() if text is not None}
    screen = console()
    try:
        with shown(screen, quiet=quiet) as progress, interruptible(screen.print) as stop:
            results = resume_run(folder, changes=changes, progress=progress, stop=stop)
    except KeyboardInterrupt:
        tell_unfinished(folder)
        raise
    tell_results(results, as_json=as_json, quiet=quiet)


def tell_results(results: "Results", *, as_json: bool, quiet: bool) -> None:
    """Print what a run gave, and end the command accordingly.

    Raises
    ------
    StoppedError
        If the run was stopped early.
    """
    from host.results import summary
    from host.tables import run_tables

    screen = console()
    if as_json:
        print_json("run", summary(results))
    elif not quiet:
        screen.print(run_tables(results))
    if results.asked_time_ms is not None:
        raise StoppedError(_stopped_text(results))


def _stopped_text(results: "Results") -> str:
    """How far a stopped run has come, and how it could go on."""
    from host.runfolder import CHECKPOINT

    asked_ms, done_ms = results.asked_time_ms, results.config.run.time_ms
    folder = results.run_dir
    text = f"stopped after {done_ms:.12g} of {asked_ms:.12g} ms, which are in {folder}"
    if folder is not None and (folder / CHECKPOINT).is_file():
        text += f"; go on with: chipemu resume {folder} --time {asked_ms:.12g}ms"
    return text


def tell_unfinished(folder: Path) -> None:
    """Say how to go on with a run that was interrupted, if it can."""
    from host.runfolder import CHECKPOINT, unfinished_folder

    if (unfinished_folder(folder) / CHECKPOINT).is_file():
        console().print(f"not finished; go on with: chipemu resume {folder}", soft_wrap=True)
