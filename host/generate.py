"""On-core data generation: the synapses of a network, made source by source.

Every rule becomes an out-degree for each source and a way to choose that many targets:

==================== ============================================= =========================
rule                 out-degree                                    targets
==================== ============================================= =========================
fixed total number   n draws of a source, counted                  uniform; distinct in a row
                                                                   without multapses
pairwise Bernoulli   binomial                                      distinct
fixed out-degree     k                                             uniform or distinct
all-to-all           all                                           all
one-to-one           1                                             the same index
fixed in-degree      sources drawn by target, listed by source     listed
explicit list        as listed                                     listed
==================== ============================================= =========================

Weights are quantised to 16 bits and delays to steps by inverting the exact distribution of the
quantised value with one 32-bit uniform, so that a core needs integers only.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.synapses import SynapticMatrix
from fixedpoint.jit import set_threads
from fixedpoint.tables import InversionTable, inversion_table
from host import kernels
from mapping.connectors import (
    AllToAll,
    ExplicitList,
    FixedInDegree,
    FixedOutDegree,
    FixedTotalNumber,
    OneToOne,
    PairwiseBernoulli,
)
from mapping.distributions import Distribution
from mapping.spec import NetworkSpec, Projection

__all__ = [
    "GenerationPlan",
    "Numbering",
    "delay_table",
    "generate",
    "number_members",
    "plan_generation",
    "weight_table",
]

Longs = NDArray[np.int64]
BATCH = 4096
"""Draws of a source that share a run of Philox calls."""


class Numbering(NamedTuple):
    """Global numbers of all members: neurons first, then members of sending spike sources."""

    first: dict[str, int]
    """Number of a population's first member; direct Poisson populations have none."""
    n_neurons: int
    n_sources: int


class GenerationPlan(NamedTuple):
    """All that the generation kernels read; arrays are read-only.

    Projections are reordered so that those of one source population and synapse type are
    consecutive: a *group*. One row is one source's synapses through the projections of a group.
    """

    source_lo: Longs
    target_lo: Longs
    target_size: Longs
    key: Longs
    rule: Longs
    skip_self: Longs
    degree_start: Longs
    weight_base: Longs
    weight_start: Longs
    weight_stop: Longs
    weight_guide: Longs
    delay_base: Longs
    delay_start: Longs
    delay_stop: Longs
    delay_guide: Longs
    listed_start: Longs
    has_listed_weight: Longs
    has_listed_delay: Longs
    degree: NDArray[np.int32]
    listed_row: Longs
    listed_target: NDArray[np.int32]
    listed_weight: NDArray[np.int32]
    listed_delay: NDArray[np.int32]
    thresholds: NDArray[np.uint32]
    guides: NDArray[np.int32]
    group_start: Longs
    group_type: Longs
    row_group: Longs
    row_source: Longs
    source_rows: Longs
    row_start: Longs
    seed: Longs


def number_members(spec: NetworkSpec, direct: Sequence[str]) -> Numbering:
    """Number all neurons, then all members of spike sources that are not in `direct`."""
    from mapping.spec import PopulationKind  # noqa: PLC0415

    first: dict[str, int] = {}
    at = 0
    for neurons in (True, False):
        for population in spec.populations:
            if (population.kind is PopulationKind.NEURON) is neurons:
                if population.name in direct:
                    continue
                first[population.name] = at
                at += population.size
    return Numbering(first, spec.n_neurons, at)


def weight_table(weight_na: Distribution, shift: int) -> tuple[int, InversionTable]:
    """Distribution of a quantised weight.

    Parameters
    ----------
    weight_na : Distribution
        Magnitude (nA).
    shift : int
        Left shift of the ring buffer; a unit is ``2**(shift - 15)`` nA.

    Returns
    -------
    base : int
        Smallest value.
    table : InversionTable
        Of the value less `base`; values lie in 0..65535, rounded to nearest.
    """
    return _quantised(weight_na, 2.0 ** (shift - 15), 0, 0xFFFF)


def delay_table(delay_ms: Distribution, dt_ms: float, n_delays: int) -> tuple[int, InversionTable]:
    """Distribution of a delay in steps, rounded to nearest, at least 1 and at most `n_delays`.

    See `weight_table`.
    """
    return _quantised(delay_ms, dt_ms, 1, n_delays)


