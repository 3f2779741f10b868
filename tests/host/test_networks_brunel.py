"""The balanced random network against the numbers of its publication."""

import numpy as np
import pytest

import host
from host.config import Config, NetworkConfig, RunConfig, load_config
from host.errors import ConfigError
from host.networks import build_network
from host.networks.brunel import brunel, threshold_rate_hz
from mapping.connectors import FixedInDegree
from mapping.spec import PopulationKind, Receptor


def synapses(spec):
    return {(p.pre, p.post): p for p in spec.projections if not p.pre.startswith("poisson")}


def test_full_scale_is_the_network_of_the_publication():
    spec = brunel()
    assert [(p.name, p.size) for p in spec.populations] == [
        ("E", 10_000),
        ("I", 2_500),
        ("poisson_E", 10_000),
        ("poisson_I", 2_500),
    ]
    rules = {ends: p.connector for ends, p in synapses(spec).items()}
    assert rules == {
        ("E", "E"): FixedInDegree(1000),
        ("E", "I"): FixedInDegree(1000),
        ("I", "E"): FixedInDegree(250),
        ("I", "I"): FixedInDegree(250),
    }
    assert all(p.delay_ms.value == 1.5 for p in synapses(spec).values())


def test_a_sixth_is_what_the_wafer_ran():
    spec = brunel(1 / 6)
    assert [p.size for p in spec.populations][:2] == [1666, 417]
    assert [p.connector.k for p in synapses(spec).values()] == [166, 166, 41, 41]
    (weight,) = {p.weight_na.value for p in synapses(spec).values() if p.pre == "E"}
    assert weight * 0.5 / 1.0 == pytest.approx(0.6)  # charge over capacitance: the jump in mV


@pytest.mark.parametrize("scale", [1.0, 1 / 6])
def test_inhibition_is_g_times_excitation(scale):
    weights = {p.receptor: p.weight_na.value for p in synapses(brunel(scale, g=4.5)).values()}
    ratio = weights[Receptor.INHIBITORY] / weights[Receptor.EXCITATORY]
    assert ratio == pytest.approx(4.5)


@pytest.mark.parametrize("scale", [1.0, 1 / 6])
def test_the_input_from_outside_reaches_the_threshold_at_eta_one(scale):
    spec = brunel(scale, eta=1.0)
    (rate,) = {p.parameters["rate"] for p in spec.populations if p.kind is PopulationKind.POISSON}
    assert rate == pytest.approx(threshold_rate_hz(scale))
    weight = next(p.weight_na.value for p in spec.projections if p.pre == "poisson_E")
    mean_na = rate / 1000 * weight * 0.5
    assert mean_na * 20.0 / 1.0 == pytest.approx(20.0)  # over the resistance, in mV
    dc = brunel(scale, "dc", eta=1.0).population("E").parameters["i_offset"]
    assert dc == pytest.approx(mean_na)
    assert threshold_rate_hz() == pytest.approx(10_000)


def test_too_small_a_scale_is_refused():
    with pytest.raises(ConfigError, match=r"scale 0\.001 leaves brunel without synapses; choose"):
        brunel(0.001)


def test_g_and_eta_come_from_the_configuration(tmp_path):
    path = tmp_path / "b.yaml"
    path.write_text("network: {name: brunel, scale: 0.2, g: 3, eta: 0.5}\n")
    spec = build_network(load_config(path))
    weights = [p.weight_na.value for p in synapses(spec).values()]
    assert max(weights) / min(weights) == pytest.approx(3)
    assert spec.population("poisson_E").parameters["rate"] == pytest.approx(1000)


@pytest.mark.parametrize("key", ["g", "eta"])
def test_networks_without_g_and_eta_refuse_them(key):
    config = Config(network=NetworkConfig(name="pd14", **{key: 2.0}))
    with pytest.raises(ConfigError, match=rf"network\.{key} 2: pd14 has no {key}; .*brunel"):
        build_network(config)


def test_original_potentials_are_refused():
    config = Config(network=NetworkConfig(name="brunel", initial="original"))
    with pytest.raises(ConfigError, match="one kind of initial potentials"):
        build_network(config)


def run(g, eta):
    config = Config(
        network=NetworkConfig(name="brunel", scale=0.1, g=g, eta=eta),
        run=RunConfig(time_ms=100, warmup_ms=50, threads=1),
    )
    return host.run(config)


def test_inhibition_tames_what_excitation_alone_drives_to_the_refractory_limit():
    excited, balanced = run(3.0, 2.0), run(5.0, 2.0)
    assert excited.rates_hz["E"] > 250  # at most one spike per 2.1 ms
    assert 10 < balanced.rates_hz["E"] < 80
    assert balanced.losses["ring_buffer_saturations"] == 0
    silent = run(5.0, 0.5)
    assert silent.rates_hz["E"] < 1
    assert np.isclose(balanced.rates_hz["E"], balanced.rates_hz["I"], rtol=0.3)  # alike
