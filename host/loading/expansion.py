"""Cycles that cores take to expand synapses from their specifications.

What sPyNNaker's programs do is counted, not what `host.generate` does: candidates drawn and thrown
away are trials, synapses that stay are drawn a weight and a delay, and become words of rows.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from host.loading.params import LoadingParams
from host.loading.shares import Share
from mapping.connectors import (
    ExplicitList,
    FixedInDegree,
    FixedOutDegree,
    FixedTotalNumber,
    PairwiseBernoulli,
)
from mapping.distributions import ClippedNormal, Constant, Distribution, Normal

__all__ = ["Work", "draw_cycles", "expansion_work", "is_expandable"]

Floats = NDArray[np.float64]


class Work(NamedTuple):
    """What each vertex does to expand, all of shape (n_vertices,)."""

    trials: Floats
    trial_cycles: Floats
    """Of all trials of a vertex."""
    synapses: Floats
    synapse_cycles: Floats
    rows: Floats
    row_cycles: Floats

    @property
    def cycles(self) -> Floats:
        """Of all work."""
        return self.trial_cycles + self.synapse_cycles + self.row_cycles


def is_expandable(share: Share) -> bool:
    """Whether cores can expand a projection: all rules but lists."""
    return not isinstance(share.projection.connector, ExplicitList)


def expansion_work(n_vertices: int, found: list[Share], params: LoadingParams) -> Work:
    """Work of all cores, those that receive and, with blocks of slices, those that delay.

    With blocks of slices a delay core goes through the blocks of all that its sources send, to find
    which stages each source needs (sPyNNaker `delay_expander.c`, 2018 to 2020): what all receivers
    do for them, but for the weights.
    """
    work = Work(*(np.zeros(n_vertices) for _ in Work._fields))
    for share in filter(is_expandable, found):
        projection = share.projection
        trials, trial_cycles = _trials(share, params)
        counts = trials, share.synapses, share.rows
        weight, delay = (
            draw_cycles(d, params.draw_cycles) for d in (projection.weight_na, projection.delay_ms)
        )
        cycles = trial_cycles, params.synapse_cycles + weight + delay, params.row_cycles
        _add(work, share.core, counts, cycles)
        if params.blocks == "slices":
            delays = tuple(float(count.sum()) * share.delayed for count in counts)
            cycles = trial_cycles, params.synapse_cycles / 2 + delay, params.row_cycles
            _add(work, share.delayer, delays, cycles)
    return work


def _add(
    work: Work,
    vertex: NDArray[np.int64],
    counts: tuple[Floats, ...],
    cycles: tuple[float, float, float],
) -> None:
    """Add trials, synapses and rows of each vertex, each of which takes so many cycles."""
    totals = (
        (work.trials, work.trial_cycles),
        (work.synapses, work.synapse_cycles),
        (work.rows, work.row_cycles),
    )
    for (number, time), count, each in zip(totals, counts, cycles, strict=True):
        number[vertex] += count
        time[vertex] += count * each


def _trials(share: Share, params: LoadingParams) -> tuple[Floats, int]:
    """Trials of each receiving core, and cycles of each."""
    connector = share.projection.connector
    targets = share.n_targets.astype(np.float64)
    if isinstance(connector, FixedTotalNumber) and params.blocks == "slices":
        # a row draws once for each synapse of the block that is left, to find how many are its own
        return share.synapses * (share.block_rows + 1) / 2, params.slice_trial_cycles
    if isinstance(connector, FixedTotalNumber):
        trials = np.full(targets.shape, float(connector.n))
    elif isinstance(connector, PairwiseBernoulli):
        trials = share.rows * targets
    elif isinstance(connector, FixedInDegree):
        trials = connector.k * targets
    elif isinstance(connector, FixedOutDegree):
        trials = connector.k * share.rows
    else:
        trials = np.zeros(targets.shape)
    return trials, params.trial_cycles


def draw_cycles(distribution: Distribution, normal_cycles: int) -> float:
    """Cycles for a value of `distribution`, redrawn until it is within its bounds.

    Whatever is neither constant nor normal counts like a normal draw.

    >>> draw_cycles(ClippedNormal(0.0, 1.0, low=0.0), 100)
    200.0
    """
    if isinstance(distribution, Constant):
        return 0.0
    if isinstance(distribution, ClippedNormal):
        unbounded = Normal(distribution.mu, distribution.sigma)
        below, upto = unbounded.cdf(np.array([distribution.low, distribution.high]))
        return float(normal_cycles / (upto - below))
    return float(normal_cycles)
