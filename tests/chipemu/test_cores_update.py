"""Updates: what interrupts those of combined cores, overruns, and starts that are spread."""

from dataclasses import replace

import pytest

from tests.chipemu.by_hand import (
    COSTS,
    LOOKUP,
    PACKET,
    PERIOD,
    SEND,
    SLOT_BYTES,
    TO_CORE,
    Case,
    combined,
    cycles,
    engines,
    fetch_ps,
    neuron,
    row_ps,
    source,
    synapse,
)

pytestmark = engines
TICK = cycles(200 + 35)
FIRED = TICK + cycles(171) + SEND
"""When a combined core with one neuron has sent its packet."""


def firing_and_receiving(time_ps):
    """Core 0 holds neuron 0, which fires, and takes a packet at `time_ps`."""
    cores = [
        combined(0, 1),
        source(2, 3, spread_ps=time_ps - TO_CORE - SEND),
        combined(1, 2),
    ]
    synapses = [(0, 1, 1, 9), (2, 0, 1, 9)]
    return Case(cores, 2, 1, synapses=synapses, spikes=[(0, 2)], firing=(0,))


def sent_ps(result):
    assert result.counter(0, "SENT") == 1
    return result.counter(0, "LATEST_SEND_PS")


def test_a_packet_interrupts_the_update(run):
    result = firing_and_receiving(FIRED - 600_000).run(run, 1)
    # Work left after the lookup is more than the fetch takes, so that no time is lost.
    assert fetch_ps() < 600_000
    assert sent_ps(result) == FIRED + PACKET + LOOKUP + row_ps(1)
    end = result.counter(0, "LATEST_SEND_PS")
    assert result.counter(0, "MIN_SLACK_PS") == PERIOD - end


def test_an_update_that_ends_during_the_fetch_is_not_interrupted_again(run):
    result = firing_and_receiving(FIRED - 100_000).run(run, 1)
    assert sent_ps(result) == FIRED + PACKET + LOOKUP


def test_a_packet_taken_when_another_is_sent_comes_too_late_to_interrupt(run):
    assert sent_ps(firing_and_receiving(FIRED).run(run, 1)) == FIRED
    assert sent_ps(firing_and_receiving(FIRED - 1).run(run, 1)) == FIRED + PACKET + LOOKUP


def test_a_packet_taken_during_the_tick_delays_its_end(run):
    result = firing_and_receiving(TICK - 1).run(run, 1)
    assert sent_ps(result) == FIRED + PACKET + LOOKUP + row_ps(1)
    result = firing_and_receiving(TICK).run(run, 1)
    assert sent_ps(result) == FIRED + PACKET + LOOKUP + row_ps(1)


def test_interruptions_cost_nothing(run):
    result = firing_and_receiving(FIRED - 600_000).run(run, 1)
    assert result.counter(0, "BUSY_PS") == FIRED + PACKET + LOOKUP + row_ps(1)


def test_packets_are_looked_up_before_rows_are_processed(run):
    # The work left is the time of the first fetch, what is left of the second one after the first
    # row, and a little more. So all look-ups and two rows come before the end of the update.
    a_little = 100_000
    left = fetch_ps() + (fetch_ps() - row_ps(1)) + a_little
    assert row_ps(1) + a_little < fetch_ps()
    result = firing_and_receiving(FIRED - left).but(spikes=[(0, 2)] * 3).run(run, 1)
    assert sent_ps(result) == FIRED + 3 * PACKET + 3 * LOOKUP + 2 * row_ps(1)


@pytest.mark.parametrize("n_cycles", [60, 120])
def test_the_interrupt_is_the_time_between_packets(run, n_cycles):
    case = firing_and_receiving(10_000_000).but(spikes=[(0, 2)] * 3)
    result = case.but(costs=replace(COSTS, packet=n_cycles)).run(run, 1)
    assert cycles(n_cycles) > SEND
    assert result.counters(0, "EARLIEST_RECEIVE_PS", "LATEST_RECEIVE_PS") == [
        10_000_000,
        10_000_000 + 2 * cycles(n_cycles),
    ]


def endless(time_ps):
    """As `firing_and_receiving`, but the update never ends."""
    return firing_and_receiving(time_ps).but(costs=replace(COSTS, neuron=100_000))


def test_work_counts_up_to_the_end(run):
    result = endless(50_000_000).run(run, 1)
    assert result.counters(0, "BUSY_PS", "MAX_BUSY_PS") == [PERIOD, PERIOD]


def test_the_work_of_neuron_cores_counts_up_to_the_end(run):
    costs = replace(COSTS, neuron=50_000)
    result = Case([neuron(0, 1), synapse(0, 1)], 1).but(costs=costs).run(run, 1)
    assert result.counter(0, "BUSY_PS") == PERIOD - fetch_ps(SLOT_BYTES)


def test_an_interrupt_is_an_interruption(run):
    begin = PERIOD - PACKET // 2
    result = endless(begin).run(run, 1)
    assert result.counter(0, "PACKETS") == 1
    assert result.counters(0, "BUSY_PS", "MAX_BUSY_PS") == [PERIOD, begin + PACKET]


# overruns


