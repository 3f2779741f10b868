"""What on-core generation works from: the plan of all rows, and working arrays."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "ALL",
    "DISTINCT",
    "LISTED",
    "SAME",
    "UNIFORM",
    "GenerationPlan",
    "Longs",
    "Scratch",
]

Longs = NDArray[np.int64]

UNIFORM, DISTINCT, ALL, SAME, LISTED = range(5)
"""How a source's targets are chosen: drawn with or without replacement, all, one, or listed."""


class GenerationPlan(NamedTuple):
    """All that the generation kernels read; arrays are read-only.

    Projections are reordered so that those of one source population and synapse type, to targets
    whose synapse cores share out the source alike, are consecutive: a *group*, whose packets one
    buffer takes. One row is one source's synapses through the projections of a group.
    The index of a projection below is its place in this order.
    """

    source_lo: Longs
    """Number of the first source of each projection."""
    target_lo: Longs
    """Number of its first target neuron."""
    target_size: Longs
    """Number of its target neurons."""
    key: Longs
    """Its index in the network, which keys its random numbers."""
    rule: Longs
    """`UNIFORM` to `LISTED`."""
    skip_self: Longs
    """Whether a neuron must not choose itself."""
    degree_start: Longs
    """Where its sources begin in `degree` and `listed_row`."""
    weight_base: Longs
    """Smallest raw weight; a draw from the table below is added."""
    weight_start: Longs
    """First threshold of the table of weights."""
    weight_stop: Longs
    """One past its last threshold."""
    weight_guide: Longs
    """Row of `guides` of the table."""
    delay_base: Longs
    """The same for delays (steps)."""
    delay_start: Longs
    delay_stop: Longs
    delay_guide: Longs
    listed_start: Longs
    """Where its listed synapses begin in `listed_target`, `listed_weight` and `listed_delay`."""
    has_listed_weight: Longs
    """Whether weights are listed; otherwise they are drawn."""
    has_listed_delay: Longs
    degree: NDArray[np.int32]
    """Synapses of each source, projection by projection."""
    listed_row: Longs
    """Listed synapses of the projection's earlier sources."""
    listed_target: NDArray[np.int32]
    """Index within the target population."""
    listed_weight: NDArray[np.int32]
    listed_delay: NDArray[np.int32]
    thresholds: NDArray[np.uint32]
    """Thresholds of all tables (`fixedpoint.tables.InversionTable`)."""
    guides: NDArray[np.int32]
    """Guides of all tables, shape (n_tables, 257)."""
    group_start: Longs
    """First projection of each group, and the number of all."""
    group_type: Longs
    """Synapse type of each group."""
    group_dealing: Longs
    """Number of the way in which its targets' synapse cores share out the source."""
    row_group: Longs
    """Group of each row; rows are sorted by source, then group."""
    row_source: Longs
    """Number of the source of each row."""
    source_rows: Longs
    """First row of each source, and the number of all rows."""
    row_start: Longs
    """First synapse of each row, and the number of all."""
    seed: Longs
    """Low and high 32 bits of the seed, the key of every Philox call, shape (2,)."""


class Scratch(NamedTuple):
    """Working arrays: 1-D for one thread, with a leading axis of threads for several."""

    target: Longs
    """Target, raw weight and delay (steps) of each synapse of a row, in the order drawn."""
    weight: Longs
    delay: Longs
    place: Longs
    """Place of each synapse by block and delay."""
    next: Longs
    """Next free word of each place."""
    draws: NDArray[np.uint32]
    """Four random words for each synapse of a projection."""
    seen: NDArray[np.uint8]
    """Whether a target has been drawn; all 0 between calls."""
