"""Connection rules: what they can be asked for, and what they foretell."""

import numpy as np
import pytest

from mapping.connectors import (
    AllToAll,
    ExplicitList,
    FixedInDegree,
    FixedOutDegree,
    FixedTotalNumber,
    OneToOne,
    PairwiseBernoulli,
)
from mapping.errors import SpecError

LISTED = ExplicitList(np.array([0, 0, 0, 4], np.int32), np.array([1, 1, 2, 1], np.int32))


@pytest.mark.parametrize(
    ("rule", "sizes", "recurrent", "message"),
    [
        (OneToOne(), (3, 4), False, "equal sizes, got 3 sources and 4 targets"),
        (PairwiseBernoulli(1.1), (3, 3), False, r"lies in \[0, 1\], got 1.1"),
        (PairwiseBernoulli(-0.1), (3, 3), False, "got -0.1"),
        (FixedTotalNumber(-1), (3, 3), False, "must not be negative, got -1"),
        (FixedTotalNumber(13, True, False), (3, 4), False, "13 synapses .* only 12 pairs"),
        (FixedTotalNumber(7, False, False), (3, 3), True, "7 synapses .* only 6 pairs"),
        (FixedTotalNumber(1, False), (1, 1), True, "there is no pair"),
        (FixedInDegree(4, True, False), (3, 9), False, "fixed in-degree: 4 .* only 3"),
        (FixedInDegree(3, False, False), (3, 3), True, "3 synapses .* only 2"),
        (FixedOutDegree(5, True, False), (9, 4), False, "fixed out-degree: 5 .* only 4"),
        (FixedOutDegree(1, False), (1, 1), True, "there is no pair"),
        (LISTED, (4, 3), False, "pre index 4 outside a population of 4"),
        (LISTED, (5, 2), False, "post index 2 outside a population of 2"),
        (
            ExplicitList(np.array([-1], np.int32), np.array([0], np.int32)),
            (4, 3),
            False,
            "pre index -1",
        ),
    ],
)
def test_what_cannot_be_met_is_refused(rule, sizes, recurrent, message):
    with pytest.raises(SpecError, match=message):
        rule.check(*sizes, recurrent=recurrent)


@pytest.mark.parametrize(
    ("rule", "sizes", "recurrent"),
    [
        (OneToOne(), (3, 3), True),
        (AllToAll(False), (1, 1), True),
        (PairwiseBernoulli(0.0), (3, 4), False),
        (PairwiseBernoulli(1.0, False), (3, 3), True),
        (FixedTotalNumber(0, False), (1, 1), True),
        (FixedTotalNumber(12, True, False), (3, 4), False),
        (FixedTotalNumber(13), (3, 4), False),
        (FixedTotalNumber(9, False, False), (3, 4), False),
        (FixedInDegree(3, False, False), (3, 9), False),
        (FixedOutDegree(2, False, False), (3, 3), True),
        (LISTED, (5, 3), False),
        (ExplicitList(np.zeros(0, np.int32), np.zeros(0, np.int32)), (1, 1), True),
    ],
)
def test_what_can_be_met_is_accepted(rule, sizes, recurrent):
    rule.check(*sizes, recurrent=recurrent)


@pytest.mark.parametrize(
    ("rule", "expected", "expected_without_autapses"),
    [
        (AllToAll, 16, 12),
        (lambda allow: PairwiseBernoulli(0.25, allow), 4, 3),
        (lambda allow: FixedTotalNumber(5, allow), 5, 5),
        (lambda allow: FixedInDegree(3, allow), 12, 12),
        (lambda allow: FixedOutDegree(2, allow), 8, 8),
    ],
)
def test_expected_synapses(rule, expected, expected_without_autapses):
    assert rule(True).n_synapses(4, 4, recurrent=True).mean == expected
    assert rule(False).n_synapses(4, 4, recurrent=True).mean == expected_without_autapses
    assert rule(False).n_synapses(4, 4, recurrent=False).mean == expected


@pytest.mark.parametrize(
    ("rule", "row", "in_degree"),
    [
        (OneToOne(), 1, 1),
        (AllToAll(), 10, 20),
        (PairwiseBernoulli(0.5), 5, 10),
        (FixedTotalNumber(400), 5, 10),
        (FixedInDegree(6), 3, 6),
        (FixedOutDegree(8), 2, 4),
    ],
)
def test_mean_row_on_a_slice_and_mean_in_degree(rule, row, in_degree):
    """20 sources, 40 targets, of which a slice holds 10."""
    sizes = (20, 20) if isinstance(rule, OneToOne) else (20, 40)
    assert rule.row_length(*sizes, 10).mean == pytest.approx(row)
    assert rule.in_degree(*sizes).mean == pytest.approx(in_degree)


def test_explicit_lists_know_their_longest_row_and_in_degree():
    assert LISTED.n_synapses(5, 3, recurrent=False).mean == 4
    assert LISTED.row_length(5, 3, 3).mean == 3
    assert LISTED.in_degree(5, 3).mean == 3


def test_explicit_lists_are_read_only_and_of_equal_lengths():
    pre = np.array([0, 1], np.int32)
    connector = ExplicitList(pre, pre.copy(), np.array([0.1, 0.2]))
    with pytest.raises(ValueError, match="read-only"):
        connector.weight_na[0] = 1.0
    for arrays in ((pre, pre[:1]), (pre, pre, np.zeros(3)), (pre, pre, None, np.zeros(1))):
        with pytest.raises(SpecError, match=r"explicit list has shape"):
            ExplicitList(*arrays)
