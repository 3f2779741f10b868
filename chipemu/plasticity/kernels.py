"""Compiled plasticity: pairs of spikes, weights, rows of plastic synapses, the step with them.

A row is processed when its source fires: since the row was last touched, spikes of its targets
have potentiated its synapses, and the new spike depresses them; the weight that results is added
to the slot of the synapse's delay (sPyNNaker, ``synapse_dynamics_stdp_mad_impl.c``). What is due
is put into the ring buffers before a step begins, so that all other kernels are those of static
synapses.

Twins of the scalar functions are in `reference`; rows have theirs in `readable`.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chipemu.kernels import collect_spikes, deliver, inject, step_block
from chipemu.plasticity.float64 import kernels as float64
from chipemu.plasticity.params import MOST_EVENTS, UNITY, Amount, Column
from chipemu.plasticity.state import PlasticRows, PlasticState
from chipemu.recording import Recorder
from chipemu.state import History, Injected, Loaded, Sources, State
from fixedpoint.jit import kernel, parallel_kernel, prange
from fixedpoint.kernels import mul_floor, wrap32

Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
Number = Any
"""An integer of the machine, or a float with double precision."""

IS_MULTIPLICATIVE, IS_BACKPROPAGATED = int(Column.IS_MULTIPLICATIVE), int(Column.IS_BACKPROPAGATED)
PLUS, MINUS = int(Column.PLUS), int(Column.MINUS)
W_MIN, W_MAX = int(Amount.W_MIN), int(Amount.W_MAX)
A_PLUS, A_MINUS = int(Amount.A_PLUS), int(Amount.A_MINUS)


@kernel
def wrap16(x: int) -> int:
    """Low 16 bits of `x` as a signed number."""
    return ((int(x) & 0xFFFF) ^ 0x8000) - 0x8000


@kernel
def decayed(trace: int, factor: int) -> int:
    """Trace after a time whose entry of the look-up table is `factor`."""
    return (int(trace) * int(factor)) >> 11


@kernel
def grown(trace: int) -> int:
    """Trace, decayed up to now, after one more spike."""
    return wrap16(int(trace) + UNITY)


@kernel
def opened(raw: int, shift: int) -> int:
    """A weight of 16 bits as s16.15."""
    return wrap32(int(raw) << int(shift))


@kernel
def final(weight: int, shift: int) -> int:
    """A weight in s16.15 as 16 bits: what is below their last bit is lost."""
    return (int(weight) >> int(shift)) & 0xFFFF


@kernel
def potentiated(weight: int, w_max: int, amount: int, is_multiplicative: bool, trace: int) -> int:
    """Weight after a spike of the target that finds `trace` of the source's spikes."""
    share = int(trace) << 4
    if is_multiplicative:
        scale = mul_floor(wrap32(int(w_max) - int(weight)), amount)
        return wrap32(int(weight) + mul_floor(scale, share))
    return min(wrap32(int(weight) + mul_floor(amount, share)), int(w_max))


@kernel
def depressed(weight: int, w_min: int, amount: int, is_multiplicative: bool, trace: int) -> int:
    """Weight after a spike of the source that finds `trace` of the target's spikes."""
    share = int(trace) << 4
    if is_multiplicative:
        scale = mul_floor(wrap32(int(weight) - int(w_min)), amount)
        return wrap32(int(weight) - mul_floor(scale, share))
    return max(wrap32(int(weight) - mul_floor(amount, share)), int(w_min))


@kernel
def after(trace: Number, rule: int, kind: int, elapsed: int, rows: PlasticRows,
          exact: Floats | None) -> Number:  # fmt: skip
    """Trace `elapsed` steps later, by table `kind` (`PLUS` or `MINUS`) of `rule`.

    A negative time counts as one beyond the table, as unsigned arithmetic has it.
    """
    place, last = rows.choices[rule, kind], rows.choices[rule, kind + 1] - 1
    place = last if elapsed < 0 or elapsed > last - place else place + elapsed
    if exact is None:
        return decayed(trace, rows.decay[place])
    return float64.decayed(trace, exact[place])


