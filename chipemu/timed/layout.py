"""From an image and its deployment to the arrays of the compiled cores."""

import numpy as np
from numpy.typing import NDArray

from chipemu.checks import holds_poisson
from chipemu.counters import NONE_PS, CoreCounter
from chipemu.deployment import Deployment
from chipemu.image import CoreTable, MachineImage
from chipemu.roles import COMBINED, DELAY, NEURON, POISSON, SOURCE, SYNAPSE
from chipemu.timed.state import (
    DUE_AT_ONCE,
    N_COUNTERS,
    NEVER_PS,
    Chip,
    Core,
    Delivery,
    Due,
    Head,
    Link,
    Machine,
    Number,
    Packet,
    Record,
    Rows,
    Rule,
)
from router.packets import CORES_PER_CHIP

__all__ = [
    "fresh_counts",
    "groups_of_chips",
    "lay_out_machine",
    "lay_out_rows",
    "margins_ps",
    "receive_times",
    "rules_of",
]

Longs = NDArray[np.int64]
LOG_ENTRIES = 1 << 11
"""Rows that a chip can process before its log is settled."""
SLACK = 4
"""Entries of a spike buffer beyond those in use: packets put back at the head."""


def rules_of(deployment: Deployment) -> Longs:
    """Costs as times, choices and sizes: entries `Rule`."""
    params, costs = deployment.params, deployment.params.costs
    rules = np.zeros(Rule.N_RULES, np.int64)
    for rule in Rule:
        if hasattr(costs, rule.name.lower()):
            rules[rule] = getattr(costs, rule.name.lower()) * params.cycle_ps
    rules[Rule.BACKLOG] = 0 if params.drops_late else rules[Rule.LOOKUP]
    rules[Rule.DMA_LATENCY] = params.dma_latency_ps
    rules[Rule.DMA_BYTE] = max(params.dma_byte_ps, params.sdram_byte_ps)
    rules[Rule.SDRAM_BYTE] = params.sdram_byte_ps
    rules[Rule.USABLE_BUFFER] = params.spike_buffer - 1
    rules[Rule.DROPS_LATE] = params.drops_late
    rules[Rule.HAS_COLOURS] = params.has_colours
    rules[Rule.FILTERS] = params.filters_empty_rows
    rules[Rule.STAGE_STEPS] = deployment.stage_steps
    rules[Rule.PERIOD] = deployment.period_ps
    rules[Rule.N_STAGES] = deployment.n_stages
    rules[Rule.N_GROUPS] = groups_of_chips(deployment).max() + 1
    return rules


def groups_of_chips(deployment: Deployment) -> Longs:
    """Group of each chip: those of one group tick together, shape (n_chips,)."""
    clocks = np.stack((deployment.offset_ps, deployment.drift_ppb))
    _, group = np.unique(clocks, axis=1, return_inverse=True)
    return group.reshape(-1).astype(np.int64)


def fresh_counts(n_cores: int) -> Longs:
    """Counters at the beginning, shape (n_cores, number of counters)."""
    counts = np.zeros((n_cores, len(CoreCounter)), np.int64)
    for name in ("EARLIEST_SEND_PS", "EARLIEST_RECEIVE_PS", "MIN_SLACK_PS"):
        counts[:, CoreCounter[name]] = NONE_PS
    for name in ("LATEST_SEND_PS", "LATEST_RECEIVE_PS"):
        counts[:, CoreCounter[name]] = -1
    return counts


def receive_times(image: MachineImage, deployment: Deployment) -> Longs:
    """Time that every core of the machine takes for a packet (ps)."""
    n_ports = CORES_PER_CHIP * deployment.topology.n_chips
    times = np.full(n_ports, deployment.fabric.receive_ps, np.int64)
    ports = CORES_PER_CHIP * image.cores.chip + image.cores.processor
    times[ports] = deployment.params.costs.packet * deployment.params.cycle_ps
    return times


