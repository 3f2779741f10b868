"""What is counted of a run while it goes on, so that spikes need not be kept for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from chipemu.image import MachineImage
from chipemu.recording import Recording
from host.observe import spike_words
from mapping.graph import MachineGraph

__all__ = ["Tally"]

Longs = NDArray[np.int64]


@dataclass(slots=True, eq=False, kw_only=True)
class Tally:
    """Counts of the steps so far.

    Attributes
    ----------
    n_steps : int
        Steps so far.
    warmup_spikes, spikes : ndarray of int64, shape (n_sources,)
        Spikes of each neuron and source in the warm-up, and after it.
    saturated : ndarray of int64, shape (n_neurons,)
        Saturated ring-buffer additions, in all steps.
    direct_emitted : ndarray of int64, shape (n_direct, 2)
        As of `chipemu.recording.Recording`, in all steps.
    n_words : int
        Words in which the cores of the machine record spikes (`host.observe.spike_words`).
    """

    n_steps: int
    warmup_spikes: Longs
    spikes: Longs
    saturated: Longs
    direct_emitted: Longs
    n_words: int

    @classmethod
    def of_nothing(cls, image: MachineImage) -> Self:
        """Before the first step."""
        return cls(
            n_steps=0,
            warmup_spikes=np.zeros(image.n_sources, np.int64),
            spikes=np.zeros(image.n_sources, np.int64),
            saturated=np.zeros(image.n_neurons, np.int64),
            direct_emitted=np.zeros((len(image.direct), 2), np.int64),
            n_words=0,
        )

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> Self:
        """The tally of which `arrays` was told."""
        values = {name: arrays[name].astype(np.int64) for name in cls.__slots__}
        scalars = {name: int(values.pop(name)) for name in ("n_steps", "n_words")}
        return cls(**values, **scalars)  # type: ignore[arg-type]

    def arrays(self) -> dict[str, Longs]:
        """All counts by name."""
        return {name: np.array(getattr(self, name), np.int64) for name in self.__slots__}

    def add(self, raw: Recording, graph: MachineGraph, n_warmup_steps: int) -> None:
        """Count the next steps.

        Parameters
        ----------
        raw : Recording
            Of the steps from `n_steps` on.
        graph : MachineGraph
        n_warmup_steps : int
        """
        middle = raw.spike_start[min(max(n_warmup_steps - self.n_steps, 0), raw.n_steps)]
        n_sources = self.spikes.size
        if middle:
            self.warmup_spikes += np.bincount(raw.spike_source[:middle], minlength=n_sources)
        self.spikes += np.bincount(raw.spike_source[middle:], minlength=n_sources)
        self.saturated += raw.saturated
        self.direct_emitted += raw.direct_emitted
        self.n_words += spike_words(graph, raw)
        self.n_steps += raw.n_steps
