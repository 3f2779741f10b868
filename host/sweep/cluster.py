"""Points run by the workers of a Dask cluster.

The scheduler gives a point whose worker is lost to another one, and gives it up when it has lost
as many as its ``distributed.scheduler.allowed-failures`` says.
"""

import queue
import re
import threading
from collections.abc import Iterable
from concurrent.futures import CancelledError
from importlib import import_module
from typing import Any
from uuid import uuid4

from host.errors import ConfigError, OutputError
from host.sweep.folder import PointError
from host.sweep.pool import Ended, Started
from host.sweep.work import Outcome, PointTask, is_done, run_point, this_worker

__all__ = ["ClusterPool"]

ADDRESS = re.compile(r"\w+://.+:\d+/?")
PATIENCE_S = 10
"""How long a scheduler has to answer."""
_ONE_AT_A_TIME = threading.Lock()
"""Compiled kernels have one set of threads in a process, so that two points cannot share it."""


class ClusterPool:
    """A `host.sweep.pool.Pool` of the workers of a Dask cluster.

    Parameters
    ----------
    address : str
        Of its scheduler, such as ``tcp://10.0.0.1:8786``.

    Raises
    ------
    ConfigError
        If it cannot be reached, or if the packages of the extra ``sweep`` are not installed.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._distributed = _distributed(address)
        self._client = self._connect()
        self._topic = f"chipemu-{uuid4().hex}"
        self._events: queue.Queue[Started | Ended | Exception] = queue.Queue()
        self._futures: dict[str, Any] = {}
        self._started: set[str] = set()
        self._dropped: set[str] = set()
        self._client.subscribe_topic(self._topic, self._hear)

    def _connect(self) -> Any:
        if not ADDRESS.fullmatch(self._address):
            msg = (
                f"--scheduler {self._address}: should be an address with a port, such as "
                "tcp://10.0.0.1:8786"
            )
            raise ConfigError(msg)
        try:
            return self._distributed.Client(self._address, timeout=PATIENCE_S, set_as_default=False)
        except (OSError, ValueError) as error:
            why = " ".join(str(error).split())
            msg = f"--scheduler {self._address}: no scheduler can be reached there ({why})"
            raise ConfigError(msg) from error

    def submit(self, tasks: Iterable[PointTask]) -> None:
        """Hand points to the scheduler."""
        for task in tasks:
            future = self._client.submit(
                _on_worker, task, self._topic, key=f"{self._topic}-{task.name}", pure=False
            )
            self._futures[task.name] = future
            future.add_done_callback(lambda ended, name=task.name: self._collect(name, ended))

    def wait(self, timeout_s: float) -> list[Started | Ended]:
        """What has happened since the last call, or happens within `timeout_s`.

        Raises
        ------
        OutputError
            If the scheduler is lost.
        ConfigError
            If the workers cannot run points at all.
        """
        events: list[Started | Ended] = []
        try:
            found = self._events.get(timeout=timeout_s)
            while True:
                if isinstance(found, Exception):
                    raise found
                if isinstance(found, Ended):
                    self._futures.pop(found.name).release()
                events.append(found)
                found = self._events.get_nowait()
        except queue.Empty:
            return events

    def drop(self) -> None:
        """Take back the points that no worker has begun with."""
        waiting = [name for name in self._futures if name not in self._started]
        self._dropped.update(waiting)
        self._client.cancel([self._futures.pop(name) for name in waiting])

    def close(self) -> None:
        """Leave the cluster; points that are running there are of no use any more."""
        self._dropped.update(self._futures)
        self._client.cancel(list(self._futures.values()))
        self._client.close(timeout=2)

    def _hear(self, event: tuple[float, dict[str, str]]) -> None:
        name, worker = event[1]["name"], event[1]["process"]
        self._started.add(name)
        self._events.put(Started(name, worker))

    def _collect(self, name: str, future: Any) -> None:
        """Put what came of a future among the events; in a thread of the client."""
        try:
            self._events.put(Ended(name, future.result()))
        except self._distributed.KilledWorker as error:
            message = f"{error}; if memory ran out there, use a smaller network"
            told = PointError(status="failed", type="WorkerDied", message=message)
            self._events.put(Ended(name, Outcome(status="failed", error=told)))
        except CancelledError:
            if name not in self._dropped:
                msg = f"lost the scheduler {self._address}; run the command again to go on"
                self._events.put(OutputError(msg))
        except Exception as error:  # noqa: BLE001 - those of points are part of outcomes
            why = f"{type(error).__name__}: {error}"
            msg = f"a worker of {self._address} cannot run points ({why}); install chipemu there"
            self._events.put(ConfigError(msg))


def _distributed(address: str) -> Any:
    """Dask's package, which has no types."""
    try:
        return import_module("distributed")
    except ImportError as error:
        msg = (
            f"--scheduler {address}: needs Dask, which is not installed; install chipemu with its "
            "extra: pip install 'chipemu[sweep]'"
        )
        raise ConfigError(msg) from error


def _on_worker(task: PointTask, topic: str) -> Outcome:
    """Run a point on a worker, with all its threads, and tell when it begins."""
    worker = import_module("distributed").get_worker()
    with _ONE_AT_A_TIME:
        if not is_done(task):
            worker.log_event(topic, {"name": task.name, "process": this_worker()})
        return run_point(task._replace(n_threads=worker.state.nthreads))
