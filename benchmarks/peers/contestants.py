"""Who is compared: a script each, that simulates a described network and prints its figures."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["CONTESTANTS", "REFERENCE", "Contestant", "Task", "run", "why_not"]

HERE = Path(__file__).parent
ENVIRONMENTS = HERE.parent.parent / ".peers"
"""Where `make peers` puts the virtual environments."""
REFERENCE = "NEST"
"""What all others are compared with."""
SAME_FOR_ALL = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1", "GOMP_SPINCOUNT": "1000"}
"""Huge pages, which help whoever reaches into large arrays at random, and threads that do not wait
busily for long; both unless the environment says otherwise."""
MOST_WALL_S = 3600


@dataclass(frozen=True, slots=True)
class Contestant:
    """A simulator in one way of using it.

    Attributes
    ----------
    name : str
    script : str
        In this folder.
    environment : str or None
        Its virtual environment; None: that of chipemu.
    options : tuple of str
    base_bytes, synapse_bytes : float
        Memory it takes, as measured at scales of 0.1 and 1.0 and rounded up: to tell beforehand
        what does not fit.
    """

    name: str
    script: str
    environment: str | None = None
    options: tuple[str, ...] = ()
    base_bytes: float = 0.5e9
    synapse_bytes: float = 8.0

    @property
    def python(self) -> Path:
        """Its interpreter."""
        if self.environment is None:
            return Path(sys.executable)
        return ENVIRONMENTS / self.environment / "bin" / "python"


CONTESTANTS = (
    Contestant("chipemu, timing ideal", "chipemu_run.py", synapse_bytes=6),
    Contestant(
        "chipemu, timing full",
        "chipemu_run.py",
        options=("--timing", "full", "--mapping", "ensemble"),
        base_bytes=2e9,
        synapse_bytes=8,
    ),
    Contestant(REFERENCE, "nest_run.py", "nest", synapse_bytes=42),
    Contestant("Brian2", "brian_run.py", "brian2", synapse_bytes=52),
)


@dataclass(frozen=True, slots=True)
class Task:
    """What all of them simulate.

    Attributes
    ----------
    scale : float
    drive : {"poisson", "dc"}
    n_synapses : int
    description : Path
        File of the network.
    time_ms, warmup_ms : float
    threads : int
    """

    scale: float
    drive: str
    n_synapses: int
    description: Path
    time_ms: float
    warmup_ms: float
    threads: int


def why_not(contestant: Contestant, task: Task) -> str | None:
    """Reason for which a contestant cannot take part; None if it can."""
    if not contestant.python.exists():
        return "not installed: make peers"
    needed = contestant.base_bytes + contestant.synapse_bytes * task.n_synapses
    free = _free_bytes()
    if free is not None and needed > free:
        return f"needs about {needed / 1e9:.1f} GB of memory, {free / 1e9:.1f} GB are free"
    return None


def _free_bytes() -> int | None:
    known = Path("/proc/meminfo")
    lines = known.read_text().splitlines() if known.exists() else []
    found = [int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")]
    return 1024 * found[0] if found else None


def run(contestant: Contestant, task: Task, seed: int) -> dict[str, Any]:
    """Figures of one run in a process of its own.

    Raises
    ------
    RuntimeError
        If it fails; with the end of what it said.
    """
    environment = SAME_FOR_ALL | {"PYNEST_QUIET": "1"} | os.environ
    done = subprocess.run(
        _command(contestant, task, seed),
        env=environment,
        cwd=HERE.parent.parent,
        capture_output=True,
        text=True,
        timeout=MOST_WALL_S,
        check=False,
    )
    if done.returncode:
        msg = f"{contestant.name} failed with {done.returncode}: {done.stderr[-2000:]}"
        raise RuntimeError(msg)
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def _command(contestant: Contestant, task: Task, seed: int) -> Sequence[str]:
    network = (
        ["--scale", str(task.scale), "--drive", task.drive]
        if contestant.environment is None
        else [str(task.description)]
    )
    how = {
        "--time": task.time_ms,
        "--warmup": task.warmup_ms,
        "--threads": task.threads,
        "--seed": seed,
    }
    options = [str(word) for pair in how.items() for word in pair]
    module = f"benchmarks.peers.{Path(contestant.script).stem}"
    script = ["-m", module] if contestant.environment is None else [str(HERE / contestant.script)]
    return [str(contestant.python), *script, *network, *options, *contestant.options]
