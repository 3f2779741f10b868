"""What the machine is told of the script's populations."""

import numpy as np
import pytest
from pyNN.errors import InvalidParameterValueError

from host.errors import ConfigError
from host.pynn import simulator
from host.pynn.clock import to_ms, to_steps
from mapping.spec import PopulationKind
from tests.host.pynn.fake_session import FakeSession


def spec(name):
    return simulator.state._network().population(name)


def test_times_are_the_nearest_decimal_numbers():
    steps = np.arange(2000)
    assert to_ms(steps, 0.1).tolist() == [float(f"{k / 10:.1f}") for k in steps]
    assert to_ms(3, 0.25) == 0.75
    assert to_ms(2, 1.5) == 3.0
    assert to_steps(0.1 + 0.2, 0.1) == 3


def test_neurons_have_their_parameters(sim):
    sim.Population(3, sim.IF_curr_exp(tau_m=[10, 20, 30], v_rest=-70.0), label="a")
    found = spec("a")
    assert (found.kind, found.model, found.size) == (PopulationKind.NEURON, "IF_curr_exp", 3)
    assert found.parameters["tau_m"].tolist() == [10, 20, 30]
    assert found.parameters["v_rest"] == -70.0
    assert found.initial == {"v": -65.0}


def test_parameters_are_set_and_given_back_by_cell_view_and_assembly(sim):
    a = sim.Population(4, sim.IF_curr_exp())
    b = sim.Population(2, sim.IF_curr_exp())
    a[1:3].set(tau_m=12.0)
    a[1:3][1:2].set(cm=lambda i: 0.5 + i)
    a[3].tau_m = 13.0
    (a + b).set(v_thresh=-51.0)
    a.set(i_offset=np.arange(4.0))
    assert a.get("tau_m").tolist() == [20, 12, 12, 13]
    assert a[2].cm == 0.5
    assert (a.get("v_thresh"), b[0].v_thresh) == (-51.0, -51.0)
    assert a[2:4].get("i_offset").tolist() == [2, 3]
    assert (a + b).get("i_offset").tolist() == [0, 1, 2, 3, 0, 0]
    with pytest.raises(ConfigError, match="must be finite"):
        a.set(tau_m=np.nan)


def test_random_parameters_are_drawn_once(sim):
    rng = sim.NumpyRNG(seed=8)
    values = sim.RandomDistribution("uniform", (-70, -60), rng=rng)
    a = sim.Population(5, sim.IF_curr_exp(v_rest=values), label="a")
    a.initialize(v=values)
    first = a.get("v_rest")
    assert np.unique(first).size == 5
    assert (spec("a").parameters["v_rest"] == first).all()
    assert (spec("a").initial["v"] == spec("a").initial["v"]).all()
    assert (a[1:3].initial_values["v"].evaluate() == spec("a").initial["v"][1:3]).all()


def test_equal_labels_and_slashes_become_names(sim):
    for label in ("L2/3", "L2/3", "L2|3", None):
        sim.Population(1, sim.IF_curr_exp(), label=label)
    names = [population.name for population in simulator.state._network().populations]
    assert names[:3] == ["L2|3", "L2|3 #2", "L2|3 #3"]
    assert len(set(names)) == 4


def test_poisson_sources_fire_from_start_for_a_duration(sim):
    noise = sim.SpikeSourcePoisson(rate=[10.0, 20.0], start=[0.0, 1.0], duration=[0.5, 1e10])
    sim.Population(2, noise, label="noise").record("spikes")
    sim.Population(1, sim.IF_curr_exp())
    sim.run(2.0)
    (session,) = FakeSession.made
    told = [(k, n.population("noise").parameters["rate"]) for k, n in session.told]
    assert [k for k, _ in told] == [0, 5, 10]
    assert [np.asarray(rates).tolist() for _, rates in told] == [[10, 0], 0, [0, 20]]
    found = spec("noise")
    assert (found.expected_rate_hz, found.is_recorded) == (20.0, True)


def test_sources_start_and_stop_at_the_nearest_step(sim):
    noise = sim.SpikeSourcePoisson(rate=10.0, start=[0.34, 0.36, 0.0], duration=[0.4, 0.3, np.inf])
    sim.Population(3, noise, label="noise")
    sim.run(1.0)
    (session,) = FakeSession.made
    told = {k: n.population("noise").parameters["rate"] for k, n in session.told}
    assert {k: (np.zeros(3) + rates).tolist() for k, rates in told.items()} == {
        0: [0, 0, 10],
        3: [10, 0, 10],
        4: [10, 10, 10],
        7: [0, 0, 10],
    }


def test_rates_may_change_between_runs(sim):
    noise = sim.Population(2, sim.SpikeSourcePoisson(rate=10.0), label="noise")
    sim.Population(1, sim.IF_curr_exp())
    sim.run(1.0)
    noise.set(rate=30.0)
    sim.run(1.0)
    (session,) = FakeSession.made
    assert [n.population("noise").parameters["rate"] for _, n in session.told] == [10.0, 30.0]
    with pytest.raises(ConfigError, match="not negative"):
        noise.set(rate=-1.0)


def test_spike_times_must_be_in_order(sim):
    with pytest.raises(InvalidParameterValueError, match="increasing order"):
        sim.Population(2, sim.SpikeSourceArray(spike_times=[[1.0, 2.0], [3.0, 2.5]]))


def gaps(cells):
    return [np.diff(train.magnitude) for train in cells.get_data().segments[-1].spiketrains]


