"""Connectors as rules or lists, and the weights and delays of projections."""

import numpy as np
import pytest
from pyNN import errors, mock

from host.errors import ConfigError
from host.pynn import simulator
from host.pynn.notices import NOTICES
from mapping.connectors import (
    AllToAll,
    ExplicitList,
    FixedInDegree,
    FixedOutDegree,
    FixedTotalNumber,
    OneToOne,
    PairwiseBernoulli,
)
from mapping.distributions import ClippedNormal, Constant, Normal, Uniform
from mapping.plasticity import Stdp, WeightDependence
from mapping.spec import Receptor
from tests.host.pynn.fake_session import FakeSession


def parts():
    return simulator.state._network().projections


@pytest.fixture
def cells(sim):
    return sim.Population(6, sim.IF_curr_exp(), label="cells")


@pytest.fixture
def sources(sim):
    return sim.Population(4, sim.SpikeSourceArray(), label="sources")


RULES = [
    ("AllToAllConnector", {"allow_self_connections": False}, AllToAll(False)),
    ("OneToOneConnector", {}, OneToOne()),
    ("FixedProbabilityConnector", {"p_connect": 0.25}, PairwiseBernoulli(0.25, True)),
    ("FixedTotalNumberConnector", {"n": 9}, FixedTotalNumber(9, True, True)),
    ("FixedNumberPreConnector", {"n": 3}, FixedInDegree(3, True, False)),
    ("FixedNumberPostConnector", {"n": 9, "with_replacement": True}, FixedOutDegree(9, True, True)),
]


@pytest.mark.parametrize(("name", "arguments", "rule"), RULES)
def test_known_connectors_stay_rules(sim, cells, name, arguments, rule):
    projection = sim.Projection(
        cells, cells, getattr(sim, name)(**arguments), sim.StaticSynapse(weight=0.5, delay=1.5)
    )
    (part,) = parts()
    assert part.connector == rule
    assert (part.weight_na, part.delay_ms) == (Constant(0.5), Constant(1.5))
    assert (part.pre, part.post, part.receptor) == ("cells", "cells", Receptor.EXCITATORY)
    assert not simulator.state.is_open
    expected = rule.n_synapses(6, 6, recurrent=True)
    if expected.p == 1:
        assert len(projection) == expected.n
        assert not simulator.state.is_open


@pytest.mark.parametrize(("name", "arguments", "rule"), RULES)
def test_views_make_lists_of_the_same_rule(sim, cells, sources, name, arguments, rule):
    projection = sim.Projection(
        sources[1:4], cells[[0, 2, 5]], getattr(sim, name)(**arguments), sim.StaticSynapse(weight=1)
    )
    (part,) = parts()
    listed = part.connector
    assert isinstance(listed, ExplicitList)
    assert set(listed.pre.tolist()) <= {1, 2, 3}
    assert set(listed.post.tolist()) <= {0, 2, 5}
    expected = rule.n_synapses(3, 3, recurrent=False)
    if expected.p == 1:
        assert len(projection) == listed.pre.size == expected.n
    weights = projection.get("weight", format="array")
    assert weights.shape == (3, 3)
    assert np.nansum(weights) == listed.pre.size


def test_assemblies_of_populations_keep_rules_that_split(sim, cells, sources):
    more = sim.Population(2, sim.IF_curr_exp(), label="more")
    sim.Projection(sources, cells + more, sim.FixedProbabilityConnector(0.5), sim.StaticSynapse())
    assert [(p.pre, p.post) for p in parts()] == [("sources", "cells"), ("sources", "more")]
    assert all(p.connector == PairwiseBernoulli(0.5, True) for p in parts())


def test_assemblies_otherwise_make_a_list_per_pair_of_populations(sim, cells, sources):
    more = sim.Population(2, sim.IF_curr_exp(), label="more")
    group = cells[4:6] + more
    projection = sim.Projection(
        sources,
        group,
        sim.FromListConnector([(0, 0, 0.5, 1.0), (1, 2, 0.25, 2.0), (3, 3, 1.0, 0.3)]),
    )
    first, second = (p.connector for p in parts())
    assert (first.pre.tolist(), first.post.tolist()) == ([0], [4])
    assert (second.pre.tolist(), second.post.tolist()) == ([1, 3], [0, 1])
    assert projection.get(["weight", "delay"], format="list") == [
        (0, 0, 0.5, 1.0),
        (1, 2, 0.25, 2.0),
        (3, 3, 1.0, 0.3),
    ]


