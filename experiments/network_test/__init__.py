"""Does the fabric saturate and collapse where a real board did? See README.md."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, FiniteFloat

from host.experiments import Experiment, Finding
from host.progress import Progress

__all__ = ["EXPERIMENT", "Options"]

Count = Annotated[int, Field(ge=0)]
Positive = Annotated[FiniteFloat, Field(gt=0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What can be varied.

    Attributes
    ----------
    receive_us : tuple of float
        Times that a core takes for a received packet.
    per_flow_ns : float
        Time that it takes besides for each flow that ends on it.
    seeds : tuple of int
        Of the random networks.
    ninths : tuple of int
        Probabilities of sending, as multiples of 1/9.
    time_ms : float
        Time that counts; half of it is the warm-up before.
    wait1 : int
        Router cycles until a blocked packet is dropped.
    policy : {"skip", "wait"}
        What a core does whose transmit register is full.
    engine : {"auto", "compiled", "reference"}
    """

    receive_us: Annotated[tuple[Positive, ...], Field(min_length=1)] = (0.6, 0.7, 0.75, 0.8, 0.9)
    per_flow_ns: Annotated[FiniteFloat, Field(ge=0)] = 0.0
    seeds: Annotated[tuple[Count, ...], Field(min_length=1)] = (1, 2, 3)
    ninths: Annotated[tuple[Annotated[int, Field(ge=0, le=9)], ...], Field(min_length=1)] = (
        *range(1, 10),
    )
    time_ms: Positive = 100.0
    wait1: Count = 240
    policy: Literal["skip", "wait"] = "skip"
    engine: Literal["auto", "compiled", "reference"] = "auto"


def _run(options: Options, *, progress: Progress, output: Path) -> Finding:
    from experiments.network_test.run import run

    return run(options, progress=progress, output=output)


EXPERIMENT = Experiment(
    name="network-test",
    question="Does the fabric saturate and collapse where a real board did?",
    options=Options,
    run=_run,
)
