"""Bars: from the energy with all prices low to that with all prices high."""

from typing import NamedTuple

from host.pictures.svg import number, path
from host.race.axes import LogAxis
from host.race.entry import Energy
from host.race.labels import Box

__all__ = ["Bar"]

HALF, ARROW = 5.0, 8.0


class Bar(NamedTuple):
    """The band of an energy, at height `y` (pixels)."""

    axis: LogAxis
    energy: Energy
    y: float

    @property
    def bounds(self) -> Box:
        """Rectangle that it needs; what goes further than the axis is cut."""
        low, high = max(self.energy.low_uj, self.axis.low), min(self.energy.high_uj, self.axis.high)
        return Box(self.axis.at(low), self.y - HALF, self.axis.at(high), self.y + HALF)

    def draw(self) -> str:
        """SVG text; an end that is cut is an arrow."""
        left, _, right, _ = self.bounds
        y = number(self.y)
        ends = ((left, self.energy.low_uj, ARROW), (right, self.energy.high_uj, -ARROW))
        steps = [f"M{number(left)} {y}H{number(right)}"]
        for x, uj, back in ends:
            cap = f"m0 {-HALF:g}v{2 * HALF:g}"
            arrow = f"m{back:g} {-HALF:g}l{-back:g} {HALF:g}l{back:g} {HALF:g}"
            steps.append(f"M{number(x)} {y}{cap if self.axis.holds(uj) else arrow}")
        return path(steps, "board", stroke_width=1.8, fill="none")