@kernel
def one_more(trace: Number, exact: Floats | None) -> Number:
    """`grown`, or in double precision."""
    if exact is None:
        return grown(trace)
    return float64.grown(trace)


@kernel
def open_weight(raw: Number, shift: int, exact: Floats | None) -> Number:
    """`opened`, or in double precision."""
    if exact is None:
        return opened(raw, shift)
    return float64.opened(raw, shift)


@kernel
def close_weight(weight: Number, shift: int, exact: Floats | None) -> Number:
    """`final`, or in double precision."""
    if exact is None:
        return final(weight, shift)
    return float64.final(weight, shift)


@kernel
def potentiate(weight: Number, rule: int, trace: Number, rows: PlasticRows,
               exact: Floats | None) -> Number:  # fmt: skip
    """`potentiated` by `rule`, or in double precision."""
    kind = rows.choices[rule, IS_MULTIPLICATIVE] != 0
    if exact is None:
        amounts = rows.amounts[rule]
        return potentiated(weight, amounts[W_MAX], amounts[A_PLUS], kind, trace)
    return float64.potentiated(weight, exact[rule, W_MAX], exact[rule, A_PLUS], kind, trace)


@kernel
def depress(weight: Number, rule: int, trace: Number, rows: PlasticRows,
            exact: Floats | None) -> Number:  # fmt: skip
    """`depressed` by `rule`, or in double precision."""
    kind = rows.choices[rule, IS_MULTIPLICATIVE] != 0
    if exact is None:
        amounts = rows.amounts[rule]
        return depressed(weight, amounts[W_MIN], amounts[A_MINUS], kind, trace)
    return float64.depressed(weight, exact[rule, W_MIN], exact[rule, A_MINUS], kind, trace)


@kernel
def add_event(neuron: int, step: int, rows: PlasticRows, plastic: PlasticState) -> None:
    """Enter a spike of `neuron` into its history; a full one loses its oldest event."""
    times, traces, rule = plastic.post_time[neuron], plastic.post_trace[neuron], rows.rule[neuron]
    n = plastic.n_events[neuron]
    elapsed = step - times[n - 1]
    trace = one_more(
        after(traces[n - 1], rule, MINUS, elapsed, rows, rows.exact_decay), rows.exact_decay
    )
    if n == MOST_EVENTS:
        for k in range(2, MOST_EVENTS):
            times[k - 1], traces[k - 1] = times[k], traces[k]
        n -= 1
    times[n], traces[n] = step, trace
    plastic.n_events[neuron] = n + 1


@kernel
def changed(
    weight: Number,
    neuron: int,
    time: int,
    last: int,
    last_trace: Number,
    delay: int,
    rows: PlasticRows,
    plastic: PlasticState,
) -> Number:
    """Weight of a synapse onto `neuron` whose source fires at `time` and last fired at `last`.

    Spikes of the neuron count that came to the synapse, after `delay`, since `last` up to `time`.
    """
    times, rule, exact = plastic.post_time[neuron], rows.rule[neuron], rows.exact_amounts
    begin, end = max(0, last - delay), max(0, time - delay)
    event = plastic.n_events[neuron] - 1
    while event > 0 and times[event] > begin:
        event -= 1
    while event + 1 < plastic.n_events[neuron] and times[event + 1] <= end:
        event += 1
        elapsed = times[event] + delay - last
        if elapsed > 0:
            trace = after(last_trace, rule, PLUS, elapsed, rows, rows.exact_decay)
            weight = potentiate(weight, rule, trace, rows, exact)
    if event > 0:
        elapsed = time - (times[event] + delay)
        found = plastic.post_trace[neuron, event]
        trace = after(found, rule, MINUS, elapsed, rows, rows.exact_decay)
        weight = depress(weight, rule, trace, rows, exact)
    return weight


