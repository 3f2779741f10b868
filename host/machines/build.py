"""From a machine's description to the chips and links that mapping works with."""

from dataclasses import replace
from functools import partial

from host.machines.spec import MachineSpec, TopologySection
from mapping.machine import Machine
from mapping.pipeline import MappingOptions, cut_network
from mapping.place import boards_needed
from mapping.spec import NetworkSpec
from router.topology import Topology, mesh, spinn5_boards

__all__ = ["build_machine", "build_topology"]


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
    if section.kind == "boards" and section.boards == "auto":
        graph = cut_network(network, machine.budgets, options)
        boards = partial(
            spinn5_boards,
            dead_chips=section.dead_chips,
            dead_links=section.dead_links,
            dead_cores=section.dead_cores,
        )
        section = replace(section, boards=boards_needed(graph, machine.budgets, boards))
    return Machine(build_topology(section), machine.budgets)


def build_topology(section: TopologySection) -> Topology:
    """Chips and links that `section` describes; a number of boards "auto" counts as 1.

    Raises
    ------
    TopologyError
        If a dead part does not exist.
    """
    if section.kind == "mesh":
        return mesh(
            section.width,
            section.height,
            wrap=section.wrap,
            cores=section.cores,
            dead_chips=section.dead_chips,
            dead_links=section.dead_links,
            dead_cores=section.dead_cores,
        )
    return spinn5_boards(
        1 if section.boards == "auto" else section.boards,
        dead_chips=section.dead_chips,
        dead_links=section.dead_links,
        dead_cores=section.dead_cores,
    )
