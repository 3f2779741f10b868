"""Brian2 on a network that `benchmarks.peers.description` wrote; runs in an environment of its own.

    python benchmarks/peers/brian_run.py NETWORK.json [--time MS] [--warmup MS] [--threads N]
        [--seed N]

generates and compiles C++ with OpenMP (Brian2's standalone mode, doubles), runs it and prints one
line of JSON: wall times, peak memory of the compiled program, rates. One group holds all neurons
and one `Synapses` object all synapses, since each of either costs time in every step.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

import brian2
import numpy as np
from brian2 import Hz, Network, NeuronGroup, SpikeMonitor, Synapses, device, ms, mV, nA, nF
from brian2.core.functions import DEFAULT_FUNCTIONS, Function

NEURON = """
    dv/dt = (v_rest - v) / tau_m + (i_syn + i_offset) / c_m : volt (unless refractory)
    di_syn/dt = -i_syn / tau_syn : amp
    i_offset : amp (constant)
    w_drive : amp (constant)
    n_drive : 1 (constant)
    kind : integer (constant)
"""
"""Both synaptic currents have the same time constant: they are kept as their sum."""

DRAWN = """
static const double table_%(name)s[][4] = {%(rows)s};
static double %(name)s(int row, int _vectorisation_idx)
{
    const double *normal = table_%(name)s[row];
    double value;
    do
        value = normal[0] + normal[1] * _randn(_vectorisation_idx);
    while (value < normal[2] || value > normal[3]);
    return value;
}
"""
"""Normal values (mean, standard deviation), redrawn until they lie between two bounds."""
UNBOUNDED = 1e30
REPORT = """
    std::cout << completed << ' ' << elapsed << ' '
              << double(std::clock()) / CLOCKS_PER_SEC << std::endl;
