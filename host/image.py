"""From a network and its mapping to the image that the cores are loaded with."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.errors import ParameterError
from chipemu.generation.matrix import ProceduralMatrix
from chipemu.if_curr_exp.float64.params import LifFloats, lif_floats
from chipemu.if_curr_exp.params import (
    LIF_DEFAULTS,
    Arithmetic,
    Constants,
    LifConstants,
    lif_constants,
)
from chipemu.image import CoreTable, DirectPoisson, MachineImage, PoissonSource, SpikeEvents
from chipemu.synapses import (
    InputEstimate,
    SynapticMatrix,
    block_bounds,
    ring_buffer_shift,
)
from fixedpoint.formats import S1615, Rounding, to_raw
from fixedpoint.tables import InversionTable, inversion_table
from host import kernels
from host.config import MOST_STEPS
from host.dealing import find_dealing, row_channels
from host.generate import generate, plan_generation
from host.plan import Numbering, number_members, seed_words
from host.quantise import weight_table
from host.weights import exact_weights
from mapping.connectors import ExplicitList
from mapping.graph import Layout, MachineGraph, Role
from mapping.place import Placement
from mapping.spec import NetworkSpec, Parameter, Population, PopulationKind, Projection, Receptor
from mapping.traffic import is_direct_poisson

__all__ = ["Numerics", "build_image", "draw_parameter", "poisson_table", "ring_buffer_shifts"]

Floats = NDArray[np.float64]
Shifts = dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Numerics:
    """Choices that change numbers but not the network: step, seed, rounding.

    With `is_float64` the cores compute in double precision, without rounding: `arithmetic` and
    `constants` then mean nothing. With `is_procedural` synapses are made for each spike instead
    of stored, which changes nothing; with ideal timing and the machine's own numbers only.
    """

    dt_ms: float = 0.1
    seed: int = 1
    arithmetic: Arithmetic = Arithmetic.TRUNCATE
    constants: Constants = Constants.ON_CORE
    is_float64: bool = False
    is_procedural: bool = False


def ring_buffer_shifts(spec: NetworkSpec, dt_ms: float) -> Shifts:
    """Left shifts of the excitatory and the inhibitory ring buffer of every neuron population.

    Direct Poisson input has a buffer of its own on an ensemble, so that the larger of the two
    bounds counts, not their sum; so does the tool chain, and a homogeneous core's single buffer
    still holds both, because it reaches to twice ``2**shift`` nA. The shifts depend on the
    network and the time step alone, not on the partition.
    """
    shifts: Shifts = {}
    for population in spec.populations:
        if population.kind is PopulationKind.NEURON:
            exc, inh = (_shift(spec, population, receptor, dt_ms) for receptor in Receptor)
            shifts[population.name] = (exc, inh)
    return shifts


def _shift(spec: NetworkSpec, population: Population, receptor: Receptor, dt_ms: float) -> int:
    bounds = []
    for direct in (False, True):
        inputs = [
            _estimate(spec, projection)
            for projection in spec.projections
            if projection.post == population.name
            and projection.receptor is receptor
            and is_direct_poisson(spec, spec.index(projection.pre), dt_ms) is direct
        ]
        bounds.append(ring_buffer_shift(inputs, dt_ms))
    return max(bounds)


def _estimate(spec: NetworkSpec, projection: Projection) -> InputEstimate:
    n_pre, n_post = spec.sizes(projection)
    listed = getattr(projection.connector, "weight_na", None)
    if isinstance(projection.connector, ExplicitList) and listed is not None and listed.size:
        mean, variance, largest = listed.mean(), listed.var(), listed.max()
    else:
        tail = min(0.5, 1.0 / max(2.0, spec.expected_synapses(projection)))
        mean, variance = projection.weight_na.mean, projection.weight_na.variance
        largest = projection.weight_na.ppf(np.array([1 - tail]))[0]
    return InputEstimate(
        n_synapses=projection.connector.in_degree(n_pre, n_post).quantile(0.01 / n_post),
        rate_hz=spec.population(projection.pre).expected_rate_hz,
        weight_mean_na=float(mean),
        weight_variance=float(variance),
        weight_max_na=float(largest),
        steady=projection.delay_ms.variance == 0.0,
    )


def poisson_table(rate_hz: float, dt_ms: float) -> InversionTable:
    """Distribution of the spikes that a Poisson source of `rate_hz` emits in a step.

    Raises
    ------
    ParameterError
        If the rate is negative or more than 10,000 spikes are expected in a step.
    """
    expected = rate_hz * dt_ms / 1000.0
    if not 0.0 <= expected <= 10_000.0:
        limit = 1e7 / dt_ms
        msg = f"Poisson rate {rate_hz} Hz: must lie between 0 and {limit:g} Hz at dt {dt_ms} ms"
        raise ParameterError(msg)
    last = math.ceil(expected + 12 * math.sqrt(expected) + 12)
    counts = np.arange(last)
    factorials = np.array([math.lgamma(k + 1) for k in counts])
    logs = counts * math.log(expected or 1.0) - expected - factorials
    probabilities = np.exp(logs) if expected else np.array([1.0])
    return inversion_table(np.append(np.minimum(1.0, np.cumsum(probabilities)), 1.0))


def build_image(
    spec: NetworkSpec,
    graph: MachineGraph,
    placement: Placement,
    numerics: Numerics,
    *,
    longest_delay: int | None = None,
    is_timed: bool = False,
    n_threads: int = 1,
    advance: Callable[[int], None] = lambda _: None,
) -> MachineImage:
    """Generate and quantise everything that the cores of `graph` hold.

    Parameters
    ----------
    spec : NetworkSpec
    graph : MachineGraph
    placement : Placement
    numerics : Numerics
    longest_delay : int, optional
        Longer delays (steps) are cut to it (`mapping.graph.MachineGraph.longest_delay`); by
        default to what `spec.delay_slots` leaves.
    is_timed : bool
        Whether the image is for full timing. Then all Poisson sources of a homogeneous layout are
        numbered and have rows, as they send packets; with ideal timing those that may be direct
        add to the ring buffers. Either way they fire alike.
    n_threads : int
    advance : callable
        Told the number of synapses generated, now and then.

    Returns
    -------
    MachineImage
    """
    sends_all = is_timed and graph.layout is Layout.HOMOGENEOUS
    direct = [
        p.name
        for k, p in enumerate(spec.populations)
        if is_direct_poisson(spec, k, numerics.dt_ms) and not sends_all
    ]
    numbering = number_members(spec, direct)
    shifts = ring_buffer_shifts(spec, numerics.dt_ms)
    dealing = find_dealing(spec, graph)
    n_delays = spec.delay_slots(numerics.dt_ms) - 1
    n_delays = min(n_delays, longest_delay or n_delays)
    plan = plan_generation(
        spec,
        numbering,
        shifts,
        numerics.dt_ms,
        numerics.seed,
        dealing={(pre, post): number for (pre, post), (number, _) in dealing.items()},
        longest_delay=n_delays,
    )
    blocks = block_bounds(numbering.n_neurons, n_threads)
    matrix: SynapticMatrix | ProceduralMatrix = ProceduralMatrix(plan, blocks, n_delays)
    if not numerics.is_procedural:
        matrix = generate(plan, blocks, n_delays, n_threads=n_threads, advance=advance)
        if numerics.is_float64:
            weight_na = exact_weights(spec, plan, blocks, n_delays, n_threads=n_threads)
            matrix = replace(matrix, weight_na=weight_na)
    n_buffers = 1 + int(graph.synapse_core.max(initial=0))
    has_poisson_core = bool(np.any((graph.role == Role.POISSON) & _in_ensemble(graph)))
    poisson_buffer = n_buffers if has_poisson_core else 0
    constants, exact, i_offset, v_init = _neurons(spec, numerics, shifts)
    return MachineImage(
        dt_ms=numerics.dt_ms,
        seed=numerics.seed,
        arithmetic=numerics.arithmetic,
        matrix=matrix,
        row_channel=row_channels(numbering, plan, matrix, dealing),
        n_channels=2 * (n_buffers + has_poisson_core),
        constants=constants,
        i_offset=i_offset,
        v_init=v_init,
        direct=tuple(
            run
            for name in direct
            for run in _direct(
                spec, name, numbering, numerics, shifts, poisson_buffer=poisson_buffer
            )
        ),
        poisson=tuple(_packet_poisson(spec, numbering, numerics)),
        events=_events(spec, numbering, numerics.dt_ms),
        cores=_cores(spec, graph, placement, numbering, poisson_buffer),
        exact=exact,
    )


def _in_ensemble(graph: MachineGraph) -> NDArray[np.bool_]:
    """Whether each vertex shares its group with a neuron core."""
    ensembles = graph.group[graph.role == Role.NEURON]
    return np.isin(graph.group, ensembles)


class _Neurons(NamedTuple):
    """Constants, offset currents and initial potentials of some neurons."""

    constants: LifConstants
    exact: LifFloats | None
    i_offset: NDArray[Any]
    v_init: NDArray[Any]


def _neurons(spec: NetworkSpec, numerics: Numerics, shifts: Shifts) -> _Neurons:
    """All neurons."""
    parts = [
        _population(index, population, numerics, shifts[population.name])
        for index, population in enumerate(spec.populations)
        if population.kind is PopulationKind.NEURON
    ]
    exact = [part.exact for part in parts if part.exact is not None]
    return _Neurons(
        LifConstants(*_joined([part.constants for part in parts])),
        LifFloats(*_joined(exact)) if exact else None,
        np.concatenate([part.i_offset for part in parts]),
        np.concatenate([part.v_init for part in parts]),
    )


def _joined(parts: Sequence[LifConstants] | Sequence[LifFloats]) -> list[NDArray[Any]]:
    joined = [np.concatenate(columns) for columns in zip(*parts, strict=True)]
    for array in joined:
        array.setflags(write=False)
    return joined


def _population(
    index: int, population: Population, numerics: Numerics, shifts: tuple[int, int]
) -> _Neurons:
    _check_names(population, LIF_DEFAULTS, population.parameters)
    _check_names(population, {"v": 0.0}, population.initial)
    given = {**LIF_DEFAULTS, **population.parameters}
    given["v"] = population.initial.get("v", given["v_rest"])
    mode = Rounding.TRUNCATE if numerics.constants is Constants.TRUNCATE else Rounding.NEAREST
    with _naming(population):
        values = {
            name: draw_parameter(value, population.size, (index, k), numerics.seed)
            for k, (name, value) in enumerate(given.items())
        }
        v = values.pop("v")
        constants = lif_constants(values, shifts, numerics.dt_ms, numerics.constants)
    if numerics.is_float64:
        return _Neurons(constants, lif_floats(values, numerics.dt_ms), values["i_offset"], v)
    offset = np.asarray(to_raw(values["i_offset"], S1615, mode), np.int32)
    return _Neurons(constants, None, offset, np.asarray(to_raw(v, S1615, mode), np.int32))


@contextmanager
def _naming(population: Population) -> Iterator[None]:
    """Say in an error which population it is about."""
    try:
        yield
    except ParameterError as error:
        msg = f"population {population.name}: {error}"
        raise ParameterError(msg) from error


def _check_names(
    population: Population, known: Mapping[str, float], given: Mapping[str, Parameter]
) -> None:
    for name in given:
        if name not in known:
            msg = (
                f"population {population.name}: no parameter {name!r}; "
                f"IF_curr_exp has {', '.join(known)}"
            )
            raise ParameterError(msg)


def draw_parameter(value: Parameter, n: int, where: tuple[int, int], seed: int) -> Floats:
    """Values of a parameter for `n` members.

    Parameters
    ----------
    value : float, ndarray or Distribution
    n : int
    where : tuple of int
        Index of the population and of the parameter, which key the random numbers.
    seed : int

    Returns
    -------
    ndarray of float64, shape (n,)

    Raises
    ------
    ParameterError
        If an array has neither one value nor `n`.
    """
    if isinstance(value, np.ndarray) and value.shape not in {(), (n,)}:
        msg = f"a parameter has values of shape {value.shape} for {n} members; give one or {n}"
        raise ParameterError(msg)
    if isinstance(value, int | float | np.ndarray):
        return np.broadcast_to(np.asarray(value, dtype=np.float64), (n,)).copy()
    population, parameter = where
    uniforms = np.zeros(n)
    kernels.draw_uniforms(population, parameter, seed_words(seed), uniforms)
    return value.ppf(uniforms)


def _direct(
    spec: NetworkSpec,
    name: str,
    numbering: Numbering,
    numerics: Numerics,
    shifts: Shifts,
    *,
    poisson_buffer: int,
) -> list[DirectPoisson]:
    """Stretches of the direct Poisson population `name` that share a rate."""
    projection = next(p for p in spec.projections if p.pre == name)
    receptor = projection.receptor.value
    weight, _ = weight_table(projection.weight_na, shifts[projection.post][receptor])
    weight_na = max(0.0, projection.weight_na.mean)
    first, index = numbering.first[projection.post], spec.index(name)
    channel = 2 * poisson_buffer + receptor
    return [
        DirectPoisson(first + lo, first + hi, first, index, table, weight, channel, weight_na)
        for lo, hi, table in _equal_rates(spec.population(name), numerics)
    ]


def _packet_poisson(
    spec: NetworkSpec, numbering: Numbering, numerics: Numerics
) -> list[PoissonSource]:
    return [
        PoissonSource(first + lo, first + hi, first, index, table)
        for index, population in enumerate(spec.populations)
        if population.kind is PopulationKind.POISSON and population.name in numbering.first
        for first in (numbering.first[population.name],)
        for lo, hi, table in _equal_rates(population, numerics)
    ]


def _equal_rates(
    population: Population, numerics: Numerics
) -> list[tuple[int, int, InversionTable]]:
    """Stretches of members that share a rate, and the table of each."""
    _check_names(population, {"rate": 0.0}, population.parameters)
    rate = population.parameters.get("rate", 0.0)
    if not isinstance(rate, int | float | np.ndarray):
        msg = f"population {population.name}: rates must be numbers, not a distribution"
        raise ParameterError(msg)
    with _naming(population):
        rates = draw_parameter(rate, population.size, (0, 0), 0)
        tables = {r: poisson_table(r, numerics.dt_ms) for r in np.unique(rates).tolist()}
    starts = [0, *(np.flatnonzero(np.diff(rates)) + 1).tolist(), rates.size]
    return [(lo, hi, tables[float(rates[lo])]) for lo, hi in pairwise(starts)]


def _events(spec: NetworkSpec, numbering: Numbering, dt_ms: float) -> SpikeEvents:
    steps, sources = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for population in spec.populations:
        if population.kind is not PopulationKind.SPIKE_ARRAY:
            continue
        _check_spike_times(population, dt_ms)
        first = numbering.first[population.name]
        for member, times in enumerate(population.spike_times_ms):
            steps.append(np.rint(np.asarray(times) / dt_ms).astype(np.int64))
            sources.append(np.full(len(times), first + member, np.int64))
    step, source = np.concatenate(steps), np.concatenate(sources)
    order = np.lexsort((source, step))
    return SpikeEvents(step[order], source[order])


def _check_spike_times(population: Population, dt_ms: float) -> None:
    times = population.spike_times_ms
    if len(times) > population.size:
        msg = f"population {population.name}: {len(times)} lists of spike times for "
        msg += f"{population.size} members"
        raise ParameterError(msg)
    all_ms = np.concatenate([np.zeros(0), *times])
    possible = (all_ms >= 0) & (all_ms < MOST_STEPS * dt_ms)
    if not possible.all():
        wrong_ms, limit_ms = all_ms[np.argmin(possible)], MOST_STEPS * dt_ms
        msg = f"population {population.name}: spike time {wrong_ms:g} ms; "
        msg += f"spikes lie between 0 and {limit_ms:g} ms"
        raise ParameterError(msg)


def _cores(
    spec: NetworkSpec,
    graph: MachineGraph,
    placement: Placement,
    numbering: Numbering,
    poisson_buffer: int,
) -> CoreTable:
    """The vertices as cores: global member numbers, and the buffer that each fills."""
    served = np.array([_first_served(spec, p, numbering) for p in spec.populations])
    buffer = np.where(
        graph.role == Role.SYNAPSE,
        graph.synapse_core,
        np.where(graph.role == Role.COMBINED, 0, -1),
    )
    buffer = np.where((graph.role == Role.POISSON) & _in_ensemble(graph), poisson_buffer, buffer)
    first = served[graph.population]
    columns = (
        graph.role,
        first + graph.lo,
        first + graph.hi,
        buffer,
        placement.chip,
        placement.core,
    )
    return CoreTable(*(np.asarray(column, dtype=np.int64) for column in columns))


def _first_served(spec: NetworkSpec, population: Population, numbering: Numbering) -> int:
    """First member of a population or, for direct Poisson sources, first neuron driven."""
    if population.name in numbering.first:
        return numbering.first[population.name]
    return numbering.first[next(p.post for p in spec.projections if p.pre == population.name)]
