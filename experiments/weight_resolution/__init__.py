"""How many bits must a synaptic weight have, and how should it be rounded? See README.md."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, FiniteFloat

from host.experiments import Experiment, Finding
from host.progress import Progress

__all__ = ["EXPERIMENT", "Options"]

Bits = Annotated[int, Field(ge=1, le=16)]
Method = Literal["naive", "preserving"]
Rule = Literal["total", "in_degree"]
Seeds = tuple[Annotated[int, Field(ge=0, lt=2**64)], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What can be varied.

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
    reference_seeds : tuple of int
        Of the runs with full weights, two at least.
    seeds : tuple of int
        Of the others.
    time_ms : float
        Biological time after the warm-up (ms).
    warmup_ms : float
        Biological time before it (ms).
    arithmetic : {"fixed", "float64"}
        Numbers of the machine, whose own grid of weights is fine, or double precision.
    machine : str
    threads : int or None
    """

    scale: Annotated[FiniteFloat, Field(gt=0, le=1)] = 0.1
    bits: Annotated[tuple[Bits, ...], Field(min_length=1)] = (1, 2, 3, 4, 8, 16)
    methods: Annotated[tuple[Method, ...], Field(min_length=1)] = ("naive", "preserving")
    connections: Annotated[tuple[Rule, ...], Field(min_length=1)] = ("total", "in_degree")
    reference_seeds: Annotated[Seeds, Field(min_length=2)] = (1, 2, 3, 4, 5)
    seeds: Annotated[Seeds, Field(min_length=1)] = (11, 12, 13)
    time_ms: Annotated[FiniteFloat, Field(gt=0)] = 10_000.0
    warmup_ms: Annotated[FiniteFloat, Field(ge=0)] = 500.0
    arithmetic: Literal["fixed", "float64"] = "fixed"
    machine: str = "spinnaker1"
    threads: Annotated[int, Field(ge=1)] | None = None

    def __post_init__(self) -> None:
        if both := set(self.seeds) & set(self.reference_seeds):
            msg = (
                f"seed {min(both)} is among seeds and reference_seeds, and a seed wires a network; "
                "choose others"
            )
            raise ValueError(msg)


def _run(options: Options, *, progress: Progress, output: Path) -> Finding:
    from experiments.weight_resolution.run import run

    return run(options, progress=progress, output=output)


EXPERIMENT = Experiment(
    name="weight-resolution",
    question="How many bits must a synaptic weight have, and how should it be rounded?",
    options=Options,
    run=_run,
)
