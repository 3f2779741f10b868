"""Routing keys: a block of a power of two for each vertex, side by side within its population.

A neuron's key is its net's key with the neuron's index in the slice in the low bits. The blocks of
a population's consecutive vertices follow one another and start at a multiple of a power of two,
so that one routing entry can stand for many of them.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mapping.errors import DoesNotFitError
from mapping.graph import MachineGraph
from mapping.spec import NetworkSpec
from router.readonly import freeze_arrays

__all__ = ["KeyMap", "allocate"]

KEY_BITS = 32


@dataclass(frozen=True, slots=True, eq=False)
class KeyMap:
    """Key and mask of every net.

    Attributes
    ----------
    key, mask : ndarray of uint32, shape (n_nets,)
        Member i of the sending vertex has the key ``key | i``; the mask has no bit of i.
    """

    key: NDArray[np.uint32]
    mask: NDArray[np.uint32]

    def __post_init__(self) -> None:
        freeze_arrays(self)


class KeyAllocator(Protocol):
    """The prototype of all key allocators."""

    def __call__(self, graph: MachineGraph, spec: NetworkSpec) -> KeyMap:
        """Give each net a block of keys that no other net has, with room for all members.

        Raises
        ------
        DoesNotFitError
        """


def allocate(graph: MachineGraph, spec: NetworkSpec) -> KeyMap:
    """Give each population that sends packets a block of keys, the largest block first.

    Parameters
    ----------
    graph : MachineGraph
    spec : NetworkSpec

    Returns
    -------
    KeyMap

    Raises
    ------
    DoesNotFitError
        If 32 bits do not suffice.
    """
    population = graph.population[graph.net_vertex]
    members = np.zeros(len(spec.populations), np.int64)
    np.maximum.at(members, population, graph.n_members[graph.net_vertex])
    member_bits = np.array([_bits(n) for n in members.tolist()])
    slice_bits = [_bits(-(-p.size // graph.neurons_per_core)) for p in spec.populations]
    block = np.where(members > 0, 1 << (member_bits + np.array(slice_bits)), 0)
    order = np.argsort(-block, kind="stable")
    base = np.zeros(len(block), np.int64)
    base[order] = np.cumsum(block[order]) - block[order]
    if block.sum() > 1 << KEY_BITS:
        remedy = "use fewer sources, or slices and populations just below a power of two"
        resource = "routing keys"
        raise DoesNotFitError(resource, int(block.sum()), 1 << KEY_BITS, remedy)
    index = graph.lo[graph.net_vertex].astype(np.int64) // graph.neurons_per_core
    key = base[population] + (index << member_bits[population])
    mask = (1 << KEY_BITS) - (1 << member_bits[population])
    return KeyMap(key.astype(np.uint32), mask.astype(np.uint32))


def _bits(n: int) -> int:
    """Bits that tell `n` things apart."""
    return max(0, n - 1).bit_length()