def _quantised(
    distribution: Distribution, unit: float, low: int, high: int
) -> tuple[int, InversionTable]:
    tails = distribution.ppf(np.array([2.0**-33, 1 - 2.0**-33]))
    first, last = (min(high, max(low, math.floor(x / unit + 0.5))) for x in tails)
    edges = (np.arange(first, last) + 0.5) * unit
    return first, inversion_table(distribution.cdf(edges))


def plan_generation(
    spec: NetworkSpec,
    numbering: Numbering,
    shifts: dict[str, tuple[int, int]],
    dt_ms: float,
    seed: int,
) -> GenerationPlan:
    """Prepare generation: degrees, tables of distributions, and the numbers of all rows.

    Parameters
    ----------
    spec : NetworkSpec
    numbering : Numbering
        Projections whose source has no number (direct Poisson sources) are left out.
    shifts : dict of str to (int, int)
        Ring-buffer shifts of each neuron population by synapse type.
    dt_ms : float
    seed : int
        Below 2**64.
    """
    seeds = np.array([seed & 0xFFFFFFFF, seed >> 32], dtype=np.int64)
    numbered = [(k, p) for k, p in enumerate(spec.projections) if p.pre in numbering.first]
    numbered.sort(key=lambda kp: (numbering.first[kp[1].pre], kp[1].receptor.value, kp[0]))
    builder = _PlanBuilder(spec, numbering, shifts, dt_ms, seeds)
    for key, projection in numbered:
        builder.add(key, projection)
    return builder.finish([p for _, p in numbered])


class _PlanBuilder:
    """Collects the columns of a `GenerationPlan`, projection by projection."""

    def __init__(
        self,
        spec: NetworkSpec,
        numbering: Numbering,
        shifts: dict[str, tuple[int, int]],
        dt_ms: float,
        seeds: Longs,
    ) -> None:
        self._spec, self._numbering, self._shifts = spec, numbering, shifts
        self._dt_ms, self._seeds = dt_ms, seeds
        self._n_delays = spec.delay_slots(dt_ms) - 1
        self._columns: list[tuple[int, ...]] = []
        self._degrees: list[NDArray[np.int32]] = []
        self._listed_rows: list[Longs] = []
        self._listed: list[tuple[NDArray[np.int32], ...]] = []
        self._tables: list[InversionTable] = []
        self._known: dict[tuple[object, ...], tuple[int, int]] = {}

    def add(self, key: int, projection: Projection) -> None:
        """Append one projection."""
        n_pre, n_post = self._spec.sizes(projection)
        rule, skip_self = _rule(projection)
        if isinstance(projection.connector, FixedInDegree | ExplicitList):
            row, listed = self._list(key, projection, n_pre, n_post)
            degree = np.diff(row).astype(np.int32)
        else:
            degree = _degrees(key, projection, n_pre, n_post, self._seeds)
            row, listed = np.zeros(n_pre + 1, np.int64), (np.zeros(0, np.int32),) * 3
        explicit = projection.connector
        has_weight = isinstance(explicit, ExplicitList) and explicit.weight_na is not None
        has_delay = isinstance(explicit, ExplicitList) and explicit.delay_ms is not None
        shift = self._shifts[projection.post][projection.receptor.value]
        weight = self._table(("weight", projection.weight_na, shift))
        delay = self._table(("delay", projection.delay_ms, self._dt_ms))
        self._columns.append(
            (
                self._numbering.first[projection.pre],
                self._numbering.first[projection.post],
                n_post,
                key,
                rule,
                skip_self,
                sum(d.size for d in self._degrees),
                *weight,
                *delay,
                sum(part[0].size for part in self._listed),
                has_weight,
                has_delay,
            )
        )
        self._degrees.append(degree)
        self._listed_rows.append(row[:-1])
        self._listed.append(listed)

    def _table(self, request: tuple[str, Distribution, float]) -> tuple[int, int]:
        """Smallest value of a quantised distribution, and the number of its table."""
        if request not in self._known:
            kind, distribution, unit = request
            if kind == "weight":
                base, table = weight_table(distribution, int(unit))
            else:
                base, table = delay_table(distribution, unit, self._n_delays)
            self._known[request] = (base, len(self._tables))
            self._tables.append(table)
        return self._known[request]

    def _list(
        self, key: int, projection: Projection, n_pre: int, n_post: int
    ) -> tuple[Longs, tuple[NDArray[np.int32], ...]]:
        """Where each source's list begins, and the listed targets, weights and delays."""
        rule = projection.connector
        if isinstance(rule, FixedInDegree):
            pre = _fixed_in_degree(rule, key, projection, (n_pre, n_post), self._seeds)
            post = np.repeat(np.arange(n_post, dtype=np.int32), rule.k)
        else:
            assert isinstance(rule, ExplicitList)
            pre, post = rule.pre, rule.post
        order = np.argsort(pre, kind="stable")
        row = np.concatenate(([0], np.cumsum(np.bincount(pre, minlength=n_pre)))).astype(np.int64)
        weight = delay = np.zeros(pre.size, np.int32)
        if isinstance(rule, ExplicitList) and rule.weight_na is not None:
            shift = self._shifts[projection.post][projection.receptor.value]
            weight = np.clip(np.rint(rule.weight_na * 2.0 ** (15 - shift)), 0, 0xFFFF)
        if isinstance(rule, ExplicitList) and rule.delay_ms is not None:
            delay = np.clip(np.rint(rule.delay_ms / self._dt_ms), 1, self._n_delays)
        return row, tuple(part[order].astype(np.int32) for part in (post, weight, delay))

    def finish(self, projections: Sequence[Projection]) -> GenerationPlan:
        """The plan of all projections added."""
        columns = np.array(self._columns, dtype=np.int64).reshape(-1, 14).T
        ends = np.cumsum([0, *(t.thresholds.size for t in self._tables)])
        weight, delay = columns[8], columns[10]
        degree = _joined(self._degrees, np.int32)
        groups = _groups(projections, self._numbering)
        rows = _rows(groups, self._spec, projections, self._numbering)
        synapses = _row_sizes(rows, groups, columns[0], columns[6], degree)
        plan = GenerationPlan(
            *columns[:8],
            ends[weight],
            ends[weight + 1],
            weight,
            columns[9],
            ends[delay],
            ends[delay + 1],
            delay,
            *columns[11:],
            degree,
            _joined(self._listed_rows, np.int64),
            *(_joined([part[i] for part in self._listed], np.int32) for i in range(3)),
            _joined([t.thresholds for t in self._tables], np.uint32),
            np.array([t.guide for t in self._tables], np.int32).reshape(-1, 257),
            groups.start,
            groups.type,
            *rows,
            np.concatenate(([0], np.cumsum(synapses))).astype(np.int64),
            self._seeds,
        )
        plan = GenerationPlan(*(np.ascontiguousarray(array) for array in plan))
        for array in plan:
            array.setflags(write=False)
        return plan


