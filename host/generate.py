"""On-core data generation: the synapses of a network, made source by source.

Every rule becomes an out-degree for each source and a way to choose that many targets (`wiring`),
every distribution of weights or delays the exact table of its quantised values (`quantise`). Both
make up a `GenerationPlan`, from which any row can be made by itself, at any time, with integers
only: a network depends on its specification and seed, not on who makes it, where or when.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.generation.kernels import generate_rows
from chipemu.generation.matrix import scratch_arrays
from chipemu.generation.plan import GenerationPlan, Longs
from chipemu.synapses import SynapticMatrix
from fixedpoint.jit import set_threads
from host.plan import Numbering, seed_words
from host.quantise import delay_table, quantised_delays, quantised_weights, weight_table
from host.wiring import Ends, Wiring, wire
from mapping.connectors import ExplicitList
from mapping.spec import NetworkSpec, Projection

__all__ = ["generate", "plan_generation"]

Ints = NDArray[np.int32]
Shifts = Mapping[str, tuple[int, int]]

MOST_BATCHES = 50
"""Most reports of progress."""
BATCH_ROWS = 1000
"""Fewest rows in a batch."""


def plan_generation(
    spec: NetworkSpec,
    numbering: Numbering,
    shifts: Shifts,
    dt_ms: float,
    seed: int,
    *,
    dealing: Mapping[tuple[str, str], int] | None = None,
    longest_delay: int | None = None,
    is_plastic: bool = False,
) -> GenerationPlan:
    """Prepare generation: degrees, tables of distributions, and the numbers of all rows.

    Parameters
    ----------
    spec : NetworkSpec
    numbering : Numbering
        Projections whose source has no number (direct Poisson sources) are left out.
    shifts : mapping of str to (int, int)
        Ring-buffer shifts of each neuron population by synapse type.
    dt_ms : float
        Time step (ms).
    seed : int
        Below 2**64.
    dealing : mapping of (str, str) to int, optional
        For each source and target population, a number that is the same for those targets whose
        synapse cores share out the members of the source alike; by default all do.
    longest_delay : int, optional
        Longer delays (steps) are cut to it; by default to what `spec.delay_slots` leaves.
    is_plastic : bool
        Whether the plan is of the plastic projections, instead of those that are not.

    Returns
    -------
    GenerationPlan
    """
    first = numbering.first

    def group_key(projection: Projection) -> tuple[int, int, int]:
        dealt = (dealing or {}).get((projection.pre, projection.post), 0)
        return first[projection.pre], projection.receptor.value, dealt

    chosen = [(p.plasticity is not None) is is_plastic for p in spec.projections]
    keyed = [(k, p) for k, p in enumerate(spec.projections) if p.pre in first and chosen[k]]
    keyed.sort(key=lambda kp: (*group_key(kp[1]), kp[0]))
    projections = [p for _, p in keyed]
    seeds = seed_words(seed)
    wirings = [wire(p.connector, _ends(spec, p), k, seeds) for k, p in keyed]
    n_delays = longest_delay or spec.delay_slots(dt_ms) - 1
    tables = _tables(projections, shifts, dt_ms, n_delays)
    rows = _rows([group_key(p) for p in projections], wirings, numbering)
    plan = GenerationPlan(
        source_lo=_longs(first[p.pre] for p in projections),
        target_lo=_longs(first[p.post] for p in projections),
        target_size=_longs(spec.population(p.post).size for p in projections),
        key=_longs(k for k, _ in keyed),
        rule=_longs(w.rule for w in wirings),
        skip_self=_longs(w.skip_self for w in wirings),
        degree_start=_starts(w.degree.size for w in wirings),
        weight_base=tables.base[tables.weight],
        weight_start=tables.start[tables.weight],
        weight_stop=tables.start[tables.weight + 1],
        weight_guide=tables.weight,
        delay_base=tables.base[tables.delay],
        delay_start=tables.start[tables.delay],
        delay_stop=tables.start[tables.delay + 1],
        delay_guide=tables.delay,
        listed_start=_starts(w.target.size for w in wirings),
        has_listed_weight=_longs(_listed(p, "weight_na") is not None for p in projections),
        has_listed_delay=_longs(_listed(p, "delay_ms") is not None for p in projections),
        degree=np.concatenate([np.zeros(0, np.int32), *(w.degree for w in wirings)]),
        listed_row=np.concatenate([np.zeros(0, np.int64), *(w.row for w in wirings)]),
        listed_target=np.concatenate([np.zeros(0, np.int32), *(w.target for w in wirings)]),
        listed_weight=_listed_weights(projections, wirings, shifts),
        listed_delay=_listed_delays(projections, wirings, dt_ms, n_delays),
        thresholds=tables.thresholds,
        guides=tables.guides,
        group_start=rows.group_start,
        group_type=rows.group_type,
        group_dealing=rows.group_dealing,
        row_group=rows.group,
        row_source=rows.source,
        source_rows=rows.source_rows,
        row_start=rows.start,
        seed=seeds,
    )
    for array in plan:
        array.setflags(write=False)
    return plan


def _longs(values: Iterable[int]) -> Longs:
    return np.fromiter(values, np.int64)


def _starts(sizes: Iterable[int]) -> Longs:
    """Where each of several arrays of these sizes begins in their concatenation."""
    ends = _ends_of(sizes)
    return ends[:-1].copy()


def _ends_of(sizes: Iterable[int]) -> Longs:
    return np.concatenate(([0], np.cumsum(_longs(sizes)))).astype(np.int64)


def _ends(spec: NetworkSpec, projection: Projection) -> Ends:
    return Ends(*spec.sizes(projection), recurrent=projection.pre == projection.post)


def _shift(projection: Projection, shifts: Shifts) -> int:
    return shifts[projection.post][projection.receptor.value]


class _Tables(NamedTuple):
    """All tables of quantised values; those of equal distributions are one."""

    weight: Longs
    """Table of each projection's weights."""
    delay: Longs
    base: Longs
    start: Longs
    """First threshold of each table, and the number of all."""
    thresholds: NDArray[np.uint32]
    guides: Ints


