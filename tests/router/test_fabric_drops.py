"""Dropped packets, and those that a reinjector sends again."""

from router import mesh
from router.counters import CoreCounter
from router.events import Fate, TraceFilter, TraceKind
from router.packets import CORES_PER_CHIP
from router.params import FabricParams
from tests.router.by_hand import (
    CYCLE,
    HOP,
    INTO_CORE,
    LONG,
    SUBMIT,
    E,
    N,
    S,
    at,
    count,
    delivered,
    lines,
    lost,
    never,
    send,
    sum_of,
    to,
)


def test_only_the_first_drop_fills_the_register(make):
    topology = mesh(1, 1, cores=4)
    params = FabricParams(wait1_cycles=0)
    fabric = make(topology, {(0, 0): {1: N | to(7), 2: S}}, params)  # there is no core 7, no link
    send(fabric, (0, 0, 1), (0, 1, 2), (0, 2, 2))
    activity = fabric.run(LONG)
    expected = [(n, 0, Fate.DROPPED, SUBMIT + n * CYCLE) for n in range(3)]
    assert lost(activity) == expected
    assert activity.losses.outputs.tolist() == [N | to(7), S, S]
    assert count(fabric, 0, "DROPPED_MULTICAST") == 3
    assert count(fabric, 0, "DUMP_OVERFLOWS") == 2
    assert count(fabric, 0, "DUMPED_FROM_A_LINK") == 0  # nobody reads the register
    assert fabric.in_flight().tolist() == []


def test_blocked_outputs_stick_to_the_drop_register(make):
    params = FabricParams(
        wait1_cycles=0, is_reinjecting=True, dump_interrupt_ps=10 * CYCLE, reinject_tick_ps=LONG
    )
    fabric = make(mesh(1, 1, cores=4), {(0, 0): {1: N | to(7), 2: S}}, params)
    send(fabric, (0, 0, 1), (0, 1, 2), (0, 2, 2))
    fabric.run(SUBMIT + 9 * CYCLE)
    assert count(fabric, 0, "DUMP_OVERFLOWS") == 2
    assert count(fabric, 0, "DUMPED_FROM_A_LINK") == 0
    fabric.run(SUBMIT + 11 * CYCLE)
    assert count(fabric, 0, "DUMPED_FROM_A_LINK") == 2  # N and S, though only the first was kept
    assert count(fabric, 0, "DUMPED_FROM_A_PROCESSOR") == 1


def test_a_multicast_packet_is_dropped_as_a_whole(make):
    topology = mesh(1, 1)
    params = FabricParams(wait1_cycles=0)
    fabric = make(
        topology, {(0, 0): {1: to(5, 6), 2: to(6)}}, params, receive_ps=never(topology, 5)
    )
    send(fabric, (0, 0, 1), (LONG, 1, 1), (LONG, 2, 2))
    activity = fabric.run(2 * LONG)
    assert [(packet, core) for packet, core, _ in delivered(activity)] == [(0, 6), (2, 6)]
    assert [packet for packet, *_ in lost(activity)] == [1]
    assert fabric.copies().tolist() == [2, 1, 1]


def test_a_packet_that_circles_grows_too_old(make):
    params = FabricParams(phase_ps=10 * HOP)
    topology = mesh(3, 1, wrap=True)
    fabric = make(topology, {(0, 0): {1: E}}, params)
    start = 3 * HOP
    send(fabric, (start, 0, 1))
    launched = start + SUBMIT
    n_hops = next(
        n
        for n in range(100)
        if (launched + n * HOP) // params.phase_ps - launched // params.phase_ps == 2
    )
    activity = fabric.run(LONG)
    assert lost(activity) == [(0, n_hops % 3, Fate.AGED, launched + n_hops * HOP)]
    assert activity.losses.outputs.tolist() == [0]
    assert sum_of(fabric, "TIME_PHASE_ERRORS") == 1
    assert fabric.counters().link.sum() == n_hops


LAST = CORES_PER_CHIP - 1
"""The core that reinjects."""
AGAIN = FabricParams(is_reinjecting=True, wait1_cycles=0)


