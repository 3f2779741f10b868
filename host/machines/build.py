"""From a machine's description to the chips and links that mapping works with."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from host.interchange import read_machine
from host.machines.spec import MachineSpec, TopologySection
from mapping.graph import MachineGraph
from mapping.machine import Machine
from mapping.pipeline import MappingOptions, cut_network
from mapping.place import boards_needed
from mapping.spec import NetworkSpec
from router.arguments import check_chips
from router.topology import Topology, damaged, mesh, spinn5_boards

__all__ = ["build_machine", "build_topology", "check_emulable"]


def build_machine(
    machine: MachineSpec,
    network: NetworkSpec,
    options: MappingOptions,
    graph: MachineGraph | None = None,
) -> Machine:
    """Chips and links of `machine`; if its number of boards is "auto", enough for `network`.

    Parameters
    ----------
    machine : MachineSpec
    network : NetworkSpec
    options : MappingOptions
    graph : MachineGraph, optional
        The network as `cut_network` has cut it for this machine, if that is done.

    Raises
    ------
    TopologyError
        If a dead part does not exist.
    DoesNotFitError
        If a core of the network does not fit a core of the machine.
    """
    section = machine.topology
    if section.kind == "boards" and section.boards == "auto":
        graph = graph or cut_network(network, machine.budgets, options)
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
    UnknownNameError, ConfigError
        If the file of a topology of kind "json" cannot be read, or is wrong.
    """
    if section.kind == "json":
        return damaged(
            read_machine(Path(section.file)),
            dead_chips=section.dead_chips,
            dead_links=section.dead_links,
            dead_cores=section.dead_cores,
        )
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


def check_emulable(machine: MachineSpec) -> None:
    """Check that packets can be sent on `machine`, before long work starts.

    Raises
    ------
    FabricError
        If chips have more cores than a route can name.
    """
    if machine.topology.kind != "boards":
        check_chips(build_topology(machine.topology))
