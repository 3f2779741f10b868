"""Tables of all counters, one row for each core or router and stretch of the run.

Counters that the SpiNNaker tool chain has go by
the name that they have there (`chipemu.counters.PROVENANCE_NAMES`), the others by our own; all
times are in picoseconds. A cell is None if there was nothing to take a smallest or latest time of.
"""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chipemu.counters import NONE_PS, PROVENANCE_NAMES, CoreCounter
from chipemu.timed_recording import TimedCounts
from host.datatable import Cell, Table
from host.timing import CoreNames, stretch_names
from mapping.graph import MachineGraph, Role
from router.counters import N_DELAY_BINS, RouterCounter
from router.topology import Topology

__all__ = ["core_name", "core_table", "read_table", "router_names", "router_table"]

ROUTER_NAMES = {
    RouterCounter.LOCAL_MULTICAST: "Local_Multicast_Packets",
    RouterCounter.EXTERNAL_MULTICAST: "External_Multicast_Packets",
    RouterCounter.DROPPED_MULTICAST: "Dropped_Multicast_Packets",
    RouterCounter.DROPPED_MULTICAST_VIA_LOCAL_TRANSMISSION: (
        "Dropped_Multicast_Packets_via_local_transmission"
    ),
    RouterCounter.DEFAULT_ROUTED_EXTERNAL_MULTICAST: "default_routed_external_multicast_packets",
    RouterCounter.RECEIVED_FOR_REINJECTION: "Received_For_Reinjection",
    RouterCounter.MISSED_FOR_REINJECTION: "Missed_For_Reinjection",
    RouterCounter.REINJECTION_OVERFLOWS: "Reinjection_Overflows",
    RouterCounter.REINJECTED: "Reinjected",
    RouterCounter.DUMPED_FROM_A_LINK: "Dumped_from_a_Link",
    RouterCounter.DUMPED_FROM_A_PROCESSOR: "Dumped_from_a_processor",
}
"""Names that the tool chain (SpiNNFrontEndCommon, router provenance) gives to counters."""


def core_name(counter: CoreCounter) -> str:
    """Name of the column of a core's counter."""
    return PROVENANCE_NAMES.get(counter, counter.name.lower())


NONE_VALUES = {
    core_name(counter): -1 if counter.name.startswith("LATEST") else NONE_PS
    for counter in CoreCounter
    if counter.name.startswith(("EARLIEST", "LATEST", "MIN"))
}
"""What a counter of times holds if there was none."""


def core_table(timed: TimedCounts, graph: MachineGraph, names: CoreNames) -> Table:
    """Counters and wall time of all cores; the lines of a stretch follow one another."""
    fixed: dict[str, list[Cell]] = {
        "x": names.chip_xy[:, 0].tolist(),
        "y": names.chip_xy[:, 1].tolist(),
        "processor": names.processor.tolist(),
        "role": [Role(role).name.lower() for role in graph.role.tolist()],
        "population": list(names.population),
        "lo": graph.lo.tolist(),
        "hi": graph.hi.tolist(),
    }
    counts = [np.column_stack((part.wall_ps, part.cores)) for part in timed.stretches]
    heads = ["wall_ps", *(core_name(counter) for counter in CoreCounter)]
    return _stacked(fixed, timed, counts, heads)


def router_table(timed: TimedCounts, topology: Topology) -> Table:
    """Counters of all routers; the lines of a stretch follow one another."""
    fixed: dict[str, list[Cell]] = {
        "x": topology.xy[:, 0].tolist(),
        "y": topology.xy[:, 1].tolist(),
    }
    counts = [stretch.fabric.router for stretch in timed.stretches]
    return _stacked(fixed, timed, counts, router_names())


def router_names() -> list[str]:
    """Names of the columns of a router's counters."""
    heads = [ROUTER_NAMES.get(c, c.name.lower()) for c in RouterCounter]
    heads[RouterCounter.DELAYED :] = [f"delayed_{k}" for k in range(N_DELAY_BINS)]
    return heads


def _stacked(
    fixed: Mapping[str, list[Cell]],
    timed: TimedCounts,
    counts: Sequence[NDArray[np.int64]],
    heads: Sequence[str],
) -> Table:
    columns: dict[str, list[Cell]] = {name: values * len(counts) for name, values in fixed.items()}
    columns["stretch"] = [name for name in stretch_names(timed) for _ in range(len(counts[0]))]
    table = np.concatenate(counts)
    for k, head in enumerate(heads):
        none = NONE_VALUES.get(head)
        columns[head] = [None if value == none else value for value in table[:, k].tolist()]
    return Table(columns)


def read_table(path: Path) -> Table:
    """Table that an earlier version wrote as CSV to `path`; what looks like a number is one."""
    with path.open(newline="", encoding="utf-8") as file:
        heads, *rows = csv.reader(file)
    columns = zip(*rows, strict=True) if rows else ([] for _ in heads)
    return Table(
        {
            head: [_cell(text) for text in column]
            for head, column in zip(heads, columns, strict=True)
        }
    )


def _cell(text: str) -> Cell:
    if not text:
        return None
    return int(text) if text.removeprefix("-").isdecimal() else text
