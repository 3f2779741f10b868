"""Neurons of many cores updated at once, and what they fire handed to the cores that send it."""

import numpy as np
from numpy.typing import NDArray

from chipemu.kernels import gather_inputs, poisson_count, record
from chipemu.models.kernels import update_neurons
from chipemu.recording import Recorder
from chipemu.state import Loaded, Sources, State
from chipemu.timed.state import Chip, Core
from fixedpoint.jit import kernel, parallel_kernel, prange

Longs = NDArray[np.int64]
Ints = NDArray[np.int32]

FULL = 0xFFFF


@kernel
def count_full(lo: int, hi: int, state: State, saturated: Longs) -> None:
    """Count the slots of neurons `lo` to `hi` that are full."""
    for channel in range(state.rings.shape[0]):
        ring = state.rings[channel, lo:hi]
        n_full = 0
        for i in range(hi - lo):
            n_full += ring[i] == FULL
        if n_full > 0:
            for i in range(hi - lo):
                saturated[lo + i] += ring[i] == FULL


@parallel_kernel
def update_spans(
    spans: Longs,
    step: int,
    image: Loaded,
    state: State,
    recorder: Recorder,
    saturated: Longs,
    arithmetic: int,
    seed: Longs,
) -> None:
    """Update the neurons of the `spans`: first, and one past the last."""
    for i in prange(spans.shape[0]):
        lo, hi = spans[i]
        count_full(lo, hi, state, saturated)
        gather_inputs(lo, hi, state)
        record(step, lo, hi, state, image, recorder, arithmetic)
        run = np.searchsorted(image.run_start, lo, side="right") - 1
        while run < image.run_start.shape[0] - 1 and image.run_start[run] < hi:
            first, stop = max(lo, image.run_start[run]), min(hi, image.run_start[run + 1])
            update_neurons(first, stop, step, run, state, image, image.exact, arithmetic, seed)
            run += 1


@kernel
def collect(
    spans: Longs,
    senders: Ints,
    step: int,
    event: int,
    n_spikes: int,
    cores: Longs,
    chips: Longs,
    sources: Sources,
    state: State,
    spikes: Ints,
    owner: Ints,
    seed: Longs,
) -> int:
    """Append what the neurons of `spans` and the cores `senders` fire in `step` to `spikes`.

    `event` is the first entry of ``sources.event_step`` of the step. `owner` is the core that sends
    the spikes of each source. Returns the number of spikes.
    """
    for i in range(spans.shape[0]):
        lo, hi = spans[i]
        for word in range(lo >> 3, (hi + 7) >> 3):
            if state.fired_words[word] == 0:
                continue
            for n in range(max(lo, 8 * word), min(hi, 8 * word + 8)):
                if state.fired[n]:
                    spikes[n_spikes] = n
                    n_spikes += 1
                    cores[owner[n], Core.PENDING] += 1
                    chips[cores[owner[n], Core.CHIP], Chip.PENDING] += 1
    for i in range(senders.shape[0]):
        v = senders[i]
        lo, hi = cores[v, Core.LO], cores[v, Core.HI]
        before = n_spikes
        for k in range(sources.poisson_lo.shape[0]):
            kind = sources.poisson_table[k]
            thresholds = sources.thresholds[sources.table[kind] : sources.table[kind + 1]]
            for source in range(max(lo, sources.poisson_lo[k]), min(hi, sources.poisson_hi[k])):
                count = poisson_count(
                    source - sources.poisson_offset[k], step, sources.poisson_population[k], seed,
                    thresholds, sources.guides[kind],
                )  # fmt: skip
                for _ in range(count):
                    spikes[n_spikes] = source
                    n_spikes += 1
        at = event
        while at < sources.event_step.shape[0] and sources.event_step[at] == step:
            if lo <= sources.event_source[at] < hi:
                spikes[n_spikes] = sources.event_source[at]
                n_spikes += 1
            at += 1
        cores[v, Core.PENDING] += n_spikes - before
        chips[cores[v, Core.CHIP], Chip.PENDING] += n_spikes - before
    return n_spikes
