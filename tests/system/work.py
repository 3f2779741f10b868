"""Counts of the work that a few small runs take, the same on every machine and every time.

    NUMBA_DISABLE_JIT=1 python -m tests.system.work FILE

writes them (`make work-counts` renews the expected ones). For each run there are:

- what the emulated machine did: spikes, synaptic events, packets, hops, rows, bytes;
- ``lines of ...``: lines of the kernels of a package that were executed while simulating. Kernels
  run interpreted here, and do line by line what they do compiled: an event handled twice, a core
  looked at in vain and a longer search all show, without a clock.
"""

import json
import os
import sys
from collections import Counter
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from host.config import load_config
from host.energy.vocabulary import Phase
from host.pipeline import run
from host.progress import SilentProgress

ROOT = Path(__file__).resolve().parent.parent.parent
SMALL = {
    "network.scale": 0.003,
    "network.initial": "original",  # many neurons fire at once at the beginning
    "machine": "spinn5",
    "run.time_ms": 1.0,
    "run.warmup_ms": 0.0,
    "run.threads": 1,
    "record.spikes": False,
}
FULL = {"run.timing": "full"}
RUNS = {
    "ideal, homogeneous": SMALL,
    "full, homogeneous": SMALL | FULL,
    "full, ensemble": SMALL | FULL | {"mapping.layout": "ensemble"},
}
PACKAGES = ("chipemu.models", "chipemu.timed", "chipemu", "router.wheel", "router")
"""Whose kernels are counted, each by the first name that fits; those of `fixedpoint` are leaves
that the others call."""
OF_THE_MACHINE = ("synaptic_events", "poisson_spikes", "packets_sent", "router_passes")
OF_CORES = (
    "How_many_spikes_were_processed",
    "DMA's_that_were_completed",
    "dma_bytes",
    "Total_pre_synaptic_events",
)
"""Packets, rows, bytes and synapses, with full timing."""
OF_ROUTERS = ("Local_Multicast_Packets", "External_Multicast_Packets")


class LineCounter(SilentProgress):
    """Counts the lines of kernels that are executed in the phase of simulating."""

    def __init__(self):
        self.lines = Counter()

    @contextmanager
    def phase(self, name, total=None):
        before = sys.gettrace()  # of whoever measures coverage
        if name == "simulate":
            sys.settrace(self._trace)
        try:
            yield
        finally:
            sys.settrace(before)

    def _trace(self, frame, event, argument):
        name = package(frame.f_code.co_filename)
        if name is None:
            return None

        def count(frame, event, argument):
            if event == "line":
                self.lines[name] += 1
            return count

        return count


@cache
def package(file):
    """Which of `PACKAGES` a module of kernels belongs to; None: to none, or it has no kernels."""
    path = Path(file)
    if path.name != "kernels.py":
        return None
    name = ".".join(path.relative_to(ROOT).parent.parts)
    return next((known for known in PACKAGES if f"{name}.".startswith(f"{known}.")), None)


def work(options):
    """All counts of one run, by name."""
    lines = LineCounter()
    results = run(load_config(None, options), progress=lines)
    counts = {"spikes": sum(results.counters["spikes"].values())}
    counts |= {name: results.counters[name] for name in OF_THE_MACHINE}
    for table, names in (("cores", OF_CORES), ("routers", OF_ROUTERS)):
        if table in results.tables:  # with full timing
            columns = results.tables[table].columns
            counts |= {name: int(sum(columns[name])) for name in names}
    counts["bytes loaded"] = loaded_bytes(results)
    return counts | {f"lines of {name}": n for name, n in sorted(lines.lines.items())}


def loaded_bytes(results):
    phases = {phase.phase: phase.counts for phase in results.actions.phases}
    return sum(count.n for count in phases[Phase.LOADING] if count.action == "sdram_byte")


if __name__ == "__main__":
    assert os.environ.get("NUMBA_DISABLE_JIT") == "1", "set NUMBA_DISABLE_JIT=1: see the docstring"
    found = {name: work(options) for name, options in RUNS.items()}
    Path(sys.argv[1]).write_text(json.dumps(found, indent=2) + "\n")
