"""Neuron models on the machine against closed forms and independent integration; costs, memory."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import host
from chipemu.errors import ParameterError
from chipemu.models.if_curr_alpha.params import ALPHA_DEFAULTS, OneAlpha, alpha_constants
from chipemu.models.if_curr_exp.params import Constants
from host.config import load_config
from mapping.connectors import ExplicitList
from mapping.distributions import Constant
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection, Receptor

ONE = np.zeros(1, np.int32)
DELAY_MS = 1.0
BIT = 2.0**-15


def run(network, arithmetic="float64", dt_ms=0.1, time_ms=60.0, **changes):
    recorded = {p.name: 1 for p in network.populations if p.kind is PopulationKind.NEURON}
    values = {
        "machine": "spinn5", "run.time_ms": time_ms, "run.warmup_ms": 0.0, "run.dt_ms": dt_ms,
        "run.arithmetic": arithmetic, "run.threads": 1, "record.v": recorded,
        "record.currents": recorded,
    }  # fmt: skip
    changes = {key.replace("__", "."): value for key, value in changes.items()}
    return host.run(load_config(None, values | changes), network=network)


def sampled(results):
    """Samples of the only neuron by variable, and their units."""
    found = {r.variable: r.values[:, 0] for r in results.recordings}
    return found, {r.variable: r.unit for r in results.recordings}


def driven(model, parameters, inputs, initial=None):
    """A neuron with spikes: ``inputs[receptor]`` are times (ms) and a weight."""
    cell = Population("n", 1, PopulationKind.NEURON, parameters, initial or {}, model=model)
    populations, projections = [cell], []
    for receptor, (times_ms, weight) in inputs.items():
        name, times = receptor.name.lower(), (np.array(times_ms),)
        populations.append(Population(name, 1, PopulationKind.SPIKE_ARRAY, spike_times_ms=times))
        listed = ExplicitList(ONE, ONE)
        weight_na = Constant(weight)
        projections.append(Projection(name, "n", listed, weight_na, Constant(DELAY_MS), receptor))
    return NetworkSpec("driven", tuple(populations), tuple(projections))


EXC, INH = Receptor
COND = {"cm": 1.0, "tau_m": 20.0, "v_thresh": 0.0, "tau_syn_E": 5.0, "tau_syn_I": 8.0}
COND_INPUT = {EXC: ([5.0, 8.0, 12.0], 0.012), INH: ([15.0, 22.0], 0.03)}


def integrated(sample_ms):
    """V of an IF_cond_exp neuron with the parameters and inputs above, by fine steps."""
    onsets = {r: np.array(times) + DELAY_MS for r, (times, _) in COND_INPUT.items()}

    def conductance(receptor, tau, t):
        past = onsets[receptor][onsets[receptor] <= t]
        return COND_INPUT[receptor][1] * np.exp(-(t - past) / tau).sum()

    def slope(t, v):
        excited = conductance(EXC, COND["tau_syn_E"], t) * (0.0 - v)
        inhibited = conductance(INH, COND["tau_syn_I"], t) * (-70.0 - v)
        return (-65.0 - v) / COND["tau_m"] + (excited + inhibited) / COND["cm"]

    span = (0.0, sample_ms[-1])
    found = solve_ivp(slope, span, [-65.0], t_eval=sample_ms, max_step=0.05, rtol=1e-8)
    return found.y[0]


def test_conductances_against_fine_integration():
    """The error of the machine's scheme is of first order in the step."""
    errors = {}
    for dt_ms in (0.1, 0.025):
        samples, units = sampled(run(driven("IF_cond_exp", COND, COND_INPUT), dt_ms=dt_ms))
        assert units == {"v": "mV", "i_exc": "uS", "i_inh": "uS"}
        v = samples["v"]
        expected = integrated(dt_ms * np.arange(v.size))
        errors[dt_ms] = np.abs(v - expected).max() / np.ptp(expected)
    assert errors[0.1] < 0.01
    assert errors[0.1] / errors[0.025] == pytest.approx(4.0, rel=0.2)


