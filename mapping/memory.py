"""Data memory (DTCM) and SDRAM that each kind of core needs, in bytes.

The sizes follow the data structures of sPyNNaker (static synapses); recordings and bit-field
filters are not counted.
"""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mapping.connectors import ExplicitList
from mapping.delays import Stages, delays_in_steps
from mapping.distributions import Binomial
from mapping.errors import DoesNotFitError
from mapping.graph import Role
from mapping.machine import Budgets
from mapping.spec import NetworkSpec, Population, Projection

__all__ = [
    "MOST_ROW_SYNAPSES",
    "NEURON_BYTES",
    "check_memory",
    "check_ring_buffers",
    "delay_dtcm_bytes",
    "dtcm_bytes",
    "most_delay_slots",
    "neuron_bytes",
    "ring_buffer_entries",
    "row_bytes",
    "row_synapses",
    "source_sdram_bytes",
    "transfer_bytes",
]

WORD_BYTES = 4
N_SYNAPSE_TYPES = 2
ROW_HEADER_WORDS = 3
"""Plastic size, number of fixed synapses, number of plastic controls."""
MOST_ROW_SYNAPSES = 255
DMA_BUFFER_BYTES = 2 * (MOST_ROW_SYNAPSES + ROW_HEADER_WORDS) * WORD_BYTES
"""Two row buffers: one is filled while the other is worked on."""
TABLE_ENTRY_BYTES, TABLE_ADDRESS_BYTES = 20, 4
"""Master population table: an entry per source population, an address per projection."""
MEMBRANE_WORDS = 9
"""Parameters and state of a leaky membrane: v, v_rest, r_membrane, exp(-dt/tau_m), i_offset,
refractory timer and period, v_reset, v_thresh."""
EXPONENTIAL_WORDS = 2 * 3
"""Decay factor, factor of new input and state of two exponential synapses."""
NEURON_BYTES: Mapping[str, int] = {
    "IF_curr_exp": (MEMBRANE_WORDS + EXPONENTIAL_WORDS) * WORD_BYTES,
    # reversal potentials
    "IF_cond_exp": (MEMBRANE_WORDS + EXPONENTIAL_WORDS + 2) * WORD_BYTES,
    # factor of input, and input of either type
    "IF_curr_delta": (MEMBRANE_WORDS + 1 + 2) * WORD_BYTES,
    # linear and exponential part, dt / tau ** 2, decay factor and latest input of either type
    "IF_curr_alpha": (MEMBRANE_WORDS + 2 * 5) * WORD_BYTES,
    # a, b, c, d, v, u, i_offset, this step and usual step; threshold
    "Izhikevich": (9 + 1 + EXPONENTIAL_WORDS) * WORD_BYTES,
}
"""Parameters and state of a neuron by model: words of ``neuron_t``, ``input_type_t``,
``threshold_type_t`` and ``synapse_types_t`` (sPyNNaker, 2023)."""
POISSON_BYTES = 7 * WORD_BYTES
"""Start, end, next change, rate term, time to the next spike, flags and weight of one source."""
SPIKE_ARRAY_BYTES = 2 * WORD_BYTES
"""Place of the next spike and its time, of one source."""
DELAY_BUFFER_ENTRIES = 256
"""Keys of 4 bytes that a delay core can hold until it processes them."""
DELAY_PARAMETER_BYTES = 8 * WORD_BYTES
"""Keys and masks sent and received, numbers of sources and stages, and what goes with them."""
ROW_TAIL = 0.01
"""Probability that any row of a matrix outgrows the length reserved for it."""

Ints = NDArray[np.int64]


def ring_buffer_entries(n_neurons: int, delay_slots: int) -> int:
    """Entries of the ring buffers of a core: neurons, to a power of two, times types, times slots.

    >>> ring_buffer_entries(80, 64)
    16384
    """
    return (1 << (n_neurons - 1).bit_length()) * N_SYNAPSE_TYPES * delay_slots


def transfer_bytes(n_neurons: int) -> int:
    """Bytes that a core hands to the neuron core of its ensemble per step: a ring-buffer slot.

    >>> transfer_bytes(64)
    256
    """
    return 2 * ring_buffer_entries(n_neurons, 1)


def neuron_bytes(spec: NetworkSpec, role: NDArray[np.int8], population: NDArray[np.int32]) -> Ints:
    """Bytes that a neuron of each vertex takes, shape (n_vertices,); 0 on cores without neurons.

    Of a model that is not in `NEURON_BYTES` as many as the largest there.
    """
    largest = max(NEURON_BYTES.values())
    of_model = np.array([NEURON_BYTES.get(p.model, largest) for p in spec.populations], np.int64)
    holds = (role == Role.COMBINED) | (role == Role.NEURON)
    return np.where(holds, of_model[population], 0)


