"""The experiment: full weights by each rule, then coarser ones, then files and sentences."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple

import host
from experiments.running import Run
from experiments.sets import Apart, Spread, how_far, of_seeds, seed_spread
from experiments.tidy import write_rows
from experiments.weight_resolution import Method, Options, Rule
from experiments.weight_resolution.figure import draw
from host.analysis import MEASURES, Sample
from host.config import Config, NetworkConfig, RunConfig, VariantConfig
from host.experiments import Cell, Finding
from host.progress import Progress

__all__ = ["Point", "run"]

RULES: Mapping[Rule, str] = {"total": "fixed total numbers", "in_degree": "fixed in-degrees"}


class Point(NamedTuple):
    """A resolution."""

    rule: Rule
    method: Method
    bits: int


def run(
    options: Options, *, progress: Progress, output: Path, run_network: Run | None = None
) -> Finding:
    """Run all points.

    Parameters
    ----------
    options : Options
    progress : Progress
    output : Path
        Folder for ``weight_resolution.csv`` and the figure.
    run_network : callable, optional
        By default `host.run`.
    """
    run_network = run_network or host.run
    full: dict[Rule, tuple[Sample, ...]] = {}
    found: dict[Point, Apart] = {}
    for rule in dict.fromkeys(options.connections):
        named = f"{RULES[rule]}, full weights"
        with progress.phase(named, len(options.reference_seeds)):
            config = _config(options, VariantConfig(connections=rule))
            full[rule] = of_seeds(run_network, config, options.reference_seeds, progress)
        points = [
            Point(rule, method, bits) for method, bits in product(options.methods, options.bits)
        ]
        with progress.phase(f"{RULES[rule]}, coarse", len(points) * len(options.seeds)):
            for point in dict.fromkeys(points):
                tests = of_seeds(run_network, _coarse(options, point), options.seeds, progress)
                found[point] = how_far(tests, full[rule])
    spreads = {rule: seed_spread(samples) for rule, samples in full.items()}
    table = write_rows(output / "weight_resolution.csv", _tidy(found, spreads))
    columns = ("connections", "method", "bits", *(f"KS {m}" for m in MEASURES), "p", "told by")
    return Finding(
        columns=columns,
        rows=tuple(_row(point, apart) for point, apart in found.items()),
        sentences=tuple(_sentences(found, spreads, full)),
        files=(table, *draw(found, spreads, output)),
    )


def _config(options: Options, variant: VariantConfig) -> Config:
    return Config(
        network=NetworkConfig(scale=options.scale, variant=variant),
        machine=options.machine,
        run=RunConfig(
            time_ms=options.time_ms,
            warmup_ms=options.warmup_ms,
            arithmetic=options.arithmetic,
            threads=options.threads,
        ),
    )


def _coarse(options: Options, point: Point) -> Config:
    return _config(
        options,
        VariantConfig(connections=point.rule, discretisation=point.method, weight_bits=point.bits),
    )


def _tidy(
    found: Mapping[Point, Apart], spreads: Mapping[Rule, Mapping[str, Spread]]
) -> Iterator[dict[str, Cell]]:
    """A row per point and measure; full weights, pair by pair of seeds, as method "full"."""
    for rule, own in spreads.items():
        for measure, spread in own.items():
            first: dict[str, Cell] = {"connections": rule, "method": "full", "measure": measure}
            yield first | {f"ks_{k}": v for k, v in spread._asdict().items()}
    for point, apart in found.items():
        for measure, spread in apart.distances.items():
            yield {
                "connections": point.rule,
                "method": point.method,
                "bits": point.bits,
                "measure": measure,
                **{f"ks_{k}": v for k, v in spread._asdict().items()},
                "is_told_apart": int(measure in apart.told_by),
                "p_of_all": apart.p,
            }


def _row(point: Point, apart: Apart) -> tuple[Cell, ...]:
    distances = (round(apart.distances[measure].mean, 4) for measure in MEASURES)
    told = ", ".join(apart.told_by) or ("nothing" if apart.is_decided else "too few seeds")
    return (point.rule, point.method, point.bits, *distances, round(apart.p, 3), told)


def _sentences(
    found: Mapping[Point, Apart],
    spreads: Mapping[Rule, Mapping[str, Spread]],
    full: Mapping[Rule, Sequence[Sample]],
) -> Iterator[str]:
    for rule, own in spreads.items():
        means = ", ".join(f"{MEASURES[m].short} {spread.mean:.4f}" for m, spread in own.items())
        yield f"{RULES[rule]}: mean distance between two seeds of full weights: {means}"
    if not all(apart.is_decided for apart in found.values()):
        yield "too few seeds to tell anything apart; 5 and 3 are enough"
    for rule, method in dict.fromkeys((point.rule, point.method) for point in found):
        tried = {p.bits: a for p, a in found.items() if (p.rule, p.method) == (rule, method)}
        told = [f"{bits} ({', '.join(a.told_by)})" for bits, a in tried.items() if a.told_by]
        which = ", ".join(told) if told else f"none of {', '.join(map(str, tried))}"
        yield f"{RULES[rule]}, {method}: bits told apart from full weights: {which}"
    if len(full) == 2:
        by_rule = list(full.values())
        measures = ", ".join(how_far(by_rule[1], by_rule[0]).told_by)
        yield f"the two rules, both with full weights: told apart by {measures or 'nothing'}"
