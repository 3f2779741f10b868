"""What was done in a run, phase by phase: whole numbers, to be priced with any table."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, TypeAdapter

from host.energy.table import ACTIONS
from host.energy.vocabulary import Phase

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
    n: Annotated[int, Field(ge=0)]
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
    wall_ps: Annotated[int, Field(ge=0)]
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
    load : float
        Work of the cores of a role over the time that they have, of the role with most of it.
    n_boards_on : int
        Boards that are switched on.
    synaptic_events : int
        In the time that counts, by the published formula (`host.accounts.synaptic_events`).
    deadline : {"assumed", "met", "missed"}
        Whether the run was loss-free at this slow-down. If its timing was ideal: "assumed", or
        "missed" if cores have more work than time.
    is_reckoned : bool
        Whether times of cores and packets are expectations (timing ideal) instead of counts.
    phases : tuple of PhaseCounts
    """

    cycle_ps: Annotated[int, Field(ge=1)]
    slowdown: float
    load: Annotated[float, Field(ge=0)]
    n_boards_on: Annotated[int, Field(ge=0)]
    synaptic_events: Annotated[int, Field(ge=0)]
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
        if data.get("format") != FORMAT:
            msg = f"format {data.get('format')!r} instead of {FORMAT}"
            raise ValueError(msg)
        values = {key: value for key, value in data.items() if key != "format"}
        found = TypeAdapter(cls).validate_python(values)
        unknown = {c.action for p in found.phases for c in p.counts} - {"core", *ACTIONS}
        if unknown:
            msg = f"unknown action {min(unknown)!r}"
            raise ValueError(msg)
        if not any(p.phase is Phase.RUNNING and p.wall_ps for p in found.phases):
            msg = "nothing ran"
            raise ValueError(msg)
        return found
