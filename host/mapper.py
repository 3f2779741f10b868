"""From a configuration to a mapping: machine, algorithms, kernels and the time to search."""

import gc
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from host.config import Config
from host.errors import ConfigError
from host.interchange import read_mapping
from host.machines import MachineSpec, build_machine, load_machine
from host.networks import build_network
from host.plugins import find_algorithm, plug_ins
from host.progress import KERNELS, Clock
from host.search import watch, within_budget
from mapping.adopt import adopt_mapping
from mapping.connectors import FixedTotalNumber, OneToOne
from mapping.distributions import Constant
from mapping.errors import CheckError
from mapping.graph import Layout, MachineGraph
from mapping.machine import Machine
from mapping.pipeline import Mapping, MappingOptions, cut_network, map_graph
from mapping.place import Search, boards_needed
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection
from router import spinn5_boards

__all__ = [
    "STAGES",
    "Mapped",
    "Task",
    "load_kernels",
    "map_config",
    "map_or_adopt",
    "prepare",
]

STAGES = ("partition", "place", "route", "keys", "tables", "compress", "check")
"""What mapping is made of; reports come after."""
FEW_MOVES = 200
"""For the search of a placer whose kernels are loaded."""


class Task(NamedTuple):
    """A network that has been cut, and the machine that it is to be mapped to."""

    spec: NetworkSpec
    machine_spec: MachineSpec
    machine: Machine
    graph: MachineGraph


class Mapped(NamedTuple):
    """A task, and its mapping."""

    task: Task
    mapping: Mapping


def prepare(
    config: Config, network: NetworkSpec | None, clock: Clock, machine: MachineSpec | None = None
) -> Task:
    """Cut the network, and build the machine that `config` asks for.

    Parameters
    ----------
    config : Config
    network : NetworkSpec or None
        None: the one that `config` names.
    clock : Clock
    machine : MachineSpec, optional
        Default: the one that `config` names.

    Raises
    ------
    DoesNotFitError
        If a piece of the network does not fit a core.
    """
    options = _options(config)
    with clock.phase("network"):
        machine_spec = machine or load_machine(config.machine)
        spec = network if network is not None else build_network(config)
    with clock.phase("partition"):
        graph = cut_network(spec, machine_spec.budgets, options)
    with clock.phase("machine"):
        built = build_machine(machine_spec, spec, options, graph)
    return Task(spec, machine_spec, built, graph)


def map_task(task: Task, config: Config, clock: Clock) -> Mapping:
    """Map what `prepare` made by the algorithms that `config` names, and prove the result.

    Raises
    ------
    DoesNotFitError, RouteError
        If a resource runs out, or dead links leave no way.
    ConfigError
        If a plug-in went wrong.
    CheckError
        If an algorithm of ours went wrong.
    """
    options = _options(config)
    search = Search(seed=config.run.seed, proceed=watch(clock))
    try:
        return map_graph(task.graph, task.machine, options, search=search, stage=clock.phase)
    except CheckError as error:
        suspects = plug_ins(config.mapping.algorithms)
        if not suspects:
            raise
        msg = f"with {' and '.join(suspects)} the mapping is wrong: {error}"
        raise ConfigError(msg) from error


def adopt_task(task: Task, folder: Path, clock: Clock) -> Mapping:
    """Take the mapping of what `prepare` made from the files in `folder`, and prove it.

    Raises
    ------
    ConfigError
        If the files are wrong, or contradict the network or the machine
        (`host.interchange.read_mapping`), or if their packets do not reach their targets.
    """
    with clock.phase("read"):
        placement, keys, tables = read_mapping(folder, task.graph, task.spec, task.machine)
    with clock.phase("adopt"):
        try:
            return adopt_mapping(task.graph, task.machine, placement, keys, tables)
        except CheckError as error:
            msg = f"{folder}: this mapping does not do what the network needs: {error}"
            raise ConfigError(msg) from error


def map_config(
    config: Config, network: NetworkSpec | None, clock: Clock, machine: MachineSpec | None = None
) -> Mapped:
    """Map the network to the machine that `config` names, or take the mapping that it names.

    Parameters as of `prepare`; errors as of `prepare`, `map_task` and `adopt_task`.
    """
    task = prepare(config, network, clock, machine)
    return Mapped(task, map_or_adopt(task, config, clock))


def map_or_adopt(task: Task, config: Config, clock: Clock) -> Mapping:
    """Map what `prepare` made, or take the mapping that `config` names; errors as of both."""
    if config.mapping.folder is None:
        return map_task(task, config, clock)
    return adopt_task(task, Path(config.mapping.folder), clock)


def load_kernels(configs: Iterable[Config], clock: Clock) -> None:
    """Load the kernels of mapping, by mapping a few neurons as each of `configs` says.

    What compiles and what is imported on first use then does not count as time of a stage.
    """
    with clock.phase("kernels", label=KERNELS):
        for config in configs:
            small = replace(config.mapping, neurons_per_core=4, synapse_cores=None, budget_s=None)
            options = _options(replace(config, mapping=small))
            machine = Machine(spinn5_boards(1))
            with suppress(Exception):  # what matters will come again, about the network itself
                graph = cut_network(_few_neurons(), machine.budgets, options)
                boards_needed(graph, machine.budgets)
                map_graph(graph, machine, options, search=Search(moves=FEW_MOVES))
        gc.collect()  # else the first stage pays for what imports and compiling left behind


def _options(config: Config) -> MappingOptions:
    mapping = config.mapping
    chosen = {key: find_algorithm(key, name) for key, name in mapping.algorithms.items()}
    if mapping.budget_s is not None:
        chosen["placer"] = within_budget(chosen["placer"], mapping.budget_s)
    return MappingOptions(
        layout=Layout(mapping.layout),
        neurons_per_core=mapping.neurons_per_core,
        synapse_cores=mapping.synapse_cores,
        dt_ms=config.run.dt_ms,
        delays=mapping.delays,
        delay_slots=mapping.delay_slots,
        **chosen,
    )


def _few_neurons() -> NetworkSpec:
    """Populations with and without external input, whose groups differ in size."""
    neuron, delay_ms = PopulationKind.NEURON, Constant(0.5)
    return NetworkSpec(
        "few neurons",
        (
            Population("P", 40, PopulationKind.POISSON, {"rate": 2000.0}),
            Population("A", 40, neuron),
            Population("B", 40, neuron),
        ),
        (
            Projection("P", "A", OneToOne(), Constant(0.5), Constant(0.1)),
            Projection("A", "A", FixedTotalNumber(200), Constant(0.2), delay_ms),
            Projection("A", "B", FixedTotalNumber(200), Constant(0.2), delay_ms),
        ),
    )
