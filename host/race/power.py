"""Lines of equal mean power.

A machine of power P spends ``P * q_RTF / R`` per synaptic event, R being the events of a second of
biological time: all machines of one power lie on a line of slope one.
"""

import math

import numpy as np

from host.networks.pd14 import FULL_MEAN_RATES_HZ, synapse_numbers
from host.pictures.svg import number, path, text
from host.race.axes import LogAxis

__all__ = ["draw_powers", "events_hz"]

SIZE = 12.0
MOST_LINES = 8
PREFIXES = ((1e9, "GW"), (1e6, "MW"), (1e3, "kW"), (1.0, "W"), (1e-3, "mW"), (1e-6, "uW"))


def events_hz() -> float:
    """Synaptic events per second of biological time of the full network, by its mean rates.

    Synapses times the rate of their source, without Poisson input, as in Senk et al. 2026.
    """
    return float(np.sum(synapse_numbers() * np.array(FULL_MEAN_RATES_HZ)))


def draw_powers(across: LogAxis, down: LogAxis) -> str:
    """Draw the lines of powers of ten that cross the plot, each with its power at its upper end.

    Parameters
    ----------
    across : LogAxis
        Of energy per synaptic event (uJ).
    down : LogAxis
        Of the real-time factor.
    """
    factor = 1e-6 * events_hz()
    lowest, highest = factor * across.low / down.high, factor * across.high / down.low
    powers = range(math.ceil(math.log10(lowest)), math.floor(math.log10(highest)) + 1)
    step = -(-len(powers) // MOST_LINES) if powers else 1
    lines, words = [], []
    for power_w in (10.0**power for power in powers if power % step == 0):
        per_uj = factor / power_w  # q_RTF = factor * E_syn / P
        ends = [max(across.low, down.low / per_uj), min(across.high, down.high / per_uj)]
        if not ends[0] < ends[1]:
            continue
        (x0, y0), (x1, y1) = ((across.at(e), down.at(e * per_uj)) for e in ends)
        lines.append(f"M{number(x0)} {number(y0)}L{number(x1)} {number(y1)}")
        is_on_top = y1 - down.stop < 1.0
        at = (x1, y1 - 7.0) if is_on_top else (x1 + 6.0, y1 + 4.0)
        anchor = "middle" if is_on_top else "start"
        words.append(text(_watts(power_w), at, SIZE, text_anchor=anchor))
    return path(lines, "board", stroke_width=1.0, stroke_dasharray="2 4") + "".join(words)


def _watts(power_w: float) -> str:
    size, unit = next((p for p in PREFIXES if power_w >= p[0]), PREFIXES[-1])
    return f"{power_w / size:g} {unit}"
