"""Experiments: which values they take, where cores are placed, where flows lead."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from host.errors import ConfigError
from host.traffic import (
    FOREVER,
    Core,
    Experiment,
    Flow,
    Group,
    lay_out,
    run_workload,
)
from host.traffic.patterns import uniform
from host.traffic.workload import place_cores
from mapping.errors import DoesNotFitError
from mapping.machine import Budgets, Machine
from router.packets import CORES_PER_CHIP
from router.params import FabricParams
from router.topology import TopologyError, mesh
from tests.host.traffic_runs import ENGINE, MS, SQUARE, US


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
