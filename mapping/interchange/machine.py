"""The chips of a machine, in the form of SpiNNMachine's ``json_machine.py``.

Each chip tells its position, its cores (the monitors' included), its dead links, those that lead
over the edge of a machine without wrap among them, the Ethernet chip of its board and, if it is
one itself, its address. Whether the machine wraps is not said: it does if a link over an edge is
alive.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mapping.errors import InterchangeError
from mapping.machine import Budgets, Machine
from router import Topology, TopologyError
from router.geometry import LINK_VECTORS, N_LINKS, opposite
from router.topology import BOARD_ROWS, TRIAD_OFFSETS, TRIAD_SIDE, listed_chips

__all__ = ["ChipLimits", "machine_from_json", "machine_to_json"]

Json = dict[str, Any]
Spot = tuple[int, int]

OPPOSITE = np.array([opposite(link) for link in range(N_LINKS)])
ETHERNET_TAGS = list(range(1, 8))
"""IP tags of an Ethernet chip (SpiNNMachine `Chip`)."""
MOST_SPINNAKER1_CORES = 18


@dataclass(frozen=True, slots=True)
class ChipLimits:
    """What every chip of a machine has at least left; None: the document does not say.

    Attributes
    ----------
    monitors : int
        Most cores that a chip keeps for monitors.
    table_entries, sdram_bytes : int or None
        Least of any chip.
    """

    monitors: int = 0
    table_entries: int | None = None
    sdram_bytes: int | None = None

    def within(self, budgets: Budgets) -> Budgets:
        """`budgets`, cut to what every chip has left."""
        entries, sdram_bytes = self.table_entries, self.sdram_bytes
        return replace(
            budgets,
            monitor_cores=max(budgets.monitor_cores, self.monitors),
            table_entries=_least(budgets.table_entries, entries),
            sdram_bytes=_least(budgets.sdram_bytes, sdram_bytes),
        )


def _least(budget: int, limit: int | None) -> int:
    return budget if limit is None else min(budget, limit)


def machine_to_json(machine: Machine) -> Json:
    """Chips, links and cores of `machine`.

    The monitor of every chip is SCAMP alone, which needs one core, on larger chips two
    (SpiNNMachine `n_scamp_cores`): the tool chain adds other monitors itself.
    """
    topology, budgets = machine.topology, machine.budgets
    is_small = int(topology.cores.max(initial=0)) <= MOST_SPINNAKER1_CORES
    standard: Json = {
        "monitors": 1 if is_small else 2,
        "routerEntries": budgets.table_entries,
        "sdram": budgets.sdram_bytes,
        "tags": [],
    }
    return {
        "height": topology.height,
        "width": topology.width,
        "root": [0, 0],
        "standardResources": standard,
        "ethernetResources": standard | {"tags": ETHERNET_TAGS},
        "chips": _chips(topology),
    }


def _chips(topology: Topology) -> list[list[Any]]:
    ethernet = _ethernet_of_boards(topology)
    columns = (
        topology.xy.tolist(),
        topology.cores.tolist(),
        topology.board.tolist(),
        topology.is_link_alive.tolist(),
        topology.is_ethernet.tolist(),
    )
    chips = []
    for (x, y), cores, board, alive, is_ethernet in zip(*columns, strict=True):
        details: Json = {"cores": cores, "ethernet": list(ethernet[board])}
        if dead := [link for link, lives in enumerate(alive) if not lives]:
            details["deadLinks"] = dead
        if is_ethernet:
            details["ipAddress"] = _address(board)
        chips.append([x, y, details])
    return chips


def _address(board: int) -> str:
    """Address that stands for a board's: the tool chain wants each to have one."""
    number = board + 1
    return f"127.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def _ethernet_of_boards(topology: Topology) -> dict[int, Spot]:
    """Position of the Ethernet chip of each board, dead or alive."""
    found: dict[int, Spot] = {}
    for spots, at_last in ((topology.is_ethernet, True), (~topology.is_ethernet, False)):
        for chip in np.flatnonzero(spots):
            board, (x, y) = int(topology.board[chip]), topology.xy[chip].tolist()
            if board not in found:
                found[board] = (x, y) if at_last else _origin(topology, x, y)
    return found


def _origin(topology: Topology, x: int, y: int) -> Spot:
    """Ethernet chip of the SpiNN-5 board that has a chip at (x, y)."""
    for dy, (first, last) in enumerate(BOARD_ROWS):
        for dx in range(first, last + 1):
            at = (x - dx) % topology.width, (y - dy) % topology.height
            if (at[0] % TRIAD_SIDE, at[1] % TRIAD_SIDE) in TRIAD_OFFSETS:
                return at
    return x, y


