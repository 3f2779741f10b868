"""Plastic synapses of whole networks: closed forms, a pair by hand, reading back, refusals."""

import math
from dataclasses import replace

import numpy as np
import pytest

from host.config import Config, MappingConfig, RunConfig
from host.errors import ConfigError
from host.pipeline import run
from host.session import Session
from mapping.connectors import AllToAll, ExplicitList, OneToOne
from mapping.distributions import Constant, Uniform
from mapping.errors import SpecError
from mapping.plasticity import Stdp, WeightDependence
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection, Receptor

NEURON, POISSON, ARRAY = (
    PopulationKind.NEURON,
    PopulationKind.POISSON,
    PopulationKind.SPIKE_ARRAY,
)
MULTIPLICATIVE, INHIBITORY = WeightDependence.MULTIPLICATIVE, Receptor.INHIBITORY
RULE = Stdp(tau_plus_ms=17.0, tau_minus_ms=31.0, a_plus=0.02, a_minus=0.015, w_max=2.0)
ONE = np.zeros(1, np.int32)
DELAY_MS = 3.0


def config(**keys):
    layout = keys.pop("layout", "homogeneous")
    run_keys = {"dt_ms": 1.0, "threads": 1, "warmup_ms": 0.0, "time_ms": 200.0} | keys
    return Config(machine="spinn3", run=RunConfig(**run_keys), mapping=MappingConfig(layout=layout))


def pairing(pre_ms, post_ms, rule=RULE, weight=1.0, delay_ms=DELAY_MS):
    """A neuron that fires at `post_ms`, with one plastic synapse onto it that does not disturb."""
    driven = {"tau_m": 1.0, "cm": 1.0, "tau_refrac": 0.0, "tau_syn_E": 0.1, "tau_syn_I": 0.1}
    synapse = ExplicitList(ONE, ONE)
    return NetworkSpec(
        "pair",
        (
            Population("pre", 1, ARRAY, spike_times_ms=(np.array(pre_ms, float),)),
            Population("driver", 1, ARRAY, spike_times_ms=(np.array(post_ms, float) - 1.0,)),
            Population("post", 1, NEURON, driven),
        ),
        (
            Projection("driver", "post", synapse, Constant(400.0), Constant(1.0)),
            Projection(
                "pre", "post", synapse, Constant(weight), Constant(delay_ms), INHIBITORY, rule
            ),
        ),
    )  # fmt: skip


def final_weight(network, **keys):
    session = Session(config(**keys), network)
    stretch = session.advance(200)
    fired = stretch.spikes("post")[1].tolist()
    return session.synapses(1).weight[0], fired


def textbook(pre_ms, post_ms, rule, weight):
    """Pair STDP with all pairs, as it is defined: spikes in order, those of a time pre first.

    A spike of the target comes to the synapse after the delay; what the last spike of the source
    does not see any more is left out, as weights change when the source fires.
    """
    arrivals = [time + DELAY_MS for time in post_ms]
    unit = rule.w_max if rule.dependence is WeightDependence.ADDITIVE else None
    events = sorted([(t, 1, "post") for t in arrivals] + [(t, 2, "pre") for t in pre_ms])
    for now, _, kind in [event for event in events if event[0] <= max(pre_ms)]:
        if kind == "post":
            trace = sum(math.exp(-(now - t) / rule.tau_plus_ms) for t in pre_ms if t < now)
            change = rule.a_plus * trace * (rule.w_max - weight if unit is None else unit)
            weight = weight + change if unit is None else min(weight + change, rule.w_max)
        else:
            trace = sum(math.exp(-(now - t) / rule.tau_minus_ms) for t in arrivals if t <= now)
            change = rule.a_minus * trace * (weight - rule.w_min if unit is None else unit)
            weight = weight - change if unit is None else max(weight - change, rule.w_min)
    return weight


TRAINS = [
    ([20.0, 60.0], [30.0]),
    ([20.0, 60.0], [10.0]),
    ([20.0, 25.0, 60.0, 61.0, 110.0], [10.0, 30.0, 31.0, 58.0, 70.0, 107.0]),
]


