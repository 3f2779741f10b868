"""The readable engine: every ring buffer slot, every synapse and every neuron, one at a time.

It does what the hardware does, in the hardware's order: a spike's row is processed when the spike
is sent, each synapse adds to the slot of its delay, and each neuron takes the slot of the
present step. Only what plastic synapses add counts as added first. Slow, for small networks;
`compiled_engine` must give the same to the last bit.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from chipemu.image import MachineImage
from chipemu.models.cell import Cell
from chipemu.plasticity.readable import Learner
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

__all__ = ["run"]


Key = tuple[int, int, int]
"""Step, channel and neuron of a ring-buffer entry."""


@dataclass(slots=True)
class _Rings:
    """What is to be added to each ring-buffer entry, in order, by plastic synapses and others."""

    plastic: dict[Key, list[float]] = field(default_factory=lambda: defaultdict(list))
    others: dict[Key, list[float]] = field(default_factory=lambda: defaultdict(list))

    def add_plastic(self, step: int, channel: int, neuron: int, weight: float) -> None:
        """Add what a plastic synapse sends."""
        self.plastic[step, channel, neuron].append(weight)

    def take(self, key: Key, neuron: Cell) -> float:
        """Empty an entry: add up its weights, raw ones or with double precision those in nA."""
        entry: float = 0
        for weight in (*self.plastic.pop(key, ()), *self.others.pop(key, ())):
            if isinstance(weight, int):
                entry, saturated = ring_add(int(entry), weight)
                neuron.saturated += saturated
            else:
                entry += weight
        return entry


def run(
    image: MachineImage,
    n_steps: int,
    *,
    sampling: Sampling | None = None,
    n_threads: int = 1,  # noqa: ARG001
    advance: Callable[[int], None] = lambda _: None,
) -> Recording:
    """Run all cores for `n_steps`; parameters and result as of `compiled_engine.run`."""
    sampling = sampling or Sampling(np.zeros(0, np.int64))
    neurons = new_cells(image)
    rings = _Rings()
    learner = None if image.plastic is None else Learner(image.plastic)
    recorded = np.sort(sampling.neurons).tolist()
    log = Log()
    for step in range(n_steps):
        _add_direct_poisson(image, step, rings, log)
        inputs = [_take_inputs(image, step, n, rings, neurons[n]) for n in range(len(neurons))]
        if (
            step >= sampling.first_step
            and (step - sampling.first_step) % sampling.interval_steps == 0
        ):
            log.samples.append([sample(image, neurons[n], n, inputs[n]) for n in recorded])
            log.sample_steps.append(step)
        fired = [n for n in range(image.n_neurons) if update(image, neurons[n], n, step, inputs[n])]
        log.spikes.append([*fired, *source_spikes(image, step)])
        for source in log.spikes[-1]:
            _process_rows(image, source, step, rings)
        if learner is not None:
            learner.learn(step, log.spikes[-1], rings.add_plastic)
        advance(1)
    return recording_of(log, recorded, neurons, len(image.direct))


def _process_rows(
    image: MachineImage,
    source: int,
    step: int,
    rings: _Rings,
) -> None:
    """Add every synapse of `source` to the slot in which it is due."""
    matrix = image.matrix
    for row in range(matrix.source_rows[source], matrix.source_rows[source + 1]):
        channel = int(image.row_channel[row])
        for target, delay, weight in zip(*(a.tolist() for a in matrix.row(row)), strict=True):
            rings.others[step + delay, channel, target].append(weight)


def _add_direct_poisson(
    image: MachineImage,
    step: int,
    rings: _Rings,
    log: Log,
) -> None:
    """Input of the Poisson cores of the ensembles, drawn in the step before."""
    if step == 0:
        return
    for k, d in enumerate(image.direct):
        for n in range(d.lo, d.hi):
            count = direct_count(image, d, n, step - 1)
            weight = d.weight if image.exact is None else d.weight_na
            rings.others[step, d.channel, n].append(count * weight)
            log.direct_emitted[k, 0] += count > 0
            log.direct_emitted[k, 1] += count


def _take_inputs(
    image: MachineImage, step: int, n: int, rings: _Rings, neuron: Cell
) -> tuple[float, float]:
    """Excitatory and inhibitory input of neuron `n`, summed over the cores that serve it."""
    exc, inh = (
        sum(rings.take((step, channel, n), neuron) for channel in range(kind, image.n_channels, 2))
        for kind in (0, 1)
    )
    return exc, inh
