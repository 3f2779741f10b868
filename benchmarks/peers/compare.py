"""All simulators on the same network, in alternation: `make bench-peers`.

    python -m benchmarks.peers.compare [--scales S,S..] [--rounds N] [--time MS] [--warmup MS]
        [--drive DRIVE] [--threads N] [--name NAME] [--only WORD] [--patience S]

In each round every simulator runs once, so that what disturbs the machine for a while disturbs
all; rounds differ by their seed. The real-time factor (RTF) is the wall time of simulating over
the time simulated, after the warm-up and without building. Writes all figures to
``benchmarks/results/NAME.json`` and a table to ``NAME.md``, after each scale and with the scales
that the file had before.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.machine import RESULTS, Disturbance, machine_facts, spread, wait_for_quiet, write
from benchmarks.peers.contestants import CONTESTANTS, REFERENCE, Contestant, Task, run, why_not
from benchmarks.peers.description import describe
from benchmarks.peers.table import table
from host.networks.pd14 import pd14

DT_MS = 0.1
WARMUP_MS = 500.0
LONG_MS, SHORT_MS = 10_000.0, 1_000.0
LARGEST_OF_LONG = 0.1
"""Scales up to this one are simulated for 10 s, which measurements of speed should take (Senk et
al. 2026); larger ones for 1 s."""
RATE_TOLERANCE = 0.1
"""Mean rates of two simulators that differ by more than this part are no answer to one question;
those of two seeds differ by 3 % in 1 s."""
FIGURES = ("build_s", "rtf", "cpu_s", "peak_rss_bytes", "mean_rate_hz")

RATIOS = {"speed_over_reference": "rtf", "less_cpu_than_reference": "cpu_s"}
"""Ratios of the reference's figures to a contestant's, of the same round."""


def compare(
    contestants: Sequence[Contestant], task: Task, n_rounds: int, most_waiting_s: int
) -> dict[str, Any]:
    """What each contestant took for `task`: figures of every round, or why there are none."""
    absent = {c.name: reason for c in contestants if (reason := why_not(c, task))}
    rounds: dict[str, list[dict[str, Any]]] = {
        c.name: [] for c in contestants if c.name not in absent
    }
    for seed in range(1, n_rounds + 1):
        for contestant in contestants:
            if contestant.name in rounds:
                figures = _measured(contestant, task, seed, most_waiting_s)
                rounds[contestant.name].append(figures)
                _tell(task, seed, contestant.name, figures)
    return {
        "task": {k: v for k, v in asdict(task).items() if k != "description"},
        "machine": machine_facts(),
        "absent": absent,
        "differences": list(_differences(rounds)),
        "contestants": {name: _summary(name, rounds) for name in rounds},
    }


def _measured(contestant: Contestant, task: Task, seed: int, most_waiting_s: int) -> dict[str, Any]:
    wait_for_quiet(most_waiting_s)
    others = Disturbance()
    figures = run(contestant, task, seed)
    figures["build_s"] = round(figures["build_s"] + figures.pop("compile_s", 0.0), 3)
    return figures | {"disturbance": others.so_far()}


def _tell(task: Task, seed: int, name: str, figures: Mapping[str, Any]) -> None:
    print(
        f"scale {task.scale:g}, round {seed}, {name}: RTF {figures['rtf']:.3g}, "
        f"build {figures['build_s']:.3g} s, {figures['peak_rss_bytes'] / 1e9:.2f} GB, "
        f"{figures['mean_rate_hz']:.3g} spikes/s, others used {figures['disturbance']} processors",
        file=sys.stderr,
        flush=True,
    )


def _differences(rounds: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[str]:
    """In what simulators did not simulate the same: speed is nothing without the same answer."""
    found = {name: runs[0]["n_synapses"] for name, runs in rounds.items()}
    if len(set(found.values())) > 1:
        yield f"numbers of synapses differ: {found}"
    rates = {name: median(r["mean_rate_hz"] for r in runs) for name, runs in rounds.items()}
    if rates and min(rates.values()) < (1 - RATE_TOLERANCE) * max(rates.values()):
        yield f"mean rates differ by more than {RATE_TOLERANCE:.0%}: {rates}"


def _summary(name: str, rounds: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    runs = rounds[name]
    figures = [{key: run[key] for key in FIGURES} for run in runs]
    summary = {"version": runs[0]["version"], **spread(figures), "runs": list(runs)}
    if REFERENCE in rounds:
        for ratio, key in RATIOS.items():
            pairs = zip(rounds[REFERENCE], runs, strict=True)
            ratios = [round(reference[key] / run[key], 2) for reference, run in pairs]
            summary[ratio] = {"median": median(ratios), "least": min(ratios), "most": max(ratios)}
    return summary


def prepared(folder: Path, scale: float, asked: argparse.Namespace) -> Task:
    """The task at one scale, with the network's description in `folder`."""
    network = pd14(scale, asked.drive, dt_ms=DT_MS)
    content = describe(network, DT_MS)
    path = folder / f"{scale:g}.json"
    path.write_text(json.dumps(content))
    time_ms = asked.time or (LONG_MS if scale <= LARGEST_OF_LONG else SHORT_MS)
    n_synapses = sum(p["n_synapses"] for p in content["projections"])
    return Task(scale, asked.drive, n_synapses, path, time_ms, asked.warmup, asked.threads)


def keep(name: str, drive: str, scale: float, found: Mapping[str, Any]) -> None:
    """Add what was found at one scale to the files of results."""
    path = RESULTS / f"{name}.json"
    content = json.loads(path.read_text()) if path.exists() else {}
    content[f"{drive} {scale:g}"] = dict(found)
    content = {key: content[key] for key in sorted(content)}
    write(name, content)
    path.with_suffix(".md").write_text(table(content))


def main() -> None:
    """Compare what the command line asks for."""
    parser = argparse.ArgumentParser(description="Compare simulators on the microcircuit.")
    parser.add_argument("--scales", default="0.1", help="separated by commas")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--time", type=float, help="ms; by default 10 s up to a tenth, else 1 s")
    parser.add_argument("--warmup", type=float, default=WARMUP_MS, help="ms")
    parser.add_argument("--drive", choices=("poisson", "dc"), default="poisson")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--name", default="peers", help="of the result")
    parser.add_argument("--only", default="", help="simulators whose names contain this")
    parser.add_argument("--patience", type=int, default=120, help="s to wait for a quiet machine")
    asked = parser.parse_args()
    contestants = [c for c in CONTESTANTS if asked.only.lower() in c.name.lower()]
    differences = []
    with tempfile.TemporaryDirectory() as folder:
        for scale in map(float, asked.scales.split(",")):
            task = prepared(Path(folder), scale, asked)
            found = compare(contestants, task, asked.rounds, asked.patience)
            keep(asked.name, asked.drive, scale, found)
            differences += [f"scale {scale:g}: {line}" for line in found["differences"]]
    print((RESULTS / f"{asked.name}.md").read_text())
    if differences:
        raise SystemExit("\n".join(differences))


if __name__ == "__main__":
    main()
