"""The readable engine: every ring buffer slot, every synapse and every neuron, one at a time.

It does what the hardware does, in the hardware's order: a spike's row is processed when the spike
is sent, each synapse adds to the slot of its delay, and each neuron takes the slot of the
present step. Slow, for small networks; `compiled_engine` must give the same to the last bit.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from chipemu.if_curr_exp.params import Arithmetic, LifConstants
from chipemu.if_curr_exp.reference import decayed, lif_step, synaptic_input
from chipemu.image import MachineImage
from chipemu.recording import Recording, Sampling
from chipemu.reference import poisson_count, ring_add
from fixedpoint.random.reference import philox4x32
from fixedpoint.reference import wrap32
from fixedpoint.streams import Stream
from fixedpoint.tables import InversionTable

__all__ = ["run"]


@dataclass(slots=True)
class _Neuron:
    """State of one neuron; integers in s16.15."""

    v: int
    timer: int = 0
    i_exc: int = 0
    i_inh: int = 0
    saturated: int = 0


@dataclass(slots=True)
class _Rings:
    """Ring-buffer entries by (step, channel, neuron), and how often each was clipped."""

    entries: dict[tuple[int, int, int], int] = field(default_factory=lambda: defaultdict(int))
    clipped: dict[tuple[int, int, int], int] = field(default_factory=lambda: defaultdict(int))

    def add(self, key: tuple[int, int, int], weight: int) -> None:
        """Add a weight to an entry."""
        self.entries[key], saturated = ring_add(self.entries[key], weight)
        self.clipped[key] += saturated

    def take(self, key: tuple[int, int, int], neuron: _Neuron) -> int:
        """Empty an entry; its clipped additions are counted now that it is due."""
        neuron.saturated += self.clipped.pop(key, 0)
        return self.entries.pop(key, 0)


@dataclass(slots=True)
class _Log:
    """What has been recorded so far."""

    spikes: list[list[int]] = field(default_factory=list)
    samples: list[list[tuple[int, int, int]]] = field(default_factory=list)
    sample_steps: list[int] = field(default_factory=list)
    direct_emitted: dict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))


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
    neurons = [_Neuron(int(v)) for v in image.v_init]
    rings = _Rings()
    recorded = np.sort(sampling.neurons).tolist()
    log = _Log()
    for step in range(n_steps):
        _add_direct_poisson(image, step, rings, log)
        inputs = [_take_inputs(image, step, n, rings, neurons[n]) for n in range(len(neurons))]
        if (
            step >= sampling.first_step
            and (step - sampling.first_step) % sampling.interval_steps == 0
        ):
            log.samples.append([_sample(image, neurons[n], n, inputs[n]) for n in recorded])
            log.sample_steps.append(step)
        fired = [
            n for n in range(image.n_neurons) if _update(image, neurons[n], n, step, inputs[n])
        ]
        log.spikes.append([*fired, *_source_spikes(image, step)])
        for source in log.spikes[-1]:
            _process_rows(image, source, step, rings)
        advance(1)
    return _recording(log, recorded, neurons, len(image.direct))


def _seed(image: MachineImage) -> tuple[int, int]:
    return image.seed & 0xFFFFFFFF, image.seed >> 32


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
            rings.add((step + delay, channel, target), weight)


def _counts(
    table: InversionTable, member: int, step: int, population: int, seed: tuple[int, int]
) -> int:
    thresholds, guide = table.thresholds.tolist(), table.guide.tolist()
    return poisson_count(member, step, population, seed, thresholds, guide)


def _add_direct_poisson(
    image: MachineImage,
    step: int,
    rings: _Rings,
    log: _Log,
) -> None:
    """Input of the Poisson cores of the ensembles, drawn in the step before."""
    if step == 0:
        return
    for k, d in enumerate(image.direct):
        for n in range(d.lo, d.hi):
            count = _counts(d.table, n - d.offset, step - 1, d.population, _seed(image))
            rings.add((step, d.channel, n), count * d.weight)
            log.direct_emitted[k, 0] += count > 0
            log.direct_emitted[k, 1] += count


def _source_spikes(image: MachineImage, step: int) -> Iterator[int]:
    """Spike sources that send packets in `step`, each as often as it fires."""
    for p in image.poisson:
        for source in range(p.lo, p.hi):
            count = _counts(p.table, source - p.offset, step, p.population, _seed(image))
            yield from [source] * count
    yield from image.events.source[image.events.step == step].tolist()


def _take_inputs(
    image: MachineImage, step: int, n: int, rings: _Rings, neuron: _Neuron
) -> tuple[int, int]:
    """Excitatory and inhibitory input of neuron `n`, summed over the cores that serve it."""
    exc, inh = (
        sum(rings.take((step, channel, n), neuron) for channel in range(kind, image.n_channels, 2))
        for kind in (0, 1)
    )
    return exc, inh


def _constants(image: MachineImage, n: int) -> LifConstants:
    return LifConstants(*(int(column[n]) for column in image.constants))  # type: ignore[arg-type]


def _currents(
    image: MachineImage, neuron: _Neuron, n: int, inputs: tuple[int, int]
) -> tuple[int, int]:
    c: LifConstants = _constants(image, n)
    exc = synaptic_input(
        neuron.i_exc, inputs[0], int(c.shift_exc), int(c.init_exc_u), image.arithmetic
    )
    inh = synaptic_input(
        neuron.i_inh, inputs[1], int(c.shift_inh), int(c.init_inh_u), image.arithmetic
    )
    return exc, inh


def _sample(
    image: MachineImage, neuron: _Neuron, n: int, inputs: tuple[int, int]
) -> tuple[int, int, int]:
    return neuron.v, *_currents(image, neuron, n, inputs)


def _update(
    image: MachineImage, neuron: _Neuron, n: int, step: int, inputs: tuple[int, int]
) -> bool:
    """Advance one neuron by a step; returns whether it fired."""
    c = _constants(image, n)
    exc, inh = _currents(image, neuron, n, inputs)
    current = wrap32(exc - inh + int(image.i_offset[n]))
    rand0 = rand1 = 0
    if image.arithmetic is Arithmetic.STOCHASTIC:
        rand0, rand1, _, _ = philox4x32(n, step, 0, Stream.ROUNDING, *_seed(image))
    neuron.v, neuron.timer, fired = lif_step(
        neuron.v,
        neuron.timer,
        current,
        int(c.v_rest_k),
        int(c.v_reset_k),
        int(c.v_thresh_k),
        int(c.r_k),
        int(c.membrane_k),
        int(c.membrane_u),
        int(c.t_refract),
        image.arithmetic,
        rand0,
        rand1,
    )
    neuron.i_exc = decayed(exc, int(c.decay_exc_u), image.arithmetic)
    neuron.i_inh = decayed(inh, int(c.decay_inh_u), image.arithmetic)
    return fired


def _recording(log: _Log, recorded: list[int], neurons: list[_Neuron], n_direct: int) -> Recording:
    samples = np.array(log.samples, dtype=np.int32).reshape(-1, len(recorded), 3)
    if not recorded:
        samples = samples[:0]
    counts = [len(spikes) for spikes in log.spikes]
    return Recording(
        spike_source=np.array([s for spikes in log.spikes for s in spikes], dtype=np.int32),
        spike_start=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        neurons=np.array(recorded, dtype=np.int64),
        sample_steps=np.array(log.sample_steps[: samples.shape[0]], dtype=np.int64),
        v_raw=samples[:, :, 0].copy(),
        i_exc_raw=samples[:, :, 1].copy(),
        i_inh_raw=samples[:, :, 2].copy(),
        saturated=np.array([n.saturated for n in neurons], dtype=np.int64),
        direct_emitted=np.array(
            [[log.direct_emitted[k, i] for i in (0, 1)] for k in range(n_direct)], dtype=np.int64
        ).reshape(n_direct, 2),
    )
