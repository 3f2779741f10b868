"""The whole emulator against traces recorded on real SpiNNaker boards, to the last bit.

The recordings are those that the SpiNNaker team checked in with its integration tests
(sPyNNaker8, ``20_1_*.csv`` and ``20_7_*.csv``; ``test_one_pop_lif_example.py``).
"""

from pathlib import Path

import numpy as np
import pytest

from fixedpoint.formats import S1615, to_raw
from host.config import load_config
from host.pipeline import run
from mapping.connectors import ExplicitList
from mapping.distributions import Constant
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection

DATA = Path(__file__).parent.parent / "data"
LAYOUTS = [("homogeneous", 20), ("homogeneous", 3), ("ensemble", 7)]


def synfire_ring(delay_ms):
    """20 neurons in a ring, kicked once by a spike source at t = 0."""
    neurons = Population(
        "ring",
        20,
        PopulationKind.NEURON,
        parameters={
            "cm": 0.25, "tau_m": 20.0, "tau_syn_E": 5.0, "tau_syn_I": 5.0, "tau_refrac": 2.0,
            "v_rest": -65.0, "v_reset": -70.0, "v_thresh": -50.0, "i_offset": 0.0,
        },
    )  # fmt: skip
    kick = Population("kick", 1, PopulationKind.SPIKE_ARRAY, spike_times_ms=(np.array([0.0]),))
    ring = ExplicitList(
        np.arange(20, dtype=np.int32), (np.arange(20, dtype=np.int32) + 1) % np.int32(20)
    )
    start = ExplicitList(np.array([0], np.int32), np.array([0], np.int32))
    return NetworkSpec(
        "synfire",
        (neurons, kick),
        (
            Projection("ring", "ring", ring, Constant(2.0), Constant(delay_ms)),
            Projection("kick", "ring", start, Constant(2.0), Constant(1.0)),
        ),
    )


@pytest.mark.parametrize("engine", ["compiled", "reference"])
@pytest.mark.parametrize(("layout", "neurons_per_core"), LAYOUTS)
@pytest.mark.parametrize("delay_ms", [1, 7])
def test_synfire_ring(delay_ms, layout, neurons_per_core, engine):
    recorded = np.load(DATA / f"synfire20_delay{delay_ms}.npz")
    n_steps = recorded["v_raw"].shape[1]
    config = load_config(
        None,
        {
            "run.time_ms": n_steps, "run.warmup_ms": 0.0, "run.dt_ms": 1.0, "run.engine": engine,
            "run.constants": "truncate", "mapping.layout": layout,
            "mapping.neurons_per_core": neurons_per_core,
            "record.v": {"ring": 20}, "record.currents": {"ring": 20},
        },
    )  # fmt: skip
    results = run(config, network=synfire_ring(delay_ms))
    samples = {r.variable: to_raw(r.values.T, S1615) for r in results.recordings}
    np.testing.assert_array_equal(samples["v"], recorded["v_raw"])
    np.testing.assert_array_equal(samples["i_exc"], recorded["gsyn_exc_raw"])
    assert not samples["i_inh"].any()
    found = np.stack([results.spikes.neurons, results.spikes.steps], axis=1)
    order = np.lexsort((recorded["spikes"][:, 0], recorded["spikes"][:, 1]))
    np.testing.assert_array_equal(found, recorded["spikes"][order])


def one_neuron(constants):
    """First spikes from five initial potentials, and the potential of the first (raw)."""
    v_init = np.array([0.0, 0.0146789550781, 0.029296875, 0.0438842773438, 0.0584106445312])
    cells = Population(
        "cells",
        5,
        PopulationKind.NEURON,
        parameters={
            "cm": 208.33, "tau_m": 333.33, "tau_syn_E": 1.0, "tau_syn_I": 2.0, "tau_refrac": 2.5,
            "i_offset": 3.0, "v_rest": 0.1, "v_reset": 0.0, "v_thresh": 1.0,
        },
        initial={"v": v_init},
    )  # fmt: skip
    config = load_config(
        None,
        {
            "run.time_ms": 80, "run.warmup_ms": 0, "run.dt_ms": 1.0, "run.constants": constants,
            "record.v": {"cells": 1},
        },
    )  # fmt: skip
    results = run(config, network=NetworkSpec("one", (cells,), ()))
    steps, neurons = results.spikes.steps, results.spikes.neurons
    v_raw = to_raw(results.recordings[0].values[:5, 0], S1615)
    return [int(steps[neurons == n][0]) for n in range(5)], v_raw.tolist()


@pytest.mark.parametrize("constants", ["nearest", "on_core"])
def test_one_neuron_as_boards_have_run_it_since_2019(constants):
    assert one_neuron(constants) == ([76, 75, 74, 73, 72], [0, 481, 960, 1438, 1914])


def test_truncated_constants_are_told_apart():
    assert one_neuron("truncate")[1] != [0, 481, 960, 1438, 1914]
