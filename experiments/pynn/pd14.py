"""The cortical microcircuit of Potjans & Diesmann 2014 (Cereb. Cortex 24:785), in PyNN.

All of it at full scale: 77,169 neurons and 298,880,968 synapses, every projection with a fixed
total number of them, which the cores make themselves. Smaller scales shrink neurons and in-degrees
and make up for it with larger weights and a constant current (van Albada et al. 2015, PLOS Comput.
Biol. 11:e1004490). The rates are compared with those of the emulator's own network ``pd14``.

    python pd14.py --scale 0.1                  # or: chipemu pynn run pd14.py --scale 0.1
"""

import argparse
from itertools import product
from math import log, sqrt
from typing import Any

import numpy as np
from pyNN.random import NumpyRNG, RandomDistribution

import host
import host.pynn as sim  # on the machine itself: import pyNN.spiNNaker as sim

NAMES = ("L23E", "L23I", "L4E", "L4I", "L5E", "L5I", "L6E", "L6I")
SIZES = (20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948)
# Table 5: probability that a pair is connected at least once, [target][source]
CONNECTED = (
    (0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0, 0.0076, 0.0),
    (0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0, 0.0042, 0.0),
    (0.0077, 0.0059, 0.0497, 0.135, 0.0067, 0.0003, 0.0453, 0.0),
    (0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0, 0.1057, 0.0),
    (0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0),
    (0.0548, 0.0269, 0.0257, 0.0022, 0.06, 0.3158, 0.0086, 0.0),
    (0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252),
    (0.0364, 0.001, 0.0034, 0.0005, 0.0277, 0.008, 0.0658, 0.1443),
)
K_EXT = (1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100)
INPUT_HZ, PSP_MV, G = 8.0, 0.15, 4.0
DELAY_MS = {"E": 1.5, "I": 0.75}
CELL = {
    "cm": 0.25, "tau_m": 10.0, "tau_syn_E": 0.5, "tau_syn_I": 0.5, "tau_refrac": 2.0,
    "v_rest": -65.0, "v_reset": -65.0, "v_thresh": -50.0,
}  # fmt: skip
# initial potentials (mV), fitted to each population, and rates (spikes/s) at full scale, as the
# community's reference implementation has them (INM-6/microcircuit-PD14-model, v1.0)
V0_MEAN_MV = (-68.28, -63.16, -63.33, -63.45, -63.11, -61.66, -66.72, -61.43)
V0_SD_MV = (5.36, 4.57, 4.74, 4.94, 4.94, 4.55, 5.46, 4.48)
RATES_HZ = (0.903, 2.965, 4.414, 5.876, 7.569, 8.633, 1.105, 7.829)
DT_MS, SHORTEST_MS, LONGEST_MS = 0.1, 0.05, 20.0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The cortical microcircuit.")
    parser.add_argument("--scale", type=float, default=0.1, help="of neurons and in-degrees")
    parser.add_argument("--time", type=float, default=1000.0, help="after the warm-up (ms)")
    parser.add_argument("--warmup", type=float, default=500.0, help="(ms)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--alone", action="store_true", help="without the emulator's own network")
    return parser.parse_args()


def psc_na(psp_mv: float) -> float:
    """Weight (nA) of an exponential synapse whose potential peaks at `psp_mv`."""
    tau_m, tau_s = CELL["tau_m"], CELL["tau_syn_E"]
    peak = float((tau_s / tau_m) ** (tau_s / (tau_m - tau_s)))
    return psp_mv * CELL["cm"] / tau_s / peak


def synapses(target: int, source: int) -> float:
    """Number of synapses of a projection at full scale."""
    pairs = float(SIZES[target] * SIZES[source])
    return log(1.0 - CONNECTED[target][source]) / log(1.0 - 1.0 / pairs)


def weight_na(target: int, source: int) -> float:
    """Mean weight (nA) at full scale, negative from inhibitory neurons."""
    factor = -G if NAMES[source].endswith("I") else 1.0
    twice = 2.0 if (NAMES[target], NAMES[source]) == ("L23E", "L4E") else 1.0
    return factor * twice * psc_na(PSP_MV)


