"""Circles of waiting routers."""

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router import Link, mesh
from router.deadlock import describe, find_cycle
from router.events import Stall


def stall(chip, *full, blocked=()):
    bits, others = (sum(1 << link for link in links) for links in (full, blocked))
    return Stall(
        chip=chip, since_ps=0, packet=chip, outputs=bits | others, blocked=bits | others, full=bits
    )


def test_a_circle_in_the_order_of_waiting():
    machine = mesh(2, 2)
    places = [machine.chip(x, y) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))]
    stalls = [stall(chip, link) for chip, link in zip(places, (0, 2, 3, 5), strict=True)]
    cycle = find_cycle(sorted(stalls, key=lambda s: s.chip), machine)
    assert cycle == tuple(places)
    assert describe(cycle, machine) == "(0, 0) -E-> (1, 0) -N-> (1, 1) -W-> (0, 1) -S-> (0, 0)"


def test_two_routers_may_wait_for_each_other():
    machine = mesh(3, 1)
    stalls = [stall(0, Link.E), stall(1, Link.E), stall(2, Link.W)]
    assert find_cycle(stalls, machine) == (1, 2)
    assert describe((1, 2), machine) == "(1, 0) -E-> (2, 0) -W-> (1, 0)"


def test_a_chain_is_no_circle():
    machine = mesh(4, 1, wrap=True)
    # the last router waits for a core only, or is not stalled at all
    chain = [stall(chip, Link.E) for chip in range(3)]
    assert find_cycle([*chain, stall(3, blocked=[6])], machine) == ()
    assert find_cycle(chain, machine) == ()
    assert find_cycle([], machine) == ()
    assert describe((), machine) == "no circle of waiting routers"
    assert find_cycle([*chain, stall(3, Link.E)], machine) == (0, 1, 2, 3)


def test_links_that_are_blocked_but_not_full_are_not_waited_for():
    machine = mesh(2, 1)
    assert find_cycle([stall(0, Link.E), stall(1, blocked=[Link.W])], machine) == ()


def test_full_links_that_lead_nowhere_are_no_circle():
    machine = mesh(2, 1, dead_links=[(0, 0, Link.E)])
    assert find_cycle([stall(0, Link.E), stall(1, Link.W)], machine) == ()


def test_every_link_between_two_chips_is_named():
    machine = mesh(2, 1, wrap=True)
    assert describe((0, 1), machine).startswith("(0, 0) -E/NE/W/SW-> (1, 0)")


@pytest.mark.parametrize("wrap", [False, True])
@given(data=st.data())
def test_a_circle_is_found_just_if_there_is_one(wrap, data):
    machine = mesh(3, 3, wrap=wrap, dead_links=[(1, 1, Link.E)])
    full = st.sets(st.sampled_from(list(Link)), max_size=2)
    links = {chip: data.draw(full) for chip in data.draw(st.sets(st.integers(0, 8)))}
    waits = nx.DiGraph(
        (chip, int(machine.neighbours[chip, link]))
        for chip, its in links.items()
        for link in its
        if machine.neighbours[chip, link] >= 0
    )
    stalls = [stall(chip, *its) for chip, its in links.items()]
    cycle = find_cycle(stalls, machine)
    assert bool(cycle) != nx.is_directed_acyclic_graph(waits)
    assert len(set(cycle)) == len(cycle)
    assert cycle[:1] == (min(cycle, default=()),)[: len(cycle)]
    for chip, to in zip(cycle, (*cycle[1:], *cycle[:1]), strict=True):
        assert waits.has_edge(chip, to)
