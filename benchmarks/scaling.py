"""How cost grows with synapses and with synaptic events: `make bench-scaling`.

    python -m benchmarks.scaling [--scales S,S..] [--factors F,F..] [--rounds N] [--time MS]

runs the microcircuit at several scales, and a tenth of it with Poisson sources of several rates,
with ideal and with full timing, each in a fresh process. The least time of some rounds is taken:
what disturbs a run can only lengthen it. A straight line is fitted to each and what is left is
told. Writes ``benchmarks/results/scaling.json`` and ``scaling.png``.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import RESULTS, Disturbance, machine_facts, wait_for_quiet, write
from benchmarks.peers.contestants import CONTESTANTS, Contestant, Task, run
from host.networks.pd14 import synapse_numbers

SCALE_OF_RATES = 0.1
WARMUP_MS = 100.0
SEED = 1
OURS = tuple(c for c in CONTESTANTS if c.environment is None)
FITS = {
    "simulation over scales": ("scales", "n_synapses", "simulate_s"),
    "processor time over scales": ("scales", "n_synapses", "cpu_s"),
    "memory over scales": ("scales", "n_synapses", "peak_rss_bytes"),
    "simulation over rates": ("rates", "synaptic_events", "simulate_s"),
    "processor time over rates": ("rates", "synaptic_events", "cpu_s"),
    "generation over scales": ("scales", "n_synapses", "build_s"),
}
"""What is drawn over what: series, abscissa, ordinate."""


def least(
    contestant: Contestant, task: Task, n_rounds: int, patience_s: int, *, factor: float = 1.0
) -> dict[str, Any]:
    """Figures of the quickest of some rounds; the answer is the same in all of them."""
    driven = replace(contestant, options=(*contestant.options, "--rate-factor", str(factor)))
    found = []
    for _ in range(n_rounds):
        wait_for_quiet(patience_s)
        others = Disturbance()
        found.append(run(driven, task, SEED) | {"disturbance": others.so_far()})
    events = {figures["synaptic_events"] for figures in found}
    assert len(events) == 1, f"runs with one seed differ: {sorted(events)} synaptic events"
    quickest = min(found, key=lambda figures: figures["simulate_s"])
    for key in ("build_s", "cpu_s"):
        quickest[key] = min(figures[key] for figures in found)
    point = {"scale": task.scale, "rate_factor": factor, **quickest}
    print(contestant.name, point, file=sys.stderr, flush=True)
    return point


def task_of(scale: float, time_ms: float, threads: int) -> Task:
    n_synapses = round(scale**2 * int(synapse_numbers().sum()))
    return Task(scale, "poisson", n_synapses, Path(), time_ms, WARMUP_MS, threads)


def fit(points: Sequence[Mapping[str, Any]], abscissa: str, ordinate: str) -> dict[str, float]:
    """Straight line through `points`, by least squares of the relative residuals.

    Returns
    -------
    dict
        ``intercept``, ``slope``, and ``largest_residual``, relative to the value at its point.
    """
    x, y = (np.array([float(p[key]) for p in points]) for key in (abscissa, ordinate))
    slope, intercept = np.polyfit(x, y, 1, w=1 / y)
    residuals = (intercept + slope * x) / y - 1
    return {
        "intercept": float(intercept),
        "slope": float(slope),
        "largest_residual": float(np.abs(residuals).max()),
    }


def fits(series: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, dict[str, float]]]:
    """All lines of `FITS`, by contestant."""
    return {
        name: {what: fit(found[points], x, y) for what, (points, x, y) in FITS.items()}
        for name, found in series.items()
    }


def draw(content: Mapping[str, Any], path: Path) -> None:
    """Points and fitted lines, a panel for each of `FITS`."""
    from matplotlib.figure import Figure  # noqa: PLC0415 (heavy)

    words = {
        "n_synapses": "synapses (millions)",
        "synaptic_events": "synaptic events (millions)",
        "simulate_s": "simulation (s)",
        "cpu_s": "processor time of simulation (s)",
        "build_s": "mapping and generation (s)",
        "peak_rss_bytes": "peak memory (GB)",
    }
    figure = Figure(figsize=(12, 7), layout="constrained")
    panels = figure.subplots(2, 3).ravel()
    for panel, (what, (points, x, y)) in zip(panels, FITS.items(), strict=True):
        for name, found in content["series"].items():
            line = content["fits"][name][what]
            unit = 1e9 if y == "peak_rss_bytes" else 1.0
            values = np.array([p[x] for p in found[points]])
            ordinates = np.array([p[y] for p in found[points]])
            (dots,) = panel.plot(values / 1e6, ordinates / unit, "o", label=name)
            ends = np.array([0.0, values.max()])
            fitted = line["intercept"] + line["slope"] * ends
            panel.plot(ends / 1e6, fitted / unit, color=dots.get_color(), linewidth=1)
        panel.set(xlabel=words[x], ylabel=words[y], title=what)
        panel.set_xlim(left=0)
        panel.set_ylim(bottom=0)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)
    figure.savefig(path, dpi=100)


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description="Measure how cost grows.")
    parser.add_argument("--scales", default="0.05,0.1,0.2,0.35,0.5,0.75,1")
    parser.add_argument("--factors", default="0.9,1,1.1,1.25,1.5,2", help="of the Poisson rates")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--time", type=float, default=300.0, help="ms")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--patience", type=int, default=120, help="s to wait for a quiet machine")
    asked = parser.parse_args()
    scales = [float(scale) for scale in asked.scales.split(",")]
    factors = [float(factor) for factor in asked.factors.split(",")]
    how = asked.rounds, asked.patience
    series: dict[str, dict[str, Any]] = {}
    for contestant in OURS:
        tasks = [task_of(scale, asked.time, asked.threads) for scale in scales]
        tenth = task_of(SCALE_OF_RATES, asked.time, asked.threads)
        series[contestant.name] = {
            "scales": [least(contestant, task, *how) for task in tasks],
            "rates": [least(contestant, tenth, *how, factor=factor) for factor in factors],
        }
    content = {
        "machine": machine_facts(),
        "time_ms": asked.time,
        "fits": fits(series),
        "series": series,
    }
    write("scaling", content)
    draw(content, RESULTS / "scaling.png")


if __name__ == "__main__":
    main()