def test_known_distributions_are_left_to_the_cores(sim, cells):
    draw = sim.RandomDistribution
    sim.Projection(
        cells,
        cells,
        sim.FixedTotalNumberConnector(5),
        sim.StaticSynapse(
            weight=draw("normal_clipped", mu=-0.5, sigma=0.1, low=-np.inf, high=0.0),
            delay=draw("uniform", low=0.2, high=0.8),
        ),
        receptor_type="inhibitory",
    )
    (part,) = parts()
    assert part.weight_na == ClippedNormal(0.5, 0.1, 0.0, np.inf)
    assert part.delay_ms == Uniform(0.2, 0.8)
    assert part.receptor is Receptor.INHIBITORY
    sim.Projection(
        cells,
        cells,
        sim.AllToAllConnector(),
        sim.StaticSynapse(weight=draw("normal", mu=-0.5, sigma=0.1)),
        receptor_type="inhibitory",
    )
    assert parts()[1].weight_na == Normal(0.5, 0.1)


def test_other_distributions_are_drawn_on_the_host(sim, cells):
    weight = sim.RandomDistribution("gamma", k=2.0, theta=0.5, rng=sim.NumpyRNG(seed=5))
    sim.Projection(cells, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=weight))
    (part,) = parts()
    assert isinstance(part.connector, ExplicitList)
    assert np.unique(part.connector.weight_na).size == 36


def test_functions_of_the_distance(sim, cells):
    projection = sim.Projection(
        cells,
        cells,
        sim.DistanceDependentProbabilityConnector("d < 2", allow_self_connections=False),
        sim.StaticSynapse(weight=lambda d: d / 2, delay="0.2 + 0.3*d"),
    )
    found = projection.get(["weight", "delay"], format="list")
    assert [(i, j) for i, j, *_ in found] == [
        (i, j) for i in range(6) for j in range(6) if abs(i - j) == 1
    ]
    assert {row[2:] for row in found} == {(0.5, 0.5)}


def test_own_expansion_connects_as_pynn_does(sim, cells):
    """All-to-all between views, with weights from a seeded generator: as pyNN.mock draws them."""
    made = {}
    for backend, weight in ((sim, "weight"), (mock, "WEIGHT")):
        backend.setup(timestep=0.1)
        population = backend.Population(6, backend.IF_curr_exp())
        rng = sim.NumpyRNG(seed=12)
        synapse = backend.StaticSynapse(
            weight=sim.RandomDistribution("uniform", low=0.0, high=1.0, rng=rng), delay=1.0
        )
        projection = backend.Projection(
            population[0:3],
            population[1:5],
            backend.AllToAllConnector(allow_self_connections=False),
            synapse,
            receptor_type="excitatory",
        )
        made[backend] = sorted(
            (c.presynaptic_index, c.postsynaptic_index, getattr(c, weight))
            for c in projection.connections
        )
    assert [row[:2] for row in made[sim]] == [row[:2] for row in made[mock]]
    listed = parts()[0].connector
    drawn = [weight for *_, weight in made[mock]]
    assert sorted(listed.weight_na.tolist()) == pytest.approx(sorted(drawn), abs=1e-12)


def test_host_generation_uses_the_generator_of_the_script(sim):
    pairs = []
    for backend, options in ((sim, {"generation": "host"}), (mock, {})):
        backend.setup(timestep=0.1, **options)
        population = backend.Population(20, backend.IF_curr_exp())
        connector = backend.FixedProbabilityConnector(0.3, rng=sim.NumpyRNG(seed=3))
        projection = backend.Projection(
            population, population, connector, backend.StaticSynapse(weight=0.5, delay=1.0),
            receptor_type="excitatory",
        )  # fmt: skip
        pairs.append(
            sorted((c.presynaptic_index, c.postsynaptic_index) for c in projection.connections)
        )
    assert pairs[0] == pairs[1]


def test_lists_from_files(sim, cells, sources, tmp_path):
    name = tmp_path / "connections.txt"
    name.write_text('# columns = ["i", "j", "weight", "delay"]\n0 1 0.5 1.0\n2 3 0.25 2.0\n')
    projection = sim.Projection(sources, cells, sim.FromFileConnector(str(name)))
    assert projection.get("weight", format="list") == [(0, 1, 0.5), (2, 3, 0.25)]
    saved = tmp_path / "saved.txt"
    projection.save("all", str(saved))
    again = sim.Projection(sources, cells, sim.FromFileConnector(str(saved)))
    names = ["weight", "delay"]
    assert again.get(names, format="list") == projection.get(names, format="list")


def test_lists_outside_of_the_populations_are_refused(sim, cells, sources):
    with pytest.raises(errors.ConnectionError, match="post index 6 outside of 6 cells"):
        sim.Projection(sources, cells, sim.FromListConnector([(0, 6, 1.0, 1.0)]))


