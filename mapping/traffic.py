"""Which slices send packets to which, and which synapse core takes them."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mapping import memory
from mapping.connectors import ExplicitList, OneToOne
from mapping.distributions import Constant
from mapping.graph import Layout
from mapping.slices import Slices, cut
from mapping.spec import NetworkSpec, PopulationKind, Projection

__all__ = ["Traffic", "deal", "is_direct_poisson", "required_synapse_cores", "traffic"]

EVENTS_PER_CORE_HZ = 13e6
"""Synaptic events/s that one core keeps up with (sPyNNaker, static synapses)."""


class Traffic(NamedTuple):
    """One projection whose spikes travel as packets.

    Attributes
    ----------
    projection : Projection
    pre, post : int
        Indices of its populations.
    hits : ndarray of bool, shape (n_pre_slices, n_post_slices)
        Between which slices it can have a synapse.
    """

    projection: Projection
    pre: int
    post: int
    hits: NDArray[np.bool_]


def is_direct_poisson(spec: NetworkSpec, population: int, dt_ms: float) -> bool:
    """Whether a population of Poisson sources can feed its targets through memory.

    Parameters
    ----------
    spec : NetworkSpec
    population : int
        Index in `spec`.
    dt_ms : float
        Time step (ms).

    Returns
    -------
    bool
        True for Poisson sources whose only projection is one-to-one with one constant weight and
        a constant delay of one step (the rule of sPyNNaker).
    """
    source = spec.populations[population]
    outgoing = [p for p in spec.projections if p.pre == source.name]
    if source.kind is not PopulationKind.POISSON or len(outgoing) != 1:
        return False
    projection = outgoing[0]
    return (
        isinstance(projection.connector, OneToOne)
        and isinstance(projection.weight_na, Constant)
        and isinstance(projection.delay_ms, Constant)
        and max(1, round(projection.delay_ms.value / dt_ms)) == 1
    )


def traffic(spec: NetworkSpec, slices: Slices, layout: Layout, dt_ms: float) -> list[Traffic]:
    """Find the projections of `spec` that send packets, and between which slices.

    Parameters
    ----------
    spec : NetworkSpec
    slices : Slices
    layout : Layout
        In an ensemble the direct Poisson sources send none.
    dt_ms : float
        Time step (ms).
    """
    found = []
    for projection in spec.projections:
        pre, post = spec.index(projection.pre), spec.index(projection.post)
        if layout is Layout.ENSEMBLE and is_direct_poisson(spec, pre, dt_ms):
            continue
        if spec.expected_synapses(projection) > 0:
            hits = _hits(projection, slices, slices.of(pre), slices.of(post))
            found.append(Traffic(projection, pre, post, hits))
    return found


def _hits(projection: Projection, slices: Slices, pre: slice, post: slice) -> NDArray[np.bool_]:
    lo, hi = slices.lo, slices.hi
    connector = projection.connector
    shape = pre.stop - pre.start, post.stop - post.start
    if isinstance(connector, OneToOne):
        overlap: NDArray[np.bool_] = (lo[pre, None] < hi[post]) & (lo[post] < hi[pre, None])
        return overlap
    if isinstance(connector, ExplicitList):
        hits = np.zeros(shape, bool)
        sender, receiver = (
            np.searchsorted(lo[part], members, side="right") - 1
            for part, members in ((pre, connector.pre), (post, connector.post))
        )
        hits[sender, receiver] = True
        return hits
    return np.ones(shape, bool)


def deal(slices: Slices, n_buffers: int) -> NDArray[np.int16]:
    """Synapse core that takes the packets of each slice, shape (n_slices,).

    Notes
    -----
    Slice m of the n of a population goes to core ``(m // B + population) % n_buffers``, where B is
    the largest power of two that is at most ``ceil(n / n_buffers)``: blocks of a power of two keep
    routing entries mergeable (sPyNNaker deals likewise).
    """
    counts = np.diff(slices.indptr)
    shares = -(-counts // n_buffers)
    blocks = np.array([1 << (int(share).bit_length() - 1) for share in shares], np.int64)
    population = slices.population
    index = np.arange(slices.n_slices) - slices.indptr[population]
    return ((index // blocks[population] + population) % n_buffers).astype(np.int16)


def required_synapse_cores(spec: NetworkSpec, neurons_per_core: int, dt_ms: float) -> int:
    """Synapse cores per ensemble that keep up with the worst case, as sPyNNaker reckons it.

    Parameters
    ----------
    spec : NetworkSpec
    neurons_per_core : int
        Neurons of one ensemble.
    dt_ms : float
        Time step (ms), which tells direct Poisson sources.

    Returns
    -------
    int
        At least 1: the most that any population needs for the sum over its projections of
        ``longest row * sources * expected rate`` at 13 million events/s and core.
    """
    slices = cut(spec, neurons_per_core)
    events_hz = np.zeros(len(spec.populations))
    for one in traffic(spec, slices, Layout.ENSEMBLE, dt_ms):
        lengths = slices.n_members[slices.of(one.post)]
        longest = memory.row_synapses(spec, one.projection, lengths).max(initial=0)
        source = spec.populations[one.pre]
        events_hz[one.post] += longest * source.size * source.expected_rate_hz
    return max(1, math.ceil(float(events_hz.max(initial=0.0)) / EVENTS_PER_CORE_HZ))
