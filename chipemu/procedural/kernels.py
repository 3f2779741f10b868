"""Steps with procedural connectivity, compiled: rows are made when their source fires.

They are kept until the last of their synapses is due, and delivered in the order in which stored
rows are (`chipemu.kernels.deliver`), so that results are the same to the last bit. The spikes of a
step share out among the threads, each of which makes whole rows.
"""

import numpy as np
from numpy.typing import NDArray

from chipemu.generation.kernels import generate_row, scratch_of
from chipemu.generation.plan import GenerationPlan, Scratch
from chipemu.kernels import add_row, collect_spikes, inject, step_block
from chipemu.procedural.state import MadeRows
from chipemu.recording import Recorder
from chipemu.state import History, Injected, Loaded, Sources, State
from fixedpoint.jit import kernel, parallel_kernel, prange

Longs = NDArray[np.int64]


@kernel
def reserve(now: int, n_delays: int, history: History, made: MadeRows) -> bool:
    """Find room for the rows of the spikes of step ``now - 1``, and say where each begins.

    Returns
    -------
    bool
        False if there is none: then ``made.lacking`` says how much was wanted.
    """
    first, stop = history.start[now - 1], history.start[now]
    total = np.int64(0)
    for i in range(first, stop):
        total += made.size[history.source[i]]
    oldest = history.start[max(0, now - n_delays)]
    head = np.int64(0)
    limit = made.pool.shape[0]
    if oldest < first:
        head, tail = made.head[0], made.place[oldest]
        if head < tail:
            limit = tail - 1
        elif head + total > limit:
            head, limit = np.int64(0), tail - 1
    made.lacking[0] = total
    if head + total > limit:
        return False
    for i in range(first, stop):
        made.place[i] = head
        head += made.size[history.source[i]]
    made.head[0] = head
    return True


@kernel
def make_rows(
    first: int,
    stop: int,
    image: Loaded,
    plan: GenerationPlan,
    scratch: Scratch,
    history: History,
    made: MadeRows,
) -> None:
    """Make the rows of the spikes `first` to ``stop - 1`` of the history, where there is room."""
    header = image.segments.shape[1]
    n_delays = (header - 1) // (image.block_lo.shape[0] - 1)
    for i in range(first, stop):
        source, at = history.source[i], made.place[i]
        for row in range(image.source_rows[source], image.source_rows[source + 1]):
            begin = at + header
            end = begin + image.row_start[row + 1] - image.row_start[row]
            generate_row(
                row, plan, scratch, image.block_lo, n_delays, made.pool[begin:end],
                made.pool[at:begin],
            )  # fmt: skip
            at = end


@kernel
def deliver_made(
    step: int, block: int, image: Loaded, state: State, history: History, made: MadeRows
) -> None:
    """Add to the ring buffers all that reaches the neurons of `block` in `step`, oldest first."""
    header = image.segments.shape[1]
    n_delays = (header - 1) // (image.block_lo.shape[0] - 1)
    now = step - history.origin[0]
    for delay in range(min(n_delays, now), 0, -1):
        place = block * n_delays + delay - 1
        for i in range(history.start[now - delay], history.start[now - delay + 1]):
            source, at = history.source[i], made.place[i]
            for row in range(image.source_rows[source], image.source_rows[source + 1]):
                begin = at + header
                add_row(
                    state.rings[image.row_channel[row]],
                    state.saturated,
                    made.pool,
                    begin + np.int64(made.pool[at + place]),
                    begin + np.int64(made.pool[at + place + 1]),
                    image.block_lo[block],
                )
                at = begin + image.row_start[row + 1] - image.row_start[row]


@parallel_kernel
def make_all(
    bounds: Longs,
    image: Loaded,
    plan: GenerationPlan,
    scratches: Scratch,
    history: History,
    made: MadeRows,
) -> None:
    """`make_rows` of the spikes between consecutive `bounds`, one stretch a thread."""
    for chunk in prange(bounds.shape[0] - 1):
        scratch = scratch_of(scratches, chunk)
        make_rows(bounds[chunk], bounds[chunk + 1], image, plan, scratch, history, made)


@kernel
def run_procedural(
    first_step: int,
    n_steps: int,
    image: Loaded,
    injected: Injected,
    sources: Sources,
    state: State,
    recorder: Recorder,
    history: History,
    arithmetic: int,
    seed: Longs,
    most_per_step: int,
    plan: GenerationPlan,
    scratches: Scratch,
    made: MadeRows,
    bounds: Longs,
) -> int:
    """Advance all cores by up to `n_steps`, like `chipemu.kernels.run_steps`.

    `bounds` is a working array of one more than there are threads.

    Returns
    -------
    int
        Steps done; fewer than `n_steps` if the history, or the pool of rows, has no room for
        another one.
    """
    n_delays = (image.segments.shape[1] - 1) // (image.block_lo.shape[0] - 1)
    n_chunks = bounds.shape[0] - 1
    for step in range(first_step, first_step + n_steps):
        now = step - history.origin[0]
        if history.source.shape[0] - history.start[now] < most_per_step:
            return step - first_step
        if now > 0:
            if not reserve(now, n_delays, history, made):
                return step - first_step
            first, stop = history.start[now - 1], history.start[now]
            for chunk in range(n_chunks + 1):
                bounds[chunk] = first + (stop - first) * chunk // n_chunks
            if stop > first:
                make_all(bounds, image, plan, scratches, history, made)
        inject(step, injected, image.i_offset, image.exact, state)
        do_blocks(step, image, sources, state, recorder, history, arithmetic, seed, made)
        collect_spikes(step, image, sources, state, history, seed)
    return n_steps


@parallel_kernel
def do_blocks(
    step: int,
    image: Loaded,
    sources: Sources,
    state: State,
    recorder: Recorder,
    history: History,
    arithmetic: int,
    seed: Longs,
    made: MadeRows,
) -> None:
    """One step of all blocks of neurons."""
    for block in prange(image.block_lo.shape[0] - 1):
        deliver_made(step, block, image, state, history, made)
        step_block(step, block, image, sources, state, recorder, arithmetic, seed)