def test_gamma_sources_have_gamma_intervals_across_runs(sim):
    sim.Population(1, sim.IF_curr_exp())
    source = sim.Population(2, sim.SpikeSourceGamma(alpha=[4.0, 1.0], beta=[400.0, 100.0]))
    source.record("spikes")
    for _ in range(4):
        sim.run(5000.0)
    regular, irregular = gaps(source)
    for found, shape in ((regular, 4.0), (irregular, 1.0)):
        expected_cv = 1 / np.sqrt(shape)
        assert found.mean() == pytest.approx(10.0, rel=5 * expected_cv / np.sqrt(found.size))
        assert found.std() / found.mean() == pytest.approx(expected_cv, rel=0.1)


def test_refractory_sources_keep_their_dead_time_and_rate(sim):
    sim.Population(1, sim.IF_curr_exp())
    source = sim.Population(
        1, sim.SpikeSourcePoissonRefractory(rate=50.0, tau_refrac=5.0, start=10.0, duration=2e4)
    )
    source.record("spikes")
    sim.run(3e4)
    (train,) = source.get_data().segments[0].spiketrains
    (found,) = gaps(source)
    assert found.min() >= 4.9
    assert found.mean() == pytest.approx(20.0, rel=5 * 0.75 / np.sqrt(found.size))
    assert (train.magnitude.min() > 10.0, train.magnitude.max() < 20010.1) == (True, True)
    first = train.magnitude.tolist()
    sim.reset()
    sim.run(3e4)
    assert source.get_data().segments[1].spiketrains[0].magnitude.tolist() == first
    source.set(rate=300.0, duration=1e10)
    with pytest.raises(ConfigError, match=r"rate 300 Hz leaves less than tau_refrac 5 ms"):
        sim.run(1000.0)


def test_initial_values_hold_after_a_reset_too(sim):
    a = sim.Population(2, sim.IF_curr_exp(), label="a")
    a.record("v")
    sim.run(1.0)
    a[1:2].initialize(v=-50.0)
    sim.run(0.1)
    assert a.get_data().segments[0].analogsignals[0].magnitude[10].tolist() == [-55.0, -50.0]
    sim.reset()
    assert spec("a").initial["v"].tolist() == [-65.0, -50.0]
    for wrong in (np.nan, 65536.0):
        with pytest.raises(ConfigError, match=r"does not fit s16.15"):
            a.initialize(v=[0.0, wrong])
    with pytest.raises(ConfigError, match="no state variable 'w'"):
        a.initialize(w=0.0)


def test_two_names_of_a_variable_are_one(sim):
    a = sim.Population(2, sim.IF_curr_exp(), label="a")
    a.initialize(gsyn_exc=0.5)
    a[0:1].initialize(isyn_exc=0.25)
    for name in ("gsyn_exc", "isyn_exc"):
        assert a.initial_values[name].evaluate().tolist() == [0.25, 0.5]
    assert spec("a").initial["i_exc"].tolist() == [0.25, 0.5]


def test_what_does_not_change_stays_the_same_object(sim):
    a = sim.Population(2, sim.IF_curr_exp(), label="a")
    noise = sim.Population(2, sim.SpikeSourcePoisson(start=[0.0, 1.0]), label="noise")
    sim.Projection(noise, a, sim.OneToOneConnector(), sim.StaticSynapse(weight=1.0))
    sim.run(2.0)
    a.set(tau_m=10.0)
    sim.run(1.0)
    (session,) = FakeSession.made
    first, second, third = (network for _, network in session.told)
    assert first.projections[0] is second.projections[0] is third.projections[0]
    assert first.population("a") is second.population("a") is not third.population("a")
    assert first.population("noise") is not second.population("noise")
    assert second.population("noise") is third.population("noise")


def test_the_network_cannot_grow_while_it_runs(sim):
    a = sim.Population(2, sim.IF_curr_exp())
    sim.run(1.0)
    with pytest.raises(ConfigError, match=r"after 1 ms.*reset\(\)"):
        sim.Population(2, sim.IF_curr_exp())
    with pytest.raises(ConfigError, match="a new projection after 1 ms"):
        sim.Projection(a, a, sim.AllToAllConnector())
    sim.reset()
    sim.Population(2, sim.IF_curr_exp())
    sim.run(1.0)
    assert len(FakeSession.made) == 2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda sim: sim.TsodyksMarkramSynapse(U=0.5), "TsodyksMarkramSynapse.*StaticSynapse"),
        (lambda sim: sim.EIF_cond_exp_isfa_ista(), "EIF_cond_exp_isfa_ista.*Izhikevich"),
        (lambda sim: sim.SpikeSourceInhGamma(), "SpikeSourceInhGamma.*SpikeSourcePoisson"),
        (lambda sim: sim.Vogels2011Rule(), "Vogels2011Rule.*SpikePairRule"),
        (lambda sim: sim.STDPMechanism(), "STDPMechanism with NoneType.*SpikePairRule"),
    ],
)
def test_what_the_machine_has_not_is_refused_by_name(sim, call, message):
    with pytest.raises(ConfigError, match=message):
        call(sim)


def test_profile_and_machine_from_the_environment(sim, monkeypatch):
    monkeypatch.setenv("CHIPEMU_PROFILE", "ideal-float64")
    monkeypatch.setenv("CHIPEMU_MACHINE", "spinn5")
    sim.setup(timestep=1.0)
    config = simulator.state.config
    assert (config.run.arithmetic, config.machine, config.run.dt_ms) == ("float64", "spinn5", 1.0)
    sim.setup(timestep=1.0, arithmetic="fixed", machine="spinn3")
    config = simulator.state.config
    assert (config.run.arithmetic, config.machine) == ("fixed", "spinn3")
    monkeypatch.setenv("CHIPEMU_PROFILE", "fast")
    with pytest.raises(ConfigError, match=r"CHIPEMU_PROFILE=fast.*ideal-float64"):
        sim.setup()
