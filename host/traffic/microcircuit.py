"""The packets of a whole network, mapped as it would be run, without running its neurons.

Every vertex sends at the mean rate of its population, where it is known, at random times.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import numpy as np
from numpy.typing import NDArray

from host.config import Config
from host.machines import MachineSpec, build_machine
from host.networks import build_network
from host.traffic.workload import AS_THE_GROUP, Streams, Workload
from mapping.graph import Layout
from mapping.pipeline import Mapping, MappingOptions, map_network
from router.packets import CORES_PER_CHIP

__all__ = ["network_workload"]


def network_workload(
    config: Config,
    machine_spec: MachineSpec,
    *,
    burst_duty: float = 1.0,
    stage: Callable[[str], AbstractContextManager[object]] = nullcontext,
) -> Workload:
    """Map the network of `config`; its vertices are the streams.

    Parameters
    ----------
    config : Config
        ``config.slowdown`` divides the rates: times of traffic are wall times of the machine.
    machine_spec : MachineSpec
    burst_duty : float
        Share of each time step in which the step's packets are sent. Rates are raised by as much,
        for a group whose bursts have this duty and the period of a step.
    stage : callable
        As of `map_network`.

    Raises
    ------
    DoesNotFitError
        If the network does not fit the machine.
    """
    spec = build_network(config)
    mapping = config.mapping
    options = MappingOptions(
        layout=Layout(mapping.layout),
        neurons_per_core=mapping.neurons_per_core,
        synapse_cores=mapping.synapse_cores,
        dt_ms=config.run.dt_ms,
        placer=mapping.placer,
        router=mapping.router,
        keys=mapping.keys,
        compressor=mapping.compressor,
    )
    machine = build_machine(machine_spec, spec, options)
    mapped = map_network(spec, machine, options, stage=stage)
    receive_ps = np.full(CORES_PER_CHIP * machine.topology.n_chips, AS_THE_GROUP, np.int64)
    rates_hz = np.array([p.traffic_rate_hz for p in spec.populations])
    streams = _streams(mapped, rates_hz / (config.slowdown * burst_duty))
    return Workload(machine, mapped.tables, streams, receive_ps)


def _streams(mapped: Mapping, rates_hz: NDArray[np.float64]) -> Streams:
    graph, placement = mapped.graph, mapped.placement
    chip = placement.chip[graph.net_vertex].astype(np.int64)
    core = CORES_PER_CHIP * chip + placement.core[graph.net_vertex]
    order = np.argsort(core, kind="stable")
    vertex = graph.net_vertex[order]
    return Streams(
        core=core[order].astype(np.int32),
        key=mapped.keys.key[order],
        n_keys=graph.n_members[vertex].astype(np.int64),
        n_sinks=graph.n_targets[order],
        has_payload=np.zeros(graph.n_nets, bool),
        probability=np.full(graph.n_nets, np.nan),
        rate_hz=rates_hz[graph.population[vertex]] * graph.n_members[vertex],
    )
