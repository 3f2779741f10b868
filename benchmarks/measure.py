"""Measure runs of the command, each in a fresh process, so that peak memory is that of the run.

    python -m benchmarks.measure NAME [--runs N] [--busy N] [--cold] [OPTIONS OF chipemu run pd14]

writes ``benchmarks/results/NAME.json``: facts about the machine, the median, the least and the
most of each figure, and the figures of every run. A run during which processes of others used
more than a tenth of a processor is taken again, up to a limit.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.machine import (
    MOST_DISTURBANCE,
    SETTINGS,
    Disturbance,
    machine_facts,
    spread,
    wait_for_quiet,
    write,
)

MAPPING_STAGES = ("partition", "place", "route", "keys", "tables", "compress", "check")
MOST_ATTEMPTS = 10


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
        wait_for_quiet()
        others = Disturbance()
        start = time.perf_counter()
        with _busy_processes(busy):
            summary = _run(options, cold=cold)
            wall_s = time.perf_counter() - start
        disturbance = others.so_far()
        if (disturbance or 0.0) <= MOST_DISTURBANCE:
            break
        print(f"disturbed: others used {disturbance:.2f} processors", file=sys.stderr)
    return {
        "process_s": round(wall_s, 3),
        "phases_s": _phases(summary["wall_s"]),
        "rtf": round(summary["rtf"], 3),
        "peak_rss_bytes": summary["peak_rss_bytes"],
        "disturbance": disturbance,
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
        **spread(figures),
        "runs": figures,
    }


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
