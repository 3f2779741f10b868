"""Fill chips with groups, and count the boards that this takes.

Groups come in one order and chips in another. Chips are filled one after the other, in several
ways: by *next fit*, where a group that does not fit opens the next chip; and *densely*, where each
chip takes the combination of sizes that is worth most, for each size the next groups in the order,
so that the groups of one size stay in order along the chips. The worth of a group grows with its
cores: in proportion, or faster, since large groups are harder to find room for later. The way that
takes the fewest chips counts, the first of these ways on a tie. Then the combinations of a dense
way are given to the chips once more, each where the sizes keep in step with the common order best.
Groups that all have the same size are placed alike by all.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mapping.errors import DoesNotFitError
from mapping.graph import MachineGraph
from mapping.machine import Budgets, Machine
from mapping.place import kernels
from mapping.place.curve import hilbert_order
from mapping.place.placement import Placement
from router import Topology, spinn5_boards
from router.topology import CHIPS_PER_BOARD

__all__ = ["boards_needed", "check_groups", "fill", "group_needs", "place_groups"]

MOST_BOARDS = 1200
"""Boards of the largest SpiNNaker machine built (Furber 2016, J. Neural Eng. 13:051001)."""

POWERS = (1, 2, 3, 5)
"""Powers of the cores of a group that may be its worth."""

MOST_KINDS = 256
"""Combinations of sizes that are brought into step."""

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
        has_choice = graph.n_synapse_cores.max(initial=0) > 1
        fewer = "use fewer synapse cores per ensemble, or " if has_choice else ""
        remedy = f"{fewer}use chips with more application cores"
        resource = "cores of one group on a chip"
        raise DoesNotFitError(resource, need, most_cores, remedy)
    if sdram.max(initial=0) > sdram_bytes:
        resource = "SDRAM of one group on a chip (bytes)"
        raise DoesNotFitError(resource, int(sdram.max()), sdram_bytes, "use fewer neurons per core")


def fill(graph: MachineGraph, machine: Machine, chips: Ints, groups: Ints) -> Placement | None:
    """Fill `chips` one after the other with `groups`, on as few chips as the ways above can.

    Parameters
    ----------
    graph : MachineGraph
    machine : Machine
    chips : ndarray of int64, shape (n_chips,)
        Chip numbers in the order in which they are filled.
    groups : ndarray of int64, shape (n_groups,)
        Group numbers in the order in which they are placed.

    Returns
    -------
    Placement or None
        None if the chips do not suffice.
    """
    cores, sdram = (needs[groups] for needs in group_needs(graph))
    free = machine.application_cores[chips]
    best = _positions(free, machine.budgets.sdram_bytes, cores, sdram)
    if np.any(best < 0):
        return None
    chip_of_group = np.zeros(len(groups), np.int64)
    chip_of_group[groups] = chips[best]
    return place_groups(graph, chip_of_group)


def _positions(free_cores: Ints, most_sdram: int, cores: Ints, sdram: Ints) -> Ints:
    """Position of the chip of each group, -1 for those that found none."""
    best = kernels.next_fit(free_cores, most_sdram, cores, sdram)
    sizes, size_of_group = np.unique(cores, return_inverse=True)
    if len(sizes) < 2:
        return best
    stream = np.argsort(size_of_group, kind="stable")
    indptr = np.searchsorted(size_of_group[stream], np.arange(len(sizes) + 1))
    is_dense = False
    for power in POWERS:
        dense = kernels.fill_densely(
            free_cores, most_sdram, sizes, sizes**power, indptr, stream, sdram
        )
        if _n_chips(dense) < _n_chips(best):
            best, is_dense = dense, True
    if not is_dense:
        return best
    used, at = np.unique(best, return_inverse=True)
    combinations = np.zeros((len(used), 1 + len(sizes)), np.int64)
    combinations[:, 0] = free_cores[used]
    np.add.at(combinations, (at, 1 + size_of_group), 1)
    kinds, number = np.unique(combinations, axis=0, return_counts=True)
    if len(kinds) > MOST_KINDS:
        return best
    in_step = kernels.keep_in_step(
        free_cores, most_sdram, kinds[:, 0], kinds[:, 1:], number, indptr, stream, sdram
    )
    return in_step if _n_chips(in_step) <= _n_chips(best) else best


def _n_chips(position: Ints) -> float:
    """Number of chips used, infinite if not all groups have found one."""
    return float("inf") if np.any(position < 0) else len(np.unique(position))


def place_groups(graph: MachineGraph, chip_of_group: Ints) -> Placement:
    """Give the vertices of each group the next cores of its chip, which are counted from 1."""
    chip = chip_of_group[graph.group]
    order = np.argsort(chip, kind="stable")
    in_order = chip[order]
    core = np.zeros(graph.n_vertices, np.int16)
    core[order] = np.arange(graph.n_vertices) - np.searchsorted(in_order, in_order) + 1
    return Placement(chip.astype(np.int32), core)


def boards_needed(
    graph: MachineGraph, budgets: Budgets, build: Callable[[int], Topology] = spinn5_boards
) -> int:
    """Number of SpiNN-5 boards that hold `graph` when filled along a Hilbert curve.

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
        Boards on which every placer that orders succeeds, while on one board less the placer
        "hilbert" does not: it is tried. Routing tables are not reckoned with.

    Raises
    ------
    DoesNotFitError
        If a group exceeds a chip, or the largest machine is too small.
    """
    one = Machine(spinn5_boards(1), budgets)
    check_groups(graph, int(one.application_cores.max()), budgets.sdram_bytes)
    cores = int(one.application_cores.sum())
    sdram_bytes = CHIPS_PER_BOARD * budgets.sdram_bytes
    least = max(
        1,
        -(-graph.n_vertices // max(1, cores)),
        -(-int(graph.sdram_bytes.sum()) // max(1, sdram_bytes)),
    )
    least = _smallest(graph, budgets, spinn5_boards, least)
    return _smallest(graph, budgets, build, least)


def _smallest(
    graph: MachineGraph, budgets: Budgets, build: Callable[[int], Topology], least: int
) -> int:
    """Number of boards, at least `least`, that `graph` fits while it does not fit one board less.

    More boards are tried in growing steps, then halved intervals: one after the other would take
    long if groups leave many cores idle. A greater number need not be better in itself, since the
    chips come in another order; but the two ends of an interval always differ.
    """

    def suffice(n_boards: int) -> bool:
        machine = Machine(build(n_boards), budgets)
        chips, groups = hilbert_order(machine.topology), np.arange(graph.n_groups)
        return fill(graph, machine, chips, groups) is not None

    too_few, enough, step = least - 1, least, 1
    while enough > MOST_BOARDS or not suffice(enough):
        if enough >= MOST_BOARDS:
            raise _too_large(graph, budgets)
        too_few, enough = enough, min(enough + step, MOST_BOARDS)
        step *= 2
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        too_few, enough = (too_few, middle) if suffice(middle) else (middle, enough)
    return enough


def _too_large(graph: MachineGraph, budgets: Budgets) -> DoesNotFitError:
    one = Machine(spinn5_boards(1), budgets)
    limit = MOST_BOARDS * int(one.application_cores.sum())
    remedy = "use more neurons per core, or a smaller network"
    resource = "cores of the largest machine of boards"
    if graph.n_vertices > limit:
        return DoesNotFitError(resource, graph.n_vertices, limit, remedy)
    resource = "boards, on which cores or SDRAM stay idle because groups cannot be split"
    return DoesNotFitError(resource, MOST_BOARDS + 1, MOST_BOARDS, remedy)
