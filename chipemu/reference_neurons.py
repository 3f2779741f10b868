"""Neurons and spike sources of an image in plain Python numbers, one at a time.

What the readable engines share: everything about a neuron but when it happens.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chipemu.if_curr_exp.float64 import reference as float64
from chipemu.if_curr_exp.float64.params import LifFloats
from chipemu.if_curr_exp.params import Arithmetic, LifConstants
from chipemu.if_curr_exp.reference import decayed, lif_step, synaptic_input
from chipemu.image import DirectPoisson, MachineImage
from chipemu.recording import Recording
from chipemu.reference import poisson_count
from fixedpoint.random.reference import philox4x32
from fixedpoint.reference import wrap32
from fixedpoint.streams import Stream
from fixedpoint.tables import InversionTable

__all__ = ["Log", "Neuron", "direct_count", "recording_of", "sample", "source_spikes", "update"]


@dataclass(slots=True)
class Neuron:
    """State of one neuron: integers in s16.15, or with double precision mV and nA."""

    v: Any
    timer: int = 0
    i_exc: Any = 0
    i_inh: Any = 0
    saturated: int = 0


@dataclass(slots=True)
class Log:
    """What has been recorded so far."""

    spikes: list[list[int]] = field(default_factory=list)
    samples: list[list[tuple[Any, Any, Any]]] = field(default_factory=list)
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


def sample(
    image: MachineImage, neuron: Neuron, n: int, inputs: tuple[Any, Any]
) -> tuple[Any, Any, Any]:
    """What is recorded of neuron `n`: V before its update, currents with the step's input."""
    return neuron.v, *_currents(image, neuron, n, inputs)


def update(image: MachineImage, neuron: Neuron, n: int, step: int, inputs: tuple[Any, Any]) -> bool:
    """Advance one neuron by a step; returns whether it fired."""
    if image.exact is not None:
        return _update_float64(image, _floats(image.exact, n), neuron, n, inputs)
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


def _update_float64(
    image: MachineImage, c: Any, neuron: Neuron, n: int, inputs: tuple[Any, Any]
) -> bool:
    exc, inh = _currents(image, neuron, n, inputs)
    neuron.v, neuron.timer, fired = float64.lif_step(
        neuron.v,
        neuron.timer,
        exc - inh + float(image.i_offset[n]),
        *(c.v_rest, c.v_reset, c.v_thresh, c.r, c.membrane, c.t_refract),
    )
    neuron.i_exc, neuron.i_inh = exc * c.decay_exc, inh * c.decay_inh
    return fired


def recording_of(log: Log, recorded: list[int], neurons: list[Neuron], n_direct: int) -> Recording:
    """The recording that `log` and the counts of saturation make."""
    kind = np.float64 if isinstance(neurons[0].v, float) else np.int32
    samples = np.array(log.samples, dtype=kind).reshape(len(log.samples), len(recorded), 3)
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


def _seed(image: MachineImage) -> tuple[int, int]:
    return image.seed & 0xFFFFFFFF, image.seed >> 32


def _count(
    table: InversionTable, member: int, step: int, population: int, seed: tuple[int, int]
) -> int:
    thresholds, guide = table.thresholds.tolist(), table.guide.tolist()
    return poisson_count(member, step, population, seed, thresholds, guide)


def _constants(image: MachineImage, n: int) -> LifConstants:
    return LifConstants(*(int(column[n]) for column in image.constants))  # type: ignore[arg-type]


def _floats(exact: LifFloats, n: int) -> Any:
    """Constants of one neuron: numbers instead of arrays."""
    return LifFloats(*(column[n].item() for column in exact))


def _currents(
    image: MachineImage, neuron: Neuron, n: int, inputs: tuple[Any, Any]
) -> tuple[Any, Any]:
    if image.exact is not None:
        f = _floats(image.exact, n)
        return (
            float64.synaptic_input(neuron.i_exc, inputs[0], f.init_exc),
            float64.synaptic_input(neuron.i_inh, inputs[1], f.init_inh),
        )
    c: LifConstants = _constants(image, n)
    exc = synaptic_input(
        neuron.i_exc, inputs[0], int(c.shift_exc), int(c.init_exc_u), image.arithmetic
    )
    inh = synaptic_input(
        neuron.i_inh, inputs[1], int(c.shift_inh), int(c.init_inh_u), image.arithmetic
    )
    return exc, inh
