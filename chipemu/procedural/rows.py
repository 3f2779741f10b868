"""The rows of the spikes that are under way: kept in step with the history of spikes."""

import numpy as np

from chipemu.generation.matrix import ProceduralMatrix, scratch_arrays
from chipemu.procedural.kernels import make_all
from chipemu.procedural.state import MadeRows
from chipemu.state import History, Loaded

__all__ = ["Rows"]

FIRST_ROOM = 1 << 16
"""Words and segments that there is room for at first."""


class Rows:
    """Rows made for the spikes of a history, and what more of them are made with.

    Parameters
    ----------
    matrix : ProceduralMatrix
    loaded : Loaded
    n_threads : int
        Threads that make rows.

    Attributes
    ----------
    made : MadeRows
    plan : GenerationPlan
    scratches : Scratch
        Working arrays of each thread.
    bounds : ndarray of int64, shape (n_threads + 1,)
        Working array.
    """

    def __init__(self, matrix: ProceduralMatrix, loaded: Loaded, n_threads: int) -> None:
        header = loaded.segments.shape[1]
        size = matrix.out_degrees() + header * np.diff(matrix.source_rows)
        size.setflags(write=False)
        self.plan = matrix.plan
        self.scratches = scratch_arrays(matrix.plan, header - 1, n_threads)
        self.bounds = np.zeros(n_threads + 1, np.int64)
        self._loaded = loaded
        self.made = MadeRows(
            np.zeros(FIRST_ROOM, np.uint32),
            np.zeros(0, np.int64),
            np.zeros(1, np.int64),
            np.zeros(1, np.int64),
            size,
        )

    def follow(self, history: History, first: int, n_kept: int) -> None:
        """Keep up with `history`: `n_kept` spikes from `first` on have moved to its front."""
        place = np.zeros(history.source.size, np.int64)
        place[:n_kept] = self.made.place[first : first + n_kept]
        self.made = self.made._replace(place=place)

    def make_again(self, history: History, now: int) -> None:
        """Make the rows of all spikes that fired before step ``now - 1`` of `history`."""
        n_spikes = int(history.start[max(0, now - 1)])
        ends = np.cumsum(self.made.size[history.source[:n_spikes]])
        total = int(ends[-1]) if n_spikes else 0
        place = np.zeros(history.source.size, np.int64)
        place[1:n_spikes] = ends[:-1]
        pool = np.zeros(2 * (total + int(self.made.lacking[0])) + FIRST_ROOM, np.uint32)
        self.made = self.made._replace(pool=pool, place=place)
        self.made.head[0] = total
        self.bounds[:] = n_spikes * np.arange(self.bounds.size) // (self.bounds.size - 1)
        if n_spikes:
            make_all(self.bounds, self._loaded, self.plan, self.scratches, history, self.made)
