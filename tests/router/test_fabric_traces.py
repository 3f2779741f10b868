"""Traces of what packets did."""

import pytest

from router import Link, mesh
from router.events import TraceFilter, TraceKind
from router.packets import CORES_PER_CHIP
from tests.router.by_hand import (
    CYCLE,
    HOP,
    INTO_CORE,
    LONG,
    PARAMS,
    SUBMIT,
    E,
    lines,
    never,
    send,
    to,
)


def test_a_trace_tells_every_stretch(make):
    topology = mesh(2, 1)
    fabric = make(topology, {(0, 0): {1: E}, (1, 0): {1: to(2)}}, trace=TraceFilter())
    send(fabric, (5, 3, 1))
    taken, there = 5 + SUBMIT, 5 + SUBMIT + HOP
    early = fabric.run(taken + 1)
    assert lines(early) == [
        (TraceKind.SEND, 3, 0, 5, taken),
        (TraceKind.ROUTE, 0, 0, taken, taken),
        (TraceKind.LINK, Link.E, 0, taken, taken + PARAMS.link_packet_ps),
    ]
    assert lines(fabric.run(LONG)) == [
        (TraceKind.ROUTE, 1, 0, there, there),
        (TraceKind.RECEIVE, CORES_PER_CHIP + 2, 0, there, there + INTO_CORE),
    ]


def test_a_trace_tells_how_long_a_packet_was_stalled(make):
    topology = mesh(1, 1)
    fabric = make(
        topology, {(0, 0): {1: to(5)}}, receive_ps=never(topology, 5), trace=TraceFilter()
    )
    send(fabric, (0, 0, 1), (0, 1, 1))
    start, end = SUBMIT + CYCLE, SUBMIT + CYCLE + PARAMS.wait1_cycles * CYCLE
    assert (TraceKind.ROUTE, 0, 1, start, end) in lines(fabric.run(LONG))


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (TraceFilter(), 10),
        (TraceFilter(keys=frozenset([1])), 5),
        (TraceFilter(keys=frozenset([1]), chips=frozenset([0])), 3),
        (TraceFilter(chips=frozenset([1])), 4),
        (TraceFilter(start_ps=SUBMIT, end_ps=SUBMIT + 1), 2),
        (TraceFilter(start_ps=LONG), 5),
        (None, 0),
    ],
)
def test_a_filter_keeps_what_meets_all_conditions(make, wanted, expected):
    routes = {(0, 0): {1: E, 2: E}, (1, 0): {1: to(2), 2: to(2)}}
    fabric = make(mesh(2, 1), routes, trace=wanted)
    send(fabric, (0, 3, 1), (LONG, 3, 2))
    assert len(fabric.run(2 * LONG).trace) == expected
