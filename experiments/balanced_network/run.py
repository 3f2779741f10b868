"""The experiment: a map of g and eta for each size, then files and sentences."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path

import host
from experiments.balanced_network import Options
from experiments.balanced_network.figure import draw
from experiments.balanced_network.measure import Outcome, Point, expected_rate_hz, measure
from experiments.balanced_network.sentences import sentences
from experiments.running import Run
from experiments.sets import run_seeds
from experiments.tidy import write_rows
from host.config import Config, MappingConfig, NetworkConfig, RunConfig, check_config
from host.experiments import Cell, Finding
from host.progress import Progress

__all__ = ["point_config", "run"]

FULL = 12_500


def run(
    options: Options, *, progress: Progress, output: Path, run_network: Run | None = None
) -> Finding:
    """Run all points; the file of rows grows as sizes are done.

    Parameters
    ----------
    options : Options
    progress : Progress
    output : Path
        Folder for ``balanced_network.csv`` and the figures.
    run_network : callable, optional
        By default `host.run`.
    """
    found: dict[Point, Outcome] = {}
    table = output / "balanced_network.csv"
    for n_neurons in dict.fromkeys(options.neurons):
        points = [Point(n_neurons, g, eta) for g, eta in product(options.g, options.eta)]
        for point in points:
            check_config(point_config(options, point))
        with progress.phase(f"{n_neurons:,} neurons", len(points)):
            for point in dict.fromkeys(points):
                config = point_config(options, point)
                (results,) = run_seeds(run_network or host.run, config, [options.seed], progress)
                found[point] = measure(results)
        write_rows(table, _tidy(found))
    columns = ("neurons", "g", "eta", "rate (1/s)", "CV", "synchrony", "saturations", "slow-down")
    return Finding(
        columns=columns,
        rows=tuple(_row(*item) for item in found.items()),
        sentences=tuple(sentences(found)),
        files=(table, *draw(found, output)),
    )


def point_config(options: Options, point: Point) -> Config:
    """Configuration of the run of `point`."""
    network = NetworkConfig(name="brunel", scale=point.n_neurons / FULL, g=point.g, eta=point.eta)
    run_config = RunConfig(
        time_ms=options.time_ms,
        warmup_ms=options.warmup_ms,
        timing=options.timing,
        slowdown=options.slowdown,
        arithmetic=options.arithmetic,
        threads=options.threads,
    )
    return replace(
        Config(network=network, machine=options.machine, run=run_config),
        mapping=MappingConfig(layout=options.layout, neurons_per_core=options.neurons_per_core),
    )


def _tidy(found: Mapping[Point, Outcome]) -> Iterator[dict[str, Cell]]:
    for point, outcome in found.items():
        yield {
            **point._asdict(),
            "expected_rate_hz": expected_rate_hz(point.g, point.eta),
            **outcome._asdict(),
            "needed_slowdown": outcome.needed_slowdown,
        }


def _row(point: Point, outcome: Outcome) -> tuple[Cell, ...]:
    figures = outcome.rate_hz, outcome.cv, outcome.synchrony, outcome.saturations
    rounded = (None if math.isnan(x) else float(f"{x:.3g}") for x in figures)
    return (*point, *rounded, float(f"{outcome.needed_slowdown:.3g}"))
