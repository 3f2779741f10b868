"""The command ``chipemu export``: a finished run in the format of other tools."""

from pathlib import Path
from typing import Annotated

import typer

from host.cli.parts import AsJson, Quiet, console, option, print_json

__all__ = ["export"]

Run = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a finished run.")]
To = Annotated[
    str,
    typer.Option(
        "--to", help="Format.", metavar="sonata|nwb|nix|neo|parquet|csv", show_default=False
    ),
]
Output = Annotated[
    Path | None, option("--output", "File, or folder; else beside the run.", "FILE|FOLDER")
]
Force = Annotated[bool, typer.Option("--force", help="Replace an earlier export.")]


def export(
    run: Run,
    to: To,
    output: Output = None,
    *,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write a finished run in a format that other tools read; docs/formats.md describes each."""
    from host.export import check_format, default_target, export_run
    from host.runfolder import load_run

    form = check_format(to)
    results = load_run(run)
    target = default_target(run, to) if output is None else output
    export_run(results, to, target, force=force)
    if as_json:
        print_json("export", {"run": str(run), "format": to, "output": str(target)})
    elif not quiet:
        console().print(f"written: {target} ({form.words})", soft_wrap=True)
