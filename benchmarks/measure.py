"""Measure runs of the command, each in a fresh process, so that peak memory is that of the run.

    python benchmarks/measure.py NAME [--runs N] [--busy N] [--cold] [OPTIONS OF chipemu run pd14]

writes ``benchmarks/results/NAME.json``: facts about the machine, the median, the least and the
most of each figure, and the figures of every run. A run during which processes of others used
more than a tenth of a processor is taken again, up to a limit.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import Any

RESULTS = Path(__file__).parent / "results"
MAPPING_STAGES = ("partition", "place", "route", "keys", "tables", "compress", "check")
SETTINGS = (
    "GOMP_SPINCOUNT",
    "NUMBA_NUM_THREADS",
    "NUMBA_THREADING_LAYER",
    "OMP_NUM_THREADS",
    "OMP_WAIT_POLICY",
)
"""Environment variables that change the speed."""
MOST_DISTURBANCE = 0.1
"""Processors that others may use during a run."""
MOST_ATTEMPTS = 10
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
    }


def _cpu_model() -> str:
    known = Path("/proc/cpuinfo")
    lines = known.read_text().splitlines() if known.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor()


def measure(options: Sequence[str], *, busy: int = 0, cold: bool = False) -> dict[str, Any]:
    """One run in a fresh process, repeated while others disturb it.

    Parameters
    ----------
    options : sequence of str
        Of ``chipemu run pd14``.
    busy : int
        Processes that loop idly beside the run.
    cold : bool
        Start from an empty cache of compiled kernels.

    Returns
    -------
    dict
        ``process_s`` (wall time of the process), ``phases_s``, ``rtf``, ``peak_rss_bytes``,
        ``rates_hz`` (spikes/s by population), ``losses``, ``n_synapses``, and ``disturbance``:
        processors that others used meanwhile, None where the system does not tell.
    """
    for _ in range(MOST_ATTEMPTS):
        _wait_for_quiet()
        used_before, own_before = _machine_cpu_s(), _children_cpu_s()
        start = time.perf_counter()
        with _busy_processes(busy):
            summary = _run(options, cold=cold)
            wall_s = time.perf_counter() - start
        used, own = _machine_cpu_s() - used_before, _children_cpu_s() - own_before
        disturbance = max(0.0, (used - own) / wall_s) if used else None
        if (disturbance or 0.0) <= MOST_DISTURBANCE:
            break
        print(f"disturbed: others used {disturbance:.2f} processors", file=sys.stderr)
    return {
        "process_s": round(wall_s, 3),
        "phases_s": _phases(summary["wall_s"]),
        "rtf": round(summary["rtf"], 3),
        "peak_rss_bytes": summary["peak_rss_bytes"],
        "disturbance": disturbance if disturbance is None else round(disturbance, 2),
        **{key: summary[key] for key in ("n_synapses", "losses", "rates_hz")},
    }


def _run(options: Sequence[str], *, cold: bool) -> dict[str, Any]:
    command = [str(Path(sys.executable).with_name("chipemu")), "run", "pd14", "--json", "--quiet"]
    with tempfile.TemporaryDirectory() as folder:
        cache = {"NUMBA_CACHE_DIR": f"{folder}/cache"} if cold else {}
        done = subprocess.run(
            [*command, *options, "--output", f"{folder}/run"],
            env=os.environ | cache,
            stdout=subprocess.PIPE,
            check=True,
        )
    summary: dict[str, Any] = json.loads(done.stdout)
    return summary


def _wait_for_quiet() -> None:
    """Wait until nobody uses the machine for a second, for two minutes at most."""
    for _ in range(MOST_WAITING_S):
        used = _machine_cpu_s()
        time.sleep(1.0)
        if _machine_cpu_s() - used <= MOST_DISTURBANCE:
            return


@contextmanager
def _busy_processes(n: int) -> Iterator[None]:
    processes = [
        subprocess.Popen(
            [sys.executable, "-S", "-c", "while True: pass"],
            start_new_session=True,  # Linux shares processors among terminals
        )
        for _ in range(n)
    ]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _machine_cpu_s() -> float:
    """Processor time that all processes have used since the machine started (s), 0 if unknown."""
    known = Path("/proc/stat")
    if not known.exists():
        return 0.0
    user, nice, system, _, _, irq, softirq = map(int, known.read_text().split()[1:8])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def _children_cpu_s() -> float:
    usage = getrusage(RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _phases(wall_s: Mapping[str, float]) -> dict[str, float]:
    """Wall time by phase (s), the stages of mapping as one."""
    phases: dict[str, float] = {}
    for name, seconds in wall_s.items():
        phase = "map" if name in MAPPING_STAGES else name.split()[0]
        phases[phase] = phases.get(phase, 0.0) + seconds
    return {name: round(seconds, 4) for name, seconds in phases.items()}


def record(runs: Sequence[Mapping[str, Any]], options: Sequence[str], busy: int) -> dict[str, Any]:
    """All that is kept of several runs of the same command.

    Raises
    ------
    ValueError
        If their rates or losses differ: speed is nothing without the same answer.
    """
    same = ("n_synapses", "losses", "rates_hz")
    if any(run[key] != runs[0][key] for run in runs for key in same):
        msg = "runs of one command and seed gave different rates or losses"
        raise ValueError(msg)
    figures = [{key: value for key, value in run.items() if key not in same} for run in runs]
    return {
        "command": " ".join(["chipemu run pd14", *options]),
        "settings": {name: os.environ[name] for name in SETTINGS if name in os.environ},
        "busy_processes": busy,
        "machine": machine_facts(),
        "answer": {key: runs[0][key] for key in same},
        "median": _over(statistics.median_low, figures),
        "least": _over(min, figures),
        "most": _over(max, figures),
        "runs": figures,
    }


def _over(function: Any, values: Sequence[Any]) -> Any:
    """Apply `function` to each figure of several runs."""
    if isinstance(values[0], Mapping):
        return {key: _over(function, [value[key] for value in values]) for key in values[0]}
    return None if None in values else function(values)


def write(name: str, content: Mapping[str, Any]) -> Path:
    """Write a result; returns its file."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(content, indent=2) + "\n")
    return path


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(
        description="Measure chipemu run pd14, to which all other options go.", allow_abbrev=False
    )
    parser.add_argument("name", help="of the result")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--busy", type=int, default=0, help="busy-looping processes beside")
    parser.add_argument("--cold", action="store_true", help="compile the kernels in each run")
    asked, options = parser.parse_known_args()
    runs = [measure(options, busy=asked.busy, cold=asked.cold) for _ in range(asked.runs)]
    content = record(runs, options, asked.busy)
    write(asked.name, content)
    print(json.dumps({key: content[key] for key in ("median", "least", "most")}, indent=2))


if __name__ == "__main__":
    main()
