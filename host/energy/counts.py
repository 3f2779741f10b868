"""What was done in a run, phase by phase: whole numbers, to be priced with any table."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

from pydantic import TypeAdapter

from host.energy.actions import Phase

__all__ = ["ActionCount", "Deadline", "PhaseCounts", "RunActions"]

Deadline = Literal["assumed", "met", "missed"]
FORMAT = 1


class ActionCount(NamedTuple):
    """How often, or for how long, something was done."""

    action: str
    """Entry of an energy table (`host.energy.ACTIONS`); ``core`` if the table decides whether
    it is ``core_poll_cycle`` or ``core_asleep``."""
    what: str
    """Which ones: "in use", "synapse", ..."""
    n: int
    """For actions by the second or the cycle, picoseconds, summed over all that do it; else events
    of the unit that the price is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseCounts:
    """What was done in one phase.

    Attributes
    ----------
    phase : Phase
    wall_ps : int
        How long it takes on the machine (not: in the emulator).
    counts : tuple of ActionCount
    """

    phase: Phase
    wall_ps: int
    counts: tuple[ActionCount, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunActions:
    """All that a run did.

    Attributes
    ----------
    cycle_ps : int
        Clock cycle of the cores.
    slowdown : float
        Wall time over biological time while the network runs.
    n_boards : int
        Switched on.
    synaptic_events : int
        In the time that counts, by the published formula (`host.accounts.synaptic_events`).
    deadline : {"assumed", "met", "missed"}
        Whether the run was loss-free at this slow-down; "assumed" if its timing was ideal.
    is_reckoned : bool
        Whether times of cores and packets are expectations (timing ideal) instead of counts.
    phases : tuple of PhaseCounts
    """

    cycle_ps: int
    slowdown: float
    n_boards: int
    synaptic_events: int
    deadline: Deadline
    is_reckoned: bool
    phases: tuple[PhaseCounts, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data from which `from_json` makes an equal value."""
        counts = [
            {
                "phase": phase.phase.value,
                "wall_ps": phase.wall_ps,
                "counts": [count._asdict() for count in phase.counts],
            }
            for phase in self.phases
        ]
        head = {key: value for key, value in asdict(self).items() if key != "phases"}
        return {"format": FORMAT} | head | {"phases": counts}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "RunActions":
        """Value that `to_json` has written.

        Raises
        ------
        ValueError
            If `data` is no such thing.
        """
        values = {key: value for key, value in data.items() if key != "format"}
        return TypeAdapter(cls).validate_python(values)
