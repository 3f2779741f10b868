"""One entry of the race: a published row, or a run."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from host.energy.counts import Deadline

__all__ = ["DRIVES", "Drive", "Energy", "Entry", "Family"]

Family = Literal["CPU", "GPU", "FPGA", "SpiNNaker"]
Drive = Literal["dc", "poisson"]

DRIVES: dict[str, str] = {"dc": "DC", "poisson": "Poisson"}
"""How each kind of external input is written."""


class Energy(NamedTuple):
    """Energy per synaptic event (uJ): with all prices low, nominal and high."""

    low_uj: float
    nominal_uj: float
    high_uj: float

    @property
    def has_band(self) -> bool:
        """Whether it is uncertain; published figures come without that."""
        return self.low_uj < self.high_uj


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the race tells of a measurement or of a run.

    Attributes
    ----------
    name : str
        The study, or the run's folder.
    simulator, system : str
    family : {"CPU", "GPU", "FPGA", "SpiNNaker"} or None
        Kind of the machine that was measured; None: a run.
    process_nm : float or None
        Process node (nm); None: not known.
    q_rtf : float or None
        Wall time over biological time; None: a run that missed its deadline has none.
    slowdown : float or None
        What a run was set to.
    e_syn : Energy or None
        None if it was not published, or nothing happened; a published figure has no band.
    drive : {"dc", "poisson"}
        External input.
    is_estimated : bool
        Whether the published energy was estimated, not measured.
    deadline : {"assumed", "met", "missed"} or None
        Of a run: whether it was free of losses at its slow-down; "missed" with ideal timing: its
        cores had more work than time.
    timing : {"ideal", "full"} or None
        Of a run.
    differs : str
        In what a run differs from the full-scale microcircuit, as "scale 0.1"; empty: in nothing.
    notes : tuple of str
        What a reader should know, a clause each.

    Raises
    ------
    ValueError
        If it has neither a real-time factor nor a slow-down.
    """

    name: str
    simulator: str
    system: str
    family: Family | None
    process_nm: float | None
    q_rtf: float | None
    e_syn: Energy | None
    drive: Drive
    slowdown: float | None = None
    is_estimated: bool = False
    deadline: Deadline | None = None
    timing: str | None = None
    differs: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.q_rtf is None and self.slowdown is None:
            msg = f"{self.name} has neither a real-time factor nor a slow-down"
            raise ValueError(msg)

    @property
    def is_run(self) -> bool:
        """Whether it is a run, not a published row."""
        return self.family is None

    @property
    def is_racing(self) -> bool:
        """Whether it is ranked: a run must be of the full network and not miss its deadline."""
        return not self.differs and self.deadline != "missed"
