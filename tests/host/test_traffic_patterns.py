"""Patterns, and the packets of a whole network."""

from typing import Any

import numpy as np
import pytest

from host.config import Config, MappingConfig, NetworkConfig
from host.errors import ConfigError
from host.machines import load_machine
from host.traffic import (
    Group,
    run_workload,
)
from host.traffic.microcircuit import network_workload
from host.traffic.patterns import all_to_all, hotspot, link_throughput, uniform
from mapping.machine import Machine
from router.geometry import Link
from router.packets import CORES_PER_CHIP
from router.topology import spinn5_boards
from tests.host.traffic_runs import ENGINE, MS, SQUARE


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
