"""chipemu on the cortical microcircuit, measured as the other simulators are.

    python benchmarks/peers/chipemu_run.py [--time MS] [--warmup MS] [--threads N] [--seed N]
        [--scale S] [--drive poisson|dc] [--timing ideal|full] [--mapping homogeneous|ensemble]
        [--rate-factor F]

prints one line of JSON: wall times, peak memory, rates, and what was lost. No spikes are recorded.
"""

import argparse
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import numpy as np

from host.config import Config, MappingConfig, NetworkConfig, RecordConfig, RunConfig
from host.networks import build_network
from host.pipeline import run
from host.progress import SilentProgress
from mapping.spec import NetworkSpec, PopulationKind

NOT_BUILDING = ("simulate", "settle", "kernels", "compiling")
"""Phases that are not part of making the network; kernels are compiled once for all runs."""


class Laps(SilentProgress):
    """Wall time and processor time at which steps of the simulation were done."""

    def __init__(self) -> None:
        self.laps: list[tuple[float, float, float]] = []
        self._is_simulating = False

    @contextmanager
    def phase(self, name: str, total: float | None = None) -> Iterator[None]:  # noqa: ARG002
        if name == "simulate":
            self._is_simulating = True
            self._note(0.0)
        yield
        if name == "simulate":
            self._is_simulating = False

    def advance(self, amount: float = 1.0) -> None:
        if self._is_simulating:
            self._note(self.laps[-1][0] + amount)

    def _note(self, steps: float) -> None:
        self.laps.append((steps, time.perf_counter(), time.process_time()))

    def seconds(self, first: int, stop: int) -> tuple[float, float]:
        """Wall time and processor time from the start of step `first` to that of step `stop`."""
        steps, *clocks = np.array(self.laps).T
        wall_s, cpu_s = (float(np.diff(np.interp([first, stop], steps, c))[0]) for c in clocks)
        return wall_s, cpu_s


def configuration(asked: argparse.Namespace) -> Config:
    return Config(
        network=NetworkConfig(scale=asked.scale, drive=asked.drive),
        mapping=MappingConfig(layout=asked.mapping),
        run=RunConfig(
            time_ms=asked.time,
            warmup_ms=asked.warmup,
            timing=asked.timing,
            threads=asked.threads,
            seed=asked.seed,
        ),
        record=RecordConfig(spikes=False),
    )


def driven(network: NetworkSpec, factor: float) -> NetworkSpec:
    """The network with the rates of its Poisson sources multiplied by `factor`."""
    populations = [
        replace(
            p,
            parameters={"rate": factor * p.parameters["rate"]},
            expected_rate_hz=factor * p.expected_rate_hz,
        )
        if p.kind is PopulationKind.POISSON
        else p
        for p in network.populations
    ]
    return replace(network, populations=tuple(populations))


def measured(config: Config, rate_factor: float = 1.0) -> dict[str, Any]:
    """Figures of one run, by the names that the other simulators' scripts use."""
    laps = Laps()
    network = build_network(config)
    if rate_factor != 1.0:
        network = driven(network, rate_factor)
    results = run(config, network=network, progress=laps)
    n_warmup = config.run.n_warmup_steps
    warmup_s, _ = laps.seconds(0, n_warmup)
    simulate_s, cpu_s = laps.seconds(n_warmup, n_warmup + config.run.n_steps)
    n_spikes_s = sum(
        rate_hz * network.population(name).size for name, rate_hz in results.rates_hz.items()
    )
    build_s = (s for name, s in results.wall_s.items() if not name.startswith(NOT_BUILDING))
    return {
        "version": version("chipemu"),
        "n_neurons": results.n_neurons,
        "n_synapses": results.n_synapses,
        "build_s": round(sum(build_s), 3),
        "warmup_s": round(warmup_s, 3),
        "simulate_s": round(simulate_s, 3),
        "cpu_s": round(cpu_s, 3),
        "rtf": round(1000 * simulate_s / config.run.time_ms, 4),
        "mean_rate_hz": round(n_spikes_s / results.n_neurons, 4),
        "synaptic_events": results.energy["synaptic_events"],
        "peak_rss_bytes": results.peak_rss_bytes,
        "losses": {name: n for name, n in results.losses.items() if n},
    }


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description="Run the microcircuit in chipemu.")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--drive", choices=("poisson", "dc"), default="poisson")
    parser.add_argument("--time", type=float, default=1000.0, help="ms")
    parser.add_argument("--warmup", type=float, default=500.0, help="ms")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--timing", choices=("ideal", "full"), default="ideal")
    parser.add_argument("--mapping", choices=("homogeneous", "ensemble"), default="homogeneous")
    parser.add_argument("--rate-factor", type=float, default=1.0, help="of the Poisson sources")
    asked = parser.parse_args()
    print(json.dumps(measured(configuration(asked), asked.rate_factor)))


if __name__ == "__main__":
    main()
