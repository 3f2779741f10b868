"""The time of a core is busy or idle, to the picosecond, in every stretch; and bytes moved."""

from collections import defaultdict
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chipemu import simpy_engine
from chipemu.counters import CoreCounter
from chipemu.image import DirectPoisson
from chipemu.parts.core import Core
from chipemu.roles import COMBINED, NEURON, POISSON, SYNAPSE
from host.spikesources import poisson_table
from router.packets import CORES_PER_CHIP
from tests.chipemu.by_hand import (
    COSTS,
    LOOKUP,
    PACKET,
    PERIOD,
    ROW_BYTES,
    SEND,
    SLOT_BYTES,
    TO_CORE,
    TO_NEXT_CHIP,
    Case,
    combined,
    cycles,
    delay,
    engines,
    fetch_ps,
    neuron,
    poisson,
    source,
    synapse,
)
from tests.chipemu.test_cores_books import N_STEPS, cases
from tests.parity.random_cores import random_case

TICK = cycles(200 + 35)
IDLE = TICK + cycles(171)
SUMS = [c for c in CoreCounter if not c.name.startswith(("MAX", "MIN", "EARLIEST", "LATEST"))]
BOUNDARIES = st.sets(st.integers(1, N_STEPS - 1), max_size=3)


def busy(result, core):
    """BUSY_PS of each stretch."""
    return [result.counter(core, "BUSY_PS", k) for k in range(len(result.timed.stretches))]


def wall(result, core):
    return [int(stretch.wall_ps[core]) for stretch in result.timed.stretches]


def busiest(result, core):
    return [result.counter(core, "MAX_BUSY_PS", k) for k in range(len(result.timed.stretches))]


# what is under way where a stretch ends


def begun_before(time_ps, **given):
    """Chip 0 has its tick 0 `time_ps` before chip 1 has its tick 1, where a stretch ends."""
    cores = [combined(0, 1), combined(1, 2, chip=1)]
    return Case(cores, 2, offset_ps=(PERIOD - time_ps, 0), drift_ppb=(0, 0), **given)


