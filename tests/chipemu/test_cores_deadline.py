"""Synapse cores and their deadline; contributions that come in time, late, or not at all."""

from dataclasses import replace

import pytest

from chipemu.errors import ImageError
from chipemu.image import DirectPoisson
from host.spikesources import poisson_table
from tests.chipemu.by_hand import (
    COSTS,
    LOOKUP,
    PACKET,
    PARAMS,
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
    poisson,
    row_ps,
    source,
    synapse,
)

pytestmark = engines
STEP, WRITE = cycles(3850), cycles(50)
TRANSFER = fetch_ps(SLOT_BYTES)
MARGIN = WRITE + TRANSFER + cycles(200)
ON_CONTROLLER = SLOT_BYTES * PARAMS.sdram_byte_ps
DEADLINE = PERIOD - MARGIN


def arriving(time_ps, **given):
    """An ensemble of one neuron whose synapse core (1) takes a packet at `time_ps`."""
    spread_ps = time_ps - TO_CORE - SEND
    cores = [neuron(0, 1), synapse(0, 1), source(1, 2, spread_ps=spread_ps)]
    synapses, spikes = [(1, 0, 1, 5000), (1, 0, 3, 5000)], [(0, 1)]
    return Case(cores, 1, 1, synapses=synapses, spikes=spikes, **given)


# the margin


def test_the_margin_is_measured_with_all_synapse_cores_of_the_chip(run):
    cores = [neuron(0, 1), synapse(0, 1, 0), synapse(0, 1, 1), neuron(1, 2), synapse(1, 2)]
    result = Case(cores, 2).run(run, 3)
    for place, core in enumerate((1, 2, 4)):
        slack = PERIOD - MARGIN - place * ON_CONTROLLER - STEP
        assert result.counters(core, "MIN_SLACK_PS", "SUM_SLACK_PS") == [slack, 3 * slack]
        assert result.counter(core, "TRANSFERS_MISSED") == 0


