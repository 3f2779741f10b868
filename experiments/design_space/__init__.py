"""Which machine runs the microcircuit fastest, and which with the least energy? See README.md."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, FiniteFloat

from host.experiments import Experiment, Finding
from host.progress import Progress

__all__ = ["AXES", "EXPERIMENT", "Options"]

Positive = Annotated[FiniteFloat, Field(gt=0)]
Clock = Annotated[FiniteFloat, Field(ge=1, le=10_000)]
Factor = Annotated[FiniteFloat, Field(ge=0.001, le=1000)]
PerCore = Annotated[int, Field(ge=1, le=1024)]
SynapseCores = Annotated[int, Field(ge=1, le=16)]
FASTEST, SLOWEST = 0.001, 100.0
"""Slow-downs between which the search stays."""

AXES = (
    "clock_mhz",
    "synapse_cores",
    "neurons_per_core",
    "link_rate",
    "board_link_rate",
    "sdram_rate",
    "process",
    "standing",
)
"""Options that list what to vary, in this order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What can be varied.

    Attributes
    ----------
    scale : float
        Fraction of the cortical microcircuit.
    time_ms, transient_ms : float
        Biological time in which nothing may be lost or late, and that before it (ms).
    count_transient : bool
        Whether nothing may be lost in the transient either. Then all loss-free runs of a mapping
        have the same spikes, at a slow-down that the start-up decides.
    dt_ms : float
        Time step (ms).
    drive : {"poisson", "dc"}
    machine : str
        Base of all designs, a preset or a file.
    boards : {"auto", "base"} or int
        How many are switched on: as many as each design needs, as many as the base has, or so many.
        Without meaning for machines that are not made of boards.
    margin : {"measured", "base"}
        How long before the tick synapse cores write back: as measured on each design, as the tool
        chain does, or as the base has it, which may be too long for a faster machine.
    costs : str or None
        Table of what cores cost; None: that of the machine.
    base_synapse_cores, base_neurons_per_core : int
        Ensembles of the base design: 3 and 64 as in Rhodes et al. (2019).
    vary : {"one", "grid"}
        One value at a time around the base design, or all combinations.
    clock_mhz : tuple of float
        Core clocks (MHz).
    synapse_cores, neurons_per_core : tuple of int
        Of an ensemble.
    link_rate, board_link_rate : tuple of float
        Factors on the rates of links within boards and between them.
    sdram_rate : tuple of float
        Factors on the rate of each chip's memory controller.
    process : tuple of float
        Factors on what a cycle, a bit, a byte and an event cost.
    standing : tuple of float
        Factors on what chips and their SDRAM draw all the time.
    start : float
        Slow-down that is tried first.
    tolerance : float
        Share by which the slow-downs found may be too large.
    most_designs : int
        More are refused.
    seed : int
    engine : {"auto", "compiled", "reference"}
    threads : int or None

    Raises
    ------
    ValueError
        If there are too many designs.
    """

    scale: Annotated[FiniteFloat, Field(gt=0, le=1)] = 0.1
    time_ms: Positive = 100.0
    transient_ms: Annotated[FiniteFloat, Field(ge=0)] = 50.0
    count_transient: bool = False
    dt_ms: Positive = 0.1
    drive: Literal["poisson", "dc"] = "poisson"
    machine: str = "spinnaker1-rhodes2019"
    boards: Literal["auto", "base"] | Annotated[int, Field(ge=1, le=1200)] = "auto"
    margin: Literal["measured", "base"] = "measured"
    costs: str | None = None
    base_synapse_cores: SynapseCores = 3
    base_neurons_per_core: PerCore = 64
    vary: Literal["one", "grid"] = "one"
    clock_mhz: tuple[Clock, ...] = (100, 150, 200, 300, 400)
    synapse_cores: tuple[SynapseCores, ...] = (1, 2, 3, 4, 6)
    neurons_per_core: tuple[PerCore, ...] = (32, 64, 128)
    link_rate: tuple[Factor, ...] = (0.1, 0.25, 4)
    board_link_rate: tuple[Factor, ...] = (0.1, 0.25, 4)
    sdram_rate: tuple[Factor, ...] = (0.1, 0.25, 4)
    process: tuple[Factor, ...] = (0.5, 0.25)
    standing: tuple[Factor, ...] = (0.5, 0.25)
    start: Annotated[FiniteFloat, Field(gt=FASTEST, lt=SLOWEST)] = 1.0
    tolerance: Annotated[FiniteFloat, Field(ge=0.001, le=1)] = 0.05
    most_designs: Annotated[int, Field(ge=1)] = 100
    seed: Annotated[int, Field(ge=0, lt=2**64)] = 1
    engine: Literal["auto", "compiled", "reference"] = "auto"
    threads: Annotated[int, Field(ge=1)] | None = None

    def __post_init__(self) -> None:
        counts = [len(set(getattr(self, axis))) for axis in AXES]
        if self.vary == "one":
            asked, n_designs = "the lists have", 1 + sum(counts)
        else:
            product = " x ".join(str(n) for n in counts if n > 1) or "1"
            asked, n_designs = f"a grid of {product} has", math.prod(n or 1 for n in counts)
        if n_designs > self.most_designs:
            msg = (
                f"{asked} {n_designs:,} designs, limit most_designs={self.most_designs:,}; "
                "shorten the lists, leave some empty, or raise most_designs"
            )
            raise ValueError(msg)


def _run(options: Options, *, progress: Progress, output: Path) -> Finding:
    from experiments.design_space.run import run

    return run(options, progress=progress, output=output)


EXPERIMENT = Experiment(
    name="design-space",
    question="Which machine runs the microcircuit fastest, and which with the least energy?",
    options=Options,
    run=_run,
)
