"""Arrays of plastic synapses that the kernels work on: read-only rows, writable state."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["PlasticRows", "PlasticState"]

Longs = NDArray[np.int64]
Numbers = NDArray[Any]
"""Integers of the machine, or float64 with double precision."""


class PlasticRows(NamedTuple):
    """Plastic synapses as the kernels see them: read-only.

    Rows of source s are ``source_rows[s]`` up to ``source_rows[s + 1]``, synapses of row r
    ``row_start[r]`` up to ``row_start[r + 1]``.
    """

    source_rows: Longs
    row_start: Longs
    row_slot: Longs
    """Place of each row's channel among `channels`."""
    channels: Longs
    """Channels that any row is added to."""
    target: NDArray[np.int32]
    """Neuron."""
    delay: NDArray[np.int32]
    """Steps."""
    rule: Longs
    """Rule of the plastic synapses of each neuron, -1 if it has none, shape (n_neurons,)."""
    shift: Longs
    """Left shifts of the excitatory and the inhibitory ring buffer, shape (2, n_neurons)."""
    choices: Longs
    """`chipemu.plasticity.params.Column` of each rule."""
    amounts: Longs
    """`chipemu.plasticity.params.Amount` of each rule, s16.15."""
    decay: Longs
    """Look-up tables of all rules."""
    exact_amounts: NDArray[np.float64] | None
    """With double precision, instead of `amounts`."""
    exact_decay: NDArray[np.float64] | None


class PlasticState(NamedTuple):
    """What changes from step to step; integers of the machine, or float64."""

    weight: Numbers
    """Of each synapse: 16 bits, or in the unit of the target's model."""
    pre_time: Longs
    """Step of the latest spike of each source, at first 0."""
    pre_trace: Numbers
    """Trace of each source at that time, shape (n_rules, n_sources)."""
    n_events: Longs
    """Events in the history of each neuron, at first 1: that which stands for none."""
    post_time: Longs
    """Steps of these events, shape (n_neurons, MOST_EVENTS)."""
    post_trace: Numbers
    """Trace of the neuron at each event."""
    ring: Numbers
    """Input that is due by step (modulo slots), channel and neuron."""
    clipped: Longs
    """Saturated additions to it, shape (n_slots, n_neurons)."""
