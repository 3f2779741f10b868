"""Synapses as the emulator holds them, and how weights are scaled to 16 bits.

A *row* is all synapses of one type that one source neuron makes, 4 bytes each, contiguous. Within
a row the words are sorted by *block* of target neurons and then by delay, so that neither delay
nor type costs bits in the word: weight (16 bits, high half) and target within its block (16 bits,
low half). `segments` says where each (block, delay) run ends. The hardware's own layout, a row
per receiving core with weight, delay, type and index in each word, is a view of this one.

Weights are quantised with the left shift of the ring buffer they are added to: one unit is
``2**(shift - 15)`` nA.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.errors import ImageError

__all__ = ["MAX_BLOCK", "InputEstimate", "SynapticMatrix", "block_bounds", "ring_buffer_shift"]

MAX_BLOCK = 1 << 16
"""Most target neurons in a block: what 16 bits can name."""
MIN_BLOCK = 1 << 13
"""Neurons below which another thread costs more than it saves (measured on two cores)."""


@dataclass(frozen=True, slots=True, eq=False)
class SynapticMatrix:
    """All synapses of a network.

    Attributes
    ----------
    words : ndarray of uint32, shape (n_synapses,)
        ``weight << 16 | target - block_lo[block]``.
    row_start : ndarray of int64, shape (n_rows + 1,)
        First word of each row.
    segments : ndarray of uint32, shape (n_rows, n_blocks * n_delays + 1)
        Words of block b with delay d (1..n_delays steps) of row r lie from
        ``row_start[r] + segments[r, b * n_delays + d - 1]`` up to, not including, the next entry's.
    row_type : ndarray of int32, shape (n_rows,)
        0 excitatory, 1 inhibitory.
    source_rows : ndarray of int64, shape (n_sources + 1,)
        Rows of source s are ``source_rows[s]`` up to ``source_rows[s + 1]``; neurons come first
        among the sources, then the members of spike source populations.
    block_lo : ndarray of int64, shape (n_blocks + 1,)
        First neuron of each block of targets.
    weight_na : ndarray of float64, shape (n_synapses,), or None
        With double precision: the weight (nA) of each word, which counts instead of its own.
    """

    words: NDArray[np.uint32]
    row_start: NDArray[np.int64]
    segments: NDArray[np.uint32]
    row_type: NDArray[np.int32]
    source_rows: NDArray[np.int64]
    block_lo: NDArray[np.int64]
    weight_na: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        n_rows = self.row_type.size
        if self.row_start.size != n_rows + 1 or self.segments.shape[0] != n_rows:
            msg = f"{n_rows} row types, but {self.row_start.size - 1} starts of rows"
            raise ImageError(msg)
        if (self.segments.shape[1] - 1) % self.n_blocks or self.words.size != self.row_start[-1]:
            msg = f"segments of shape {self.segments.shape} do not describe {self.words.size} words"
            raise ImageError(msg)
        if self.weight_na is not None and self.weight_na.size != self.words.size:
            msg = f"{self.weight_na.size} weights for {self.words.size} words"
            raise ImageError(msg)
        for name in self.__slots__:
            if getattr(self, name) is not None:
                getattr(self, name).setflags(write=False)

    @property
    def n_blocks(self) -> int:
        """Number of blocks of target neurons."""
        return int(self.block_lo.size) - 1

    @property
    def n_delays(self) -> int:
        """Longest delay (steps)."""
        return int(self.segments.shape[1] - 1) // self.n_blocks

    @property
    def n_synapses(self) -> int:
        """Number of synapses."""
        return self.words.size

    def out_degrees(self) -> NDArray[np.int64]:
        """Synapses that each source makes, shape (n_sources,)."""
        return np.diff(self.row_start[self.source_rows])

    def row(self, row: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[Any]]:
        """Synapses of one row, decoded.

        Returns
        -------
        targets : ndarray of int64
            Neurons.
        delays : ndarray of int64
            Steps.
        weights : ndarray of int64 or float64
            Raw weights, or with double precision weights in nA.
        """
        place = slice(self.row_start[row], self.row_start[row + 1])
        words = self.words[place].astype(np.int64)
        places = np.repeat(np.arange(self.segments.shape[1] - 1), np.diff(self.segments[row]))
        blocks, delays = places // self.n_delays, places % self.n_delays + 1
        weights = words >> 16 if self.weight_na is None else self.weight_na[place]
        return self.block_lo[blocks] + (words & 0xFFFF), delays, weights


def block_bounds(n_neurons: int, n_threads: int) -> NDArray[np.int64]:
    """First neuron of each block of targets.

    There is one block a thread, but none over `MAX_BLOCK` and few under `MIN_BLOCK`.

    Blocks start at multiples of four neurons where they can. What a network does never depends on
    its blocks.

    Returns
    -------
    ndarray of int64, shape (n_blocks + 1,)
    """
    n_blocks = max(-(-n_neurons // MAX_BLOCK), min(n_threads, -(-n_neurons // MIN_BLOCK)), 1)
    bounds = np.arange(n_blocks + 1, dtype=np.int64) * n_neurons // n_blocks
    bounds[1:-1] &= ~np.int64(3)
    return bounds


class InputEstimate(NamedTuple):
    """What a projection may send to one neuron in a step, for scaling its ring buffer."""

    n_synapses: int
    """Most synapses that a neuron is reckoned to receive."""
    rate_hz: float
    """Spikes per second of each source."""
    weight_mean_na: float
    weight_variance: float
    weight_max_na: float
    """Largest weight that is reckoned to occur."""
    steady: bool
    """Whether all delays are equal, so that the sources may well fire into one slot."""


def ring_buffer_shift(inputs: Sequence[InputEstimate], dt_ms: float, sigma: float = 5.0) -> int:
    """Left shift of a ring buffer that holds the expected input.

    The rule of the SpiNNaker tool chain (``ring_buffer_sigma`` = 5): the mean input of a step plus
    `sigma` standard deviations, no more than all inputs together and no less than the
    largest weight, must stay below ``2**shift`` nA.

    Parameters
    ----------
    inputs : sequence of InputEstimate
        Projections that end in this ring buffer.
    dt_ms : float
        Time step (ms).
    sigma : float
        Standard deviations allowed for.

    Returns
    -------
    int
        0 to 16.
    """
    if not inputs:
        return 0
    mean = variance = ceiling = 0.0
    for item in inputs:
        per_source = item.rate_hz * dt_ms / 1000.0
        per_step = item.n_synapses * per_source
        mean += per_step * item.weight_mean_na
        # the variance of a compound Poisson sum: n (m^2 + v)
        variance += per_step * (item.weight_mean_na**2 + item.weight_variance)
        at_most = max(1, math.ceil(per_source + sigma * math.sqrt(per_source)))
        ceiling += item.n_synapses * at_most * item.weight_max_na
    bound = ceiling if all(item.steady for item in inputs) else mean + sigma * math.sqrt(variance)
    largest = max(item.weight_max_na for item in inputs)
    bound = max(min(bound, ceiling), largest)
    if bound <= 0:
        return 0
    shift = max(0, math.ceil(math.log2(bound)))
    return int(min(16, shift + (2**shift <= bound)))
