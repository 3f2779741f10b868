"""Synapses that are not stored: each row is made by itself, whenever it is asked for."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chipemu.generation.kernels import generate_row
from chipemu.generation.plan import GenerationPlan, Scratch
from chipemu.synapses import SynapticMatrix

__all__ = ["ProceduralMatrix", "scratch_arrays"]


@dataclass(frozen=True, slots=True, eq=False)
class ProceduralMatrix:
    """All synapses of a network, as a plan.

    What it has in common with a `chipemu.synapses.SynapticMatrix` is called the same.

    Attributes
    ----------
    plan : GenerationPlan
    block_lo : ndarray of int64, shape (n_blocks + 1,)
        First neuron of each block of targets.
    n_delays : int
        Longest delay (steps).
    """

    plan: GenerationPlan
    block_lo: NDArray[np.int64]
    n_delays: int

    def __post_init__(self) -> None:
        self.block_lo.setflags(write=False)

    @property
    def n_blocks(self) -> int:
        """Number of blocks of target neurons."""
        return int(self.block_lo.size) - 1

    @property
    def n_synapses(self) -> int:
        """Number of synapses."""
        return int(self.plan.row_start[-1])

    @property
    def row_start(self) -> NDArray[np.int64]:
        """Synapses of all rows before each, and of all."""
        return self.plan.row_start

    @property
    def source_rows(self) -> NDArray[np.int64]:
        """First row of each source, and the number of all rows."""
        return self.plan.source_rows

    @property
    def row_type(self) -> NDArray[np.int32]:
        """0 excitatory, 1 inhibitory."""
        return self.plan.group_type[self.plan.row_group].astype(np.int32)

    @property
    def words(self) -> NDArray[np.uint32]:
        """No word is stored."""
        return np.zeros(0, np.uint32)

    @property
    def segments(self) -> NDArray[np.uint32]:
        """No segment is stored; shape (0, n_blocks * n_delays + 1)."""
        return np.zeros((0, self.n_blocks * self.n_delays + 1), np.uint32)

    @property
    def weight_na(self) -> None:
        """There are no weights of double precision."""
        return

    def out_degrees(self) -> NDArray[np.int64]:
        """Synapses that each source makes, shape (n_sources,)."""
        return np.diff(self.row_start[self.source_rows])

    def row(self, row: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Synapses of one row, decoded: targets, delays and weights as of `SynapticMatrix.row`."""
        n_places = self.n_blocks * self.n_delays
        length = int(self.row_start[row + 1] - self.row_start[row])
        words, segments = np.zeros(length, np.uint32), np.zeros((1, n_places + 1), np.uint32)
        scratch = Scratch(*(part[0] for part in scratch_arrays(self.plan, n_places, 1)))
        generate_row(row, self.plan, scratch, self.block_lo, self.n_delays, words, segments[0])
        return SynapticMatrix(
            words=words,
            row_start=np.array([0, length], np.int64),
            segments=segments,
            row_type=np.zeros(1, np.int32),
            source_rows=np.array([0, 1], np.int64),
            block_lo=self.block_lo.copy(),
        ).row(0)


def scratch_arrays(plan: GenerationPlan, n_places: int, n_threads: int) -> Scratch:
    """Working arrays for any row of `plan`, with a leading axis of `n_threads`.

    Parameters
    ----------
    plan : GenerationPlan
    n_places : int
        Blocks of targets times the longest delay.
    n_threads : int

    Returns
    -------
    Scratch
    """
    longest = int(np.diff(plan.row_start).max(initial=0))
    widest = int(plan.target_size.max(initial=0))
    return Scratch(
        target=np.zeros((n_threads, longest), np.int64),
        weight=np.zeros((n_threads, longest), np.int64),
        delay=np.zeros((n_threads, longest), np.int64),
        place=np.zeros((n_threads, longest), np.int64),
        next=np.zeros((n_threads, n_places), np.int64),
        draws=np.zeros((n_threads, 4 * longest), np.uint32),
        seen=np.zeros((n_threads, widest), np.uint8),
    )
