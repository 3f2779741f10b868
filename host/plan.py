"""How members and seeds are numbered, for on-core generation."""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mapping.spec import NetworkSpec, PopulationKind

__all__ = ["Numbering", "number_members", "seed_words"]

Longs = NDArray[np.int64]


class Numbering(NamedTuple):
    """Global numbers of all members: neurons first, then members of sending spike sources."""

    first: dict[str, int]
    """Number of a population's first member; direct Poisson populations have none."""
    n_neurons: int
    n_sources: int


def number_members(spec: NetworkSpec, direct: Collection[str]) -> Numbering:
    """Number all neurons, then all members of spike sources that are not in `direct`.

    Parameters
    ----------
    spec : NetworkSpec
    direct : collection of str
        Populations that send no packets (`mapping.traffic.is_direct_poisson`).

    Returns
    -------
    Numbering
    """
    sending = [p for p in spec.populations if p.name not in direct]
    first: dict[str, int] = {}
    at = 0
    for population in sorted(sending, key=lambda p: p.kind is not PopulationKind.NEURON):
        first[population.name] = at
        at += population.size
    return Numbering(first, spec.n_neurons, at)


def seed_words(seed: int) -> Longs:
    """Low and high 32 bits of a seed below 2**64, the key of every Philox call, shape (2,)."""
    return np.array([seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF], dtype=np.int64)
