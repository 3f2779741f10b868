"""How long it takes to get a network onto the machine, and where the time goes.

The host maps; then it makes all synapses and sends them, or it sends specifications, from which the
cores make the synapses. `docs/loading.md` has the model term by term, with the source of each
figure, and what it says of loads that were recorded.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from host.loading.expansion import Work, expansion_work, is_expandable
from host.loading.params import LoadingParams
from host.loading.report import Basis, LoadPhase, LoadReport, LoadTerm
from host.loading.shares import Share, graph_stages, shares
from host.loading.transfer import Lane, lane_us, longest_lane
from host.loading.volume import (
    expanded_bytes,
    matrix_bytes,
    parameter_bytes,
    specification_bytes,
)
from mapping.graph import Role
from mapping.machine import Machine
from mapping.pipeline import Mapping
from mapping.spec import NetworkSpec

__all__ = ["LoadReport", "LoadTerm", "LoadingParams", "predict_load"]

Floats = NDArray[np.float64]
PS_PER_US, US_PER_S, PS_PER_S = 10**6, 10**6, 10**12


class _Volume(NamedTuple):
    """What host and cores make, by vertex or in all."""

    sent: Floats
    """Bytes over the link."""
    expanded: Floats
    """Bytes that the vertex writes itself."""
    blocks: float
    host_synapses: float


def predict_load(
    spec: NetworkSpec,
    mapped: Mapping,
    machine: Machine,
    params: LoadingParams,
    *,
    cycle_ps: int,
    dt_ms: float,
    recorded_bytes: int = 0,
) -> LoadReport:
    """Predict what it takes to map, load and read back a network.

    Parameters
    ----------
    spec : NetworkSpec
    mapped : Mapping
        Of `spec`.
    machine : Machine
        That it is mapped to.
    params : LoadingParams
    cycle_ps : int
        CPU cycle of a core.
    dt_ms : float
        Time step (ms).
    recorded_bytes : int
        Read back after the run.

    Returns
    -------
    LoadReport
    """
    graph = mapped.graph
    found = shares(spec, graph, dt_ms)
    volume = _volume(spec, mapped, found, params, dt_ms)
    work = expansion_work(graph.n_vertices, _expanded(found, params), params)
    chip = mapped.placement.chip
    topology = machine.topology
    board = topology.board[chip].astype(np.int64)
    lane = longest_lane(volume.sent, board, topology.is_ethernet[chip], params)
    expansion = _expansion_terms(work, volume.expanded, chip, params, cycle_ps)
    expansion_s = sum(term.seconds for term in expansion)
    is_sent_longer = expansion_s * US_PER_S <= lane_us(lane, params)
    terms = (
        *_terms(
            "mapping", ("mapping", graph.n_vertices, "core", params.mapping_core_us, "measured")
        ),
        *_terms(
            "generation",
            (
                "host's synapses",
                volume.host_synapses,
                "synapse",
                params.host_synapse_us,
                "measured",
            ),
            ("specifications", volume.blocks, "block", params.block_us, "derived"),
        ),
        *_terms(
            "loading",
            ("exchanges", lane.cores, "core", params.core_us, "inferred"),
            ("packets", lane.packets, "packet", _mean_us(lane), "derived"),
        ),
        *expansion,
        *_terms(
            "extraction",
            ("reading back", recorded_bytes, "byte", params.extraction_byte_us, "derived"),
        ),
    )
    return LoadReport(
        terms=terms,
        link_bytes=round(float(volume.sent.sum())),
        sdram_bytes=round(float(volume.sent.sum() + volume.expanded.sum())),
        core_busy_s=float(work.cycles.sum()) * cycle_ps / PS_PER_S,
        critical=_lane_name(lane) if is_sent_longer else _slowest_core(spec, mapped, machine, work),
    )


def _terms(phase: LoadPhase, *rows: tuple[str, float, str, float, Basis]) -> tuple[LoadTerm, ...]:
    """Terms of one phase with name, count, unit, time of each (us) and basis; none of nothing."""
    return tuple(
        LoadTerm(phase=phase, name=name, count=count, unit=unit, each_us=each_us, basis=basis)
        for name, count, unit, each_us, basis in rows
        if count > 0
    )


def _expanded(found: list[Share], params: LoadingParams) -> list[Share]:
    """Projections that cores expand."""
    return [share for share in found if params.method == "cores" and is_expandable(share)]


def _volume(
    spec: NetworkSpec, mapped: Mapping, found: list[Share], params: LoadingParams, dt_ms: float
) -> _Volume:
    graph = mapped.graph
    stages = graph_stages(graph, dt_ms)
    expanded = _expanded(found, params)
    made = [share for share in found if params.method == "host" or not is_expandable(share)]
    sent = parameter_bytes(spec, graph, found)
    blocks, specifications = specification_bytes(graph, expanded, params)
    sent += specifications
    for share in made:
        sent[share.core] += matrix_bytes(share, stages, params)
    written = np.zeros(graph.n_vertices)
    for share in expanded:
        written[share.core] += expanded_bytes(share)
    host_synapses = sum(float(share.synapses.sum()) for share in made)
    return _Volume(sent, written, float(blocks.sum()), host_synapses)


def _mean_us(lane: Lane) -> float:
    return lane.packets_us / lane.packets if lane.packets else 0.0


def _expansion_terms(
    work: Work,
    expanded: Floats,
    chip: NDArray[np.int32],
    params: LoadingParams,
    cycle_ps: int,
) -> tuple[LoadTerm, ...]:
    """Work of the core that takes longest, and what the fullest chip waits for its SDRAM beyond."""
    if not work.cycles.any():
        return ()
    slowest = int(np.argmax(work.cycles))
    core_us = float(work.cycles[slowest]) * cycle_ps / PS_PER_US
    fullest = float(np.bincount(chip, expanded).max())
    memory_us = fullest * params.sdram_byte_ps / PS_PER_US
    waiting_us = max(0.0, memory_us - core_us)
    us = cycle_ps / PS_PER_US
    by_trial: Basis = "inferred" if params.blocks == "slices" else "estimated"
    rows: tuple[tuple[str, Floats, str, Floats, Basis], ...] = (
        ("candidates", work.trials, "candidate", work.trial_cycles, by_trial),
        ("synapses kept", work.synapses, "synapse", work.synapse_cycles, "estimated"),
        ("rows", work.rows, "row", work.row_cycles, "estimated"),
    )
    return _terms(
        "loading",
        *(
            (f"expansion: {name}", float(n[slowest]), unit, float(c[slowest] / n[slowest]) * us, b)
            for name, n, unit, c, b in rows
            if n[slowest] > 0
        ),
        ("expansion: waiting for SDRAM", float(waiting_us > 0), "wait", waiting_us, "estimated"),
    )


def _lane_name(lane: Lane) -> str:
    if len(lane.boards) == 1:
        return f"sending to board {lane.boards[0]}"
    return f"sending to {len(lane.boards)} boards, one after the other"


def _slowest_core(spec: NetworkSpec, mapped: Mapping, machine: Machine, work: Work) -> str:
    graph, placement = mapped.graph, mapped.placement
    slowest = int(np.argmax(work.cycles))
    x, y = machine.topology.xy[placement.chip[slowest]].tolist()
    core = f"core {int(placement.core[slowest])} of chip ({x}, {y})"
    name = spec.populations[graph.population[slowest]].name
    is_delay = graph.role[slowest] == Role.DELAY
    what = "the delays of" if is_delay else "synapses onto"
    return f"{core}, which expands {what} {name} {graph.lo[slowest]}:{graph.hi[slowest]}"
