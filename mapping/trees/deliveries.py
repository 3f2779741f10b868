"""On which chips each target set is reached, and which cores there."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mapping.errors import DoesNotFitError
from mapping.graph import MachineGraph
from mapping.place import Placement
from router.readonly import freeze_arrays
from router.table import FIRST_CORE_BIT, ROUTE_BITS

__all__ = ["Deliveries", "deliver", "number_alike"]

MOST_CORE_SETS = 1 << (ROUTE_BITS - FIRST_CORE_BIT)


@dataclass(frozen=True, slots=True, eq=False)
class Deliveries:
    """Chips and cores of every target set.

    Attributes
    ----------
    indptr : ndarray of int64, shape (n_target_sets + 1,)
    chip : ndarray of int32, shape (n_deliveries,)
        Chips on which each set has vertices, ascending.
    cores : ndarray of uint32, shape (n_deliveries,)
        Those vertices' cores, as bits of a route; if any core of the machine's mapping has a number
        above 17, the number of that set of cores, from 1, in those bits.
    """

    indptr: NDArray[np.int64]
    chip: NDArray[np.int32]
    cores: NDArray[np.uint32]

    def __post_init__(self) -> None:
        freeze_arrays(self)

    def of_set(self, target_set: int) -> slice:
        """Deliveries of a target set."""
        return slice(int(self.indptr[target_set]), int(self.indptr[target_set + 1]))

    @property
    def chip_set(self) -> NDArray[np.int64]:
        """Number of the set of chips that each target set reaches, shape (n_target_sets,)."""
        return number_alike([self.chips_of(one).tobytes() for one in range(len(self.indptr) - 1)])

    def chips_of(self, target_set: int) -> NDArray[np.int32]:
        """Chips on which a target set is reached."""
        return self.chip[self.of_set(target_set)]


def number_alike(contents: list[bytes]) -> NDArray[np.int64]:
    """Number of the first of `contents` that equals each of them, counted without gaps."""
    numbers: dict[bytes, int] = {}
    return np.array([numbers.setdefault(content, len(numbers)) for content in contents], np.int64)


def deliver(graph: MachineGraph, placement: Placement, n_chips: int) -> Deliveries:
    """Find out where each target set of `graph` is reached.

    Parameters
    ----------
    graph : MachineGraph
    placement : Placement
    n_chips : int
        Chips of the machine.

    Raises
    ------
    DoesNotFitError
        If chips with more than 18 cores hold more different sets of cores than a route can number.
    """
    target_set = np.repeat(np.arange(graph.n_target_sets), np.diff(graph.target_indptr))
    place = target_set * n_chips + placement.chip[graph.targets]
    core = placement.core[graph.targets].astype(np.uint32)
    order = np.lexsort((core, place))
    unique, first = np.unique(place[order], return_index=True)
    cores = np.zeros(0, np.uint32)
    if first.size:
        is_small = int(placement.core.max()) < ROUTE_BITS - FIRST_CORE_BIT
        cores = (_bits if is_small else _numbers)(core[order], first)
    indptr = np.searchsorted(unique, np.arange(graph.n_target_sets + 1) * n_chips)
    chip = (unique % n_chips).astype(np.int32)
    return Deliveries(indptr.astype(np.int64), chip, cores << np.uint32(FIRST_CORE_BIT))


def _bits(core: NDArray[np.uint32], first: NDArray[np.int64]) -> NDArray[np.uint32]:
    bits: NDArray[np.uint32] = np.bitwise_or.reduceat(np.uint32(1) << core, first)
    return bits


def _numbers(core: NDArray[np.uint32], first: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Number of each set of cores, from 1; equal sets have equal numbers."""
    found = 1 + number_alike([part.tobytes() for part in np.split(core, first[1:])])
    n_sets = int(found.max())
    if n_sets >= MOST_CORE_SETS:
        resource = "different sets of cores that packets reach on a chip"
        remedy = "use fewer synapse cores per ensemble, or more neurons per core"
        raise DoesNotFitError(resource, n_sets, MOST_CORE_SETS - 1, remedy)
    return found.astype(np.uint32)
