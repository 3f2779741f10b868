"""Changing the image of a network whose parameters change while it runs."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chipemu.generation.matrix import ProceduralMatrix
from chipemu.generation.plan import GenerationPlan
from chipemu.image import MachineImage
from chipemu.synapses import SynapticMatrix
from host.dealing import Dealing
from host.errors import ConfigError
from host.generate import generate
from host.image import in_core_units, plan_image
from host.neurons import neurons_of
from host.numerics import Numerics
from host.plan import Numbering
from host.plasticity import plastic_synapses, reweighted
from host.spikesources import direct_poisson, packet_poisson, spike_events
from host.weights import exact_weights
from mapping.graph import MachineGraph
from mapping.spec import NetworkSpec

__all__ = ["check_same_shape", "reloaded"]

REMEDY = "begin anew, or reset(), to change that"


def check_same_shape(before: NetworkSpec, after: NetworkSpec) -> None:
    """Check that two networks have the same populations, and projections between the same ones.

    Raises
    ------
    ConfigError
    """
    old, new = (
        [(p.name, p.size, p.kind, p.model, p.is_recorded) for p in network.populations]
        for network in (before, after)
    )
    if old != new:
        changed = sorted({entry[0] for entry in {*old} ^ {*new}}) or ["order"]
        msg = f"populations that are other ones than before: {', '.join(changed)}; {REMEDY}"
        raise ConfigError(msg)
    ends = [
        [(p.pre, p.post, p.receptor) for p in network.projections] for network in (before, after)
    ]
    if ends[0] != ends[1]:
        msg = f"{len(ends[1])} projections, not between the same populations as the "
        msg += f"{len(ends[0])} before; {REMEDY}"
        raise ConfigError(msg)
    for old_projection, projection in zip(before.projections, after.projections, strict=True):
        if old_projection.plasticity != projection.plasticity:
            msg = f"projection {projection.pre} -> {projection.post} has another rule of "
            msg += f"plasticity than before; {REMEDY}"
            raise ConfigError(msg)


def reloaded(
    image: MachineImage,
    before: NetworkSpec,
    after: NetworkSpec,
    *,
    graph: MachineGraph,
    numerics: Numerics,
    numbering: Numbering,
    plastic_weights: NDArray[Any] | None = None,
    n_threads: int = 1,
) -> MachineImage:
    """The image of `before`, changed to that of `after`.

    Parameters
    ----------
    image : MachineImage
    before, after : NetworkSpec
        Of the same shape (`check_same_shape`).
    graph : MachineGraph
    numerics : Numerics
        With the shifts of the image.
    numbering : Numbering
    plastic_weights : ndarray, optional
        Present weights of plastic synapses, which those of projections that stay keep.
    n_threads : int

    Raises
    ------
    ConfigError
        If there are synapses between other neurons than before, longer delays than the longest
        before, or other delays of plastic synapses.
    ParameterError
        On a parameter that cannot be.
    """
    assert numerics.shifts is not None
    shifts = dict(numerics.shifts)
    if after.projections != before.projections:
        image = _with_synapses(
            image, after, graph=graph, numerics=numerics, numbering=numbering, n_threads=n_threads
        )
        renewed = {
            k
            for k, projection in enumerate(after.projections)
            if projection is not before.projections[k] and projection.plasticity is not None
        }
        if renewed:
            assert plastic_weights is not None
            image = _with_weights(
                image, after, graph, numerics, numbering, present=plastic_weights, renewed=renewed
            )
    spec = after if numerics.is_float64 else in_core_units(after)
    direct = dict.fromkeys(spec.populations[d.population].name for d in image.direct)
    poisson_buffer = max((d.channel // 2 for d in image.direct), default=0)
    neurons = neurons_of(spec, numerics, shifts)._asdict()
    for name in ("v_init", "more_init", "i_init"):
        del neurons[name]
    return replace(
        image,
        direct=tuple(
            run
            for name in direct
            for run in direct_poisson(
                spec, name, numbering, numerics, shifts, poisson_buffer=poisson_buffer
            )
        ),
        poisson=tuple(packet_poisson(spec, numbering, numerics)),
        events=spike_events(spec, numbering, numerics.dt_ms),
        **neurons,
    )


def _plan(
    image: MachineImage,
    after: NetworkSpec,
    graph: MachineGraph,
    numerics: Numerics,
    numbering: Numbering,
    *,
    is_plastic: bool = False,
) -> tuple[GenerationPlan, Dealing]:
    assert numerics.shifts is not None
    spec, longest = after if numerics.is_float64 else in_core_units(after), image.matrix.n_delays
    return plan_image(
        spec, graph, numerics, numbering, numerics.shifts,
        longest_delay=longest, is_plastic=is_plastic,
    )  # fmt: skip


def _with_weights(
    image: MachineImage,
    after: NetworkSpec,
    graph: MachineGraph,
    numerics: Numerics,
    numbering: Numbering,
    *,
    present: NDArray[Any],
    renewed: set[int],
) -> MachineImage:
    """The image with other weights of the plastic projections that are `renewed`."""
    assert image.plastic is not None
    assert numerics.shifts is not None
    plan, dealing = _plan(image, after, graph, numerics, numbering, is_plastic=True)
    made = plastic_synapses(
        after if numerics.is_float64 else in_core_units(after),
        plan,
        dealing,
        numerics,
        numbering=numbering,
        shifts=numerics.shifts,
        n_delays=image.matrix.n_delays,
    )
    _check_same_places(image.plastic.matrix, made.matrix)
    return replace(image, plastic=reweighted(made, plan, present, renewed))


def _check_same_places(old: SynapticMatrix, new: SynapticMatrix) -> None:
    """Check that plastic synapses have the same targets and delays as before."""
    pairs = ((m.row_start, m.segments, m.words & 0xFFFF) for m in (old, new))
    if not all(np.array_equal(a, b) for a, b in zip(*pairs, strict=True)):
        msg = f"plastic synapses between other neurons, or with other delays, than before; {REMEDY}"
        raise ConfigError(msg)


def _with_synapses(
    image: MachineImage,
    after: NetworkSpec,
    *,
    graph: MachineGraph,
    numerics: Numerics,
    numbering: Numbering,
    n_threads: int,
) -> MachineImage:
    """The image with other weights and delays of the same synapses."""
    old = image.matrix
    assert numerics.shifts is not None
    assert not isinstance(old, ProceduralMatrix)
    longest = max((after.longest_delay(p, numerics.dt_ms) for p in after.projections), default=1)
    if longest > old.n_delays:
        dt_ms = numerics.dt_ms
        msg = f"a delay of {longest * dt_ms:g} ms: the cores were loaded for delays up to "
        msg += f"{old.n_delays * dt_ms:g} ms; {REMEDY}"
        raise ConfigError(msg)
    spec = after if numerics.is_float64 else in_core_units(after)
    plan, _ = _plan(image, after, graph, numerics, numbering)
    if not np.array_equal(plan.row_start, old.row_start):
        msg = f"other numbers of synapses than before; {REMEDY}"
        raise ConfigError(msg)
    matrix = generate(plan, old.block_lo, old.n_delays, n_threads=n_threads)
    if numerics.is_float64:
        exact = exact_weights(spec, plan, old.block_lo, old.n_delays, n_threads=n_threads)
        matrix = replace(matrix, weight_na=exact)
    return replace(image, matrix=matrix)
