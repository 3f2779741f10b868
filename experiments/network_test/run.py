"""network_tester's first example on an emulated board of four chips; see README.md.

python experiments/network_test/run.py --output network_test.csv
"""

import argparse
import csv
from itertools import product
from pathlib import Path
from typing import TextIO

import numpy as np
from rich.console import Console

from host.machines import load_machine
from host.progress import LineProgress
from host.traffic import Core, Experiment, Flow, Group, SendPolicy, run_experiment

N_CORES, N_SINKS = 64, 8
MEASURED = (0, 566_026, 1_138_960, 1_707_350, 2_277_734, 2_847_388)
MEASURED += (1_401_762, 1_377_632, 1_389_261, 1_393_182)
"""Copies received in 0.1 s for probabilities of 0/9 to 9/9 (network_tester, getting started)."""
MS_PS = 10**9
COLUMNS = ("sent", "blocked", "wanted", "received", "dropped_multicast", "router_busy_mean")


def random_flows(seed: int) -> tuple[Flow, ...]:
    """One flow from each core to eight of all cores, which may include itself."""
    rng = np.random.default_rng(seed)
    sinks = (rng.choice(N_CORES, N_SINKS, replace=False).tolist() for _ in range(N_CORES))
    return tuple(Flow(source=core, sinks=tuple(chosen)) for core, chosen in enumerate(sinks))


def cores(flows: tuple[Flow, ...], receive_us: float, per_flow_ns: float) -> tuple[Core, ...]:
    """Cores that take `receive_us` for a packet, and more for each flow that ends on them."""
    n_flows = np.bincount([sink for flow in flows for sink in flow.sinks], minlength=N_CORES)
    times_us = receive_us + per_flow_ns / 1000 * n_flows
    return tuple(Core(receive_ps=round(time_us * 10**6)) for time_us in times_us.tolist())


def groups(arguments: argparse.Namespace) -> tuple[Group, ...]:
    """One group for each probability n / 9, with the same packets whatever others are run."""
    return tuple(
        Group(
            probability=n / 9,
            timestep_ps=MS_PS // 100,
            warmup_ps=round(arguments.time_ms * MS_PS) // 2,
            duration_ps=round(arguments.time_ms * MS_PS),
            wait1=arguments.wait1,
            wait2=0,
            reinject_packets=False,
            policy=SendPolicy[arguments.policy.upper()],
            draw=max(0, n - 1),
        )
        for n in arguments.ninths
    )


def write(file: TextIO, arguments: argparse.Namespace) -> None:
    """Run all and write one row per network, receive time and probability."""
    machine = load_machine("spinn3")
    progress = LineProgress(Console(stderr=True))
    writer = csv.writer(file)
    names = ("seed", "receive_us", "per_flow_ns", "wait1", "policy", "ninths", "measured")
    writer.writerow((*names, *COLUMNS, "received_in_100_ms"))
    for seed, receive_us in product(arguments.seeds, arguments.receive_us):
        flows = random_flows(seed)
        experiment = Experiment(
            cores=cores(flows, receive_us, arguments.per_flow_ns),
            flows=flows,
            groups=groups(arguments),
            seed=seed,
        )
        results = run_experiment(experiment, machine, engine=arguments.engine, progress=progress)
        for n, row in zip(arguments.ninths, results.rows(), strict=True):
            inputs = (seed, receive_us, arguments.per_flow_ns, arguments.wait1, arguments.policy)
            scaled = round(row["received"] * 100 / arguments.time_ms)
            writer.writerow((*inputs, n, MEASURED[n], *(row[name] for name in COLUMNS), scaled))
        file.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--receive-us", type=float, nargs="+", default=[0.6, 0.7, 0.75, 0.8, 0.9])
    parser.add_argument("--per-flow-ns", type=float, default=0.0)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--ninths", type=int, nargs="+", default=list(range(1, 10)))
    parser.add_argument("--time-ms", type=float, default=100.0)
    parser.add_argument("--wait1", type=int, default=240)
    parser.add_argument("--policy", choices=("skip", "wait"), default="skip")
    parser.add_argument("--engine", choices=("auto", "compiled", "reference"), default="auto")
    parser.add_argument("--output", type=Path, default=Path("network_test.csv"))
    arguments = parser.parse_args()
    with arguments.output.open("w", newline="", encoding="ascii") as file:
        write(file, arguments)


if __name__ == "__main__":
    main()
