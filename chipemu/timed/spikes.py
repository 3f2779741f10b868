"""Spikes that cores have fired: kept until they are recorded and sent."""

import numpy as np
from numpy.typing import NDArray

from chipemu.roles import COMBINED, NEURON, SOURCE
from chipemu.timed.state import Core, Machine, Number, Rule

__all__ = ["hold_steps", "spikes_of"]

Longs = NDArray[np.int64]


def hold_steps(machine: Machine, steps: range) -> Machine:
    """The machine with room for what is fired in `steps`; forgets what has been sent before."""
    numbers, n_groups = machine.numbers, int(machine.rules[Rule.N_GROUPS])
    sends = np.isin(machine.cores[:, Core.ROLE], (COMBINED, NEURON, SOURCE))
    sending = machine.cores[sends, Core.PASS_STEP]
    first, before = int(sending.min(initial=steps.start)), int(numbers[Number.FIRST_STEP])
    kept = machine.spans[(first - before) * n_groups : (steps.start - before) * n_groups]
    n_spikes = int(numbers[Number.N_SPIKES])
    n_dropped = int(kept[:, 0].min(initial=n_spikes))
    spans = np.zeros(((steps.stop - first) * n_groups, 2), np.int64)
    spans[: len(kept)] = kept - n_dropped
    machine.cores[sends, Core.SPIKE] -= n_dropped
    numbers[Number.FIRST_STEP], numbers[Number.N_SPIKES] = first, n_spikes - n_dropped
    return machine._replace(spikes=machine.spikes[n_dropped:n_spikes].copy(), spans=spans)


def spikes_of(machine: Machine, steps: range) -> tuple[NDArray[np.int32], Longs]:
    """Sources that fired in `steps`, ascending in each, and where those of each step begin."""
    n_groups = int(machine.rules[Rule.N_GROUPS])
    first = steps.start - int(machine.numbers[Number.FIRST_STEP])
    spans = machine.spans[n_groups * first :][: n_groups * len(steps)]
    counts = np.diff(spans, axis=1).reshape(-1, n_groups).sum(axis=1)
    start = np.concatenate(([0], np.cumsum(counts)))
    begin = int(spans[:n_groups, 0].min(initial=machine.spikes.size))
    spikes = machine.spikes[begin : begin + int(start[-1])].copy()
    if n_groups > 1:
        step = np.repeat(np.arange(len(steps)), np.diff(start))
        spikes = spikes[np.lexsort((spikes, step))]
    return spikes, start