def test_the_margin_may_be_given(run):
    result = arriving(PERIOD // 2).but(margin_ps=10_000_000, spikes=[]).run(run, 1)
    assert result.counter(1, "MIN_SLACK_PS") == PERIOD - 10_000_000 - STEP


def test_slack_is_counted_from_the_last_piece(run):
    result = arriving(PERIOD // 2).run(run, 1)
    end = PERIOD // 2 + PACKET + LOOKUP + fetch_ps() + row_ps(2)
    assert result.counter(1, "MIN_SLACK_PS") == DEADLINE - end


def test_a_deadline_within_a_piece(run):
    begin = DEADLINE - 1 - PACKET - LOOKUP - fetch_ps()
    result = arriving(begin).run(run, 1)
    assert result.counter(1, "MIN_SLACK_PS") == 1 - row_ps(2)


# in time and late


@pytest.mark.parametrize(("late_ps", "n_missed"), [(0, 0), (1, 3), (WRITE + TRANSFER, 3)])
def test_contributions_that_end_after_the_tick_are_missed(run, late_ps, n_missed):
    case = arriving(PERIOD // 2).but(margin_ps=WRITE + TRANSFER - late_ps)
    result = case.run(run, 4)
    # One that is asked for after the tick did not run over: it never was in time.
    overrun = late_ps if late_ps < TRANSFER else 0
    assert result.counters(1, "TRANSFERS_MISSED", "MAX_TRANSFER_OVERRUN_PS") == [n_missed, overrun]


@pytest.mark.parametrize(("margin_ps", "n_missed"), [(WRITE + 1, 1), (WRITE, 1)])
def test_one_asked_for_at_the_tick_did_not_run_over(run, margin_ps, n_missed):
    result = arriving(PERIOD // 2).but(margin_ps=margin_ps).run(run, 2)
    assert result.counter(1, "TRANSFERS_MISSED") == n_missed
    overrun = TRANSFER - 1 if margin_ps > WRITE else 0
    assert result.counter(1, "MAX_TRANSFER_OVERRUN_PS") == overrun


def test_what_a_missed_contribution_held_is_lost(run):
    in_time = arriving(PERIOD // 2)
    assert in_time.run(run, 5).inputs() == [(1, 0), (3, 0)]
    assert in_time.but(margin_ps=0).run(run, 5).inputs() == []


def test_a_late_row_may_make_one_contribution_late(run):
    costs = replace(COSTS, row=2_000)
    begin = DEADLINE - 1 - PACKET - LOOKUP - fetch_ps()
    result = arriving(begin).but(costs=costs).run(run, 5)
    assert cycles(2_000) > MARGIN
    assert result.counters(1, "TRANSFERS_MISSED", "MAX_TRANSFER_OVERRUN_PS") == [1, 0]
    assert result.inputs() == [(3, 0)]


# at the deadline


def fetching_at_the_deadline(**given):
    return arriving(DEADLINE - 100_000 - LOOKUP - PACKET, **given)


def test_rows_under_way_at_the_deadline_are_given_up(run):
    result = fetching_at_the_deadline().run(run, 5)
    names = ("PROCESSED", "DMAS", "LEFT", "LATE", "SKIPPED", "MAX_BUFFERED")
    assert result.counters(1, *names) == [2, 1, 1, 1, 1, 1]
    assert result.counter(1, "TRANSFERS_MISSED") == 0
    assert result.inputs() == [(3, 0)]


def test_rows_given_up_may_be_dropped_at_the_tick(run):
    result = fetching_at_the_deadline().but(drops_late=True).run(run, 5)
    assert result.counters(1, "PROCESSED", "DMAS", "LEFT", "FLUSHED") == [1, 0, 1, 1]
    assert result.inputs() == []


def test_rows_given_up_keep_their_order(run):
    # In both steps there is time for both look-ups, in the second for the first row as well.
    costs = replace(COSTS, lookup=5_000, row=5_700)
    cores = [
        neuron(0, 1),
        synapse(0, 1),
        source(1, 2, spread_ps=60_000_000),
        source(2, 3, spread_ps=61_000_000),
    ]
    synapses = [(1, 0, 3, 1), (2, 0, 3, 1), (2, 0, 4, 1)]
    case = Case(cores, 1, 2, synapses=synapses, spikes=[(0, 1), (0, 2)])
    result = case.but(costs=costs).run(run, 2)
    assert result.counters(1, "PROCESSED", "DMAS", "LEFT", "EVENTS") == [4, 3, 2, 1]
    assert result.timed.unprocessed == 1


def test_the_controller_keeps_what_it_was_given(run):
    result = fetching_at_the_deadline(row_bytes=2_000).run(run, 2)
    fetch_begin = DEADLINE - 100_000 + PARAMS.dma_latency_ps
    free = fetch_begin + 2_000 * PARAMS.sdram_byte_ps
    assert free > DEADLINE + WRITE + PARAMS.dma_latency_ps
    end = free + SLOT_BYTES * PARAMS.dma_byte_ps
    assert result.counters(1, "TRANSFERS_MISSED", "MAX_TRANSFER_OVERRUN_PS") == [1, end - PERIOD]


def test_packets_after_the_deadline_wait_for_the_tick(run):
    result = arriving(DEADLINE + 1).run(run, 2)
    assert result.counters(1, "PACKETS", "LEFT", "LATE") == [1, 1, 1]
    assert result.counter(1, "MIN_SLACK_PS") == DEADLINE - STEP - LOOKUP - fetch_ps() - row_ps(2)


# steps that are skipped


def test_a_step_without_time_is_skipped(run):
    case = arriving(PERIOD // 2).but(margin_ps=PERIOD + 1)
    result = case.run(run, 3)
    assert result.counters(1, "TICKS", "SKIPPED_STEPS", "TRANSFERS_MISSED") == [3, 3, 2]
    assert result.counters(1, "BUSY_PS", "PROCESSED", "LEFT") == [PACKET, 0, 2]
    assert result.counters(1, "MIN_SLACK_PS", "SUM_SLACK_PS", "N_SLACKS") == [-1, -3, 3]


def test_a_piece_that_takes_two_steps_skips_one(run):
    row = 36_000
    result = arriving(20_000_000).but(costs=replace(COSTS, row=row)).run(run, 4)
    end = 20_000_000 + PACKET + LOOKUP + fetch_ps() + cycles(row + 2 * 15)
    next_tick = end + WRITE + TRANSFER
    assert PERIOD + DEADLINE < next_tick < 2 * PERIOD + DEADLINE - STEP
    assert result.counters(1, "TICKS", "SKIPPED_STEPS", "TRANSFERS_MISSED") == [4, 1, 2]
    slacks = (
        DEADLINE - end,
        PERIOD + DEADLINE - next_tick,
        2 * PERIOD + DEADLINE - next_tick - STEP,
        DEADLINE - STEP,
    )
    assert result.counters(1, "MIN_SLACK_PS", "SUM_SLACK_PS") == [min(slacks), sum(slacks)]


# SDRAM


def test_neuron_cores_of_a_chip_share_its_memory(run):
    cores = [neuron(0, 1), neuron(1, 2), synapse(0, 1), synapse(1, 2)]
    result = Case(cores, 2).run(run, 1)
    end = cycles(200 + 50 + 10 + 171) + TRANSFER
    assert result.counter(0, "MIN_SLACK_PS") == PERIOD - end
    assert result.counter(1, "MIN_SLACK_PS") == PERIOD - end - ON_CONTROLLER


def test_processors_not_rows_of_the_table_come_first(run):
    cores = [neuron(0, 1, processor=9), neuron(1, 2, processor=5), synapse(0, 1), synapse(1, 2)]
    result = Case(cores, 2).run(run, 1)
    assert result.counter(0, "MIN_SLACK_PS") == result.counter(1, "MIN_SLACK_PS") - ON_CONTROLLER


def test_contributors_are_ordered_by_processor(run):
    cores = [neuron(0, 1), synapse(0, 1, 0, processor=9), synapse(0, 1, 1, processor=5)]
    result = Case(cores, 1).run(run, 1)
    slack = PERIOD - MARGIN - STEP
    assert result.counter(1, "MIN_SLACK_PS") == slack - ON_CONTROLLER
    assert result.counter(2, "MIN_SLACK_PS") == slack


def test_a_slow_memory_limits_a_transfer(run):
    params = replace(PARAMS, sdram_byte_ps=10_000)
    result = Case([neuron(0, 1), synapse(0, 1)], 1, params=params).run(run, 1)
    end = cycles(200 + 50 + 10 + 171) + PARAMS.dma_latency_ps + SLOT_BYTES * 10_000
    assert result.counter(0, "MIN_SLACK_PS") == PERIOD - end


def test_chips_have_memories_of_their_own(run):
    cores = [neuron(0, 1), synapse(0, 1), neuron(1, 2, chip=1), synapse(1, 2, chip=1)]
    result = Case(cores, 2, offset_ps=(0, 0), drift_ppb=(0, 0)).run(run, 1)
    assert result.counter(0, "MIN_SLACK_PS") == result.counter(2, "MIN_SLACK_PS")
    assert result.counter(1, "MIN_SLACK_PS") == result.counter(3, "MIN_SLACK_PS")


# direct Poisson input


def with_poisson_core(**given):
    direct = DirectPoisson(0, 1, 0, 0, poisson_table(30_000.0, 0.1), 1000, 2)
    return Case([neuron(0, 1), synapse(0, 1), poisson(0, 1, 1)], 1, direct=(direct,), **given)


def test_direct_input_comes_a_step_after_it_is_drawn(run):
    result = with_poisson_core().run(run, 20)
    occasions, spikes = result.timed.recording.direct_emitted[0].tolist()
    assert 0 < occasions < spikes
    assert result.inputs()[0][0] >= 1
    assert result.counter(2, "TRANSFERS_MISSED") == 0


def test_direct_input_that_is_missed_is_lost_but_drawn(run):
    costs = replace(COSTS, write=20_000)
    late, in_time = with_poisson_core().but(costs=costs), with_poisson_core()
    lost, kept = late.run(run, 20), in_time.run(run, 20)
    assert lost.counter(2, "TRANSFERS_MISSED") == 19
    assert lost.inputs() == []
    drawn = [result.timed.recording.direct_emitted.tolist() for result in (lost, kept)]
    assert drawn[0] == drawn[1]


def test_direct_input_needs_a_poisson_core(run):
    direct = DirectPoisson(0, 2, 0, 0, poisson_table(100.0, 0.1), 1000, 0)
    case = Case([combined(0, 1), combined(1, 2)], 2, direct=(direct,))
    with pytest.raises(ImageError, match="no Poisson core"):
        case.run(run, 1)
