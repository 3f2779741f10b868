"""What a cluster may do to points, played by a client that has none."""

from collections.abc import Callable
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

import pytest
from distributed import KilledWorker
from distributed.scheduler import WorkerState

from host.errors import ConfigError, OutputError
from host.sweep.cluster import ClusterPool
from host.sweep.pool import Ended, Started
from host.sweep.work import Outcome, PointTask
from tests.host.sweep.stubs import plan_of


class Future:
    """A future that has ended already."""

    def __init__(self, outcome: Outcome | BaseException) -> None:
        self._outcome = outcome

    def result(self) -> Outcome:
        if isinstance(self._outcome, BaseException):
            raise self._outcome
        return self._outcome

    def release(self) -> None:
        pass

    def add_done_callback(self, call: Callable[["Future"], None]) -> None:
        call(self)


class Client:
    """A client without a cluster: each point ends as `outcome` says; none ends if it is None."""

    def __init__(self, outcome: Outcome | BaseException | None) -> None:
        self._outcome = outcome
        self.cancelled: list[Any] = []
        self.hear: Callable[[tuple[float, dict[str, str]]], None] = lambda _event: None

    def subscribe_topic(
        self, _topic: str, handler: Callable[[tuple[float, dict[str, str]]], None]
    ) -> None:
        self.hear = handler

    def submit(self, _call: object, task: PointTask, _topic: str, **_more: object) -> Future:
        future = Future(self._outcome or Outcome(status="stopped"))
        if self._outcome is None:
            future.add_done_callback = lambda call: None  # type: ignore[method-assign]
        return future

    def cancel(self, futures: list[Future]) -> None:
        self.cancelled += futures

    def close(self, timeout: float) -> None:
        pass


def pool_of(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, outcome: Outcome | BaseException | None
) -> tuple[ClusterPool, Client]:
    client = Client(outcome)
    monkeypatch.setattr(ClusterPool, "_connect", lambda _self: client)
    pool = ClusterPool("tcp://127.0.0.1:8786")
    points = plan_of([1, 2]).points
    pool.submit(PointTask(p.folder, p.config, tmp_path, "token", 1) for p in points)
    return pool, client


def test_a_point_that_takes_its_workers_with_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    state = WorkerState(
        address="tcp://127.0.0.1:1",
        status="running",
        pid=1,
        name="w",
        nthreads=1,
        memory_limit=1,
        local_directory="",
        nanny="",
        server_id="w",
    )
    error = KilledWorker("point", state, 3)
    pool, _ = pool_of(monkeypatch, tmp_path, error)
    events = pool.wait(0)
    assert [type(event) for event in events] == [Ended, Ended]
    assert isinstance(events[0], Ended)
    told = events[0].outcome.error
    assert told is not None
    assert (events[0].outcome.status, told.type) == ("failed", "WorkerDied")
    assert pool.wait(0) == []


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (ModuleNotFoundError("No module named 'host'"), ConfigError, "install chipemu there"),
        (CancelledError(), OutputError, "lost the scheduler"),
    ],
)
def test_what_ends_the_sweep(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    error: BaseException,
    kind: type[Exception],
    said: str,
) -> None:
    pool, _ = pool_of(monkeypatch, tmp_path, error)
    with pytest.raises(kind, match=said):
        pool.wait(0)


def test_points_that_no_worker_has_begun_with_are_taken_back(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pool, client = pool_of(monkeypatch, tmp_path, None)
    client.hear((0.0, {"name": "0001-1", "process": "here:1", "worker": "tcp://127.0.0.1:1"}))
    assert pool.wait(0) == [Started("0001-1", "here:1")]
    pool.drop()
    assert len(client.cancelled) == 1
    pool.close()
    assert len(client.cancelled) == 2
