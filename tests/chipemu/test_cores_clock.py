"""Clocks of chips, ends of runs, and stretches."""

import numpy as np
import pytest

from chipemu.counters import NONE_PS, CoreCounter
from chipemu.errors import ImageError
from router import Link, mesh
from router.counters import CoreCounter as FabricCoreCounter
from router.events import Fate
from router.params import FabricParams
from tests.chipemu.by_hand import (
    PERIOD,
    SEND,
    TO_NEXT_CHIP,
    Case,
    combined,
    cycles,
    engines,
    source,
)

pytestmark = engines
IDLE = cycles(200 + 35 + 171)


def two_chips(offset_ps=(0, 0), drift_ppb=(0, 0), **given):
    """A source on chip 0, which fires in step 0, and its target on chip 1."""
    cores = [source(1, 2), combined(0, 1, chip=1)]
    given = {"synapses": [(1, 0, 1, 5000)], "spikes": [(0, 1)], **given}
    return Case(cores, 1, 1, offset_ps=offset_ps, drift_ppb=drift_ppb, **given)


# offset and drift


def test_times_are_counted_from_the_tick_of_the_chip(run):
    result = two_chips(offset_ps=(700_000, 200_000)).run(run, 1)
    assert result.counter(0, "LATEST_SEND_PS") == cycles(200) + SEND
    received = 500_000 + cycles(200) + SEND + TO_NEXT_CHIP
    assert result.counter(1, "LATEST_RECEIVE_PS") == received


