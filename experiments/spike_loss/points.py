"""What is run: mappings with their costs and time steps, each at some slow-downs and seeds."""

from dataclasses import dataclass
from itertools import product
from typing import Literal

from experiments.spike_loss import Options
from experiments.spike_loss.styles import STYLES, section
from host.config import (
    Config,
    CoresConfig,
    MappingConfig,
    NetworkConfig,
    RecordConfig,
    RunConfig,
    check_config,
)

__all__ = ["Point", "Variant", "all_variants", "check_points", "point_config"]

ENSEMBLE = 64
"""Neurons of an ensemble (Rhodes et al. 2019)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A mapping, and what it is run with.

    Attributes
    ----------
    layout : {"homogeneous", "ensemble"}
    neurons_per_core : int
    synapse_cores : int or None
        None: as many as the tool chain takes, or homogeneous.
    costs : str
    dt_ms : float
    drive : {"poisson", "dc"}
    style : str
        One of `STYLES`.
    """

    layout: Literal["homogeneous", "ensemble"]
    neurons_per_core: int
    synapse_cores: int | None
    costs: str
    dt_ms: float
    drive: Literal["poisson", "dc"]
    style: str = "default"

    @property
    def mapping(self) -> str:
        """Such as "homogeneous, 80 neurons per core" or "ensembles of 64, 3 synapse cores"."""
        if self.layout == "homogeneous":
            return f"homogeneous, {self.neurons_per_core} neurons per core"
        if self.synapse_cores is None:
            return f"ensembles of {self.neurons_per_core}, synapse cores as the tool chain takes"
        cores = "core" if self.synapse_cores == 1 else "cores"
        return f"ensembles of {self.neurons_per_core}, {self.synapse_cores} synapse {cores}"

    @property
    def short(self) -> str:
        """Such as "homogeneous 80" or "ensembles 64+3"."""
        if self.layout == "homogeneous":
            return f"homogeneous {self.neurons_per_core}"
        return f"ensembles {self.neurons_per_core}+{self.synapse_cores or 'auto'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One run."""

    variant: Variant
    slowdown: float
    seed: int


def all_variants(options: Options) -> tuple[Variant, ...]:
    """Variants by time step, then costs, then mapping, of the layout of the style; none twice."""
    only = STYLES[options.style].layout
    homogeneous = [("homogeneous", n, None) for n in options.neurons_per_core]
    ensembles = [("ensemble", ENSEMBLE, None if n == "auto" else n) for n in options.synapse_cores]
    found = (
        Variant(
            layout="homogeneous" if layout == "homogeneous" else "ensemble",
            neurons_per_core=n_neurons,
            synapse_cores=n_cores,
            costs=costs,
            dt_ms=dt_ms,
            drive=_drive(options, layout),
            style=options.style,
        )
        for dt_ms, costs, (layout, n_neurons, n_cores) in product(
            options.dt_ms, options.costs, homogeneous + ensembles
        )
        if only in (None, layout)
    )
    return tuple(dict.fromkeys(found))


def _drive(options: Options, layout: str) -> Literal["poisson", "dc"]:
    if options.drive != "auto":
        return options.drive
    return "dc" if layout == "homogeneous" else "poisson"


def point_config(options: Options, point: Point) -> Config:
    """Configuration of the run of `point`."""
    variant = point.variant
    return Config(
        network=NetworkConfig(
            name="pd14", scale=options.scale, drive=variant.drive, initial=options.initial
        ),
        machine=options.machine,
        mapping=MappingConfig(
            layout=variant.layout,
            neurons_per_core=variant.neurons_per_core,
            synapse_cores=variant.synapse_cores,
            **section(variant.style, "mapping"),
        ),
        run=RunConfig(
            time_ms=options.time_ms,
            warmup_ms=options.transient_ms,
            dt_ms=variant.dt_ms,
            slowdown=point.slowdown,
            timing="full",
            engine=options.engine,
            seed=point.seed,
            threads=options.threads,
        ),
        cores=CoresConfig(costs=variant.costs, **section(variant.style, "cores")),
        record=RecordConfig(spikes=True),
    )


def check_points(options: Options) -> None:
    """Check the configurations of all points, before hours are spent on the first ones.

    Raises
    ------
    ConfigError
        On the first thing that is wrong.
    """
    for variant, slowdown in product(all_variants(options), options.slowdowns):
        point = Point(variant=variant, slowdown=slowdown, seed=options.seeds[0])
        check_config(point_config(options, point))
