"""Rare times, and arrays that fill up at them: cases that once set the two engines apart."""

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
    delay,
    engines,
    fetch_ps,
    neuron,
    source,
    synapse,
)

pytestmark = engines


def test_fetches_that_take_no_time_count(run):
    case = Case([combined(0, 1), source(1, 2)], 1, 1, synapses=[(1, 0, 2, 100)], spikes=[(0, 1)])
    result = case.but(dma_latency_ps=0, dma_byte_ps=0, sdram_byte_ps=0).run(run, 2)
    assert result.counters(0, "PROCESSED", "DMAS", "EVENTS") == [1, 1, 1]


def test_a_fetch_that_ends_where_a_stretch_begins_counts_in_that_one(run):
    spread_ps = PERIOD - fetch_ps() - LOOKUP - PACKET - TO_CORE - SEND
    cores = [combined(0, 1), source(1, 2, spread_ps=spread_ps)]
    case = Case(cores, 1, 1, synapses=[(1, 0, 2, 100)], spikes=[(0, 1)])
    result = case.run(run, 2, boundaries=(1,))
    assert [result.counter(0, "DMAS", stretch) for stretch in range(2)] == [0, 1]


@pytest.mark.parametrize("later_ps", [0, PERIOD // 2])
def test_slots_have_passed_though_other_chips_tick_later(run, later_ps):
    cores = [combined(0, 1), source(2, 3, spread_ps=PERIOD + 1_000_000), combined(1, 2, chip=1)]
    clocks = {"offset_ps": (0, later_ps), "drift_ppb": (0, 0)}
    case = Case(cores, 2, 1, synapses=[(2, 0, 1, 5000)], spikes=[(0, 2)], **clocks)
    result = case.run(run, 4)
    assert result.counters(0, "LATE", "SKIPPED") == [1, 1]
    assert result.inputs() == []


def test_rows_later_than_a_stage_skip_synapses_of_that_stage_alone(run):
    cores = [combined(0, 1), source(1, 2, spread_ps=2 * PERIOD + 1_000_000), delay(1, 2)]
    synapses, stages = [(1, 0, 1, 100), (1, 0, 2, 100)], {"stage_steps": 1, "n_stages": 2}
    result = Case(cores, 1, 1, synapses=synapses, spikes=[(0, 1)], **stages).run(run, 3)
    assert result.counters(0, "EVENTS", "MAX_LATE", "SKIPPED") == [1, 2, 1]


def test_rows_given_up_are_not_fetched_though_no_more_rows_can_be_noted(run, monkeypatch):
    """The second fetch would end between deadline and tick; the first row fills the log."""
    monkeypatch.setattr("chipemu.timed.layout.LOG_ENTRIES", 1)
    n_bytes, margin_ps = 3000, 20_000_000
    until_second_fetch = 2 * PACKET + 2 * LOOKUP + fetch_ps(n_bytes)
    first_ps = PERIOD - margin_ps - until_second_fetch - fetch_ps(n_bytes) // 2
    spread_ps = first_ps - SEND - TO_CORE
    cores = [neuron(0, 1), synapse(0, 1), source(1, 2, spread_ps=spread_ps)]
    case = Case(cores, 1, 1, synapses=[(1, 0, 1, 100)], spikes=2 * [(0, 1)], row_bytes=n_bytes)
    result = case.but(margin_ps=margin_ps).run(run, 1)
    assert result.counters(1, "PROCESSED", "DMAS", "EVENTS") == [2, 1, 1]
    assert result.timed.unprocessed == 1


def test_chips_send_in_time_though_others_fill_the_room_for_packets(run, monkeypatch):
    monkeypatch.setattr("chipemu.timed.traffic.PACKETS_AT_ONCE", 33)
    cores = [combined(0, 1), source(1, 2), source(2, 3, chip=1)]
    synapses, spikes = [(1, 0, 1, 1), (2, 0, 1, 1)], [*(200 * [(0, 1)]), (0, 2)]
    clocks = {"offset_ps": (0, 30_000_000), "drift_ppb": (0, 0)}
    case = Case(cores, 1, 2, synapses=synapses, spikes=spikes, **clocks)
    result = case.run(run, 1)
    assert [result.counter(core, "SENT") for core in (1, 2)] == [200, 1]
    assert result.counter(2, "EARLIEST_SEND_PS") == cycles(200) + SEND
