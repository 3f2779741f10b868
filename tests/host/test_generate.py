"""What is generated: the rules, the distributions, and what a network does not depend on."""

from typing import NamedTuple

import numpy as np
import pytest

from chipemu.generation.kernels import generate_row
from chipemu.generation.matrix import scratch_arrays
from chipemu.generation.plan import Scratch
from host.generate import generate, plan_generation
from host.plan import number_members, seed_words
from host.quantise import delay_table
from host.wiring import Ends, wire
from mapping.connectors import (
    AllToAll,
    ExplicitList,
    FixedInDegree,
    FixedOutDegree,
    FixedTotalNumber,
    OneToOne,
    PairwiseBernoulli,
)
from mapping.distributions import ClippedNormal, Constant, Exponential, LogNormal, Normal, Uniform
from mapping.errors import SpecError
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection, Receptor

DT_MS = 0.1
SHIFT = 2
UNIT_NA = 2.0 ** (SHIFT - 15)
HALF_NA, ONE_MS = Constant(0.5), Constant(1.0)
EVERY_RULE = {
    "all-to-all": AllToAll(False),
    "Bernoulli": PairwiseBernoulli(0.2, False),
    "fixed total": FixedTotalNumber(1500),
    "fixed total, distinct": FixedTotalNumber(1500, False, False),
    "fixed in-degree": FixedInDegree(20),
    "fixed in-degree, distinct": FixedInDegree(20, False, False),
    "fixed out-degree": FixedOutDegree(20),
    "fixed out-degree, distinct": FixedOutDegree(20, False, False),
    "one-to-one": OneToOne(),
}
DISTRIBUTIONS = {
    "normal": Normal(0.4, 0.05),
    "clipped normal": ClippedNormal(0.3, 0.2, low=0.1, high=0.6),
    "uniform": Uniform(0.1, 0.7),
    "exponential": Exponential(0.3),
    "lognormal": LogNormal(-1.5, 0.4),
}


class Synapses(NamedTuple):
    """All synapses in the order of sources, types, targets, delays and weights."""

    source: np.ndarray
    type: np.ndarray
    target: np.ndarray
    delay: np.ndarray
    weight: np.ndarray

    def to(self, lo, hi):
        """Those onto the neurons lo to hi."""
        here = (lo <= self.target) & (self.target < hi)
        return Synapses(*(column[here] for column in self))

    def pairs(self):
        return set(zip(self.source.tolist(), self.target.tolist(), strict=True))


def decoded(matrix):
    n_rows = matrix.row_type.size
    rows = [matrix.row(row) for row in range(n_rows)]
    target, delay, weight = (
        np.concatenate([np.zeros(0, np.int64), *(row[i] for row in rows)]) for i in range(3)
    )
    source_of_row = np.repeat(np.arange(matrix.source_rows.size - 1), np.diff(matrix.source_rows))
    lengths = np.diff(matrix.row_start)
    source, kind = np.repeat(source_of_row, lengths), np.repeat(matrix.row_type, lengths)
    order = np.lexsort((weight, delay, target, kind, source))
    return Synapses(*(column[order] for column in (source, kind, target, delay, weight)))


def network(connector, n_pre=100, n_post=100, weight=HALF_NA, delay=ONE_MS):
    """One projection; populations of the same size are one and the same."""
    if n_pre == n_post:
        populations = (Population("A", n_pre, PopulationKind.NEURON),)
    else:
        populations = (
            Population("A", n_pre, PopulationKind.NEURON),
            Population("B", n_post, PopulationKind.NEURON),
        )
    projection = Projection("A", populations[-1].name, connector, weight, delay)
    return NetworkSpec("test", populations, (projection,))


def planned(spec, seed=1):
    shifts = {p.name: (SHIFT, SHIFT) for p in spec.populations}
    return plan_generation(spec, number_members(spec, []), shifts, DT_MS, seed)


def matrix_of(spec, seed=1, n_blocks=1, n_threads=1):
    blocks = np.arange(n_blocks + 1, dtype=np.int64) * spec.n_neurons // n_blocks
    return generate(planned(spec, seed), blocks, spec.delay_slots(DT_MS) - 1, n_threads=n_threads)


def made(spec, **options):
    return decoded(matrix_of(spec, **options))


def assert_same(left, right):
    for a, b in zip(left, right, strict=True):
        np.testing.assert_array_equal(a, b)


def assert_not_more_spread_than_uniform(counts):
    """Pearson's statistic at most 5 standard deviations above its mean."""
    expected, df = counts.mean(), counts.size - 1
    statistic = ((counts - expected) ** 2).sum() / expected
    assert statistic < df + 5 * np.sqrt(2 * df)


