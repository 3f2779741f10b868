"""When packets are sent, and how latencies are counted."""

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
    SendPolicy,
    lay_out,
)
from host.traffic.generate import SEND_PS, batches, draw_seed
from host.traffic.latency import LatencyHistogram
from tests.host.traffic_runs import MS, SQUARE, US, run_all


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
