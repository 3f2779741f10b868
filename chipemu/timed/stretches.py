"""Counters of cores and fabric, stretch by stretch."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.counters import CoreCounter
from chipemu.timed import layout
from chipemu.timed.chips.kernels import count_work
from chipemu.timed.state import N_COUNTERS, Core, Machine, Piece
from chipemu.timed.traffic import Traffic
from chipemu.timed_recording import Stretch
from router.counters import CoreCounter as PortCounter
from router.counters import FabricCounters

__all__ = ["Begin", "begin_stretch", "end_stretch", "unprocessed"]

Longs = NDArray[np.int64]


class Begin(NamedTuple):
    """Where a stretch begins, and what the fabric had counted before."""

    step: int
    time_ps: int
    fabric: FabricCounters
    fates: Longs


def begin_stretch(traffic: Traffic, step: int, time_ps: int) -> Begin:
    """Begin a stretch with tick `step`, which is at `time_ps` on the first chip."""
    return Begin(step, time_ps, _fabric_counters(traffic), traffic.fates.copy())


def end_stretch(begin: Begin, traffic: Traffic, step: int, ends_ps: Longs) -> Stretch:
    """What has been counted since `begin`, up to `ends_ps` on each chip; cores begin anew.

    Parameters
    ----------
    begin : Begin
    traffic : Traffic
        Brought to the latest of the `ends_ps`.
    step : int
        One past the last of the stretch.
    ends_ps : ndarray of int64, shape (n_chips,)
    """
    now_ps, after = int(ends_ps.max()), _fabric_counters(traffic)
    ends_by_row = ends_ps[traffic.machine.cores[:, Core.CHIP]]
    wall_ps = np.zeros_like(ends_by_row)
    wall_ps[traffic.order] = ends_by_row - begin.time_ps
    return Stretch(
        first_step=begin.step,
        stop_step=step,
        cores=_cut_counts(traffic, now_ps),
        fabric=_difference(after, begin.fabric),
        fates=traffic.fates - begin.fates,
        begin_ps=begin.time_ps,
        end_ps=now_ps,
        wall_ps=wall_ps,
    )


def unprocessed(machine: Machine) -> int:
    """Packets in spike buffers, and those whose rows are held or being fetched."""
    cores = machine.cores
    takes = cores[:, Core.BUFFER] >= 0
    under_way = sum(
        np.count_nonzero(cores[takes, column] >= 0) for column in (Core.FETCHING, Core.HELD)
    )
    looked_up = np.count_nonzero(
        takes & (cores[:, Core.PIECE] == Piece.LOOKUP) & (cores[:, Core.LOOKED_UP] >= 0)
    )
    return int(cores[takes, Core.N_BUFFERED].sum()) + int(under_way) + int(looked_up)


def _fabric_counters(traffic: Traffic) -> FabricCounters:
    counters = traffic.fabric.counters()
    core = counters.core.copy()
    core[:, PortCounter.RECEIVED] += traffic.machine.received
    return FabricCounters(counters.router, core, counters.link)


def _cut_counts(traffic: Traffic, now_ps: int) -> Longs:
    """The counters of all cores up to `now_ps`, which begin anew."""
    machine = traffic.machine
    ahead = np.zeros(len(machine.cores), np.int64)
    count_work(machine.cores, machine.chips, now_ps, ahead)
    counted = machine.cores[:, Core.COUNTS : Core.COUNTS + N_COUNTERS]
    counted[:, CoreCounter.BUSY_PS] -= ahead
    counts = np.zeros_like(counted)
    counts[traffic.order] = counted
    counted[:] = layout.fresh_counts(len(counts))
    counted[:, CoreCounter.BUSY_PS] = ahead
    return counts


def _difference(after: FabricCounters, before: FabricCounters) -> FabricCounters:
    return FabricCounters(
        after.router - before.router, after.core - before.core, after.link - before.link
    )
