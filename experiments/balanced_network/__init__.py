"""Which regimes has the balanced network, and where does the machine saturate? See README.md."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, FiniteFloat

from host.experiments import Experiment, Finding
from host.progress import Progress

__all__ = ["EXPERIMENT", "Options"]

Neurons = Annotated[int, Field(ge=50, le=12_500)]
Strength = Annotated[FiniteFloat, Field(ge=0, le=1000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What can be varied.

    Attributes
    ----------
    neurons : tuple of int
        Sizes of the network: 12,500 in full, 2,083 as on the wafer-scale machine.
    g : tuple of float
        Inhibitory over excitatory weights.
    eta : tuple of float
        Rate from outside over that which alone reaches the threshold.
    layout : {"homogeneous", "ensemble"}
    neurons_per_core : int
    time_ms, warmup_ms : float
        Biological time that counts, and before it (ms).
    seed : int
    timing : {"ideal", "full"}
        Whether spikes may be late and lost.
    slowdown : float or None
        Wall over biological time; None: that of the layout's published run.
    arithmetic : {"fixed", "float64"}
    machine : str
    threads : int or None
    """

    neurons: Annotated[tuple[Neurons, ...], Field(min_length=1)] = (2083, 12_500)
    g: Annotated[tuple[Strength, ...], Field(min_length=1)] = (3, 4, 4.5, 5, 6, 8)
    eta: Annotated[tuple[Strength, ...], Field(min_length=1)] = (0.5, 0.9, 1.5, 2, 4)
    layout: Literal["homogeneous", "ensemble"] = "ensemble"
    neurons_per_core: Annotated[int, Field(ge=1, le=1024)] = 64
    time_ms: Annotated[FiniteFloat, Field(gt=0)] = 500.0
    warmup_ms: Annotated[FiniteFloat, Field(ge=0)] = 200.0
    seed: Annotated[int, Field(ge=0, lt=2**64)] = 1
    timing: Literal["ideal", "full"] = "ideal"
    slowdown: Annotated[FiniteFloat, Field(gt=0)] | None = None
    arithmetic: Literal["fixed", "float64"] = "fixed"
    machine: str = "spinnaker1"
    threads: Annotated[int, Field(ge=1)] | None = None


def _run(options: Options, *, progress: Progress, output: Path) -> Finding:
    from experiments.balanced_network.run import run

    return run(options, progress=progress, output=output)


EXPERIMENT = Experiment(
    name="balanced-network",
    question="Which regimes has the balanced random network, and where does the machine saturate?",
    options=Options,
    run=_run,
)