def dtcm_bytes(
    budgets: Budgets,
    role: NDArray[np.int8],
    n_members: NDArray[np.int32],
    inputs: tuple[Ints, Ints],
    *,
    per_neuron: Ints,
    longest: int,
    delay_slots: int,
) -> Ints:
    """DTCM of every vertex.

    Parameters
    ----------
    budgets : Budgets
    role : ndarray of int8, shape (n_vertices,)
    n_members : ndarray of int32, shape (n_vertices,)
    inputs : pair of ndarray of int64, shape (n_vertices,)
        Source populations and projections whose packets the vertex's population receives.
    per_neuron : ndarray of int64, shape (n_vertices,)
        `neuron_bytes`.
    longest : int
        Neurons of the longest slice, which fixes the layout of all ring buffers.
    delay_slots : int

    Returns
    -------
    ndarray of int64, shape (n_vertices,)
        Receiving cores: ring buffers of 16 bits, row buffers, spike buffer, population table.
        Cores with members: parameters and state. Cores of an ensemble: what is handed over in a
        step, twice at the neuron core. All: the reserve. Delay cores have no more than that
        here; the rest is `delay_dtcm_bytes`.
    """
    receives = (role == Role.COMBINED) | (role == Role.SYNAPSE)
    n_sources, n_projections = inputs
    table = n_sources * TABLE_ENTRY_BYTES + n_projections * TABLE_ADDRESS_BYTES
    buffers = 2 * ring_buffer_entries(longest, delay_slots) + DMA_BUFFER_BYTES
    received = buffers + WORD_BYTES * budgets.spike_buffer_entries + table
    per_member = np.zeros(len(Role), np.int64)
    per_member[Role.POISSON] = POISSON_BYTES
    per_member[Role.SOURCE] = SPIKE_ARRAY_BYTES
    exchanged = np.zeros(len(Role), np.int64)
    exchanged[Role.NEURON] = 2 * transfer_bytes(longest)
    exchanged[Role.POISSON] = transfer_bytes(longest)
    members = (per_member[role] + per_neuron) * n_members
    own = members + exchanged[role] + budgets.dtcm_reserved_bytes
    total: Ints = own + np.where(receives, received, 0)
    return total


def delay_dtcm_bytes(
    n_stages: NDArray[np.int8], stage_steps: int, n_members: NDArray[np.int32]
) -> Ints:
    """DTCM of delay cores beyond `dtcm_bytes`: spike buffer, and counts of spikes by time.

    Parameters
    ----------
    n_stages : ndarray of int8, shape (n_cores,)
        Stages that each core adds, 0 for other cores.
    stage_steps : int
    n_members : ndarray of int32, shape (n_cores,)
        Sources that it serves.

    Returns
    -------
    ndarray of int64, shape (n_cores,)
        A count has 8 bits, and a source as many of them as there are steps to its last stage and
        one more, to a power of two (sPyNNaker `delay_extension.c`). 0 for other cores.
    """
    slots = np.array([1 << (j * stage_steps).bit_length() for j in n_stages.tolist()], np.int64)
    return np.where(n_stages > 0, slots * n_members + WORD_BYTES * DELAY_BUFFER_ENTRIES, 0)


def source_sdram_bytes(population: Population, lo: int, hi: int) -> int:
    """SDRAM of a core with the members ``lo:hi``: the spikes listed, or parameters."""
    times = population.spike_times_ms[lo:hi]
    spikes = sum(t.size for t in times) + len(times)
    of_neuron = NEURON_BYTES.get(population.model, max(NEURON_BYTES.values()))
    return WORD_BYTES * spikes if times else of_neuron * (hi - lo)


def row_synapses(
    spec: NetworkSpec,
    projection: Projection,
    slice_lengths: NDArray[np.int32],
    *,
    stages: Stages | None = None,
    stage: int = 0,
) -> Ints:
    """Synapses that each row of `projection` is reserved for, on each slice of its targets.

    What full timing fetches for a packet of a stage is such a row: with
    ``Stages(graph.n_stages, graph.stage_steps, dt_ms)`` and each stage below ``graph.n_stages``
    this is the reserved length per projection, stage and slice. There are rows in a stage if
    ``stages.share(projection, stage) > 0``; elsewhere nothing is reserved, not even headers.

    Parameters
    ----------
    spec : NetworkSpec
    projection : Projection
    slice_lengths : ndarray of int32, shape (n_slices,)
        Neurons of each slice of the target population, in order.
    stages : Stages, optional
        By default a row holds all delays.
    stage : int
        Stage whose delays the row holds.

    Returns
    -------
    ndarray of int64, shape (n_slices,)
        The length that with probability ``1 - ROW_TAIL`` no row of the projection exceeds
        (sPyNNaker: the binomial upper quantile at 0.01 over the number of rows); of an explicit
        list the longest row. Of a stage: with each synapse in the stage with the probability
        of its delays; of listed delays the longest row.

    Raises
    ------
    DoesNotFitError
        If a row is longer than a row buffer.
    """
    n_pre, n_post = spec.sizes(projection)
    connector = projection.connector
    tail = ROW_TAIL / (n_pre * len(slice_lengths))
    share = 1.0 if stages is None else stages.share(projection, stage)
    if isinstance(connector, ExplicitList):
        chosen = _listed_in_stage(connector, stages, stage)
        longest = _longest_rows(connector, slice_lengths, chosen)
        share = 1.0 if connector.delay_ms is not None else share
        full, which = np.unique(longest, return_inverse=True)
        rows = [Binomial(int(n), 1.0) for n in full]
    else:
        lengths, which = np.unique(slice_lengths, return_inverse=True)
        rows = [connector.row_length(n_pre, n_post, int(n)) for n in lengths]
    quantiles = [_quantile(Binomial(row.n, row.p * share), tail) for row in rows]
    longest = np.array(quantiles, np.int64)[which]
    if longest.max(initial=0) > MOST_ROW_SYNAPSES:
        resource = f"row of projection {projection.pre} -> {projection.post} (synapses)"
        remedy = "use fewer neurons per core"
        raise DoesNotFitError(resource, int(longest.max()), MOST_ROW_SYNAPSES, remedy)
    return longest


