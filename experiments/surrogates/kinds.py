"""Surrogates: spike trains that keep some features of real ones and lose the others at random.

All keep the number of spikes of each neuron in the stretch that counts, and nothing outside it.
After Gruen 2009 (J. Neurophysiol. 101:1126) and Louis et al. 2010 (in Analysis of Parallel Spike
Trains, Springer, ch. 17).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from experiments.surrogates import Kind
from host.analysis import Window
from host.results import Spikes

__all__ = ["KINDS", "Surrogate", "anywhere", "cut", "dither", "shift", "shuffle"]

Longs = NDArray[np.int64]
Surrogate = Callable[[Spikes, Window, np.random.Generator], Spikes]
"""What makes a surrogate of the spikes in a stretch."""


def cut(spikes: Spikes, window: Window) -> Spikes:
    """Spikes of the stretch alone."""
    first, n_steps = _bounds(spikes, window)
    start, stop = np.searchsorted(spikes.steps, [first, first + n_steps])
    return replace(spikes, steps=spikes.steps[start:stop], neurons=spikes.neurons[start:stop])


def dither(
    spikes: Spikes, window: Window, rng: np.random.Generator, *, reach_ms: float = 5.0
) -> Spikes:
    """Each spike moved on its own by up to `reach_ms` either way, uniformly.

    What would leave the stretch is reflected at its end. Keeps rates as they change slowly; loses
    coincidences within less than `reach_ms`, and refractoriness.
    """
    first, n_steps = _bounds(spikes, window)
    own = cut(spikes, window)
    reach = round(reach_ms / spikes.dt_ms)
    moved = own.steps - first + rng.integers(-reach, reach + 1, own.steps.size)
    moved = np.abs(np.where(moved >= n_steps, 2 * n_steps - 1 - moved, moved))
    return _sorted(own, first + np.clip(moved, 0, n_steps - 1), own.neurons)


def shuffle(spikes: Spikes, window: Window, rng: np.random.Generator) -> Spikes:
    """Intervals of each neuron in random order after its first spike.

    Keeps the distribution of intervals exactly; loses their order and all coincidences.
    """
    own = cut(spikes, window)
    order = np.argsort(own.neurons, kind="stable")
    neurons, steps = own.neurons[order], own.steps[order].astype(np.int64)
    is_first = np.diff(neurons, prepend=-1) != 0
    intervals = np.diff(steps, prepend=0)
    later = np.flatnonzero(~is_first)
    intervals[later] = intervals[later[np.lexsort((rng.random(later.size), neurons[later]))]]
    intervals[is_first] = 0
    since = np.cumsum(intervals)
    starts = np.flatnonzero(is_first)
    n_own = np.diff(starts, append=steps.size)
    moved = since - np.repeat(since[starts], n_own) + np.repeat(steps[starts], n_own)
    return _sorted(own, moved, neurons)


def shift(spikes: Spikes, window: Window, rng: np.random.Generator) -> Spikes:
    """Whole train of each neuron moved by a time of its own, around the end of the stretch.

    Keeps all of a train but one interval; loses all coincidences.
    """
    first, n_steps = _bounds(spikes, window)
    own = cut(spikes, window)
    offsets = rng.integers(0, n_steps, sum(spikes.sizes))
    moved = (own.steps - first + offsets[own.neurons]) % n_steps
    return _sorted(own, first + moved, own.neurons)


def anywhere(spikes: Spikes, window: Window, rng: np.random.Generator) -> Spikes:
    """Each spike anywhere in the stretch: Poisson trains of the same counts.

    Keeps rates; loses the distribution of intervals and all coincidences.
    """
    first, n_steps = _bounds(spikes, window)
    own = cut(spikes, window)
    return _sorted(own, first + rng.integers(0, n_steps, own.steps.size), own.neurons)


KINDS: Mapping[Kind, Surrogate] = {
    "dither": dither,
    "shuffle": shuffle,
    "shift": shift,
    "anywhere": anywhere,
}
"""Surrogates by name."""


def _bounds(spikes: Spikes, window: Window) -> tuple[int, int]:
    """First step of the stretch, and its number of steps."""
    return round(window.warmup_ms / spikes.dt_ms), round(window.time_ms / spikes.dt_ms)


def _sorted(spikes: Spikes, steps: Longs, neurons: NDArray[np.int32]) -> Spikes:
    order = np.lexsort((neurons, steps))
    return replace(spikes, steps=steps[order].astype(np.int32), neurons=neurons[order])
