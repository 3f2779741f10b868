"""Running a sweep: what is missing is run, what is there stays, and all of it becomes a table."""

import fcntl
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from host.atomic import complete
from host.config import to_yaml
from host.errors import OutputError
from host.manifest import versions
from host.sweep.folder import (
    BASE,
    DEFINITION,
    LOCK,
    POINTS,
    STATE,
    WORK,
    PlannedPoint,
    State,
    Status,
    read_state,
    status_of,
    write_error,
    write_state,
)
from host.sweep.plan import Plan, Point, renumbered
from host.sweep.pool import Ended, Pool, Started
from host.sweep.results import SweepResults, load_sweep
from host.sweep.tablefiles import write_table
from host.sweep.work import PointTask, receive

__all__ = ["Listener", "NoListener", "numbered", "run_sweep"]

TICK_S = 0.2


class Listener(Protocol):
    """What is told how far a sweep has come."""

    def begin(self, plan: Plan, statuses: Mapping[str, Status]) -> None:
        """Tell which points there are, and what became of each so far, by name of folder."""

    def started(self, point: Point, worker: str) -> None:
        """Tell that a worker has begun with a point."""

    def ended(self, point: Point, status: Status, folder: Path) -> None:
        """Tell that a point has come to an end."""

    def stopping(self) -> None:
        """Tell that points under way are asked to stop."""

    def tick(self) -> None:
        """Do what is done every now and then."""


class NoListener:
    """Shows nothing."""

    def begin(self, plan: Plan, statuses: Mapping[str, Status]) -> None:
        """Do nothing."""

    def started(self, point: Point, worker: str) -> None:
        """Do nothing."""

    def ended(self, point: Point, status: Status, folder: Path) -> None:
        """Do nothing."""

    def stopping(self) -> None:
        """Do nothing."""

    def tick(self) -> None:
        """Do nothing."""


def numbered(plan: Plan, folder: Path) -> Plan:
    """`plan` with the numbers that its points have in `folder`, if there is a sweep."""
    if not (folder / STATE).is_file():
        return plan
    state = read_state(folder)
    known = {_digest(point): point.number for point in (*state.points, *state.retired)}
    return renumbered(plan, known)


def run_sweep(
    plan: Plan,
    folder: Path,
    pool: Pool,
    *,
    retry: bool = False,
    n_threads: int = 1,
    listener: Listener | None = None,
) -> SweepResults:
    """Run the points of `plan` that have no folder yet.

    Parameters
    ----------
    plan : Plan
    folder : Path
        Of the sweep; what is in it of an earlier call, finished or not, stays.
    pool : Pool
        What runs points; closed in the end.
    retry : bool
        Run the points again that failed.
    n_threads : int
        Of each run whose configuration leaves it open, on this computer.
    listener : Listener, optional
        Told how far it has come.

    Returns
    -------
    SweepResults

    Raises
    ------
    OutputError
        If `folder` cannot be written, is no sweep, or another command runs it.
    KeyboardInterrupt
        If it was interrupted; points under way have stopped and leave nothing behind. On a second
        one they are left alone, and killed if they are processes of this computer.
    """
    given, folder = folder, folder.absolute()
    listener = listener or NoListener()
    try:
        with _own(folder):
            plan = numbered(plan, folder)
            _write_plan(plan, folder)
            token = _begin(folder)
            if retry:
                _forget_failures(plan, folder)
            statuses = {p.folder: status_of(folder / POINTS / p.folder) for p in plan.points}
            listener.begin(plan, statuses)
            tasks = {
                point.folder: PointTask(point.folder, point.config, folder, token, n_threads)
                for point in plan.points
                if statuses[point.folder] == "missing"
            }
            try:
                _run(plan, folder, pool, tasks, listener)
            finally:
                (folder / WORK / token).unlink(missing_ok=True)
                results = load_sweep(given)
                write_table(results)
            return results
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        msg = f"cannot write sweep {folder}: {error.strerror or error}"
        raise OutputError(msg) from error
    finally:
        pool.close()


def _run(
    plan: Plan, folder: Path, pool: Pool, tasks: Mapping[str, PointTask], listener: Listener
) -> None:
    points = {point.folder: point for point in plan.points}
    left, running = set(tasks), set[str]()

    def hear() -> None:
        for event in pool.wait(TICK_S):
            if isinstance(event, Started):
                running.add(event.name)
                listener.started(points[event.name], event.worker)
                continue
            running.discard(event.name)
            left.discard(event.name)
            status = _settle(event, folder)
            listener.ended(points[event.name], status, folder / POINTS / event.name)
        listener.tick()

    try:
        pool.submit(tasks.values())
        while left:
            hear()
    except KeyboardInterrupt:
        listener.stopping()
        pool.drop()
        for task in tasks.values():
            (folder / WORK / task.token).unlink(missing_ok=True)
        while running:
            hear()
        raise


def _settle(event: Ended, folder: Path) -> Status:
    """Keep what came of a point; its status."""
    outcome = event.outcome
    if outcome.files is not None:
        receive(outcome.files, folder, event.name)
    if outcome.error is not None:
        write_error(outcome.error, folder, event.name)
    return status_of(folder / POINTS / event.name)


@contextmanager
def _own(folder: Path) -> Iterator[None]:
    """Make `folder`, and keep other commands from running the same sweep."""
    if folder.exists() and not folder.is_dir():
        msg = f"{folder} is no folder; choose another with --output"
        raise OutputError(msg)
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / STATE).is_file() and any(p.name != LOCK for p in folder.iterdir()):
        msg = f"folder {folder} is not empty and no sweep; choose another with --output"
        raise OutputError(msg)
    with (folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            msg = f"another command runs the sweep {folder}; wait for it, or choose another folder"
            raise OutputError(msg) from error
        yield


def _write_plan(plan: Plan, folder: Path) -> None:
    retired: dict[int, PlannedPoint] = {}
    if (folder / STATE).is_file():
        before = read_state(folder)
        retired = {point.number: point for point in (*before.retired, *before.points)}
    points = tuple(PlannedPoint(p.number, p.folder, p.values) for p in plan.points)
    for point in points:
        retired.pop(point.number, None)
    state = State(
        name=plan.name,
        keys=plan.keys,
        points=points,
        retired=tuple(retired.values()),
        versions=versions(),
        command=tuple(sys.argv),
    )
    for name, text in ((DEFINITION, plan.text), (BASE, to_yaml(plan.base))):
        with complete(folder / name) as path:
            path.write_text(text, encoding="utf-8")
    write_state(state, folder)


def _begin(folder: Path) -> str:
    """Clear what killed commands left, and make the token for workers to look at."""
    shutil.rmtree(folder / WORK, ignore_errors=True)
    (folder / WORK).mkdir(exist_ok=True)
    (folder / POINTS).mkdir(exist_ok=True)
    token = f"token-{uuid4().hex}"
    (folder / WORK / token).touch()
    return token


def _forget_failures(plan: Plan, folder: Path) -> None:
    for point in plan.points:
        path = folder / POINTS / point.folder
        if status_of(path) == "failed":
            shutil.rmtree(path)


def _digest(point: PlannedPoint) -> str:
    return point.folder.rpartition("-")[2]