@lru_cache(maxsize=4096)
def _quantile(row: Binomial, tail: float) -> int:
    # kept, since many projections of a large network are alike
    return row.quantile(tail)


def _listed_in_stage(
    connector: ExplicitList, stages: Stages | None, stage: int
) -> NDArray[np.bool_]:
    """Which synapses of a list `stage` serves; all of them if their delays are not listed."""
    if stages is None or connector.delay_ms is None:
        return np.ones(connector.pre.size, bool)
    return stages.holds(stage, delays_in_steps(connector.delay_ms, stages.dt_ms))


def _longest_rows(
    connector: ExplicitList, slice_lengths: NDArray[np.int32], chosen: NDArray[np.bool_]
) -> Ints:
    n_slices = len(slice_lengths)
    starts = np.cumsum(slice_lengths) - slice_lengths
    part = np.searchsorted(starts, connector.post[chosen], side="right") - 1
    pre = connector.pre[chosen].astype(np.int64)
    rows, counts = np.unique(pre * n_slices + part, return_counts=True)
    longest = np.zeros(n_slices, np.int64)
    np.maximum.at(longest, rows % n_slices, counts)
    return longest


def row_bytes(n_synapses: Ints) -> Ints:
    """SDRAM of a row that is reserved for so many synapses."""
    return WORD_BYTES * (ROW_HEADER_WORDS + n_synapses)


def most_delay_slots(budgets: Budgets, longest: int, delay_slots: int | None) -> int:
    """Slots that the ring buffers of `longest` neurons can have, a power of two.

    At most `delay_slots`, if that is given, and no more than the bits of a ring-buffer index leave.

    Raises
    ------
    DoesNotFitError
        If they cannot even have one.
    """
    need, limit = ring_buffer_entries(longest, 1), 1 << budgets.ring_buffer_bits
    if need > limit:
        resource = f"ring buffers of {longest} neurons with one delay slot (entries)"
        remedy = f"use at most {limit // N_SYNAPSE_TYPES} neurons per core"
        raise DoesNotFitError(resource, need, limit, remedy)
    most = limit // need if delay_slots is None else min(limit // need, delay_slots)
    return 1 << most.bit_length() >> 1


def check_ring_buffers(
    spec: NetworkSpec, budgets: Budgets, longest: int, delay_slots: int | None, dt_ms: float
) -> None:
    """Check that the ring buffers of `longest` neurons can hold all delays of the network.

    Raises
    ------
    DoesNotFitError
        Naming the longest slice that would fit.
    """
    slots = spec.delay_slots(dt_ms)
    need, limit = ring_buffer_entries(longest, slots), 1 << budgets.ring_buffer_bits
    if need > limit:
        fitting = limit // (N_SYNAPSE_TYPES * slots)
        remedy = f"use at most {fitting} neurons per core" if fitting else "shorten the delays"
        resource = f"ring buffers of {longest} neurons with {slots} delay slots (entries)"
        raise DoesNotFitError(resource, need, limit, f"{remedy}, or extend or clip the delays")
    if delay_slots is not None and slots > delay_slots:
        resource, remedy = (
            "delay slots of a ring buffer",
            "allow more, or extend or clip the delays",
        )
        raise DoesNotFitError(resource, slots, delay_slots, remedy)


def check_memory(
    spec: NetworkSpec,
    role: NDArray[np.int8],
    population: NDArray[np.int32],
    memory: str,
    *,
    need: Ints,
    limit: int,
) -> None:
    """Compare what every vertex needs of a memory with what there is.

    Parameters
    ----------
    spec : NetworkSpec
    role, population : ndarray, shape (n_vertices,)
    memory : str
        Name of the memory.
    need : ndarray of int64, shape (n_vertices,)
        Bytes.
    limit : int
        Bytes.

    Raises
    ------
    DoesNotFitError
        Naming the vertex that needs most.
    """
    if need.max(initial=0) <= limit:
        return
    worst = int(np.argmax(need))
    kind = Role(int(role[worst])).name.lower()
    resource = f"{memory} of a {kind} core of {spec.populations[population[worst]].name} (bytes)"
    raise DoesNotFitError(resource, int(need[worst]), limit, "use fewer neurons per core")
