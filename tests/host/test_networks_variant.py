"""Variants of a network: what changes, what stays, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest

import host
from host.config import Config, NetworkConfig, RunConfig, VariantConfig, load_config
from host.errors import ConfigError
from host.networks import build_network
from host.networks.pd14 import pd14
from host.networks.variant import is_recurrent, vary
from mapping.connectors import (
    AllToAll,
    ExplicitList,
    FixedInDegree,
    FixedOutDegree,
    FixedTotalNumber,
    OneToOne,
    PairwiseBernoulli,
)
from mapping.distributions import Constant, Normal
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection

DT_MS = 0.1
WEIGHT_NA, DELAY_MS = Constant(0.1), Constant(1.5)
TOTAL = FixedTotalNumber(5000)


def small(connector, *, weight_na=WEIGHT_NA, delay_ms=DELAY_MS, n=100, tau_refrac=2.0):
    """`n` neurons that drive each other, and as many sources that drive them."""
    neurons = Population("A", n, PopulationKind.NEURON, parameters={"tau_refrac": tau_refrac})
    sources = Population("P", n, PopulationKind.POISSON, parameters={"rate": 10.0})
    return NetworkSpec(
        "small",
        (neurons, sources),
        (
            Projection("P", "A", OneToOne(), Constant(0.5), Constant(0.1)),
            Projection("A", "A", connector, weight_na, delay_ms),
        ),
    )


def recurrent(spec):
    return [p for p in spec.projections if is_recurrent(spec, p)]


def varied(connector=TOTAL, **keys):
    """The recurrent projection of a small network, varied."""
    names = ("weight_na", "delay_ms", "tau_refrac")
    of_network = {key: keys.pop(key) for key in names if key in keys}
    spec = vary(small(connector, **of_network), VariantConfig(**keys), DT_MS)
    (projection,) = recurrent(spec)
    return projection


def test_a_variant_that_changes_nothing_is_the_same_network():
    spec = pd14(0.01)
    assert vary(spec, VariantConfig(), DT_MS) is spec


def test_what_is_not_asked_for_stays_the_same_object():
    before = pd14(0.01)
    after = vary(before, VariantConfig(refractory_steps=1), DT_MS)
    for one, other in zip(before.projections, after.projections, strict=True):
        assert (one.connector, one.weight_na, one.delay_ms) == (
            other.connector,
            other.weight_na,
            other.delay_ms,
        )


def test_input_from_outside_stays_as_it_is():
    variant = VariantConfig(
        connections="in_degree", weight_factor=0.5, delay_steps=3, lost_synapses=0.5, weight_bits=1
    )
    before = pd14(0.02)
    with pytest.raises(ConfigError, match="choose connections total, or 0"):
        vary(before, variant, DT_MS)
    after = vary(before, replace(variant, connections="total"), DT_MS)
    outside = [p for p in after.projections if not is_recurrent(after, p)]
    assert outside == [p for p in before.projections if not is_recurrent(before, p)]
    assert len(outside) == 8


def test_a_fixed_in_degree_is_the_mean_one_rounded():
    before = pd14(0.1)
    after = vary(before, VariantConfig(connections="in_degree"), DT_MS)
    means = {(p.pre, p.post): p.connector.n / before.sizes(p)[1] for p in recurrent(before)}
    for projection in recurrent(after):
        mean = means.pop((projection.pre, projection.post))
        assert projection.connector == FixedInDegree(round(mean))
    assert all(mean <= 0.5 for mean in means.values())  # left out, without synapses
    total = sum(after.expected_synapses(p) for p in recurrent(after))
    assert total == pytest.approx(sum(p.connector.n for p in recurrent(before)), rel=2e-3)


@pytest.mark.parametrize(
    ("connector", "total", "in_degree"),
    [
        (FixedTotalNumber(5030), FixedTotalNumber(5030), FixedInDegree(50)),
        (FixedInDegree(7), FixedTotalNumber(700), FixedInDegree(7)),
        (FixedOutDegree(7, False), FixedTotalNumber(700, False), FixedInDegree(7, False)),
        (
            PairwiseBernoulli(0.1),
            FixedTotalNumber(1000, allow_multapses=False),
            FixedInDegree(10, allow_multapses=False),
        ),
    ],
)
def test_rules_of_the_same_mean(connector, total, in_degree):
    assert varied(connector, connections="total").connector == total
    assert varied(connector, connections="in_degree").connector == in_degree


@pytest.mark.parametrize("connector", [AllToAll(), OneToOne()])
def test_rules_that_are_not_drawn_are_not_replaced(connector):
    with pytest.raises(ConfigError, match=r"projection A -> A: connections total: .* is not drawn"):
        varied(connector, connections="total")


@pytest.mark.parametrize(
    ("connector", "thinned"),
    [
        (FixedTotalNumber(1001, False, False), FixedTotalNumber(751, False, False)),
        (PairwiseBernoulli(0.4, False), PairwiseBernoulli(0.3, False)),
        (AllToAll(False), PairwiseBernoulli(0.75, False)),
    ],
)
def test_synapses_are_lost_at_random(connector, thinned):
    after = varied(connector, lost_synapses=0.25).connector
    assert type(after) is type(thinned)
    assert after.n_synapses(100, 100, recurrent=True).mean == pytest.approx(
        thinned.n_synapses(100, 100, recurrent=True).mean
    )
    assert after.allow_autapses == thinned.allow_autapses


@pytest.mark.parametrize("connector", [FixedInDegree(5), FixedOutDegree(5), OneToOne()])
def test_rules_that_losses_would_break_are_refused(connector):
    with pytest.raises(
        ConfigError, match=r"lost_synapses 0\.1: (fixed in degree|fixed out degree|one to one) does"
    ):
        varied(connector, lost_synapses=0.1)
    if not isinstance(connector, OneToOne):
        lost = varied(connector, lost_synapses=0.1, connections="total")
        assert lost.connector == FixedTotalNumber(450)


def test_a_projection_that_loses_all_is_left_out():
    spec = vary(small(FixedTotalNumber(1)), VariantConfig(lost_synapses=0.9), DT_MS)
    assert recurrent(spec) == []


def test_weights_are_multiplied_before_they_are_rounded():
    weight_na = Normal(0.1, 0.01)
    keys = {"weight_factor": 0.95, "weight_bits": 1, "discretisation": "preserving"}
    after = varied(weight_na=weight_na, **keys)
    values = np.unique(after.weight_na.ppf(np.linspace(0.01, 0.99, 99)))
    np.testing.assert_allclose(values, 0.95 * np.array([0.09, 0.11]))


def test_weights_that_would_be_negative_are_refused():
    with pytest.raises(ConfigError, match="choose more bits, or naive"):
        varied(weight_na=Normal(1.0, 2.0), weight_bits=4, discretisation="preserving")


@pytest.mark.parametrize(("steps", "delay_ms"), [(1, 1.6), (-1, 1.4), (-20, 0.1)])
def test_steps_are_added_to_delays(steps, delay_ms):
    assert varied(delay_steps=steps).delay_ms.value == pytest.approx(delay_ms)


def test_a_delay_below_a_step_counts_as_one_before_steps_are_added():
    assert varied(delay_ms=Constant(0.02), delay_steps=2).delay_ms.value == pytest.approx(0.3)


def test_listed_weights_and_delays_are_varied_too():
    ends = np.arange(3, dtype=np.int32)
    listed = ExplicitList(ends, ends, np.array([1.0, 2.0, 3.0]), np.array([0.1, 0.5, 2.0]))
    after = varied(listed, weight_factor=2.0, delay_steps=-2).connector
    np.testing.assert_allclose(after.weight_na, [2, 4, 6])
    np.testing.assert_allclose(after.delay_ms, [0.1, 0.3, 1.8])
    with pytest.raises(ConfigError, match="weights are listed"):
        varied(listed, weight_bits=3)


@pytest.mark.parametrize(
    ("before_ms", "steps", "after_ms"),
    [(2.0, -1, 1.9), (2.0, 1, 2.1), (1.95, 1, 2.1), (0.3, -5, 0.0), (0.3, -1, 0.2)],
)
def test_steps_are_added_to_refractory_times(before_ms, steps, after_ms):
    variant = VariantConfig(refractory_steps=steps)
    for form in (before_ms, np.full(100, before_ms), Constant(before_ms)):
        spec = vary(small(FixedTotalNumber(10), tau_refrac=form), variant, DT_MS)
        after = spec.population("A").parameters["tau_refrac"]
        value = after.value if isinstance(after, Constant) else np.unique(after)[0]
        in_steps = np.ceil(value / DT_MS - 1e-9)
        assert in_steps == round(after_ms / DT_MS)
    assert "tau_refrac" not in spec.population("P").parameters


def run(**variant):
    config = Config(
        network=NetworkConfig(scale=0.005, variant=VariantConfig(**variant)),
        run=RunConfig(time_ms=50, warmup_ms=0, threads=1),
    )
    return host.run(config)


def test_a_run_applies_the_variant():
    usual, nothing = run(), run(weight_factor=1.0)
    np.testing.assert_array_equal(usual.spikes.steps, nothing.spikes.steps)
    np.testing.assert_array_equal(usual.spikes.neurons, nothing.spikes.neurons)
    fewer = run(lost_synapses=0.5)
    assert fewer.n_synapses == pytest.approx(usual.n_synapses / 2, rel=0.01)
    assert not np.array_equal(usual.spikes.steps, fewer.spikes.steps)


def test_a_file_can_ask_for_a_variant(tmp_path):
    path = tmp_path / "variant.yaml"
    path.write_text("network: {scale: 0.02, variant: {connections: in_degree, weight_bits: 4}}\n")
    spec = build_network(load_config(path))
    assert all(isinstance(p.connector, FixedInDegree) for p in recurrent(spec))
    path.write_text("network: {variant: {weight_bits: 17}}\n")
    with pytest.raises(ConfigError, match="weight_bits"):
        load_config(path)
