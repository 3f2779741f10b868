"""Packets that are too many or too late: the spike buffer, colours, dropping."""

import pytest

from tests.chipemu.by_hand import (
    LOOKUP,
    PACKET,
    PERIOD,
    SEND,
    TO_CORE,
    Case,
    combined,
    cycles,
    engines,
    fetch_ps,
    source,
)

pytestmark = engines
IDLE = cycles(200 + 35 + 171)


def arriving(time_ps, *, spikes=((0, 2),), synapses=((2, 0, 1, 5000), (2, 1, 2, 5000)), **given):
    """A source whose first packet in a step is taken `time_ps` after the tick."""
    spread_ps = time_ps - TO_CORE - SEND
    cores = [combined(0, 2), source(2, 3, spread_ps=spread_ps)]
    return Case(cores, 2, 1, synapses=list(synapses), spikes=list(spikes), **given)


# the buffer


def test_packets_that_find_the_buffer_full_are_lost(run):
    case = arriving(2_000_000, spikes=[(0, 2)] * 5).but(spike_buffer=3)
    # They follow each other every SEND, but are taken every PACKET: no time for a decision.
    assert SEND < PACKET
    result = case.run(run, 1)
    assert result.counters(0, "PACKETS", "BUFFER_LOST", "MAX_BUFFERED", "PROCESSED") == [5, 3, 2, 2]


def test_the_buffer_holds_one_less_than_its_entries(run):
    case = arriving(2_000_000, spikes=[(0, 2)] * 5).but(spike_buffer=6)
    result = case.run(run, 1)
    assert result.counters(0, "BUFFER_LOST", "MAX_BUFFERED", "PROCESSED") == [0, 5, 5]


def test_lost_packets_have_no_effect(run):
    case = arriving(2_000_000, spikes=[(0, 2)] * 3)
    all_of_them = case.run(run, 3).timed.recording.i_exc_raw[1, 0]
    two = case.but(spike_buffer=3).run(run, 3).timed.recording.i_exc_raw[1, 0]
    assert 0 < two < all_of_them


# late rows


def row_held_after_the_tick(**given):
    """The fetch is under way at tick 1."""
    return arriving(PERIOD - fetch_ps() // 2 - LOOKUP - PACKET, **given)


def test_colours_tell_where_late_spikes_belong(run):
    result = row_held_after_the_tick().run(run, 4)
    assert result.counters(0, "LATE", "MAX_LATE", "SKIPPED", "EVENTS") == [1, 1, 1, 2]
    assert result.inputs() == [(2, 1)]  # the synapse of delay 1 was due in step 1


def test_without_colours_late_spikes_are_later(run):
    result = row_held_after_the_tick().but(has_colours=False).run(run, 4)
    assert result.counters(0, "LATE", "MAX_LATE", "SKIPPED", "EVENTS") == [1, 1, 0, 2]
    assert result.inputs() == [(2, 0), (3, 1)]


@pytest.mark.parametrize("has_colours", [True, False])
def test_spikes_in_time_are_not_late(run, has_colours):
    result = arriving(PERIOD // 2).but(has_colours=has_colours).run(run, 4)
    assert result.counters(0, "LATE", "MAX_LATE", "SKIPPED") == [0, 0, 0]
    assert result.inputs() == [(1, 0), (2, 1)]


def test_a_row_held_at_the_tick_is_not_left(run):
    result = row_held_after_the_tick().but(drops_late=True).run(run, 4)
    assert result.counters(0, "LEFT", "FLUSHED", "LATE") == [0, 0, 1]


# packets left in the buffer


def left_in_the_buffer(n=1):
    """Taken just before tick 1, so that the interrupt lasts beyond it."""
    return arriving(PERIOD - PACKET // 2 - (n - 1) * PACKET, spikes=[(0, 2)] * n)


def test_late_packets_are_kept(run):
    result = left_in_the_buffer().run(run, 4)
    names = ("LEFT", "MAX_LEFT", "FLUSHED", "PROCESSED", "LATE", "SKIPPED")
    assert result.counters(0, *names) == [1, 1, 0, 1, 1, 1]
    assert result.inputs() == [(2, 1)]


def test_late_packets_are_dropped(run):
    result = left_in_the_buffer(2).but(drops_late=True).run(run, 4)
    names = ("PACKETS", "LEFT", "MAX_LEFT", "FLUSHED", "PROCESSED", "LATE")
    assert result.counters(0, *names) == [2, 2, 2, 2, 0, 0]
    assert result.inputs() == []
    assert result.timed.unprocessed == 0


def test_the_interrupt_puts_the_tick_off(run):
    result = left_in_the_buffer().but(drops_late=True).run(run, 2)
    assert result.counter(0, "BUSY_PS") == 2 * cycles(200 + 2 * 35 + 2 * 171) + PACKET
    late_by = PACKET - PACKET // 2
    step = cycles(200 + 2 * 35 + 2 * 171)
    assert result.counter(0, "MIN_SLACK_PS") == PERIOD - step - late_by
    assert result.counter(0, "OVERRUNS") == 0


def test_receive_times_are_those_since_the_tick(run):
    result = arriving(7_654_321).run(run, 1)
    assert result.counters(0, "EARLIEST_RECEIVE_PS", "LATEST_RECEIVE_PS") == [7_654_321] * 2


def test_packets_at_the_end_of_the_run(run):
    result = left_in_the_buffer().run(run, 1)
    assert result.counters(0, "PACKETS", "PROCESSED") == [1, 0]
    assert result.timed.unprocessed == 1
    assert result.timed.in_flight.tolist() == []


def test_rows_at_the_end_of_the_run(run):
    result = row_held_after_the_tick().run(run, 1)
    assert result.counters(0, "PROCESSED", "DMAS") == [1, 0]
    assert result.timed.unprocessed == 1


def test_packets_in_flight_at_the_end_of_the_run(run):
    result = arriving(PERIOD).run(run, 1)
    assert result.counter(1, "SENT") == 1
    assert result.counter(0, "PACKETS") == 0
    assert result.timed.n_packets == 1
    assert result.timed.in_flight.tolist() == [0]


def test_full_slots_are_counted_and_hold_no_more(run):
    synapses = [(2, 0, 1, 40_000), (2, 0, 1, 40_000), (2, 1, 1, 65_534)]
    result = arriving(2_000_000, synapses=synapses).run(run, 3)
    full = arriving(2_000_000, synapses=[(2, 0, 1, 65_535)]).run(run, 3)
    assert result.timed.recording.saturated.tolist() == [1, 0]
    i_exc = result.timed.recording.i_exc_raw
    assert i_exc[1, 0] == full.timed.recording.i_exc_raw[1, 0] > i_exc[1, 1]
