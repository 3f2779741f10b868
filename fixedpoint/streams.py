"""Who draws random numbers: the last counter word of every Philox call.

A draw is keyed by (seed; index of the draw, member, population or projection, stream), so that no
two users of randomness share a number and none depends on the order of the others.
"""

from enum import IntEnum

__all__ = ["Stream"]


class Stream(IntEnum):
    """Value of the fourth counter word."""

    POISSON = 1
    """Spike counts of Poisson sources: counter (call, step, population)."""
    ROUNDING = 2
    """Stochastic rounding of the neuron update: counter (neuron, step, 0)."""
    ROW = 3
    """Target, weight and delay of a synapse: counter (place in the row, source, projection)."""
    DEGREE = 4
    """Out-degrees of a projection: counter (draw, its upper half or the source, projection)."""
    IN_DEGREE = 5
    """Sources of a fixed in-degree: counter (draw, target, projection)."""
    PARAMETER = 6
    """Parameters and initial values: counter (member, parameter, population)."""
    CLOCK = 7
    """Offset and drift of the clock of a chip: counter (chip, 0, 0)."""
