"""Compiled heart of the cores: row processing, ring buffers, Poisson sources, the step.

One call of `run_steps` advances all cores by many steps. A step is done block by block of target
neurons, in parallel: the rows of all spikes that are due are added to the block's input buffers,
then its neurons are updated. Delivering a synapse when its delay has passed, instead of when its
source fires, replaces the ring buffer's 64 slots by one, which stays in the cache; additions to
one buffer entry still happen in the order of (sending step, source, place in the row), so that
even the count of saturated additions is that of the ring buffer.

With double precision the same loops run over floating-point numbers. Where the two differ, an
argument that is None tells which of them is left out when the kernel is compiled.

`reference` has slow twins of the scalar functions; a step as a whole has its twin in
`reference_engine`, which keeps every slot and goes synapse by synapse.
"""

import numpy as np
from numpy.typing import NDArray

from chipemu.models.kernels import synaptic, update_neurons
from chipemu.recording import Recorder
from chipemu.state import History, Injected, Loaded, Numbers, Sources, State
from fixedpoint.jit import kernel, parallel_kernel, prange
from fixedpoint.kernels import wrap32
from fixedpoint.random.kernels import invert, philox4x32, philox_fill
from fixedpoint.streams import Stream

Longs = NDArray[np.int64]
Ints = NDArray[np.int32]
Words = NDArray[np.uint32]
Ring = NDArray[np.uint16]
Flags = NDArray[np.uint8]
Floats = NDArray[np.float64]

POISSON = int(Stream.POISSON)
FEW_THRESHOLDS = 32
"""Up to so many thresholds, comparing with each (vectorised) beats looking up the guide."""


@kernel
def add_row(ring: Ring, saturated: Longs, words: Words, start: int, stop: int, lo: int) -> None:
    """Add the weights of ``words[start:stop]`` to the ring buffer entries of their targets.

    An entry that would exceed 16 bits becomes 65535 and is counted in `saturated` of its target.
    """
    for i in range(start, stop):
        word = np.int64(words[i])
        target = lo + (word & 0xFFFF)
        total = np.int64(ring[target]) + (word >> 16)
        if total > 0xFFFF:
            total = np.int64(0xFFFF)
            saturated[target] += 1
        ring[target] = total


@kernel
def add_synapses(
    ring: Numbers,
    saturated: Longs,
    words: Words,
    weight_na: Floats | None,
    start: int,
    stop: int,
    lo: int,
) -> None:
    """Add the weights of ``words[start:stop]``: `add_row`, or in double precision."""
    if weight_na is None:
        add_row(ring, saturated, words, start, stop, lo)
    else:
        for i in range(start, stop):
            ring[lo + (np.int64(words[i]) & 0xFFFF)] += weight_na[i]


@kernel
def deliver(step: int, block: int, image: Loaded, state: State, history: History) -> None:
    """Add to the ring buffers all that reaches the neurons of `block` in `step`, oldest first."""
    n_delays = (image.segments.shape[1] - 1) // (image.block_lo.shape[0] - 1)
    lo = image.block_lo[block]
    now = step - history.origin[0]
    for delay in range(min(n_delays, now), 0, -1):
        place = block * n_delays + delay - 1
        for i in range(history.start[now - delay], history.start[now - delay + 1]):
            source = history.source[i]
            for row in range(image.source_rows[source], image.source_rows[source + 1]):
                begin = image.row_start[row]
                add_synapses(
                    state.rings[image.row_channel[row]],
                    state.saturated,
                    image.words,
                    image.weight_na,
                    begin + np.int64(image.segments[row, place]),
                    begin + np.int64(image.segments[row, place + 1]),
                    lo,
                )


@kernel
def poisson_count(
    member: int, step: int, population: int, seed: Longs, thresholds: Words, guide: Ints
) -> int:
    """Spikes that `member` of a Poisson population emits in `step`.

    Members draw in groups of 256: 64 Philox calls, whose first words serve the first 64 members,
    their second words the next 64, and so on, so that a group is one run of vector instructions.
    """
    call = ((member >> 8) << 6) | (member & 63)
    draws = philox4x32(call, step, population, POISSON, seed[0], seed[1])
    return invert(draws[(member >> 6) & 3], thresholds, guide)


@kernel
def draw_groups(first_group: int, step: int, population: int, seed: Longs, draws: Words) -> None:
    """Draws of whole groups of 256 members, in the order of the members."""
    for group in range(draws.shape[0] >> 8):
        philox_fill(
            (first_group + group) << 6, step, population, POISSON, seed[0], seed[1],
            draws[group << 8 : (group + 1) << 8],
        )  # fmt: skip


