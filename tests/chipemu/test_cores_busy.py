"""What every kind of core costs in a step, idle and with something to do."""

from dataclasses import replace

import pytest

from chipemu.image import DirectPoisson, PoissonSource
from host.spikesources import poisson_table
from tests.chipemu.by_hand import (
    COSTS,
    LOOKUP,
    PACKET,
    PERIOD,
    SEND,
    SLOT_BYTES,
    Case,
    combined,
    cycles,
    delay,
    engines,
    fetch_ps,
    neuron,
    poisson,
    row_ps,
    source,
    synapse,
)

pytestmark = engines
SILENT = poisson_table(0.0, 0.1)
N_STEPS = 4


def busy(result, core):
    return result.counters(core, "BUSY_PS", "MAX_BUSY_PS")


def slack(result, core):
    return result.counters(core, "MIN_SLACK_PS", "SUM_SLACK_PS", "N_SLACKS")


# idle


def test_idle_combined_core(run):
    result = Case([combined(0, 3)], 3).run(run, N_STEPS)
    step = cycles(200 + 3 * 35 + 3 * 171)
    assert busy(result, 0) == [N_STEPS * step, step]
    assert slack(result, 0) == [PERIOD - step, N_STEPS * (PERIOD - step), N_STEPS]
    assert result.counter(0, "TICKS") == N_STEPS


def test_idle_neuron_core(run):
    result = Case([neuron(0, 3), synapse(0, 3)], 3).run(run, N_STEPS)
    step = cycles(200 + 50 + 3 * 10 + 3 * 171)
    assert busy(result, 0) == [N_STEPS * step, step]
    end = step + fetch_ps(SLOT_BYTES)
    assert slack(result, 0) == [PERIOD - end, N_STEPS * (PERIOD - end), N_STEPS]


def test_neuron_core_reads_two_contributions_ahead(run):
    cores = [neuron(0, 3), *(synapse(0, 3, buffer) for buffer in range(3))]
    result = Case(cores, 3).run(run, 1)
    assert result.counter(0, "BUSY_PS") == cycles(200 + 3 * 50 + 3 * 30 + 3 * 171)
    # The second read is over before the first transfer; so is the third before the second one.
    transfer = fetch_ps(SLOT_BYTES)
    third = max(cycles(200 + 50) + 2 * transfer, cycles(200 + 50 + 30 + 50) + transfer)
    end = third + transfer + cycles(30 + 3 * 171)
    assert result.counter(0, "MIN_SLACK_PS") == PERIOD - end


def test_idle_synapse_core(run):
    result = Case([neuron(0, 3), synapse(0, 3)], 3).run(run, N_STEPS)
    assert busy(result, 1) == [N_STEPS * cycles(3850 + 50), cycles(3850 + 50)]
    deadline = PERIOD - (cycles(50 + 200) + fetch_ps(SLOT_BYTES))
    assert slack(result, 1)[0] == deadline - cycles(3850)
    assert slack(result, 1)[1:] == [N_STEPS * (deadline - cycles(3850)), N_STEPS]
    assert result.counters(1, "DMAS", "TRANSFERS_MISSED") == [0, 0]


def test_idle_poisson_core_of_an_ensemble(run):
    direct = DirectPoisson(0, 3, 0, 0, SILENT, 100, 2)
    cores = [neuron(0, 3), synapse(0, 3), poisson(0, 3, 1)]
    result = Case(cores, 3, direct=(direct,)).run(run, N_STEPS)
    step = cycles(200 + 3 * 58 + 50)
    assert busy(result, 2) == [N_STEPS * step, step]
    # The neuron core's first transfer began to move data before, and is done before this starts.
    assert cycles(200 + 50) + fetch_ps(SLOT_BYTES) > step
    assert cycles(200 + 50) + 150_000 + SLOT_BYTES * 1_111 < step + 150_000
    end = step + fetch_ps(SLOT_BYTES)
    assert slack(result, 2) == [PERIOD - end, N_STEPS * (PERIOD - end), N_STEPS]
    assert result.counter(2, "TRANSFERS_MISSED") == 0


@pytest.mark.parametrize("core", [source(1, 6), poisson(1, 6, -1)])
def test_idle_poisson_sources(run, core):
    sources = PoissonSource(1, 6, 1, 0, SILENT)
    result = Case([combined(0, 1), core], 1, 5, poisson=(sources,)).run(run, N_STEPS)
    step = cycles(200 + 5 * 58)
    assert busy(result, 1) == [N_STEPS * step, step]
    assert slack(result, 1) == [PERIOD - step, N_STEPS * (PERIOD - step), N_STEPS]


@pytest.mark.parametrize("core", [source(1, 6), delay(1, 6)])
def test_idle_spike_arrays_and_delay_cores(run, core):
    result = Case([combined(0, 1), core], 1, 5).run(run, N_STEPS)
    step = cycles(200)
    assert busy(result, 1) == [N_STEPS * step, step]
    assert slack(result, 1) == [PERIOD - step, N_STEPS * (PERIOD - step), N_STEPS]


# with something to do


def test_combined_core_with_a_packet(run):
    case = Case(
        [combined(0, 3), source(3, 4)], 3, 1, synapses=[(3, 0, 1, 9), (3, 2, 4, 9)], spikes=[(1, 3)]
    )
    result = case.run(run, N_STEPS)
    idle = cycles(200 + 3 * 35 + 3 * 171)
    loaded = idle + PACKET + LOOKUP + row_ps(2)
    assert busy(result, 0) == [(N_STEPS - 1) * idle + loaded, loaded]
    assert result.counters(0, "PACKETS", "PROCESSED", "DMAS", "EVENTS") == [1, 1, 1, 2]
    assert result.counter(0, "LATE") == 0


