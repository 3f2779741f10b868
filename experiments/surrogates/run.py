"""The experiment: runs once, then windows of them, surrogates and comparisons."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

import host
from experiments.running import Run
from experiments.sets import Apart, Spread, how_far, run_seeds, seed_spread
from experiments.surrogates import Options, Wrong
from experiments.surrogates.figure import draw
from experiments.surrogates.kinds import KINDS, Surrogate, dither
from experiments.tidy import write_rows
from host.analysis import MEASURES, Sample, Window, sample_of
from host.config import Config, NetworkConfig, RunConfig, VariantConfig
from host.experiments import Cell, Finding
from host.progress import Progress
from host.results import Spikes

__all__ = ["CONTROL", "Candidate", "run"]

CONTROL = "right, other seeds"
WRONG: Mapping[Wrong, tuple[str, VariantConfig]] = {
    "weights": ("weights 5 % too small", VariantConfig(weight_factor=0.95)),
    "delays": ("delays a step too long", VariantConfig(delay_steps=1)),
    "refractory": ("refractory a step too short", VariantConfig(refractory_steps=-1)),
}
NAMES = {
    "dither": "dithered",
    "shuffle": "intervals shuffled",
    "shift": "trains shifted",
    "anywhere": "spikes anywhere",
}


class Candidate(NamedTuple):
    """What is compared with the reference in a window."""

    name: str
    window_ms: float


def run(
    options: Options, *, progress: Progress, output: Path, run_network: Run | None = None
) -> Finding:
    """Run all networks, then compare.

    Parameters
    ----------
    options : Options
    progress : Progress
    output : Path
        Folder for ``surrogates.csv`` and the figure.
    run_network : callable, optional
        By default `host.run`.
    """
    runs = _Runs(run_network or host.run, options, progress)
    references = runs.of("reference", VariantConfig(), options.reference_seeds)
    right = runs.of(CONTROL, VariantConfig(), options.seeds)
    wrong = {
        name: runs.of(name, variant, options.seeds)
        for name, variant in (WRONG[key] for key in dict.fromkeys(options.wrong))
    }
    windows = [Window(options.warmup_ms, ms) for ms in sorted(set(options.windows_ms))]
    found: dict[Candidate, Apart] = {}
    spreads: dict[float, dict[str, Spread]] = {}
    n_candidates = 1 + len(wrong) + len(set(options.kinds))
    with progress.phase("compare", len(windows) * n_candidates):
        for window in windows:
            samples = _samples(references, window)
            spreads[window.time_ms] = seed_spread(samples)
            for name, tests in _candidates(options, right, wrong, window):
                found[Candidate(name, window.time_ms)] = how_far(tests, samples)
                progress.advance()
    table = write_rows(output / "surrogates.csv", _tidy(found, spreads))
    return Finding(
        columns=("what", "window (ms)", *(f"KS {m}" for m in MEASURES), "p", "told by"),
        rows=tuple(_row(*item) for item in found.items()),
        sentences=tuple(_sentences(found)),
        files=(table, *draw(found, spreads, output)),
    )


class _Runs:
    """Runs variants of the network and keeps their spikes."""

    def __init__(self, run_network: Run, options: Options, progress: Progress) -> None:
        self._run, self._options, self._progress = run_network, options, progress

    def of(self, name: str, variant: VariantConfig, seeds: Sequence[int]) -> tuple[Spikes, ...]:
        options = self._options
        config = Config(
            network=NetworkConfig(scale=options.scale, variant=variant),
            machine=options.machine,
            run=RunConfig(
                time_ms=max(options.windows_ms),
                warmup_ms=options.warmup_ms,
                threads=options.threads,
            ),
        )
        with self._progress.phase(name, len(seeds)):
            found = (r.spikes for r in run_seeds(self._run, config, seeds, self._progress))
            return tuple(spikes for spikes in found if spikes is not None)


def _samples(runs: Sequence[Spikes], window: Window) -> tuple[Sample, ...]:
    return tuple(sample_of(spikes, window) for spikes in runs)


def _candidates(
    options: Options,
    right: Sequence[Spikes],
    wrong: Mapping[str, Sequence[Spikes]],
    window: Window,
) -> Iterator[tuple[str, tuple[Sample, ...]]]:
    yield CONTROL, _samples(right, window)
    for name, runs in wrong.items():
        yield name, _samples(runs, window)
    dithered: Surrogate = partial(dither, reach_ms=options.dither_ms)
    for kind in dict.fromkeys(options.kinds):
        surrogate = dithered if kind == "dither" else KINDS[kind]
        made = (
            surrogate(spikes, window, np.random.default_rng(seed))
            for seed, spikes in zip(options.seeds, right, strict=True)
        )
        yield NAMES[kind], tuple(sample_of(spikes, window) for spikes in made)


def _tidy(
    found: Mapping[Candidate, Apart], spreads: Mapping[float, Mapping[str, Spread]]
) -> Iterator[dict[str, Cell]]:
    """A row per candidate, window and measure; "reference" has the pairs of its seeds."""
    for window_ms, own in spreads.items():
        for measure, spread in own.items():
            first: dict[str, Cell] = {"what": "reference", "window_ms": window_ms}
            first["measure"] = measure
            yield first | {f"ks_{k}": v for k, v in spread._asdict().items()}
    for candidate, apart in found.items():
        for measure, spread in apart.distances.items():
            yield {
                "what": candidate.name,
                "window_ms": candidate.window_ms,
                "measure": measure,
                **{f"ks_{k}": v for k, v in spread._asdict().items()},
                "is_told_apart": int(measure in apart.told_by),
                "p_of_all": apart.p,
            }


def _row(candidate: Candidate, apart: Apart) -> tuple[Cell, ...]:
    distances = (round(apart.distances[measure].mean, 4) for measure in MEASURES)
    told = ", ".join(apart.told_by) or ("nothing" if apart.is_decided else "too few seeds")
    return (candidate.name, candidate.window_ms, *distances, round(apart.p, 3), told)


def _sentences(found: Mapping[Candidate, Apart]) -> Iterator[str]:
    """From which window on, and in all longer ones, each candidate is told, by each measure."""
    if not all(apart.is_decided for apart in found.values()):
        yield "too few seeds to tell anything apart; 5 and 3 are enough"
    for name in dict.fromkeys(candidate.name for candidate in found):
        own = {c.window_ms: apart for c, apart in sorted(found.items()) if c.name == name}
        since = {measure: _since(own, measure) for measure in MEASURES}
        told = [f"{MEASURES[m].short} from {ms / 1000:g} s on" for m, ms in since.items() if ms]
        yield f"{name}: told by {', '.join(told) or f'nothing within {max(own) / 1000:g} s'}"


def _since(own: Mapping[float, Apart], measure: str) -> float | None:
    """Shortest window from which on all tell by `measure`; None: the longest does not."""
    since = None
    for window_ms, apart in sorted(own.items(), reverse=True):
        if measure not in apart.told_by:
            break
        since = window_ms
    return since