@kernel
def count_thresholds(draws: Words, thresholds: Words, guide: Ints, counts: Ints) -> None:
    """Invert every draw: ``counts[i]`` is the number of thresholds up to ``draws[i]``."""
    if thresholds.shape[0] > FEW_THRESHOLDS:
        for i in range(counts.shape[0]):
            counts[i] = invert(np.int64(draws[i]), thresholds, guide)
        return
    counts[:] = 0
    for k in range(thresholds.shape[0]):
        threshold = thresholds[k]
        for i in range(counts.shape[0]):
            counts[i] += draws[i] >= threshold


@kernel
def entry(array: Floats | None, i: int) -> float | None:
    """Entry `i` of `array`, if there is an array."""
    if array is None:
        return None
    return array[i]


@kernel
def add_counts(
    ring: Numbers, saturated: Longs, counts: Ints, weight: int, weight_na: float | None
) -> None:
    """Add ``counts * weight`` to ring buffer entries, saturating like `add_row`."""
    if weight_na is None:
        add_saturating(ring, saturated, counts, weight)
    else:
        for i in range(ring.shape[0]):
            ring[i] += counts[i] * weight_na


@kernel
def add_saturating(ring: Ring, saturated: Longs, counts: Ints, weight: int) -> None:
    """`add_counts` with the integers of the machine."""
    n_over = np.int64(0)
    for i in range(ring.shape[0]):
        n_over += np.int64(ring[i]) + counts[i] * weight > 0xFFFF
    if n_over == 0:
        for i in range(ring.shape[0]):
            ring[i] = np.int64(ring[i]) + counts[i] * weight
        return
    for i in range(ring.shape[0]):
        total = np.int64(ring[i]) + counts[i] * weight
        if total > 0xFFFF:
            total = np.int64(0xFFFF)
            saturated[i] += 1
        ring[i] = total


@kernel
def add_poisson(
    ring: Numbers,
    saturated: Longs,
    first: int,
    stop: int,
    offset: int,
    step: int,
    population: int,
    weight: int,
    seed: Longs,
    thresholds: Words,
    guide: Ints,
    draws: Words,
    counts: Ints,
    emitted: Longs,
    weight_na: float | None = None,
) -> None:
    """Add the input of direct Poisson sources to neurons `first` to `stop`.

    Neuron n is driven by member ``n - offset`` of `population`; its spikes of `step` times
    `weight` are added at once, or with double precision times `weight_na`. `emitted` counts the
    members that spiked, and their spikes. `draws` and `counts` are working arrays of at least
    ``stop - first + 510`` entries.
    """
    n = stop - first
    member = first - offset
    group = member >> 8
    skipped = member - (group << 8)
    draws = draws[: ((skipped + n + 255) >> 8) << 8]
    draw_groups(group, step, population, seed, draws)
    counts = counts[:n]
    count_thresholds(draws[skipped : skipped + n], thresholds, guide, counts)
    for i in range(n):
        emitted[0] += counts[i] > 0
        emitted[1] += counts[i]
    add_counts(ring[first:stop], saturated[first:stop], counts, weight, weight_na)


@kernel
def take(ring: Numbers, total: Numbers) -> None:
    """Add a ring buffer's slot to the input of its neurons, and clear it."""
    for i in range(total.shape[0]):
        total[i] += ring[i]
        ring[i] = 0


@kernel
def gather_inputs(lo: int, hi: int, state: State) -> None:
    """Sum the ring buffers of all cores that serve neurons `lo` to `hi`, and clear them."""
    state.input_exc[lo:hi] = 0
    state.input_inh[lo:hi] = 0
    for channel in range(0, state.rings.shape[0], 2):
        take(state.rings[channel, lo:hi], state.input_exc[lo:hi])
        take(state.rings[channel + 1, lo:hi], state.input_inh[lo:hi])


@kernel
def inject(
    step: int, injected: Injected, i_offset: Numbers, exact: Floats | None, state: State
) -> None:
    """Bring the currents that are injected from outside up to date for `step`."""
    at = state.next_change[0]
    if at >= injected.change_step.shape[0] or injected.change_step[at] > step:
        return
    while at < injected.change_step.shape[0] and injected.change_step[at] <= step:
        state.level[injected.change_current[at]] = injected.change_value[at]
        at += 1
    state.next_change[0] = at
    for i in range(injected.neuron.shape[0]):
        total = i_offset[injected.neuron[i]]
        for k in range(injected.start[i], injected.start[i + 1]):
            total = sum_of(total, state.level[injected.current[k]], exact)
        state.i_offset[injected.neuron[i]] = total


@kernel
def sum_of(a: float, b: float, exact: Floats | None) -> float:
    """Sum of two currents, wrapped to 32 bits unless in double precision."""
    if exact is None:
        return wrap32(np.int64(a) + np.int64(b))
    return a + b


