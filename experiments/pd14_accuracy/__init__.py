"""How accurate is the microcircuit on this machine, and what does rounding do? See README.md."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, FiniteFloat

from host.experiments import Experiment, Finding
from host.progress import Progress

__all__ = ["EXPERIMENT", "Drive", "Options", "VariantName"]

Drive = Literal["poisson", "dc"]
VariantName = Literal["truncate", "nearest", "stochastic", "original", "longer"]

LEAST_DC_SCALE = 0.41
"""Below it the constant current of a population stays under threshold (van Albada et al. 2015)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What can be varied.

    Attributes
    ----------
    scales : tuple of float
        Fractions of the cortical microcircuit.
    drives : tuple of {"poisson", "dc"}
        External input; a constant current leaves small scales silent.
    variants : tuple of {"truncate", "nearest", "stochastic", "original", "longer"}
        What is held against double precision: a rounding of the machine's numbers; double
        precision with the original initial potentials, or with delays one step longer.
    seeds : tuple of int
        Of networks and inputs, the same for all variants.
    time_ms : float
        Biological time after the warm-up (ms).
    warmup_ms : float
        Biological time before it (ms).
    machine : str
    threads : int or None
    """

    scales: Annotated[
        tuple[Annotated[FiniteFloat, Field(gt=0, le=1)], ...], Field(min_length=1)
    ] = (0.1,)
    drives: Annotated[tuple[Drive, ...], Field(min_length=1)] = ("poisson",)
    variants: Annotated[tuple[VariantName, ...], Field(min_length=1)] = (
        "truncate",
        "nearest",
        "stochastic",
        "original",
        "longer",
    )
    seeds: Annotated[tuple[Annotated[int, Field(ge=0, lt=2**64)], ...], Field(min_length=1)] = (
        21,
        22,
        23,
    )
    time_ms: Annotated[FiniteFloat, Field(gt=0)] = 10_000.0
    warmup_ms: Annotated[FiniteFloat, Field(ge=0)] = 500.0
    machine: str = "spinnaker1"
    threads: Annotated[int, Field(ge=1)] | None = None

    def __post_init__(self) -> None:
        if "dc" in self.drives and min(self.scales) < LEAST_DC_SCALE:
            msg = (
                f"scale {min(self.scales):g} with a constant current leaves populations below "
                f"threshold and the network silent; choose {LEAST_DC_SCALE:g} or more, or "
                "drives=poisson"
            )
            raise ValueError(msg)


def _run(options: Options, *, progress: Progress, output: Path) -> Finding:
    from experiments.pd14_accuracy.run import run

    return run(options, progress=progress, output=output)


EXPERIMENT = Experiment(
    name="pd14-accuracy",
    question="How accurate is the microcircuit on this machine, and what does rounding do?",
    options=Options,
    run=_run,
)
