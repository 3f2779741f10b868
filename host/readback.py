"""The synapses of a projection, read back from what the cores hold."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.generation.plan import GenerationPlan
from chipemu.image import MachineImage
from chipemu.synapses import SynapticMatrix
from host.image import in_core_units, largest_weight, plan_image
from host.neurons import model_of
from host.numerics import Numerics
from host.plan import Numbering
from host.plasticity import weighted
from host.weights import trace
from mapping.graph import MachineGraph
from mapping.spec import NetworkSpec, Projection

__all__ = ["Synapses", "cut_weights", "read_projection", "read_synapses"]

Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
MOST_RAW = 0xFFFF
"""Largest weight of 16 bits."""


class Synapses(NamedTuple):
    """Synapses of a projection, sorted by source, then target; arrays of one length."""

    pre: Longs
    """Member of the source population."""
    post: Longs
    weight: Floats
    """Magnitude as the cores hold it, in the unit of the target's model."""
    delay_ms: Floats


def cut_weights(network: NetworkSpec, numerics: Numerics) -> list[tuple[int, float, float]]:
    """Projections with weights that 16 bits cannot hold at the resolution of their ring buffers.

    Parameters
    ----------
    network : NetworkSpec
    numerics : Numerics
        With the shifts of the image.

    Returns
    -------
    list of (int, float, float)
        Place of the projection in ``network.projections``, its largest weight, and the largest
        that the cores can hold; in the unit of the target's model.
    """
    if numerics.is_float64:
        return []
    found = []
    for k, projection in enumerate(network.projections):
        unit, largest = _unit(network, projection, numerics), largest_weight(network, projection)
        if largest > (MOST_RAW + 1) * unit:
            found.append((k, largest, MOST_RAW * unit))
    return found


def _unit(network: NetworkSpec, projection: Projection, numerics: Numerics) -> float:
    """Weight that a raw weight of 1 stands for."""
    assert numerics.shifts is not None
    shift = numerics.shifts[projection.post][projection.receptor.value]
    return 2.0 ** (shift - 15) / model_of(network.population(projection.post)).weight_scale


def read_projection(
    network: NetworkSpec,
    projection: int,
    image: MachineImage,
    *,
    graph: MachineGraph,
    numerics: Numerics,
    numbering: Numbering,
    plastic_weights: NDArray[Any] | None = None,
) -> Synapses:
    """Synapses of a projection, as the cores of `image` hold them.

    Parameters
    ----------
    network : NetworkSpec
    projection : int
        Its place in ``network.projections``.
    image : MachineImage
        With stored synapses.
    graph : MachineGraph
    numerics : Numerics
        With the shifts of the image.
    numbering : Numbering
    plastic_weights : ndarray of uint16 or float64, optional
        Present weights of plastic synapses; by default those that they begin with.
    """
    assert numerics.shifts is not None
    assert isinstance(image.matrix, SynapticMatrix)
    described = network.projections[projection]
    unit = _unit(network, described, numerics)
    if described.pre not in numbering.first:
        source = next(d for d in image.direct if d.population == network.index(described.pre))
        weight = source.weight_na if numerics.is_float64 else source.weight * unit
        members = np.arange(network.population(described.pre).size)
        steady = np.full(members.size, numerics.dt_ms)
        return Synapses(members, members, np.full(members.size, weight), steady)
    spec = network if numerics.is_float64 else in_core_units(network)
    longest = image.matrix.n_delays
    is_plastic = described.plasticity is not None
    plan, _ = plan_image(
        spec, graph, numerics, numbering, numerics.shifts,
        longest_delay=longest, is_plastic=is_plastic,
    )  # fmt: skip
    matrix = image.matrix
    if is_plastic:
        assert image.plastic is not None
        matrix = image.plastic.matrix
        matrix = matrix if plastic_weights is None else weighted(matrix, plastic_weights)
    return read_synapses(plan, projection, matrix, unit=unit, dt_ms=numerics.dt_ms)


def read_synapses(
    plan: GenerationPlan, key: int, matrix: SynapticMatrix, *, unit: float, dt_ms: float
) -> Synapses:
    """Synapses of one projection.

    Parameters
    ----------
    plan : GenerationPlan
        By which the matrix was made.
    key : int
        Number of the projection in the network.
    matrix : SynapticMatrix
    unit : float
        Weight that a raw weight of 1 stands for; without meaning with double precision.
    dt_ms : float
        Time step (ms).
    """
    p = int(np.flatnonzero(plan.key == key)[0])
    group = int(np.searchsorted(plan.group_start, p, side="right")) - 1
    first, n_pre = int(plan.source_lo[p]), _n_members(plan, p)
    rows = range(int(matrix.source_rows[first]), int(matrix.source_rows[first + n_pre]))
    parts = []
    for traced in trace(plan, rows, matrix.block_lo, matrix.n_delays):
        bounds = matrix.row_start[traced.rows.start : traced.rows.stop + 1]
        row = np.repeat(np.arange(traced.rows.start, traced.rows.stop), np.diff(bounds))
        own = (traced.projection == p) & (plan.row_group[row] == group)
        parts.append((*_decoded(matrix, traced.rows, own, unit), row[own]))
    target, delay, weight, row = (np.concatenate(column) for column in zip(*parts, strict=True))
    pre, post = plan.row_source[row] - first, target - plan.target_lo[p]
    order = np.lexsort((post, pre))
    return Synapses(pre[order], post[order], weight[order], (delay * dt_ms)[order])


def _n_members(plan: GenerationPlan, p: int) -> int:
    """Members of the source population of projection `p` of the plan."""
    ends = np.append(plan.degree_start[1:], plan.degree.size)
    return int(ends[p] - plan.degree_start[p])


def _decoded(
    matrix: SynapticMatrix, rows: range, own: NDArray[np.bool_], unit: float
) -> tuple[Longs, Longs, Floats]:
    """Target neurons, delays (steps) and weights of the words `own` of `rows`."""
    place = slice(int(matrix.row_start[rows.start]), int(matrix.row_start[rows.stop]))
    words = matrix.words[place][own].astype(np.int64)
    segments = matrix.segments[rows.start : rows.stop].astype(np.int64)
    n_places = segments.shape[1] - 1
    at = np.repeat(np.tile(np.arange(n_places), len(rows)), np.diff(segments, axis=1).ravel())[own]
    target: Longs = matrix.block_lo[at // matrix.n_delays] + (words & 0xFFFF)
    exact = matrix.weight_na
    weight = np.asarray((words >> 16) * unit if exact is None else exact[place][own], np.float64)
    return target, at % matrix.n_delays + 1, weight
