"""``chipemu sweep``: run a configuration at many points."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from host.cli.parts import OUTPUT, AsJson, Quiet, Sets, console, option, overrides, print_json

if TYPE_CHECKING:
    from host.sweep import Plan, SweepResults
    from host.sweep.folder import Status
    from host.sweep.pool import Pool

__all__ = ["sweep"]

WORKERS = "Workers"
File = Annotated[Path, typer.Argument(metavar="FILE.yaml", help="What varies: docs/sweeps.md.")]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        min=1,
        help="Processes of this computer; by default as processors and memory allow.",
        show_default=False,
        rich_help_panel=WORKERS,
    ),
]
Scheduler = Annotated[
    str | None, option("--scheduler", "Of a Dask cluster.", "tcp://HOST:PORT", WORKERS)
]
Output = Annotated[
    Path | None, option("--output", "Folder of the sweep; by default runs/NAME.", "FOLDER", OUTPUT)
]
Retry = Annotated[bool, typer.Option("--retry", help="Run points again that failed.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="List the points, and run none.")]
MOST_ROWS = 40
"""Points that are listed in the end; more are in the files."""


def sweep(
    context: typer.Context,
    file: File,
    sets: Sets = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    output: Output = None,
    *,
    retry: Retry = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Run a configuration at many points, each a run folder, all of them one table.

    The same command goes on with a sweep that was interrupted, and runs what an edited file adds.
    """
    from host.errors import ConfigError, NotMetError, StoppedError
    from host.sweep import numbered, plan_sweep, run_sweep
    from host.sweep.screen import shown_sweep

    if workers is not None and scheduler is not None:
        msg = "--workers is for this computer, --scheduler for a cluster; give one"
        raise ConfigError(msg)
    plan = plan_sweep(file, overrides(context.params))
    folder = output if output is not None else Path("runs") / plan.name
    plan = numbered(plan, folder)
    if dry_run:
        _list(plan, folder, as_json=as_json, quiet=quiet)
        return
    pool, n_threads = _pool(plan, workers, scheduler)
    screen = console()
    try:
        with shown_sweep(screen, quiet=quiet) as listener:
            results = run_sweep(
                plan, folder, pool, retry=retry, n_threads=n_threads, listener=listener
            )
    except KeyboardInterrupt:
        msg = f"interrupted; what is done is in {folder}, and the same command goes on from there"
        raise StoppedError(msg) from None
    _tell(results, as_json=as_json, quiet=quiet)
    if n_failed := results.n("failed"):
        first = next(point for point in results.points if point.status == "failed")
        said = first.error.message if first.error is not None else ""
        msg = (
            f"{n_failed} of {len(results.points)} points failed, such as point {first.number}: "
            f"{said} (trace in {first.folder}); run them again with --retry"
        )
        raise NotMetError(msg)


def _pool(plan: "Plan", workers: int | None, scheduler: str | None) -> tuple["Pool", int]:
    """What runs the points, and the threads of each run."""
    if scheduler is not None:
        import logging

        from host.sweep.cluster import ClusterPool

        cluster = ClusterPool(scheduler)
        for handler in logging.getLogger("distributed").handlers:  # what matters is our last line
            handler.setLevel(logging.CRITICAL)
        return cluster, 1
    from host.sweep.pool import LocalPool
    from host.sweep.resources import default_workers, n_processors

    n_workers = workers or default_workers(point.n_synapses for point in plan.points)
    return LocalPool(n_workers), max(1, n_processors() // n_workers)


def _list(plan: "Plan", folder: Path, *, as_json: bool, quiet: bool) -> None:
    from host.sweep.folder import POINTS, status_of
    from host.sweep.tables import counts_line, plan_table

    statuses = {p.folder: status_of(folder / POINTS / p.folder) for p in plan.points}
    if as_json:
        print_json("sweep-plan", _planned(plan, folder, statuses))
    elif not quiet:
        screen = console()
        screen.print(plan_table(plan, statuses, screen.width))
        alike = f" ({plan.n_alike} more are the same)" if plan.n_alike else ""
        line = f"{len(plan.points)} points{alike}: {counts_line(statuses.values())}; in {folder}"
        screen.print(line, highlight=False, soft_wrap=True)


def _planned(plan: "Plan", folder: Path, statuses: Mapping[str, "Status"]) -> dict[str, Any]:
    points = [
        {
            "point": point.number,
            "folder": f"points/{point.folder}",
            "status": statuses[point.folder],
            "values": dict(point.values),
        }
        for point in plan.points
    ]
    return {"name": plan.name, "folder": str(folder), "keys": list(plan.keys), "points": points}


def _tell(results: "SweepResults", *, as_json: bool, quiet: bool) -> None:
    from host.sweep.tables import counts_line, results_table

    if as_json:
        print_json("sweep", results.to_json())
    elif not quiet:
        screen = console()
        if len(results.points) <= MOST_ROWS:
            screen.print(results_table(results, screen.width))
        counts = counts_line(point.status for point in results.points)
        line = f"{len(results.points)} points: {counts}; table in {results.folder / 'sweep.csv'}"
        screen.print(line, highlight=False, soft_wrap=True)
        screen.print(f"a page: chipemu report {results.folder}", highlight=False, soft_wrap=True)
