"""How many points this computer can run at the same time."""

import os
from collections.abc import Iterable
from pathlib import Path

__all__ = ["default_workers", "n_processors"]

PROCESS_BYTES = 350_000_000
SYNAPSE_BYTES = 6
"""Resident memory of a run: without synapses, and for each; from runs of 0.3 million (0.3 GB) and
299 million synapses (1.5 GB with ideal, 1.9 GB with full timing; docs/runs.md, README.md)."""


def n_processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def default_workers(n_synapses: Iterable[float]) -> int:
    """As many workers as there are points and processors, if the memory that is free suffices.

    Parameters
    ----------
    n_synapses : iterable of float
        Of each point.
    """
    sizes = list(n_synapses)
    need = PROCESS_BYTES + SYNAPSE_BYTES * max(sizes, default=0.0)
    by_memory = int(_free_bytes() // need)
    return max(1, min(len(sizes), n_processors(), by_memory))


def _free_bytes() -> float:
    """Memory that programs can still be given; without bound if this system does not tell."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return float("inf")
    found = (line.split()[1] for line in lines if line.startswith("MemAvailable:"))
    return 1024.0 * int(next(found, 0)) or float("inf")
