"""The rows of the latest spikes: where they lie, and room for more."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["MadeRows"]


class MadeRows(NamedTuple):
    """Rows made for the spikes that are under way.

    The rows of a spike lie side by side in `pool`, each with its segments first and its words
    then, as in a `chipemu.synapses.SynapticMatrix`. The pool is a ring in which those of a step
    are in one piece.
    """

    pool: NDArray[np.uint32]
    place: NDArray[np.int64]
    """Where in the pool the rows of each spike of `chipemu.state.History.source` begin."""
    head: NDArray[np.int64]
    """Next free place, shape (1,)."""
    lacking: NDArray[np.int64]
    """Room that was wanted and not found, shape (1,)."""
    size: NDArray[np.int64]
    """Room that the rows of each source take; read-only."""
