"""How long must a run be until a wrong simulation is told from a right one? See README.md."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, FiniteFloat

from experiments.twosets import TwoSets
from host.experiments import Experiment, Finding
from host.progress import Progress

__all__ = ["EXPERIMENT", "Options"]

Kind = Literal["dither", "shuffle", "shift", "anywhere"]
Wrong = Literal["weights", "delays", "refractory"]
Positive = Annotated[FiniteFloat, Field(gt=0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(TwoSets):
    """What can be varied, besides seeds and what all runs share.

    Attributes
    ----------
    scale : float
        Fraction of the cortical microcircuit.
    kinds : tuple of {"dither", "shuffle", "shift", "anywhere"}
        Surrogates of the runs with `seeds` (`experiments.surrogates.kinds`).
    wrong : tuple of {"weights", "delays", "refractory"}
        Simulations that go wrong: weights 5 % too small, delays one step too long, refractory times
        one step too short.
    dither_ms : float
        Farthest that a spike is moved, either way (ms).
    windows_ms : tuple of float
        Observation times after the warm-up (ms); the longest is simulated.
    """

    scale: Annotated[FiniteFloat, Field(gt=0, le=1)] = 0.1
    kinds: tuple[Kind, ...] = ("dither", "shuffle", "shift", "anywhere")
    wrong: tuple[Wrong, ...] = ("weights", "delays", "refractory")
    dither_ms: Positive = 5.0
    windows_ms: Annotated[tuple[Positive, ...], Field(min_length=1)] = (
        500,
        1000,
        2000,
        5000,
        10_000,
    )


def _run(options: Options, *, progress: Progress, output: Path) -> Finding:
    from experiments.surrogates.run import run

    return run(options, progress=progress, output=output)


EXPERIMENT = Experiment(
    name="surrogates",
    question="How long must a run be until a wrong simulation is told from a right one?",
    options=Options,
    run=_run,
)
