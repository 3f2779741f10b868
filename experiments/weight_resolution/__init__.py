"""How many bits must a synaptic weight have, and how should it be rounded? See README.md."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, FiniteFloat

from experiments.twosets import TwoSets
from host.experiments import Experiment, Finding
from host.progress import Progress

__all__ = ["EXPERIMENT", "Options"]

Bits = Annotated[int, Field(ge=1, le=16)]
Method = Literal["naive", "preserving"]
Rule = Literal["total", "in_degree"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(TwoSets):
    """What can be varied, besides seeds and what all runs share.

    Attributes
    ----------
    scale : float
        Fraction of the cortical microcircuit.
    bits : tuple of int
        Resolutions.
    methods : tuple of {"naive", "preserving"}
        How weights are rounded.
    connections : tuple of {"total", "in_degree"}
        Rules by which neurons are connected.
    time_ms : float
        Biological time after the warm-up (ms).
    arithmetic : {"fixed", "float64"}
        Numbers of the machine, whose own grid of weights is fine, or double precision.
    """

    scale: Annotated[FiniteFloat, Field(gt=0, le=1)] = 0.1
    bits: Annotated[tuple[Bits, ...], Field(min_length=1)] = (1, 2, 3, 4, 8, 16)
    methods: Annotated[tuple[Method, ...], Field(min_length=1)] = ("naive", "preserving")
    connections: Annotated[tuple[Rule, ...], Field(min_length=1)] = ("total", "in_degree")
    time_ms: Annotated[FiniteFloat, Field(gt=0)] = 10_000.0
    arithmetic: Literal["fixed", "float64"] = "fixed"


def _run(options: Options, *, progress: Progress, output: Path) -> Finding:
    from experiments.weight_resolution.run import run

    return run(options, progress=progress, output=output)


EXPERIMENT = Experiment(
    name="weight-resolution",
    question="How many bits must a synaptic weight have, and how should it be rounded?",
    options=Options,
    run=_run,
)
