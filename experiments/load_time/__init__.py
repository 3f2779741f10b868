"""How long does it take to load a network, by the host or on the cores? See README.md."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from host.experiments import Experiment, Finding
from host.progress import Progress

__all__ = ["EXPERIMENT", "Options", "RecordName"]

RecordName = Literal["host-2017", "host-2020", "cores-2020", "cores-2020-java"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What can be varied.

    Attributes
    ----------
    records : tuple of str
        Recorded loads to be predicted.
    what_if : bool
        Whether to change figures of today's load one at a time as well.
    """

    records: Annotated[tuple[RecordName, ...], Field(min_length=1)] = (
        "host-2017",
        "host-2020",
        "cores-2020",
        "cores-2020-java",
    )
    what_if: bool = True


def _run(options: Options, *, progress: Progress, output: Path) -> Finding:
    from experiments.load_time.run import run

    return run(options, progress=progress, output=output)


EXPERIMENT = Experiment(
    name="load-time",
    question="How long does it take to load a network, by the host or on the cores?",
    options=Options,
    run=_run,
)
