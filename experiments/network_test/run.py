"""network_tester's first example on an emulated board of four chips; see README.md."""

import csv
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np

from experiments.network_test import Options
from host.experiments import Finding
from host.machines import load_machine
from host.progress import Progress
from host.traffic import Core, Experiment, Flow, Group, SendPolicy, run_experiment

__all__ = ["run"]

N_CORES, N_SINKS = 64, 8
MEASURED = (
    *(0, 566_026, 1_138_960, 1_707_350, 2_277_734),
    *(2_847_388, 1_401_762, 1_377_632, 1_389_261, 1_393_182),
)
"""Copies received in 0.1 s for probabilities of 0/9 to 9/9 (network_tester, getting started)."""
MS_PS = 10**9
INPUTS = ("seed", "receive_us", "per_flow_ns", "wait1", "policy", "ninths", "measured")
COUNTED = ("sent", "blocked", "wanted", "received", "dropped_multicast", "router_busy_mean")
SCALED = "received_in_100_ms"
SHOWN = ("seed", "receive_us", "ninths", "measured", SCALED, "dropped_multicast")


def run(options: Options, *, progress: Progress, output: Path) -> Finding:
    """Run all, and write one row per network, receive time and probability."""
    path = output / "network_test.csv"
    columns = (*INPUTS, *COUNTED, SCALED)
    rows = []
    with path.open("w", newline="", encoding="ascii") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        for row in _rows(options, progress):
            writer.writerow(row)
            rows.append(row)
    shown = tuple(tuple(row[name] for name in SHOWN) for row in rows)
    return Finding(columns=SHOWN, rows=shown, sentences=_sentences(rows), files=(path,))


def _rows(options: Options, progress: Progress) -> Iterator[dict[str, int | float | str]]:
    machine = load_machine("spinn3")
    for seed, receive_us in product(options.seeds, options.receive_us):
        flows = _random_flows(seed)
        experiment = Experiment(
            cores=_cores(flows, receive_us, options.per_flow_ns),
            flows=flows,
            groups=_groups(options),
            seed=seed,
        )
        results = run_experiment(experiment, machine, engine=options.engine, progress=progress)
        for n, row in zip(options.ninths, results.rows(), strict=True):
            inputs = (seed, receive_us, options.per_flow_ns, options.wait1, options.policy, n)
            scaled = round(float(row["received"]) * 100 / options.time_ms)
            counted = {name: row[name] for name in COUNTED}
            known = dict(zip(INPUTS, (*inputs, MEASURED[n]), strict=True))
            yield {**known, **counted, SCALED: scaled}


def _random_flows(seed: int) -> tuple[Flow, ...]:
    """One flow from each core to eight of all cores, which may include itself."""
    rng = np.random.default_rng(seed)
    sinks = (rng.choice(N_CORES, N_SINKS, replace=False).tolist() for _ in range(N_CORES))
    return tuple(Flow(source=core, sinks=tuple(chosen)) for core, chosen in enumerate(sinks))


def _cores(flows: tuple[Flow, ...], receive_us: float, per_flow_ns: float) -> tuple[Core, ...]:
    """Cores that take `receive_us` for a packet, and more for each flow that ends on them."""
    n_flows = np.bincount([sink for flow in flows for sink in flow.sinks], minlength=N_CORES)
    times_us = receive_us + per_flow_ns / 1000 * n_flows
    return tuple(Core(receive_ps=round(time_us * 10**6)) for time_us in times_us.tolist())


def _groups(options: Options) -> tuple[Group, ...]:
    """One group for each probability n / 9, with the same packets whatever others are run."""
    return tuple(
        Group(
            probability=n / 9,
            timestep_ps=MS_PS // 100,
            warmup_ps=round(options.time_ms * MS_PS) // 2,
            duration_ps=round(options.time_ms * MS_PS),
            wait1=options.wait1,
            wait2=0,
            reinject_packets=False,
            policy=SendPolicy[options.policy.upper()],
            draw=max(0, n - 1),
        )
        for n in options.ninths
    )


def _sentences(rows: list[dict[str, int | float | str]]) -> tuple[str, ...]:
    """For each network and receive time, how far what arrives is from what was measured."""
    found = []
    for seed, receive_us in dict.fromkeys((row["seed"], row["receive_us"]) for row in rows):
        shares = [
            (row["ninths"], float(row[SCALED]) / float(row["measured"]))
            for row in rows
            if (row["seed"], row["receive_us"]) == (seed, receive_us) and row["measured"]
        ]
        n, worst = max(shares, key=lambda pair: abs(pair[1] - 1), default=(0, 1.0))
        found.append(
            f"network {seed}, {receive_us:g} us per packet: farthest from the board at n = {n}, "
            f"with {worst:.2f} of what it received"
        )
    return tuple(found)