def assert_uniform(counts):
    """Pearson's statistic within 5 standard deviations of its mean."""
    assert_not_more_spread_than_uniform(counts)
    expected, df = counts.mean(), counts.size - 1
    assert ((counts - expected) ** 2).sum() / expected > df - 5 * np.sqrt(2 * df)


# the rules


def test_fixed_total_number():
    synapses = made(network(FixedTotalNumber(40_003), 120, 90))
    assert synapses.source.size == 40_003
    assert_uniform(np.bincount(synapses.source, minlength=120))
    assert_uniform(np.bincount(synapses.target - 120, minlength=90))
    pairs = np.bincount(synapses.source * 90 + synapses.target - 120, minlength=120 * 90)
    assert_uniform(pairs)


def test_fixed_total_number_of_distinct_pairs():
    synapses = made(network(FixedTotalNumber(5_000, allow_multapses=False), 120, 90))
    assert synapses.source.size == len(synapses.pairs()) == 5_000
    assert_not_more_spread_than_uniform(np.bincount(synapses.source, minlength=120))
    assert_not_more_spread_than_uniform(np.bincount(synapses.target - 120, minlength=90))


def test_every_pair_as_a_fixed_total_number():
    spec = network(FixedTotalNumber(30 * 29, allow_autapses=False, allow_multapses=False), 30, 30)
    assert_same(made(spec), made(network(AllToAll(allow_autapses=False), 30, 30)))


@pytest.mark.parametrize("distinct", [False, True])
def test_fixed_out_degree(distinct):
    synapses = made(network(FixedOutDegree(40, allow_multapses=not distinct), 300, 90))
    assert np.bincount(synapses.source, minlength=300).tolist() == [40] * 300
    assert (len(synapses.pairs()) == 300 * 40) is distinct
    assert_not_more_spread_than_uniform(np.bincount(synapses.target - 300, minlength=90))


@pytest.mark.parametrize("distinct", [False, True])
def test_fixed_in_degree(distinct):
    synapses = made(network(FixedInDegree(40, allow_multapses=not distinct), 90, 300))
    assert np.bincount(synapses.target - 90, minlength=300).tolist() == [40] * 300
    assert (len(synapses.pairs()) == 300 * 40) is distinct
    assert_not_more_spread_than_uniform(np.bincount(synapses.source, minlength=90))


@pytest.mark.parametrize("p", [0.0, 0.003, 0.1, 0.9, 1.0])
def test_pairwise_bernoulli(p):
    synapses = made(network(PairwiseBernoulli(p), 400, 300))
    n, n_pairs = synapses.source.size, 400 * 300
    assert len(synapses.pairs()) == n
    assert abs(n - p * n_pairs) <= 6 * np.sqrt(n_pairs * p * (1 - p))
    for degrees, trials in (
        (np.bincount(synapses.source, minlength=400), 300),
        (np.bincount(synapses.target - 400, minlength=300), 400),
    ):
        variance = trials * p * (1 - p)
        spread = 6 * variance * np.sqrt(2 / degrees.size) + 0.1 * variance
        assert abs(degrees.var() - variance) <= spread


def test_all_to_all():
    synapses = made(network(AllToAll(), 7, 5))
    assert synapses.pairs() == {(i, 7 + j) for i in range(7) for j in range(5)}
    assert synapses.source.size == 35


def test_one_to_one():
    synapses = made(network(OneToOne(), 9, 9))
    assert synapses.source.tolist() == synapses.target.tolist() == list(range(9))


@pytest.mark.parametrize("name", EVERY_RULE)
def test_autapses_and_multapses_only_where_allowed(name):
    rule = EVERY_RULE[name]
    synapses = made(network(rule))
    has_autapses = bool(np.any(synapses.source == synapses.target))
    assert has_autapses is getattr(rule, "allow_autapses", True)
    has_multapses = len(synapses.pairs()) < synapses.source.size
    assert has_multapses is getattr(rule, "allow_multapses", False)


def test_without_autapses_all_others_are_as_likely():
    synapses = made(network(FixedOutDegree(200, allow_autapses=False), 50, 50))
    others = (synapses.target - synapses.source) % 50
    assert others.min() == 1
    assert_uniform(np.bincount(others)[1:])


def test_explicit_list():
    pre, post = np.array([3, 0, 3, 3, 0], np.int32), np.array([1, 2, 0, 1, 2], np.int32)
    weight = UNIT_NA * np.array([10.0, 2.5, 0.4, 1e9, 7.0])
    delay = np.array([0.1, 0.26, 0.0, 0.7, 0.3])
    synapses = made(network(ExplicitList(pre, post, weight, delay), 4, 3))
    assert synapses.source.tolist() == [0, 0, 3, 3, 3]
    assert synapses.target.tolist() == [6, 6, 4, 5, 5]
    assert synapses.weight.tolist() == [3, 7, 0, 10, 65535]
    assert synapses.delay.tolist() == [3, 3, 1, 1, 7]


