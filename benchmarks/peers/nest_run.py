"""NEST on a network that `benchmarks.peers.description` wrote; runs in an environment of its own.

    python benchmarks/peers/nest_run.py NETWORK.json [--time MS] [--warmup MS] [--threads N]
        [--seed N] [--record FILE.npz]

prints one line of JSON: wall times, peak memory, rates. Neurons are ``iaf_psc_exp``, integrated
exactly; every neuron has a Poisson train of its own. With ``--record`` all spikes are kept, those
of the warm-up too: ``step`` (int32, the number of the time step at whose end a spike is stamped,
the first is 1), ``neuron`` (int32, populations one after another) and ``edges`` (int64, first
neuron of each population, then the number of neurons).
"""

import argparse
import json
import math
import time
from itertools import accumulate
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

import nest
import numpy as np

PA_PER_NA = 1000.0
PF_PER_NF = 1000.0


def build(network, asked):
    """Populations, synapses and sources in NEST; returns the populations by name."""
    nest.ResetKernel()
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.resolution = network["dt_ms"]
    nest.local_num_threads = asked.threads
    nest.rng_seed = asked.seed
    populations = {p["name"]: create(p) for p in network["populations"]}
    for source in network["sources"]:
        drive(source, populations[source["post"]])
    for name in populations:
        # A synapse model holds at most 2**27 - 1 synapses per thread: one for each source.
        nest.CopyModel("static_synapse", f"from_{name}")
    for projection in network["projections"]:
        connect(projection, populations, network["dt_ms"])
    return populations


def create(population):
    """Neurons with normally distributed initial potentials and no synaptic current."""
    neurons = nest.Create(
        "iaf_psc_exp",
        population["size"],
        params={
            "C_m": PF_PER_NF * population["cm_nf"],
            "tau_m": population["tau_m_ms"],
            "tau_syn_ex": population["tau_syn_e_ms"],
            "tau_syn_in": population["tau_syn_i_ms"],
            "t_ref": population["tau_ref_ms"],
            "E_L": population["v_rest_mv"],
            "V_reset": population["v_reset_mv"],
            "V_th": population["v_thresh_mv"],
            "I_e": PA_PER_NA * population["i_offset_na"],
        },
    )
    neurons.V_m = drawn(population["v_initial_mv"])
    return neurons


def drawn(values, factor=1.0):
    """NEST's parameter for a described distribution, in units of 1 / `factor`."""
    if not values["sigma"]:
        return factor * values["mu"]
    normal = nest.random.normal(mean=factor * values["mu"], std=factor * values["sigma"])
    if values["low"] is None and values["high"] is None:
        return normal
    low = -math.inf if values["low"] is None else factor * values["low"]
    high = math.inf if values["high"] is None else factor * values["high"]
    return nest.math.redraw(normal, min=low, max=high)


def drive(source, targets):
    """One generator sends an independent Poisson train to each of its targets."""
    generator = nest.Create("poisson_generator", params={"rate": source["rate_hz"]})
    synapse = {"weight": PA_PER_NA * source["weight_na"], "delay": source["delay_ms"]}
    nest.Connect(generator, targets, "all_to_all", synapse)


def connect(projection, populations, dt_ms):
    """Pairs drawn with replacement; delays are rounded to time steps by NEST."""
    assert projection["delay_ms"]["low"] >= dt_ms / 2, "a delay is rounded to one step at least"
    nest.Connect(
        populations[projection["pre"]],
        populations[projection["post"]],
        {"rule": "fixed_total_number", "N": projection["n_synapses"]},
        {
            "synapse_model": f"from_{projection['pre']}",
            "weight": drawn(projection["weight_na"], PA_PER_NA),
            "delay": drawn(projection["delay_ms"]),
        },
    )


def recorders(populations):
    """Recorder of each population, in memory, times as numbers of steps."""
    found = {}
    for name, neurons in populations.items():
        found[name] = nest.Create("spike_recorder", params={"time_in_steps": True})
        nest.Connect(neurons, found[name])
    return found


def keep(path, found, edges):
    """Write all recorded spikes, in the order of steps, then neurons."""
    events = [recorder.events for recorder in found.values()]
    step = np.concatenate([e["times"] for e in events]).astype(np.int32)
    neuron = np.concatenate([e["senders"] for e in events]).astype(np.int32) - 1
    order = np.lexsort((neuron, step))
    np.savez_compressed(path, step=step[order], neuron=neuron[order], edges=np.array(edges))


def simulate(time_ms):
    """Wall time and processor time (s) of simulating."""
    start, used = time.perf_counter(), time.process_time()
    nest.Simulate(time_ms)
    return time.perf_counter() - start, time.process_time() - used


def main():
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description="Run a described network in NEST.")
    parser.add_argument("network", type=Path)
    parser.add_argument("--time", type=float, default=1000.0, help="ms")
    parser.add_argument("--warmup", type=float, default=500.0, help="ms")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", type=Path)
    asked = parser.parse_args()
    network = json.loads(asked.network.read_text())

    start = time.perf_counter()
    populations = build(network, asked)
    found = recorders(populations) if asked.record else {}
    nest.Prepare()
    nest.Cleanup()
    build_s = time.perf_counter() - start
    warmup_s, _ = simulate(asked.warmup) if asked.warmup else (0.0, 0.0)
    simulate_s, cpu_s = simulate(asked.time)
    n_spikes = nest.local_spike_counter  # of the last call of Simulate
    sizes = [p["size"] for p in network["populations"]]
    if asked.record:
        keep(asked.record, found, [0, *accumulate(sizes)])
    figures = {
        "version": nest.__version__,
        "n_neurons": sum(sizes),
        "n_synapses": sum(nest.GetDefaults(f"from_{p}", "num_connections") for p in populations),
        "build_s": round(build_s, 3),
        "warmup_s": round(warmup_s, 3),
        "simulate_s": round(simulate_s, 3),
        "cpu_s": round(cpu_s, 3),
        "rtf": round(1000 * simulate_s / asked.time, 4),
        "mean_rate_hz": round(n_spikes / sum(sizes) / (asked.time / 1000), 4),
        "peak_rss_bytes": 1024 * getrusage(RUSAGE_SELF).ru_maxrss,
    }
    print("\n" + json.dumps(figures))


if __name__ == "__main__":
    main()
