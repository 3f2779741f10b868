"""A network run piece by piece: the same as in one go, and what may change in between."""

import numpy as np
import pytest

from host.config import Config, MappingConfig, RecordConfig, RunConfig
from host.errors import ConfigError
from host.pipeline import run
from host.session import Session
from mapping.connectors import (
    AllToAll,
    ExplicitList,
    FixedTotalNumber,
    OneToOne,
    PairwiseBernoulli,
)
from mapping.distributions import Constant, Uniform
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection, Receptor

NEURON, POISSON, ARRAY = (
    PopulationKind.NEURON,
    PopulationKind.POISSON,
    PopulationKind.SPIKE_ARRAY,
)
TIMES_MS = (np.array([1.0, 5.0]), np.array([2.0]), np.array([12.0]))


def network(rate=2000.0, weight=0.5, i_offset=0.4, times_ms=TIMES_MS, is_recorded=True, **changes):
    listed = changes.pop("listed", None)
    return NetworkSpec(
        "small",
        (
            Population("S", 3, ARRAY, spike_times_ms=times_ms),
            Population("P", 10, POISSON, {"rate": rate}, is_recorded=is_recorded),
            Population("A", 10, NEURON, {"i_offset": i_offset, **changes}),
            Population("B", 5, NEURON),
        ),
        (
            Projection("S", "A", FixedTotalNumber(20), Constant(weight), Constant(1.0)),
            Projection("P", "A", OneToOne(), Constant(0.3), Constant(0.1)),
            Projection("A", "B", PairwiseBernoulli(0.5), Uniform(0.1, 0.4), Uniform(0.5, 2.0)),
            Projection(
                "A", "B", listed or AllToAll(), Constant(0.1), Constant(0.5), Receptor.INHIBITORY
            ),
        ),
    )


def config(**run_keys):
    layout = run_keys.pop("layout", "homogeneous")
    return Config(
        run=RunConfig(threads=1, warmup_ms=0.0, time_ms=20.0, **run_keys),
        mapping=MappingConfig(layout=layout),
    )


ALL = {"A": np.arange(10), "B": np.arange(5)}
PROFILES = [
    {},
    {"arithmetic": "float64"},
    {"layout": "ensemble"},
    {"timing": "full", "layout": "ensemble"},
]
profiles = pytest.mark.parametrize("profile", PROFILES, ids=str)


def told(stretches):
    """Spikes and samples of consecutive stretches."""
    names = "SPAB"
    spikes = {
        name: np.concatenate([np.array(s.spikes(name)) for s in stretches], axis=1).tolist()
        for name in names
    }
    samples = {
        (name, variable): np.concatenate([s.samples(name).signals[variable] for s in stretches])
        for name in "AB"
        for variable in ("v", "i_exc", "i_inh")
    }
    return spikes, samples


@profiles
def test_pieces_make_the_whole(profile):
    whole = Session(config(**profile), network(), watched=ALL)
    parted = Session(config(**profile), network(), watched=ALL)
    spikes, samples = told([whole.advance(200)])
    parted_spikes, parted_samples = told([parted.advance(n) for n in (0, 1, 76, 123)])
    assert spikes == parted_spikes
    for key, values in samples.items():
        np.testing.assert_array_equal(values, parted_samples[key])
    assert sum(len(s) for s, _ in spikes.values()) > 100
    one, other = whole.results(), parted.results()
    assert one.counters == other.counters
    assert one.losses == other.losses
    assert one.energy == other.energy
    assert one.timing == other.timing


@profiles
def test_a_session_is_a_run(profile):
    session = Session(config(**profile), network(), watched=ALL)
    stretch = session.advance(200)
    wanted = config(**profile)
    sampled = {"A": 10, "B": 5}
    record = RecordConfig(v=sampled, currents=sampled)
    results = run(Config(run=wanted.run, mapping=wanted.mapping, record=record), network=network())
    recorded = {(r.population, r.variable): r.values for r in results.recordings}
    np.testing.assert_array_equal(stretch.samples("A").signals["v"], recorded["A", "v"])
    np.testing.assert_array_equal(stretch.samples("B").signals["i_inh"], recorded["B", "i_inh"])
    again = session.results()
    assert (again.rates_hz, again.losses, again.counters) == (
        results.rates_hz, results.losses, results.counters,
    )  # fmt: skip
    assert again.energy == results.energy


