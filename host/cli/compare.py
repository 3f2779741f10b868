"""The command ``chipemu compare``: finished runs side by side."""

from pathlib import Path
from typing import Annotated

import typer

from host.cli.parts import AsJson, Quiet, console, print_json

__all__ = ["compare"]

Runs = Annotated[list[Path], typer.Argument(metavar="RUN RUN...", help="Folders of finished runs.")]


def compare(runs: Runs, *, as_json: AsJson = False, quiet: Quiet = False) -> None:
    """Compare finished runs with the first of them: what was set, what came out, spike by spike."""
    from host.comparison import compare_runs

    comparison = compare_runs(runs)
    if as_json:
        print_json("comparison-of-runs", comparison.to_json())
    elif not quiet:
        from host.comparisontables import comparison_tables

        console().print(comparison_tables(comparison))
