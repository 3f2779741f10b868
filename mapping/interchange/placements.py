"""Which core each vertex runs on, in the form of PACMAN's ``placements.json``.

Core numbers of the tool chain count other programs too: its monitors take the low ones. Where a
vertex has a number that is not for applications here, the cores of that chip are numbered anew, and
routes with them; cores of a chip are alike.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapping.errors import DoesNotFitError, InterchangeError
from mapping.graph import MachineGraph
from mapping.interchange.labels import VertexNames, vertex_labels
from mapping.machine import Machine
from mapping.place import Placement
from mapping.spec import NetworkSpec
from router import Topology

__all__ = ["PlacedVertices", "placements_from_json", "placements_to_json"]

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class PlacedVertices:
    """Vertices by the core numbers of this machine, and how these came from the document's.

    Attributes
    ----------
    placement : Placement
    new_core : dict of int to ndarray of int64, shape (n_cores_of_the_chip,)
        For each chip whose cores were numbered anew: the new number of each core.
    """

    placement: Placement
    new_core: dict[int, Ints]


def placements_to_json(
    spec: NetworkSpec, graph: MachineGraph, placement: Placement, topology: Topology
) -> list[dict[str, Any]]:
    """Label, chip and core of each vertex."""
    labels = vertex_labels(spec, graph)
    xy = topology.xy[placement.chip].tolist()
    rows = zip(labels, xy, placement.core.tolist(), strict=True)
    return [{"vertex_label": label, "x": x, "y": y, "p": p} for label, (x, y), p in rows]


def placements_from_json(
    data: list[dict[str, Any]], spec: NetworkSpec, graph: MachineGraph, machine: Machine
) -> PlacedVertices:
    """Placement of the vertices of `graph`, found by their labels.

    Programs that are not of the network, such as monitors, may be there too.

    Raises
    ------
    InterchangeError
        If a label names a vertex that does not exist, a vertex is missing or placed twice, or two
        programs are on one core, on the monitor's or on one that does not exist.
    DoesNotFitError
        If a chip has too few application cores.
    """
    names = VertexNames.of(spec, graph)
    chip, core = np.full((2, graph.n_vertices), -1, np.int64)
    taken: dict[tuple[int, int], str] = {}
    for at, row in enumerate(data):
        place, label = f"$[{at}]", row["vertex_label"]
        where = _core_of(row, machine.topology, place)
        if where in taken:
            problem = f"{label!r} is on the same core as {taken[where]!r}"
            raise InterchangeError(problem, place)
        taken[where] = label
        vertex = names.find(label, f"{place}.vertex_label")
        if vertex is not None:
            if chip[vertex] >= 0:
                problem = f"{label!r} is placed twice; labels should differ"
                raise InterchangeError(problem, f"{place}.vertex_label")
            if where[1] == 0:
                problem = f"{label!r} is on core 0, which is the monitor's"
                raise InterchangeError(problem, f"{place}.p")
            chip[vertex], core[vertex] = where
    missing = np.flatnonzero(chip < 0)
    if missing.size:
        more = f" and {missing.size - 1} more" if missing.size > 1 else ""
        problem = f"no placement of {names.own[missing[0]]!r}{more}"
        raise InterchangeError(problem, "$")
    new_core = _new_numbers(chip, core, machine)
    for number, numbers in new_core.items():
        here = chip == number
        core[here] = numbers[core[here]]
    return PlacedVertices(Placement(chip.astype(np.int32), core.astype(np.int16)), new_core)


def _core_of(row: dict[str, Any], topology: Topology, place: str) -> tuple[int, int]:
    x, y, p = row["x"], row["y"], row["p"]
    inside = x < topology.width and y < topology.height
    chip = int(topology.chip_id[x, y]) if inside else -1
    if chip < 0:
        problem = f"{row['vertex_label']!r} is on chip ({x}, {y}), which the machine does not have"
        raise InterchangeError(problem, place)
    if p >= topology.cores[chip]:
        problem = (
            f"{row['vertex_label']!r} is on core {p} of chip ({x}, {y}), which has cores 0 to "
            f"{topology.cores[chip] - 1}"
        )
        raise InterchangeError(problem, f"{place}.p")
    return chip, int(p)


def _new_numbers(chip: Ints, core: Ints, machine: Machine) -> dict[int, Ints]:
    """New core numbers of chips with vertices on cores that are not for applications."""
    limit = machine.application_cores
    found = {}
    for number in np.unique(chip[core > limit[chip]]).tolist():
        own = np.sort(core[chip == number])
        if len(own) > limit[number]:
            x, y = machine.topology.xy[number].tolist()
            remedy = "read it for a machine with fewer monitor cores (budgets.monitor_cores)"
            resource = f"application cores of chip ({x}, {y})"
            raise DoesNotFitError(resource, len(own), int(limit[number]), remedy)
        others = np.setdiff1d(np.arange(1, machine.topology.cores[number]), own)
        order = np.concatenate(([0], own, others))
        found[number] = np.argsort(order)
    return found
