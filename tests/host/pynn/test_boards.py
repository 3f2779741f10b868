"""PyNN scripts against traces recorded on real SpiNNaker boards, to the last bit.

The recordings are those of ``tests/system/test_recorded_on_boards.py``; here the network is the one
that the SpiNNaker team's own script builds, in PyNN.
"""

from pathlib import Path

import numpy as np
import pytest

import host.pynn as sim
from fixedpoint.formats import S1615, to_raw

DATA = Path(__file__).parents[2] / "data"
N = 20
CELL = {
    "cm": 0.25, "i_offset": 0.0, "tau_m": 20.0, "tau_refrac": 2.0, "tau_syn_E": 5.0,
    "tau_syn_I": 5.0, "v_reset": -70.0, "v_rest": -65.0, "v_thresh": -50.0,
}  # fmt: skip


def signal(segment, name):
    """Samples of `name` in units of the last place, shape (neurons, steps)."""
    return to_raw(segment.filter(name=name)[0].magnitude.T, S1615)


@pytest.mark.parametrize("layout", ["homogeneous", "ensemble"])
@pytest.mark.parametrize("delay_ms", [1, 7])
@pytest.mark.parametrize("pieces", [1, 3])
def test_synfire_ring(delay_ms, layout, pieces):
    recorded = np.load(DATA / f"synfire20_delay{delay_ms}.npz")
    n_steps = recorded["v_raw"].shape[1]
    sim.setup(timestep=1.0, min_delay=1.0, constants="truncate", layout=layout)
    sim.set_number_of_neurons_per_core(sim.IF_curr_exp, N / 2)
    ring = sim.Population(N, sim.IF_curr_exp(**CELL), label="pop_1")
    kick = sim.Population(1, sim.SpikeSourceArray(spike_times=[[0]]), label="inputSpikes_1")
    loop = [(i, (i + 1) % N, 2.0, delay_ms) for i in range(N)]
    sim.Projection(ring, ring, sim.FromListConnector(loop))
    synapse = sim.StaticSynapse(weight=2.0, delay=1.0)
    sim.Projection(kick, ring, sim.FromListConnector([(0, 0)]), synapse)
    ring.record(["v", "gsyn_exc", "gsyn_inh", "spikes"])
    for stop in np.linspace(0, n_steps, pieces + 1).round()[1:]:
        sim.run_until(stop)
    segment = ring.get_data().segments[0]
    np.testing.assert_array_equal(signal(segment, "v")[:, :n_steps], recorded["v_raw"])
    exc = signal(segment, "gsyn_exc")[:, :n_steps]
    np.testing.assert_array_equal(exc, recorded["gsyn_exc_raw"])
    assert not signal(segment, "gsyn_inh").any()
    found = [
        (train.annotations["source_index"], t)
        for train in segment.spiketrains
        for t in train.magnitude
    ]
    assert sorted(found) == sorted(map(tuple, recorded["spikes"].tolist()))
    sim.end()


def test_one_neuron_as_boards_have_run_it_since_2019():
    sim.setup(timestep=1.0)
    cells = sim.Population(
        5,
        sim.IF_curr_exp(
            cm=208.33, tau_m=333.33, tau_syn_E=1.0, tau_syn_I=2.0, tau_refrac=2.5, i_offset=3.0,
            v_rest=0.1, v_reset=0.0, v_thresh=1.0,
        ),
    )  # fmt: skip
    cells.initialize(v=[0.0, 0.0146789550781, 0.029296875, 0.0438842773438, 0.0584106445312])
    cells.record(["spikes", "v"])
    sim.run(80)
    segment = cells.get_data().segments[0]
    assert [float(train[0]) for train in segment.spiketrains] == [76, 75, 74, 73, 72]
    assert signal(segment, "v")[0, :5].tolist() == [0, 481, 960, 1438, 1914]
