"""Slices of populations: the pieces that fit one core each."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mapping.errors import SpecError
from mapping.spec import NetworkSpec
from router.readonly import freeze_arrays

__all__ = ["Slices", "cut"]


@dataclass(frozen=True, slots=True, eq=False)
class Slices:
    """The slices of all populations, one after the other, in the order of the specification.

    Attributes
    ----------
    indptr : ndarray of int64, shape (n_populations + 1,)
        Slices ``indptr[p]`` up to ``indptr[p + 1]`` are those of population p.
    population : ndarray of int32, shape (n_slices,)
    lo, hi : ndarray of int32, shape (n_slices,)
        Members ``lo:hi`` of the population.
    """

    indptr: NDArray[np.int64]
    population: NDArray[np.int32]
    lo: NDArray[np.int32]
    hi: NDArray[np.int32]

    def __post_init__(self) -> None:
        freeze_arrays(self)

    @property
    def n_slices(self) -> int:
        """Number of slices."""
        return len(self.lo)

    @property
    def n_members(self) -> NDArray[np.int32]:
        """Members of each slice, shape (n_slices,)."""
        return self.hi - self.lo

    def of(self, population: int) -> slice:
        """Range of the slices of one population."""
        return slice(int(self.indptr[population]), int(self.indptr[population + 1]))


def cut(spec: NetworkSpec, neurons_per_core: int) -> Slices:
    """Cut every population into slices of `neurons_per_core`, the last of which may be shorter.

    Raises
    ------
    SpecError
        If `neurons_per_core` is less than 1.
    """
    if neurons_per_core < 1:
        msg = f"neurons_per_core must be at least 1, got {neurons_per_core}"
        raise SpecError(msg)
    sizes = np.array([p.size for p in spec.populations], np.int64)
    counts = -(-sizes // neurons_per_core)
    indptr = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    population = np.repeat(np.arange(len(sizes)), counts)
    lo = (np.arange(len(population)) - indptr[population]) * neurons_per_core
    hi = np.minimum(lo + neurons_per_core, sizes[population])
    return Slices(indptr, *(a.astype(np.int32) for a in (population, lo, hi)))
