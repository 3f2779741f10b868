"""Points without networks: workers that do as told, and a pool in this process."""

import json
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from host.config import Config, load_config
from host.sweep.drive import NoListener
from host.sweep.folder import WORK, PointError, Status, publish
from host.sweep.plan import Plan, Point
from host.sweep.pool import Ended, Started
from host.sweep.work import Outcome, PointTask

SUMMARY = {
    "machine": "spinnaker1-1boards",
    "n_neurons": 100,
    "n_synapses": 1000,
    "n_cores": 4,
    "n_chips": 1,
    "n_boards": 1,
    "rates_hz": {"E": 2.0, "I": 5.0},
    "losses": {"late": 3},
    "wall_s": {"map": 0.5, "simulate": 1.0},
    "rtf": 2.0,
    "energy": {"e_syn_uj": 0.6, "e_syn_low_uj": 0.5, "e_syn_high_uj": 0.7, "deadline": "met"},
    "timing": None,
}


def plan_of(slowdowns: Iterable[float], name: str = "mine") -> Plan:
    """A plan with a point for each slow-down, which is also its digest."""
    points = []
    for number, slowdown in enumerate(slowdowns, start=1):
        config = load_config(None, {"run.slowdown": slowdown, "network.scale": 0.002})
        values = {"run.slowdown": config.run.slowdown}
        points.append(Point(number, f"{slowdown:g}", values, config, 1000.0))
    return Plan(
        name=name, base=Config(), keys=("run.slowdown",), points=tuple(points), n_alike=0, text=""
    )


def write_done(task: PointTask, summary: Mapping[str, Any] = SUMMARY) -> Outcome:
    """Write a folder that looks like that of a run."""
    folder = task.sweep / WORK / uuid4().hex
    folder.mkdir()
    (folder / "manifest.json").write_text("{}", encoding="utf-8")
    (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    publish(folder, task.sweep, task.name)
    return Outcome(status="done")


def failing(task: PointTask) -> Outcome:
    error = PointError(status="failed", type="ValueError", message="no luck", trace="Traceback")
    return Outcome(status="failed", error=error)


def too_large(task: PointTask) -> Outcome:
    error = PointError(status="does_not_fit", type="DoesNotFitError", message="need 5, limit 4")
    return Outcome(status="does_not_fit", error=error)


def fragile(task: PointTask) -> Outcome:
    """Kill the own process: at slow-down 2 the first time, at slow-down 3 each time."""
    trace = task.sweep / f"tried-{task.name}"
    is_first = not trace.exists()
    trace.touch()
    if task.config.run.slowdown == 3 or (task.config.run.slowdown == 2 and is_first):
        os.kill(os.getpid(), signal.SIGKILL)
    return write_done(task)


def patient(task: PointTask) -> Outcome:
    """Wait until the sweep is stopped."""
    while (task.sweep / WORK / task.token).exists():
        time.sleep(0.02)
    return Outcome(status="stopped")


class HerePool:
    """A pool that runs one point after another in this process."""

    def __init__(self, work: Callable[[PointTask], Outcome] = write_done) -> None:
        self._work = work
        self._queue: deque[PointTask] = deque()
        self.ran: list[str] = []
        self.is_closed = False

    def submit(self, tasks: Iterable[PointTask]) -> None:
        self._queue.extend(tasks)

    def wait(self, timeout_s: float) -> list[Started | Ended]:
        task = self._queue.popleft()
        self.ran.append(task.name)
        return [Started(task.name, "here"), Ended(task.name, self._work(task))]

    def drop(self) -> None:
        self._queue.clear()

    def close(self) -> None:
        self.is_closed = True


class Notes(NoListener):
    """Notes what it is told."""

    def __init__(self) -> None:
        self.begun: list[Mapping[str, Status]] = []
        self.starts: list[tuple[int, str]] = []
        self.ends: list[tuple[int, Status]] = []
        self.n_stops = 0

    def begin(self, plan: Plan, statuses: Mapping[str, Status]) -> None:
        self.begun.append(dict(statuses))

    def started(self, point: Point, worker: str) -> None:
        self.starts.append((point.number, worker))

    def ended(self, point: Point, status: Status, folder: Path) -> None:
        self.ends.append((point.number, status))

    def stopping(self) -> None:
        self.n_stops += 1
