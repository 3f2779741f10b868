"""Synfire chains: the volleys of spikes that survive, and whether the machine carries them in time.

Chains of groups of neurons, each group connected to all of the next (Diesmann et al. 1999, Nature
402:529). A volley of spikes begins each chain; neurons fire at random a little besides, for noise
holds their potentials some millivolts below the threshold.

    python synfire_chain.py                     # or: chipemu pynn run synfire_chain.py
    chipemu pynn run --timing full synfire_chain.py --neurons 50
"""

import argparse
from typing import Any

import numpy as np

import host.pynn as sim  # on the machine itself: import pyNN.spiNNaker as sim

DT_MS, DELAY_MS = 0.1, 5.0
VOLLEY_MS = 100.0
"""When the volleys begin: after the potentials have forgotten how they began."""
CELL = {
    "cm": 0.25, "tau_m": 10.0, "tau_syn_E": 0.5, "tau_syn_I": 0.5, "tau_refrac": 2.0,
    "v_rest": -65.0, "v_reset": -65.0, "v_thresh": -50.0, "i_offset": 0.12,
}  # fmt: skip
PSP_MV = 0.15
"""Postsynaptic potential of a spike within chains of 100 neurons per group."""
NOISE_HZ, NOISE_PSP_MV = 2000.0, 0.25
"""Poisson input of each neuron."""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Synfire chains.")
    parser.add_argument("--neurons", type=int, default=100, help="neurons of a group")
    parser.add_argument("--groups", type=int, default=10, help="groups of a chain")
    parser.add_argument(
        "--volleys", type=float, nargs="+", default=[0.2, 0.4, 0.6, 0.8, 1.0], metavar="SHARE",
        help="first volleys, one chain each: spikes over neurons of a group",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def psc_na(psp_mv: float) -> float:
    """Weight (nA) of an exponential synapse whose potential peaks at `psp_mv`."""
    tau_m, tau_s = CELL["tau_m"], CELL["tau_syn_E"]
    peak = float((tau_s / tau_m) ** (tau_s / (tau_m - tau_s)))
    return psp_mv * CELL["cm"] / tau_s / peak


def build_chain(share: float, chosen: argparse.Namespace) -> list[Any]:
    """Groups of one chain, the first of which gets a volley of `share` of its neurons' number."""
    n = chosen.neurons
    weight = psc_na(PSP_MV * 100 / n)
    synapse = sim.StaticSynapse(weight=weight, delay=DELAY_MS)
    volley = sim.Population(
        max(1, round(share * n)), sim.SpikeSourceArray(spike_times=[VOLLEY_MS]), label="volley"
    )
    groups = [
        sim.Population(n, sim.IF_curr_exp(**CELL), label=f"{share:g}-{i}")
        for i in range(chosen.groups)
    ]
    noise = sim.StaticSynapse(weight=psc_na(NOISE_PSP_MV), delay=DT_MS)
    for before, group in zip([volley, *groups], groups, strict=False):
        sim.Projection(before, group, sim.AllToAllConnector(), synapse)
        source = sim.Population(n, sim.SpikeSourcePoisson(rate=NOISE_HZ), label="noise")
        sim.Projection(source, group, sim.OneToOneConnector(), noise)
        group.initialize(v=CELL["v_rest"])
        group.record("spikes")
    return groups


def volley_sizes(groups: list[Any], n: int) -> list[float]:
    """Share of each group that fires while the volley passes through it."""
    shares = []
    for i, group in enumerate(groups):
        arrival_ms = VOLLEY_MS + (i + 1) * DELAY_MS
        trains = group.get_data("spikes").segments[0].spiketrains
        times = np.concatenate([train.magnitude for train in trains])
        passing = (times >= arrival_ms) & (times < arrival_ms + DELAY_MS)
        shares.append(float(np.count_nonzero(passing)) / n)
    return shares


def main() -> None:
    chosen = arguments()
    sim.setup(timestep=DT_MS, min_delay=DT_MS, max_delay=DELAY_MS, seed=chosen.seed)
    chains = {share: build_chain(share, chosen) for share in chosen.volleys}
    sim.run(VOLLEY_MS + (chosen.groups + 2) * DELAY_MS)
    print("first volley | share of each group that fires as it passes")
    for share, groups in chains.items():
        sizes = volley_sizes(groups, chosen.neurons)
        print(f"{share:12.2f} | " + " ".join(f"{size:4.2f}" for size in sizes))
    print("lost:", {cause: n for cause, n in sim.losses().items() if n} or "nothing")
    print(f"energy per synaptic event: {sim.energy()['e_syn_uj']:.3g} uJ")
    sim.end()


if __name__ == "__main__":
    main()
