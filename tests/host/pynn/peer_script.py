"""A PyNN script for any backend: ``peer_script.py SIMULATOR FILE.npz STEPS``.

Three small networks: one neuron whose potential only spikes from outside move, neurons that
constant currents make fire, and a recurrent network with listed synapses and spike times, so that
nothing is drawn by the simulator. STEPS are added to the delays between neurons: simulators differ
in whether a delay counts from the beginning or the end of the step in which a neuron fires.
"""

import sys
from importlib import import_module

import numpy as np

DT_MS = 0.1
CELL = {
    "cm": 0.25, "tau_m": 10.0, "tau_syn_E": 2.0, "tau_syn_I": 4.0, "tau_refrac": 2.0,
    "v_rest": -65.0, "v_reset": -65.0, "v_thresh": -50.0,
}  # fmt: skip
CURRENTS_NA = (0.38, 0.4, 0.5, 0.7, 1.0)
N, TIME_MS = 200, 500.0


def passive(sim):
    """Potential of one neuron, shape (n_samples,)."""
    sim.setup(timestep=DT_MS, min_delay=DT_MS, max_delay=5.0, spike_precision="on_grid")
    cell = sim.Population(1, sim.IF_curr_exp(**CELL, i_offset=0.1))
    exc = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0, 20.0, 22.0, 60.0]))
    inh = sim.Population(1, sim.SpikeSourceArray(spike_times=[30.0, 61.0]))
    one = sim.AllToAllConnector()
    sim.Projection(exc, cell, one, sim.StaticSynapse(weight=0.4, delay=1.5))
    down = sim.StaticSynapse(weight=-0.3, delay=0.7)
    sim.Projection(inh, cell, one, down, receptor_type="inhibitory")
    cell.initialize(v=-65.0)
    cell.record("v")
    sim.run(100.0)
    return cell.get_data().segments[0].filter(name="v")[0].magnitude[:, 0]


def driven(sim):
    """Spike times of neurons with constant currents, padded with nan."""
    sim.setup(timestep=DT_MS, min_delay=DT_MS, max_delay=5.0, spike_precision="on_grid")
    cells = sim.Population(len(CURRENTS_NA), sim.IF_curr_exp(**CELL))
    cells.set(i_offset=list(CURRENTS_NA))
    cells.initialize(v=-65.0)
    cells.record("spikes")
    sim.run(TIME_MS)
    trains = [train.magnitude for train in cells.get_data().segments[0].spiketrains]
    times = np.full((len(trains), max(map(len, trains))), np.nan)
    for row, train in zip(times, trains, strict=True):
        row[: len(train)] = train
    return times


def recurrent(sim, added_steps):
    """Spikes of a balanced network: (neuron, time), shape (n_spikes, 2)."""
    rng = np.random.default_rng(7)
    sim.setup(timestep=DT_MS, min_delay=DT_MS, max_delay=5.0, spike_precision="on_grid")
    cells = sim.Population(N, sim.IF_curr_exp(**CELL, i_offset=0.3))
    trains = [
        np.flatnonzero(rng.random(int(TIME_MS / DT_MS)) < 0.05) * DT_MS + 2 * DT_MS
        for _ in range(N)
    ]
    source = sim.Population(
        N, sim.SpikeSourceArray(spike_times=[t.round(1).tolist() for t in trains])
    )
    sim.Projection(source, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=0.1, delay=1.0))
    n_exc = N * 4 // 5
    pairs = np.argwhere(rng.random((N, N)) < 0.1)
    delays = (rng.integers(5, 30, len(pairs)) + added_steps) * DT_MS
    for is_exc, weight, receptor in ((True, 0.05, "excitatory"), (False, -0.25, "inhibitory")):
        chosen = (pairs[:, 0] < n_exc) == is_exc
        rows = [
            (int(i), int(j), weight, round(float(delay), 1))
            for (i, j), delay in zip(pairs[chosen], delays[chosen], strict=True)
        ]
        sim.Projection(cells, cells, sim.FromListConnector(rows), receptor_type=receptor)
    cells.initialize(v=rng.uniform(-65.0, -50.0, N))
    cells.record("spikes")
    sim.run(TIME_MS)
    trains = cells.get_data().segments[0].spiketrains
    return np.array([(i, time) for i, train in enumerate(trains) for time in train.magnitude])


if __name__ == "__main__":
    simulator, added = import_module(f"pyNN.{sys.argv[1]}"), int(sys.argv[3])
    found = {
        "passive": passive(simulator),
        "driven": driven(simulator),
        "recurrent": recurrent(simulator, added),
    }
    simulator.end()
    np.savez(sys.argv[2], **found)