def test_listed_pairs_with_drawn_weights_and_delays():
    pre = np.repeat(np.arange(50, dtype=np.int32), 40)
    post = np.tile(np.arange(40, dtype=np.int32), 50)
    spec = network(ExplicitList(pre, post), 50, 40, Uniform(0.2, 0.4), Uniform(0.2, 1.5))
    synapses = made(spec)
    assert synapses.pairs() == set(zip(pre.tolist(), (50 + post).tolist(), strict=True))
    assert np.unique(synapses.delay).tolist() == list(range(2, 16))
    assert abs(synapses.weight.mean() * UNIT_NA - 0.3) < 5 * 0.2 / np.sqrt(12 * 2000)


def test_an_unknown_rule_is_refused():
    class Ring:
        """None of the seven."""

    with pytest.raises(SpecError, match="Ring"):
        wire(Ring(), Ends(3, 3, False), 0, seed_words(1))


# weights and delays


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_weights_have_the_mean_and_spread_asked_for(name):
    asked = DISTRIBUTIONS[name]
    weights = made(network(FixedTotalNumber(40_000), 60, 50, weight=asked)).weight * UNIT_NA
    error = np.sqrt(asked.variance / weights.size)
    assert abs(weights.mean() - asked.mean) < 5 * error
    kurtosis = ((weights - weights.mean()) ** 4).mean() / weights.var() ** 2
    assert abs(weights.var() / asked.variance - 1) < 5 * np.sqrt((kurtosis - 1) / weights.size)


def test_generated_delays_are_those_of_the_table():
    asked = ClippedNormal(1.5, 0.75, low=0.05)
    spec = network(FixedTotalNumber(40_000), 60, 50, delay=asked)
    delays = made(spec).delay
    mean, variance = moments(*delay_table(asked, DT_MS, spec.delay_slots(DT_MS) - 1))
    assert abs(delays.mean() - mean) < 5 * np.sqrt(variance / delays.size)
    assert abs(delays.var() / variance - 1) < 5 * np.sqrt(2 / delays.size)
    assert abs(delays.mean() * DT_MS - asked.mean) < 0.02
    assert delays.min() == 1


def test_target_weight_and_delay_are_independent():
    spec = network(FixedTotalNumber(40_000), 60, 50, Uniform(0.1, 0.3), Uniform(0.1, 1.5))
    columns = made(spec)
    drawn = np.array([columns.source, columns.target, columns.weight, columns.delay])
    correlations = np.corrcoef(drawn)[np.triu_indices(4, 1)]
    assert np.abs(correlations).max() < 5 / np.sqrt(40_000)


def moments(base, table):
    """Mean and variance of a table, exactly."""
    steps = np.concatenate(([0], table.thresholds, [2**32])).astype(np.float64)
    values, probabilities = base + np.arange(steps.size - 1), np.diff(steps) / 2**32
    mean = (probabilities * values).sum()
    return mean, (probabilities * (values - mean) ** 2).sum()


def test_delays_are_cut_to_the_slots_and_to_one_step():
    delays = made(network(FixedTotalNumber(2000), 60, 50, delay=Uniform(0.0, 0.8))).delay
    assert (delays.min(), delays.max()) == (1, 8)
    base, table = delay_table(Exponential(5.0), DT_MS, 15)
    assert (base, base + table.thresholds.size) == (1, 15)
    assert table.thresholds[-1] / 2**32 == pytest.approx(1 - np.exp(-1.45 / 5))


# what a network does not depend on


def several():
    """Populations and sources with projections of every rule and both types."""
    neuron = PopulationKind.NEURON
    populations = (
        Population("S", 100, PopulationKind.SPIKE_ARRAY),
        Population("A", 100, neuron),
        Population("B", 61, neuron),
    )
    projections = [
        Projection(
            pre,
            "A",
            rule,
            ClippedNormal(0.2, 0.05, low=0.0),
            ClippedNormal(0.8, 0.4, low=0.05),
            Receptor(k % 2),
        )
        for k, rule in enumerate(EVERY_RULE.values())
        for pre in ("S", "A")
    ]
    projections += [
        Projection("A", "B", FixedTotalNumber(2000), Constant(0.3), Constant(1.0)),
        Projection("B", "B", PairwiseBernoulli(0.3), Uniform(0.1, 0.3), Constant(0.4)),
    ]
    return NetworkSpec("several", populations, tuple(projections))


