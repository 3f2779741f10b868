"""From a mapping and its image to what full timing adds: clocks, keys, slices, rows, choices."""

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.cores import CoreParams
from chipemu.deployment import NO_KEY, Deployment
from chipemu.image import MachineImage
from fixedpoint.random.kernels import philox_fill
from fixedpoint.streams import Stream
from host.config import PS_PER_MS, Config, CoresConfig
from host.costtables import load_costs
from host.machines import MachineSpec
from host.plan import number_members, seed_words
from host.reservedrows import reserved_rows
from host.rows.kernels import count_rows
from mapping import memory
from mapping.delays import Stages
from mapping.graph import MachineGraph, Role
from mapping.keys import stream_keys
from mapping.machine import Machine
from mapping.pipeline import Mapping
from mapping.spec import NetworkSpec
from router.packets import CORES_PER_CHIP
from router.params import FabricParams

__all__ = ["build_deployment", "core_params", "fabric_params", "spread_starts"]

Longs = NDArray[np.int64]
PPB_PER_PPM = 1000
CHUNKS = 16
"""Parts that rows are counted in, which threads share."""


def build_deployment(
    spec: NetworkSpec,
    image: MachineImage,
    mapped: Mapping,
    *,
    machine: Machine,
    machine_spec: MachineSpec,
    config: Config,
) -> Deployment:
    """Put together what a run with full timing needs besides the image.

    Parameters
    ----------
    spec : NetworkSpec
    image : MachineImage
        Made for full timing (`host.image.build_image`, ``is_timed``).
    mapped : Mapping
        What the image was made for.
    machine : Machine
    machine_spec : MachineSpec
    config : Config

    Returns
    -------
    Deployment

    Raises
    ------
    ImageError
        If the clocks of the chips come too far apart.
    FabricError, ParameterError
        If the configuration sets a figure that cannot be.
    """
    slices = _slices(image)
    first = _first_sources(spec, image)
    stages = Stages(mapped.graph.n_stages, mapped.graph.stage_steps, config.run.dt_ms)
    rows = reserved_rows(spec, mapped.graph, stages)
    offset_ps, drift_ppb = _clocks(config, machine.topology.n_chips)
    deployment = Deployment(
        topology=machine.topology,
        tables=mapped.tables,
        fabric=fabric_params(machine_spec.fabric, config.cores),
        params=core_params(machine_spec.cores, config.cores),
        period_ps=config.period_ps,
        offset_ps=offset_ps,
        drift_ppb=drift_ppb,
        spread_ps=_spread(mapped.graph, image, config),
        slice_lo=slices.lo,
        core_slice=slices.of_core,
        slot_bytes=_slot_bytes(image, slices),
        source_kind=_source_kind(spec, image, first),
        row_synapses=_row_synapses(image, slices, stages),
        row_bytes=rows.n_bytes,
        n_rows=rows.n_rows,
        key=_keys(spec, mapped, image, first),
        stage_steps=stages.steps,
    )
    deployment.check_clock(config.run.n_warmup_steps + config.run.n_steps)
    return deployment


def fabric_params(fabric: FabricParams, cores: CoresConfig) -> FabricParams:
    """`fabric` with what the configuration sets."""
    chosen = {"is_reinjecting": cores.reinject, "wait1_cycles": cores.router_wait_cycles}
    return replace(fabric, **_given(chosen))


def core_params(params: CoreParams, cores: CoresConfig) -> CoreParams:
    """`params` with what the configuration sets."""
    chosen: dict[str, Any] = {
        "costs": None if cores.costs is None else load_costs(cores.costs),
        "spike_buffer": cores.spike_buffer,
        "drops_late": None if cores.late_spikes is None else cores.late_spikes == "drop",
        "has_colours": cores.colours,
        "filters_empty_rows": cores.bit_fields,
        "margin_ps": None if cores.margin_ms is None else round(cores.margin_ms * PS_PER_MS),
    }
    return replace(params, **_given(chosen))


def _given(chosen: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in chosen.items() if value is not None}


class _Slices(NamedTuple):
    """The slices of all neurons, in order."""

    lo: Longs
    """First neuron of each slice, and the number of all neurons, shape (n_slices + 1,)."""
    of_core: Longs
    """Slice that each core holds or serves, -1 if none, shape (n_cores,)."""

    @property
    def lengths(self) -> Longs:
        """Neurons of each slice."""
        return np.diff(self.lo)


def _slices(image: MachineImage) -> _Slices:
    cores = image.cores
    holds = np.isin(cores.role, (Role.COMBINED, Role.NEURON))
    lo = np.append(cores.lo[holds], image.n_neurons)
    serves = holds | (cores.role == Role.SYNAPSE) | _is_direct(image)
    of_core = np.where(serves, np.searchsorted(lo, cores.lo, side="right") - 1, -1)
    return _Slices(lo.astype(np.int64), of_core.astype(np.int64))