def _tables(
    projections: Sequence[Projection], shifts: Shifts, dt_ms: float, n_delays: int
) -> _Tables:
    weights = [(p.weight_na, _shift(p, shifts)) for p in projections]
    delays = [p.delay_ms for p in projections]
    of_weight, of_delay = list(dict.fromkeys(weights)), list(dict.fromkeys(delays))
    made = [weight_table(values, shift) for values, shift in of_weight]
    made += [delay_table(values, dt_ms, n_delays) for values in of_delay]
    return _Tables(
        _longs(of_weight.index(request) for request in weights),
        _longs(len(of_weight) + of_delay.index(request) for request in delays),
        _longs(base for base, _ in made),
        _ends_of(table.thresholds.size for _, table in made),
        np.concatenate([np.zeros(0, np.uint32), *(table.thresholds for _, table in made)]),
        np.array([table.guide for _, table in made], np.int32).reshape(-1, 257),
    )


def _listed(projection: Projection, name: str) -> NDArray[np.float64] | None:
    """Weights or delays that the user listed."""
    connector = projection.connector
    if not isinstance(connector, ExplicitList):
        return None
    return connector.weight_na if name == "weight_na" else connector.delay_ms


def _listed_weights(
    projections: Sequence[Projection], wirings: Sequence[Wiring], shifts: Shifts
) -> Ints:
    """Raw weights of all listed synapses, 0 where they are drawn."""
    parts = [np.zeros(0, np.int32)]
    for projection, wiring in zip(projections, wirings, strict=True):
        given = _listed(projection, "weight_na")
        values = np.zeros(wiring.target.size) if given is None else given[wiring.order]
        parts.append(quantised_weights(values, _shift(projection, shifts)).astype(np.int32))
    return np.concatenate(parts)


