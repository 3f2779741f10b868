"""Driving a fabric with the packets of an experiment, and counting what comes of them."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from fixedpoint.jit import is_warm
from host.errors import ConfigError
from host.machines import MachineSpec, build_topology
from host.progress import COMPILING, Progress, SilentProgress
from host.traffic.experiment import Experiment, Group
from host.traffic.generate import batches, draw_seed
from host.traffic.latency import LatencyHistogram
from host.traffic.results import (
    Deadlock,
    GroupResult,
    Results,
    link_load,
    network_tester_counters,
)
from host.traffic.workload import AS_THE_GROUP, Streams, Workload, lay_out
from mapping.machine import Machine
from router.books import Ledger, check_books
from router.counters import CoreCounter, FabricCounters, RouterCounter
from router.deadlock import describe, find_cycle
from router.events import Activity, Fate, Stall, TraceFilter
from router.interface import AnyFabric, FabricMaker
from router.packets import Sends
from router.params import FabricParams
from router.strict import check_sends, check_tables
from router.topology import Topology

__all__ = ["ENGINES", "Observer", "run_experiment", "run_workload"]

ENGINES = ("auto", "compiled", "reference")

Observer = Callable[[Sends, Activity], None]
"""Is told the packets of each block, and what happened in it."""


def run_experiment(
    experiment: Experiment,
    machine: MachineSpec,
    *,
    engine: str = "auto",
    progress: Progress | None = None,
) -> Results:
    """Run each group of `experiment` on an empty `machine`.

    Parameters
    ----------
    experiment : Experiment
    machine : MachineSpec
        As from `host.machines.load_machine`; a number of boards "auto" counts as 1.
    engine : {"auto", "compiled", "reference"}
    progress : Progress, optional

    Returns
    -------
    Results
        The same for every engine.

    Raises
    ------
    ConfigError
        On an unknown engine, and as of `lay_out`.
    DoesNotFitError
        As of `lay_out`.
    FabricError
        On a wait that a router cannot hold.
    """
    workload = lay_out(experiment, Machine(build_topology(machine.topology), machine.budgets))
    return run_workload(
        workload,
        experiment.groups,
        machine.fabric,
        seed=experiment.seed,
        engine=engine,
        progress=progress,
    )


def run_workload(
    workload: Workload,
    groups: Sequence[Group],
    params: FabricParams,
    *,
    seed: int,
    engine: str = "auto",
    progress: Progress | None = None,
    trace: TraceFilter | None = None,
    observe: Observer | None = None,
) -> Results:
    """Run `workload` once for each of `groups`; parameters as of `run_experiment`.

    `trace` says what the fabric traces, for `observe`.
    """
    make = _maker(engine)
    topology = workload.machine.topology
    check_tables(workload.tables, topology)
    check_sends(_first_packets(workload.streams), workload.tables, topology)
    if engine != "reference" and not is_warm("run_fabric"):
        with (progress or SilentProgress()).phase(COMPILING):
            make(topology, workload.tables, params).run(1)
    found = []
    for number, group in enumerate(groups):
        run = _Run(make, workload, group, group.fabric(params), trace)
        name = f"group {number + 1} of {len(groups)}"
        with (progress or SilentProgress()).phase(name, group.end_ps):
            for batch in batches(workload.streams, group, draw_seed(group, seed)):
                passed_ps = batch.end_ps - run.fabric.now_ps
                activity = run.step(batch.sends, batch.n_wanted, batch.end_ps)
                if observe is not None:
                    observe(batch.sends, activity)
                if progress is not None:
                    progress.advance(passed_ps)
        found.append(run.result())
    n_senders = len(np.unique(workload.streams.core))
    return Results(topology.n_chips, topology.n_boards, n_senders, tuple(found))


def _first_packets(streams: Streams) -> Sends:
    """One packet of each stream."""
    return Sends.sort(0, streams.core, streams.key)


def _maker(engine: str) -> FabricMaker:
    if engine not in ENGINES:
        msg = f"no engine {engine!r}; there are {', '.join(ENGINES)}"
        raise ConfigError(msg)
    if engine == "reference":
        from router.fabric import Fabric  # noqa: PLC0415

        return Fabric
    from router.compiled import CompiledFabric  # noqa: PLC0415

    return CompiledFabric


class _Run:
    """One group on its fabric: what has been counted so far."""

    def __init__(
        self,
        make: FabricMaker,
        workload: Workload,
        group: Group,
        params: FabricParams,
        trace: TraceFilter | None,
    ) -> None:
        self.group, self.params = group, params
        self.topology = workload.machine.topology
        receive_ps = workload.receive_ps
        receive_ps = np.where(receive_ps == AS_THE_GROUP, params.receive_ps, receive_ps)
        if not group.consume_packets:
            receive_ps = np.full_like(receive_ps, -1)
        self.fabric: AnyFabric = make(
            self.topology,
            workload.tables,
            params,
            receive_ps=receive_ps,
            policy=group.policy,
            trace=trace,
        )
        self.ledger = Ledger()
        self.times = _SendTimes()
        self.latencies = LatencyHistogram()
        self.offered = self.wanted = 0
        self.fates = np.zeros(len(Fate), np.int64)
        self.before = self.fabric.counters()
        self.stalls: list[Stall] = []
        self.deadlock: Deadlock | None = None

    def step(self, sends: Sends, n_wanted: int, end_ps: int) -> Activity:
        """Run the fabric to the end of a block in which `sends` are sent."""
        self.fabric.send(sends)
        self.times.add(sends.time_ps)
        activity = self.fabric.run(end_ps)
        self.ledger.add(activity)
        if end_ps > self.group.warmup_ps:
            self._count(sends, n_wanted, activity)
        elif end_ps == self.group.warmup_ps:
            self.before = self.fabric.counters()
        self.times.forget(self._oldest())
        if self.deadlock is None and self._is_stuck(activity):
            self.deadlock = _deadlock(self.fabric, self.topology)
        return activity

    def _is_stuck(self, activity: Activity) -> bool:
        """Whether a circle of waiting routers would last for ever."""
        if self.params.wait1_cycles is None:
            return True
        if self.params.wait2_cycles is not None:
            return False
        before, self.stalls = self.stalls, self.fabric.stalls()
        has_moved = len(activity.deliveries) or np.any(activity.losses.fate != Fate.BLOCKED)
        return bool(self.stalls == before and not has_moved)

    def result(self) -> GroupResult:
        """All that was counted; checks the books of every packet."""
        books = self.ledger.balance(self.fabric.copies(), self.fabric.in_flight())
        check_books(books)
        counters = _difference(self.fabric.counters(), self.before)
        core, router = counters.core.sum(axis=0), counters.router
        duration_ps = self.group.duration_ps
        on_board, across = link_load(counters, self.topology, self.params, duration_ps)
        busy = _busy(router, self.fabric, self.params, duration_ps)
        return GroupResult(
            group=self.group,
            fabric=self.params,
            offered=self.offered,
            sent=int(core[CoreCounter.SENT]),
            blocked=int(core[CoreCounter.BLOCKED]),
            wanted=self.wanted,
            received=int(core[CoreCounter.RECEIVED]),
            counters=network_tester_counters(router),
            drops=_drops(self.fates),
            latency=self.latencies.latency(),
            on_board=on_board,
            board_to_board=across,
            router_busy_mean=float(busy.mean()),
            router_busy_max=float(busy.max()),
            stalled=len(self.fabric.stalls()),
            in_flight=len(self.fabric.in_flight()),
            backlog=len(self.fabric.backlog()),
            deadlock=self.deadlock,
            sent_of_core=counters.core[:, CoreCounter.SENT],
            received_of_core=counters.core[:, CoreCounter.RECEIVED],
        )

    def _count(self, sends: Sends, n_wanted: int, activity: Activity) -> None:
        self.offered += len(sends)
        self.wanted += n_wanted
        taken = activity.deliveries
        self.latencies.add(taken.time_ps - self.times.of(taken.packet))
        self.fates += np.bincount(activity.losses.fate, minlength=len(Fate))

    def _oldest(self) -> int:
        """First packet that may still be heard of."""
        waiting = [
            part[0] for part in (self.fabric.in_flight(), self.fabric.backlog()) if part.size
        ]
        return int(min(waiting, default=self.times.end))


class _SendTimes:
    """When packets were meant to be sent, of those that may still arrive."""

    def __init__(self) -> None:
        self._first = 0
        self._times_ps = np.zeros(0, np.int64)

    @property
    def end(self) -> int:
        """Number of the next packet."""
        return self._first + len(self._times_ps)

    def add(self, times_ps: NDArray[np.int64]) -> None:
        self._times_ps = np.concatenate((self._times_ps, times_ps))

    def of(self, packets: NDArray[np.int64]) -> NDArray[np.int64]:
        times_ps: NDArray[np.int64] = self._times_ps[packets - self._first]
        return times_ps

    def forget(self, before: int) -> None:
        self._times_ps = self._times_ps[before - self._first :]
        self._first = before


def _busy(
    router: NDArray[np.int64], fabric: AnyFabric, params: FabricParams, duration_ps: int
) -> NDArray[np.float64]:
    """Share of the time that each router was busy; the counter lacks stalls that go on."""
    busy_ps = router[:, RouterCounter.BUSY_CYCLES] * params.router_cycle_ps
    for stall in fabric.stalls():
        busy_ps[stall.chip] += fabric.now_ps - stall.since_ps
    share: NDArray[np.float64] = np.minimum(1.0, busy_ps / duration_ps)
    return share


def _deadlock(fabric: AnyFabric, topology: Topology) -> Deadlock | None:
    stalls = fabric.stalls()
    circle = find_cycle(stalls, topology)
    if not circle:
        return None
    since_ps = max(stall.since_ps for stall in stalls if stall.chip in circle)
    x, y = topology.xy[list(circle)].T.tolist()
    return Deadlock(since_ps, tuple(zip(x, y, strict=True)), describe(circle, topology))


def _difference(after: FabricCounters, before: FabricCounters) -> FabricCounters:
    return FabricCounters(
        after.router - before.router, after.core - before.core, after.link - before.link
    )


def _drops(fates: NDArray[np.int64]) -> dict[str, int]:
    """Copies lost by cause, those that did happen."""
    lost = [fate for fate in Fate if fate not in {Fate.HELD, Fate.BLOCKED}]
    return {fate.name.lower(): int(fates[fate]) for fate in lost}