class _Groups(NamedTuple):
    start: Longs
    type: Longs


def _groups(projections: Sequence[Projection], numbering: Numbering) -> _Groups:
    keys = [(numbering.first[p.pre], p.receptor.value) for p in projections]
    new = [k for k in range(len(keys)) if k == 0 or keys[k] != keys[k - 1]]
    return _Groups(
        np.array([*new, len(keys)], dtype=np.int64),
        np.array([keys[k][1] for k in new], dtype=np.int64),
    )


def _rows(
    groups: _Groups, spec: NetworkSpec, projections: Sequence[Projection], numbering: Numbering
) -> tuple[Longs, Longs, Longs]:
    """Group and source of every row, and where the rows of each source begin."""
    row_group, row_source = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for group, first in enumerate(groups.start[:-1].tolist()):
        pre = projections[first].pre
        lo, size = numbering.first[pre], spec.population(pre).size
        row_group.append(np.full(size, group, np.int64))
        row_source.append(np.arange(lo, lo + size, dtype=np.int64))
    group_of, source_of = np.concatenate(row_group), np.concatenate(row_source)
    order = np.lexsort((group_of, source_of))
    counts = np.bincount(source_of, minlength=numbering.n_sources)
    source_rows = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    return group_of[order], source_of[order], source_rows


def _row_sizes(
    rows: tuple[Longs, Longs, Longs],
    groups: _Groups,
    source_lo: Longs,
    degree_start: Longs,
    degree: NDArray[np.int32],
) -> Longs:
    row_group, row_source, _ = rows
    sizes = np.zeros(row_group.size, np.int64)
    for group in range(groups.type.size):
        here = np.flatnonzero(row_group == group)
        for p in range(groups.start[group], groups.start[group + 1]):
            sizes[here] += degree[degree_start[p] + row_source[here] - source_lo[p]]
    return sizes


def _joined(parts: Sequence[NDArray], dtype: type) -> NDArray:  # type: ignore[type-arg]
    return np.concatenate([np.zeros(0, dtype), *parts])


