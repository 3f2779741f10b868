"""The balanced random network of Brunel 2000 (J. Comput. Neurosci. 8:183): rate and irregularity.

Excitatory and inhibitory neurons, each with synapses from a tenth of all neurons, and Poisson
input. Where inhibition is `g` times as strong and the input `eta` times what reaches the threshold,
mean inputs balance at a rate (eta - 1) / (g / 4 - 1) times what one input train has at eta = 1.

    python balanced_random_network.py           # or: chipemu pynn run balanced_random_network.py
    chipemu pynn run --timing full --slowdown 5 balanced_random_network.py --scale 0.05 --time 50
"""

import argparse
from typing import Any

import numpy as np
from pyNN.random import NumpyRNG, RandomDistribution

import host.pynn as sim  # on the machine itself: import pyNN.spiNNaker as sim

N_EXCITATORY, N_INHIBITORY, CONNECTED = 10_000, 2_500, 0.1
JUMP_MV, THRESHOLD_MV, RESET_MV = 0.1, 20.0, 10.0
TAU_SYN_MS, TAU_M_MS, CM_NF = 0.5, 20.0, 1.0
DT_MS, DELAY_MS, WARMUP_MS = 0.1, 1.5, 200.0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Balanced random network.")
    parser.add_argument("--scale", type=float, default=0.1, help="of neurons and in-degrees")
    parser.add_argument("--g", type=float, default=5.0, help="inhibition over excitation")
    parser.add_argument("--eta", type=float, default=2.0, help="input over that to the threshold")
    parser.add_argument("--time", type=float, default=1000.0, help="after a warm-up (ms)")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def theory_hz(g: float, eta: float) -> float:
    """Rate (spikes/s) at which mean inputs balance, of neurons well above the threshold."""
    threshold_hz = 1000.0 * THRESHOLD_MV / (JUMP_MV * TAU_M_MS * CONNECTED * N_EXCITATORY)
    return threshold_hz * (eta - 1) / (g / 4 - 1)


def build(chosen: argparse.Namespace) -> dict[str, Any]:
    """Populations E and I, connected, with Poisson input, recorded."""
    sizes = {
        "E": round(chosen.scale * N_EXCITATORY),
        "I": round(chosen.scale * N_INHIBITORY),
    }
    weight = JUMP_MV / chosen.scale * CM_NF / TAU_SYN_MS
    cell = sim.IF_curr_exp(
        cm=CM_NF, tau_m=TAU_M_MS, tau_syn_E=TAU_SYN_MS, tau_syn_I=TAU_SYN_MS, tau_refrac=2.0,
        v_rest=0.0, v_reset=RESET_MV, v_thresh=THRESHOLD_MV, i_offset=0.0,
    )  # fmt: skip
    rng = NumpyRNG(seed=chosen.seed)
    start = RandomDistribution("uniform", low=RESET_MV, high=THRESHOLD_MV, rng=rng)
    cells = {name: sim.Population(size, cell, label=name) for name, size in sizes.items()}
    input_hz = chosen.eta * 1000.0 * THRESHOLD_MV * chosen.scale / (JUMP_MV * TAU_M_MS)
    for name, population in cells.items():
        population.initialize(v=start)
        population.record("spikes")
        source = sim.Population(
            population.size, sim.SpikeSourcePoisson(rate=input_hz), label=f"poisson_{name}"
        )
        synapse = sim.StaticSynapse(weight=weight, delay=DT_MS)
        sim.Projection(source, population, sim.OneToOneConnector(), synapse)
    for name, receptor, factor in (("E", "excitatory", 1.0), ("I", "inhibitory", -chosen.g)):
        connector = sim.FixedNumberPreConnector(
            round(CONNECTED * sizes[name]), with_replacement=True, allow_self_connections=True
        )
        synapse = sim.StaticSynapse(weight=factor * weight, delay=DELAY_MS)
        for target in cells.values():
            sim.Projection(cells[name], target, connector, synapse, receptor_type=receptor)
    return cells


def statistics(population: Any, time_ms: float) -> tuple[float, float]:
    """Mean rate (spikes/s) after the warm-up, and mean coefficient of variation of intervals."""
    trains = population.get_data("spikes").segments[0].spiketrains
    times = [train.magnitude[train.magnitude >= WARMUP_MS] for train in trains]
    rate_hz = sum(map(len, times)) / (population.size * time_ms) * 1000.0
    intervals = [np.diff(one) for one in times if len(one) > 2]
    variations = [one.std() / one.mean() for one in intervals]
    return rate_hz, float(np.mean(variations)) if variations else float("nan")


def main() -> None:
    chosen = arguments()
    sim.setup(timestep=DT_MS, min_delay=DT_MS, max_delay=DELAY_MS, seed=chosen.seed)
    cells = build(chosen)
    sim.run(WARMUP_MS + chosen.time)
    print(f"mean inputs balance at {theory_hz(chosen.g, chosen.eta):.1f} spikes/s")
    for name, population in cells.items():
        rate_hz, variation = statistics(population, chosen.time)
        print(f"{name}: {rate_hz:.1f} spikes/s, variation of intervals {variation:.2f}")
    print(sim.report())
    sim.end()


if __name__ == "__main__":
    main()