def next_tick(time_ps, params=AGAIN):
    tick = params.reinject_tick_ps
    return (time_ps // tick + 1) * tick


def test_a_dropped_packet_arrives_in_the_end(make):
    fabric = make(mesh(1, 1), {(0, 0): {1: to(5)}}, AGAIN, trace=TraceFilter())
    send(fabric, (0, 2, 1), (0, 3, 1))
    dropped = SUBMIT + CYCLE
    again = next_tick(dropped + AGAIN.dump_interrupt_ps)
    early = fabric.run(again)
    assert lost(early) == [(1, 0, Fate.HELD, dropped)]
    assert fabric.in_flight().tolist() == [1]
    late = fabric.run(LONG)
    assert delivered(early) == [(0, 5, SUBMIT + INTO_CORE)]
    assert delivered(late) == [(1, 5, again + SUBMIT + INTO_CORE)]
    assert lines(late) == [
        (TraceKind.SEND, LAST, 1, again, again + SUBMIT),
        (TraceKind.ROUTE, 0, 1, again + SUBMIT, again + SUBMIT),
        (TraceKind.RECEIVE, 5, 1, again + SUBMIT, again + SUBMIT + INTO_CORE),
    ]
    assert count(fabric, 0, "LOCAL_MULTICAST") == 3
    assert count(fabric, 0, "RECEIVED_FOR_REINJECTION") == count(fabric, 0, "REINJECTED") == 1
    assert count(fabric, 0, "MISSED_FOR_REINJECTION") == 0
    assert fabric.counters().core[:, CoreCounter.SENT].sum() == 2
    assert fabric.copies().tolist() == [1, 1]


def test_the_reinjector_needs_a_core_beside_the_monitor(make):
    fabric = make(
        mesh(1, 1, cores=1),
        {(0, 0): {1: E}},
        FabricParams(is_reinjecting=True, wait1_cycles=0),
    )
    send(fabric, (0, 0, 1))
    assert lost(fabric.run(LONG)) == [(0, 0, Fate.DROPPED, SUBMIT)]


def test_packets_dropped_before_the_register_is_empty_are_missed(make):
    fabric = make(mesh(1, 1), {(0, 0): {1: to(5)}}, AGAIN)
    send(fabric, *((0, core, 1) for core in (2, 3, 4, 5)))
    activity = fabric.run(LONG)
    assert lost(activity) == [
        (1, 0, Fate.HELD, SUBMIT + CYCLE),
        (2, 0, Fate.MISSED, SUBMIT + 2 * CYCLE),
        (3, 0, Fate.MISSED, SUBMIT + 3 * CYCLE),
    ]
    assert [packet for packet, _, _ in delivered(activity)] == [0, 1]
    assert count(fabric, 0, "MISSED_FOR_REINJECTION") == 1
    assert count(fabric, 0, "DUMP_OVERFLOWS") == 2
    assert count(fabric, 0, "DUMPED_FROM_A_PROCESSOR") == 1


def test_a_full_queue_loses_packets(make):
    params = FabricParams(
        is_reinjecting=True, wait1_cycles=0, reinject_queue=1, dump_interrupt_ps=CYCLE
    )
    fabric = make(mesh(1, 1), {(0, 0): {1: to(5)}}, params)
    send(fabric, (0, 2, 1), (0, 3, 1), (2 * CYCLE, 4, 1))
    activity = fabric.run(LONG)
    # The register is emptied at the time at which the next packet is dropped, but after that.
    assert lost(activity) == [
        (1, 0, Fate.HELD, SUBMIT + CYCLE),
        (2, 0, Fate.MISSED, SUBMIT + 2 * CYCLE),
    ]
    send(fabric, *((LONG + time, core, 1) for time, core in ((0, 2), (0, 3), (3 * CYCLE, 4))))
    activity = fabric.run(2 * LONG)
    assert lost(activity) == [
        (4, 0, Fate.HELD, LONG + SUBMIT + CYCLE),
        (5, 0, Fate.HELD, LONG + SUBMIT + 3 * CYCLE),
        (5, 0, Fate.OVERFLOWED, LONG + SUBMIT + 4 * CYCLE),
    ]
    assert activity.losses.outputs.tolist() == [to(5), to(5), 0]
    assert [packet for packet, _, _ in delivered(activity)] == [3, 4]
    assert count(fabric, 0, "REINJECTION_OVERFLOWS") == 1
    assert count(fabric, 0, "RECEIVED_FOR_REINJECTION") == 3
    assert fabric.in_flight().tolist() == []


def test_the_reinjector_pauses_between_packets(make):
    params = FabricParams(is_reinjecting=True, wait1_cycles=0, dump_interrupt_ps=1)
    fabric = make(mesh(1, 1), {(0, 0): {1: to(5)}}, params, trace=TraceFilter())
    send(fabric, *((0, core, 1) for core in (2, 3, 4)))
    activity = fabric.run(LONG)
    starts = [line[3] for line in lines(activity) if line[:2] == (TraceKind.SEND, LAST)]
    first = next_tick(SUBMIT + CYCLE + 1)
    assert starts == [first, first + SUBMIT + params.reinject_packet_ps]
    assert sorted(packet for packet, _, _ in delivered(activity)) == [0, 1, 2]
    # It has fallen asleep, and is woken for a tick.
    send(fabric, *((LONG, core, 1) for core in (2, 3)))
    late = fabric.run(2 * LONG)
    again = next_tick(LONG + SUBMIT + CYCLE + 1)
    assert (TraceKind.SEND, LAST, 4, again, again + SUBMIT) in lines(late)


def test_a_reinjected_packet_keeps_its_direction(make):
    params = FabricParams(is_reinjecting=True, wait1_cycles=0, output_packets=1)
    topology = mesh(3, 1)
    routes = {(0, 0): {1: E}, (1, 0): {2: E}, (2, 0): {1: to(4), 2: to(5)}}
    fabric = make(topology, routes, params)
    middle, arrival = at(topology, 1, 0), SUBMIT + HOP
    # Two packets of the chip in the middle fill its link just before that from the west comes.
    local = [(arrival - SUBMIT - n * CYCLE, middle + core, 2) for n, core in ((5, 2), (4, 3))]
    send(fabric, (0, 0, 1), *local)
    activity = fabric.run(LONG)
    assert lost(activity) == [(0, 1, Fate.HELD, arrival)]
    again = next_tick(arrival + params.dump_interrupt_ps, params)
    assert delivered(activity)[-1] == (0, at(topology, 2, 0, 4), again + SUBMIT + HOP + INTO_CORE)
    assert fabric.copies().tolist() == [1, 1, 1]
    assert count(fabric, 1, "EXTERNAL_MULTICAST") == 2
    assert count(fabric, 1, "LOCAL_MULTICAST") == 2
    assert count(fabric, 1, "DEFAULT_ROUTED_EXTERNAL_MULTICAST") == 2


def test_the_reinjector_waits_while_the_router_is_stalled(make):
    topology = mesh(1, 1)
    wait = 480
    params = FabricParams(is_reinjecting=True, wait1_cycles=wait, reinject_tick_ps=1_000_000)
    fabric = make(topology, {(0, 0): {1: to(5)}}, params, receive_ps=never(topology, 5))
    send(fabric, (0, 2, 1), (0, 3, 1), (0, 4, 1))
    first_drop = SUBMIT + CYCLE + wait * CYCLE
    second_drop = first_drop + CYCLE + wait * CYCLE
    dump = first_drop + params.dump_interrupt_ps
    assert next_tick(dump, params) + 1_000_000 < second_drop
    fabric.run(second_drop)
    assert count(fabric, 0, "RECEIVED_FOR_REINJECTION") == 1
    tick = next_tick(second_drop, params)
    fabric.run(tick)
    assert count(fabric, 0, "REINJECTED") == 0
    fabric.run(tick + 1)
    assert count(fabric, 0, "REINJECTED") == 1