def test_signs_are_those_of_the_script(sim, cells):
    for weight in (-0.5, 0.5):
        projection = sim.Projection(
            cells,
            cells,
            sim.OneToOneConnector(),
            sim.StaticSynapse(weight=weight),
            receptor_type="inhibitory",
        )
        assert parts()[-1].weight_na == Constant(0.5)
        assert projection.get("weight", format="list", with_address=False)[0] == weight
    negative = sim.Projection(cells, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=-1))
    assert negative.receptor_type == "inhibitory"
    with pytest.raises(errors.ConnectionError, match="weights must be positive"):
        sim.Projection(
            cells,
            cells,
            sim.OneToOneConnector(),
            sim.StaticSynapse(weight=-0.5),
            receptor_type="excitatory",
        )
    with pytest.raises(errors.ConnectionError, match="all positive or all negative"):
        sim.Projection(cells, cells, sim.FromListConnector([(0, 0, -1, 1), (0, 1, 1, 1)]))


def test_set_keeps_a_rule_where_it_can(sim, cells):
    projection = sim.Projection(
        cells, cells, sim.FixedTotalNumberConnector(9), sim.StaticSynapse(weight=1.0, delay=1.0)
    )
    projection.set(weight=2.0, delay=sim.RandomDistribution("uniform", low=1, high=2))
    (part,) = parts()
    assert (part.connector, part.weight_na) == (FixedTotalNumber(9, True, True), Constant(2.0))
    assert part.delay_ms == Uniform(1, 2)


def test_set_values_one_by_one(sim, cells):
    projection = sim.Projection(
        cells[0:2], cells[2:4], sim.AllToAllConnector(), sim.StaticSynapse(weight=1.0, delay=1.0)
    )
    projection.set(weight=np.array([[0.5, 1.0], [1.5, 2.0]]))
    assert projection.get("weight", format="array").tolist() == [[0.5, 1.0], [1.5, 2.0]]
    projection.set(weight=[2.0, 1.5, 1.0, 0.5])
    connections = list(projection.connections)
    assert [c.weight for c in connections] == [2.0, 1.5, 1.0, 0.5]
    connections[2].weight = 4.0
    projection[3].delay = 3.0
    assert projection.get(["weight", "delay"], format="list", with_address=False) == [
        (2.0, 1.0),
        (1.5, 1.0),
        (4.0, 1.0),
        (0.5, 3.0),
    ]
    with pytest.raises(ConfigError, match="no parameter 'U'"):
        projection.set(U=0.5)
    with pytest.raises(ConfigError, match="3 values of weight for 4 synapses"):
        projection.set(weight=[1.0, 2.0, 3.0])


def test_weights_are_as_the_cores_hold_them(sim, cells, sources):
    """The fake machine holds weights in steps of 1/8."""
    projection = sim.Projection(
        sources, cells, sim.FromListConnector([(0, 0, 0.51, 1.0), (3, 5, 0.26, 1.0)])
    )
    assert projection.get("weight", format="list", with_address=False) == [0.5, 0.25]
    sim.setup(timestep=0.1, arithmetic="float64")
    cells = sim.Population(6, sim.IF_curr_exp())
    exact = sim.Projection(cells, cells, sim.FromListConnector([(0, 0, 0.51, 1.02)]))
    assert exact.get(["weight", "delay"], format="list") == [(0, 0, 0.51, 1.0)]
    assert not simulator.state.is_open


def test_equal_pairs_are_told_apart_by_delay_and_weight(sim, cells):
    projection = sim.Projection(
        cells,
        cells,
        sim.FromListConnector([(0, 1, 0.5, 2.0), (0, 1, 2.0, 1.0), (0, 1, 0.25, 2.0)]),
    )
    assert [(c.weight, c.delay) for c in projection.connections] == [
        (0.5, 2.0),
        (2.0, 1.0),
        (0.25, 2.0),
    ]
    by = {how: projection.get("weight", "array", multiple_synapses=how)[0, 1] for how in
          ("sum", "min", "max", "first", "last")}  # fmt: skip
    assert by == {"sum": 2.75, "min": 0.25, "max": 2.0, "first": 0.5, "last": 0.25}


def test_weights_and_delays_may_change_between_runs(sim, cells):
    projection = sim.Projection(
        cells, cells, sim.FromListConnector([(0, 1, 0.5, 2.0)]), sim.StaticSynapse()
    )
    sim.run(1.0)
    projection.set(weight=1.0)
    assert projection.get("weight", format="list") == [(0, 1, 1.0)]
    projection.set(delay=1.0)
    assert projection.get("delay", format="list") == [(0, 1, 1.0)]
    (session,) = FakeSession.made
    assert [step for step, _ in session.told] == [0, 10, 10]


def test_new_delays_before_the_first_run_need_a_new_mapping(sim, cells):
    projection = sim.Projection(
        cells, cells, sim.FromListConnector([(0, 1, 0.5, 2.0)]), sim.StaticSynapse()
    )
    projection.get("delay", format="list")
    projection.set(delay=3.0)
    assert projection.get("delay", format="list") == [(0, 1, 3.0)]
    assert len(FakeSession.made) == 2