@kernel
def add_weight(weight: Number, slot: int, channel: int, neuron: int, plastic: PlasticState,
               exact: Floats | None) -> None:  # fmt: skip
    """Add a weight to what is due, saturating at 16 bits unless in double precision."""
    if exact is None:
        total = int(plastic.ring[slot, channel, neuron]) + int(weight)
        if total > 0xFFFF:
            total = 0xFFFF
            plastic.clipped[slot, neuron] += 1
        plastic.ring[slot, channel, neuron] = total
    else:
        plastic.ring[slot, channel, neuron] += weight


@kernel
def process_source(source: int, step: int, rows: PlasticRows, plastic: PlasticState) -> None:
    """Process all plastic rows of a source that fires in `step`."""
    last, exact = plastic.pre_time[source], rows.exact_amounts
    for row in range(rows.source_rows[source], rows.source_rows[source + 1]):
        channel = rows.row_slot[row]
        receptor = rows.channels[channel] & 1
        for k in range(rows.row_start[row], rows.row_start[row + 1]):
            neuron, delay = int(rows.target[k]), int(rows.delay[k])
            rule, shift = rows.rule[neuron], rows.shift[receptor, neuron]
            back = delay if rows.choices[rule, IS_BACKPROPAGATED] else 0
            weight = open_weight(plastic.weight[k], shift, exact)
            trace = plastic.pre_trace[rule, source]
            weight = changed(weight, neuron, step, last, trace, back, rows, plastic)
            weight = close_weight(weight, shift, exact)
            plastic.weight[k] = weight
            slot = (step + delay) % plastic.ring.shape[0]
            add_weight(weight, slot, channel, neuron, plastic, exact)
    for rule in range(rows.choices.shape[0]):
        trace = after(
            plastic.pre_trace[rule, source], rule, PLUS, step - last, rows, rows.exact_decay
        )
        plastic.pre_trace[rule, source] = one_more(trace, exact)
    plastic.pre_time[source] = step


@kernel
def learn(step: int, history: History, rows: PlasticRows, plastic: PlasticState) -> None:
    """Let the spikes of `step` change the weights: those of targets first, then of sources."""
    now = step - history.origin[0]
    first, stop = history.start[now], history.start[now + 1]
    for i in range(first, stop):
        neuron = history.source[i]
        if neuron < rows.rule.shape[0] and rows.rule[neuron] >= 0:
            add_event(neuron, step, rows, plastic)
    for i in range(first, stop):
        source = history.source[i]
        if rows.source_rows[source] < rows.source_rows[source + 1]:
            process_source(source, step, rows, plastic)


@kernel
def put_due(step: int, rows: PlasticRows, plastic: PlasticState, state: State) -> None:
    """Put what is due in `step` into the ring buffers, which are empty."""
    slot = step % plastic.ring.shape[0]
    for channel in range(rows.channels.shape[0]):
        state.rings[rows.channels[channel], :] = plastic.ring[slot, channel, :]
    plastic.ring[slot, :, :] = 0
    state.saturated[:] += plastic.clipped[slot, :]
    plastic.clipped[slot, :] = 0


@parallel_kernel
def run_plastic(
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
    rows: PlasticRows,
    plastic: PlasticState,
) -> int:
    """Advance all cores by up to `n_steps`, like `chipemu.kernels.run_steps`.

    Returns
    -------
    int
        Steps done; fewer than `n_steps` if the history has no room for another one.
    """
    for step in range(first_step, first_step + n_steps):
        if history.source.shape[0] - history.start[step - history.origin[0]] < most_per_step:
            return step - first_step
        inject(step, injected, image.i_offset, image.exact, state)
        put_due(step, rows, plastic, state)
        for block in prange(image.block_lo.shape[0] - 1):
            deliver(step, block, image, state, history)
            step_block(step, block, image, sources, state, recorder, arithmetic, seed)
        collect_spikes(step, image, sources, state, history, seed)
        learn(step, history, rows, plastic)
    return n_steps