def _is_direct(image: MachineImage) -> NDArray[np.bool_]:
    """Poisson cores of ensembles, which fill a buffer."""
    is_direct: NDArray[np.bool_] = (image.cores.role == Role.POISSON) & (image.cores.buffer >= 0)
    return is_direct


def _slot_bytes(image: MachineImage, slices: _Slices) -> Longs:
    """What each contributing core hands over in a step: the layout of the longest slice."""
    n_bytes = memory.transfer_bytes(int(slices.lengths.max(initial=1)))
    return np.where((image.cores.role == Role.SYNAPSE) | _is_direct(image), n_bytes, 0)


def _first_sources(spec: NetworkSpec, image: MachineImage) -> dict[str, int]:
    """Number of the first source of each population that is numbered in `image`."""
    direct = {spec.populations[d.population].name for d in image.direct}
    return number_members(spec, direct).first


def _source_kind(
    spec: NetworkSpec, image: MachineImage, first: dict[str, int]
) -> NDArray[np.int32]:
    """Index of the population of each source."""
    kind = np.zeros(image.n_sources, np.int32)
    for name, lo in first.items():
        kind[lo : lo + spec.population(name).size] = spec.index(name)
    return kind


def _row_synapses(image: MachineImage, slices: _Slices, stages: Stages) -> NDArray[np.uint16]:
    """Synapses of each stream on each slice, counted."""
    matrix = image.matrix
    counts = np.zeros((stages.n, image.n_sources, slices.lengths.size), np.uint16)
    slice_of = np.repeat(np.arange(slices.lengths.size, dtype=np.int32), slices.lengths)
    shares = np.linspace(0, matrix.n_synapses, CHUNKS + 1)
    bounds = np.searchsorted(matrix.row_start[matrix.source_rows], shares)
    bounds[0], bounds[-1] = 0, image.n_sources
    count_rows(
        bounds,
        matrix.words,
        matrix.row_start,
        matrix.segments,
        matrix.source_rows,
        matrix.block_lo,
        slice_of,
        stages.steps,
        counts,
    )
    return counts


def _keys(spec: NetworkSpec, mapped: Mapping, image: MachineImage, first: dict[str, int]) -> Longs:
    """Key of each stream; `NO_KEY` for those that no net carries."""
    key = np.full((mapped.graph.n_stages, image.n_sources), NO_KEY, np.int64)
    for name, lo in first.items():
        size = spec.population(name).size
        key[:, lo : lo + size] = stream_keys(mapped.graph, mapped.keys, spec.index(name), size)
    return key


def _spread(graph: MachineGraph, image: MachineImage, config: Config) -> Longs:
    """How long after the tick each core begins to send (ps)."""
    spread_ps = np.zeros(graph.n_vertices, np.int64)
    senders = graph.net_vertex
    number = CORES_PER_CHIP * image.cores.chip[senders] + image.cores.processor[senders]
    starts = spread_starts(len(senders), config.cores.spread, config.period_ps)
    spread_ps[senders[np.argsort(number)]] = starts
    return spread_ps


def spread_starts(n_cores: int, spread: float, period_ps: int) -> Longs:
    """When each of `n_cores` begins if their starts are spread over a share of the step.

    Returns
    -------
    ndarray of int64, shape (n_cores,)
        Time after the tick (ps): core i begins at ``floor(i * spread * period / n_cores)``.

    Examples
    --------
    >>> spread_starts(4, 0.5, 1000).tolist()
    [0, 125, 250, 375]
    """
    spread_ps = round(spread * period_ps)
    return np.array([i * spread_ps // n_cores for i in range(n_cores)], np.int64)


def _clocks(config: Config, n_chips: int) -> tuple[Longs, Longs]:
    """Offset (ps) and drift (parts in 10**9) of the clock of each chip.

    They are drawn by two words of ``philox4x32(chip, 0, 0, CLOCK, *seed)``: a uniform of all
    whole numbers from 0 to below the largest offset, and from the least to the largest drift.
    """
    words = np.zeros(4 * n_chips, np.int64)
    low, high = seed_words(config.run.seed).tolist()
    philox_fill(0, 0, 0, int(Stream.CLOCK), low, high, words)
    first, second = words[:n_chips].tolist(), words[n_chips : 2 * n_chips].tolist()
    latest_ps = round(config.cores.tick_offset_ms * PS_PER_MS)
    most_ppb = round(config.cores.drift_ppm * PPB_PER_PPM)
    offset_ps = [u * latest_ps >> 32 for u in first]
    drift_ppb = [(u * (2 * most_ppb + 1) >> 32) - most_ppb for u in second]
    return np.array(offset_ps, np.int64), np.array(drift_ppb, np.int64)
