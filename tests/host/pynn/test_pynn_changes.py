"""What scripts change while they run, on the emulated machine: nothing is lost or kept wrongly."""

import numpy as np
import pytest
from pyNN.random import NumpyRNG, RandomDistribution

import host.pynn as sim
from host.errors import ConfigError
from host.pynn.distributions import known, magnitude


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    monkeypatch.delenv("CHIPEMU_MACHINE", raising=False)
    monkeypatch.delenv("CHIPEMU_PROFILE", raising=False)


def counts(pieces, **parameters):
    """Spikes of Poisson sources in each millisecond."""
    sim.setup(timestep=1.0, threads=1)
    sources = sim.Population(20, sim.SpikeSourcePoisson(rate=200.0, **parameters))
    sources.record("spikes")
    for time_ms in pieces:
        sim.run(time_ms)
    times = np.concatenate(
        [train.magnitude for train in sources.get_data().segments[0].spiketrains]
    )
    return np.bincount(np.rint(times).astype(int), minlength=90)


@pytest.mark.parametrize(("start", "duration"), [(30.0, 30.0), (0.0, 30.0), (60.0, 1e9)])
def test_poisson_sources_start_and_stop_at_the_border_of_two_runs(start, duration):
    whole = counts([90.0], start=start, duration=duration)
    assert counts([30.0, 30.0, 30.0], start=start, duration=duration).tolist() == whole.tolist()
    inside = slice(int(start), int(min(90, start + duration)))
    assert whole[inside].sum() == whole.sum() > 60


def network():
    sim.setup(timestep=1.0, threads=1)
    source = sim.Population(5, sim.SpikeSourceArray(spike_times=[2.0, 12.0]), label="source")
    cells = sim.Population(5, sim.IF_curr_exp(), label="cells")
    cells.record("gsyn_exc")
    synapse = sim.StaticSynapse(weight=0.1, delay=2.0)
    return source, cells, sim.Projection(source, cells, sim.AllToAllConnector(), synapse)


def strongest(cells):
    return cells.get_data().segments[-1].analogsignals[0].magnitude.max()


def test_a_clone_of_what_cores_expand_connects():
    _, cells, projection = network()
    sim.run(10.0)
    alone = strongest(cells)
    source, cells, projection = network()
    synapse = sim.StaticSynapse(weight=0.1, delay=2.0)
    clone = sim.Projection(source, cells, sim.CloneConnector(projection), synapse)
    assert len(clone.get("weight", "list")) == 25
    sim.run(10.0)
    assert strongest(cells) == pytest.approx(2 * alone, rel=1e-3)


def test_weights_that_cores_cannot_hold_are_told():
    _, _, projection = network()
    sim.run(5.0)
    assert not any("are cut to" in notice for notice in sim.notices())
    projection.set(weight=300.0)
    sim.run(5.0)
    (notice,) = [notice for notice in sim.notices() if "are cut to" in notice]
    assert "source -> cells: weights of 300 nA are cut to" in notice
    held = max(weight for *_, weight in projection.get("weight", "list"))
    assert f"are cut to {held:g}" in notice


def test_a_delay_that_is_refused_leaves_all_as_it_was():
    _, _, projection = network()
    sim.run(5.0)
    before = projection.get("delay", "list")
    with pytest.raises(ConfigError, match="a delay of 900 ms: the cores were loaded for delays up"):
        projection.set(delay=900.0)
    assert projection.get("delay", "list") == before
    sim.run(5.0)


def test_what_an_earlier_setup_made_is_refused():
    source, cells, _ = network()
    sim.setup(timestep=1.0, threads=1)
    new = sim.Population(2, sim.IF_curr_exp(), label="new")
    message = "made before the latest setup"
    with pytest.raises(ConfigError, match=message):
        sim.Projection(source, new, sim.AllToAllConnector())
    with pytest.raises(ConfigError, match=message):
        sim.Projection(new, cells[:2], sim.AllToAllConnector())
    with pytest.raises(ConfigError, match=message):
        sim.DCSource(amplitude=1.0).inject_into(cells)


def test_times_that_cannot_be():
    with pytest.raises(ConfigError, match=r"run.dt_ms: the script says how fine"):
        sim.setup(timestep=1.0, config={"run.dt_ms": 0.5})
    with pytest.raises(ConfigError, match=r"setup\(timestep=0\): the time step is more than 0 ms"):
        sim.setup(timestep=0)
    network()
    with pytest.raises(ConfigError, match="run until nan ms"):
        sim.run(float("nan"))


def drawn(name, **parameters):
    return known(sim.StaticSynapse(
        weight=RandomDistribution(name, rng=NumpyRNG(1), **parameters)
    ).parameter_space["weight"])  # fmt: skip


@pytest.mark.parametrize(
    ("name", "parameters", "sign"),
    [
        ("normal", {"mu": 0.5, "sigma": 0.1}, 1),
        ("normal", {"mu": -0.5, "sigma": 0.1}, -1),
        ("normal", {"mu": 0.1, "sigma": 0.5}, None),
        ("normal_clipped", {"mu": 0.1, "sigma": 0.5, "low": -1.0, "high": 1.0}, None),
        ("normal_clipped", {"mu": 0.1, "sigma": 0.5, "low": 0.0, "high": 1.0}, 1),
        ("normal_clipped", {"mu": -0.1, "sigma": 0.5, "low": -np.inf, "high": 0.0}, -1),
        ("uniform", {"low": -0.1, "high": 0.2}, None),
    ],
)
def test_weights_of_both_signs_are_none_that_cores_draw(name, parameters, sign):
    found = magnitude(drawn(name, **parameters))
    assert (None if found is None else found[1]) == sign
    if found is not None:
        assert found[0].mean > 0


def test_a_range_upside_down_is_refused():
    with pytest.raises(ConfigError, match="uniform distribution from 2 to 1"):
        drawn("uniform", low=2.0, high=1.0)


def test_wrong_attributes_and_probabilities_are_refused():
    source, cells, projection = network()
    with pytest.raises(ConfigError, match="synapses have no attribute 'foo'; known: weight, delay"):
        projection.get("foo", "list")
    with pytest.raises(ConfigError, match=r"p_connect = 1.5: a probability lies between 0 and 1"):
        sim.Projection(source, cells, sim.FixedProbabilityConnector(1.5))
