"""The stages of mapping, one after the other."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from mapping.check import CheckReport, check, check_forest
from mapping.compress import COMPRESSORS, Compressor, check_sizes
from mapping.cost import MappingReport, report
from mapping.delays import DelayChoice, check_delay_options
from mapping.errors import SpecError
from mapping.graph import Layout, MachineGraph
from mapping.keys import KEY_ALLOCATORS, KeyAllocator, KeyMap
from mapping.machine import Budgets, Machine
from mapping.partition import partition
from mapping.place import PLACERS, Placement, Placer, Search
from mapping.route import ROUTERS, Router
from mapping.spec import NetworkSpec
from mapping.tables import build_tables
from mapping.trees import RouteForest
from mapping.trees.measure import link_load
from router import RoutingTables
from router.readonly import freeze_arrays

__all__ = ["Mapping", "MappingOptions", "cut_network", "map_graph", "map_network"]

A = TypeVar("A")


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingOptions:
    """How a network is mapped.

    Attributes
    ----------
    layout : Layout
    neurons_per_core : int
        Longest slice of a population.
    synapse_cores : int or None
        Synapse cores per ensemble; None: as many as the expected rates need.
    dt_ms : float
        Time step (ms).
    delays : {"extend", "clip", "refuse"}
        What becomes of delays longer than a ring buffer has slots: delay cores extend them, they
        are cut, or the network is refused.
    delay_slots : int or None
        Most slots of a ring buffer, of which the largest power of two counts; None: what the bits
        of its index leave.
    placer, router, keys, compressor : str or callable
        Names in the registries `PLACERS`, `ROUTERS`, `KEY_ALLOCATORS`, `COMPRESSORS`, or functions
        of the same prototypes.

    Raises
    ------
    SpecError
        On unknown names and numbers out of range.
    """

    layout: Layout = Layout.ENSEMBLE
    neurons_per_core: int = 64
    synapse_cores: int | None = None
    dt_ms: float = 0.1
    delays: DelayChoice = "extend"
    delay_slots: int | None = None
    placer: str | Placer = "hilbert"
    router: str | Router = "shared"
    keys: str | KeyAllocator = "tree"
    compressor: str | Compressor = "pair"

    def __post_init__(self) -> None:
        for kind, name, registry in (
            ("placer", self.placer, PLACERS),
            ("router", self.router, ROUTERS),
            ("key allocator", self.keys, KEY_ALLOCATORS),
            ("compressor", self.compressor, COMPRESSORS),
        ):
            if isinstance(name, str) and name not in registry:
                msg = f"no {kind} {name!r}; there are {', '.join(sorted(registry))}"
                raise SpecError(msg)
        if self.neurons_per_core < 1 or self.dt_ms <= 0:
            msg = (
                f"neurons_per_core and dt_ms must be positive, "
                f"got {self.neurons_per_core} and {self.dt_ms}"
            )
            raise SpecError(msg)
        check_delay_options(self.delays, self.delay_slots)


@dataclass(frozen=True, slots=True, eq=False)
class Mapping:
    """A network on a machine.

    Attributes
    ----------
    graph : MachineGraph
    placement : Placement
    forest : RouteForest
    keys : KeyMap
    tables : RoutingTables
    check : CheckReport
    report : MappingReport
    link_load_hz : ndarray of float64, shape (n_chips, 6)
        Expected packets/s that leave each chip by each link.
    """

    graph: MachineGraph
    placement: Placement
    forest: RouteForest
    keys: KeyMap
    tables: RoutingTables
    check: CheckReport
    report: MappingReport
    link_load_hz: NDArray[np.float64]

    def __post_init__(self) -> None:
        freeze_arrays(self)


def cut_network(spec: NetworkSpec, budgets: Budgets, options: MappingOptions) -> MachineGraph:
    """Cut `spec` into pieces of one core each, as `options` say: the first stage of mapping.

    Raises
    ------
    DoesNotFitError
        If a piece does not fit a core.
    """
    return partition(
        spec,
        budgets,
        layout=options.layout,
        neurons_per_core=options.neurons_per_core,
        synapse_cores=options.synapse_cores,
        dt_ms=options.dt_ms,
        delays=options.delays,
        delay_slots=options.delay_slots,
    )


def map_network(
    spec: NetworkSpec,
    machine: Machine,
    options: MappingOptions,
    *,
    search: Search | None = None,
    stage: Callable[[str], AbstractContextManager[object]] = nullcontext,
) -> Mapping:
    """Map `spec` to `machine`, and prove the result.

    Parameters
    ----------
    spec : NetworkSpec
    machine : Machine
    options : MappingOptions
    search : Search, optional
        How long placers that search may do so.
    stage : callable
        Takes the name of a stage and returns the context in which it runs, for progress and times.

    Returns
    -------
    Mapping

    Raises
    ------
    DoesNotFitError
        If a resource runs out.
    RouteError
        If dead links leave no way.
    CheckError
        If a plugged-in algorithm went wrong.
    """
    with stage("partition"):
        graph = cut_network(spec, machine.budgets, options)
    return map_graph(graph, machine, options, search=search, stage=stage)


def map_graph(
    graph: MachineGraph,
    machine: Machine,
    options: MappingOptions,
    *,
    search: Search | None = None,
    stage: Callable[[str], AbstractContextManager[object]] = nullcontext,
) -> Mapping:
    """Map a network that `cut_network` has cut; else as `map_network`, without its first stage."""
    with stage("place"):
        placement = _find(options.placer, PLACERS)(graph, machine, search or Search())
    with stage("route"):
        forest = _find(options.router, ROUTERS)(graph, placement, machine)
    with stage("keys"):
        keys = _find(options.keys, KEY_ALLOCATORS)(graph, forest)
    with stage("tables"):
        made = build_tables(graph, forest, keys, machine.topology.n_chips)
    with stage("compress"):
        tables = _find(options.compressor, COMPRESSORS)(made, machine)
        check_sizes(tables, machine)
    with stage("check"):
        check_forest(graph, placement, forest, machine.topology)
        proof = check(graph, placement, keys, tables, machine)
    with stage("report"):
        load_hz = link_load(forest, graph.net_rate_hz, machine.topology)
        numbers = report(graph, placement, forest, machine, made, tables, load_hz)
    return Mapping(graph, placement, forest, keys, tables, proof, numbers, load_hz)


def _find(chosen: str | A, registry: dict[str, A]) -> A:
    return registry[chosen] if isinstance(chosen, str) else chosen
