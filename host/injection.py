"""Currents that are injected into neurons from outside, and change with time."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from chipemu.image import NOT_INJECTED
from chipemu.state import Injected
from host.neurons import raw_values
from host.numerics import Numerics

__all__ = ["Current", "injected"]

Longs = NDArray[np.int64]
Floats = NDArray[np.float64]


class Current(Protocol):
    """A source of current.

    Attributes
    ----------
    targets : sequence of (str, ndarray of int64)
        Populations, and those of their members into which the current flows, each once.
    """

    @property
    def targets(self) -> Sequence[tuple[str, Longs]]:
        """Into what the current flows."""
        ...

    def amplitudes_na(self, first_step: int, n_steps: int, dt_ms: float) -> Floats:
        """Current (nA) in each of `n_steps` from `first_step` on, shape (n_steps,)."""
        ...


def injected(
    currents: Sequence[Current],
    first: Mapping[str, int],
    numerics: Numerics,
    *,
    first_step: int,
    n_steps: int,
) -> Injected:
    """The changes of `currents` in some steps, as an image has them.

    Parameters
    ----------
    currents : sequence of Current
    first : mapping of str to int
        Number of the first neuron of each population.
    numerics : Numerics
    first_step, n_steps : int
        Steps whose currents are wanted. The value at the first counts as a change.

    Raises
    ------
    ParameterError
        On a current that s16.15 cannot hold.
    """
    if not currents:
        return NOT_INJECTED
    step, current, value = [], [], []
    for k, source in enumerate(currents):
        values = raw_values(source.amplitudes_na(first_step, n_steps, numerics.dt_ms), numerics)
        changes = np.flatnonzero(np.concatenate(([True], values[1:] != values[:-1])))
        step.append(first_step + changes)
        current.append(np.full(changes.size, k))
        value.append(values[changes])
    order = np.argsort(np.concatenate(step), kind="stable")
    neurons, sources = _targets(currents, first)
    neuron, start = np.unique(neurons, return_index=True)
    return Injected(
        change_step=np.concatenate(step)[order],
        change_current=np.concatenate(current)[order].astype(np.int64),
        change_value=np.concatenate(value)[order],
        neuron=neuron,
        start=np.append(start, neurons.size).astype(np.int64),
        current=sources,
        n_currents=np.array([len(currents)], np.int64),
    )


def _targets(currents: Sequence[Current], first: Mapping[str, int]) -> tuple[Longs, Longs]:
    """Neurons and the currents into them, sorted by neuron, then current."""
    nothing = np.zeros(0, np.int64)
    neurons, sources = [nothing], [nothing]
    for k, source in enumerate(currents):
        for population, members in source.targets:
            neurons.append(first[population] + np.asarray(members, np.int64))
            sources.append(np.full(len(members), k, np.int64))
    neuron, current = np.concatenate(neurons), np.concatenate(sources)
    order = np.lexsort((current, neuron))
    return neuron[order], current[order]