def test_delays_of_the_network(sim, cells):
    assert sim.get_min_delay() == 0.1
    sim.Projection(cells, cells, sim.AllToAllConnector(), sim.StaticSynapse(delay=0.5))
    sim.Projection(cells, cells, sim.FromListConnector([(0, 1, 0.5, 2.0), (0, 1, 0.5, 0.31)]))
    assert (sim.get_min_delay(), sim.get_max_delay()) == (0.3, 2.0)
    sim.setup(timestep=0.1, min_delay=0.2, max_delay=5.0)
    assert sim.StaticSynapse().parameter_space["delay"].base_value == 0.2
    assert (sim.get_min_delay(), sim.get_max_delay()) == (0.2, 5.0)


def test_spike_sources_receive_nothing(sim, cells, sources):
    with pytest.raises(errors.ConnectionError, match=r"'sources'.*receives no synapses"):
        sim.Projection(cells, sources, sim.AllToAllConnector())


def test_small_worlds(sim, cells):
    projection = sim.Projection(
        cells, cells, sim.SmallWorldConnector(degree=2, rewiring=0.0, allow_self_connections=False)
    )
    assert len(projection) == 10


def test_seeds_that_are_not_used_are_told(sim, cells, capsys):
    NOTICES.clear()
    for rng in (None, sim.NativeRNG(seed=1), sim.NumpyRNG(seed=1)):
        assert "seeds" not in "".join(sim.notices())
        sim.Projection(
            cells, cells, sim.FixedProbabilityConnector(0.5, rng=rng), sim.StaticSynapse()
        )
    assert "generation='host'" in capsys.readouterr().err


def test_arguments_of_the_real_tool_chain(sim, cells):
    sim.Projection(cells, cells, sim.AllToAllConnector(), download_synapses=True)
    with pytest.raises(ConfigError, match="partition_id"):
        sim.Projection(cells, cells, sim.AllToAllConnector(), partition_id="SPIKE")


def plastic(sim, **arguments):
    """A rule with parameters that tell each other apart."""
    return sim.STDPMechanism(
        sim.SpikePairRule(tau_plus=10.0, tau_minus=12.0, A_plus=0.5, A_minus=0.25),
        sim.AdditiveWeightDependence(w_min=0.125, w_max=2.0),
        **arguments,
    )


def test_plastic_synapses_bring_their_rule(sim, cells, sources):
    synapse = plastic(sim, weight=1.0, delay=2.0)
    projection = sim.Projection(sources, cells, sim.AllToAllConnector(), synapse)
    more = sim.Population(4, sim.IF_curr_exp())
    at_once = plastic(sim, weight=1.0, backprop_delay=False)
    sim.Projection(sources, more[0:2], sim.AllToAllConnector(), at_once)
    rule, listed = parts()
    assert rule.plasticity == Stdp(
        tau_plus_ms=10.0, tau_minus_ms=12.0, a_plus=0.5, a_minus=0.25, w_min=0.125, w_max=2.0,
        dependence=WeightDependence.ADDITIVE, is_backpropagated=True,
    )  # fmt: skip
    assert (rule.connector, rule.weight_na, rule.delay_ms) == (AllToAll(), Constant(1), Constant(2))
    assert isinstance(listed.connector, ExplicitList)
    assert not listed.plasticity.is_backpropagated
    (a_plus, w_max) = projection.get(["A_plus", "w_max"], format="array")
    assert (a_plus[0, 0], w_max[3, 5]) == (0.5, 2.0)
    every = projection.get(synapse.get_parameter_names(), format="list")[0]
    assert every == (0, 0, 1.0, 2.0, 1.0, 10.0, 12.0, 0.5, 0.25, 0.125, 2.0)
    projection.set(A_minus=0.125)
    assert parts()[0].plasticity.a_minus == 0.125
    with pytest.raises(ConfigError, match="no parameter 'U'; known: weight, delay, dendritic"):
        projection.set(U=0.5)


def test_rules_of_plasticity_that_the_machine_has_not(sim):
    pair, additive = sim.SpikePairRule(), sim.AdditiveWeightDependence()
    with pytest.raises(ConfigError, match=r"dendritic_delay_fraction=0.5.*nearest: 1.0"):
        sim.STDPMechanism(pair, additive, dendritic_delay_fraction=0.5)
    with pytest.raises(ConfigError, match=r"GutigWeightDependence.*Additive"):
        sim.GutigWeightDependence()
    with pytest.raises(ConfigError, match="w_max is one number for all synapses"):
        sim.STDPMechanism(pair, sim.AdditiveWeightDependence(w_max=np.ones(3))).stdp()
