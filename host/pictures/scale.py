"""Loads in even steps, and numbers that people like to read."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from host.pictures.colours import LOAD_CLASSES

__all__ = ["LoadScale", "load_scale", "short"]

MOST_LEVELS = LOAD_CLASSES
PREFIXES = ((1e9, " G"), (1e6, " M"), (1e3, " k"))


@dataclass(frozen=True, slots=True)
class LoadScale:
    """Steps of load (packets/s).

    Attributes
    ----------
    step : float
        Level i goes from ``i * step``, not included, to ``(i + 1) * step``.
    n_levels : int
        0 if nothing is sent.
    """

    step: float
    n_levels: int

    def level(self, load: NDArray[np.float64]) -> NDArray[np.int64]:
        """Level of each load, -1 of none; the shape is that of `load`."""
        found = np.ceil(load / self.step).astype(np.int64) - 1
        return np.where(load > 0, np.clip(found, 0, self.n_levels - 1), -1)

    def load_class(self, level: int) -> int:
        """Which of the colours of load level `level` has."""
        part = level / (self.n_levels - 1) if self.n_levels > 1 else 1.0
        return round(part * (LOAD_CLASSES - 1))

    def label(self, level: int) -> str:
        """Range of level `level` in words."""
        return f"{short(level * self.step)} \u2013 {short((level + 1) * self.step)}"


def load_scale(most: float) -> LoadScale:
    """Steps of 1, 2, 2.5 or 5 times a power of ten, at most ten of them up to `most`.

    >>> load_scale(1.8e6)
    LoadScale(step=200000.0, n_levels=9)
    """
    if not most > 0:
        return LoadScale(1.0, 0)
    power = 10.0 ** math.floor(math.log10(most / MOST_LEVELS))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if most <= MOST_LEVELS * m * power * 1.000001)
    return LoadScale(step, min(MOST_LEVELS, math.ceil(most / step - 1e-9)))


def short(value: float) -> str:
    """Write a number with up to three digits and a prefix.

    >>> short(1_806_420), short(250), short(0.5)
    ('1.81 M', '250', '0.5')
    """
    for size, prefix in PREFIXES:
        if value >= size:
            return f"{value / size:.3g}{prefix}"
    return f"{value:.3g}"
