"""Options of experiments that hold one set of runs against another, each run with its own seed."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, FiniteFloat

__all__ = ["TwoSets"]

Seeds = tuple[Annotated[int, Field(ge=0, lt=2**64)], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoSets:
    """What two sets of runs have in common.

    Attributes
    ----------
    reference_seeds : tuple of int
        Of the runs that all others are compared with, two at least.
    seeds : tuple of int
        Of the others.
    warmup_ms : float
        Biological time before the time that counts (ms).
    machine : str
    threads : int or None
    """

    reference_seeds: Annotated[Seeds, Field(min_length=2)] = (1, 2, 3, 4, 5)
    seeds: Annotated[Seeds, Field(min_length=1)] = (11, 12, 13)
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