@pytest.mark.parametrize(("pre_ms", "post_ms"), TRAINS)
@pytest.mark.parametrize("dependence", WeightDependence)
def test_weights_in_double_precision_are_those_of_the_textbook(pre_ms, post_ms, dependence):
    rule = replace(RULE, dependence=dependence, w_min=0.1)
    network = pairing(pre_ms, post_ms, rule)
    weight, fired = final_weight(network, arithmetic="float64")
    assert fired == post_ms
    assert weight != 1.0
    assert weight == pytest.approx(textbook(pre_ms, post_ms, rule, 1.0), rel=1e-13)
    rounded, _ = final_weight(network)
    n_spikes, unit = len(pre_ms) + len(post_ms), 2.0**-13
    assert rounded == pytest.approx(weight, abs=n_spikes * unit + 0.002 * abs(weight - 1.0))


def test_a_pair_by_hand():
    """Source at 20, 60 and 100 ms, target at 30 ms, delay 3 ms, additive, in integers.

    The largest weight of 2 nA makes ring buffers of shift 2: 1 nA is 8192 units of 2**-13 nA, and
    32768 in s16.15. At 60 ms the target's spike has come, 13 ms after the source's: the table has
    floor(2048 exp(-13 / 17)) = 953. A+ of 0.02 * 2 nA is 1311 in s16.15; 953 / 2048 of it are
    floor(610.05) = 610. Depression, 27 ms after: floor(2048 exp(-27 / 31)) = 857; A- of 0.03 nA is
    983, 857 / 2048 of it floor(411.3) = 411. 32768 + 610 - 411 = 32967; without 2 bits it is 8241.
    At 100 ms there is depression alone, 67 ms after: floor(2048 exp(-67 / 31)) = 235; 235 / 2048
    of 983 are floor(112.8) = 112. 4 * 8241 - 112 = 32852; without 2 bits it is 8213.
    """
    session = Session(config(), pairing([20.0, 60.0, 100.0], [30.0]))
    weights = {}
    for step in (20, 60, 61, 100, 101):
        session.advance(step - session.step)
        weights[step] = session.synapses(1).weight[0] * 8192
    assert weights == {20: 8192, 60: 8192, 61: 8241, 100: 8241, 101: 8213}


def test_the_first_spike_depresses_nothing_and_a_spike_without_delay_pairs_at_once():
    forward, _ = final_weight(pairing([50.0], [30.0]), arithmetic="float64")
    assert forward == pytest.approx(1.0 - 0.015 * 2.0 * math.exp(-17.0 / 31.0), rel=1e-14)
    at_once = replace(RULE, is_backpropagated=False)
    backward, _ = final_weight(pairing([20.0, 60.0], [30.0], at_once), arithmetic="float64")
    change = 0.02 * math.exp(-10.0 / 17.0) - 0.015 * math.exp(-30.0 / 31.0)
    assert backward == pytest.approx(1.0 + 2.0 * change, rel=1e-14)


def learning(rule=RULE, second=None, rate=100.0, **keys):
    """Two populations that fire, plastic and static projections between them."""
    cell = {"i_offset": 0.8, "tau_refrac": 2.0}
    return NetworkSpec(
        "learning",
        (
            Population("P", 5, POISSON, {"rate": rate}, expected_rate_hz=100.0),
            Population("A", 5, NEURON, cell),
            Population("B", 4, NEURON, cell),
        ),
        (
            Projection("P", "A", OneToOne(), Constant(0.5), Constant(1.0), plasticity=rule),
            Projection("P", "B", AllToAll(), Constant(0.4), Constant(2.0)),
            Projection("A", "B", AllToAll(), Uniform(0.0, 1.0), Uniform(1.0, 9.0), **keys),
            second or Projection(
                "P", "B", AllToAll(), Uniform(0.0, 1.0), Constant(4.0), plasticity=rule
            ),
        ),
    )  # fmt: skip


PROFILES = [{}, {"arithmetic": "float64"}, {"layout": "ensemble"}]
profiles = pytest.mark.parametrize("profile", PROFILES, ids=str)


