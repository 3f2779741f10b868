"""From an image to the arrays that kernels work on, and from these to a recording."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chipemu.image import DirectPoisson, MachineImage, PoissonSource
from chipemu.recording import Recorder, Recording
from chipemu.state import History, Injected, Loaded, Sources, State
from fixedpoint.tables import InversionTable

__all__ = [
    "initial_state",
    "load",
    "load_injected",
    "most_spikes_per_step",
    "recording_of",
    "source_arrays",
]


def load(image: MachineImage) -> Loaded:
    """The image as the kernels see it, with one entry for each run of equal neurons."""
    matrix = image.matrix
    columns = [image.model[:, None], image.constants]
    first = _first_of_equals(columns if image.exact is None else [*columns, image.exact])
    loaded = Loaded(
        matrix.words,
        matrix.row_start,
        matrix.segments,
        image.row_channel,
        matrix.source_rows,
        matrix.block_lo,
        image.i_offset,
        np.append(first, image.n_neurons),
        image.model[first],
        image.constants[first],
        None if image.exact is None else image.exact[first],
        matrix.weight_na,
    )
    for array in loaded:
        if array is not None:
            array.setflags(write=False)
    return loaded


def load_injected(image: MachineImage) -> Injected:
    """Currents from outside as the kernels see them."""
    number = np.int64 if image.exact is None else np.float64
    values = image.injected.change_value.astype(number)
    values.setflags(write=False)
    return image.injected._replace(change_value=values)


def recording_of(recorder: Recorder, history: History, state: State, steps: range) -> Recording:
    """What was recorded of `steps`, the latest of `history`; counts in `state` begin anew."""
    before = steps.start - int(history.origin[0])
    start = history.start[before : before + len(steps) + 1]
    samples = range(int(recorder.first_step[0]), steps.stop, int(recorder.interval[0]))
    n_samples = min(len(samples), recorder.v.shape[0])
    recording = Recording(
        spike_source=history.source[start[0] : start[-1]].copy(),
        spike_start=start - start[0],
        neurons=recorder.neuron,
        sample_steps=np.array(samples[:n_samples], np.int64),
        v_raw=recorder.v[:n_samples],
        i_exc_raw=recorder.i_exc[:n_samples],
        i_inh_raw=recorder.i_inh[:n_samples],
        more_raw=recorder.more[:, :n_samples],
        saturated=state.saturated.copy(),
        direct_emitted=state.emitted.sum(axis=0),
        first_step=steps.start,
    )
    state.saturated[:] = 0
    state.emitted[:] = 0
    return recording


def _first_of_equals(columns: Sequence[NDArray[Any]]) -> NDArray[np.int64]:
    """First neuron of each run of neurons that share all `columns`, of shape (n_neurons, n)."""
    changes = np.any([(column[1:] != column[:-1]).any(axis=1) for column in columns], axis=0)
    first = np.concatenate(([0], np.flatnonzero(changes) + 1)).astype(np.int64)
    return first[: len(columns[0])]  # without neurons there is no run


def initial_state(image: MachineImage) -> State:
    """State before the first step."""
    n = image.n_neurons
    is_fixed = image.exact is None
    number, level, entry = (
        (np.int32, np.int64, np.uint16) if is_fixed else (np.float64, np.float64, np.float64)
    )
    width = int(np.diff(image.matrix.block_lo).max()) + 512
    fired = np.zeros(-(-n // 8) * 8, dtype=np.uint8)
    return State(
        v=image.v_init.copy(),
        timer=np.zeros(n, np.int32),
        i_exc=image.i_init[0].copy(),
        i_inh=image.i_init[1].copy(),
        more=image.more_init.copy(),
        i_offset=image.i_offset.copy(),
        level=np.zeros(int(image.injected.n_currents[0]), level),
        next_change=np.zeros(1, np.int64),
        input_exc=np.zeros(n, number),
        input_inh=np.zeros(n, number),
        rings=np.zeros((image.n_channels, n), entry),
        saturated=np.zeros(n, np.int64),
        fired=fired,
        fired_words=fired.view(np.uint64),
        draws=np.zeros((image.matrix.n_blocks, width), np.uint32),
        counts=np.zeros((image.matrix.n_blocks, width), np.int32),
        emitted=np.zeros((image.matrix.n_blocks, len(image.direct), 2), np.int64),
    )


def source_arrays(image: MachineImage) -> Sources:
    """Spike sources as the kernels see them."""
    tables: list[InversionTable] = []

    def number(table: InversionTable) -> int:
        known = [k for k, other in enumerate(tables) if other is table]
        if not known:
            tables.append(table)
        return known[0] if known else len(tables) - 1

    def columns(rows: list[tuple[int, ...]], width: int) -> list[NDArray[np.int64]]:
        return list(np.array(rows, dtype=np.int64).reshape(-1, width).T.copy())

    direct = columns([_direct_row(d, number(d.table)) for d in image.direct], 7)
    poisson = columns([_poisson_row(p, number(p.table)) for p in image.poisson], 5)
    ends = np.cumsum([0, *(t.thresholds.size for t in tables)]).astype(np.int64)
    exact = None
    if image.exact is not None:
        exact = np.array([d.weight_na for d in image.direct], np.float64)
    sources = Sources._make(
        (
            np.concatenate([np.zeros(0, np.uint32), *(t.thresholds for t in tables)]),
            ends,
            np.array([t.guide for t in tables], dtype=np.int32).reshape(-1, 257),
            *direct,
            *poisson,
            image.events.step,
            image.events.source,
            exact,
        )
    )
    for array in sources:
        if array is not None:
            array.setflags(write=False)
    return sources


def _direct_row(d: DirectPoisson, table: int) -> tuple[int, ...]:
    return d.lo, d.hi, d.offset, d.population, table, d.weight, d.channel


def _poisson_row(p: PoissonSource, table: int) -> tuple[int, ...]:
    return p.lo, p.hi, p.offset, p.population, table


def most_spikes_per_step(image: MachineImage) -> int:
    """No step can have more spikes."""
    poisson = sum((p.hi - p.lo) * p.table.thresholds.size for p in image.poisson)
    _, events = np.unique(image.events.step, return_counts=True)
    return image.n_neurons + poisson + int(events.max(initial=0))
