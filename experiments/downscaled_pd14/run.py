"""The experiment: runs without losses, then with them, then files and sentences."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np

import host
from experiments.downscaled_pd14 import Options
from experiments.downscaled_pd14.figure import draw
from experiments.running import Run
from experiments.sets import Apart, how_far, of_seeds
from experiments.tidy import write_rows
from host.analysis import MEASURES, Sample
from host.config import Config, NetworkConfig, RunConfig, VariantConfig
from host.experiments import Cell, Finding
from host.progress import Progress

__all__ = ["Loss", "Outcome", "run"]


class Loss(NamedTuple):
    """How much is lost."""

    lost: float
    is_compensated: bool


class Outcome(NamedTuple):
    """What came of a loss."""

    means: dict[str, dict[str, float]]
    """Mean over all neurons, or pairs, and seeds, by measure and population."""
    apart: Apart | None
    """How far from the runs without losses; None: these."""


def run(
    options: Options, *, progress: Progress, output: Path, run_network: Run | None = None
) -> Finding:
    """Run all losses.

    Parameters
    ----------
    options : Options
    progress : Progress
    output : Path
        Folder for ``downscaled_pd14.csv`` and the figure.
    run_network : callable, optional
        By default `host.run`.
    """
    run_network = run_network or host.run
    none = Loss(0.0, is_compensated=False)
    with progress.phase("nothing lost", len(options.reference_seeds)):
        config = _config(options, none)
        full = of_seeds(run_network, config, options.reference_seeds, progress)
    found = {none: Outcome(_means(full), None)}
    losses = [Loss(*pair) for pair in product(options.lost, options.compensated)]
    with progress.phase("lost", len(losses) * len(options.seeds)):
        for loss in dict.fromkeys(losses):
            tests = of_seeds(run_network, _config(options, loss), options.seeds, progress)
            found[loss] = Outcome(_means(tests), how_far(tests, full))
    table = write_rows(output / "downscaled_pd14.csv", _tidy(found))
    means = (f"mean {measure.short}" for measure in MEASURES.values())
    return Finding(
        columns=("lost", "weights", *means, "p", "told by"),
        rows=tuple(_row(*item) for item in found.items()),
        sentences=(
            f"{sum(full[0].sizes):,} neurons: {' '.join(map(str, full[0].sizes))}",
            *_sentences(found),
        ),
        files=(table, *draw(found, output)),
    )


def _config(options: Options, loss: Loss) -> Config:
    factor = 1 / (1 - loss.lost) if loss.is_compensated else 1.0
    variant = VariantConfig(lost_synapses=loss.lost, weight_factor=factor)
    return Config(
        network=NetworkConfig(scale=options.scale, variant=variant),
        machine=options.machine,
        run=RunConfig(
            time_ms=options.time_ms, warmup_ms=options.warmup_ms, threads=options.threads
        ),
    )


def _means(samples: Sequence[Sample]) -> dict[str, dict[str, float]]:
    """Not a number for populations without any value."""
    found: dict[str, dict[str, float]] = {}
    for measure in MEASURES:
        found[measure] = {}
        for population in samples[0].populations:
            values = np.concatenate([sample.of(measure, population) for sample in samples])
            found[measure][population] = float(values.mean()) if values.size else float("nan")
    return found


def _overall(means: Mapping[str, float]) -> float | None:
    """Mean of the populations that have one, each counted once, to three digits."""
    known = [mean for mean in means.values() if not math.isnan(mean)]
    return float(f"{np.mean(known):.3g}") if known else None


def _tidy(found: Mapping[Loss, Outcome]) -> Iterator[dict[str, Cell]]:
    """A row per loss, measure and population."""
    for loss, outcome in found.items():
        for measure, means in outcome.means.items():
            for population, mean in means.items():
                row: dict[str, Cell] = {"lost": loss.lost}
                row |= {"is_compensated": int(loss.is_compensated)}
                row |= {"measure": measure, "population": population, "mean": mean}
                if outcome.apart is not None:
                    row["ks_mean_of_populations"] = outcome.apart.distances[measure].mean
                    row["is_told_apart"] = int(measure in outcome.apart.told_by)
                yield row


def _row(loss: Loss, outcome: Outcome) -> tuple[Cell, ...]:
    weights = "grown" if loss.is_compensated else "as they are"
    means = (_overall(outcome.means[measure]) for measure in MEASURES)
    if outcome.apart is None:
        return (loss.lost, weights, *means, None, "the reference")
    told = ", ".join(outcome.apart.told_by)
    told = told or ("nothing" if outcome.apart.is_decided else "too few seeds")
    return (loss.lost, weights, *means, round(outcome.apart.p, 3), told)


def _sentences(found: Mapping[Loss, Outcome]) -> Iterator[str]:
    """Change of the mean rate by population, and what tells."""
    full = next(iter(found.values())).means["rate"]
    for loss, outcome in found.items():
        if outcome.apart is None:
            continue
        own = outcome.means["rate"]
        changes = {name: 100 * (own[name] / rate - 1) for name, rate in full.items() if rate}
        if not changes:
            continue
        least, most = min(changes, key=changes.__getitem__), max(changes, key=changes.__getitem__)
        grown = ", weights grown" if loss.is_compensated else ""
        told = ", ".join(outcome.apart.told_by)
        told = told or ("nothing" if outcome.apart.is_decided else "nothing yet: too few seeds")
        yield (
            f"{100 * loss.lost:g} % lost{grown}: rates {changes[least]:+.0f} % ({least}) to "
            f"{changes[most]:+.0f} % ({most}), median {np.median([*changes.values()]):+.0f} %; "
            f"told by {told}"
        )