@profiles
def test_pieces_readings_and_changes_leave_the_weights_that_they_do_not_concern(profile):
    network = learning(plasticity=RULE)
    whole, pieces = Session(config(**profile), network), Session(config(**profile), network)
    begun = [whole.synapses(k) for k in range(4)]
    assert begun[3].weight.std() > 0.1
    whole.advance(200)
    for stop in (1, 60, 200):
        pieces.advance(stop - pieces.step)
        pieces.change(watched={"A": np.arange(2)})
    ends = [whole.synapses(k) for k in range(4)]
    for k, (before, after) in enumerate(zip(begun, ends, strict=True)):
        np.testing.assert_array_equal(before.post, after.post)
        np.testing.assert_array_equal(before.delay_ms, after.delay_ms)
        np.testing.assert_array_equal(pieces.synapses(k).weight, after.weight)
        assert (before.weight != after.weight).any() == (k != 1)
        assert after.weight.min() >= 0
        assert after.weight.max() <= 2.0
    changed = replace(network.projections[3], weight_na=Constant(0.25))
    whole.change(NetworkSpec("learning", network.populations, (*network.projections[:3], changed)))
    assert (whole.synapses(3).weight == 0.25).all()
    for k in (0, 2):
        np.testing.assert_array_equal(whole.synapses(k).weight, ends[k].weight)
    whole.advance(100)
    assert (whole.synapses(3).weight != 0.25).any()


def test_results_count_plastic_synapses():
    static = replace(learning().projections[3], plasticity=None)
    results = []
    for network in (learning(), learning(second=static)):
        session = Session(config(), network)
        session.advance(200)
        results.append(session.results())
    plastic, partly = results
    assert plastic.n_synapses == partly.n_synapses == 5 + 20 + 20 + 20
    assert plastic.energy["total_j"] > 0
    # at B: 4 histories, the rule, tables of 130 and 238 entries; 5 rows of 4 synapses, 36 B not 28
    more = 4 * 100 + 44 + (2 * 130 + 4) + (2 * 238 + 4)
    for name, expected in (("dtcm_bytes", more), ("sdram_bytes", 5 * (36 - 28))):
        totals = [found.mapping[name]["total"] for found in results]
        assert totals[0] - totals[1] == expected
    assert run(config(), network=learning()).n_synapses == 65


def test_what_cannot_be_is_refused_by_name():
    for keys, words in (
        ({"timing": "full"}, "timing: full has no plastic synapses; nearest: run.timing: ideal"),
        ({"connectivity": "procedural"}, "procedural has no plastic synapses; nearest: .*stored"),
    ):
        with pytest.raises(ConfigError, match=words):
            run(config(**keys), network=learning())
    long = Projection("A", "B", AllToAll(), Constant(1.0), Constant(5000.0), plasticity=RULE)
    with pytest.raises(ConfigError, match="A -> B is plastic with delays above"):
        Session(config(), learning(second=long))
    other = replace(RULE, a_plus=0.5)
    with pytest.raises(SpecError, match="different rules of plasticity; cores have one"):
        learning(plasticity=other)
    session = Session(config(), learning())
    with pytest.raises(ConfigError, match="another rule of plasticity"):
        session.change(learning(rule=other))
    moved = replace(learning().projections[3], delay_ms=Constant(2.0))
    with pytest.raises(ConfigError, match="with other delays, than before"):
        session.change(learning(second=moved))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tau_plus_ms": 0.0}, "tau_plus_ms = 0; give a finite number, above 0 ms"),
        ({"a_minus": math.nan}, "a_minus = nan; give a finite number"),
        ({"w_min": 3.0}, "limits are magnitudes, the smaller one first"),
    ],
)
def test_rules_that_cannot_be(changes, words):
    with pytest.raises(SpecError, match=words):
        replace(RULE, **changes)


def test_tables_have_as_many_entries_as_the_tool_chain_gives_them():
    # 2 ceil(tau / dt * ln(2048) / 2): 152.49 and 1524.9 entries
    assert Stdp().table_entries(1.0) == (154, 154)
    assert Stdp(tau_minus_ms=2.0).table_entries(0.1) == (1526, 154)