def margins_ps(image: MachineImage, deployment: Deployment) -> Longs:
    """How long before the next tick each synapse core writes back, 0 for others.

    Measured (`docs/cores.md`): all synapse cores of a chip begin to write at once; the controller
    serves them by processor.
    """
    params, costs = deployment.params, deployment.params.costs
    cores = image.cores
    margins = np.zeros(cores.role.size, np.int64)
    free = np.zeros(deployment.topology.n_chips, np.int64)
    for v in np.lexsort((cores.processor, cores.chip)).tolist():
        if cores.role[v] != SYNAPSE:
            continue
        if params.margin_ps is not None:
            margins[v] = params.margin_ps
            continue
        chip, n_bytes = cores.chip[v], deployment.slot_bytes[v]
        data = max(costs.write * params.cycle_ps + params.dma_latency_ps, free[chip])
        free[chip] = data + n_bytes * params.sdram_byte_ps
        end = data + n_bytes * max(params.dma_byte_ps, params.sdram_byte_ps)
        margins[v] = end + costs.transfer_overhead * params.cycle_ps
    return margins


def lay_out_machine(
    image: MachineImage,
    deployment: Deployment,
    *,
    key_class: Longs,
    n_inbox: int,
) -> tuple[Machine, Longs]:
    """The cores before their first tick.

    Parameters
    ----------
    image : MachineImage
    deployment : Deployment
    key_class : ndarray of int64, shape (n_stages, n_sources)
        Class of the key of each stream in the fabric, -1 without key.
    n_inbox : int
        Room for deliveries.

    Returns
    -------
    machine : Machine
    order : ndarray of int64, shape (n_cores,)
        Core of the image that each row is.
    """
    table = image.cores
    order = np.lexsort((table.processor, table.chip))
    chip = table.chip[order]
    sends = (table.role == POISSON) & (table.buffer < 0)  # packets, not a slot of an ensemble
    role = np.where(sends, SOURCE, table.role)[order]
    n_cores, n_chips = order.size, deployment.topology.n_chips
    group = groups_of_chips(deployment)
    cores = np.zeros((n_cores, -(-(Core.COUNTS + N_COUNTERS) // 8) * 8), np.int64)
    cores[:, Core.COUNTS : Core.COUNTS + N_COUNTERS] = fresh_counts(n_cores)
    fabric = CORES_PER_CHIP * chip + table.processor[order]
    takes = np.isin(role, (COMBINED, SYNAPSE, DELAY))
    cycle_ps = deployment.params.cycle_ps
    unit = image.update_cycles(deployment.params.costs.neuron)[order] * cycle_ps
    is_poisson = (role == SOURCE) & holds_poisson(image)[order]
    unit = np.where(is_poisson, deployment.params.costs.poisson * cycle_ps, unit)
    read_bytes, reads_from, n_reads = _contributions(
        role, deployment.slot_bytes[order], table, order
    )
    columns: dict[Core, Longs | int] = {
        Core.ROLE: role,
        Core.LO: table.lo[order],
        Core.HI: table.hi[order],
        Core.SLICE: deployment.core_slice[order],
        Core.FABRIC: fabric,
        Core.CHIP: chip,
        Core.GROUP: group[chip],
        Core.SLOT_BYTES: deployment.slot_bytes[order],
        Core.SPREAD: deployment.spread_ps[order],
        Core.MARGIN: margins_ps(image, deployment)[order],
        Core.READS_FROM: reads_from,
        Core.N_READS: n_reads,
        Core.BUFFER: np.where(takes, np.cumsum(takes) - 1, -1),
        Core.UNIT: unit,
        Core.STEP: -1,
        Core.NEXT_TICK: deployment.tick_ps(0)[chip],
        Core.INBOX: -1,
        Core.FETCHING: -1,
        Core.HELD: -1,
        Core.LOOKED_UP: -1,
        Core.WRITTEN_STEP: -1,
        Core.SENDER: -1,
        Core.TRANSFER_END: NEVER_PS,
    }
    for column, values in columns.items():
        cores[:, column] = values
    is_delay = role == DELAY
    cores[is_delay, Core.STORE] = np.arange(np.count_nonzero(is_delay))
    core_of = np.full(CORES_PER_CHIP * n_chips, -1, np.int64)
    core_of[fabric[takes]] = np.flatnonzero(takes)
    widest = int((table.hi - table.lo)[table.role == DELAY].max(initial=0))
    n_slots = (deployment.n_stages - 1) * deployment.stage_steps + 1
    n_entries = deployment.params.spike_buffer + SLACK
    machine = Machine(
        cores=cores,
        heads=_heads(n_cores),
        chips=_chips(deployment, chip, role),
        rules=rules_of(deployment),
        numbers=np.zeros(len(Number), np.int64),
        packets=np.zeros((0, Packet.N_COLUMNS), np.int64),
        inbox=np.zeros((n_inbox, Delivery.N_COLUMNS), np.int64),
        buffers=np.zeros((np.count_nonzero(takes), n_entries), np.int64),
        log=np.zeros((n_chips, LOG_ENTRIES, 2), np.int64),
        key_class=key_class,
        read_bytes=read_bytes,
        core_of=core_of,
        part_of=deployment.core_slice[order].astype(np.int32),
        received=np.zeros(core_of.size, np.int64),
        spikes=np.zeros(0, np.int32),
        spans=np.zeros((0, 2), np.int64),
        row_synapses=deployment.row_synapses,
        rows=np.stack((deployment.row_bytes, deployment.n_rows), axis=-1),
        kind=deployment.source_kind,
        stored=np.zeros((np.count_nonzero(is_delay), n_slots, widest), np.int32),
    )
    return machine, order


def _heads(n_cores: int) -> Longs:
    """Heads of cores that nothing has reached."""
    heads = np.zeros((n_cores, Head.N_COLUMNS), np.int64)
    heads[:, (Head.FIRST, Head.LAST)] = -1
    heads[:, Head.END] = NEVER_PS
    return heads


def _chips(deployment: Deployment, chip: Longs, role: Longs) -> Longs:
    """Rows of all chips, given chip, ascending, and role of each core."""
    n_chips = deployment.topology.n_chips
    chips = np.zeros((n_chips, 16), np.int64)
    chips[:, Chip.FIRST] = np.searchsorted(chip, np.arange(n_chips))
    chips[:, Chip.STOP] = np.searchsorted(chip, np.arange(n_chips), side="right")
    chips[:, Chip.OFFSET] = deployment.offset_ps
    chips[:, Chip.DRIFT] = deployment.drift_ppb
    chips[:, Chip.END] = NEVER_PS
    chips[chip[role == DELAY], Chip.HAS_DELAYS] = 1
    return chips


def _contributions(
    role: Longs, slot_bytes: Longs, table: CoreTable, order: Longs
) -> tuple[Longs, Longs, Longs]:
    """Bytes of all contributions read, where those of each neuron core begin, and how many."""
    lo, chip = table.lo[order], table.chip[order]
    by_slice: dict[tuple[int, int], list[int]] = {}
    for v in np.flatnonzero(np.isin(role, (SYNAPSE, POISSON))).tolist():
        by_slice.setdefault((int(chip[v]), int(lo[v])), []).append(int(slot_bytes[v]))
    found: list[int] = []
    start, number = np.zeros(role.size, np.int64), np.zeros(role.size, np.int64)
    for v in np.flatnonzero(role == NEURON).tolist():
        own = by_slice.get((int(chip[v]), int(lo[v])), [])
        start[v], number[v] = len(found), len(own)
        found.extend(own)
    return np.array(found, np.int64), start, number


def lay_out_rows(image: MachineImage, deployment: Deployment) -> Rows:
    """No rows processed yet."""
    n_slices = deployment.n_slices
    counts = np.diff(deployment.slice_lo)
    return Rows(
        records=np.zeros((1 << 12, Record.N_COLUMNS), np.int64),
        parts=np.zeros(1 << 12, np.int32),
        numbers=np.zeros(2, np.int64),
        expected=np.count_nonzero(deployment.row_synapses, axis=2).astype(np.int32),
        slice_lo=deployment.slice_lo,
        slice_of=np.repeat(np.arange(n_slices, dtype=np.int32), counts),
        order=np.zeros(0, np.int64),
        links=np.zeros((0, Link.N_COLUMNS), np.int64),
        who=np.zeros(n_slices, np.int32),
        flags=np.zeros((image.matrix.n_blocks, n_slices), np.uint8),
        saved=np.zeros(image.n_neurons, np.uint16),
        due=np.zeros((image.matrix.n_blocks, DUE_AT_ONCE, Due.N_COLUMNS), np.int64),
    )
