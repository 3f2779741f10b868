"""``chipemu resume``: go on with a run that was interrupted, or make a finished one longer."""

from pathlib import Path
from typing import Annotated

import typer

from host.cli.parts import AsJson, Quiet, Threads, console, option, print_json

__all__ = ["resume", "tell_unfinished"]

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
    from host.results import summary
    from host.resume import resume as resume_run
    from host.tables import run_tables
    from host.yamlfile import parse_scalar

    texts = {"run.time_ms": time, "run.threads": threads}
    changes = {key: parse_scalar(text) for key, text in texts.items() if text is not None}
    screen = console()
    try:
        with shown(screen, quiet=quiet) as progress:
            results = resume_run(folder, changes=changes, progress=progress)
    except KeyboardInterrupt:
        tell_unfinished(folder)
        raise
    if as_json:
        print_json("run", summary(results))
    elif not quiet:
        screen.print(run_tables(results))


def tell_unfinished(folder: Path) -> None:
    """Say how to go on with a run that was interrupted, if it can."""
    from host.runfolder import CHECKPOINT, unfinished_folder

    if (unfinished_folder(folder) / CHECKPOINT).is_file():
        console().print(f"not finished; go on with: chipemu resume {folder}", soft_wrap=True)
