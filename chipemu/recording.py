"""What is recorded of a run, and in which arrays it lies.

A sample of step t is the state that the hardware records: V before the update of the step,
currents after this step's input was added.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Recorder", "Recording", "Sampling", "new_recorder"]


@dataclass(frozen=True, slots=True, eq=False)
class Sampling:
    """Which neurons are sampled, and when.

    Attributes
    ----------
    neurons : ndarray of int64
        Neurons whose V and synaptic currents are kept.
    interval_steps : int
        Steps between samples.
    first_step : int
        Step of the first sample.
    """

    neurons: NDArray[np.int64]
    interval_steps: int = 1
    first_step: int = 0


class Recorder(NamedTuple):
    """Arrays that the kernels fill."""

    neuron: NDArray[np.int64]
    run: NDArray[np.int64]
    first_step: NDArray[np.int64]
    interval: NDArray[np.int64]
    v: NDArray[np.int32]
    i_exc: NDArray[np.int32]
    i_inh: NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """Result of a run.

    Attributes
    ----------
    spike_source : ndarray of int32, shape (n_spikes,)
        Neuron or source that fired.
    spike_start : ndarray of int64, shape (n_steps + 1,)
        Spikes of step t are entries ``spike_start[t]`` up to ``spike_start[t + 1]``, ascending.
    neurons : ndarray of int64, shape (n_sampled,)
    sample_steps : ndarray of int64, shape (n_samples,)
    v_raw, i_exc_raw, i_inh_raw : ndarray of int32, shape (n_samples, n_sampled)
        s16.15 mV and nA.
    saturated : ndarray of int64, shape (n_neurons,)
        Saturated ring-buffer additions by target neuron, counted in the step they are due.
    direct_emitted : ndarray of int64, shape (n_direct, 2)
        For each run of direct Poisson sources: how often a source spiked in a step at all, and
        its spikes.
    """

    spike_source: NDArray[np.int32]
    spike_start: NDArray[np.int64]
    neurons: NDArray[np.int64]
    sample_steps: NDArray[np.int64]
    v_raw: NDArray[np.int32]
    i_exc_raw: NDArray[np.int32]
    i_inh_raw: NDArray[np.int32]
    saturated: NDArray[np.int64]
    direct_emitted: NDArray[np.int64]

    def __post_init__(self) -> None:
        for name in self.__slots__:
            getattr(self, name).setflags(write=False)

    @property
    def n_steps(self) -> int:
        """Number of steps."""
        return self.spike_start.size - 1

    def spike_steps(self) -> NDArray[np.int64]:
        """Step of each spike, shape (n_spikes,)."""
        return np.repeat(np.arange(self.n_steps), np.diff(self.spike_start))


def new_recorder(sampling: Sampling, n_steps: int, run_start: NDArray[np.int64]) -> Recorder:
    """Empty arrays for `sampling` over `n_steps` steps.

    Parameters
    ----------
    run_start : ndarray of int64
        First neuron of each run of neurons with equal constants.
    """
    neurons = np.sort(sampling.neurons)
    n_samples = len(range(sampling.first_step, n_steps, sampling.interval_steps))
    shape = (n_samples if neurons.size else 0, neurons.size)
    return Recorder(
        neurons,
        np.searchsorted(run_start, neurons, side="right") - 1,
        np.array([sampling.first_step]),
        np.array([sampling.interval_steps]),
        *(np.zeros(shape, dtype=np.int32) for _ in range(3)),
    )
