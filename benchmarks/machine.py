"""The machine that measures: what it is, and who else uses it."""

import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
SETTINGS = (
    "GLIBC_TUNABLES",
    "GOMP_SPINCOUNT",
    "NUMBA_NUM_THREADS",
    "NUMBA_THREADING_LAYER",
    "OMP_NUM_THREADS",
    "OMP_WAIT_POLICY",
)
"""Environment variables that change the speed."""
MOST_DISTURBANCE = 0.1
"""Processors that others may use during a run."""
MOST_WAITING_S = 120


def machine_facts() -> dict[str, Any]:
    """What the figures depend on; nothing that names the machine."""
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": platform.system(),
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "numba": version("numba"),
        "date": datetime.now(UTC).date().isoformat(),
        "load": round(os.getloadavg()[0], 2),
    }


def _cpu_model() -> str:
    known = Path("/proc/cpuinfo")
    lines = known.read_text().splitlines() if known.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor()


class Disturbance:
    """Processors that others use from now on.

    Processes that this one started count as its own once they have ended.
    """

    def __init__(self) -> None:
        self._start_s = time.perf_counter()
        self._used_s, self._own_s = _machine_cpu_s(), _own_cpu_s()

    def so_far(self) -> float | None:
        """Mean number of processors since the start; None where the system does not tell."""
        used_s = _machine_cpu_s()
        if not used_s:
            return None
        others_s = used_s - self._used_s - (_own_cpu_s() - self._own_s)
        return round(max(0.0, others_s / (time.perf_counter() - self._start_s)), 2)


def wait_for_quiet(most_s: int = MOST_WAITING_S) -> None:
    """Wait until nobody uses the machine for a second, for two minutes at most by default."""
    for _ in range(most_s):
        used = _machine_cpu_s()
        time.sleep(1.0)
        if _machine_cpu_s() - used <= MOST_DISTURBANCE:
            return


def _machine_cpu_s() -> float:
    """Processor time that all processes have used since the machine started (s), 0 if unknown."""
    known = Path("/proc/stat")
    if not known.exists():
        return 0.0
    user, nice, system, _, _, irq, softirq = map(int, known.read_text().split()[1:8])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def _own_cpu_s() -> float:
    """Processor time of this process and of its children that have ended (s)."""
    return sum(os.times()[:4])


def spread(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Median, least and most of each figure that runs have in common."""
    return {
        "median": over(statistics.median_low, runs),
        "least": over(min, runs),
        "most": over(max, runs),
    }


def over(function: Callable[[Any], Any], values: Sequence[Any]) -> Any:
    """Apply `function` to each figure of several runs."""
    if isinstance(values[0], Mapping):
        return {key: over(function, [value[key] for value in values]) for key in values[0]}
    return None if None in values else function(values)


def write(name: str, content: Mapping[str, Any]) -> Path:
    """Write a result; returns its file."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(content, indent=2) + "\n")
    return path
