"""The three measures of single neurons and pairs that populations are compared by."""

from typing import NamedTuple

__all__ = ["MEASURES", "Measure"]


class Measure(NamedTuple):
    """A quantity with a distribution over the neurons, or the pairs, of a population."""

    title: str
    short: str
    unit: str
    kernel_width: float
    """Standard deviation of the Gaussian kernel of a density: 0.3 spikes/s, 0.04 and 0.002 (van
    Albada et al. 2018, Front. Neurosci. 12:291), absolute widths."""
    digits: int
    """Decimals that values are kept to, far below the kernel width; all samples alike, so that
    values that many neurons share stay equal."""


MEASURES = {
    "rate": Measure("firing rate", "rate", "spikes/s", 0.3, 6),
    "cv": Measure("CV of inter-spike intervals", "CV", "", 0.04, 4),
    "cc": Measure("correlation of spike counts", "CC", "", 0.002, 6),
}
"""Measures by name, in the order in which they are shown."""