def _rule(projection: Projection) -> tuple[int, bool]:
    """Choice of targets, and whether a neuron must not choose itself."""
    connector = projection.connector
    skip_self = projection.pre == projection.post and not getattr(connector, "allow_autapses", True)
    match connector:
        case OneToOne():
            return kernels.SAME, False
        case AllToAll():
            return kernels.ALL, skip_self
        case PairwiseBernoulli():
            return kernels.DISTINCT, skip_self
        case FixedTotalNumber(allow_multapses=True) | FixedOutDegree(allow_multapses=True):
            return kernels.UNIFORM, skip_self
        case FixedTotalNumber() | FixedOutDegree():
            return kernels.DISTINCT, skip_self
        case _:
            return kernels.LISTED, False


def _degrees(
    key: int, projection: Projection, n_pre: int, n_post: int, seeds: Longs
) -> NDArray[np.int32]:
    """Out-degree of every source, shape (n_pre,)."""
    candidates = n_post - 1 if _rule(projection)[1] else n_post
    degrees = np.zeros(n_pre, np.int32)
    match projection.connector:
        case OneToOne():
            degrees[:] = 1
        case AllToAll():
            degrees[:] = candidates
        case FixedOutDegree(k=k):
            degrees[:] = k
        case FixedTotalNumber(n=n, allow_multapses=True):
            chunks = 16
            bounds = np.arange(chunks + 1, dtype=np.int64) * n // chunks // BATCH * BATCH
            bounds[-1] = n
            draws = np.zeros((chunks, BATCH), np.uint32)
            counts = np.zeros((chunks, n_pre), np.int32)
            kernels.count_draws_parallel(bounds, n_pre, key, seeds, draws, counts)
            degrees[:] = counts.sum(axis=0)
        case FixedTotalNumber(n=n):
            kernels.count_distinct_draws(n, n_pre, candidates, key, seeds, degrees)
        case PairwiseBernoulli() as rule:
            first, probabilities = rule.row_length(n_pre, n_post, candidates).pmf()
            table = inversion_table(np.minimum(1.0, np.cumsum(probabilities)[:-1]))
            kernels.draw_degrees(key, seeds, table.thresholds, table.guide, first, degrees)
    return degrees


def _fixed_in_degree(
    rule: FixedInDegree, key: int, projection: Projection, sizes: tuple[int, int], seeds: Longs
) -> NDArray[np.int32]:
    """Source of every synapse, ordered by target, shape (n_post * k,)."""
    n_pre, n_post = sizes
    skip_self = projection.pre == projection.post and not rule.allow_autapses
    sources = np.zeros((n_post, rule.k), np.int32)
    seen = np.zeros(n_pre, np.uint8)
    kernels.draw_sources(
        rule.k, n_pre, not rule.allow_multapses, skip_self, key, seeds, seen, sources
    )
    return sources.ravel()


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
        Longest delay (steps).
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
    longest = int(np.diff(plan.row_start).max(initial=0))
    scratches = _scratch((n_threads,), longest, n_places, plan)
    n_batches = max(1, min(50, n_rows // 1000))
    ends = np.searchsorted(
        plan.row_start, np.linspace(0, plan.row_start[-1], n_batches * n_threads + 1)
    )
    ends[0], ends[-1] = 0, n_rows
    for batch in range(n_batches):
        bounds = ends[batch * n_threads : (batch + 1) * n_threads + 1]
        kernels.generate_rows(
            bounds, plan, plan.seed, scratches, block_lo, n_delays, plan.row_start, words, segments
        )
        advance(int(plan.row_start[bounds[-1]] - plan.row_start[bounds[0]]))
    return SynapticMatrix(
        words=words,
        row_start=plan.row_start,
        segments=segments,
        row_type=plan.group_type[plan.row_group].astype(np.int32),
        source_rows=plan.source_rows,
        block_lo=block_lo,
    )


def _scratch(
    axes: tuple[int, ...], longest: int, n_places: int, plan: GenerationPlan
) -> kernels.Scratch:
    """Working arrays for rows of up to `longest` synapses, with leading `axes`."""
    return kernels.Scratch(
        *(np.zeros((*axes, longest), np.int64) for _ in range(4)),
        np.zeros((*axes, n_places), np.int64),
        np.zeros((*axes, 4 * longest), np.uint32),
        np.zeros((*axes, int(plan.target_size.max(initial=0))), np.uint8),
    )
