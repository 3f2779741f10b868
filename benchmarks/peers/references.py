"""Reference spikes from NEST, which validation compares with: `make references`.

    python -m benchmarks.peers.references FOLDER [--scale S] [--drive poisson|dc] [--seeds N]
        [--time MS] [--jobs N]

writes ``FOLDER/s0.1_poisson_seed1.npz`` and so on, each the whole of one run with 500 ms of
warm-up: arrays ``step``, ``neuron`` and ``edges`` (`benchmarks/peers/nest_run.py`), and ``.json``
beside it, what NEST said of the run. Each run has one thread, so that a seed gives the same spikes
on every machine with as many threads. Files that are there already are kept.
"""

import argparse
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from benchmarks.peers.contestants import CONTESTANTS, REFERENCE, Contestant, Task, run, why_not
from benchmarks.peers.description import describe
from host.networks.pd14 import pd14

DT_MS = 0.1
WARMUP_MS = 500.0


def reference(nest: Contestant, task: Task, seed: int, path: Path) -> None:
    """Write the reference of one seed, unless it is there."""
    if path.exists():
        return
    unfinished = path.with_suffix(".part.npz")
    recording = replace(nest, options=("--record", str(unfinished.absolute())))
    figures = run(recording, task, seed)
    path.with_suffix(".json").write_text(json.dumps(figures) + "\n")
    unfinished.rename(path)
    print(f"{path}: {figures['mean_rate_hz']:.4g} spikes/s", file=sys.stderr, flush=True)


def main() -> None:
    """Make what the command line asks for."""
    parser = argparse.ArgumentParser(description="Simulate reference spikes in NEST.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scale", type=float, default=0.1)
    parser.add_argument("--drive", choices=("poisson", "dc"), default="poisson")
    parser.add_argument("--seeds", type=int, default=14)
    parser.add_argument("--time", type=float, default=10_000.0, help="ms")
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    stem = f"s{asked.scale:g}_{asked.drive}"
    content = describe(pd14(asked.scale, asked.drive, dt_ms=DT_MS), DT_MS)
    description = asked.folder / f"{stem}.json"
    description.write_text(json.dumps(content, indent=1) + "\n")
    n_synapses = sum(p["n_synapses"] for p in content["projections"])
    task = Task(asked.scale, asked.drive, n_synapses, description, asked.time, WARMUP_MS, threads=1)
    nest = next(c for c in CONTESTANTS if c.name == REFERENCE)
    if reason := why_not(nest, task):
        parser.error(f"{REFERENCE}: {reason}")
    with ThreadPoolExecutor(asked.jobs) as pool:
        paths = [asked.folder / f"{stem}_seed{seed}.npz" for seed in range(1, asked.seeds + 1)]
        jobs = [
            pool.submit(reference, nest, task, seed, path) for seed, path in enumerate(paths, 1)
        ]
        for job in jobs:
            job.result()


if __name__ == "__main__":
    main()