@kernel
def record(
    step: int,
    lo: int,
    hi: int,
    state: State,
    image: Loaded,
    recorder: Recorder,
    arithmetic: int,
) -> None:
    """Sample the recorded neurons among `lo` to `hi`: V and currents before the update."""
    if step < recorder.first_step[0] or (step - recorder.first_step[0]) % recorder.interval[0]:
        return
    sample = (step - recorder.first_step[0]) // recorder.interval[0]
    if sample >= recorder.v.shape[0]:
        return
    for i in range(recorder.neuron.shape[0]):
        n = recorder.neuron[i]
        if lo <= n < hi:
            run = recorder.run[i]
            recorder.v[sample, i] = state.v[n]
            recorder.i_exc[sample, i], recorder.i_inh[sample, i] = synaptic(
                n, run, state, image, image.exact, arithmetic
            )
            for k in range(recorder.more.shape[0]):
                recorder.more[k, sample, i] = state.more[k, n]


@kernel
def add_sources(
    step: int, block: int, image: Loaded, sources: Sources, state: State, seed: Longs
) -> None:
    """Add to the ring buffers what direct Poisson sources send to the neurons of `block`."""
    if step == 0:
        return
    lo, hi = image.block_lo[block], image.block_lo[block + 1]
    for k in range(sources.direct_lo.shape[0]):
        first, stop = max(lo, sources.direct_lo[k]), min(hi, sources.direct_hi[k])
        if first < stop:
            kind = sources.direct_table[k]
            add_poisson(
                state.rings[sources.direct_channel[k]], state.saturated, first, stop,
                sources.direct_offset[k], step - 1, sources.direct_population[k],
                sources.direct_weight[k], seed,
                sources.thresholds[sources.table[kind] : sources.table[kind + 1]],
                sources.guides[kind], state.draws[block], state.counts[block],
                state.emitted[block, k], entry(sources.direct_weight_na, k),
            )  # fmt: skip


@kernel
def step_block(
    step: int,
    block: int,
    image: Loaded,
    sources: Sources,
    state: State,
    recorder: Recorder,
    arithmetic: int,
    seed: Longs,
) -> None:
    """All that one block of neurons does in one step, once its synapses have been delivered."""
    lo, hi = image.block_lo[block], image.block_lo[block + 1]
    add_sources(step, block, image, sources, state, seed)
    gather_inputs(lo, hi, state)
    record(step, lo, hi, state, image, recorder, arithmetic)
    for run in range(image.run_start.shape[0] - 1):
        first, stop = max(lo, image.run_start[run]), min(hi, image.run_start[run + 1])
        if first < stop:
            update_neurons(first, stop, step, run, state, image, image.exact, arithmetic, seed)


@kernel
def collect_spikes(
    step: int, image: Loaded, sources: Sources, state: State, history: History, seed: Longs
) -> None:
    """Append the sources that fired in `step` to the history, in ascending order.

    A source that fires k times in a step stands there k times.
    """
    now = step - history.origin[0]
    n_spikes = history.start[now]
    n_neurons = image.block_lo[-1]
    for word in range((n_neurons + 7) >> 3):
        if state.fired_words[word] != 0:
            for n in range(8 * word, min(8 * word + 8, n_neurons)):
                if state.fired[n]:
                    history.source[n_spikes] = n
                    n_spikes += 1
    for k in range(sources.poisson_lo.shape[0]):
        kind = sources.poisson_table[k]
        thresholds = sources.thresholds[sources.table[kind] : sources.table[kind + 1]]
        for source in range(sources.poisson_lo[k], sources.poisson_hi[k]):
            member = source - sources.poisson_offset[k]
            count = poisson_count(
                member, step, sources.poisson_population[k], seed, thresholds, sources.guides[kind]
            )
            for _ in range(count):
                history.source[n_spikes] = source
                n_spikes += 1
    event = history.event[0]
    while event < sources.event_step.shape[0] and sources.event_step[event] == step:
        history.source[n_spikes] = sources.event_source[event]
        n_spikes += 1
        event += 1
    history.event[0] = event
    history.start[now + 1] = n_spikes


@parallel_kernel
def run_steps(
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
) -> int:
    """Advance all cores by up to `n_steps`.

    Returns
    -------
    int
        Steps done; fewer than `n_steps` if the history has no room for another step, of which
        at most `most_per_step` spikes are to be expected.
    """
    for step in range(first_step, first_step + n_steps):
        if history.source.shape[0] - history.start[step - history.origin[0]] < most_per_step:
            return step - first_step
        inject(step, injected, image.i_offset, image.exact, state)
        for block in prange(image.block_lo.shape[0] - 1):
            deliver(step, block, image, state, history)
            step_block(step, block, image, sources, state, recorder, arithmetic, seed)
        collect_spikes(step, image, sources, state, history, seed)
    return n_steps