def compensation_na(target: int, scale: float) -> float:
    """Constant current (nA) that keeps the mean input of a scaled-down neuron."""
    recurrent = sum(
        weight_na(target, source) * synapses(target, source) / SIZES[target] * RATES_HZ[source]
        for source in range(8)
    )
    outside = psc_na(PSP_MV) * K_EXT[target] * INPUT_HZ
    return 1e-3 * CELL["tau_syn_E"] * (1 - sqrt(scale)) * (recurrent + outside)


def build(scale: float, seed: int) -> dict[str, Any]:
    """Populations by name, connected, with Poisson input, recorded."""
    rng = NumpyRNG(seed=seed)
    cells = {}
    for i, name in enumerate(NAMES):
        offset = compensation_na(i, scale)
        size = round(scale * SIZES[i])
        cells[name] = sim.Population(size, sim.IF_curr_exp(**CELL, i_offset=offset), label=name)
        start = RandomDistribution("normal", mu=V0_MEAN_MV[i], sigma=V0_SD_MV[i], rng=rng)
        cells[name].initialize(v=start)
        cells[name].record("spikes")
        rate_hz = round(scale * K_EXT[i]) * INPUT_HZ
        noise = sim.Population(size, sim.SpikeSourcePoisson(rate=rate_hz), label=f"poisson_{name}")
        synapse = sim.StaticSynapse(weight=psc_na(PSP_MV) / sqrt(scale), delay=DT_MS)
        sim.Projection(noise, cells[name], sim.OneToOneConnector(), synapse)
    for target, source in product(range(8), repeat=2):
        connect(cells, target, source, scale)
    return cells


def connect(cells: dict[str, Any], target: int, source: int, scale: float) -> None:
    """Make the projection from one population to another."""
    number = round(scale**2 * synapses(target, source))
    if number == 0:
        return
    kind = NAMES[source][-1]
    weight = weight_na(target, source) / sqrt(scale)
    bounds = {"low": 0.0, "high": np.inf} if kind == "E" else {"low": -np.inf, "high": 0.0}
    mean_ms = DELAY_MS[kind]
    synapse = sim.StaticSynapse(
        weight=RandomDistribution("normal_clipped", mu=weight, sigma=0.1 * abs(weight), **bounds),
        delay=RandomDistribution(
            "normal_clipped", mu=mean_ms, sigma=mean_ms / 2, low=SHORTEST_MS, high=LONGEST_MS
        ),
    )
    sim.Projection(
        cells[NAMES[source]],
        cells[NAMES[target]],
        sim.FixedTotalNumberConnector(number, with_replacement=True),
        synapse,
        receptor_type="excitatory" if kind == "E" else "inhibitory",
    )


def rates(cells: dict[str, Any], chosen: argparse.Namespace) -> dict[str, float]:
    """Mean rate (spikes/s) of each population after the warm-up."""
    found = {}
    for name, population in cells.items():
        trains = population.get_data("spikes").segments[0].spiketrains
        n_spikes = sum(np.count_nonzero(train.magnitude >= chosen.warmup) for train in trains)
        found[name] = n_spikes / population.size / chosen.time * 1000.0
    return found


def own_rates(chosen: argparse.Namespace) -> dict[str, float]:
    """Rates of the emulator's own network of this name, on the same machine."""
    keys = {
        "network.scale": chosen.scale, "run.time_ms": chosen.time, "run.warmup_ms": chosen.warmup,
        "run.seed": chosen.seed, "mapping.layout": "ensemble", "record.spikes": False,
    }  # fmt: skip
    return dict(host.run(host.load_config(None, keys)).rates_hz)


def main() -> None:
    chosen = arguments()
    sim.setup(timestep=DT_MS, min_delay=DT_MS, max_delay=LONGEST_MS, seed=chosen.seed)
    cells = build(chosen.scale, chosen.seed)
    sim.run(chosen.warmup + chosen.time)
    found = rates(cells, chosen)
    own = {} if chosen.alone else own_rates(chosen)
    print("population | this script | chipemu's own pd14 (spikes/s)")
    for name, rate_hz in found.items():
        beside = f" | {own[name]:.3f}" if own else ""
        print(f"{name:10} | {rate_hz:11.3f}{beside}")
    print(sim.report())
    sim.end()


if __name__ == "__main__":
    main()
