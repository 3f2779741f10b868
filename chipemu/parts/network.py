"""Neurons, spike sources and ring buffers: what is computed, apart from when."""

from collections import Counter, defaultdict
from collections.abc import Collection

import numpy as np

from chipemu.image import MachineImage
from chipemu.recording import Recording, Sampling
from chipemu.reference import ring_add
from chipemu.reference_neurons import (
    Log,
    direct_count,
    new_cells,
    recording_of,
    sample,
    source_spikes,
    update,
)

__all__ = ["Network", "Slots"]

FULL = 0xFFFF


class Slots:
    """The slots of all ring buffers, by step, channel and neuron."""

    def __init__(self) -> None:
        self._entries: defaultdict[tuple[int, int, int], int] = defaultdict(int)

    def add(self, step: int, channel: int, neuron: int, weight: int) -> None:
        """Add a weight; more than a slot can hold is cut off."""
        slot = step, channel, neuron
        self._entries[slot], _ = ring_add(self._entries[slot], weight)

    def take(self, step: int, channel: int, neuron: int) -> int:
        """Empty a slot."""
        return self._entries.pop((step, channel, neuron), 0)


class Network:
    """All neurons and spike sources, and what is recorded of them.

    Attributes
    ----------
    slots : Slots
    """

    def __init__(self, image: MachineImage, sampling: Sampling, n_steps: int) -> None:
        self.slots = Slots()
        self._image, self._sampling = image, sampling
        self._neurons = new_cells(image)
        self._recorded: list[int] = np.sort(sampling.neurons).tolist()
        self._spikes: list[Counter[int]] = [Counter() for _ in range(n_steps)]
        self._samples: defaultdict[int, dict[int, tuple[int, int, int]]] = defaultdict(dict)
        self._direct_emitted: dict[tuple[int, int], int] = defaultdict(int)

    def fire_sources(self, step: int) -> None:
        """Find the spikes of all packet sources in `step`."""
        self._spikes[step].update(source_spikes(self._image, step))

    def draw_direct(self, lo: int, hi: int, step: int) -> None:
        """Fill the slots of `step` of neurons lo to hi - 1 from their Poisson core."""
        for k, source in enumerate(self._image.direct if step else ()):
            for n in range(max(lo, source.lo), min(hi, source.hi)):
                count = direct_count(self._image, source, n, step - 1)
                self.slots.add(step, source.channel, n, count * source.weight)
                self._direct_emitted[k, 0] += count > 0
                self._direct_emitted[k, 1] += count

    def update(self, lo: int, hi: int, step: int, lost: Collection[int]) -> None:
        """Update neurons lo to hi - 1 by `step`; the contributions of the buffers `lost` are."""
        for n in range(lo, hi):
            exc, inh = (self._take(step, kind, n, lost) for kind in (0, 1))
            if n in self._recorded and self._is_sampled(step):
                found = sample(self._image, self._neurons[n], n, (exc, inh))
                self._samples[step][n] = found
            if update(self._image, self._neurons[n], n, step, (exc, inh)):
                self._spikes[step][n] += 1

    def _take(self, step: int, kind: int, n: int, lost: Collection[int]) -> int:
        """Input of neuron `n` of one type, summed over the cores that serve it."""
        total = 0
        for channel in range(kind, self._image.n_channels, 2):
            entry = self.slots.take(step, channel, n)
            if channel // 2 not in lost:
                self._neurons[n].saturated += entry == FULL
                total += entry
        return total

    def _is_sampled(self, step: int) -> bool:
        since_first = step - self._sampling.first_step
        return since_first >= 0 and since_first % self._sampling.interval_steps == 0

    def spikes(self, source: int, step: int) -> int:
        """How often a neuron or source fires in `step`."""
        return self._spikes[step][source]

    def recording(self) -> Recording:
        """What has been recorded, in all."""
        steps = sorted(self._samples)
        log = Log(
            spikes=[sorted(fired.elements()) for fired in self._spikes],
            samples=[[self._samples[step][n] for n in self._recorded] for step in steps],
            sample_steps=steps,
            direct_emitted=self._direct_emitted,
        )
        return recording_of(log, self._recorded, self._neurons, len(self._image.direct))
