"""Runs of one setting in double precision and otherwise, and the differences seed by seed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from experiments.pd14_accuracy import Drive, Options, VariantName
from experiments.running import Run
from experiments.sets import of_seeds
from host.analysis import MEASURES, Comparison, Model, Sample, compare, packaged_references
from host.config import Config, NetworkConfig, RunConfig, VariantConfig
from host.errors import ConfigError
from host.progress import Progress

__all__ = [
    "BASE",
    "Difference",
    "Outcome",
    "Setting",
    "config_of",
    "difference",
    "means",
    "measure",
    "spreads",
]

Floats = NDArray[np.float64]

BASE = "float64"
"""What all variants are held against."""


class Setting(NamedTuple):
    """A network and its input."""

    scale: float
    drive: Drive

    def __str__(self) -> str:
        return f"scale {self.scale:g}, {'Poisson' if self.drive == 'poisson' else 'DC'}"


class Outcome(NamedTuple):
    """What was found in one setting."""

    samples: dict[str, tuple[Sample, ...]]
    """By variant, `BASE` first, one for each seed."""
    references: tuple[Sample, ...]
    """NEST; none if no reference of this setting comes with the package."""
    comparisons: dict[str, Comparison]
    """Each variant with NEST."""


class Difference(NamedTuple):
    """Of a variant from `BASE`, in the mean of one measure over the neurons of a population."""

    mean: float
    """Over the seeds, in units of the measure; a seed's own network cancels."""
    error: float
    """Standard error of `mean`; not a number with one seed."""
    base: float
    """What `BASE` has, over the same seeds."""


def config_of(options: Options, setting: Setting, variant: VariantName | None) -> Config:
    """Configuration of a variant; None is double precision."""
    base = Config(
        network=NetworkConfig(scale=setting.scale, drive=setting.drive),
        machine=options.machine,
        run=RunConfig(
            time_ms=options.time_ms,
            warmup_ms=options.warmup_ms,
            threads=options.threads,
            arithmetic="float64",
        ),
    )
    match variant:
        case None:
            return base
        case "original":
            return replace(base, network=replace(base.network, initial="original"))
        case "longer":
            longer = VariantConfig(delay_steps=1)
            return replace(base, network=replace(base.network, variant=longer))
    return replace(base, run=replace(base.run, arithmetic="fixed", rounding=variant))


def measure(options: Options, setting: Setting, run: Run, progress: Progress) -> Outcome:
    """Run all variants with all seeds, and hold each against NEST if there is a reference."""
    samples = {
        variant or BASE: of_seeds(
            run, config_of(options, setting, variant), options.seeds, progress
        )
        for variant in (None, *dict.fromkeys(options.variants))
    }
    references = _references(options, setting)
    comparisons = {name: compare(own, references) for name, own in samples.items() if references}
    return Outcome(samples, references, comparisons)


def _references(options: Options, setting: Setting) -> tuple[Sample, ...]:
    """Those of the same network over the same time."""
    try:
        found = packaged_references(Model("pd14", setting.scale, setting.drive))
    except ConfigError:
        return ()
    wanted = (options.warmup_ms, options.time_ms)
    return tuple(s for s in found if (s.window.warmup_ms, s.window.time_ms) == wanted)


def means(samples: Sequence[Sample], measure: str, population: str) -> Floats:
    """Mean over the neurons or pairs of `population`, for each seed; NaN where there are none."""
    values = [sample.of(measure, population) for sample in samples]
    return np.array([own.mean() if own.size else np.nan for own in values])


def difference(outcome: Outcome, variant: str, measure: str, population: str) -> Difference:
    """How far `variant` is from `BASE`, seed by seed."""
    base = means(outcome.samples[BASE], measure, population)
    apart = means(outcome.samples[variant], measure, population) - base
    error = np.std(apart, ddof=1) / np.sqrt(apart.size) if apart.size > 1 else np.nan
    return Difference(float(apart.mean()), float(error), float(base.mean()))


def spreads(samples: Sequence[Sample], population: str) -> Mapping[str, float]:
    """Standard deviation between seeds, by measure; not a number with one seed."""
    return {
        name: float(np.std(means(samples, name, population), ddof=1))
        if len(samples) > 1
        else float("nan")
        for name in MEASURES
    }
