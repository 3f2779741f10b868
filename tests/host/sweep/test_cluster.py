"""Points on a real Dask cluster, of which a worker is killed in the middle."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import host.sweep.cluster
from host.errors import ConfigError, OutputError
from host.sweep import plan_sweep, run_sweep
from host.sweep.cluster import ClusterPool
from host.sweep.folder import POINTS, WORK, status_of
from host.sweep.plan import Point
from tests.host.sweep.stubs import Notes

SWEEP = """
base:
  network: {name: pd14, scale: 0.002}
  run: {time_ms: 5 ms, warmup_ms: 0 ms, threads: 1}
grid:
  run.seed: {range: [1, 6, 1]}
  run.slowdown: [1x, 20x]
"""
PATIENCE_S = 60


class Cluster:
    """A scheduler and two workers, all of them processes of their own."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._stack, self._folder = stack, folder
        card = folder / "scheduler.json"
        options = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        self.scheduler = self._start("scheduler", *options, "--scheduler-file", str(card))
        self.address = json.loads(_when_written(card))["address"]
        more = (self.address, "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny")
        self.workers = [
            self._start("worker", *more, "--no-dashboard", "--local-directory", str(folder))
            for _ in range(2)
        ]

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        log = self._stack.enter_context((self._folder / "log").open("ab"))
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-m", "dask", *arguments]
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        self._stack.callback(_end, process)
        return process


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def _when_written(path: Path) -> str:
    stop_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < stop_s:
        if path.is_file() and (text := path.read_text(encoding="utf-8")).rstrip().endswith("}"):
            return text
        time.sleep(0.05)
    raise TimeoutError(path)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with ExitStack() as stack:
        yield Cluster(tmp_path_factory.mktemp("cluster"), stack)


class Killer(Notes):
    """Kills the worker that has begun with a point, once another point has ended."""

    def __init__(self, sweep: Path) -> None:
        super().__init__()
        self._sweep = sweep
        self.killed: tuple[Point, int] | None = None

    def started(self, point: Point, worker: str) -> None:
        super().started(point, worker)
        if self.killed is not None or not self.ends:
            return
        pid = int(worker.rpartition(":")[2])
        os.kill(pid, signal.SIGSTOP)  # so that it cannot end meanwhile
        time.sleep(0.05)
        if status_of(self._sweep / POINTS / point.folder) == "missing":
            os.kill(pid, signal.SIGKILL)
            self.killed = (point, pid)
        else:
            os.kill(pid, signal.SIGCONT)


def test_a_killed_worker_costs_no_point_and_none_is_run_twice(
    cluster: Cluster, tmp_path: Path
) -> None:
    file, folder = tmp_path / "tiny.yaml", tmp_path / "tiny"
    file.write_text(SWEEP, encoding="utf-8")
    killer = Killer(folder)
    results = run_sweep(plan_sweep(file), folder, ClusterPool(cluster.address), listener=killer)
    assert [point.status for point in results.points] == 12 * ["done"]
    assert sorted(killer.ends) == [(number, "done") for number in range(1, 13)]
    assert killer.killed is not None
    victim, pid = killer.killed
    assert [w.wait() for w in cluster.workers if w.pid == pid] == [-signal.SIGKILL]
    half_done = [path.name for path in (folder / WORK).iterdir()]
    assert [name[: len(victim.folder)] for name in half_done] == [victim.folder]
    starts = Counter(number for number, _ in killer.starts)
    assert starts == Counter(range(1, 13)) + Counter([victim.number])
    assert len({worker for number, worker in killer.starts if number == victim.number}) == 2
    twins = [p for p in results.points if p.values["run.seed"] == victim.values["run.seed"]]
    first, second = (twin.results().counters for twin in twins)  # the slow-down changes nothing
    assert first == second


def test_a_scheduler_that_is_lost_is_told_in_a_line(cluster: Cluster, tmp_path: Path) -> None:
    class Cutting(Notes):
        def started(self, point: Point, worker: str) -> None:
            cluster.scheduler.kill()

    file = tmp_path / "tiny.yaml"
    file.write_text(SWEEP, encoding="utf-8")
    with pytest.raises(OutputError, match=f"lost the scheduler {cluster.address}"):
        run_sweep(
            plan_sweep(file), tmp_path / "a", ClusterPool(cluster.address), listener=Cutting()
        )


def test_a_scheduler_that_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host.sweep.cluster, "PATIENCE_S", 0.5)
    with pytest.raises(ConfigError, match="no scheduler can be reached there"):
        ClusterPool("tcp://127.0.0.1:9")
    with pytest.raises(ConfigError, match="should be an address with a port"):
        ClusterPool("somewhere")


def test_without_dask_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ConfigError, match=r"pip install 'chipemu\[sweep\]'"):
        ClusterPool("tcp://127.0.0.1:8786")