def test_parts_of_a_row_cost_each(run):
    case = Case(
        [combined(0, 1), source(1, 2)], 1, 1, synapses=[(1, 0, 1, 9)], spikes=[(0, 1)], n_rows=3
    )
    idle = cycles(200 + 35 + 171)
    assert case.run(run, 1).counter(0, "BUSY_PS") == idle + PACKET + LOOKUP + row_ps(1, 3)


def test_synapse_core_with_a_packet(run):
    case = Case(
        [neuron(0, 3), synapse(0, 3), source(3, 4)],
        3,
        1,
        synapses=[(3, 0, 1, 9), (3, 2, 4, 9)],
        spikes=[(1, 3)],
    )
    result = case.run(run, N_STEPS)
    loaded = cycles(3850 + 50) + PACKET + LOOKUP + row_ps(2)
    assert busy(result, 1) == [(N_STEPS - 1) * cycles(3850 + 50) + loaded, loaded]
    assert result.counters(1, "PACKETS", "PROCESSED", "DMAS", "EVENTS") == [1, 1, 1, 2]


def test_rows_are_fetched_while_others_are_processed(run):
    case = Case(
        [neuron(0, 1), synapse(0, 1), source(1, 2)],
        1,
        1,
        synapses=[(1, 0, 1, 9)],
        spikes=[(0, 1)] * 3,
        params=replace(Case([], 0).params, margin_ps=10_000_000),
    )
    result = case.run(run, 1)
    first_held = cycles(3850) + 3 * PACKET + LOOKUP + fetch_ps()
    assert row_ps(1) < fetch_ps()  # so that the core waits for every fetch
    end = first_held + 2 * (LOOKUP + fetch_ps()) + row_ps(1)
    assert result.counter(1, "MIN_SLACK_PS") == PERIOD - 10_000_000 - end


def test_neurons_that_fire(run):
    case = Case([combined(0, 3), combined(3, 4)], 4, synapses=[(0, 3, 1, 9)], firing=(0, 1))
    result = case.run(run, 2)
    idle = cycles(200 + 3 * 35 + 3 * 171)
    assert result.spikes() == [(0, 0), (0, 1)]
    assert busy(result, 0) == [2 * idle + 2 * SEND, idle + 2 * SEND]
    # Neuron 1 has no key: it costs as much, but sends nothing.
    assert result.counters(0, "SENT", "EARLIEST_SEND_PS", "LATEST_SEND_PS") == [
        1,
        *[cycles(200 + 3 * 35 + 171) + SEND] * 2,
    ]
    assert result.timed.n_packets == 1


def test_neuron_core_that_fires(run):
    cores = [neuron(0, 2), synapse(0, 2)]
    case = Case(cores, 2, synapses=[(0, 1, 1, 9), (1, 0, 1, 9)], firing=(0, 1))
    result = case.run(run, 1)
    begin = cycles(200 + 50 + 2 * 10) + fetch_ps(SLOT_BYTES)
    neuron_ps = cycles(171) + SEND
    assert result.counters(0, "SENT", "EARLIEST_SEND_PS", "LATEST_SEND_PS") == [
        2,
        begin + neuron_ps,
        begin + 2 * neuron_ps,
    ]
    assert result.counter(0, "MIN_SLACK_PS") == PERIOD - begin - 2 * neuron_ps


def test_sources_that_fire(run):
    spikes = [(0, 2), (0, 1), (0, 2), (1, 1)]
    synapses = [(1, 0, 1, 9), (2, 0, 1, 9)]
    case = Case([combined(0, 1), source(1, 3)], 1, 2, synapses=synapses, spikes=spikes)
    result = case.run(run, 2)
    assert busy(result, 1) == [cycles(2 * 200) + 4 * SEND, cycles(200) + 3 * SEND]
    assert result.counters(1, "SENT", "EARLIEST_SEND_PS", "LATEST_SEND_PS") == [
        4,
        cycles(200) + SEND,
        cycles(200) + 3 * SEND,
    ]
    assert result.spikes() == [(0, 1), (0, 2), (0, 2), (1, 1)]
    assert result.counters(0, "PACKETS", "MAX_RECEIVED", "MAX_PROCESSED") == [4, 3, 3]


# rows without synapses


@pytest.mark.parametrize(
    ("filters", "without_row", "n_filtered"),
    [(True, (), 1), (False, (), 0), (False, ((0, 1),), 1)],
    ids=["filter", "no filter", "no row"],
)
def test_packets_without_synapses(run, filters, without_row, n_filtered):
    case = Case(
        [combined(0, 1), source(1, 2)],
        1,
        1,
        spikes=[(0, 1)],
        also={1: [0]},
        without_row=without_row,
    ).but(filters_empty_rows=filters)
    result = case.run(run, 1)
    assert result.counters(0, "PROCESSED", "FILTERED", "DMAS") == [1, n_filtered, 1 - n_filtered]
    work = cycles(200 + 35 + 171) + PACKET + cycles(94)
    row = 0 if n_filtered else cycles(392 + COSTS.row)
    assert result.counter(0, "BUSY_PS") == work + row