def test_updates_that_overrun_wait_for_each_other(run):
    n = 100
    result = Case([combined(0, n)], n).run(run, 3)
    tick, update = cycles(200 + n * 35), n * cycles(171)
    assert PERIOD < tick + update < PERIOD + tick
    assert result.counters(0, "TICKS", "OVERRUNS", "N_SLACKS") == [3, 2, 2]
    first, second = PERIOD - 2 * tick - update, 2 * PERIOD - 3 * tick - 2 * update
    assert result.counters(0, "MIN_SLACK_PS", "SUM_SLACK_PS") == [second, first + second]
    # The third is cut off by the end of the run, and counted as far as it has come.
    assert result.counters(0, "BUSY_PS", "MAX_BUSY_PS") == [3 * PERIOD, PERIOD]
    assert result.counter(0, "MAX_OVERRUN_PS") == 0


def test_an_update_that_overruns_uses_the_input_of_its_own_step(run):
    n = 100
    idle = Case([combined(0, n), source(n, n + 1)], n, 1, spikes=[(1, n)], also={n: [0]})
    driven = idle.but(synapses=[(n, n - 1, 2, 5000)])
    assert idle.run(run, 5).inputs() == []
    result = driven.run(run, 5)
    assert result.inputs() == [(3, n - 1)]
    assert result.counter(0, "OVERRUNS") == 4


def test_packets_of_an_update_that_overruns_have_its_step(run):
    n = 100
    case = Case([combined(0, n), combined(n, n + 1)], n + 1, synapses=[(n - 1, n, 2, 5000)])
    result = case.but(firing=(n - 1,)).run(run, 4)
    assert result.counter(0, "SENT") == 1
    tick, update = cycles(200 + n * 35), n * cycles(171) + SEND
    assert result.counter(0, "LATEST_SEND_PS") == 2 * tick + update - PERIOD
    assert result.counters(1, "LATE", "SKIPPED") == [1, 0]
    assert result.inputs() == [(2, n)]


def test_neuron_cores_handle_ticks_late(run):
    n = 120
    result = Case([neuron(0, n), synapse(0, n)], n).run(run, 3)
    step = cycles(200 + 50 + n * 10 + n * 171) + fetch_ps(SLOT_BYTES)
    late = step - PERIOD
    assert 0 < late < PERIOD // 2
    names = ("TICKS", "OVERRUNS", "MAX_OVERRUN_PS", "MIN_SLACK_PS")
    assert result.counters(0, *names) == [3, 2, 2 * late, -2 * late]
    assert result.counter(0, "N_SLACKS") == 2


def test_sources_handle_ticks_late(run):
    costs = replace(COSTS, send=15_000)
    case = Case([combined(0, 1), source(1, 2)], 1, 1, spikes=[(0, 1)] * 2)
    result = case.but(costs=costs, synapses=[(1, 0, 1, 9)]).run(run, 2)
    late = cycles(200 + 2 * 15_000) - PERIOD
    assert result.counters(1, "OVERRUNS", "MAX_OVERRUN_PS") == [1, late]
    assert result.counter(1, "MIN_SLACK_PS") == -late
    # The end of the first send belongs to step 0, that of the second to no later one.
    assert result.counters(1, "EARLIEST_SEND_PS", "LATEST_SEND_PS") == [
        cycles(200 + 15_000),
        cycles(200 + 30_000),
    ]


# spread


@pytest.mark.parametrize("spread_ps", [0, 10_000_000])
def test_combined_cores_begin_later(run, spread_ps):
    case = Case(
        [combined(0, 1, spread_ps=spread_ps), combined(1, 2)],
        2,
        synapses=[(0, 1, 1, 9)],
        firing=(0,),
    )
    result = case.run(run, 1)
    assert sent_ps(result) == max(spread_ps, TICK) + cycles(171) + SEND
    assert result.counter(0, "BUSY_PS") == FIRED


def test_combined_cores_take_packets_while_they_wait(run):
    spread_ps = 10_000_000
    assert TICK + PACKET + LOOKUP + fetch_ps() + row_ps(1) < spread_ps
    case = firing_and_receiving(TICK)
    cores = [replace(case.cores[0], spread_ps=spread_ps), *case.cores[1:]]
    result = case.but(cores=cores).run(run, 1)
    assert sent_ps(result) == spread_ps + cycles(171) + SEND


def test_neuron_cores_begin_later(run):
    cores = [neuron(0, 1, spread_ps=10_000_000), synapse(0, 1)]
    result = Case(cores, 1, synapses=[(0, 0, 1, 9)], firing=(0,)).run(run, 2)
    assert sent_ps(result) == 10_000_000 + cycles(171) + SEND
    assert result.counter(0, "SUM_SLACK_PS") == 2 * (PERIOD - 10_000_000 - cycles(171)) - SEND


def test_sources_begin_later(run):
    cores = [combined(0, 1), source(1, 2, spread_ps=10_000_000)]
    case = Case(cores, 1, 1, synapses=[(1, 0, 1, 9)], spikes=[(1, 1)] * 2)
    result = case.run(run, 2)
    assert result.counters(1, "EARLIEST_SEND_PS", "LATEST_SEND_PS") == [
        10_000_000 + SEND,
        10_000_000 + 2 * SEND,
    ]


def test_the_cost_of_a_packet_may_be_nothing(run):
    case = firing_and_receiving(FIRED - 600_000).but(costs=replace(COSTS, packet=0))
    assert sent_ps(case.run(run, 1)) == FIRED + LOOKUP + row_ps(1)
