"""Descriptions of networks: all that is in them, as plain data."""

import json
from dataclasses import replace

import numpy as np
import pytest

from chipemu.models import MODELS
from host.networks.brunel import brunel
from host.networks.description import NetworkDescription, describe_network
from host.networks.mesocircuit import mesocircuit
from host.networks.pd14 import pd14
from host.networks.projectiontable import projection_table
from host.networks.words import UNITS, parameter_words
from mapping.connectors import (
    AllToAll,
    Connector,
    ExplicitList,
    FixedInDegree,
    FixedOutDegree,
    FixedTotalNumber,
    OneToOne,
    PairwiseBernoulli,
)
from mapping.distributions import Constant, Exponential, LogNormal, Uniform
from mapping.plasticity import Stdp, WeightDependence
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection, Receptor

PAIRS = ExplicitList(
    np.array([0, 1, 1], np.int32),
    np.array([2, 0, 0], np.int32),
    weight_na=np.array([0.1, 0.2, 0.6]),
)
RULES: list[tuple[Connector, str, dict[str, float], bool | None, bool | None]] = [
    (OneToOne(), "one_to_one", {}, None, None),
    (AllToAll(allow_autapses=False), "all_to_all", {}, False, None),
    (PairwiseBernoulli(0.25), "pairwise_bernoulli", {"p": 0.25}, True, None),
    (FixedTotalNumber(7), "fixed_total_number", {"n": 7}, True, True),
    (FixedInDegree(2, allow_multapses=False), "fixed_in_degree", {"k": 2}, True, False),
    (FixedOutDegree(3, allow_autapses=False), "fixed_out_degree", {"k": 3}, False, True),
    (PAIRS, "explicit_list", {"n": 3}, None, None),
]


def _spec(*projections: Projection, model: str = "IF_curr_exp") -> NetworkSpec:
    populations = (
        Population("a", 4, PopulationKind.NEURON, model=model),
        Population("b", 4, PopulationKind.NEURON, {"i_offset": np.array([0.0, 0.1, 0.2, 0.4])}),
        Population("drive", 4, PopulationKind.POISSON, {"rate": Uniform(5, 10)}),
    )
    return NetworkSpec("small", populations, projections)


@pytest.mark.parametrize("case", RULES, ids=[case[1] for case in RULES])
def test_every_rule_is_described_in_its_own_terms(
    case: tuple[Connector, str, dict[str, float], bool | None, bool | None],
) -> None:
    connector, rule, parameters, autapses, multapses = case
    spec = _spec(Projection("a", "b", connector, Constant(0.5), Constant(1.5)))
    (found,) = describe_network(spec).projections
    assert (found.rule, found.rule_parameters) == (rule, parameters)
    assert (found.allow_autapses, found.allow_multapses) == (autapses, multapses)
    assert found.expected_synapses == spec.expected_synapses(spec.projections[0])
    assert found.in_degree == found.out_degree == found.expected_synapses / 4


def test_listed_weights_are_described_by_what_is_listed() -> None:
    spec = _spec(Projection("a", "b", PAIRS, Constant(9.0), Constant(1.5)))
    (found,) = describe_network(spec).projections
    assert found.weight.distribution == "listed"
    assert found.weight.mean == pytest.approx(0.3)
    assert found.weight.parameters == {"low": 0.1, "high": 0.6}
    assert found.delay.distribution == "constant"
    assert found.delay.mean == 1.5


def test_weights_have_the_unit_of_the_target() -> None:
    projections = (
        Projection("drive", "a", OneToOne(), Constant(0.01), Constant(1)),
        Projection("drive", "b", OneToOne(), LogNormal(0, 1), Exponential(2)),
    )
    spec = _spec(*projections, model="IF_cond_exp")
    to_a, to_b = describe_network(spec).projections
    assert (to_a.weight.unit, to_b.weight.unit) == ("uS", "nA")
    assert (to_b.weight.distribution, to_b.delay.distribution) == ("log_normal", "exponential")
    assert to_b.delay.sd == pytest.approx(2)


def test_effects_are_those_of_the_projections() -> None:
    excites = Projection("a", "b", OneToOne(), Constant(1), Constant(1))
    inhibits = replace(excites, pre="b", post="a", receptor=Receptor.INHIBITORY)
    found = describe_network(_spec(excites, inhibits)).populations
    assert [p.effect for p in found] == ["excitatory", "inhibitory", "none"]
    both = describe_network(_spec(excites, replace(inhibits, pre="a")))
    assert both.populations[0].effect == "both"


def test_parameters_are_complete_and_have_units() -> None:
    a, b, drive = describe_network(_spec()).populations
    assert a.parameters["tau_m"] == "20 ms"  # the model's own
    assert b.parameters["i_offset"] == "0 to 0.4 nA, one value each"
    assert drive.parameters == {"rate": "uniform (low 5, high 10) Hz"}
    assert (drive.model, drive.is_neuron) == ("", False)


def test_no_parameter_of_a_model_lacks_its_unit() -> None:
    names = {name for model in MODELS.values() for name in model.defaults}
    assert names <= set(UNITS)
    assert parameter_words("v", -65) == "-65 mV"
    assert parameter_words("i_exc", 0.5) == "0.5"  # of another unit in each model


@pytest.mark.parametrize(
    "spec", [pd14(0.01), brunel(0.05), mesocircuit(0.01, side=2)], ids=lambda spec: spec.name
)
def test_descriptions_survive_json(spec: NetworkSpec) -> None:
    network = describe_network(spec)
    text = json.dumps(network.to_json(), allow_nan=False)
    assert NetworkDescription.from_json(json.loads(text)) == network
    assert [p.name for p in network.populations] == [p.name for p in spec.populations]
    assert len(network.projections) == len(spec.projections)
    assert network.n_neurons == spec.n_neurons
    assert network.expected_synapses == sum(map(spec.expected_synapses, spec.projections))


def test_plasticity_survives_json() -> None:
    rule = Stdp(w_max=0.5, dependence=WeightDependence.MULTIPLICATIVE)
    spec = _spec(Projection("a", "b", OneToOne(), Constant(0.1), Constant(1), plasticity=rule))
    network = describe_network(spec)
    assert NetworkDescription.from_json(json.loads(json.dumps(network.to_json()))) == network
    (found,) = network.projections
    assert found.plasticity is not None
    assert (found.plasticity["w_max"], found.plasticity["dependence"]) == (0.5, "multiplicative")


def test_other_data_is_refused() -> None:
    good = describe_network(_spec()).to_json()
    with pytest.raises(ValueError, match="format 7 instead of 1"):
        NetworkDescription.from_json(good | {"format": 7})
    with pytest.raises(ValueError, match="populations"):
        NetworkDescription.from_json({key: good[key] for key in good if key != "populations"})
    projection = Projection("a", "b", OneToOne(), Constant(1), Constant(1))
    orphaned = describe_network(_spec(projection)).to_json() | {"populations": []}
    with pytest.raises(ValueError, match="unknown population 'a'"):
        NetworkDescription.from_json(orphaned)


def test_the_table_has_a_row_for_each_projection() -> None:
    network = describe_network(pd14(0.01))
    table = projection_table(network)
    assert len(table) == len(network.projections)
    assert set(zip(table.columns["pre"], table.columns["post"], strict=True)) == {
        (p.pre, p.post) for p in network.projections
    }
    rule = table.columns["rule"]
    for name, of in (("n_syn", "fixed_total_number"), ("k_in", "fixed_in_degree")):
        has = [cell is not None for cell in table.columns[name]]
        assert has == [kind == of for kind in rule]
