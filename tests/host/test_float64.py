"""Runs in double precision: against closed forms, against the machine's numbers, and refusals."""

import math

import numpy as np
import pytest

import host
from host.config import load_config
from host.errors import ConfigError
from host.results import summary
from mapping.connectors import ExplicitList
from mapping.distributions import Constant
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection, Receptor

DT_MS = 0.1
TAU_M_MS, TAU_SYN_MS, CM_NF = 10.0, 0.5, 0.25
CELL = {
    "cm": CM_NF, "tau_m": TAU_M_MS, "tau_syn_E": TAU_SYN_MS, "tau_syn_I": TAU_SYN_MS,
    "tau_refrac": 2.0, "v_rest": -65.0, "v_reset": -65.0, "v_thresh": -50.0,
}  # fmt: skip


def config(**changes):
    values = {
        "machine": "spinn5",
        "run.time_ms": 20.0,
        "run.warmup_ms": 0.0,
        "run.arithmetic": "float64",
        "run.threads": 1,
    }
    changes = {key.replace("__", "."): value for key, value in changes.items()}
    return load_config(None, values | changes)


def neurons(name, size=1, v=-65.0):
    return Population(name, size, PopulationKind.NEURON, CELL, {"v": v}, expected_rate_hz=50.0)


def sources(times_ms):
    return Population("s", 1, PopulationKind.SPIKE_ARRAY, spike_times_ms=(np.array(times_ms),))


def potential(network):
    """V of the only neuron (mV), at the beginning of each step."""
    results = host.run(config(record__v={"n": 1}), network=network)
    return results.recordings[0].values[:, 0]


def test_a_membrane_relaxes_exponentially():
    v = potential(NetworkSpec("relaxing", (neurons("n", v=-60.0),), ()))
    t_ms = DT_MS * np.arange(v.size)
    np.testing.assert_allclose(v, -65.0 + 5.0 * np.exp(-t_ms / TAU_M_MS), rtol=1e-13)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_single_spike_makes_the_potential_of_the_closed_form(sign):
    weight_na, delay_steps = 0.0123456789, 7
    receptor = Receptor.EXCITATORY if sign > 0 else Receptor.INHIBITORY
    one = np.zeros(1, np.int32)
    projection = Projection(
        "s", "n", ExplicitList(one, one), Constant(weight_na), Constant(0.7), receptor
    )
    v = potential(NetworkSpec("psp", (neurons("n"), sources([0.3])), (projection,)))
    first = 3 + delay_steps  # the step whose update moves V for the first time
    m = np.maximum(np.arange(v.size) - first, 0)
    membrane, decay = math.exp(-DT_MS / TAU_M_MS), math.exp(-DT_MS / TAU_SYN_MS)
    mean = TAU_SYN_MS / DT_MS * (1 - decay)  # of the current in the step of its arrival
    share = (1 - membrane) * (membrane**m - decay**m) / (membrane - decay)
    psp_mv = sign * weight_na * mean * TAU_M_MS / CM_NF * share
    np.testing.assert_allclose(v + 65.0, psp_mv, atol=1e-12)
    # a current held constant within each step is the exponential one to first order in the step
    peak_mv = weight_na / (CM_NF * (1 / TAU_SYN_MS - 1 / TAU_M_MS)) * max(
        math.exp(-t / TAU_M_MS) - math.exp(-t / TAU_SYN_MS) for t in np.arange(0, 10, 0.001)
    )  # fmt: skip
    assert np.abs(v + 65.0).max() == pytest.approx(peak_mv, rel=1e-3)


def chain():
    """A closed chain of strong synapses, in which four spikes go round 5 ms apart.

    A spike drives its one target far beyond threshold within a step, whatever is rounded.
    """
    rng = np.random.default_rng(1)
    order = rng.permutation(60).astype(np.int32)
    delay_ms = DT_MS * rng.integers(25, 60, order.size)
    ring = ExplicitList(order, np.roll(order, 1), None, delay_ms)
    start = ExplicitList(np.zeros(1, np.int32), order[:1])
    projections = (
        Projection("n", "n", ring, Constant(60.0), Constant(3.0)),
        Projection("s", "n", start, Constant(60.0), Constant(1.0)),
    )
    network = (neurons("n", order.size), sources([0.0, 5.0, 10.0, 15.0]))
    return NetworkSpec("chain", network, projections)


def test_spikes_are_those_of_the_machine_where_rounding_does_not_matter():
    exact, fixed = (
        host.run(config(run__arithmetic=arithmetic, run__time_ms=200.0), network=chain())
        for arithmetic in ("float64", "fixed")
    )
    assert exact.spikes.steps.size > 150
    np.testing.assert_array_equal(exact.spikes.steps, fixed.spikes.steps)
    np.testing.assert_array_equal(exact.spikes.neurons, fixed.spikes.neurons)
    assert summary(exact)["numbers"] == "float64"
    assert summary(fixed)["numbers"] == "s16.15, rounding truncate, constants on_core"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("timing", "full"),
        ("rounding", "nearest"),
        ("constants", "truncate"),
        ("connectivity", "procedural"),
    ],
)
def test_what_needs_the_numbers_of_the_machine_is_refused(key, value):
    with pytest.raises(ConfigError, match=rf"run.arithmetic: with float64 .* leave run.{key} at"):
        config(**{f"run__{key}": value})