def test_what_changes_counts_from_then_on():
    session = Session(config(), network(), watched=ALL)
    before = session.advance(100)
    session.change(network(rate=0.0, i_offset=0.0, times_ms=(np.array([15.0]),) * 3, tau_m=5.0))
    after = session.advance(100)
    assert before.spikes("P")[0].size > 100
    assert after.spikes("P")[0].size == 0
    assert before.spikes("S")[1].tolist() == [10, 20, 50]
    assert after.spikes("S")[1].tolist() == [150] * 3
    session.set_state("A", "v", np.full(2, -60.0), np.array([3, 4]))
    session.set_state("A", "i_exc", np.zeros(10))
    assert session.state("A")["v"][3:5].tolist() == [-60.0, -60.0]
    rest = session.advance(30).samples("A").signals["v"]
    assert rest[0, 3] == -60.0
    # V decays to rest with the new time constant, but for the truncation of products
    expected = -65.0 + 5.0 * np.exp(-0.1 * np.arange(30) / 5.0)
    np.testing.assert_allclose(rest[:, 3], expected, atol=30 * 2 * 2**-15)


@pytest.mark.parametrize("arithmetic", ["fixed", "float64"])
@pytest.mark.parametrize("layout", ["homogeneous", "ensemble"])
def test_synapses_are_read_back(arithmetic, layout):
    session = Session(config(arithmetic=arithmetic, layout=layout), network(is_recorded=False))
    total, direct, bernoulli, every = (session.synapses(k) for k in range(4))
    assert total.pre.size == 20
    assert set(total.pre.tolist()) <= set(range(3))
    assert np.all(total.weight == 0.5)
    assert np.all(total.delay_ms == 1.0)
    assert direct.pre.tolist() == direct.post.tolist() == list(range(10))
    np.testing.assert_allclose(direct.weight, 0.3, atol=2**-14)
    assert np.all((bernoulli.weight >= 0.1 - 2**-15) & (bernoulli.weight <= 0.4 + 2**-15))
    assert np.unique(np.round(bernoulli.delay_ms, 9)).size > 5
    assert [*zip(every.pre.tolist(), every.post.tolist(), strict=True)] == [
        (i, j) for i in range(10) for j in range(5)
    ]
    np.testing.assert_allclose(every.weight, 0.1, atol=2**-15)


@pytest.mark.parametrize("arithmetic", ["fixed", "float64"])
def test_weights_that_are_set_are_those_read_back(arithmetic):
    session = Session(config(arithmetic=arithmetic), network())
    session.advance(10)
    old = session.synapses(3)
    weight = np.linspace(0.0, 0.2, old.pre.size)
    listed = ExplicitList(old.pre.astype(np.int32), old.post.astype(np.int32), weight, old.delay_ms)
    untouched = session.synapses(2)
    session.change(network(listed=listed))
    new = session.synapses(3)
    np.testing.assert_array_equal(new.post, old.post)
    np.testing.assert_allclose(new.weight, weight, atol=2**-15)
    np.testing.assert_array_equal(session.synapses(2).weight, untouched.weight)


def test_what_cannot_change_is_refused():
    session = Session(config(), network())
    other = network()
    fewer = NetworkSpec("other", other.populations, other.projections[:3])
    with pytest.raises(ConfigError, match=r"3 projections, not between the same .* 4 before"):
        session.change(fewer)
    bigger = (*other.populations[:3], Population("B", 6, NEURON))
    with pytest.raises(ConfigError, match="other ones than before: B; begin anew"):
        session.change(NetworkSpec("other", bigger, other.projections))
    pairs = np.zeros(1, np.int32)
    long = ExplicitList(pairs, pairs, np.ones(1), np.full(1, 5.0))
    with pytest.raises(
        ConfigError, match="a delay of 5 ms: the cores were loaded for delays up to"
    ):
        session.change(network(listed=long))
    short = ExplicitList(pairs, pairs, np.ones(1), np.ones(1))
    with pytest.raises(ConfigError, match="other numbers of synapses than before"):
        session.change(network(listed=short))
    with pytest.raises(ConfigError, match="population A: IF_curr_exp has no state variable 'w'"):
        session.set_state("A", "w", np.zeros(10))
    with pytest.raises(ConfigError, match="'Q' is no population of neurons"):
        session.change(watched={"Q": np.arange(2)})
    with pytest.raises(ConfigError, match="no results before the first step"):
        session.results()
    with pytest.raises(ConfigError, match=r"run\.connectivity: procedural cannot pause"):
        Session(config(connectivity="procedural"), network())
    with pytest.raises(ConfigError, match=r"population P: Poisson sources .* is_recorded"):
        Session(config(), network(is_recorded=False)).advance(1).spikes("P")


