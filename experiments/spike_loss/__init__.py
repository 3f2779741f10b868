"""From which slow-down on is nothing lost or late, for which mapping? See README.md."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, FiniteFloat

from experiments.spike_loss.styles import STYLES
from host.experiments import Experiment, Finding
from host.progress import Progress

__all__ = ["EXPERIMENT", "Options"]

Positive = Annotated[FiniteFloat, Field(gt=0)]
PerCore = Annotated[int, Field(ge=1, le=1024)]
SynapseCores = Annotated[int, Field(ge=1, le=16)] | Literal["auto"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What can be varied.

    Attributes
    ----------
    scale : float
        Fraction of the cortical microcircuit.
    dt_ms : tuple of float
        Time steps (ms).
    slowdowns : tuple of float
        Wall over biological time; with `search` the smallest and the largest are where it begins.
    neurons_per_core : tuple of int
        Homogeneous mappings, by their most neurons on a core.
    synapse_cores : tuple of int or "auto"
        Ensembles of 64 neurons, by their synapse cores; "auto": as many as the tool chain takes.
    style : {"default", "van-albada-2018", "rhodes-2019"}
        Cores and routers as the machine's file has them, or as in a published run, whose layout
        alone is run then (`experiments.spike_loss.styles`).
    costs : tuple of str
        Tables of what cores cost.
    drive : {"auto", "poisson", "dc"}
        "auto": dc for homogeneous cores, whose Poisson sources would send most of the packets, and
        poisson for ensembles, which have them on a core of their own.
    initial : {"population", "original"}
        Initial membrane potentials; the original ones make a start-up transient.
    time_ms : float
        Biological time after the transient (ms).
    transient_ms : float
        Biological time before it, counted apart (ms).
    seeds : tuple of int
    search : bool
        Look by bisection for the smallest slow-down of each mapping at which nothing is lost, and
        for that at which nothing is lost or late.
    tolerance : float
        Share by which what is found may be too large.
    machine : str
    engine : {"auto", "compiled", "reference"}
    threads : int or None
    """

    scale: Annotated[FiniteFloat, Field(gt=0, le=1)] = 0.1
    dt_ms: Annotated[tuple[Positive, ...], Field(min_length=1)] = (0.1,)
    slowdowns: Annotated[tuple[Positive, ...], Field(min_length=1)] = (0.5, 1, 2, 5, 10, 20)
    neurons_per_core: tuple[PerCore, ...] = (64, 80, 128, 255)
    synapse_cores: tuple[SynapseCores, ...] = ("auto", 1, 2, 3, 4, 5, 6)
    style: Literal["default", "van-albada-2018", "rhodes-2019"] = "default"
    costs: Annotated[tuple[str, ...], Field(min_length=1)] = ("synapse-centric",)
    drive: Literal["auto", "poisson", "dc"] = "auto"
    initial: Literal["population", "original"] = "original"
    time_ms: Positive = 100.0
    transient_ms: Annotated[FiniteFloat, Field(ge=0)] = 50.0
    seeds: Annotated[tuple[Annotated[int, Field(ge=0, lt=2**64)], ...], Field(min_length=1)] = (1,)
    search: bool = False
    tolerance: Annotated[FiniteFloat, Field(ge=0.001, le=1)] = 0.05
    machine: str = "spinnaker1"
    engine: Literal["auto", "compiled", "reference"] = "auto"
    threads: Annotated[int, Field(ge=1)] | None = None

    def __post_init__(self) -> None:
        layout = STYLES[self.style].layout
        given = {"homogeneous": self.neurons_per_core, "ensemble": self.synapse_cores}
        if not any(values for name, values in given.items() if layout in (None, name)):
            names = {"homogeneous": "neurons_per_core", "ensemble": "synapse_cores"}
            empty = " and ".join(names[name] for name in given if layout in (None, name))
            example = "synapse_cores=auto" if layout == "ensemble" else "neurons_per_core=80"
            msg = f"no mapping to run in {self.style} style: {empty} empty; give one: {example}"
            raise ValueError(msg)


def _run(options: Options, *, progress: Progress, output: Path) -> Finding:
    from experiments.spike_loss.run import run

    return run(options, progress=progress, output=output)


EXPERIMENT = Experiment(
    name="spike-loss",
    question="From which slow-down on is no spike lost or late, for which mapping?",
    options=Options,
    run=_run,
)
