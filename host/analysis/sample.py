"""A sample: the distributions that one simulation shows, and what it was a simulation of."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from host.analysis.measures import MEASURES
from host.analysis.statistics import (
    DRAW_SEED,
    N_CORRELATED,
    WARMUP_MS,
    Trains,
    correlations,
    draw,
    firing_rates,
    interval_variations,
)
from host.errors import ConfigError
from host.results import Results, Spikes

__all__ = ["DelayOrigin", "Model", "Sample", "Window", "sample_of", "sample_of_run"]

Floats = NDArray[np.float64]

DelayOrigin = Literal["step start", "step end"]

DRIVES = {"poisson": "Poisson", "dc": "DC"}
"""How drives are written in text."""


@dataclass(frozen=True, slots=True)
class Window:
    """The stretch of biological time that counts.

    Attributes
    ----------
    warmup_ms : float
        Discarded before (ms).
    time_ms : float
        Length (ms).
    """

    warmup_ms: float
    time_ms: float

    def __str__(self) -> str:
        return f"{self.time_ms / 1000:g} s after {self.warmup_ms:g} ms"


@dataclass(frozen=True, slots=True)
class Model:
    """What was simulated, as far as it is known; None: not known.

    Attributes
    ----------
    network : str or None
    scale : float or None
    drive : str or None
    delay_counts_from : {"step start", "step end"} or None
        Where the delay of a spike begins: at the start of the time step in which it is sent, or at
        its end, so that it acts a step later (`host.analysis.delays`).

    Raises
    ------
    ConfigError
        If delays count from anywhere else.
    """

    network: str | None = None
    scale: float | None = None
    drive: str | None = None
    delay_counts_from: DelayOrigin | None = None

    def __post_init__(self) -> None:
        known = get_args(DelayOrigin)
        if self.delay_counts_from not in (None, *known):
            msg = f"delay_counts_from {self.delay_counts_from!r}: should be {' or '.join(known)}"
            raise ConfigError(msg)

    def __str__(self) -> str:
        scale = None if self.scale is None else f"scale {self.scale:g}"
        drive = None if self.drive is None else f"{DRIVES.get(self.drive, self.drive)} drive"
        known = [part for part in (self.network, scale, drive) if part]
        return ", ".join(known) or "a network that the file does not tell"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Sample:
    """Distributions of one simulation.

    Attributes
    ----------
    name : str
        By which it is told of.
    populations : tuple of str
    sizes : tuple of int
        Number of neurons of each population.
    values : mapping of str to tuple of ndarray of float64
        For each of `MEASURES`, an array for each population, sorted and rounded to the digits of
        the measure; one array may be empty.
    window : Window
    model : Model
    seed : int or None
    origin : str
        What made it: the simulator with its version, or a folder.
    """

    name: str
    populations: tuple[str, ...]
    sizes: tuple[int, ...]
    values: Mapping[str, tuple[Floats, ...]]
    window: Window
    model: Model = Model()
    seed: int | None = None
    origin: str = ""

    def __post_init__(self) -> None:
        kept = {
            name: tuple(np.sort(np.round(one, MEASURES[name].digits)) + 0.0 for one in arrays)
            for name, arrays in self.values.items()
        }
        for name in MEASURES:
            if len(kept[name]) != len(self.populations):
                msg = f"{self.name}: {len(kept[name])} arrays of {name}, one per population wanted"
                raise ValueError(msg)
            for array in kept[name]:
                array.setflags(write=False)
        object.__setattr__(self, "values", MappingProxyType(kept))

    def of(self, measure: str, population: str) -> Floats:
        """Sorted values of one measure in one population."""
        return self.values[measure][self.populations.index(population)]


def sample_of(
    spikes: Spikes,
    window: Window | None = None,
    *,
    name: str = "spikes",
    model: Model | None = None,
    seed: int | None = None,
    origin: str = "",
) -> Sample:
    """Distributions of all `MEASURES` of `spikes`.

    Parameters
    ----------
    spikes : Spikes
    window : Window, optional
        Default: from `WARMUP_MS` to the last spike's step.
    name, model, seed, origin
        As of `Sample`.

    Raises
    ------
    ConfigError
        If the window has no step, or correlations no bin.

    Notes
    -----
    `N_CORRELATED` neurons of each population are drawn for correlations, with NumPy's default
    generator and `DRAW_SEED`, population by population in their order.
    """
    window = window or _until_the_end(spikes)
    first = round(window.warmup_ms / spikes.dt_ms)
    n_steps = round(window.time_ms / spikes.dt_ms)
    if n_steps < 1:
        msg = f"{name}: nothing is left after {window.warmup_ms:g} ms of warm-up; run longer"
        raise ConfigError(msg)
    start, stop = np.searchsorted(spikes.steps, [first, first + n_steps])
    steps, neurons = spikes.steps[start:stop], spikes.neurons[start:stop]
    rng = np.random.default_rng(DRAW_SEED)
    found: dict[str, list[Floats]] = {measure: [] for measure in MEASURES}
    for begin, size in zip(spikes.first_ids, spikes.sizes, strict=True):
        own = np.flatnonzero((neurons >= begin) & (neurons < begin + size))
        own_steps = steps[own].astype(np.int64) - first
        members = neurons[own].astype(np.int64) - begin
        trains = Trains(own_steps, members, size, n_steps, spikes.dt_ms)
        found["rate"].append(firing_rates(trains))
        found["cv"].append(interval_variations(trains))
        found["cc"].append(correlations(trains, draw(size, N_CORRELATED, rng)))
    return Sample(
        name=name,
        populations=spikes.populations,
        sizes=spikes.sizes,
        values={measure: tuple(arrays) for measure, arrays in found.items()},
        window=window,
        model=model or Model(),
        seed=seed,
        origin=origin,
    )


def _until_the_end(spikes: Spikes) -> Window:
    end_ms = (int(spikes.steps[-1]) + 1) * spikes.dt_ms if spikes.steps.size else 0.0
    return Window(WARMUP_MS, round(end_ms - WARMUP_MS, 9))


def sample_of_run(results: Results, *, name: str | None = None) -> Sample:
    """Distributions of what a run recorded after its own warm-up.

    Parameters
    ----------
    results : Results
    name : str, optional
        Default: the name of its folder, or its seed.

    Raises
    ------
    ConfigError
        If it has no spikes.
    """
    config, folder = results.config, results.run_dir
    name = name or (folder.name if folder else f"seed {config.run.seed}")
    if results.spikes is None:
        msg = f"{name} has no spikes: it ran with record.spikes=false; run again with true"
        raise ConfigError(msg)
    network = config.network
    return sample_of(
        results.spikes,
        Window(config.run.warmup_ms, config.run.time_ms),
        name=name,
        model=Model(network.name, network.scale, network.drive, "step start"),
        seed=config.run.seed,
        origin=f"chipemu, {results.machine}" + (f", {folder}" if folder else ""),
    )
