"""Which slices send packets to which, and which synapse core takes them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mapping import memory
from mapping.connectors import ExplicitList, OneToOne
from mapping.distributions import Constant
from mapping.graph import Layout, MachineGraph
from mapping.slices import Slices, cut
from mapping.spec import NetworkSpec, PopulationKind, Projection

__all__ = [
    "Traffic",
    "deal",
    "is_direct_poisson",
    "ranks",
    "required_synapse_cores",
    "takers",
    "traffic",
]

EVENTS_PER_CORE_HZ = 13e6
"""Synaptic events/s that one core keeps up with (sPyNNaker, static synapses)."""

MOST_DIRECT = 8
"""Most populations of Poisson sources that feed one target through memory: half of the cores of a
chip, so that neuron and synapse cores have room. A choice of ours."""


class Traffic(NamedTuple):
    """One projection whose spikes travel as packets.

    Attributes
    ----------
    projection : Projection
    pre, post : int
        Indices of its populations.
    hits : ndarray of bool, shape (n_pre_slices, n_post_slices)
        Between which slices it can have a synapse. Read-only; where a rule can connect all slices,
        one value of which all others are views, so that it takes no memory.
    is_full : bool
        Whether all of `hits` is true.
    """

    projection: Projection
    pre: int
    post: int
    hits: NDArray[np.bool_]
    is_full: bool


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
        a constant delay of one step (the rule of sPyNNaker), unless their spikes are wanted or
        the synapses are plastic. Of more than `MOST_DIRECT` such populations to one target, which
        would all share its chip, the later ones are not.
    """
    target = _direct_target(spec, population, dt_ms)
    if target is None:
        return False
    earlier = (_direct_target(spec, other, dt_ms) == target for other in range(population))
    return sum(earlier) < MOST_DIRECT


def _direct_target(spec: NetworkSpec, population: int, dt_ms: float) -> str | None:
    """Population that `population` could feed through memory, if any."""
    source = spec.populations[population]
    outgoing = spec.outgoing(population)
    if source.kind is not PopulationKind.POISSON or source.is_recorded or len(outgoing) != 1:
        return None
    projection = outgoing[0]
    is_direct = (
        isinstance(projection.connector, OneToOne)
        and projection.plasticity is None
        and isinstance(projection.weight_na, Constant)
        and isinstance(projection.delay_ms, Constant)
        and max(1, round(projection.delay_ms.value / dt_ms)) == 1
    )
    return projection.post if is_direct else None


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
            hits, is_full = _hits(projection, slices, slices.of(pre), slices.of(post))
            found.append(Traffic(projection, pre, post, hits, is_full))
    return found


def _hits(
    projection: Projection, slices: Slices, pre: slice, post: slice
) -> tuple[NDArray[np.bool_], bool]:
    """`Traffic.hits` and whether all of it is true."""
    lo, hi = slices.lo, slices.hi
    connector = projection.connector
    shape = pre.stop - pre.start, post.stop - post.start
    if isinstance(connector, OneToOne):
        hits: NDArray[np.bool_] = (lo[pre, None] < hi[post]) & (lo[post] < hi[pre, None])
    elif isinstance(connector, ExplicitList):
        hits = np.zeros(shape, bool)
        sender, receiver = (
            np.searchsorted(lo[part], members, side="right") - 1
            for part, members in ((pre, connector.pre), (post, connector.post))
        )
        hits[sender, receiver] = True
    else:
        return np.broadcast_to(np.True_, shape), True
    hits.setflags(write=False)
    return hits, bool(hits.all())


def deal(slices: Slices, n_cores: int) -> NDArray[np.int16]:
    """Share out the slices of each population among `n_cores`, shape (n_slices,).

    Notes
    -----
    Slice m of the M of a population goes to core ``m // B % n_cores``, where B is the smallest
    power of two that is at least ``M / n_cores``: blocks of a power of two keep routing entries
    mergeable. `ranks` says with which core a target begins. Both rules were found by following the
    nets of sPyNNaker 7.4.1 through its tables.
    """
    counts = np.diff(slices.indptr)
    blocks = np.array([1 << max(0, -(-int(n) // n_cores) - 1).bit_length() for n in counts])
    index = np.arange(slices.n_slices) - slices.indptr[slices.population]
    dealt: NDArray[np.int16] = (index // blocks[slices.population] % n_cores).astype(np.int16)
    return dealt


def ranks(flows: Sequence[Traffic], n_populations: int) -> NDArray[np.int16]:
    """Place of each population among those that send packets to a target.

    Parameters
    ----------
    flows : sequence of Traffic
    n_populations : int

    Returns
    -------
    ndarray of int16, shape (n_populations, n_populations)
        By target, then sender: populations before the sender that send to the target. The first
        slice of a sender goes to the synapse core of this number, modulo their count.
    """
    sends = np.zeros((n_populations, n_populations), np.int16)
    for flow in flows:
        sends[flow.post, flow.pre] = 1
    before: NDArray[np.int16] = np.cumsum(sends, axis=1, dtype=np.int16) - sends
    return before


def takers(graph: MachineGraph, n_populations: int) -> NDArray[np.int16]:
    """Which synapse core of the ensembles of each population takes the packets of each net.

    Parameters
    ----------
    graph : MachineGraph
    n_populations : int

    Returns
    -------
    ndarray of int16, shape (n_nets, n_populations)
        0 where a population has no synapse cores or does not receive the net.
    """
    target_set = np.repeat(np.arange(graph.n_target_sets), np.diff(graph.target_indptr))
    is_synapse = graph.synapse_core[graph.targets] >= 0
    target = graph.targets[is_synapse]
    taker = np.zeros((graph.n_target_sets, n_populations), np.int16)
    taker[target_set[is_synapse], graph.population[target]] = graph.synapse_core[target]
    of_net: NDArray[np.int16] = taker[graph.net_targets]
    return of_net


def required_synapse_cores(
    spec: NetworkSpec, neurons_per_core: int, dt_ms: float
) -> NDArray[np.int64]:
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
    ndarray of int64, shape (n_populations,)
        0 for spike sources. For neurons at least 1, and enough for the sum over the projections to
        the population of ``longest row * sources * expected rate`` at 13 million events/s and core.
    """
    slices = cut(spec, neurons_per_core)
    events_hz = np.zeros(len(spec.populations))
    for one in traffic(spec, slices, Layout.ENSEMBLE, dt_ms):
        lengths = slices.n_members[slices.of(one.post)]
        longest = memory.row_synapses(spec, one.projection, lengths).max(initial=0)
        source = spec.populations[one.pre]
        events_hz[one.post] += longest * source.size * source.expected_rate_hz
    is_neuron = np.array([p.kind is PopulationKind.NEURON for p in spec.populations])
    n_cores: NDArray[np.int64] = np.ceil(events_hz / EVENTS_PER_CORE_HZ).astype(np.int64)
    n_cores[is_neuron] = np.maximum(n_cores[is_neuron], 1)
    return n_cores
