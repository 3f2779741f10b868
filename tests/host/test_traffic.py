"""Traffic: what the fabric makes of it, and what is counted."""

from dataclasses import replace

import numpy as np
import pytest

from host.errors import ConfigError
from host.machines import load_machine
from host.traffic import (
    FOREVER,
    Core,
    Experiment,
    Flow,
    Group,
    SendPolicy,
    run_experiment,
)
from host.traffic.patterns import all_to_all, link_throughput
from mapping.machine import Machine
from router.geometry import Link
from router.params import FabricParams
from router.topology import mesh, spinn5_boards
from tests.host.traffic_runs import ENGINE, MS, US, run_all, run_one


def test_latency_of_an_idle_machine_is_the_sum_of_its_parts() -> None:
    params = FabricParams()
    cores = (Core(at=(0, 0, 2)), Core(at=(0, 0, 3)), Core(at=(1, 0, 2)))
    group = Group(probability=1.0, timestep_ps=100 * US, duration_ps=MS)
    here = 2 * params.core_link_packet_ps + params.pipeline_ps
    hop = params.link_packet_ps + params.link_latency_ps + params.pipeline_ps
    for sink, expected in ((1, here), (2, here + hop)):
        latency = run_one(cores, (Flow(source=0, sinks=(sink,)),), group).latency
        assert (latency.n, latency.mean_ps, latency.max_ps) == (10, expected, expected)


def test_nothing_counts_before_the_warm_up_is_over() -> None:
    group = Group(probability=1.0, timestep_ps=20 * US, warmup_ps=3 * MS, duration_ps=MS)
    result = run_one((Core(),) * 4, (Flow(source=0, sinks=(1, 2, 3)),), group)
    assert (result.offered, result.sent, result.received) == (50, 50, 150)
    assert result.wanted == 150
    assert result.counters["local_multicast"] == 50
    assert result.sent_of_core.sum() == 50


def test_cores_that_take_nothing_make_routers_drop() -> None:
    flows = (Flow(source=0, sinks=(1,), probability=1.0),)
    group = Group(timestep_ps=20 * US, duration_ps=MS, wait1=240)
    stubborn = (Core(), Core(consume_packets=False))
    for cores, changed in (
        (stubborn, group),
        ((Core(),) * 2, replace(group, consume_packets=False)),
    ):
        result = run_one(cores, flows, changed)
        assert (result.sent, result.received) == (50, 0)
        assert result.in_flight + result.drops["dropped"] == 50
        assert result.drops["dropped"] >= 48
        assert result.counters["dropped_multicast"] == result.drops["dropped"]


def test_a_slow_core_takes_as_many_as_it_can() -> None:
    cores = (Core(), Core(receive_ps=50 * US))
    group = Group(
        probability=1.0, timestep_ps=10 * US, duration_ps=MS, policy=SendPolicy.WAIT, wait1=FOREVER
    )
    result = run_one(cores, (Flow(source=0, sinks=(1,)),), group)
    assert result.received == 20
    assert result.backlog + result.sent == 100
    assert result.stalled == 1
    assert result.router_busy_max > 0.9


@pytest.mark.parametrize(("boards", "expected_hz"), [(0, 7.2e6), (3, 2.8e6)])
def test_a_saturated_link_carries_what_was_measured(boards: int, expected_hz: float) -> None:
    machine = Machine(spinn5_boards(boards) if boards else mesh(2, 1))
    pattern = link_throughput(machine, Link.E)
    topology = machine.topology
    chips = {flow.source: pattern.cores[flow.source].at for flow in pattern.flows}
    crossing = {tuple(xy) for xy in topology.xy[topology.is_board_crossing[:, Link.E]].tolist()}
    wanted = [flow for flow in pattern.flows if not boards or chips[flow.source][:2] in crossing]
    one_chip = chips[wanted[0].source][:2]
    flows = tuple(flow for flow in wanted if chips[flow.source][:2] == one_chip)
    group = Group(
        probability=1.0, timestep_ps=2 * US, duration_ps=200 * US, warmup_ps=20 * US, wait1=240
    )
    result = run_one(pattern.cores, flows, group, machine)
    load = result.board_to_board if boards else result.on_board
    assert load.packets_hz == pytest.approx(expected_hz, rel=0.01)
    assert load.max == pytest.approx(1.0, abs=0.01)
    assert load.hottest.startswith("E of")
    assert result.counters["dropped_multicast"] == 0
    assert result.blocked > 0


def test_network_tester_board_keeps_up_to_the_knee_and_collapses_beyond() -> None:
    rng = np.random.default_rng(1)
    flows = tuple(
        Flow(source=i, sinks=tuple(rng.choice(64, 8, replace=False).tolist())) for i in range(64)
    )
    group = Group(duration_ps=MS, warmup_ps=MS, wait1=240, receive_ps=750_000)
    groups = tuple(replace(group, probability=n / 9) for n in (4, 9))
    experiment = Experiment(cores=(Core(),) * 64, flows=flows, groups=groups)
    below, above = run_experiment(experiment, load_machine("spinn3"), engine=ENGINE).groups
    assert below.received > 0.99 * below.wanted
    assert not any(below.drops.values())
    assert above.received < 0.35 * above.wanted
    assert above.drops["dropped"] > 0
    assert above.router_busy_mean > 0.95


def test_all_to_all_on_a_saturated_torus_deadlocks_unless_routers_give_up() -> None:
    machine = Machine(mesh(4, 4, wrap=True, cores=6))
    pattern = all_to_all(machine, 0, np.random.default_rng(1))
    group = Group(rate_hz=6e4, duration_ps=MS // 4)
    groups = (replace(group, wait1=FOREVER), replace(group, wait1=240))
    experiment = Experiment(cores=pattern.cores, flows=pattern.flows, groups=groups)
    forever, patient = run_all(experiment, machine)
    assert forever.deadlock is not None
    assert 0 < forever.deadlock.since_ps < group.duration_ps
    assert len(forever.deadlock.chips) >= 2
    assert forever.row()["deadlock"] == forever.deadlock.text
    assert forever.counters["dropped_multicast"] == 0
    assert forever.stalled >= len(forever.deadlock.chips)
    assert patient.deadlock is None
    assert patient.drops["dropped"] > 0
    assert patient.received > forever.received


def test_reinjection_brings_dropped_packets_home() -> None:
    flows = tuple(Flow(source=i, sinks=(6, 7), probability=0.3) for i in range(6))
    group = Group(
        timestep_ps=10 * US, duration_ps=MS, wait1=18, receive_ps=3 * US, reinject_packets=True
    )
    machine = Machine(mesh(2, 2, cores=6))
    result = run_one((Core(),) * 8, flows, group, machine)
    assert result.counters["reinjected"] > 0
    assert result.counters["dropped_multicast"] >= result.counters["reinjected"]
    assert result.drops["dropped"] == 0


def test_an_unknown_engine_is_refused() -> None:
    experiment = Experiment(cores=(), flows=(), groups=(Group(),))
    with pytest.raises(ConfigError, match="no engine 'fast'; there are auto, compiled, reference"):
        run_experiment(experiment, load_machine("spinn3"), engine="fast")
