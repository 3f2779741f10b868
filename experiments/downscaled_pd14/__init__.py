"""What do lost synapses do to the microcircuit of 7,712 neurons? See README.md."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, FiniteFloat

from experiments.twosets import TwoSets
from host.experiments import Experiment, Finding
from host.progress import Progress

__all__ = ["EXPERIMENT", "Options"]

Share = Annotated[FiniteFloat, Field(ge=0, lt=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(TwoSets):
    """What can be varied, besides seeds and what all runs share.

    Attributes
    ----------
    scale : float
        Fraction of the cortical microcircuit; the default leaves 7,712 neurons.
    lost : tuple of float
        Shares of the recurrent synapses that are lost at random.
    compensated : tuple of bool
        Whether the weights of the others grow by 1 / (1 - lost).
    time_ms : float
        Biological time that counts (ms).
    """

    scale: Annotated[FiniteFloat, Field(gt=0, le=1)] = 0.09993
    lost: Annotated[tuple[Share, ...], Field(min_length=1)] = (0.05, 0.1, 0.2046, 0.4)
    compensated: Annotated[tuple[bool, ...], Field(min_length=1)] = (False, True)
    time_ms: Annotated[FiniteFloat, Field(gt=0)] = 5000.0


def _run(options: Options, *, progress: Progress, output: Path) -> Finding:
    from experiments.downscaled_pd14.run import run

    return run(options, progress=progress, output=output)


EXPERIMENT = Experiment(
    name="downscaled-pd14",
    question="What do lost synapses do to the microcircuit of 7,712 neurons?",
    options=Options,
    run=_run,
)