def test_conductances_of_the_machine_are_floored_at_a_bit():
    network = driven("IF_cond_exp", COND, COND_INPUT)
    exact, fixed = (sampled(run(network, a))[0] for a in ("float64", "fixed"))
    bit_us = BIT
    for name, receptor, tau_ms in (("i_exc", EXC, 5.0), ("i_inh", INH, 8.0)):
        times, weight = COND_INPUT[receptor]
        rounded = BIT * tau_ms / 0.1 * weight * len(times)  # dt / tau is floored to a bit
        missing = exact[name] - fixed[name]
        assert -rounded < missing.min()
        assert 0.5 * bit_us < missing.max() < bit_us + rounded
    # a bit of conductance, at 70 mV and 20 MOhm
    assert np.abs(exact["v"] - fixed["v"]).max() < 1.2 * bit_us * 70.0 * 20.0


def test_a_conductance_begins_where_it_is_told():
    for arithmetic in ("float64", "fixed"):
        initial = {"i_exc": 0.5}
        samples, _ = sampled(run(driven("IF_cond_exp", COND, {}, initial), arithmetic, time_ms=1.0))
        assert samples["i_exc"][0] == 0.5


def alpha_closed_form(n, first, weight, tau_ms, dt_ms=0.1):
    """Current after a spike whose input comes in step `first`."""
    t = dt_ms * np.maximum(np.arange(n) - first, 0)
    return weight * t / tau_ms**2 * np.exp(-t / tau_ms)


@pytest.mark.parametrize("receptor", Receptor)
def test_alpha_shaped_currents(receptor):
    weight, tau_ms, name = 0.8, 1.5, ("i_exc", "i_inh")[receptor.value]
    parameters = {"tau_syn_E": tau_ms, "tau_syn_I": tau_ms, "v_thresh": 0.0}
    network = driven("IF_curr_alpha", parameters, {receptor: ([5.0], weight)})
    exact, fixed = (sampled(run(network, a))[0] for a in ("float64", "fixed"))
    current = alpha_closed_form(exact[name].size, 60, weight, tau_ms)
    np.testing.assert_allclose(exact[name], current, atol=1e-13)
    # the exponential part loses up to a bit a step, the linear part multiplies what it lost;
    # dt / tau and dt / tau ** 2 are rounded to a bit
    t = 0.1 * np.maximum(np.arange(current.size) - 60, 0)
    lost = BIT / -math.expm1(-0.1 / tau_ms) * weight * t / tau_ms**2
    rounded = BIT * tau_ms / 0.1 * (1.0 + tau_ms) * current.max()
    assert np.all(np.abs(fixed[name] - current) <= lost + rounded + 2 * BIT)
    # the integral is the weight times 1 ms; the peak of PyNN's definition would be the weight
    assert 0.1 * current.sum() == pytest.approx(weight, rel=1e-3)
    assert current.max() == pytest.approx(weight / (math.e * tau_ms), rel=1e-3)
    sign = 1 if receptor is EXC else -1
    membrane, r = math.exp(-0.1 / 20.0), 20.0
    v = [-65.0]
    for i in current[:-1]:
        alpha = sign * i * r - 65.0
        v.append(alpha - membrane * (alpha - v[-1]))
    np.testing.assert_allclose(exact["v"], v, atol=1e-11)
    np.testing.assert_allclose(fixed["v"], v, atol=0.02)


def test_the_slope_of_alpha_synapses_loses_its_integer_part_on_the_core():
    parameters = {name: np.array([value]) for name, value in ALPHA_DEFAULTS.items()}
    slopes = {
        how: OneAlpha(*alpha_constants(parameters, (0, 0), 1.0, how)[0].tolist()).slope_exc_k
        for how in Constants
    }
    assert slopes[Constants.NEAREST] == 4 << 15  # 1 ms / (0.5 ms) ** 2
    assert slopes[Constants.ON_CORE] == 0


