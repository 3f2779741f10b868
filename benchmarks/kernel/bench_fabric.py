"""The compiled fabric against the one on SimPy, and at work on whole machines.

An item is a hop: one packet over one link, with what its arrival at the next router takes.
"""

import numpy as np
import pytest

from host.config import Config, MappingConfig, NetworkConfig, RunConfig
from host.machines import load_machine
from host.traffic.experiment import Group
from host.traffic.generate import batches
from host.traffic.microcircuit import network_workload
from router import Link, RoutingTable, RoutingTables, mesh
from router.books import balance, check_books
from router.compiled import CompiledFabric
from router.fabric import Fabric
from router.packets import CORES_PER_CHIP, Sends
from router.params import FabricParams
from router.table import FIRST_CORE_BIT

pytestmark = pytest.mark.bench

SIDE = 12
WHOLE_KEY = np.uint32(0xFFFFFFFF)
N_PACKETS = 4000
MS = 10**9


def rows_of_flows():
    """A torus whose chips send to the one half a turn to the east, straight on by default."""
    topology = mesh(SIDE, SIDE, wrap=True)
    tables = []
    for chip, (x, y) in enumerate(topology.xy.tolist()):
        source = topology.chip((x - SIDE // 2) % SIDE, y)
        routes = [1 << Link.E, 1 << FIRST_CORE_BIT + 2]
        tables.append(
            RoutingTable(
                np.array([chip, source], np.uint32),
                np.full(2, WHOLE_KEY),
                np.array(routes, np.uint32),
            )
        )
    return topology, RoutingTables.join(tables)


def packets(n, end_ps):
    """`n` packets of random chips at random times before `end_ps`."""
    rng = np.random.default_rng(1)
    chip = rng.integers(0, SIDE * SIDE, n)
    return Sends.sort(rng.integers(0, end_ps, n), CORES_PER_CHIP * chip + 1, chip)


@pytest.mark.parametrize("maker", [Fabric, CompiledFabric])
@pytest.mark.parametrize("load", [0.1, 0.7])
def test_hops(benchmark, maker, load):
    """Both on the same packets, which fill links to `load` of what they carry."""
    benchmark.group = f"hop, links filled to {load}"
    topology, tables = rows_of_flows()
    params = FabricParams(receive_ps=50_000)
    end_ps = int(N_PACKETS / (SIDE * SIDE) * (SIDE // 2) * params.link_packet_ps / load)
    sends = packets(N_PACKETS, end_ps)
    made = []

    def set_up():
        fabric = maker(topology, tables, params)
        fabric.send(sends)
        made.append(fabric)
        return (fabric,), {}

    activity = benchmark.pedantic(
        lambda fabric: fabric.run(2 * end_ps + MS),
        setup=set_up,
        rounds=3 if maker is Fabric else 50,
        warmup_rounds=1,
    )
    hops = int(made[-1].counters().link.sum())
    benchmark.extra_info.update(items=hops, is_baseline=maker is Fabric)
    books = balance(made[-1].copies(), activity.deliveries, activity.losses, made[-1].in_flight())
    check_books(books)
    assert hops == N_PACKETS * (SIDE // 2)
    assert len(activity.deliveries) == N_PACKETS


@pytest.fixture(scope="module", params=["homogeneous", "ensemble"])
def microcircuit(request):
    """Full PD14 on the machine it needs, and its packets of 20 ms of real time."""
    config = Config(
        # in the homogeneous layout, Poisson sources would send packets of their own
        network=NetworkConfig(drive="dc" if request.param == "homogeneous" else "poisson"),
        mapping=MappingConfig(layout=request.param, neurons_per_core=64),
        run=RunConfig(slowdown=1.0),
    )
    workload = network_workload(config, load_machine(config.machine))
    group = Group(duration_ps=20 * MS, warmup_ps=0)
    return workload, list(batches(workload.streams, group, (1,)))


@pytest.mark.benchmark(group="microcircuit, 20 ms in steps of 0.1 ms")
def test_microcircuit(benchmark, microcircuit):
    workload, blocks = microcircuit
    topology = workload.machine.topology
    made = []

    def set_up():
        fabric = CompiledFabric(topology, workload.tables, FabricParams())
        for block in blocks:
            fabric.send(block.sends)
        made.append(fabric)
        return (fabric,), {}

    def steps(fabric):
        taken = [fabric.run(step * MS // 10) for step in range(1, 201)]
        return taken, fabric.run(21 * MS)

    taken, last = benchmark.pedantic(steps, setup=set_up, rounds=5, warmup_rounds=1)
    copies = sum(len(run.deliveries) for run in (*taken, last))
    hops = int(made[-1].counters().link.sum())
    benchmark.extra_info.update(items=hops, copies_received=copies, chips=topology.n_chips)
    assert copies == sum(block.n_wanted for block in blocks)


@pytest.mark.benchmark(group="hop alone, packets that circle for ever")
@pytest.mark.parametrize("side", [2, 12, 24, 48])
def test_circling(benchmark, side):
    """One packet per chip of a torus, straight on by default once it has left its chip."""
    topology = mesh(side, side, wrap=True)
    route = np.array([1 << Link.E], np.uint32)
    tables = RoutingTables.join(
        [
            RoutingTable(np.array([chip], np.uint32), np.full(1, WHOLE_KEY), route)
            for chip in range(topology.n_chips)
        ]
    )
    chips = np.arange(topology.n_chips)
    fabric = CompiledFabric(topology, tables, FabricParams())
    times_ps = np.random.default_rng(1).integers(0, 10**6, topology.n_chips)
    fabric.send(Sends.sort(times_ps, CORES_PER_CHIP * chips + 1, chips))
    fabric.run(2 * 10**6)
    step_ps = 40 * 10**6 * max(1, 500 // topology.n_chips)
    before, rounds = fabric.counters().link.sum(), 20
    benchmark.pedantic(lambda: fabric.run(fabric.now_ps + step_ps), rounds=rounds)
    hops = int(fabric.counters().link.sum() - before)
    benchmark.extra_info.update(items=hops // rounds)
    assert len(fabric.in_flight()) == topology.n_chips
    assert hops > rounds * topology.n_chips
