"""Counting the synapses of all rows, compiled: one pass over the words of a synaptic matrix.

The twin is in `host.rows.reference`.
"""

import numpy as np
from numpy.typing import NDArray

from fixedpoint.jit import parallel_kernel, prange

Longs = NDArray[np.int64]
Words = NDArray[np.uint32]


@parallel_kernel
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
    """Add to ``counts[stage, source, slice]`` the synapses of sources ``bounds[0]`` to the last.

    The arrays but the last three are those of a `chipemu.synapses.SynapticMatrix`; ``slice_of`` is
    the slice of each neuron. Stage j holds the delays d with
    ``j * stage_steps < d <= (j + 1) * stage_steps``. The words of a block are sorted by delay, so
    that those of a stage lie side by side.
    """
    n_blocks = block_lo.shape[0] - 1
    n_delays = (segments.shape[1] - 1) // n_blocks
    for chunk in prange(bounds.shape[0] - 1):
        for source in range(bounds[chunk], bounds[chunk + 1]):
            for row in range(source_rows[source], source_rows[source + 1]):
                for block in range(n_blocks):
                    place = block * n_delays
                    for stage in range(counts.shape[0]):
                        first = min(stage * stage_steps, n_delays)
                        last = min(first + stage_steps, n_delays)
                        start = row_start[row] + segments[row, place + first]
                        stop = row_start[row] + segments[row, place + last]
                        for k in range(start, stop):
                            target = block_lo[block] + (words[k] & 0xFFFF)
                            counts[stage, source, slice_of[target]] += 1
