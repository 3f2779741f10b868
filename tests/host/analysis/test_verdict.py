"""The permutation test: groupings, adjusted p values, false alarms, power."""

from dataclasses import replace
from math import comb

import numpy as np
import pytest

from host.analysis.comparable import check_comparable
from host.analysis.sample import Model, Window
from host.analysis.verdict import ALL, LEVEL, adjusted_p, compare, groupings
from host.errors import ConfigError
from tests.host.analysis.made import drawn, sample


def test_all_groupings_begin_with_the_actual_one():
    found = groupings(2, 4)
    assert found.shape == (comb(6, 2), 6)
    assert found[0].tolist() == [False] * 4 + [True] * 2
    assert (found.sum(axis=1) == 2).all()
    assert np.unique(found, axis=0).shape == found.shape


def test_of_many_groupings_some_are_drawn():
    found = groupings(8, 8, most=100)
    assert found.shape == (100, 16)
    assert found[0].tolist() == [False] * 8 + [True] * 8
    assert (found.sum(axis=1) == 8).all()
    assert np.array_equal(found, groupings(8, 8, most=100))


def test_p_of_one_statistic_is_its_rank():
    table = np.array([[3.0, 1.0, 4.0, 1.5, 2.0]])
    assert adjusted_p(table).tolist() == [0.4]


def test_p_values_step_down():
    """By hand: scores are (2, -1, -1, 0) and (1, 1, -1, -1), each over its deviation."""
    table = np.array([[1.0, 1.0, -1.0, -1.0], [2.0, -1.0, -1.0, 0.0]])
    # standardised: 1, 1, -1, -1 and 1.63, -.82, -.82, 0; the second is first in rank
    assert adjusted_p(table).tolist() == [0.5, 0.25]


def test_a_statistic_that_never_varies_says_nothing():
    assert adjusted_p(np.zeros((2, 10))).tolist() == [1.0, 1.0]


def test_false_alarms_are_as_rare_as_the_level_says():
    """Seeds that differ by more than their neurons do: 100 pairs of sets, nothing different."""
    rng = np.random.default_rng(1)
    alarms = sum(
        compare(
            [drawn(rng, common=0.3, n=15) for _ in range(2)],
            [drawn(rng, common=0.3, n=15) for _ in range(8)],
        ).verdict
        == "rejected"
        for _ in range(100)
    )
    # 45 groupings: the largest of each of two families, 4.4 % at most; 14 or more by chance in
    # 3 of 10,000
    assert alarms <= 13


def test_a_shift_of_all_neurons_is_found():
    rng = np.random.default_rng(2)
    found = compare([drawn(rng, shift=1.0) for _ in range(3)], [drawn(rng) for _ in range(8)])
    assert found.verdict == "rejected"
    assert found.p == found.least_p == 2 / comb(11, 3)
    assert found.is_exhaustive
    assert len(found.apart) > 3


def test_only_what_differs_is_named():
    rng = np.random.default_rng(3)
    tests = []
    for _ in range(3):
        own = drawn(rng)
        rate = (own.values["rate"][0], own.values["rate"][1] + 2.0)
        tests.append(replace(own, values={**own.values, "rate": rate}))
    found = compare(tests, [drawn(rng) for _ in range(8)])
    assert set(found.apart) - {("rate", ALL)} == {("rate", "B")}
    assert {cell.distance for cell in found.cells if cell.is_apart} >= {"ks", "emd"}


def test_too_few_seeds_leave_it_undecided():
    rng = np.random.default_rng(4)
    far = [drawn(rng, shift=9.0)]
    for n_references in (1, 10):
        found = compare(far, [drawn(rng) for _ in range(n_references)])
        assert found.verdict == "undecided"
        assert found.apart == ()
        assert found.least_p > LEVEL
    assert compare(far, [drawn(rng)]).cells[0].spread is None
    assert compare(far, [drawn(rng) for _ in range(39)]).verdict == "rejected"


def test_the_spread_is_that_of_the_reference_alone():
    rng = np.random.default_rng(5)
    references = [drawn(rng) for _ in range(6)]
    near = compare([drawn(rng) for _ in range(2)], references)
    far = compare([drawn(rng, shift=5.0) for _ in range(2)], references)
    assert [cell.spread for cell in near.cells] == [cell.spread for cell in far.cells]
    single = [(a, b) for a, b in zip(near.cells, far.cells, strict=True) if a.population != ALL]
    assert all(0 < cell.spread.median < cell.spread.high for cell, _ in single)
    assert all(cell.value > cell.spread.high for _, cell in single)


def test_the_order_of_references_does_not_matter():
    rng = np.random.default_rng(6)
    tests, references = [drawn(rng) for _ in range(2)], [drawn(rng) for _ in range(5)]
    one, other = compare(tests, references), compare(tests[::-1], references[::-1])
    for a, b in zip(one.cells, other.cells, strict=True):
        assert a.p == b.p
        assert a.value == pytest.approx(b.value)


def test_what_has_no_values_is_left_out():
    rng = np.random.default_rng(7)
    tests = [drawn(rng) for _ in range(2)]
    cv = (np.zeros(0), tests[0].values["cv"][1])
    tests[0] = replace(tests[0], values={**tests[0].values, "cv": cv})
    found = compare(tests, [drawn(rng) for _ in range(6)])
    assert found.cells_of("cv", "A") == {}
    assert len(found.cells) == 4 * (5 + 3)  # kinds times (populations of measures, and sums)


def test_populations_are_matched_by_name():
    rng = np.random.default_rng(8)
    tests, references = [drawn(rng) for _ in range(2)], [drawn(rng) for _ in range(6)]
    turned = [
        replace(
            own,
            populations=own.populations[::-1],
            values={name: parts[::-1] for name, parts in own.values.items()},
        )
        for own in references
    ]
    for a, b in zip(compare(tests, references).cells, compare(tests, turned).cells, strict=True):
        assert (a.population, a.value) == (b.population, pytest.approx(b.value))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"names": ("A", "C")}, "populations A, B and A, C"),
        ({"sizes": (12, 6)}, "B has 5 neurons in one, 6 in the other; compare the same scale"),
        ({"window": Window(10.0, 100.0)}, "0.2 s after 10 ms of biological time and 0.1 s after"),
        ({"model": Model("pd14", 0.1, "dc")}, "drive poisson and dc; compare the same drive"),
        ({"model": Model("pd14", 0.2, None)}, "scale 0.1 and 0.2; compare the same scale"),
        ({"model": Model("other")}, "network pd14 and other"),
    ],
)
def test_other_kinds_are_not_compared(changes, words):
    test = sample(1, model=Model("pd14", 0.1, "poisson"))
    with pytest.raises(ConfigError) as caught:
        check_comparable([test], [sample(2, **changes)])
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_a_file_does_not_tell_is_taken_to_be_right():
    check_comparable([sample(1, model=Model("pd14", 0.1, "dc"))], [sample(2), sample(3)])


def test_a_simulation_is_not_compared_with_itself():
    with pytest.raises(ConfigError, match=r"are the same simulation"):
        check_comparable([sample(1)], [sample(2), sample(1)])
    with pytest.raises(ConfigError, match=r"at least one"):
        check_comparable([sample(1)], [])
