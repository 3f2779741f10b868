"""Place groups in one order on chips in another, or say what is missing."""

import numpy as np
from numpy.typing import NDArray

from mapping.errors import DoesNotFitError
from mapping.graph import MachineGraph
from mapping.machine import Machine
from mapping.place.curve import hilbert_order
from mapping.place.fill import boards_needed, check_groups, fill
from mapping.place.placement import Placement

__all__ = ["place_in_order"]


def place_in_order(
    graph: MachineGraph,
    machine: Machine,
    chips: NDArray[np.int64] | None = None,
    groups: NDArray[np.int64] | None = None,
) -> Placement:
    """Fill `chips` with `groups`, both in the order given.

    Parameters
    ----------
    graph : MachineGraph
    machine : Machine
    chips : ndarray of int64, shape (n_chips,), optional
        Without them, in Hilbert order.
    groups : ndarray of int64, shape (n_groups,), optional
        Without them, by number: by population and slice.

    Returns
    -------
    Placement
        If these orders do not fit, that of the Hilbert order of chips and the groups by number.

    Raises
    ------
    DoesNotFitError
        If a group exceeds a chip, or the machine is too small; it names the boards that would do.
    """
    check_groups(graph, int(machine.application_cores.max(initial=0)), machine.budgets.sdram_bytes)
    plain = hilbert_order(machine.topology), np.arange(graph.n_groups)
    for order in (
        (plain[0] if chips is None else chips, plain[1] if groups is None else groups),
        plain,
    ):
        placement = fill(graph, machine, *order)
        if placement is not None:
            return placement
    raise _too_small(graph, machine)


def _too_small(graph: MachineGraph, machine: Machine) -> DoesNotFitError:
    remedy = f"{_boards(graph, machine)}use more neurons per core"
    n_cores = int(machine.application_cores.sum())
    sdram_bytes = machine.topology.n_chips * machine.budgets.sdram_bytes
    if graph.n_vertices > n_cores:
        return DoesNotFitError("application cores", graph.n_vertices, n_cores, remedy)
    if graph.sdram_bytes.sum() > sdram_bytes:
        need = int(graph.sdram_bytes.sum())
        return DoesNotFitError("SDRAM of all chips (bytes)", need, sdram_bytes, remedy)
    limit = machine.topology.n_chips
    resource = "chips, on which cores or SDRAM stay idle because groups cannot be split"
    return DoesNotFitError(resource, limit + 1, limit, remedy)


def _boards(graph: MachineGraph, machine: Machine) -> str:
    """The boards that would do, if any."""
    try:
        n_boards = boards_needed(graph, machine.budgets)
    except DoesNotFitError:  # its chips are larger than those of a board, or it is very large
        return "use a machine with more chips, or "
    boards = "1 SpiNN-5 board" if n_boards == 1 else f"{n_boards} SpiNN-5 boards"
    return f"{boards} would do, or "
