"""Place groups along a Hilbert curve, so that consecutive slices lie close together."""

from mapping.errors import DoesNotFitError
from mapping.graph import MachineGraph
from mapping.machine import Machine
from mapping.place.curve import hilbert_order
from mapping.place.fill import boards_needed, check_groups, fill
from mapping.place.placement import Placement, Search

__all__ = ["place"]


def place(graph: MachineGraph, machine: Machine, search: Search) -> Placement:
    """Fill the chips in Hilbert order with the groups in order of population and slice.

    Parameters
    ----------
    graph : MachineGraph
    machine : Machine
    search : Search
        Without meaning here.

    Returns
    -------
    Placement

    Raises
    ------
    DoesNotFitError
        If a group exceeds a chip, or the machine is too small; it names the boards that would do.
    """
    del search
    application_cores = machine.application_cores
    budgets = machine.budgets
    check_groups(graph, int(application_cores.max(initial=0)), budgets.sdram_bytes)
    placement = fill(graph, machine, hilbert_order(machine.topology))
    if placement is None:
        raise _too_small(graph, machine)
    return placement


def _too_small(graph: MachineGraph, machine: Machine) -> DoesNotFitError:
    n_boards = boards_needed(graph, machine.budgets)
    boards = "1 SpiNN-5 board" if n_boards == 1 else f"{n_boards} SpiNN-5 boards"
    remedy = f"{boards} would do, or use more neurons per core"
    n_cores = int(machine.application_cores.sum())
    sdram_bytes = machine.topology.n_chips * machine.budgets.sdram_bytes
    if graph.n_vertices > n_cores:
        return DoesNotFitError("application cores", graph.n_vertices, n_cores, remedy)
    if graph.sdram_bytes.sum() > sdram_bytes:
        need = int(graph.sdram_bytes.sum())
        return DoesNotFitError("SDRAM of all chips (bytes)", need, sdram_bytes, remedy)
    limit = machine.topology.n_chips
    resource = "chips, on which cores stay idle because groups cannot be split"
    return DoesNotFitError(resource, limit + 1, limit, remedy)
