"""Changing the image of a network whose parameters change while it runs."""

from dataclasses import replace

import numpy as np

from chipemu.generation.matrix import ProceduralMatrix
from chipemu.image import MachineImage
from host.errors import ConfigError
from host.generate import generate
from host.image import in_core_units, plan_image
from host.neurons import neurons_of
from host.numerics import Numerics
from host.plan import Numbering
from host.spikesources import direct_poisson, packet_poisson, spike_events
from host.weights import exact_weights
from mapping.graph import MachineGraph
from mapping.spec import NetworkSpec

__all__ = ["check_same_shape", "reloaded"]

REMEDY = "begin anew to change that"


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


def reloaded(
    image: MachineImage,
    before: NetworkSpec,
    after: NetworkSpec,
    *,
    graph: MachineGraph,
    numerics: Numerics,
    numbering: Numbering,
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
    n_threads : int

    Raises
    ------
    ConfigError
        If there are synapses between other neurons than before, or longer delays than the longest
        before.
    ParameterError
        On a parameter that cannot be.
    """
    assert numerics.shifts is not None
    shifts = dict(numerics.shifts)
    if after.projections != before.projections:
        image = _with_synapses(
            image, after, graph=graph, numerics=numerics, numbering=numbering, n_threads=n_threads
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
        msg = f"a delay of {longest * dt_ms:g} ms, where the longest was {old.n_delays * dt_ms:g} "
        msg += f"ms when the cores were loaded; {REMEDY}"
        raise ConfigError(msg)
    spec = after if numerics.is_float64 else in_core_units(after)
    plan, _ = plan_image(
        spec, graph, numerics, numbering, numerics.shifts, longest_delay=old.n_delays
    )
    if not np.array_equal(plan.row_start, old.row_start):
        msg = f"other numbers of synapses than before; {REMEDY}"
        raise ConfigError(msg)
    matrix = generate(plan, old.block_lo, old.n_delays, n_threads=n_threads)
    if numerics.is_float64:
        exact = exact_weights(spec, plan, old.block_lo, old.n_delays, n_threads=n_threads)
        matrix = replace(matrix, weight_na=exact)
    return replace(image, matrix=matrix)
