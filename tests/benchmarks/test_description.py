"""The description of a network that other simulators read holds what our own network holds."""

import json
from dataclasses import replace

import pytest

from benchmarks.peers.description import describe
from host.networks.pd14 import NAMES, SIZES, pd14, synapse_numbers
from mapping.connectors import FixedInDegree
from mapping.distributions import Exponential
from mapping.spec import Receptor

DT_MS = 0.1


@pytest.fixture(scope="module")
def whole():
    network = pd14(1.0)
    return network, json.loads(json.dumps(describe(network, DT_MS)))


def test_neurons_and_synapses(whole):
    network, found = whole
    assert [p["name"] for p in found["populations"]] == list(NAMES)
    assert [p["size"] for p in found["populations"]] == list(SIZES)
    assert sum(p["n_synapses"] for p in found["projections"]) == synapse_numbers().sum()
    for told in found["populations"]:
        meant = network.population(told["name"]).parameters
        assert (told["tau_m_ms"], told["i_offset_na"]) == (meant["tau_m"], meant["i_offset"])


def test_weights_have_signs_and_delays_bounds(whole):
    network, found = whole
    recurrent = [p for p in network.projections if p.pre in NAMES]
    for told, meant in zip(found["projections"], recurrent, strict=True):
        sign = -1 if meant.receptor is Receptor.INHIBITORY else 1
        weight = told["weight_na"]
        assert weight["mu"] == sign * meant.weight_na.mu
        assert weight["sigma"] == meant.weight_na.sigma
        bounds = [b for b in (weight["low"], weight["high"]) if b is not None]
        assert bounds == [0.0]
        assert (weight["low"] is None) == (sign < 0)
        assert told["delay_ms"]["low"] == meant.delay_ms.low
        assert told["delay_ms"]["high"] is None


def test_sources(whole):
    _, found = whole
    rates = {s["post"]: s["rate_hz"] for s in found["sources"]}
    assert rates["L6E"] == 8.0 * 2900
    assert [s["weight_na"] for s in found["sources"]] == pytest.approx([0.0878085] * 8, rel=1e-6)
    assert describe(pd14(0.1, "dc"), DT_MS)["sources"] == []


@pytest.mark.parametrize(
    "change",
    [{"connector": FixedInDegree(3)}, {"weight_na": Exponential(0.1)}],
    ids=["rule", "distribution"],
)
def test_what_cannot_be_described_is_refused(change):
    network = pd14(0.1, "dc")
    projections = (replace(network.projections[0], **change), *network.projections[1:])
    with pytest.raises(ValueError, match=r"FixedInDegree|Exponential"):
        describe(replace(network, projections=projections), DT_MS)