@engines
def test_a_piece_is_shared_out_among_stretches(run):
    result = begun_before(TICK // 4).run(run, 2, boundaries=(1,))
    assert busy(result, 0) == [TICK // 4, 2 * IDLE - TICK // 4]
    assert busiest(result, 0) == [TICK, IDLE]  # counted in full when it is begun
    assert wall(result, 0) == [PERIOD, 2 * PERIOD - TICK // 4]
    assert busy(result, 1) == [IDLE, IDLE]
    assert wall(result, 1) == [PERIOD, PERIOD]


@engines
@pytest.mark.parametrize("before_ps", [TICK, IDLE])
def test_nothing_is_shared_out_if_nothing_is_under_way(run, before_ps):
    result = begun_before(before_ps).run(run, 2, boundaries=(1,))
    assert busy(result, 0) == [before_ps, 2 * IDLE - before_ps]


@engines
def test_a_piece_may_be_longer_than_a_stretch(run):
    costs = replace(COSTS, tick=50_000)
    case = Case([combined(0, 1)], 1).but(costs=costs)
    result = case.run(run, 4, boundaries=(1, 2, 3))
    work = cycles(50_000 + 35)
    assert 2 * PERIOD < work < 3 * PERIOD
    assert busy(result, 0) == [PERIOD] * 4
    assert busiest(result, 0) == [work, 0, work, 0]


@engines
def test_a_piece_that_the_run_cuts_off_counts_up_to_the_end(run):
    result = Case([combined(0, 1)], 1).but(costs=replace(COSTS, tick=30_000)).run(run, 1)
    assert busy(result, 0) == wall(result, 0) == [PERIOD]
    assert busiest(result, 0) == [cycles(30_000 + 35)]


def received_before(time_ps, core, **given):
    """`core` of chip 1 takes a packet `time_ps` before the first stretch ends, at PERIOD."""
    spread_ps = PERIOD - time_ps - SEND - TO_NEXT_CHIP
    cores = [source(1, 2, spread_ps=spread_ps), *core]
    given = {"offset_ps": (0, 0), "drift_ppb": (0, 0), "spikes": [(0, 1)], **given}
    return Case(cores, 1, 1, **given)


@engines
@pytest.mark.parametrize("before_ps", [1, PACKET // 3, PACKET - 1, PACKET])
def test_an_interrupt_is_shared_out_among_stretches(run, before_ps):
    cores = [combined(0, 1, chip=1)]
    result = received_before(before_ps, cores, synapses=[(1, 0, 2, 9)]).run(run, 2, boundaries=(1,))
    assert result.counter(1, "PACKETS") == 1
    assert busy(result, 1)[0] == IDLE + before_ps
    whole = received_before(before_ps, cores, synapses=[(1, 0, 2, 9)]).run(run, 2)
    assert sum(busy(result, 1)) == busy(whole, 1)[0]


@engines
@pytest.mark.parametrize("before_ps", [1, PACKET // 3, PACKET, PACKET + 1])
def test_an_interrupted_update_is_shared_out_among_stretches(run, before_ps):
    """It is busy all the time, with the update or the packet."""
    costs = replace(COSTS, neuron=100_000)
    case = received_before(before_ps, [combined(0, 1, chip=1)], synapses=[(1, 0, 2, 9)])
    result = case.but(costs=costs).run(run, 2, boundaries=(1,))
    assert result.counter(1, "PACKETS") == 1
    assert busy(result, 1) == wall(result, 1) == [PERIOD, PERIOD]


@engines
@pytest.mark.parametrize("before_ps", [1, PACKET // 3, PACKET, PACKET + 1])
def test_an_interrupted_delay_core_is_shared_out_among_stretches(run, before_ps):
    """In step 2 it takes a packet while it sends that of step 0, where a stretch ends."""
    sent_ps = SEND // 4
    late_ps = PERIOD - before_ps - TO_CORE - SEND
    cores = [
        combined(0, 1),
        source(1, 2),
        source(2, 3, spread_ps=late_ps),
        delay(1, 3, spread_ps=PERIOD - before_ps - sent_ps),
    ]
    synapses = [(1, 0, 3, 9), (2, 0, 3, 9)]
    case = Case(cores, 1, 2, synapses=synapses, spikes=[(0, 1), (2, 2)], stage_steps=2, n_stages=2)
    result = case.run(run, 5, boundaries=(2, 3))
    assert result.counter(3, "PACKETS", 1) == 1
    assert result.counters(3, "SENT", stretch=1) == [before_ps > PACKET + SEND - sent_ps]
    assert busy(result, 3)[1] == cycles(200) + sent_ps + before_ps
    # The other packet is stored in step 3, to be sent in step 5.
    assert sum(busy(result, 3)) == cycles(5 * 200 + 2 * COSTS.delayed) + 2 * PACKET + SEND


@engines
def test_work_before_the_first_tick_is_in_the_account(run):
    """The chip of core 1 ticks half a period after time 0, from which its stretch counts."""
    case = Case(
        [source(1, 2), combined(0, 1, chip=1)],
        1,
        1,
        synapses=[(1, 0, 3, 9)],
        spikes=[(0, 1)],
        offset_ps=(0, PERIOD // 2),
        drift_ppb=(0, 1000),
    )
    result = case.run(run, 2, boundaries=(1,))
    assert wall(result, 1) == [PERIOD, PERIOD + PERIOD // 2 + 2 * PERIOD // 10**6]
    assert [(s.begin_ps, s.end_ps) for s in result.timed.stretches] == [
        (0, PERIOD),
        (PERIOD, PERIOD + wall(result, 1)[1]),
    ]
    one = case.run(run, 1)
    assert one.counter(1, "EVENTS") == 1
    assert busy(one, 1) == [IDLE + PACKET + LOOKUP + cycles(COSTS.row + COSTS.synapse)]


# accounts that balance


def check_accounts(timed, image, deployment, n_steps):
    """Every stretch follows on the one before, and no core works longer than it lasts."""
    edges = [0, *(stretch.end_ps for stretch in timed.stretches)]
    assert [(s.begin_ps, s.end_ps) for s in timed.stretches] == list(pairwise(edges))
    for stretch in timed.stretches[1:]:
        assert stretch.begin_ps == deployment.tick_ps(stretch.first_step).min()
    ends = deployment.tick_ps(n_steps)
    assert edges[-1] == ends.max()
    total = sum(stretch.wall_ps for stretch in timed.stretches)
    np.testing.assert_array_equal(total, ends[image.cores.chip])
    for stretch in timed.stretches:
        worked = stretch.cores[:, CoreCounter.BUSY_PS]
        assert (worked >= 0).all()
        assert (worked <= stretch.wall_ps).all()


@engines
@settings(max_examples=100)
@given(case=cases(), boundaries=BOUNDARIES)
def test_no_core_works_longer_than_a_stretch_lasts(run, case, boundaries):
    timed = case.run(run, N_STEPS, boundaries=sorted(boundaries)).timed
    check_accounts(timed, case.image(), case.deployment(), N_STEPS)


@engines
@settings(max_examples=100)
@given(case=cases(), boundaries=BOUNDARIES)
def test_stretches_add_up_to_the_run(run, case, boundaries):
    whole, parts = (case.run(run, N_STEPS, boundaries=b).timed for b in ((), sorted(boundaries)))
    added = sum(stretch.cores[:, SUMS] for stretch in parts.stretches)
    np.testing.assert_array_equal(added, whole.stretches[0].cores[:, SUMS])


@engines
@settings(max_examples=50)
@given(case=cases(), n_steps=st.integers(1, N_STEPS - 1))
def test_a_stretch_counts_as_a_run_that_ends_there(run, case, n_steps):
    """If all chips tick together."""
    case = case.but(offset_ps=(0,) * case.n_chips, drift_ppb=(0,) * case.n_chips)
    first = case.run(run, N_STEPS, boundaries=(n_steps,)).timed.stretches[0]
    drawn = [spike for spike in case.spikes if spike[0] < n_steps]
    (alone,) = case.but(spikes=drawn).run(run, n_steps).timed.stretches
    np.testing.assert_array_equal(first.cores, alone.cores)
    np.testing.assert_array_equal(first.wall_ps, alone.wall_ps)


class Ledger:
    """When cores of the engine on SimPy do something, noted from outside.

    A piece lasts from when it is begun to when the core decides again, or to the end of the run.
    """

    def __init__(self, monkeypatch):
        self.spans = defaultdict(list)
        self._open = {}
        ledger = self
        begin, begin_update, take = Core.begin, Core.begin_update, Core.take

        def noted(core, *args, how):
            ledger._open[core.number] = core.now_ps
            how(core, *args)

        def taken(core, packet):
            end = core.now_ps + core.params.costs.packet * core.params.cycle_ps
            ledger.spans[core.number].append((core.now_ps, end))
            take(core, packet)

        def set_decide(core, decide):
            core.__dict__["decide"] = lambda: (ledger._close(core.number, core.now_ps), decide())

        monkeypatch.setattr(Core, "begin", lambda c, *args: noted(c, *args, how=begin))
        monkeypatch.setattr(Core, "begin_update", lambda c, *a: noted(c, *a, how=begin_update))
        monkeypatch.setattr(Core, "take", taken)
        decides = property(lambda core: core.__dict__["decide"], set_decide)
        monkeypatch.setattr(Core, "decide", decides, raising=False)

    def _close(self, core, now_ps):
        if core in self._open:
            self.spans[core].append((self._open.pop(core), now_ps))

    def busy_ps(self, core, begin_ps, end_ps):
        """Time from `begin_ps` to `end_ps` in which the core did anything."""
        spans = self.spans[core] + ([(self._open[core], end_ps)] if core in self._open else [])
        total, reached = 0, begin_ps
        for begin, end in sorted(spans):
            total += max(0, min(end, end_ps) - max(begin, reached))
            reached = max(reached, end)
        return total


def test_busy_is_the_time_in_which_something_is_done(monkeypatch):
    """Measured with another watch; the compiled engine is held equal (`tests/parity`)."""
    n_cut = 0
    for seed in range(150):
        case = random_case(seed)
        with monkeypatch.context() as patch:
            ledger = Ledger(patch)
            timed = case.record(simpy_engine)
        image = case.image()
        check_accounts(timed, image, case.deployment(), case.n_steps)
        numbers = CORES_PER_CHIP * image.cores.chip + image.cores.processor
        for stretch in timed.stretches:
            ends = stretch.begin_ps + stretch.wall_ps
            expected = [
                ledger.busy_ps(core, stretch.begin_ps, end)
                for core, end in zip(numbers.tolist(), ends.tolist(), strict=True)
            ]
            worked = stretch.cores[:, CoreCounter.BUSY_PS]
            np.testing.assert_array_equal(worked, expected, err_msg=f"seed {seed}")
        n_cut += len(timed.stretches) > 1
    assert n_cut > 50


# bytes moved


def moved(result, core):
    return [result.counter(core, "DMA_BYTES", k) for k in range(len(result.timed.stretches))]


@engines
def test_rows_fetched_are_moved(run):
    case = Case([combined(0, 1), source(1, 3)], 1, 2, synapses=[(1, 0, 1, 9)], also={2: [0]})
    case = case.but(spikes=[(0, 1), (0, 1), (2, 1), (2, 2)])
    assert moved(case.run(run, 4), 0) == [3 * ROW_BYTES]  # that of source 2 is filtered
    assert moved(case.run(run, 4, boundaries=(2,)), 0) == [2 * ROW_BYTES, ROW_BYTES]
    empty = case.but(filters_empty_rows=False).run(run, 4)
    assert moved(empty, 0) == [4 * ROW_BYTES]
    assert moved(empty, 1) == [0]


@engines
def test_contributions_are_moved_once_by_each_side(run):
    direct = DirectPoisson(0, 1, 0, 2, poisson_table(0.0, 0.1), 100, 4)
    cores = [neuron(0, 1), synapse(0, 1), synapse(0, 1, 1), poisson(0, 1, 2), source(1, 2)]
    case = Case(cores, 1, 1, synapses=[(1, 0, 1, 9, 0)], spikes=[(1, 1)], direct=(direct,))
    result = case.run(run, 4)
    assert moved(result, 0) == [4 * 3 * SLOT_BYTES]
    assert moved(result, 1) == [4 * SLOT_BYTES + ROW_BYTES]
    assert moved(result, 2) == moved(result, 3) == [4 * SLOT_BYTES]


@engines
def test_fetches_given_up_are_moved(run):
    """The row is being fetched at the deadline, and once more in the next step."""
    margin_ps, n_bytes = 20_000_000, 3000
    deadline = PERIOD - margin_ps
    spread_ps = deadline - fetch_ps(n_bytes) // 2 - LOOKUP - PACKET - TO_CORE - SEND
    cores = [neuron(0, 1), synapse(0, 1), source(1, 2, spread_ps=spread_ps)]
    case = Case(cores, 1, 1, synapses=[(1, 0, 3, 9)], spikes=[(0, 1)], row_bytes=n_bytes)
    result = case.but(margin_ps=margin_ps).run(run, 2)
    assert result.counters(1, "PROCESSED", "DMAS") == [2, 1]
    assert moved(result, 1) == [2 * (n_bytes + SLOT_BYTES)]


@engines
@pytest.mark.parametrize(("early_ps", "expected"), [(1, [1, 0]), (0, [0, 1])])
def test_bytes_count_when_their_transfer_starts(run, early_ps, expected):
    spread_ps = PERIOD - early_ps - LOOKUP - PACKET - TO_CORE - SEND
    cores = [combined(0, 1), source(1, 2, spread_ps=spread_ps)]
    case = Case(cores, 1, 1, synapses=[(1, 0, 3, 9)], spikes=[(0, 1)])
    result = case.run(run, 2, boundaries=(1,))
    assert moved(result, 0) == [ROW_BYTES * n for n in expected]
    assert [result.counter(0, "DMAS", k) for k in (0, 1)] == [0, 1]


@engines
def test_a_transfer_that_waits_counts_when_it_starts(run):
    """The neuron core asks for its second contribution while the first is on its way."""
    cores = [neuron(0, 1), synapse(0, 1), synapse(0, 1, 1), combined(1, 2, chip=1)]
    first_asked = cycles(200 + 50)
    second_starts = first_asked + fetch_ps(SLOT_BYTES)
    assert first_asked + cycles(50) < second_starts
    for early_ps, n in ((0, 1), (1, 2)):
        offset_ps = PERIOD - second_starts - early_ps
        case = Case(cores, 2, offset_ps=(offset_ps, 0), drift_ppb=(0, 0))
        result = case.run(run, 2, boundaries=(1,))
        assert moved(result, 0) == [n * SLOT_BYTES, (4 - n) * SLOT_BYTES]


@engines
@settings(max_examples=60)
@given(case=cases())
def test_cores_move_what_they_fetch_read_and_write(run, case):
    """All rows are of one size; a transfer may be under way at the end, or be given up."""
    result = case.run(run, N_STEPS)
    n_buffers = 1 + max(core.buffer for core in case.cores)
    for row, core in enumerate(case.cores):
        n_bytes, n_rows, n_ticks = result.counters(row, "DMA_BYTES", "DMAS", "TICKS")
        if core.role == COMBINED:
            assert n_bytes - n_rows * case.row_bytes in {0, case.row_bytes}
        elif core.role == SYNAPSE:
            assert n_bytes >= n_rows * case.row_bytes
        elif core.role == NEURON:
            assert n_bytes % SLOT_BYTES == 0
            assert n_bytes <= n_ticks * n_buffers * SLOT_BYTES
        elif core.role == POISSON and core.buffer >= 0:
            assert n_bytes in {n_ticks * SLOT_BYTES, (n_ticks - 1) * SLOT_BYTES}
        else:
            assert n_bytes == 0  # sources and delay cores