"""
"""Said at the start and the end of a run, and every ten seconds: share done, wall time (s) since
the start, processor time (s) of the program so far."""


def drawn(network, name):
    """Function of Brian2 that draws the value `name` of a synapse of a projection (in C++ only).

    Its argument is the index of the source's population times the number of populations, plus the
    index of the target's.
    """
    names = [p["name"] for p in network["populations"]]
    found = {(p["pre"], p["post"]): p[name] for p in network["projections"]}
    nothing = {"mu": 0.0, "sigma": 0.0, "low": None, "high": None}
    normals = [found.get((pre, post), nothing) for pre in names for post in names]
    rows = ", ".join(f"{{{n['mu']}, {n['sigma']}, {low(n)}, {high(n)}}}" for n in normals)
    made = Function(
        lambda row: row,
        arg_units=[1],
        arg_names=["row"],
        return_unit=1,
        stateless=False,
        auto_vectorise=True,
    )
    made.implementations.add_implementation(
        "cpp",
        DRAWN % {"name": name, "rows": rows},
        dependencies={"_randn": DEFAULT_FUNCTIONS["randn"]},
        name=name,
    )
    return made


def low(normal):
    return -UNBOUNDED if normal["low"] is None else normal["low"]


def high(normal):
    return UNBOUNDED if normal["high"] is None else normal["high"]


def shared(populations, key):
    """Parameter that all populations have in common."""
    values = {p[key] for p in populations}
    assert len(values) == 1, f"{key} differs among populations: {sorted(values)}"
    return values.pop()


def neurons(network, rng):
    """All populations, one after another, with normally distributed initial potentials."""
    populations = network["populations"]
    sizes = [p["size"] for p in populations]
    assert shared(populations, "tau_syn_e_ms") == shared(populations, "tau_syn_i_ms")
    counters = [f"n_out_{post} : integer (constant)" for post in range(len(populations))]
    group = NeuronGroup(
        sum(sizes),
        "\n".join([NEURON, *counters]),
        method="exact",
        threshold="v >= v_thresh",
        reset="v = v_reset",
        # Brian2's refractory period counts the step of the spike, too.
        refractory=(shared(populations, "tau_ref_ms") + network["dt_ms"]) * ms,
        namespace={
            "c_m": shared(populations, "cm_nf") * nF,
            "tau_m": shared(populations, "tau_m_ms") * ms,
            "tau_syn": shared(populations, "tau_syn_e_ms") * ms,
            "v_rest": shared(populations, "v_rest_mv") * mV,
            "v_reset": shared(populations, "v_reset_mv") * mV,
            "v_thresh": shared(populations, "v_thresh_mv") * mV,
        },
    )
    initial = [p["v_initial_mv"] for p in populations]
    mu, sigma = (np.repeat([v[key] for v in initial], sizes) for key in ("mu", "sigma"))
    group.v = rng.normal(mu, sigma) * mV
    group.i_offset = np.repeat([p["i_offset_na"] for p in populations], sizes) * nA
    group.kind = np.repeat(np.arange(len(sizes)), sizes)
    sources = {s["post"]: s for s in network["sources"]}
    if sources:
        ordered = [sources[p["name"]] for p in populations]
        events = [s["rate_hz"] * Hz * network["dt_ms"] * ms for s in ordered]
        group.n_drive = np.repeat([float(n) for n in events], sizes)
        group.w_drive = np.repeat([s["weight_na"] for s in ordered], sizes) * nA
        group.run_regularly("i_syn += w_drive * poisson(n_drive)")
    return group


def synapses(group, network, rng):
    """Synapses of all projections: fixed total numbers, drawn with replacement.

    By source, a projection's synapses are multinomially many, and each has a target of its own:
    that is the rule told from the source's side, which Brian2 can follow in C++.
    """
    populations = network["populations"]
    sizes = [p["size"] for p in populations]
    numbers = {(p["pre"], p["post"]): p["n_synapses"] for p in network["projections"]}
    made = Synapses(group, group, "w : amp (constant)", on_pre="i_syn_post += w")
    for post, target in enumerate(populations):
        n_out = [
            rng.multinomial(numbers.get((p["name"], target["name"]), 0), np.full(n, 1 / n))
            for p, n in zip(populations, sizes, strict=True)
        ]
        setattr(group, f"n_out_{post}", np.concatenate(n_out))
        first, size = sum(sizes[:post]), sizes[post]
        made.connect(j=f"{first} + int(rand() * {size}) for _ in range(n_out_{post}_pre)")
    pair = f"kind_pre * {len(sizes)} + kind_post"
    names = {key: drawn(network, key) for key in ("weight_na", "delay_ms")} | {"nA": nA, "ms": ms}
    made.w.set_item("True", f"weight_na({pair}) * nA", namespace=names)
    made.delay.set_item("True", f"delay_ms({pair}) * ms", namespace=names)
    return made


def execute():
    """Run the compiled program.

    Returns wall time before the first step, wall time and processor time of each stretch (s), and
    peak memory (bytes).
    """
    start = time.perf_counter()
    program = subprocess.Popen(["./main"], stdout=subprocess.PIPE, text=True)
    build_s, stretches, used_before = 0.0, [], 0.0
    for line in program.stdout:
        completed, elapsed_s, used_s = map(float, line.split())
        if not completed:
            build_s = build_s or time.perf_counter() - start
            used_before = used_s
        if completed == 1.0:
            stretches.append((elapsed_s, used_s - used_before))
    _, status, usage = os.wait4(program.pid, 0)
    if status:
        message = f"the program that Brian2 made failed with status {status}"
        raise RuntimeError(message)
    return build_s, stretches, 1024 * usage.ru_maxrss


def main():
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description="Run a described network in Brian2.")
    parser.add_argument("network", type=Path)
    parser.add_argument("--time", type=float, default=1000.0, help="ms")
    parser.add_argument("--warmup", type=float, default=500.0, help="ms")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    network = json.loads(asked.network.read_text())

    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        brian2.set_device("cpp_standalone", build_on_run=False)
        brian2.prefs.devices.cpp_standalone.openmp_threads = asked.threads
        brian2.prefs.devices.cpp_standalone.extra_make_args_unix = ["-j2"]
        brian2.defaultclock.dt = network["dt_ms"] * ms
        brian2.seed(asked.seed)
        rng = np.random.default_rng(asked.seed)
        group = neurons(network, rng)
        made = synapses(group, network, rng)
        counter = SpikeMonitor(group, record=False)
        whole = Network(group, made, counter)
        counter.active = False
        if asked.warmup:
            whole.run(asked.warmup * ms, report=REPORT)
        counter.active = True
        whole.run(asked.time * ms, report=REPORT)
        device.build(directory=folder, compile=True, run=False)
        compile_s = time.perf_counter() - start
        os.chdir(folder)
        build_s, stretches, peak_rss_bytes = execute()
        simulate_s, cpu_s = stretches[-1]
        counts = Path("results", Path(device.get_array_filename(counter.variables["count"])).name)
        n_spikes = int(np.fromfile(counts, np.int32).sum())
        os.chdir("/")
    n_neurons = len(group)
    figures = {
        "version": brian2.__version__,
        "n_neurons": n_neurons,
        "n_synapses": sum(p["n_synapses"] for p in network["projections"]),
        "compile_s": round(compile_s, 3),
        "build_s": round(build_s, 3),
        "warmup_s": round(sum(wall_s for wall_s, _ in stretches[:-1]), 3),
        "simulate_s": round(simulate_s, 3),
        "cpu_s": round(cpu_s, 3),
        "rtf": round(1000 * simulate_s / asked.time, 4),
        "mean_rate_hz": round(n_spikes / n_neurons / (asked.time / 1000), 4),
        "peak_rss_bytes": peak_rss_bytes,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
