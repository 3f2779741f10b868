"""What is recorded of a run, and in which arrays it lies.

Engines hand over recordings of consecutive steps, one after the other, so that a run of any length
needs no more memory than the steps between two of them; `join` puts them together.

A sample of step t is the state that the hardware records: V before the update of the step,
currents after this step's input was added.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Recorder", "Recording", "Sampling", "join", "new_recorder"]


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
    v: NDArray[Any]
    i_exc: NDArray[Any]
    i_inh: NDArray[Any]
    more: NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """What was recorded in some consecutive steps: a whole run, or a part of it.

    Attributes
    ----------
    spike_source : ndarray of int32, shape (n_spikes,)
        Neuron or source that fired.
    spike_start : ndarray of int64, shape (n_steps + 1,)
        Spikes of step ``first_step + t`` are entries ``spike_start[t]`` up to
        ``spike_start[t + 1]``, ascending.
    neurons : ndarray of int64, shape (n_sampled,)
    sample_steps : ndarray of int64, shape (n_samples,)
    v_raw, i_exc_raw, i_inh_raw : ndarray of int32 or float64, shape (n_samples, n_sampled)
        Integers in s16.15 mV and nA, or with double precision mV and nA: potentials, and what the
        synapses contribute in the unit of the model.
    more_raw : ndarray of int32 or float64, shape (n_more, n_samples, n_sampled)
        States that not all models have (`chipemu.models.NeuronModel.more_states`).
    saturated : ndarray of int64, shape (n_neurons,)
        Saturated ring-buffer additions by target neuron, counted in the step they are due.
    direct_emitted : ndarray of int64, shape (n_direct, 2)
        For each run of direct Poisson sources: how often a source spiked in a step at all, and
        its spikes.
    first_step : int
        First of the steps.
    """

    spike_source: NDArray[np.int32]
    spike_start: NDArray[np.int64]
    neurons: NDArray[np.int64]
    sample_steps: NDArray[np.int64]
    v_raw: NDArray[Any]
    i_exc_raw: NDArray[Any]
    i_inh_raw: NDArray[Any]
    more_raw: NDArray[Any]
    saturated: NDArray[np.int64]
    direct_emitted: NDArray[np.int64]
    first_step: int = 0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if name != "first_step":
                getattr(self, name).setflags(write=False)

    @property
    def n_steps(self) -> int:
        """Number of steps."""
        return self.spike_start.size - 1

    def spike_steps(self) -> NDArray[np.int64]:
        """Step of each spike, shape (n_spikes,)."""
        return self.first_step + np.repeat(np.arange(self.n_steps), np.diff(self.spike_start))


def join(parts: Sequence[Recording]) -> Recording:
    """One recording of all steps of `parts`, which follow each other.

    Parameters
    ----------
    parts : sequence of Recording
        At least one.
    """
    ends = np.cumsum([part.spike_source.size for part in parts])
    starts = [part.spike_start[1:] + end for part, end in zip(parts[1:], ends, strict=False)]
    return Recording(
        spike_source=np.concatenate([part.spike_source for part in parts]),
        spike_start=np.concatenate([parts[0].spike_start, *starts]),
        neurons=parts[0].neurons,
        sample_steps=np.concatenate([part.sample_steps for part in parts]),
        v_raw=np.concatenate([part.v_raw for part in parts]),
        i_exc_raw=np.concatenate([part.i_exc_raw for part in parts]),
        i_inh_raw=np.concatenate([part.i_inh_raw for part in parts]),
        more_raw=np.concatenate([part.more_raw for part in parts], axis=1),
        saturated=np.sum([part.saturated for part in parts], axis=0),
        direct_emitted=np.sum([part.direct_emitted for part in parts], axis=0),
        first_step=parts[0].first_step,
    )


def new_recorder(
    sampling: Sampling,
    n_steps: int,
    run_start: NDArray[np.int64],
    *,
    from_step: int = 0,
    kind: type[np.generic] = np.int32,
    n_more: int = 0,
) -> Recorder:
    """Empty arrays for what `sampling` asks for of the steps `from_step` to ``n_steps - 1``.

    Parameters
    ----------
    sampling : Sampling
    n_steps : int
    run_start : ndarray of int64
        First neuron of each run of neurons with equal constants.
    from_step : int
    kind : type
        Of the values: int32, with double precision float64.
    n_more : int
        States that not all models have.
    """
    neurons = np.sort(sampling.neurons)
    n_before = max(0, -(-(from_step - sampling.first_step) // sampling.interval_steps))
    first = sampling.first_step + n_before * sampling.interval_steps
    n_samples = len(range(first, n_steps, sampling.interval_steps))
    shape = (n_samples if neurons.size else 0, neurons.size)
    return Recorder(
        neurons,
        np.searchsorted(run_start, neurons, side="right") - 1,
        np.array([first]),
        np.array([sampling.interval_steps]),
        v=np.zeros(shape, dtype=kind),
        i_exc=np.zeros(shape, dtype=kind),
        i_inh=np.zeros(shape, dtype=kind),
        more=np.zeros((n_more, *shape), dtype=kind),
    )