def machine_from_json(data: Json) -> tuple[Topology, ChipLimits]:
    """Chips that `data` lists, and what all of them have left.

    Virtual chips are left out. A link is dead if either end says so, or if it leads to no chip.
    Boards are numbered by the triad of their Ethernet chip, then its position.

    Raises
    ------
    InterchangeError
        If there are no chips, one is listed twice or lies outside, or a link leads elsewhere than
        its direction says.
    """
    chips = [(at, chip) for at, chip in enumerate(data["chips"]) if not _own(chip).get("virtual")]
    xy = np.array([chip[:2] for _, chip in chips], np.int64).reshape(-1, 2)
    details = [chip[2] for _, chip in chips]
    alive = np.ones((len(xy), N_LINKS), bool)
    for chip, told in enumerate(details):
        alive[chip, told.get("deadLinks", [])] = False
    ethernet = [tuple(told.get("ethernet", (0, 0))) for told in details]
    boards = sorted(set(ethernet), key=lambda at: (at[0] // TRIAD_SIDE, at[1] // TRIAD_SIDE, *at))
    number = {at: board for board, at in enumerate(boards)}
    width, height = data["width"], data["height"]
    dead_chip, dead_link = np.nonzero(~alive)
    try:
        topology = listed_chips(
            width,
            height,
            xy,
            wrap=_wraps(xy, (width, height), alive),
            cores=np.array([told["cores"] for told in details], np.int64),
            board=np.array([number[at] for at in ethernet], np.int64),
            is_ethernet=np.array(["ipAddress" in told for told in details], bool),
            dead_links=np.column_stack([xy[dead_chip], dead_link]).tolist(),
        )
    except TopologyError as error:
        raise InterchangeError(str(error), "$.chips") from error
    for at, (x, y, told, *_) in chips:
        for index, link in enumerate(told.get("links", [])):
            _check_link(topology, (x, y), link, f"$.chips[{at}][2].links[{index}]")
    return topology, _limits(data, [chip for _, chip in chips])


def _own(chip: list[Any]) -> Json:
    """What a chip has otherwise than the standard."""
    return dict(chip[3]) if len(chip) > 3 else {}


def _wraps(xy: NDArray[np.int64], size: Spot, alive: NDArray[np.bool_]) -> bool:
    """Whether a link over an edge has a chip at its end, and lives on both sides."""
    if np.any((xy < 0) | (xy >= size)):
        return False  # refused later
    chip_id = np.full(size, -1, np.int64)
    chip_id[xy[:, 0], xy[:, 1]] = np.arange(len(xy))
    there = xy[:, np.newaxis] + LINK_VECTORS
    crosses = np.any((there < 0) | (there >= size), axis=2)
    there %= size
    end = chip_id[there[..., 0], there[..., 1]]
    exists = (end >= 0) & (end != np.arange(len(xy))[:, np.newaxis])
    return bool(np.any(crosses & exists & alive & alive[end, OPPOSITE]))


def _check_link(topology: Topology, at: Spot, link: Json, place: str) -> None:
    """Refuse a link to another chip than its direction leads to; one to no chip is a device's."""
    if not link.keys() >= {"sourceLinkId", "destinationX", "destinationY"}:
        problem = "a link tells sourceLinkId, destinationX and destinationY"
        raise InterchangeError(problem, place)
    name, x, y = link["sourceLinkId"], link["destinationX"], link["destinationY"]
    is_inside = 0 <= x < topology.width and 0 <= y < topology.height
    end = int(topology.chip_id[x, y]) if is_inside else -1
    if end < 0 or topology.neighbours[topology.chip(*at), name] == end:
        return
    problem = (
        f"link {name} of chip {at} is to lead to ({x}, {y}); a link that is not dead leads to the "
        "neighbour in its direction, or to no chip"
    )
    raise InterchangeError(problem, place)


def _limits(data: Json, chips: list[list[Any]]) -> ChipLimits:
    standard, ethernet = data.get("standardResources", {}), data.get("ethernetResources", {})
    kinds = ((ethernet if "ipAddress" in chip[2] else standard) | _own(chip) for chip in chips)
    told: dict[str, list[int]] = {"monitors": [], "routerEntries": [], "sdram": []}
    for kind in kinds:
        for name in told.keys() & kind.keys():
            told[name].append(kind[name])
    return ChipLimits(
        max(told["monitors"], default=0),
        min(told["routerEntries"], default=None),
        min(told["sdram"], default=None),
    )
