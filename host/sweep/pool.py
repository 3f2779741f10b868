"""Processes of this computer that run points, each one after another.

They are started anew (not forked: compiled code and its threads do not survive that). A process
that ends before its point, killed or out of memory, is noticed; its point is given to another one
once more.
"""

import multiprocessing
import os
import platform
import signal
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess, parent_process
from typing import NamedTuple, Protocol

from host.sweep.folder import PointError
from host.sweep.work import Outcome, PointTask, run_point

__all__ = ["Ended", "LocalPool", "Pool", "Started"]

PATIENCE_S = 5
"""How long a process takes at most to end once it has closed its end of the pipe."""
MOST_TRIES = 2
"""Of a point whose process ends before it."""
Work = Callable[[PointTask], Outcome]


class Started(NamedTuple):
    """A worker has begun with a point."""

    name: str
    worker: str


class Ended(NamedTuple):
    """A point has come to an end."""

    name: str
    outcome: Outcome


class Pool(Protocol):
    """What runs points."""

    def submit(self, tasks: Iterable[PointTask]) -> None:
        """Take points to be run."""

    def wait(self, timeout_s: float) -> list[Started | Ended]:
        """What has happened since the last call; waits for something to happen, but not longer."""

    def drop(self) -> None:
        """Forget the points that no worker has begun with; nothing is heard of them any more."""

    def close(self) -> None:
        """End the workers, or leave them, at once."""


class _Worker(NamedTuple):
    process: BaseProcess
    connection: Connection


class LocalPool:
    """A `Pool` of processes.

    Parameters
    ----------
    n_workers : int
    work : callable
        What a process does with a point; it must be possible to import it.
    """

    def __init__(self, n_workers: int, work: Work = run_point) -> None:
        self._n_workers, self._work = n_workers, work
        self._context = multiprocessing.get_context("spawn")
        self._queue: deque[PointTask] = deque()
        self._tries: Counter[str] = Counter()
        self._idle: list[_Worker] = []
        self._busy: dict[_Worker, PointTask] = {}
        self._is_ending = False

    def submit(self, tasks: Iterable[PointTask]) -> None:
        """Take points to be run."""
        self._queue.extend(tasks)

    def wait(self, timeout_s: float) -> list[Started | Ended]:
        """What has happened since the last call, or happens within `timeout_s`."""
        events: list[Started | Ended] = [*self._start()]
        if events or not self._busy:
            return events
        ready = set(wait([worker.connection for worker in self._busy], timeout_s))
        for worker in [w for w in self._busy if w.connection in ready]:
            events += self._heard(worker)
        return events

    def _start(self) -> Iterable[Started]:
        while self._queue and len(self._busy) < self._n_workers:
            task = self._queue.popleft()
            worker = self._idle.pop() if self._idle else self._new()
            try:
                worker.connection.send(task)
            except OSError:  # it ended while it had nothing to do
                self._queue.appendleft(task)
                _end(worker)
                continue
            self._busy[worker] = task
            yield Started(task.name, _name(worker))

    def _new(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(theirs, self._work), daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours)

    def _heard(self, worker: _Worker) -> list[Ended]:
        """What a busy worker has to tell: an outcome, or that it has ended."""
        task = self._busy.pop(worker)
        try:
            outcome = worker.connection.recv()
        except (EOFError, OSError):
            worker.process.join(PATIENCE_S)  # its end of the pipe closes before it has ended
            code = worker.process.exitcode
            _end(worker)
            self._tries[task.name] += 1
            if self._is_ending:
                return [Ended(task.name, Outcome(status="stopped"))]
            if self._tries[task.name] < MOST_TRIES:
                self._queue.append(task)
                return []
            return [Ended(task.name, _dead(worker, code))]
        self._idle.append(worker)
        return [Ended(task.name, outcome)]

    def drop(self) -> None:
        """Forget the points that no process has begun with."""
        self._is_ending = True
        self._queue.clear()

    def close(self) -> None:
        """Kill the processes."""
        for worker in (*self._idle, *self._busy):
            _end(worker)
        self._idle.clear()
        self._busy.clear()


def _end(worker: _Worker) -> None:
    worker.process.kill()
    worker.process.join()
    worker.connection.close()


def _dead(worker: _Worker, code: int | None) -> Outcome:
    how = f"with exit code {code}"
    if code is not None and code < 0:
        how = f"by {signal.Signals(-code).name}"
    message = (
        f"the worker process ended {how}, and so did the one before it; if memory ran out, use "
        "fewer --workers or a smaller network"
    )
    where = _name(worker)
    error = PointError(status="failed", type="WorkerDied", message=message, worker=where)
    return Outcome(status="failed", error=error, worker=where)


def _name(worker: _Worker) -> str:
    return f"{platform.node()}:{worker.process.pid}"


def _serve(connection: Connection, work: Work) -> None:
    """Run points until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the command tells when to stop
    threading.Thread(target=_die_with_parent, daemon=True).start()
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        connection.send(work(task))


def _die_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
