"""The account of a load: terms by phase, and what they add up to."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Basis", "LoadPhase", "LoadReport", "LoadTerm"]

LoadPhase = Literal["mapping", "generation", "loading", "extraction"]
Basis = Literal["measured", "derived", "inferred", "estimated"]
"""How the rate of a term is known: measured by itself; computed from what is known of hardware and
program; the rest of a measurement that has other parts; reckoned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadTerm:
    """One line of the account: so many things of one kind, one after the other.

    Attributes
    ----------
    phase : {"mapping", "generation", "loading", "extraction"}
    name : str
    count : float
        Things done one after the other; of what is done in parallel, those on the longest way.
    unit : str
        What they are.
    each_us : float
        Time that each takes, mean.
    basis : {"measured", "derived", "inferred", "estimated"}
        Of `each_us`.
    """

    phase: LoadPhase
    name: str
    count: float
    unit: str
    each_us: float
    basis: Basis

    @property
    def seconds(self) -> float:
        """Time that the term takes."""
        return self.count * self.each_us * 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """What it takes to map and load a network, and to read back what was recorded.

    Attributes
    ----------
    terms : tuple of LoadTerm
        One after the other.
    link_bytes : int
        Sent over the host link: data, without headers.
    sdram_bytes : int
        Written to SDRAM, by host and cores.
    core_busy_s : float
        Time of all cores together that expand synapses.
    critical : str
        Board, chip and core that the longest part of loading waits for.
    """

    terms: tuple[LoadTerm, ...] = ()
    link_bytes: int = 0
    sdram_bytes: int = 0
    core_busy_s: float = 0.0
    critical: str = "nothing"

    @property
    def mapping_s(self) -> float:
        """Time of mapping."""
        return self._sum("mapping")

    @property
    def generation_s(self) -> float:
        """Time in which the host makes synapses and specifications."""
        return self._sum("generation")

    @property
    def loading_s(self) -> float:
        """Time of sending and of expanding on the cores."""
        return self._sum("loading")

    @property
    def extraction_s(self) -> float:
        """Time of reading back."""
        return self._sum("extraction")

    @property
    def total_s(self) -> float:
        """Time of all phases."""
        return sum(term.seconds for term in self.terms)

    def _sum(self, phase: LoadPhase) -> float:
        return sum(term.seconds for term in self.terms if term.phase == phase)
