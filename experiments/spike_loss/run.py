"""The experiment: sweep or search, variant by variant, then files and sentences."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import product
from pathlib import Path

import host
from experiments.spike_loss import Options
from experiments.spike_loss.figure import draw
from experiments.spike_loss.measure import Bench, Outcome, Run
from experiments.spike_loss.points import Point, Variant, all_variants, check_points
from experiments.spike_loss.report import by_variant, sentence, short_table, write_tidy
from experiments.spike_loss.search import bisect
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
    ordered = [outcome for own in found.values() for outcome in own]
    columns, rows = short_table(ordered)
    return Finding(
        columns=columns,
        rows=rows,
        sentences=(*_notes(options), *_sentences(found)),
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
    """Look for two thresholds, with the transient and without; what was tried serves both."""

    def is_free(slowdown: float, which: str) -> bool:
        points = (Point(variant=variant, slowdown=slowdown, seed=seed) for seed in options.seeds)
        outcomes = [bench.measure(point, progress) for point in points]
        return all(getattr(outcome, which) for outcome in outcomes)

    low, high = min(options.slowdowns), max(options.slowdowns)
    with progress.phase(f"{variant.mapping}: searching"):
        for which in ("is_free", "is_free_after"):
            bisect(partial(is_free, which=which), low, high, options.tolerance)


def _sentences(found: Mapping[Variant, Sequence[Outcome]]) -> Iterator[str]:
    """One for each variant, which is named by its mapping and by what else varies."""
    n_costs, n_steps = len({v.costs for v in found}), len({v.dt_ms for v in found})
    for variant, own in found.items():
        costs = f", {variant.costs} costs" if n_costs > 1 else ""
        step = f", {variant.dt_ms:g} ms" if n_steps > 1 else ""
        yield sentence(own, f"{variant.mapping}{costs}{step}")


def _notes(options: Options) -> Iterator[str]:
    drives = {variant.layout: variant.drive for variant in all_variants(options)}
    driven = " and ".join(
        f"{layout} mapping with {drive} drive" for layout, drive in drives.items()
    )
    costs = ", ".join(options.costs)
    yield f"{costs} costs, {options.initial} initial potentials, {driven}."
    yield "Lost: all causes but skipped synapses, which are those of late rows."
    if options.search:
        yield (
            f"Found by bisection to {options.tolerance:.1%}, taking losses to fall with the "
            "slow-down; the one given was run, and so was one below it."
        )
