"""Delay cores: packets that come again, stages later."""

from dataclasses import replace

import pytest

from tests.chipemu.by_hand import (
    COSTS,
    LOOKUP,
    PACKET,
    PERIOD,
    SEND,
    TO_CORE,
    Case,
    combined,
    cycles,
    delay,
    engines,
    row_ps,
    source,
)

pytestmark = engines
DELAYED = cycles(60)
SENT_PS = cycles(200) + SEND


def delayed(*delays, n_stages=3, spikes=((0, 1),), **where):
    """Source 1, its delay core (2), and neuron 0, at stages of four steps."""
    cores = [combined(0, 1), source(1, 2), delay(1, 2, **where)]
    synapses = [(1, 0, steps, 5000) for steps in delays]
    return Case(
        cores,
        1,
        1,
        synapses=synapses,
        spikes=list(spikes),
        n_stages=n_stages,
        stage_steps=4,
    )


def test_long_delays_are_those_of_the_synapses(run):
    result = delayed(2, 4, 5, 8, 9, 12).run(run, 14)
    assert result.inputs() == [(2, 0), (4, 0), (5, 0), (8, 0), (9, 0), (12, 0)]
    assert result.counters(0, "PACKETS", "EVENTS", "LATE", "SKIPPED") == [3, 6, 0, 0]


def test_without_colours_they_are_the_same(run):
    result = delayed(2, 5, 8, 12).but(has_colours=False).run(run, 14)
    assert result.inputs() == [(2, 0), (5, 0), (8, 0), (12, 0)]


def test_delay_core_with_a_packet(run):
    result = delayed(2, 5, 9).run(run, 10)
    idle = cycles(200)
    assert result.counters(2, "BUSY_PS", "MAX_BUSY_PS") == [
        10 * idle + PACKET + DELAYED + 2 * SEND,
        idle + max(PACKET + DELAYED, SEND),
    ]
    assert result.counters(2, "PACKETS", "PROCESSED", "SENT", "TICKS") == [1, 1, 2, 10]
    assert result.counters(2, "EARLIEST_SEND_PS", "LATEST_SEND_PS") == [SENT_PS, SENT_PS]
    assert result.counters(2, "MIN_SLACK_PS", "SUM_SLACK_PS") == [
        PERIOD - idle - SEND,
        10 * (PERIOD - idle) - 2 * SEND,
    ]


def test_only_stages_with_synapses_are_sent(run):
    result = delayed(9).run(run, 10)
    assert result.counters(2, "PACKETS", "SENT") == [1, 1]
    assert result.counter(0, "PACKETS") == 1
    assert result.inputs() == [(9, 0)]


def test_packets_are_sent_again_as_often_as_they_came(run):
    result = delayed(5, spikes=[(0, 1), (0, 1), (1, 1)]).run(run, 7)
    assert result.counters(2, "PROCESSED", "SENT", "LATEST_SEND_PS") == [3, 3, SENT_PS + SEND]
    work = cycles(200 + 35 + 171)
    assert result.counter(0, "MAX_BUSY_PS") == work + 2 * (PACKET + LOOKUP + row_ps(1))
    assert result.inputs() == [(5, 0), (6, 0)]


def test_stages_then_sources(run):
    # In step 8 stage 1 of source 1, stage 1 of source 2 and stage 2 of source 1 are due, in this
    # order; only two can be sent. Their rows have one, two and four synapses.
    cores = [combined(0, 1), source(1, 3), delay(1, 3)]
    synapses = [(1, 0, 5, 1), *[(2, 0, 5, 1)] * 2, *[(1, 0, 9, 1)] * 4]
    case = Case(cores, 1, 2, synapses=synapses, n_stages=3, stage_steps=4)
    case = case.but(spikes=[(0, 1), (4, 1), (4, 2)], costs=replace(COSTS, send=7_000))
    result = case.run(run, 9)
    assert result.counter(2, "SENT") == 3
    assert result.counter(0, "EVENTS") == 1 + (1 + 2)


def test_ticks_wait_until_all_is_sent(run):
    cores = [combined(0, 1), *(source(n, n + 1) for n in (1, 2, 3)), delay(1, 4)]
    case = Case(cores, 1, 3, synapses=[(n, 0, 5, 1) for n in (1, 2, 3)], n_stages=2, stage_steps=4)
    case = case.but(spikes=[(0, n) for n in (1, 2, 3)], costs=replace(COSTS, send=15_000))
    result = case.run(run, 7)
    end = cycles(200 + 3 * 15_000)
    assert 2 * PERIOD < end < 3 * PERIOD - 2 * cycles(200)
    # Tick 5 is due within the sending of step 4, and so is tick 6.
    names = ("TICKS", "SENT", "OVERRUNS", "MAX_OVERRUN_PS", "MIN_SLACK_PS")
    assert result.counters(4, *names) == [7, 3, 2, end - PERIOD, PERIOD - end]


def test_sending_may_begin_later(run):
    result = delayed(5, spread_ps=10_000_000).run(run, 6)
    assert result.counter(2, "LATEST_SEND_PS") == 10_000_000 + SEND
    assert result.counter(2, "MIN_SLACK_PS") == PERIOD - 10_000_000 - SEND


def test_packets_are_stored_while_sending_waits(run):
    result = delayed(5, spikes=[(0, 1), (4, 1)], spread_ps=10_000_000).run(run, 10)
    assert result.counters(2, "PROCESSED", "LEFT", "SENT") == [2, 0, 2]
    assert result.inputs() == [(5, 0), (9, 0)]


@pytest.mark.parametrize(("drops_late", "expected"), [(False, [(6, 0)]), (True, [])])
def test_a_packet_left_at_the_tick_is_a_step_later_or_dropped(run, drops_late, expected):
    spread_ps = PERIOD - PACKET // 2 - TO_CORE - SEND
    case = delayed(5)
    cores = [case.cores[0], source(1, 2, spread_ps=spread_ps), case.cores[2]]
    result = case.but(cores=cores, drops_late=drops_late).run(run, 8)
    assert result.counters(2, "LEFT", "FLUSHED") == [1, int(drops_late)]
    assert result.counters(2, "OVERRUNS", "MAX_OVERRUN_PS") == [1, PACKET - PACKET // 2]
    assert result.inputs() == expected
