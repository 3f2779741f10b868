"""The energy of the running phase, chip by chip.

No price is asked twice: each line of the ledger is divided among the chips by what it counts, so
that chips add up to the ledger. Boards and their FPGAs are divided evenly among the living chips
of each board, bits on a link go to the chip that sends them. What belongs to no chip, places in
frames and the host, is told apart.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from host.activity import PlacedActivity
from host.chips.place import Places
from host.energy import Line
from host.energy.table import ROLES
from host.energy.vocabulary import Kind
from mapping.graph import Role

__all__ = ["ChipEnergy", "divide_energy", "line_weights"]

Floats = NDArray[np.float64]


class ChipEnergy(NamedTuple):
    """Energy of chips (J, nominal prices)."""

    of_chip_j: dict[Kind, Floats]
    """By what it goes for, each of shape (n_chips,)."""
    apart_j: float
    """Of lines that belong to no chip."""


def divide_energy(lines: Iterable[Line], placed: PlacedActivity, places: Places) -> ChipEnergy:
    """Divide lines of a ledger among chips.

    Parameters
    ----------
    lines : iterable of Line
        Of the phase in which `placed` was done.
    placed : PlacedActivity
    places : Places
    """
    of_chip_j = {kind: np.zeros(places.topology.n_chips) for kind in Kind}
    apart_j = 0.0
    for line in lines:
        energy_j, weight = float(line.energy_j.nominal), line_weights(line, placed, places)
        if weight is None or not weight.any():
            apart_j += energy_j
        else:
            of_chip_j[line.kind] += energy_j * (weight / weight.sum())
    return ChipEnergy(of_chip_j, apart_j)


def line_weights(line: Line, placed: PlacedActivity, places: Places) -> Floats | None:
    """How much of what a line counts is each chip's, shape (n_chips,); None: it is no chip's.

    Where the line counts what cores, routers and links did, these are the counts.
    """
    if line.what in ROLES and line.action in _CORES:
        own = places.graph.role == Role[line.what.upper()]
        busy_ps = placed.busy_ps
        time_ps = busy_ps if line.action == "core_cycle" else placed.time_ps - busy_ps
        return places.by_chip(np.where(own, time_ps, 0))
    weigh = _WEIGHTS.get((line.action, line.what))
    return None if weigh is None else weigh(placed, places).astype(np.float64)


def _idle_ps(placed: PlacedActivity, places: Places) -> Floats:
    """Time of the cores of each chip that run nothing, the monitor's included."""
    all_ps = places.topology.cores.astype(np.float64) * placed.wall_ps
    return all_ps - places.by_chip(placed.time_ps)


def _board_share(_: PlacedActivity, places: Places) -> Floats:
    """Share of each chip in its board."""
    board = places.topology.board
    share: Floats = 1.0 / np.bincount(board)[board]
    return share


def _crossing(placed: PlacedActivity, places: Places, *, is_crossing: bool) -> Floats:
    own = places.topology.is_board_crossing == is_crossing
    sent: Floats = np.where(own, placed.link_bits, 0).sum(axis=1).astype(np.float64)
    return sent


_Weigh = Callable[[PlacedActivity, Places], NDArray[np.generic]]
_CORES = frozenset(["core_cycle", "core_poll_cycle", "core_asleep"])
_WEIGHTS: dict[tuple[str, str], _Weigh] = {
    ("chip", "in use"): lambda _, places: places.is_used,
    ("chip", "unused"): lambda _, places: ~places.is_used,
    ("sdram", "in use"): lambda _, places: places.is_used,
    ("sdram", "unused"): lambda _, places: ~places.is_used,
    ("board", ""): _board_share,
    ("fpga", ""): _board_share,
    ("core_asleep", "unused"): _idle_ps,
    ("router_bit", ""): lambda placed, _: placed.router_bits,
    ("link_bit", ""): lambda placed, places: _crossing(placed, places, is_crossing=False),
    ("board_link_bit", ""): lambda placed, places: _crossing(placed, places, is_crossing=True),
    ("sdram_byte", ""): lambda placed, places: places.by_chip(placed.sdram_bytes),
    ("synaptic_event", ""): lambda placed, places: places.by_chip(placed.synaptic_events),
    ("neuron_update", ""): lambda placed, places: places.by_chip(placed.neuron_updates),
}
"""By the action and the kind of a line, how much of it each chip has."""
