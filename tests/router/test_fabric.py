"""Whole runs of the fabric: books, short runs for long ones, limits."""

import numpy as np
import pytest

from router import Link, mesh
from router.counters import CoreCounter
from router.errors import FabricError
from router.events import Fate, TraceFilter
from router.packets import CORES_PER_CHIP, SendPolicy, Sends
from router.params import FabricParams
from tests.router.by_hand import delivered, lines, lost


def random_case(seed):
    """A small machine under heavy traffic, with faults, loops and lossy waits."""
    rng = np.random.default_rng(seed)
    topology = mesh(3, 3, wrap=True, cores=5, dead_links=[(0, 0, Link.E), (1, 2, Link.N)])
    routes = {}
    for x, y in topology.xy.tolist():
        outputs = rng.integers(0, 1 << 11, 12) & rng.integers(0, 1 << 11, 12)
        outputs &= rng.integers(0, 1 << 11, 12)
        keys = rng.permutation(16)[: len(outputs)]
        routes[x, y] = dict(zip(keys.tolist(), outputs.tolist(), strict=True))
    params = FabricParams(
        wait1_cycles=int(rng.choice([0, 15, 240])),
        wait2_cycles=int(rng.choice([0, 15, 46])),
        output_packets=int(rng.integers(1, 3)),
        input_packets=int(rng.integers(1, 3)),
        phase_ps=2_000_000,
        is_reinjecting=bool(rng.integers(2)),
        reinject_tick_ps=200_000,
        reinject_queue=2,
        receive_ps=150_000,
    )
    senders = [core for core in range(18 * topology.n_chips) if core % 18 < 4]
    n = 400
    sends = Sends.sort(
        rng.integers(0, 10_000_000, n),
        rng.choice(senders, n),
        rng.integers(0, 16, n),
        rng.random(n) < 0.3,
    )
    policy = SendPolicy(int(rng.integers(2)))
    return topology, routes, params, policy, sends


def is_loss(fate):
    return (fate != Fate.HELD) & (fate != Fate.BLOCKED)


@pytest.mark.parametrize("seed", range(8))
def test_the_books_of_every_packet_balance(make, seed):
    topology, routes, params, policy, sends = random_case(seed)
    fabric = make(topology, routes, params, policy=policy)
    fabric.send(sends)
    n = len(sends)
    found = np.zeros(n, np.int64)
    n_losses = 0
    for until_ps in (4_000_000, 9_000_000, 40_000_000):
        activity = fabric.run(until_ps)
        losses = activity.losses
        found += np.bincount(activity.deliveries.packet, minlength=n)
        found += np.bincount(losses.packet[is_loss(losses.fate)], minlength=n)
        n_losses += len(losses)
        in_flight = np.bincount(fabric.in_flight(), minlength=n)
        assert fabric.copies().tolist() == (found + in_flight).tolist()
    assert n_losses > 0
    counters = fabric.counters()
    sent, received = (counters.core[:, c].sum() for c in (CoreCounter.SENT, CoreCounter.RECEIVED))
    assert sent == np.count_nonzero(fabric.copies())
    assert sent + counters.core[:, CoreCounter.BLOCKED].sum() + len(fabric.backlog()) == n
    assert 0 < received < found.sum()


@pytest.mark.parametrize("seed", range(4))
def test_many_short_runs_make_one_long_run(make, seed):
    topology, routes, params, policy, sends = random_case(seed)
    options = {"policy": policy, "trace": TraceFilter()}
    whole, parts = (make(topology, routes, params, **options) for _ in range(2))
    whole.send(sends)
    at_once = whole.run(15_000_000)
    activities = []
    for until_ps in range(0, 15_000_001, 12_345 * 8):
        here = (sends.time_ps >= parts.now_ps) & (sends.time_ps < until_ps)
        columns = (sends.time_ps, sends.core, sends.key, sends.has_payload)
        parts.send(Sends(*(column[here] for column in columns)))
        activities.append(parts.run(until_ps))
    activities.append(parts.run(15_000_000))
    assert [d for activity in activities for d in delivered(activity)] == delivered(at_once)
    assert [loss for activity in activities for loss in lost(activity)] == lost(at_once)
    assert sorted(line for activity in activities for line in lines(activity)) == sorted(
        lines(at_once)
    )
    for name in ("router", "core", "link"):
        np.testing.assert_array_equal(
            getattr(whole.counters(), name), getattr(parts.counters(), name)
        )
    assert whole.copies().tolist() == parts.copies().tolist()
    assert whole.in_flight().tolist() == parts.in_flight().tolist()
    assert whole.stalls() == parts.stalls()


def test_counters_cannot_be_changed(make):
    counters = make(mesh(1, 1), {}).counters()
    with pytest.raises(ValueError, match="read-only"):
        counters.router[0, 0] = 1


def test_times_and_traces_have_limits(make):
    fabric = make(mesh(1, 1), {})
    with pytest.raises(FabricError, match="the limit is"):
        fabric.run((1 << 62) + 1)
    with pytest.raises(FabricError, match="at most 1000000000000, got 1000000000001"):
        make(mesh(1, 1), {}, receive_ps=np.full(CORES_PER_CHIP, 10**12 + 1))
    with pytest.raises(FabricError, match="cannot trace chip 1: the machine has chips 0 to 0"):
        make(mesh(1, 1), {}, trace=TraceFilter(chips=frozenset([0, 1])))


def test_chips_of_more_cores_than_routes_name_are_refused(make):
    make(mesh(2, 1, cores=18), {})
    with pytest.raises(FabricError, match="chips of 19 cores: a route names 18 at most; map"):
        make(mesh(2, 1, cores=19), {})