class Step:
    """A current of 1 nA into two neurons from step 50 to step 149."""

    targets = (("A", np.array([0, 3])),)

    def amplitudes_na(self, first_step, n_steps, dt_ms):
        steps = np.arange(first_step, first_step + n_steps)
        return np.where((steps >= 50) & (steps < 150), 1.0, 0.0)


@profiles
def test_currents_are_injected_while_they_last(profile):
    quiet = network(rate=0.0, weight=0.0, i_offset=0.0)
    session = Session(config(**profile), quiet, watched=ALL, currents=[Step()])
    v = np.concatenate([session.advance(n).samples("A").signals["v"] for n in (60, 1, 139)])
    assert np.all(np.abs(v[:, [1, 2, 4, 9]] + 65.0) < 0.01)
    assert v[50, 3] < -64.99 < -64.97 < v[51, 3]
    np.testing.assert_array_equal(v[:, 0], v[:, 3])
    tau, r = 20.0, 20.0  # ms, MOhm
    np.testing.assert_allclose(v[150, 0], -65 + r * (1 - np.exp(-10.0 / tau)), atol=0.02)
    session.change(currents=[])
    later = session.advance(50).samples("A").signals["v"]
    assert np.all(np.diff(later[:, 0]) < 0)


def test_samples_are_taken_at_multiples_of_the_interval():
    session = Session(config(), network(), watched={"B": np.array([4, 1])}, interval_steps=5)
    steps = [session.advance(n).samples("B").steps.tolist() for n in (3, 4, 9)]
    assert steps == [[0], [5], [10, 15]]
    session.change(watched={"A": np.array([7])}, interval_steps=2)
    samples = session.advance(3).samples("A")
    assert (samples.steps.tolist(), samples.members.tolist()) == ([16, 18], [7])
    assert set(samples.signals) == {"v", "i_exc", "i_inh"}


@profiles
def test_spike_sources_need_no_neurons(profile):
    sources = network().populations[:2]
    session = Session(config(**profile), NetworkSpec("sources", sources, ()))
    stretch = session.advance(200)
    assert stretch.spikes("S")[1].tolist() == [10, 20, 50, 120]
    assert stretch.spikes("S")[0].tolist() == [0, 1, 0, 2]
    assert stretch.spikes("P")[0].size == pytest.approx(2000 * 0.02 * 10, abs=5 * 20)
    assert session.results().rates_hz == {}


def test_weights_that_are_cut_are_told():
    session = Session(config(), network(weight=0.5))
    assert session.cut_weights() == []
    session.change(network(weight=100.0))
    ((projection, largest, limit),) = session.cut_weights()
    assert (projection, largest) == (0, 100.0)
    assert session.synapses(0).weight.max() == limit < 100.0
    exact = Session(config(arithmetic="float64"), network(weight=0.5))
    exact.change(network(weight=100.0))
    assert exact.cut_weights() == []
    assert exact.synapses(0).weight.max() == 100.0


def test_what_is_refused_changes_nothing() -> None:
    session = Session(config(), network(), watched=ALL)
    before, watched = session.network, session._watched
    with pytest.raises(ConfigError, match="no population of neurons"):
        session.change(before, currents=[], watched={"nobody": np.arange(1)})
    assert session.network is before
    assert session._watched is watched
    session.advance(3)
    assert session.step == 3
