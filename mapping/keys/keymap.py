"""Routing keys: a block of a power of two for each vertex that sends.

A neuron's key is its net's key with the neuron's index in the slice in the low bits. A delay core
has a block as long as it has stages, with a sub-block for each stage. Where the blocks lie is up to
the allocator: those of nets that travel alike should be neighbours and aligned, so that one routing
entry can stand for many of them.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mapping.errors import DoesNotFitError
from mapping.graph import MachineGraph, Role
from mapping.trees import RouteForest
from router.readonly import freeze_arrays

__all__ = [
    "NO_KEY",
    "KeyAllocator",
    "KeyMap",
    "bits_for",
    "lay_out",
    "population_runs",
    "stage_bits",
    "stage_key",
    "stream_keys",
]

KEY_BITS = 32
NO_KEY = -1
"""Key of a stream that nobody receives."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class KeyMap:
    """Key and mask of every net.

    Attributes
    ----------
    key, mask : ndarray of uint32, shape (n_nets,)
        Member i of the sending vertex has the key ``key | i``; the mask has no bit of i. A delay
        core's member has one for each stage, `stage_key`.
    """

    key: NDArray[np.uint32]
    mask: NDArray[np.uint32]

    def __post_init__(self) -> None:
        freeze_arrays(self)


class KeyAllocator(Protocol):
    """The prototype of all key allocators."""

    def __call__(self, graph: MachineGraph, forest: RouteForest) -> KeyMap:
        """Give each net a block of keys that no other net has, with room for all members.

        Raises
        ------
        DoesNotFitError
        """


def lay_out(graph: MachineGraph, run: Ints, index: Ints) -> KeyMap:
    """Give each net a block of keys at a place in a run of equal blocks, the longest run first.

    Parameters
    ----------
    graph : MachineGraph
    run : ndarray of int64, shape (n_nets,)
        Number of the run that each net belongs to.
    index : ndarray of int64, shape (n_nets,)
        Its place there, which no other net of the run has.

    Returns
    -------
    KeyMap
        A run starts at a multiple of its length, a power of two, so that blocks whose places are
        aligned have keys that are aligned.

    Raises
    ------
    DoesNotFitError
        If 32 bits do not suffice.
    """
    n_runs = int(run.max(initial=-1)) + 1
    members, streams, places = np.zeros((3, n_runs), np.int64)
    np.maximum.at(members, run, graph.n_members[graph.net_vertex])
    np.maximum.at(streams, run, graph.n_streams[graph.net_vertex])
    np.maximum.at(places, run, index + 1)
    bits = bits_for(members) + bits_for(streams)
    length = np.where(places > 0, 1 << (bits + bits_for(places)), 0)
    if length.sum() > 1 << KEY_BITS:
        remedy = "use fewer sources, or slices and populations just below a power of two"
        resource = "routing keys"
        raise DoesNotFitError(resource, int(length.sum()), 1 << KEY_BITS, remedy)
    order = np.argsort(-length, kind="stable")
    base = np.zeros(n_runs, np.int64)
    base[order] = np.cumsum(length[order]) - length[order]
    key = base[run] + (index << bits[run])
    mask = (1 << KEY_BITS) - (1 << bits[run])
    return KeyMap(key.astype(np.uint32), mask.astype(np.uint32))


def population_runs(graph: MachineGraph) -> Ints:
    """Run of each net: one for each population, one for its delay cores, shape (n_nets,)."""
    is_delay = graph.role[graph.net_vertex] == Role.DELAY
    population = graph.population[graph.net_vertex].astype(np.int64)
    return np.unique(2 * population + is_delay, return_inverse=True)[1].astype(np.int64)


def stage_bits(graph: MachineGraph) -> Ints:
    """Bits of the keys of each net that tell its stages apart, shape (n_nets,)."""
    return bits_for(graph.n_streams[graph.net_vertex])


def stage_key(
    graph: MachineGraph, keys: KeyMap, net: Ints, stage: Ints, member: Ints
) -> NDArray[np.uint32]:
    """Keys of the members of nets at stages of delay.

    Parameters
    ----------
    graph : MachineGraph
    keys : KeyMap
    net, stage, member : ndarray of int64, of shapes that go together
        Net; stage, 0 for all nets but those of delay cores, whose stages are 1 up to their
        `graph.delay_stages`; index in the slice of the sending vertex.

    Returns
    -------
    ndarray of uint32
        ``key | (stage - 1) << member_bits | member`` at delay cores, where the bits of the stage
        are the highest that the mask leaves; ``key | member`` at others.
    """
    free_bits = np.bitwise_count(~keys.mask).astype(np.int64)
    member_bits = (free_bits - stage_bits(graph))[net]
    found: Ints = keys.key[net] | np.maximum(stage - 1, 0) << member_bits | member
    return found.astype(np.uint32)


def stream_keys(graph: MachineGraph, keys: KeyMap, population: int, size: int) -> Ints:
    """Keys of all members of a population at all stages.

    Parameters
    ----------
    graph : MachineGraph
    keys : KeyMap
    population : int
        Index in the specification.
    size : int
        Its members.

    Returns
    -------
    ndarray of int64, shape (graph.n_stages, size)
        `NO_KEY` where no packets are sent.
    """
    found = np.full((graph.n_stages, size), NO_KEY, np.int64)
    for net in np.flatnonzero(graph.population[graph.net_vertex] == population):
        vertex = graph.net_vertex[net]
        first = int(graph.role[vertex] == Role.DELAY)
        stage = first + np.arange(graph.n_streams[vertex])
        member = np.arange(graph.n_members[vertex])
        rows = slice(first, first + len(stage)), slice(graph.lo[vertex], graph.hi[vertex])
        found[rows] = stage_key(graph, keys, np.array(net), stage[:, None], member)
    return found


def bits_for(numbers: Ints) -> Ints:
    """Bits that tell each of these numbers of things apart."""
    return np.array([max(0, n - 1).bit_length() for n in numbers.tolist()], np.int64)
