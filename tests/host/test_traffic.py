"""Traffic: values, placing, generation, counting, and what the fabric makes of it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from host.config import Config, MappingConfig, NetworkConfig
from host.errors import ConfigError
from host.machines import load_machine
from host.traffic import (
    FOREVER,
    Core,
    Experiment,
    Flow,
    Group,
    GroupResult,
    SendPolicy,
    lay_out,
    run_experiment,
    run_workload,
)
from host.traffic.generate import SEND_PS, batches, draw_seed
from host.traffic.latency import LatencyHistogram
from host.traffic.microcircuit import network_workload
from host.traffic.patterns import all_to_all, hotspot, link_throughput, uniform
from host.traffic.workload import place_cores
from mapping.errors import DoesNotFitError
from mapping.machine import Budgets, Machine
from router.geometry import Link
from router.packets import CORES_PER_CHIP
from router.params import FabricParams
from router.topology import TopologyError, mesh, spinn5_boards

ENGINE = "reference"
US = 10**6
MS = 10**9

SQUARE = Machine(mesh(2, 2, cores=5))


def run_one(
    cores: tuple[Core, ...],
    flows: tuple[Flow, ...],
    group: Group,
    machine: Machine = SQUARE,
    seed: int = 1,
) -> GroupResult:
    experiment = Experiment(cores=cores, flows=flows, groups=(group,), seed=seed)
    return run_all(experiment, machine)[0]


def run_all(experiment: Experiment, machine: Machine) -> tuple[GroupResult, ...]:
    workload = lay_out(experiment, machine)
    groups, seed = experiment.groups, experiment.seed
    return run_workload(workload, groups, FabricParams(), seed=seed, engine=ENGINE).groups


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Flow(source=0, sinks=(1,), probability=1.5), r"core 0: probability .* got 1.5"),
        (lambda: Flow(source=0, sinks=(1,), rate_hz=-1.0), "rate should be in 0 to 1 GHz"),
        (lambda: Flow(source=0, sinks=(1, 1)), "names a sink twice"),
        (lambda: Group(probability=0.5, rate_hz=1.0), "a probability and a rate; give one"),
        (lambda: Group(timestep_ps=0), "timestep_ps should be in 5000 to 10000000000000000, got 0"),
        (
            lambda: Group(warmup_ps=1 << 62),
            "warmup_ps should be in 0 to .*, got 46116860",
        ),
        (lambda: Group(warmup_ps=10**16), "warm-up and duration are .* ps; the limit is"),
        (lambda: Group(burst_duty=0.0), r"burst_duty should be in \(0, 1\], got 0"),
        (lambda: Experiment(cores=(), flows=(), groups=()), "at least one group"),
        (
            lambda: Experiment(
                cores=(Core(),), flows=(Flow(source=0, sinks=(1,)),), groups=(Group(),)
            ),
            "flow 0 names core 1; the experiment has cores 0 to 0",
        ),
    ],
)
def test_impossible_values_are_refused(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        make()


def test_a_group_changes_the_fabric_it_runs_on() -> None:
    params = FabricParams(wait1_cycles=480)
    assert Group().fabric(params) == params
    group = Group(wait1=FOREVER, wait2=240, reinject_packets=True, receive_ps=7)
    expected = replace(
        params, wait1_cycles=None, wait2_cycles=240, is_reinjecting=True, receive_ps=7
    )
    assert group.fabric(params) == expected


def test_cores_fill_chip_after_chip_between_the_monitors() -> None:
    cores = (Core(), Core(at=(0, 0, 2)), Core(), Core(), Core(at=(1, 1, 0)))
    placement = place_cores(cores, SQUARE)
    assert placement.chip.tolist() == [0, 0, 0, 1, 3]
    assert placement.core.tolist() == [1, 2, 3, 1, 0]


@pytest.mark.parametrize(
    ("cores", "error", "message"),
    [
        ((Core(),) * 13, ConfigError, "13 cores do not fit the 12 of the machine"),
        ((Core(at=(0, 0, 5)),), ConfigError, r"\(0, 0, 5\): the chip has cores 0 to 4"),
        ((Core(at=(0, 1, 2)),) * 2, ConfigError, r"core \(0, 1, 2\) is asked for twice"),
        ((Core(at=(2, 0, 2)),), TopologyError, r"no living chip at \(2, 0\)"),
    ],
)
def test_cores_without_a_place_are_refused(
    cores: tuple[Core, ...], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        place_cores(cores, SQUARE)


def test_too_many_flows_for_a_table_are_refused() -> None:
    machine = Machine(mesh(2, 2, cores=5), Budgets(table_entries=3))
    pattern = uniform(machine, 3, np.random.default_rng(1))
    experiment = Experiment(cores=pattern.cores, flows=pattern.flows, groups=(Group(),))
    with pytest.raises(DoesNotFitError, match="use fewer flows, fewer sinks or a larger machine"):
        lay_out(experiment, machine)


@pytest.mark.parametrize("seed", range(4))
def test_every_packet_reaches_exactly_the_sinks_of_its_flow(seed: int) -> None:
    rng = np.random.default_rng(seed)
    machine = Machine(mesh(3, 3, wrap=True, cores=6))
    flows = tuple(
        Flow(
            source=int(rng.integers(20)),
            sinks=tuple(rng.choice(20, rng.integers(0, 6), replace=False).tolist()),
            probability=0.5,
            use_payload=bool(rng.integers(2)),
        )
        for _ in range(15)
    )
    flows = tuple(flow for flow in flows if flow.sinks)
    experiment = Experiment(
        cores=(Core(),) * 20,
        flows=flows,
        groups=(Group(timestep_ps=50 * US, duration_ps=5 * MS),),
    )
    workload = lay_out(experiment, machine)
    arrived = np.zeros((len(flows), 20), np.int64)
    sent = np.zeros(len(flows), np.int64)
    keys: list[int] = []
    places = place_cores(experiment.cores, machine)
    core_of = {int(CORES_PER_CHIP * c + p): i for i, (c, p) in enumerate(_at(places))}

    def observe(sends: Any, activity: Any) -> None:
        keys.extend(sends.key.tolist())
        np.add.at(sent, sends.key, 1)
        for core, packet in zip(activity.deliveries.core, activity.deliveries.packet, strict=True):
            arrived[keys[packet], core_of[int(core)]] += 1

    result = run_workload(
        workload, experiment.groups, FabricParams(), seed=seed, engine=ENGINE, observe=observe
    ).groups[0]
    by_source = sorted(flows, key=lambda flow: flow.source)
    wanted = np.array(
        [
            [n * (core in flow.sinks) for core in range(20)]
            for n, flow in zip(sent, by_source, strict=True)
        ]
    )
    assert sent.min() > 0
    assert result.in_flight == (wanted - arrived).sum()
    assert result.in_flight < 20
    assert (arrived <= wanted).all()
    assert result.received == arrived.sum() == result.received_of_core.sum()
    assert result.sent_of_core.sum() == sent.sum() == result.offered
    assert not any(result.drops.values())


def _at(placement: Any) -> Any:
    return np.column_stack((placement.chip, placement.core)).tolist()


def _streams(flows: tuple[Flow, ...], n_cores: int = 4) -> Any:
    experiment = Experiment(cores=(Core(),) * n_cores, flows=flows, groups=(Group(),))
    return lay_out(experiment, SQUARE).streams


def _times(streams: Any, group: Group, seed: int = 1) -> Any:
    found = list(batches(streams, group, (seed,)))
    starts = [0, *(batch.end_ps for batch in found)]
    for start, batch in zip(starts, found, strict=False):
        assert np.all((batch.sends.time_ps >= start) & (batch.sends.time_ps < batch.end_ps))
    assert starts[-1] == group.end_ps
    assert group.warmup_ps in starts
    return tuple(
        np.concatenate([getattr(batch.sends, name) for batch in found])
        for name in ("time_ps", "core", "key")
    )


def test_certain_packets_come_once_per_timestep_at_the_cores_own_phase() -> None:
    flows = tuple(Flow(source=i, sinks=(3,), probability=1.0) for i in (0, 0, 1, 2))
    group = Group(timestep_ps=10 * US, duration_ps=7 * MS, warmup_ps=1 * MS)
    times, _, keys = _times(_streams(flows), group)
    assert np.bincount(keys).tolist() == [800] * 4
    phases = [np.unique(times[keys == key] % group.timestep_ps) for key in range(4)]
    assert [len(phase) for phase in phases] == [1] * 4
    first, second, other, another = (int(phase[0]) for phase in phases)
    assert (second - first) % group.timestep_ps == SEND_PS
    assert len({first, other, another}) == 3


@pytest.mark.parametrize("probability", [0.0, 0.2, 0.7])
def test_packets_come_with_their_probability(probability: float) -> None:
    flows = tuple(Flow(source=i, sinks=(3,)) for i in range(3))
    group = Group(probability=probability, timestep_ps=10 * US, duration_ps=50 * MS)
    times, _, keys = _times(_streams(flows), group)
    n = 3 * 5000
    assert abs(len(times) - n * probability) <= 5 * np.sqrt(n * probability * (1 - probability))
    steps = np.unique(times // group.timestep_ps * 3 + keys)
    assert len(steps) == len(times)  # at most one of each flow in a step


def test_random_times_have_the_rate_of_the_flow_or_else_of_the_group() -> None:
    flows = (Flow(source=0, sinks=(3,), rate_hz=2e5), Flow(source=1, sinks=(3,)))
    _, cores, _ = _times(_streams(flows), Group(rate_hz=5e4, duration_ps=100 * MS))
    for n, expected in zip(np.unique(cores, return_counts=True)[1], (20_000, 5_000), strict=True):
        assert abs(n - expected) < 5 * np.sqrt(expected)


def test_bursts_keep_to_their_part_of_the_period() -> None:
    flows = (Flow(source=0, sinks=(3,)),)
    group = Group(rate_hz=1e6, duration_ps=20 * MS, burst_period_ps=100 * US, burst_duty=0.25)
    times, _, _ = _times(_streams(flows), group)
    assert np.all(times % group.burst_period_ps < 25 * US)
    assert abs(len(times) - 5_000) < 5 * np.sqrt(5_000)


def test_packets_depend_on_the_seed_alone() -> None:
    streams = _streams((Flow(source=0, sinks=(3,)), Flow(source=1, sinks=(2,))))
    group = Group(rate_hz=1e5, duration_ps=2 * MS)
    first, again, other = (_times(streams, group, seed) for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])


def test_groups_that_differ_by_the_machine_alone_get_the_same_packets() -> None:
    base = Group(rate_hz=1e5)
    machine = replace(base, wait1=FOREVER, reinject_packets=True, policy=SendPolicy.WAIT)
    assert draw_seed(base, 1) == draw_seed(replace(machine, receive_ps=7), 1)
    others = (replace(base, rate_hz=2e5), replace(base, warmup_ps=1), replace(base, draw=0))
    assert len({draw_seed(group, 1) for group in (base, *others)} | {draw_seed(base, 2)}) == 5
    flows = tuple(Flow(source=i, sinks=(3,)) for i in range(3))
    experiment = Experiment(cores=(Core(),) * 4, flows=flows, groups=(base, machine))
    first, second = run_all(experiment, SQUARE)
    assert first.offered == second.offered > 0


@pytest.mark.parametrize(
    "group",
    [
        Group(probability=1e-9, timestep_ps=5000, duration_ps=10 * MS),
        Group(rate_hz=1e9, duration_ps=10 * US),
        Group(rate_hz=1e6, duration_ps=MS, burst_period_ps=100 * US, burst_duty=1e-3),
    ],
)
def test_no_block_takes_more_random_numbers_than_the_limit(
    monkeypatch: pytest.MonkeyPatch, group: Group
) -> None:
    monkeypatch.setattr("host.traffic.generate.DRAWS_PER_BLOCK", 10_000)
    monkeypatch.setattr("host.traffic.generate.COPIES_PER_BLOCK", 10_000)
    streams = _streams(tuple(Flow(source=i, sinks=(3,)) for i in range(3)))
    hz = group.rate_hz or 10**12 / group.timestep_ps
    starts_ps = [0]
    for _, batch in zip(range(50), batches(streams, group, (1,)), strict=False):
        assert 3 * hz * (batch.end_ps - starts_ps[-1]) <= 10_001 * 10**12
        starts_ps.append(batch.end_ps)
    assert len(starts_ps) > 1


def test_loads_that_cannot_be_are_refused() -> None:
    streams = _streams((Flow(source=0, sinks=(3,)),) * 3)
    with pytest.raises(ConfigError, match="neither probability nor rate"):
        next(batches(streams, Group(), (1,)))
    with pytest.raises(ConfigError, match="3 flows, which take 1500000 ps of each timestep"):
        next(batches(streams, Group(probability=0.1, timestep_ps=US), (1,)))


def test_latencies_of_the_histogram_are_those_of_all_values() -> None:
    rng = np.random.default_rng(1)
    values = np.exp(rng.normal(14, 2, 10_000)).astype(np.int64) + 1
    histogram = LatencyHistogram()
    for part in np.split(values, 10):
        histogram.add(part)
    found = histogram.latency()
    assert (found.n, found.max_ps) == (10_000, values.max())
    assert found.mean_ps == round(values.sum() / 10_000)
    for share, quantile in ((50, found.p50_ps), (99, found.p99_ps)):
        exact = np.percentile(values, share, method="inverted_cdf")
        assert exact <= quantile <= 1.008 * exact
    assert LatencyHistogram().latency().p50_ps == 0


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


def test_patterns_send_where_they_say() -> None:
    rng = np.random.default_rng(1)
    even = uniform(SQUARE, 5, rng)
    assert all(len(set(flow.sinks)) == 5 and flow.source not in flow.sinks for flow in even.flows)
    assert len(even.flows) == len(even.cores) == 12
    hot = hotspot(SQUARE, 2, rng)
    assert {sink for flow in hot.flows for sink in flow.sinks} == {6, 7, 8}
    assert not {flow.source for flow in hot.flows} & {6, 7, 8}
    assert all(len(flow.sinks) == 11 for flow in all_to_all(SQUARE, 0, rng).flows)
    with pytest.raises(
        ConfigError, match="12 other cores as sinks need 13 application cores, the machine has 12"
    ):
        uniform(SQUARE, 12, rng)
    with pytest.raises(ConfigError, match="1 to the 3 application cores of the hot chip, got 4"):
        hotspot(SQUARE, 4, rng)


def test_link_throughput_uses_half_of_the_chips_as_senders() -> None:
    machine = Machine(spinn5_boards(3))
    for link in Link:
        senders: set[tuple[int, int]] = set()
        takers: set[tuple[int, int]] = set()
        for odd in (False, True):
            pattern = link_throughput(machine, link, odd=odd)
            at = [core.at[:2] for core in pattern.cores if core.at]
            own = {at[flow.source] for flow in pattern.flows}
            assert not own & {at[flow.sinks[0]] for flow in pattern.flows}
            senders |= own
            takers |= {at[flow.sinks[0]] for flow in pattern.flows}
        assert len(senders) == len(takers) == 144


@pytest.mark.parametrize("layout", ["homogeneous", "ensemble"])
def test_packets_of_a_network_reach_all_that_it_wants(layout: Any) -> None:
    config = Config(
        network=NetworkConfig(scale=0.02, drive="dc"),
        mapping=MappingConfig(layout=layout, neurons_per_core=40),
    )
    spec = load_machine("spinnaker1")
    workload = network_workload(config, spec)
    total_hz = workload.streams.rate_hz.sum() * config.slowdown
    assert total_hz == pytest.approx(0.02 * 249_792, rel=0.05)
    core = workload.streams.core % CORES_PER_CHIP
    chip = workload.streams.core // CORES_PER_CHIP
    assert np.all((core >= 1) & (core <= workload.machine.application_cores[chip]))
    group = Group(duration_ps=round(20 * MS * config.slowdown))
    result = run_workload(workload, (group,), spec.fabric, seed=1, engine=ENGINE).groups[0]
    assert result.offered > 5
    assert result.received + result.in_flight == result.wanted
    assert not any(result.drops.values())
    assert np.all(np.flatnonzero(result.received_of_core) % CORES_PER_CHIP >= 1)


def test_bursts_of_a_network_keep_its_rate() -> None:
    config = Config(network=NetworkConfig(scale=0.02, drive="dc"))
    spec = load_machine("spinnaker1")
    smooth = network_workload(config, spec)
    bursty = network_workload(config, spec, burst_duty=0.1)
    np.testing.assert_allclose(bursty.streams.rate_hz, 10 * smooth.streams.rate_hz)


def test_an_unknown_engine_is_refused() -> None:
    experiment = Experiment(cores=(), flows=(), groups=(Group(),))
    with pytest.raises(ConfigError, match="no engine 'fast'; there are auto, compiled, reference"):
        run_experiment(experiment, load_machine("spinn3"), engine="fast")
