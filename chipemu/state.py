"""Arrays that the kernels work on: read-only what is loaded, writable what changes."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["History", "Injected", "Loaded", "Sources", "State"]

Numbers = NDArray[Any]
"""Integers of the machine, or float64 (mV, nA) with double precision."""


class Injected(NamedTuple):
    """Currents that are injected into neurons from outside, and change with time.

    The currents into neuron ``neuron[i]`` are ``current[start[i]:start[i + 1]]``. In step
    ``change_step[k]`` current ``change_current[k]`` takes the value ``change_value[k]``; until its
    first change it is 0. Changes are sorted by step.
    """

    change_step: NDArray[np.int64]
    change_current: NDArray[np.int64]
    change_value: Numbers
    """s16.15 nA, or with double precision nA."""
    neuron: NDArray[np.int64]
    start: NDArray[np.int64]
    current: NDArray[np.int64]
    n_currents: NDArray[np.int64]
    """Number of currents, shape (1,)."""


class Loaded(NamedTuple):
    """The image as the kernels see it: read-only arrays."""

    words: NDArray[np.uint32]
    row_start: NDArray[np.int64]
    segments: NDArray[np.uint32]
    row_channel: NDArray[np.int32]
    source_rows: NDArray[np.int64]
    block_lo: NDArray[np.int64]
    i_offset: Numbers
    run_start: NDArray[np.int64]
    """First neuron of each run of neurons with equal constants, and the number of all."""
    run_model: NDArray[np.int64]
    """Model of each run, and its constants."""
    constants: NDArray[np.int64]
    exact: NDArray[np.float64] | None = None
    """With double precision: constants of each run, and the weight of each word."""
    weight_na: NDArray[np.float64] | None = None


class State(NamedTuple):
    """What changes from step to step."""

    v: Numbers
    """int32, and so are currents and inputs."""
    timer: NDArray[np.int32]
    i_exc: Numbers
    i_inh: Numbers
    more: Numbers
    """States that not all models have, shape (n_more, n_neurons)."""
    i_offset: Numbers
    """Current that is no synapse's, with what is injected."""
    level: Numbers
    """Value of each injected current."""
    next_change: NDArray[np.int64]
    """Number of the next change of an injected current, shape (1,)."""
    input_exc: Numbers
    input_inh: Numbers
    rings: Numbers
    """uint16."""
    saturated: NDArray[np.int64]
    fired: NDArray[np.uint8]
    fired_words: NDArray[np.uint64]
    draws: NDArray[np.uint32]
    counts: NDArray[np.int32]
    emitted: NDArray[np.int64]


class Sources(NamedTuple):
    """Spike sources; ``thresholds[table[k]:table[k + 1]]`` and ``guides[k]`` are table k."""

    thresholds: NDArray[np.uint32]
    table: NDArray[np.int64]
    guides: NDArray[np.int32]
    direct_lo: NDArray[np.int64]
    direct_hi: NDArray[np.int64]
    direct_offset: NDArray[np.int64]
    direct_population: NDArray[np.int64]
    direct_table: NDArray[np.int64]
    direct_weight: NDArray[np.int64]
    direct_channel: NDArray[np.int64]
    poisson_lo: NDArray[np.int64]
    poisson_hi: NDArray[np.int64]
    poisson_offset: NDArray[np.int64]
    poisson_population: NDArray[np.int64]
    poisson_table: NDArray[np.int64]
    event_step: NDArray[np.int64]
    event_source: NDArray[np.int64]
    direct_weight_na: NDArray[np.float64] | None = None
    """With double precision, instead of `direct_weight`."""


class History(NamedTuple):
    """Spikes of the latest steps, as far back as delays reach.

    Those of step ``origin[0] + t`` are ``source[start[t]:start[t + 1]]``.
    """

    source: NDArray[np.int32]
    start: NDArray[np.int64]
    origin: NDArray[np.int64]
    event: NDArray[np.int64]
    """Number of the next event of spike arrays, shape (1,)."""
