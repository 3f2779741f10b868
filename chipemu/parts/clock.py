"""The ticks of a chip ("Clock" in `docs/cores.md`)."""

from dataclasses import dataclass

__all__ = ["Clock"]

PPB = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """When a chip ticks.

    Attributes
    ----------
    offset_ps : int
        When tick 0 is.
    period_ps : int
    drift_ppb : int
    n_steps : int
        The run ends on the chip at this tick.
    """

    offset_ps: int
    period_ps: int
    drift_ppb: int
    n_steps: int

    def tick_ps(self, step: int) -> int:
        """When the chip has its tick `step`."""
        nominal_ps = step * self.period_ps
        return self.offset_ps + nominal_ps + nominal_ps * self.drift_ppb // PPB

    @property
    def end_ps(self) -> int:
        """From when on nothing happens on the chip."""
        return self.tick_ps(self.n_steps)
