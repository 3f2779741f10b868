"""Neurons and spike sources of an image in plain Python numbers, one at a time.

What the readable engines share: everything about a neuron but when it happens.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chipemu.image import DirectPoisson, MachineImage
from chipemu.models import reference
from chipemu.models.cell import Cell
from chipemu.models.if_curr_exp.params import Arithmetic
from chipemu.models.izhikevich.params import N_WORDS as MOST_WORDS
from chipemu.recording import Recording
from chipemu.reference import poisson_count
from fixedpoint.random.reference import philox4x32
from fixedpoint.reference import wrap32
from fixedpoint.streams import Stream
from fixedpoint.tables import InversionTable

__all__ = [
    "Log",
    "direct_count",
    "new_cells",
    "recording_of",
    "sample",
    "source_spikes",
    "update",
]


@dataclass(slots=True)
class Log:
    """What has been recorded so far."""

    spikes: list[list[int]] = field(default_factory=list)
    samples: list[list[tuple[Any, ...]]] = field(default_factory=list)
    sample_steps: list[int] = field(default_factory=list)
    direct_emitted: dict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))


def direct_count(image: MachineImage, source: DirectPoisson, n: int, step: int) -> int:
    """Spikes that the direct Poisson source of neuron `n` emits in `step`."""
    return _count(source.table, n - source.offset, step, source.population, _seed(image))


def source_spikes(image: MachineImage, step: int) -> Iterator[int]:
    """Spike sources that send packets in `step`, each as often as it fires."""
    for p in image.poisson:
        for source in range(p.lo, p.hi):
            count = _count(p.table, source - p.offset, step, p.population, _seed(image))
            yield from [source] * count
    yield from image.events.source[image.events.step == step].tolist()


def new_cells(image: MachineImage) -> list[Cell]:
    """All neurons at step 0."""
    columns = (image.v_init.tolist(), *image.i_init.tolist(), image.more_init.T.tolist())
    return [
        Cell(v, i_exc=i_exc, i_inh=i_inh, more=more)
        for v, i_exc, i_inh, more in zip(*columns, strict=True)
    ]


def sample(image: MachineImage, cell: Cell, n: int, inputs: tuple[Any, Any]) -> tuple[Any, ...]:
    """What is recorded of neuron `n`: V before its update, currents with the step's input."""
    model = int(image.model[n])
    if image.exact is not None:
        currents = reference.synaptic_float64(model, cell, image.exact[n].tolist(), inputs)
    else:
        constants = image.constants[n].tolist()
        currents = reference.synaptic(model, cell, constants, inputs, image.arithmetic)
    return cell.v, *currents, *cell.more


def update(image: MachineImage, cell: Cell, n: int, step: int, inputs: tuple[Any, Any]) -> bool:
    """Advance one neuron by a step; returns whether it fired."""
    model, offset = int(image.model[n]), _offset(image, n, step)
    if image.exact is not None:
        return reference.update_float64(model, cell, image.exact[n].tolist(), inputs, offset)
    rands = [0] * MOST_WORDS
    if image.arithmetic is Arithmetic.STOCHASTIC:
        calls = (philox4x32(n, step, k, Stream.ROUNDING, *_seed(image)) for k in range(3))
        rands = [word for words in calls for word in words]
    constants = image.constants[n].tolist()
    return reference.update(model, cell, constants, inputs, offset, image.arithmetic, tuple(rands))


def _offset(image: MachineImage, n: int, step: int) -> Any:
    """Current into neuron `n` in `step` that is no synapse's."""
    total, injected = image.i_offset[n].item(), image.injected
    for place in np.flatnonzero(injected.neuron == n).tolist():
        for current in injected.current[injected.start[place] : injected.start[place + 1]]:
            is_past = (injected.change_current == current) & (injected.change_step <= step)
            if is_past.any():
                total += injected.change_value[is_past][-1].item()
                total = total if image.exact is not None else wrap32(total)
    return total


def recording_of(log: Log, recorded: list[int], neurons: list[Cell], n_direct: int) -> Recording:
    """The recording that `log` and the counts of saturation make."""
    kind = np.float64 if isinstance(neurons[0].v, float) else np.int32
    n_values = 3 + len(neurons[0].more)
    samples = np.array(log.samples, dtype=kind).reshape(len(log.samples), len(recorded), n_values)
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
        more_raw=np.moveaxis(samples[:, :, 3:], 2, 0).copy(),
        saturated=np.array([n.saturated for n in neurons], dtype=np.int64),
        direct_emitted=np.array(
            [[log.direct_emitted[k, i] for i in (0, 1)] for k in range(n_direct)], dtype=np.int64
        ).reshape(n_direct, 2),
    )


def _seed(image: MachineImage) -> tuple[int, int]:
    return image.seed & 0xFFFFFFFF, image.seed >> 32


def _count(
    table: InversionTable, member: int, step: int, population: int, seed: tuple[int, int]
) -> int:
    thresholds, guide = table.thresholds.tolist(), table.guide.tolist()
    return poisson_count(member, step, population, seed, thresholds, guide)
