"""What the fabric is given: routing tables, and the streams of packets that cores send.

An experiment becomes a workload by placing its cores and routing its flows with the project's own
router; `host.traffic.microcircuit` makes one of a whole network.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from host.errors import ConfigError
from host.traffic.experiment import Core, Experiment, Flow
from mapping.compress import COMPRESSORS, check_sizes
from mapping.errors import DoesNotFitError
from mapping.graph import Layout, MachineGraph, Role
from mapping.keys import KeyMap
from mapping.machine import Machine
from mapping.place import Placement
from mapping.route import ROUTERS
from mapping.tables import build_tables
from router import RoutingTables
from router.packets import CORES_PER_CHIP
from router.readonly import freeze_arrays

__all__ = ["Streams", "Workload", "lay_out", "place_cores"]

WHOLE_KEY = 0xFFFFFFFF


@dataclass(frozen=True, slots=True, eq=False)
class Streams:
    """Packets that belong together: of one core, for the same targets.

    Attributes
    ----------
    core : ndarray of int32, shape (n_streams,)
        Sender, ``18 * chip + core``; ascending.
    key : ndarray of uint32, shape (n_streams,)
    n_keys : ndarray of int64, shape (n_streams,)
        A packet's key is ``key`` plus a random number below this.
    n_sinks : ndarray of int64, shape (n_streams,)
        Cores that each packet is for.
    has_payload : ndarray of bool, shape (n_streams,)
    probability, rate_hz : ndarray of float64, shape (n_streams,)
        Of its own; not a number: as the group says.
    """

    core: NDArray[np.int32]
    key: NDArray[np.uint32]
    n_keys: NDArray[np.int64]
    n_sinks: NDArray[np.int64]
    has_payload: NDArray[np.bool_]
    probability: NDArray[np.float64]
    rate_hz: NDArray[np.float64]

    def __post_init__(self) -> None:
        freeze_arrays(self)

    def __len__(self) -> int:
        return len(self.core)


@dataclass(frozen=True, slots=True, eq=False)
class Workload:
    """Streams on a machine whose tables lead them.

    Attributes
    ----------
    machine : Machine
    tables : RoutingTables
    streams : Streams
    receive_ps : ndarray of int64, shape (18 * n_chips,)
        Time that each core takes for a packet: -1 never, -2 as the group says.
    """

    machine: Machine
    tables: RoutingTables
    streams: Streams
    receive_ps: NDArray[np.int64]

    def __post_init__(self) -> None:
        freeze_arrays(self)


AS_THE_GROUP = -2


def lay_out(experiment: Experiment, machine: Machine) -> Workload:
    """Place the cores of `experiment` on `machine`, route its flows, give each flow a key.

    Raises
    ------
    ConfigError
        If a core's place does not exist or is taken, or the machine has too few cores.
    DoesNotFitError
        If more flows cross a chip than its routing table has entries.
    RouteError
        If dead links leave no way.
    """
    placement = place_cores(experiment.cores, machine)
    order = sorted(range(len(experiment.flows)), key=lambda i: experiment.flows[i].source)
    flows = [experiment.flows[i] for i in order]
    tables = _tables(_graph(len(experiment.cores), flows), placement, machine)
    numbers = CORES_PER_CHIP * placement.chip.astype(np.int64) + placement.core
    receive_ps = np.full(CORES_PER_CHIP * machine.topology.n_chips, AS_THE_GROUP, np.int64)
    receive_ps[numbers] = [_receive_ps(core) for core in experiment.cores]
    return Workload(machine, tables, _streams(flows, numbers), receive_ps)


def place_cores(cores: tuple[Core, ...], machine: Machine) -> Placement:
    """Give each core its place, those without one the free application cores, chip by chip.

    Core 0 of a chip is a monitor, and the other monitors are its last cores, as mapping has it.

    Raises
    ------
    ConfigError
    """
    own = [_own_place(core.at, machine) for core in cores if core.at is not None]
    twice = next((place for place in own if own.count(place) > 1), None)
    if twice is not None:
        x, y = machine.topology.xy[twice[0]].tolist()
        msg = f"core ({x}, {y}, {twice[1]}) is asked for twice; give each core its own"
        raise ConfigError(msg)
    free = (place for place in _application_cores(machine) if place not in own)
    given = iter(own)
    places = [next(free if core.at is None else given, None) for core in cores]
    found = [place for place in places if place is not None]
    if len(found) < len(cores):
        msg = f"{len(cores)} cores do not fit the {len(found)} of the machine; use more boards"
        raise ConfigError(msg)
    at = np.array(found, np.int64).reshape(-1, 2)
    return Placement(at[:, 0].astype(np.int32), at[:, 1].astype(np.int16))


def _own_place(at: tuple[int, int, int], machine: Machine) -> tuple[int, int]:
    x, y, number = at
    chip = machine.topology.chip(x, y)
    n_cores = int(machine.topology.cores[chip])
    if not 0 <= number < n_cores:
        msg = f"core ({x}, {y}, {number}): the chip has cores 0 to {n_cores - 1}"
        raise ConfigError(msg)
    return chip, number


def _application_cores(machine: Machine) -> Iterator[tuple[int, int]]:
    for chip, n_cores in enumerate(machine.application_cores.tolist()):
        yield from ((chip, number) for number in range(1, n_cores + 1))


def _receive_ps(core: Core) -> int:
    if not core.consume_packets:
        return -1
    return AS_THE_GROUP if core.receive_ps is None else core.receive_ps


def _streams(flows: list[Flow], numbers: NDArray[np.int64]) -> Streams:
    source = np.array([flow.source for flow in flows], np.int64)
    order = np.argsort(numbers[source], kind="stable")
    columns = [
        (flow.probability, flow.rate_hz, len(flow.sinks), flow.use_payload) for flow in flows
    ]
    table = np.array(columns, np.float64).reshape(-1, 4)[order]
    return Streams(
        core=numbers[source][order].astype(np.int32),
        key=order.astype(np.uint32),
        n_keys=np.ones(len(flows), np.int64),
        n_sinks=table[:, 2].astype(np.int64),
        has_payload=table[:, 3].astype(bool),
        probability=table[:, 0].copy(),
        rate_hz=table[:, 1].copy(),
    )


def _graph(n_cores: int, flows: list[Flow]) -> MachineGraph:
    """The flows as nets of a graph with one vertex per core; key i is that of flow i."""
    sizes = [len(flow.sinks) for flow in flows]
    nothing = np.zeros(n_cores, np.int32)
    return MachineGraph(
        role=np.full(n_cores, Role.COMBINED, np.int8),
        population=nothing.copy(),
        lo=np.arange(n_cores, dtype=np.int32),
        hi=np.arange(1, n_cores + 1, dtype=np.int32),
        group=np.arange(n_cores, dtype=np.int32),
        synapse_core=np.full(n_cores, -1, np.int16),
        delay_stages=np.zeros(n_cores, np.int8),
        dtcm_bytes=nothing.astype(np.int64),
        sdram_bytes=nothing.astype(np.int64),
        net_vertex=np.array([flow.source for flow in flows], np.int32),
        net_targets=np.arange(len(flows), dtype=np.int32),
        target_indptr=np.cumsum([0, *sizes], dtype=np.int64),
        targets=np.array([s for flow in flows for s in sorted(flow.sinks)], np.int32),
        net_rate_hz=np.zeros(len(flows)),
        layout=Layout.HOMOGENEOUS,
        neurons_per_core=1,
        n_synapse_cores=np.zeros(1, np.int16),
        delay_slots=1,
        n_stages=1,
        stage_steps=1,
    )


def _tables(graph: MachineGraph, placement: Placement, machine: Machine) -> RoutingTables:
    n_flows = graph.n_nets
    keys = KeyMap(np.arange(n_flows, dtype=np.uint32), np.full(n_flows, WHOLE_KEY, np.uint32))
    forest = ROUTERS["ner"](graph, placement, machine)
    made = build_tables(graph, forest, keys, machine.topology.n_chips)
    tables = COMPRESSORS["pair"](made, machine)
    try:
        check_sizes(tables, machine)
    except DoesNotFitError as error:
        remedy = "use fewer flows, fewer sinks or a larger machine"
        raise DoesNotFitError(error.resource, error.need, error.limit, remedy) from error
    return tables
