"""The phases of a run beside each other: time, energy, mean power."""

from fractions import Fraction
from math import ceil, floor, log10

from host.energy.flowwords import scale_of, seconds_text
from host.energy.ledger import Ledger, total_j
from host.energy.vocabulary import Phase
from host.pictures.svg import element, number, path, text

__all__ = ["draw_phases"]

SIZE, LINE, BAR = 13.0, 22.0, 13.0
COLUMNS = {"time": 210.0, "energy": 330.0, "mean power": 440.0}
"""Where each column ends."""
BARS_FROM = 470.0
PREFIXES = {-3: "n", -2: "u", -1: "m", 0: "", 1: "k", 2: "M", 3: "G", 4: "T"}
DIGITS = 7
"""Of the energy of all phases: loading may take a thousand times what running does."""
MOST_LINEAR = 100
"""Energies that differ by more than this factor are drawn on a logarithmic axis."""


def draw_phases(ledger: Ledger, left: float, top: float, width: float) -> tuple[str, float]:
    """Draw a line for each phase: all energy of it, the host's included.

    Returns
    -------
    svg : str
    bottom : float
    """
    phases = list(ledger.wall_s)
    if not phases:
        return text("no phases", (left, top + SIZE), SIZE), top + LINE
    energies = [total_j(k for k in ledger.lines if k.phase is p).nominal for p in phases]
    total = sum(energies, start=Fraction(0))
    scale = scale_of(total, DIGITS)
    drawn, y = [_head(left, top + LINE - 7.0)], top + LINE
    for phase, energy in zip(phases, energies, strict=True):
        wall_s = ledger.wall_s[phase]
        power = f"{float(energy / wall_s):,.4g} W" if wall_s else "-"
        words = f"{float(energy / scale.unit):,.{scale.decimals}f} {scale.name}"
        cells = (seconds_text(wall_s), words, power)
        drawn.append(_row(phase, cells, left, y + LINE - 7.0))
        y += LINE
    bars = _Bars(energies, left + BARS_FROM, width - BARS_FROM)
    drawn.append(bars.draw(phases, top + LINE))
    drawn.append(text(bars.words, (left + BARS_FROM, top + LINE - 7.0), SIZE, "muted"))
    return "".join(drawn), y + 22.0 * bars.is_logarithmic


def _head(left: float, y: float) -> str:
    first = text("phase, host included", (left, y), SIZE, "muted")
    others = (
        text(words, (left + x, y), SIZE, "muted", text_anchor="end") for words, x in COLUMNS.items()
    )
    return first + "".join(others)


def _row(phase: Phase, cells: tuple[str, ...], left: float, y: float) -> str:
    weight = "600" if phase is Phase.RUNNING else "400"
    first = text(phase.value, (left, y), SIZE, font_weight=weight)
    others = (
        text(words, (left + x, y), SIZE, text_anchor="end", font_weight=weight)
        for words, x in zip(cells, COLUMNS.values(), strict=True)
    )
    return first + "".join(others)


class _Bars:
    """Bars of energies, from `left` on, at most `width` long."""

    def __init__(self, energies: list[Fraction], left: float, width: float) -> None:
        self._energies, self._left, self._width = energies, left, width
        found = [energy for energy in energies if energy]
        self.is_logarithmic = bool(found) and max(found) > MOST_LINEAR * min(found)
        if self.is_logarithmic:
            self._low, self._high = floor(log10(min(found))) - 1, ceil(log10(max(found)))

    @property
    def words(self) -> str:
        """What the bars show."""
        return "energy, on a logarithmic axis" if self.is_logarithmic else "energy"

    def _length(self, energy: Fraction) -> float:
        if not energy:
            return 0.0
        if not self.is_logarithmic:
            return self._width * float(energy / max(self._energies))
        return self._width * (log10(energy) - self._low) / (self._high - self._low)

    def draw(self, phases: list[Phase], top: float) -> str:
        """Bars, one below the other, the first one's line from `top` on."""
        drawn = [self._grid(top, LINE * len(phases))] if self.is_logarithmic else []
        for k, (phase, energy) in enumerate(zip(phases, self._energies, strict=True)):
            size = {"width": self._length(energy), "height": BAR}
            y = top + k * LINE + (LINE - BAR) / 2
            kind = "ink" if phase is Phase.RUNNING else "muted"
            drawn.append(element("rect", kind=kind, x=self._left, y=y, **size))
        return "".join(drawn)

    def _grid(self, top: float, height: float) -> str:
        lines, words = [], []
        n_decades = self._high - self._low
        for power in range(self._low, self._high + 1):
            x = self._left + self._width * (power - self._low) / n_decades
            lines.append(f"M{number(x)} {number(top)}v{number(height)}")
            if (power - self._low) % -(-n_decades // 8) == 0:
                anchor = "end" if power == self._high else "middle"
                at = (x, top + height + 15.0)
                words.append(text(_power_of_ten(power), at, 12.0, "muted", text_anchor=anchor))
        return path(lines, "edge", stroke_width=0.8) + "".join(words)


def _power_of_ten(power: int) -> str:
    """Ten to `power` J in words, such as ``100 kJ``.

    >>> _power_of_ten(5), _power_of_ten(-2), _power_of_ten(-13)
    ('100 kJ', '10 mJ', '1e-13 J')
    """
    prefix = PREFIXES.get(power // 3)
    return f"1e{power} J" if prefix is None else f"{10 ** (power % 3)} {prefix}J"
