"""From a machine's description to the chips and links that mapping works with."""

from functools import partial

from host.machines.spec import MachineSpec
from mapping.machine import Machine
from mapping.partition import partition
from mapping.pipeline import MappingOptions
from mapping.place import boards_needed
from mapping.spec import NetworkSpec
from router.topology import mesh, spinn5_boards

__all__ = ["build_machine"]


def build_machine(machine: MachineSpec, network: NetworkSpec, options: MappingOptions) -> Machine:
    """Chips and links of `machine`; if its number of boards is "auto", enough for `network`.

    Raises
    ------
    TopologyError
        If a dead part does not exist.
    DoesNotFitError
        If a core of the network does not fit a core of the machine.
    """
    section = machine.topology
    if section.kind == "mesh":
        topology = mesh(
            section.width,
            section.height,
            wrap=section.wrap,
            cores=section.cores,
            dead_chips=section.dead_chips,
            dead_links=section.dead_links,
            dead_cores=section.dead_cores,
        )
        return Machine(topology, machine.budgets)
    boards = partial(
        spinn5_boards,
        dead_chips=section.dead_chips,
        dead_links=section.dead_links,
        dead_cores=section.dead_cores,
    )
    n_boards = section.boards
    if n_boards == "auto":
        graph = partition(
            network,
            machine.budgets,
            layout=options.layout,
            neurons_per_core=options.neurons_per_core,
            synapse_cores=options.synapse_cores,
            dt_ms=options.dt_ms,
        )
        n_boards = boards_needed(graph, machine.budgets, boards)
    return Machine(boards(n_boards), machine.budgets)
