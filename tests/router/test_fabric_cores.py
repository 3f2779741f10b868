"""Cores: what they may send, and what they do while their register is full."""

import numpy as np
import pytest

from router import RoutingTables, mesh
from router.errors import FabricError
from router.events import Fate
from router.packets import SendPolicy
from router.params import FabricParams
from tests.router.by_hand import (
    FABRICS,
    INTO_CORE,
    LONG,
    PARAMS,
    SUBMIT,
    count_core,
    delivered,
    lost,
    never,
    send,
    table,
    to,
)


def test_wait_policy_keeps_packets_for_later(make):
    fabric = make(mesh(1, 1), {(0, 0): {1: to(1), 2: to(2), 3: to(3)}})
    send(fabric, (0, 0, 1), (10, 0, 2), (20, 0, 3), (LONG, 0, 1))
    fabric.run(21)
    assert fabric.backlog().tolist() == [1, 2, 3]
    assert fabric.copies().tolist() == [1, 0, 0, 0]
    activity = fabric.run(LONG)
    assert delivered(activity) == [(n, n + 1, (n + 1) * SUBMIT + INTO_CORE) for n in range(3)]
    assert count_core(fabric, 0, "SENT") == 3
    assert count_core(fabric, 0, "WAITED_PS") == (SUBMIT - 10) + (2 * SUBMIT - 20)
    assert count_core(fabric, 0, "BLOCKED") == 0
    assert fabric.backlog().tolist() == [3]


def test_skip_policy_gives_packets_up(make):
    fabric = make(mesh(1, 1), {(0, 0): {1: to(1)}}, policy=SendPolicy.SKIP)
    # The router takes the first before the fourth is written: SUBMIT comes before SEND.
    send(fabric, (0, 0, 1), (1, 0, 1), (SUBMIT - 1, 0, 1), (SUBMIT, 0, 1))
    activity = fabric.run(LONG)
    assert [packet for packet, _, _ in delivered(activity)] == [0, 3]
    assert lost(activity) == [(1, 0, Fate.BLOCKED, 1), (2, 0, Fate.BLOCKED, SUBMIT - 1)]
    assert activity.losses.outputs.tolist() == [0, 0]
    assert count_core(fabric, 0, "SENT") == 2
    assert count_core(fabric, 0, "BLOCKED") == 2
    assert fabric.copies().tolist() == [1, 0, 0, 1]
    assert fabric.backlog().tolist() == []


def test_packets_that_cannot_be_sent_are_refused(make):
    topology = mesh(2, 1, dead_cores=[(1, 0, 3)])
    fabric = make(topology, {(0, 0): {1: to(0)}}, FabricParams(is_reinjecting=True))
    with pytest.raises(FabricError, match=r"core 17 of chip 1 \(number 35\).* does not exist"):
        send(fabric, (0, 35, 1))
    with pytest.raises(FabricError, match="does not exist"):
        send(fabric, (0, 36, 1))
    with pytest.raises(
        FabricError, match=r"core 17 of chip 0 .* is to send, but is the reinjector's"
    ):
        send(fabric, (0, 17, 1))
    send(fabric, (100, 0, 1))
    with pytest.raises(FabricError, match="sent at 99 ps, but the fabric has come to 100 ps"):
        send(fabric, (99, 2, 1))
    fabric.run(1000)
    with pytest.raises(FabricError, match="sent at 999 ps, but the fabric has come to 1000 ps"):
        send(fabric, (999, 2, 1))
    with pytest.raises(FabricError, match="cannot run up to 999 ps"):
        fabric.run(999)
    send(fabric, (1000, 2, 1))
    assert fabric.copies().tolist() == [1, 0]
    assert len(delivered(fabric.run(LONG))) == 2


def test_without_reinjection_every_core_may_send(make):
    fabric = make(mesh(1, 1, cores=2), {(0, 0): {1: to(0)}})
    send(fabric, (0, 1, 1))
    assert len(delivered(fabric.run(LONG))) == 1


@pytest.mark.parametrize(
    ("receive_ps", "message"),
    [(np.zeros(17, np.int64), "shape"), (np.full(18, -2), "at least 0, or -1 for never, got -2")],
)
def test_receive_times_are_checked(make, receive_ps, message):
    with pytest.raises(FabricError, match=message):
        make(mesh(1, 1), {}, receive_ps=receive_ps)


@pytest.mark.parametrize("fabric_class", FABRICS)
def test_every_chip_needs_a_table(fabric_class):
    with pytest.raises(FabricError, match="1 routing tables given for 2 chips"):
        fabric_class(mesh(2, 1), RoutingTables.join([table({})]), PARAMS)


def test_a_backlog_outlives_many_sends(make):
    """One core's register stays full while another sends far more than there is room for."""
    topology = mesh(1, 1)
    params = FabricParams(wait1_cycles=None)
    fabric = make(topology, {(0, 0): {1: to(5)}}, params, receive_ps=never(topology, 5))
    n = 3000
    for block in range(4):
        start = block * n * 1000
        send(fabric, *((start + 1000 * i, 2 + i % 2, 1) for i in range(n)))
        fabric.run(start + n * 1000)
    sent = np.flatnonzero(fabric.copies())
    assert fabric.backlog().tolist() == sorted(set(range(4 * n)) - set(sent.tolist()))
    assert sent.tolist() == fabric.in_flight().tolist()
