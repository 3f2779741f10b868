"""What do lost synapses do to the microcircuit of 7,712 neurons? See README.md."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, FiniteFloat

from host.experiments import Experiment, Finding
from host.progress import Progress

__all__ = ["EXPERIMENT", "Options"]

Share = Annotated[FiniteFloat, Field(ge=0, lt=1)]
Seeds = tuple[Annotated[int, Field(ge=0, lt=2**64)], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What can be varied.

    Attributes
    ----------
    scale : float
        Fraction of the cortical microcircuit; the default leaves 7,712 neurons.
    lost : tuple of float
        Shares of the recurrent synapses that are lost at random.
    compensated : tuple of bool
        Whether the weights of the others grow by 1 / (1 - lost).
    reference_seeds : tuple of int
        Of the runs without losses, two at least.
    seeds : tuple of int
        Of the others.
    time_ms, warmup_ms : float
        Biological time that counts, and before it (ms).
    machine : str
    threads : int or None
    """

    scale: Annotated[FiniteFloat, Field(gt=0, le=1)] = 0.09993
    lost: Annotated[tuple[Share, ...], Field(min_length=1)] = (0.05, 0.1, 0.2046, 0.4)
    compensated: Annotated[tuple[bool, ...], Field(min_length=1)] = (False, True)
    reference_seeds: Annotated[Seeds, Field(min_length=2)] = (1, 2, 3, 4, 5)
    seeds: Annotated[Seeds, Field(min_length=1)] = (11, 12, 13)
    time_ms: Annotated[FiniteFloat, Field(gt=0)] = 5000.0
    warmup_ms: Annotated[FiniteFloat, Field(ge=0)] = 500.0
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
    from experiments.downscaled_pd14.run import run

    return run(options, progress=progress, output=output)


EXPERIMENT = Experiment(
    name="downscaled-pd14",
    question="What do lost synapses do to the microcircuit of 7,712 neurons?",
    options=Options,
    run=_run,
)