@pytest.mark.parametrize("n_threads", [1, 2])
@pytest.mark.parametrize("n_blocks", [1, 2, 3, 4])
def test_blocks_and_threads_do_not_matter(n_blocks, n_threads):
    spec = several()
    original = matrix_of(spec)
    matrix = matrix_of(spec, n_blocks=n_blocks, n_threads=n_threads)
    assert matrix.n_blocks == n_blocks
    assert_same(decoded(matrix), decoded(original))
    np.testing.assert_array_equal(matrix.row_start, original.row_start)
    np.testing.assert_array_equal(matrix.source_rows, original.source_rows)
    if n_blocks == 1:
        np.testing.assert_array_equal(matrix.words, original.words)


def test_a_row_alone_equals_the_row_of_the_matrix():
    spec = several()
    plan, matrix, n_delays = planned(spec), matrix_of(spec), spec.delay_slots(DT_MS) - 1
    scratch = Scratch(*(part[0] for part in scratch_arrays(plan, n_delays, 1)))
    for row in [300, 5, 5, *range(0, plan.row_group.size, 17)]:
        expected = matrix.words[plan.row_start[row] : plan.row_start[row + 1]]
        words, segments = np.zeros_like(expected), np.zeros_like(matrix.segments[row])
        generate_row(row, plan, scratch, matrix.block_lo, n_delays, words, segments)
        np.testing.assert_array_equal(words, expected)
        np.testing.assert_array_equal(segments, matrix.segments[row])


@pytest.mark.parametrize("name", [n for n in EVERY_RULE if n not in {"all-to-all", "one-to-one"}])
def test_every_rule_depends_on_the_seed(name):
    spec = network(EVERY_RULE[name])
    assert_same(made(spec, seed=2**63), made(spec, seed=2**63))
    pairs = made(spec, seed=5).pairs()
    for other in (6, 5 + 2**32):
        assert made(spec, seed=other).pairs() != pairs


def test_equal_projections_differ():
    spec = network(FixedTotalNumber(500), 60, 50)
    twice = NetworkSpec("twice", spec.populations, spec.projections * 2)
    assert len(made(twice).pairs()) > 1.5 * len(made(spec).pairs())


def test_projections_do_not_disturb_each_other():
    spec = several()
    populations = (*spec.populations, Population("C", 40, PopulationKind.NEURON))
    more = (
        Projection("A", "C", FixedTotalNumber(300), Uniform(0.1, 0.2), Constant(0.5)),
        Projection("S", "C", AllToAll(), Constant(0.1), Constant(0.2), Receptor.INHIBITORY),
    )
    extended = made(NetworkSpec("more", populations, spec.projections + more))
    original, n = made(spec), spec.n_neurons
    old = extended.to(0, n)
    shifted = np.where(old.source >= n + 40, old.source - 40, old.source)  # sources of S
    assert_same(old._replace(source=shifted), original)


# the values themselves


def test_members_are_numbered_neurons_first_and_direct_sources_not_at_all():
    kinds = PopulationKind
    spec = NetworkSpec(
        "n",
        (
            Population("P", 4, kinds.POISSON),
            Population("A", 3, kinds.NEURON),
            Population("Q", 3, kinds.POISSON),
            Population("B", 5, kinds.NEURON),
        ),
        (),
    )
    assert number_members(spec, ["Q"]) == ({"A": 0, "B": 3, "P": 8}, 8, 12)
    assert number_members(spec, []) == ({"A": 0, "B": 3, "P": 8, "Q": 12}, 8, 15)


def test_a_network_without_synapses():
    matrix = matrix_of(NetworkSpec("n", (Population("A", 3, PopulationKind.NEURON),), ()))
    assert matrix.n_synapses == 0
    assert matrix.out_degrees().tolist() == [0, 0, 0]


def test_sources_without_synapses_have_empty_rows():
    matrix = matrix_of(network(FixedTotalNumber(2), 50, 50))
    assert matrix.out_degrees().sum() == 2
    assert np.count_nonzero(matrix.out_degrees()) <= 2


def test_projections_of_unnumbered_sources_are_left_out():
    spec = several()
    numbering = number_members(spec, ["S"])
    plan = plan_generation(spec, numbering, {"A": (2, 2), "B": (2, 2)}, DT_MS, 1)
    assert set(plan.key.tolist()) == {k for k, p in enumerate(spec.projections) if p.pre != "S"}


def test_plans_cannot_be_changed():
    plan = planned(several())
    assert not any(array.flags.writeable for array in plan)
    assert all(array.flags.c_contiguous for array in plan)


def test_progress_is_told_in_synapses():
    told = []
    spec = network(FixedTotalNumber(5000), 2500, 10)
    blocks = np.array([0, 2510], np.int64)
    generate(planned(spec), blocks, 15, n_threads=2, advance=told.append)
    assert len(told) == 2
    assert sum(told) == 5000


@pytest.mark.parametrize("seed", [0, 2**32 - 1, 2**32, 2**64 - 1])
def test_seed_words(seed):
    low, high = seed_words(seed).tolist()
    assert low + (high << 32) == seed
    assert max(low, high) < 2**32
