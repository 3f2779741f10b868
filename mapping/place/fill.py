"""Fill chips with groups, one after the other, and count the boards that this takes."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mapping.errors import DoesNotFitError
from mapping.graph import MachineGraph
from mapping.machine import Budgets, Machine
from mapping.place.curve import hilbert_order
from mapping.place.placement import Placement
from router import Topology, spinn5_boards
from router.topology import CHIPS_PER_BOARD

__all__ = ["boards_needed", "check_groups", "fill", "group_needs"]

MOST_BOARDS = 1200
"""Boards of the largest SpiNNaker machine built (Furber 2016, J. Neural Eng. 13:051001)."""

Ints = NDArray[np.int64]


def group_needs(graph: MachineGraph) -> tuple[Ints, Ints]:
    """Cores and SDRAM (bytes) of each group, both of shape (n_groups,)."""
    cores = np.bincount(graph.group, minlength=graph.n_groups)
    sdram_bytes = np.zeros(graph.n_groups, np.int64)
    np.add.at(sdram_bytes, graph.group, graph.sdram_bytes)
    return cores, sdram_bytes


def check_groups(graph: MachineGraph, most_cores: int, sdram_bytes: int) -> None:
    """Make sure that every group fits the largest chip.

    Raises
    ------
    DoesNotFitError
    """
    cores, sdram = group_needs(graph)
    if cores.max(initial=0) > most_cores:
        need = int(cores.max())
        has_choice = graph.n_synapse_cores.max() > 1
        fewer = "use fewer synapse cores per ensemble, or " if has_choice else ""
        remedy = f"{fewer}use chips with more application cores"
        resource = "cores of one group on a chip"
        raise DoesNotFitError(resource, need, most_cores, remedy)
    if sdram.max(initial=0) > sdram_bytes:
        resource = "SDRAM of one group on a chip (bytes)"
        raise DoesNotFitError(resource, int(sdram.max()), sdram_bytes, "use fewer neurons per core")


def fill(graph: MachineGraph, machine: Machine, order: Ints) -> Placement | None:
    """Put groups on chips in `order`; a group that does not fit opens the next chip.

    Parameters
    ----------
    graph : MachineGraph
    machine : Machine
    order : ndarray of int64, shape (n_chips,)
        Chip numbers.

    Returns
    -------
    Placement or None
        None if the chips do not suffice.
    """
    cores, sdram = (needs.tolist() for needs in group_needs(graph))
    free_cores = machine.application_cores[order].tolist()
    chip_of_group = np.zeros(graph.n_groups, np.int64)
    at, used_cores, used_sdram = 0, 0, 0
    for group in range(graph.n_groups):
        while at < len(order) and (
            used_cores + cores[group] > free_cores[at]
            or used_sdram + sdram[group] > machine.budgets.sdram_bytes
        ):
            at, used_cores, used_sdram = at + 1, 0, 0
        if at == len(order):
            return None
        used_cores, used_sdram = used_cores + cores[group], used_sdram + sdram[group]
        chip_of_group[group] = at
    position = chip_of_group[graph.group]  # ascending, since groups follow one another
    first = np.searchsorted(position, position)
    core = np.arange(graph.n_vertices) - first + 1
    return Placement(order[position].astype(np.int32), core.astype(np.int16))


def boards_needed(
    graph: MachineGraph, budgets: Budgets, build: Callable[[int], Topology] = spinn5_boards
) -> int:
    """Smallest number of SpiNN-5 boards that hold `graph` when filled along a Hilbert curve.

    Parameters
    ----------
    graph : MachineGraph
    budgets : Budgets
    build : callable
        Makes the topology of a number of boards, with its dead parts. It is not asked for fewer
        boards than would do if all parts worked.

    Returns
    -------
    int
        Boards on which the placer "hilbert" succeeds: it is tried. Routing tables are not reckoned
        with.

    Raises
    ------
    DoesNotFitError
        If a group exceeds a chip, or the largest machine is too small.
    """
    one = Machine(spinn5_boards(1), budgets)
    most_cores = int(one.application_cores.max())
    check_groups(graph, most_cores, budgets.sdram_bytes)
    least = max(1, graph.n_vertices // max(1, most_cores * CHIPS_PER_BOARD))
    least = _smallest(graph, budgets, spinn5_boards, least)
    return _smallest(graph, budgets, build, least)


def _smallest(
    graph: MachineGraph, budgets: Budgets, build: Callable[[int], Topology], least: int
) -> int:
    """Number of boards, at least `least`, that `graph` fills."""
    for n_boards in range(least, MOST_BOARDS + 1):
        machine = Machine(build(n_boards), budgets)
        if fill(graph, machine, hilbert_order(machine.topology)) is not None:
            return n_boards
    one = Machine(spinn5_boards(1), budgets)
    limit = MOST_BOARDS * int(one.application_cores.sum())
    remedy = "use more neurons per core, or a smaller network"
    resource = "cores of the largest machine of boards"
    raise DoesNotFitError(resource, graph.n_vertices, limit, remedy)
