"""Weights in double precision, drawn with the random words that make the 16-bit weights.

A word u of 32 bits stands for the quantile of ``(u + 1/2) / 2**32``. A 16-bit weight is this
quantile rounded, so that a network in double precision differs from the machine's in nothing but
rounding and range. Negative values are 0, as on the machine: the sign is that of the synapse type.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.generation.matrix import scratch_arrays
from chipemu.generation.plan import GenerationPlan, Longs
from fixedpoint.jit import set_threads
from host.weights.kernels import trace_rows
from mapping.connectors import ExplicitList
from mapping.distributions import Distribution
from mapping.spec import NetworkSpec

__all__ = ["Traced", "exact_weights", "trace"]

Floats = NDArray[np.float64]

MOST_AT_ONCE = 1 << 18
"""Synapses whose weights are worked out at a time, unless a row has more."""


def exact_weights(
    spec: NetworkSpec,
    plan: GenerationPlan,
    block_lo: Longs,
    n_delays: int,
    *,
    n_threads: int = 1,
) -> Floats:
    """Weights of all synapses that `host.generate.generate` makes, in the order of its words.

    It makes the rows once more, to learn which random number belongs to which word.

    Parameters
    ----------
    spec : NetworkSpec
    plan : GenerationPlan
        Of `spec`.
    block_lo : ndarray of int64, shape (n_blocks + 1,)
        Blocks of target neurons.
    n_delays : int
        Longest delay (steps).
    n_threads : int
        Threads; the result does not depend on it.

    Returns
    -------
    ndarray of float64, shape (n_synapses,)
        Magnitudes (nA).
    """
    laws = _laws(spec, plan)
    weight_na = np.empty(plan.row_start[-1])
    all_rows = range(plan.row_group.size)
    for traced in trace(plan, all_rows, block_lo, n_delays, n_threads=n_threads):
        start, stop = plan.row_start[traced.rows.start], plan.row_start[traced.rows.stop]
        weight_na[start:stop] = _values(laws, traced.projection, traced.origin)
    return weight_na


class Traced(NamedTuple):
    """Where the words of some rows come from, in their order."""

    rows: range
    projection: NDArray[np.int32]
    """Projection of the plan."""
    origin: NDArray[np.uint32]
    """Number of the synapse among those listed if weights are, else its weight's random word."""


def trace(
    plan: GenerationPlan,
    rows: range,
    block_lo: Longs,
    n_delays: int,
    *,
    n_threads: int = 1,
) -> Iterator[Traced]:
    """Find where the words of `rows` come from, some rows at a time; parameters as above."""
    n_threads = set_threads(n_threads)
    n_places = (block_lo.size - 1) * n_delays
    scratches = scratch_arrays(plan, n_places, n_threads)
    longest = scratches.target.shape[1]
    words = np.empty((n_threads, longest), np.uint32)
    segments = np.empty((n_threads, n_places + 1), np.uint32)
    origins = np.empty((n_threads, longest), np.int64)
    for bounds in _batches(plan.row_start, rows, n_threads):
        n_words = plan.row_start[bounds[-1]] - plan.row_start[bounds[0]]
        projection, origin = np.empty(n_words, np.int32), np.empty(n_words, np.uint32)
        trace_rows(
            bounds, plan, scratches, block_lo, n_delays, words, segments, origins,
            projection, origin,
        )  # fmt: skip
        yield Traced(range(int(bounds[0]), int(bounds[-1])), projection, origin)


def _batches(row_start: Longs, rows: range, n_threads: int) -> list[Longs]:
    """Bounds of the rows that each thread traces, batch by batch."""
    first, last = int(row_start[rows.start]), int(row_start[rows.stop])
    n_batches = max(1, -(-(last - first) // MOST_AT_ONCE))
    ends = np.searchsorted(row_start, np.linspace(first, last, n_batches * n_threads + 1))
    ends = np.clip(ends, rows.start, rows.stop)
    ends[0], ends[-1] = rows.start, rows.stop
    return [ends[k * n_threads : (k + 1) * n_threads + 1] for k in range(n_batches)]


class _Laws(NamedTuple):
    """What the weights of each projection follow."""

    drawn: list[Distribution]
    which: Longs
    """Which of `drawn` each projection follows, -1 if its weights are listed."""
    listed_na: Floats
    """Weights of all listed synapses, sorted by projection and source; 0 where they are drawn."""


def _laws(spec: NetworkSpec, plan: GenerationPlan) -> _Laws:
    projections = [spec.projections[key] for key in plan.key.tolist()]
    drawn = list(dict.fromkeys(projection.weight_na for projection in projections))
    which = np.array([drawn.index(projection.weight_na) for projection in projections], np.int64)
    listed_na = np.zeros(plan.listed_weight.size)
    for p, projection in enumerate(projections):
        if plan.has_listed_weight[p] and isinstance(projection.connector, ExplicitList):
            given, pre = projection.connector.weight_na, projection.connector.pre
            start, which[p] = plan.listed_start[p], -1
            listed_na[start : start + pre.size] = np.asarray(given)[np.argsort(pre, kind="stable")]
    return _Laws(drawn, which, listed_na)


def _values(laws: _Laws, projection: NDArray[np.int32], origin: NDArray[np.uint32]) -> Floats:
    values = np.empty(origin.size)
    law = laws.which[projection]
    for k in np.unique(law).tolist():
        chosen = origin[law == k]
        if k < 0:
            values[law == k] = laws.listed_na[chosen]
        else:
            values[law == k] = laws.drawn[k].ppf((chosen + 0.5) / 2.0**32)
    return np.maximum(values, 0.0)