def _listed_delays(
    projections: Sequence[Projection], wirings: Sequence[Wiring], dt_ms: float, n_delays: int
) -> Ints:
    """Delays (steps) of all listed synapses, 1 where they are drawn."""
    parts = [np.zeros(0, np.int32)]
    for projection, wiring in zip(projections, wirings, strict=True):
        given = _listed(projection, "delay_ms")
        values = np.zeros(wiring.target.size) if given is None else given[wiring.order]
        parts.append(quantised_delays(values, dt_ms, n_delays).astype(np.int32))
    return np.concatenate(parts)


class _Rows(NamedTuple):
    """The rows, sorted by source, then group."""

    group_start: Longs
    group_type: Longs
    group_dealing: Longs
    group: Longs
    source: Longs
    source_rows: Longs
    start: Longs


def _rows(
    keys: Sequence[tuple[int, int, int]], wirings: Sequence[Wiring], numbering: Numbering
) -> _Rows:
    """Join consecutive projections of equal `keys` (source, type, dealing) into groups."""
    starts = [k for k in range(len(keys)) if k == 0 or keys[k] != keys[k - 1]]
    bounds = [*starts, len(keys)]
    nothing = np.zeros(0, np.int64)
    source, group, size = [nothing], [nothing], [nothing]
    for number, start in enumerate(starts):
        degrees = [w.degree for w in wirings[start : bounds[number + 1]]]
        source.append(keys[start][0] + np.arange(degrees[0].size))
        group.append(np.full(degrees[0].size, number))
        size.append(np.sum(degrees, axis=0, dtype=np.int64))
    sources, groups, sizes = map(np.concatenate, (source, group, size))
    order = np.lexsort((groups, sources))
    return _Rows(
        _longs(bounds),
        _longs(keys[k][1] for k in starts),
        _longs(keys[k][2] for k in starts),
        groups[order],
        sources[order],
        _ends_of(np.bincount(sources, minlength=numbering.n_sources)),
        _ends_of(sizes[order]),
    )


def generate(
    plan: GenerationPlan,
    block_lo: Longs,
    n_delays: int,
    *,
    n_threads: int = 1,
    advance: Callable[[int], None] = lambda _: None,
) -> SynapticMatrix:
    """Make the synapses of all rows.

    Parameters
    ----------
    plan : GenerationPlan
    block_lo : ndarray of int64, shape (n_blocks + 1,)
        Blocks of target neurons (`chipemu.synapses.block_bounds`).
    n_delays : int
        Longest delay (steps) of the plan or more.
    n_threads : int
        Threads; the result does not depend on it.
    advance : callable
        Told the number of synapses made, now and then.

    Returns
    -------
    SynapticMatrix
    """
    n_threads = set_threads(n_threads)
    n_rows = plan.row_group.size
    n_places = (block_lo.size - 1) * n_delays
    words = np.empty(plan.row_start[-1], np.uint32)
    segments = np.empty((n_rows, n_places + 1), np.uint32)
    scratches = scratch_arrays(plan, n_places, n_threads)
    n_batches = max(1, min(MOST_BATCHES, n_rows // BATCH_ROWS))
    shares = np.linspace(0, plan.row_start[-1], n_batches * n_threads + 1)
    ends = np.searchsorted(plan.row_start, shares)
    ends[0], ends[-1] = 0, n_rows
    for batch in range(n_batches):
        bounds = ends[batch * n_threads : (batch + 1) * n_threads + 1]
        generate_rows(bounds, plan, scratches, block_lo, n_delays, words, segments)
        advance(int(plan.row_start[bounds[-1]] - plan.row_start[bounds[0]]))
    return SynapticMatrix(
        words=words,
        row_start=plan.row_start,
        segments=segments,
        row_type=plan.group_type[plan.row_group].astype(np.int32),
        source_rows=plan.source_rows,
        block_lo=block_lo,
    )
