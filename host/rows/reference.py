"""Counting the synapses of all rows in readable Python: the twin of `host.rows.kernels`."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["count_rows"]

Longs = NDArray[np.int64]
Words = NDArray[np.uint32]


def count_rows(
    bounds: Longs,
    words: Words,
    row_start: Longs,
    segments: Words,
    source_rows: Longs,
    block_lo: Longs,
    slice_of: NDArray[np.int32],
    stage_steps: int,
    counts: NDArray[np.uint16],
) -> None:
    """Add to ``counts[stage, source, slice]`` the synapses of sources ``bounds[0]`` to the last."""
    n_delays = (segments.shape[1] - 1) // (block_lo.size - 1)
    for source in range(int(bounds[0]), int(bounds[-1])):
        for row in range(int(source_rows[source]), int(source_rows[source + 1])):
            for place, ends in enumerate(zip(segments[row, :-1], segments[row, 1:], strict=True)):
                block, delay = place // n_delays, place % n_delays + 1
                stage = (delay - 1) // stage_steps
                start, stop = (int(row_start[row]) + int(end) for end in ends)
                for word in words[start:stop].tolist():
                    counts[stage, source, slice_of[int(block_lo[block]) + (word & 0xFFFF)]] += 1
