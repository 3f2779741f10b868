"""The experiment: sweep or search, variant by variant, then files and sentences."""

from functools import partial
from itertools import product
from pathlib import Path

import host
from experiments.running import Run
from experiments.search import bisect
from experiments.spike_loss import Options
from experiments.spike_loss.figure import draw
from experiments.spike_loss.measure import Bench
from experiments.spike_loss.points import Point, Variant, all_variants, check_points
from experiments.spike_loss.report import by_variant, short_table, write_tidy
from experiments.spike_loss.sentences import CRITERIA, bracketing, notes, sentences
from host.experiments import Finding
from host.progress import Progress

__all__ = ["run"]


def run(
    options: Options, *, progress: Progress, output: Path, run_network: Run | None = None
) -> Finding:
    """Run all points; the file of rows grows as mappings are done.

    Parameters
    ----------
    options : Options
    progress : Progress
    output : Path
        Folder for ``spike_loss.csv`` and the figures.
    run_network : callable, optional
        By default `host.run`.
    """
    check_points(options)
    bench = Bench(options, run_network or host.run)
    table = output / "spike_loss.csv"
    for variant in all_variants(options):
        visit = _search if options.search else _sweep
        visit(bench, variant, options, progress)
        write_tidy(table, options, list(bench.outcomes.values()))
    found = by_variant(bench.outcomes.values())
    shown = [bracketing(own) if options.search else own for own in found.values()]
    columns, rows = short_table([outcome for own in shown for outcome in own])
    return Finding(
        columns=columns,
        rows=rows,
        sentences=(*notes(options, found), *sentences(found)),
        files=(table, *draw(found, output)),
    )


def _sweep(bench: Bench, variant: Variant, options: Options, progress: Progress) -> None:
    points = [
        Point(variant=variant, slowdown=slowdown, seed=seed)
        for slowdown, seed in product(options.slowdowns, options.seeds)
    ]
    with progress.phase(variant.mapping, len(points)):
        for point in points:
            bench.measure(point, progress)


def _search(bench: Bench, variant: Variant, options: Options, progress: Progress) -> None:
    """Look for all thresholds, with the transient and without; what was tried serves all."""

    def is_free(slowdown: float, which: str) -> bool:
        points = (Point(variant=variant, slowdown=slowdown, seed=seed) for seed in options.seeds)
        outcomes = [bench.measure(point, progress) for point in points]
        return all(getattr(outcome, which) for outcome in outcomes)

    low, high = min(options.slowdowns), max(options.slowdowns)
    with progress.phase(f"{variant.mapping}: searching"):
        for which in CRITERIA:
            bisect(partial(is_free, which=which), low, high, options.tolerance)