def test_a_packet_may_come_before_the_first_tick(run):
    case = two_chips(offset_ps=(0, PERIOD // 2))
    result = case.run(run, 3)
    assert result.counters(1, "PACKETS", "MAX_RECEIVED", "PROCESSED", "LATE") == [1, 1, 1, 0]
    assert result.counters(1, "EARLIEST_RECEIVE_PS", "LATEST_RECEIVE_PS") == [NONE_PS, -1]
    assert result.counters(1, "LEFT", "MAX_LEFT") == [1, 1]
    assert result.inputs() == [(1, 0)]


def test_packets_before_the_first_tick_may_be_dropped(run):
    result = two_chips(offset_ps=(0, PERIOD // 2)).but(drops_late=True).run(run, 3)
    assert result.counters(1, "PACKETS", "FLUSHED", "PROCESSED") == [1, 1, 0]


def test_drift_makes_steps_longer(run):
    result = Case([combined(0, 1)], 1, drift_ppb=(10**6,)).run(run, 3)
    slack = PERIOD + PERIOD // 1000 - IDLE
    assert result.counters(0, "MIN_SLACK_PS", "SUM_SLACK_PS") == [slack, 3 * slack]


def test_drift_is_rounded_down(run):
    result = Case([combined(0, 1)], 1, offset_ps=(5,), drift_ppb=(-15,)).run(run, 1)
    assert result.counter(0, "MIN_SLACK_PS") == PERIOD - 2 - IDLE  # -1.5 ps


def test_a_chip_stops_at_its_own_end(run):
    # What the source sends in step 1 comes after the end of the other chip, before that of its own.
    case = two_chips(offset_ps=(PERIOD // 2, 0), spikes=[(0, 1), (1, 1)])
    cores = [source(1, 2, spread_ps=PERIOD * 6 // 10), combined(0, 1, chip=1)]
    result = case.but(cores=cores).run(run, 2)
    assert result.counter(0, "SENT") == 2
    assert result.counters(1, "TICKS", "PACKETS", "N_SLACKS") == [2, 1, 2]
    fabric = result.timed.stretches[0].fabric
    assert fabric.core[:, FabricCoreCounter.RECEIVED].sum() == 2
    assert result.timed.unprocessed == 0


def test_work_that_lasts_beyond_the_end_is_not_done(run):
    n = 100
    case = Case([combined(0, n), combined(n, n + 1, chip=1)], n + 1)
    case = case.but(offset_ps=(0, PERIOD // 2), drift_ppb=(0, 0))
    assert cycles(200 + n * (35 + 171)) < PERIOD + PERIOD // 2
    result = case.run(run, 1)
    assert result.counters(0, "TICKS", "N_SLACKS", "BUSY_PS") == [1, 0, PERIOD]


def test_the_fabric_runs_until_the_last_chip_ends(run):
    case = two_chips(offset_ps=(0, PERIOD // 2)).but(
        cores=[source(1, 2, spread_ps=PERIOD - SEND - 1), combined(0, 1, chip=1)]
    )
    result = case.run(run, 1)
    assert result.counters(1, "PACKETS", "LATE") == [1, 0]
    assert result.timed.in_flight.tolist() == []


def test_clocks_that_come_too_far_apart_are_refused(run):
    with pytest.raises(ImageError, match="ticks 0 of the chips lie 100 us apart"):
        two_chips(offset_ps=(0, PERIOD)).run(run, 1)


def test_no_chip_may_be_a_tick_ahead_of_another(run):
    """Periods that are too short let tick 1 of one chip come before tick 0 of the other."""
    case = two_chips(offset_ps=(0, PERIOD - 10_000), drift_ppb=(-(10**5), -(10**5)))
    with pytest.raises(ImageError, match=r"lie 99\.99 us apart, limit the period of 99\.99 us"):
        case.run(run, 1)
    case.but(offset_ps=(0, PERIOD - 10_001)).run(run, 1)


def test_cores_must_exist(run):
    case = Case([combined(0, 1, processor=17)], 1)
    assert case.run(run, 1).counter(0, "TICKS") == 1
    case = case.but(fabric=FabricParams(is_reinjecting=True))
    with pytest.raises(ImageError, match="core 0 is processor 17 of chip 0"):
        case.run(run, 1)


# stretches


def driven(**given):
    spikes = [(0, 1), (1, 1), (1, 1), (3, 1)]
    return two_chips(spikes=spikes, **given)


def test_stretches_begin_at_boundaries(run):
    result = driven().run(run, 5, boundaries=(1, 3))
    stretches = result.timed.stretches
    assert [(s.first_step, s.stop_step) for s in stretches] == [(0, 1), (1, 3), (3, 5)]
    assert [result.counter(0, "SENT", k) for k in range(3)] == [1, 2, 1]
    assert [result.counter(1, "TICKS", k) for k in range(3)] == [1, 2, 2]
    assert [result.counter(1, "N_SLACKS", k) for k in range(3)] == [1, 2, 2]
    sent = [s.fabric.core[:, FabricCoreCounter.SENT].sum() for s in stretches]
    assert sent == [1, 2, 1]


def test_work_under_way_counts_up_to_the_end_of_a_stretch(run):
    n = 100
    work = cycles(200 + n * (35 + 171))
    case = Case([combined(0, n), combined(n, n + 1, chip=1)], n + 1)
    # Chip 0 is within its update when chip 1 begins step 1.
    case = case.but(offset_ps=(PERIOD // 10, 0), drift_ppb=(0, 0))
    result = case.run(run, 2, boundaries=(1,))
    assert work > PERIOD
    assert result.counters(0, "BUSY_PS", "MAX_BUSY_PS") == [PERIOD - PERIOD // 10] * 2
    names = ("BUSY_PS", "MAX_BUSY_PS", "OVERRUNS")
    assert result.counters(0, *names, stretch=1) == [PERIOD + PERIOD // 10, PERIOD, 1]


def test_a_packet_taken_when_a_stretch_ends_belongs_to_the_next(run):
    for early, expected in ((0, [0, 1]), (1, [1, 0])):
        spread_ps = PERIOD - early - SEND - TO_NEXT_CHIP
        cores = [source(1, 2, spread_ps=spread_ps), combined(0, 1, chip=1)]
        result = two_chips().but(cores=cores).run(run, 2, boundaries=(1,))
        assert [result.counter(1, "PACKETS", k) for k in (0, 1)] == expected
        received = [
            s.fabric.core[:, FabricCoreCounter.RECEIVED].sum() for s in result.timed.stretches
        ]
        assert received == expected


def test_extremes_begin_anew(run):
    result = driven().run(run, 5, boundaries=(2, 3))
    assert [result.counter(1, "MAX_RECEIVED", k) for k in range(3)] == [2, 0, 1]
    assert [result.counter(0, "LATEST_SEND_PS", k) for k in range(3)] == [
        cycles(200) + 2 * SEND,
        -1,
        cycles(200) + SEND,
    ]
    assert result.counter(0, "EARLIEST_SEND_PS", 1) == NONE_PS
    assert result.counter(1, "MIN_SLACK_PS", 1) == PERIOD - IDLE


@pytest.mark.parametrize("offset_ps", [(0, 0), (PERIOD // 2, 0), (0, PERIOD // 2)])
def test_stretches_add_up(run, offset_ps):
    whole, parts = (
        driven(offset_ps=offset_ps).run(run, 5, boundaries=boundaries)
        for boundaries in ((), (1, 2, 4))
    )
    sums = [c for c in CoreCounter if not c.name.startswith(("MAX", "MIN", "EARLIEST", "LATEST"))]
    (one,) = whole.timed.stretches
    added = sum(s.cores[:, sums] for s in parts.timed.stretches)
    np.testing.assert_array_equal(added, one.cores[:, sums])
    router = sum(s.fabric.router for s in parts.timed.stretches)
    np.testing.assert_array_equal(router, one.fabric.router)
    most = np.max([s.cores for s in parts.timed.stretches], axis=0)
    np.testing.assert_array_equal(
        most[:, CoreCounter.MAX_RECEIVED], one.cores[:, CoreCounter.MAX_RECEIVED]
    )


def test_a_stretch_begins_with_the_first_chip(run):
    result = two_chips(offset_ps=(0, PERIOD // 2)).run(run, 2, boundaries=(1,))
    assert [result.counter(0, "TICKS", k) for k in (0, 1)] == [1, 1]
    # Chip 1 has its tick 0 and its update within step 0 of chip 0, its tick 1 in the next.
    assert [result.counter(1, "TICKS", k) for k in (0, 1)] == [1, 1]
    result = two_chips(offset_ps=(PERIOD // 2, 0)).run(run, 2, boundaries=(1,))
    assert [result.counter(0, "TICKS", k) for k in (0, 1)] == [1, 1]


def test_lost_packets_are_told_by_stretch(run):
    case = Case(
        [source(1, 2, chip=1), combined(0, 1)],
        1,
        1,
        synapses=[(1, 0, 1, 5000)],
        spikes=[(0, 1), (2, 1), (2, 1)],
        offset_ps=(0, 0),
        drift_ppb=(0, 0),
        topology=mesh(2, 1, dead_links=[(0, 0, Link.E)]),
    )
    stretches = case.run(run, 4, boundaries=(1,)).timed.stretches
    assert [s.fates[Fate.DROPPED] for s in stretches] == [1, 2]
    assert [s.fates.sum() for s in stretches] == [1, 2]


def test_progress_is_told_by_step(run):
    told = []
    two_chips().run(run, 5, advance=told.append)
    assert sum(told) == 5
