"""Routing tables, in the form of PACMAN's ``routing_tables.json``."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapping.errors import InterchangeError
from router import RoutingTable, RoutingTables, TableError, Topology
from router.table import FIRST_CORE_BIT

__all__ = ["tables_from_json", "tables_to_json"]

Words = NDArray[np.uint32]


def tables_to_json(tables: RoutingTables, topology: Topology) -> list[dict[str, Any]]:
    """Entries of each chip that has any, in the order in which they are tried.

    Whether default routing would do the same is left open (``"defaultable": false``): after
    compression nobody could tell, and no entry may be left out on that account.
    """
    columns = zip(tables.key.tolist(), tables.mask.tolist(), tables.route.tolist(), strict=True)
    entries = [
        {"key": key, "mask": mask, "defaultable": False, "spinnaker_route": route}
        for key, mask, route in columns
    ]
    bounds = tables.indptr.tolist()
    parts = zip(topology.xy.tolist(), bounds[:-1], bounds[1:], strict=True)
    return [
        {"x": x, "y": y, "entries": entries[first:last]}
        for (x, y), first, last in parts
        if last > first
    ]


def tables_from_json(
    data: list[dict[str, Any]],
    topology: Topology,
    new_core: dict[int, NDArray[np.int64]] | None = None,
) -> RoutingTables:
    """Tables of all chips of `topology`, empty where `data` has none.

    Parameters
    ----------
    data : list of dict
    topology : Topology
    new_core : dict of int to ndarray of int64, optional
        New numbers of the cores of chips, as of `placements_from_json`.

    Raises
    ------
    InterchangeError
        If the machine has no such chip, one has two tables, or an entry can never match.
    """
    found: dict[int, RoutingTable] = {}
    for at, part in enumerate(data):
        x, y = part["x"], part["y"]
        inside = x < topology.width and y < topology.height
        chip = int(topology.chip_id[x, y]) if inside else -1
        if chip < 0 or chip in found:
            why = "has two tables" if chip >= 0 else "is none of the machine"
            problem = f"chip ({x}, {y}) {why}"
            raise InterchangeError(problem, f"$[{at}]")
        key, mask, route = (
            np.array([entry[name] for entry in part["entries"]], np.uint32)
            for name in ("key", "mask", "spinnaker_route")
        )
        if new_core is not None and chip in new_core:
            route = _renumbered(route, new_core[chip])
        try:
            found[chip] = RoutingTable(key, mask, route)
        except TableError as error:
            raise InterchangeError(str(error), f"$[{at}].entries") from error
    nothing = np.zeros(0, np.uint32)
    empty = RoutingTable(nothing, nothing, nothing)
    return RoutingTables.join([found.get(chip, empty) for chip in range(topology.n_chips)])


def _renumbered(route: Words, new_core: NDArray[np.int64]) -> Words:
    """Routes to the same cores under their new numbers; cores that do not exist stay."""
    known = np.uint32(((1 << len(new_core)) - 1) << FIRST_CORE_BIT)
    moved = route & ~known
    for core, number in enumerate(new_core.tolist()):
        bit = route >> np.uint32(FIRST_CORE_BIT + core) & np.uint32(1)
        moved |= bit << np.uint32(FIRST_CORE_BIT + number)
    return moved