@pytest.mark.parametrize("tau_ms", [0.005, 256.0])
def test_time_constants_whose_square_does_not_fit(tau_ms):
    parameters = ALPHA_DEFAULTS | {"tau_syn_I": tau_ms}
    values = {name: np.array([value]) for name, value in parameters.items()}
    with pytest.raises(ParameterError, match=f"tau_syn_I = {tau_ms}: IF_curr_alpha needs"):
        alpha_constants(values, (0, 0), 0.1, Constants.ON_CORE)


@pytest.mark.parametrize("cm", [1.0, 0.25])
def test_delta_synapses_move_v_by_the_weight_over_the_capacity(cm):
    weight, tau_m = 3.0, 20.0
    parameters = {"cm": cm, "tau_m": tau_m, "v_thresh": 0.0}
    network = driven("IF_curr_delta", parameters, {EXC: ([5.0], weight)})
    exact, fixed = (sampled(run(network, a)) for a in ("float64", "fixed"))
    assert exact[1] == {"v": "mV", "i_exc": "mV", "i_inh": "mV"}
    v, first = exact[0]["v"] + 65.0, 61
    jump = weight / cm * tau_m / 0.1 * -math.expm1(-0.1 / tau_m)
    decay = math.exp(-0.1 / tau_m) ** np.maximum(np.arange(v.size) - first, 0)
    np.testing.assert_allclose(
        v, np.where(np.arange(v.size) < first, 0.0, jump * decay), atol=1e-11
    )
    assert jump == pytest.approx(weight / cm, rel=0.1 / tau_m)
    assert exact[0]["i_exc"][60] == fixed[0]["i_exc"][60] == weight
    assert np.count_nonzero(fixed[0]["i_exc"]) == 1
    # dt / tau and its exponential are rounded to a bit; V loses up to a bit a step
    share = BIT * tau_m / 0.1
    np.testing.assert_allclose(fixed[0]["v"], exact[0]["v"], atol=share * (2 * jump + 1.0))


REGULAR = {"a": 0.02, "b": 0.2, "c": -65.0, "d": 8.0, "i_offset": 10.0}


def spike_times_of_regular_spiking(time_ms):
    """Of the neuron above, by an adaptive integrator that stops at each spike."""

    def slope(_, state):
        v, u = state
        return [0.04 * v * v + 5.0 * v + 140.0 - u + REGULAR["i_offset"],
                REGULAR["a"] * (REGULAR["b"] * v - u)]  # fmt: skip

    def peak(_, state):
        return state[0] - 30.0

    peak.terminal = True
    at, state, found = 0.0, [-70.0, -14.0], []
    while at < time_ms:
        part = solve_ivp(slope, (at, time_ms), state, events=peak, rtol=1e-8, atol=1e-8)
        at = part.t[-1]
        if part.t_events[0].size:
            found.append(at)
            state = [REGULAR["c"], part.y[1, -1] + REGULAR["d"]]
    return np.array(found)


@pytest.mark.parametrize(
    ("arithmetic", "dt_ms", "tolerance"),
    [("float64", 0.1, 0.01), ("float64", 1.0, 0.1), ("fixed", 0.1, 0.05), ("fixed", 1.0, 0.1)],
)
def test_regular_spiking(arithmetic, dt_ms, tolerance):
    expected = spike_times_of_regular_spiking(500.0)
    network = driven("Izhikevich", REGULAR, {})
    results = run(network, arithmetic, dt_ms=dt_ms, time_ms=500.0, record__spikes=True)
    times_ms = dt_ms * results.spikes.steps
    assert expected.size > 8
    assert abs(times_ms.size - expected.size) <= 1
    interval_ms, expected_ms = (np.diff(t)[2:].mean() for t in (times_ms, expected))
    assert interval_ms == pytest.approx(expected_ms, rel=tolerance)


def test_saturation_is_counted():
    strong = {EXC: ([5.0] * 40, 1.0)}
    for model in ("IF_cond_exp", "IF_curr_delta", "IF_curr_alpha", "Izhikevich"):
        network = driven(model, {}, strong)
        results = run(network, "fixed", time_ms=10.0)
        assert results.losses["ring_buffer_saturations"] > 0, model
