"""Tables of discrete distributions give their probabilities to the last bit."""

from fractions import Fraction

import numpy as np
import pytest

from fixedpoint import TableError, inversion_table
from fixedpoint.random import kernels

STEP = 2**16
"""Words of a sweep lie this far apart, so probabilities that are multiples of it come out exact."""


def drawn(table):
    return [kernels.invert(u, table.thresholds, table.guide) for u in range(0, 2**32, STEP)]


@pytest.mark.parametrize(
    "shares",
    [[1], [1, 1], [3, 0, 5, 8], [0, 0, 4], [4, 0, 0], [1] * 512, [1, 65534, 1], [0, 65535, 1]],
)
def test_a_sweep_of_words_reproduces_the_probabilities(shares):
    total = sum(shares)
    table = inversion_table(np.cumsum(shares) / total)
    counts = np.bincount(drawn(table), minlength=len(shares))
    assert [Fraction(int(c), 2**16) for c in counts] == [Fraction(s, total) for s in shares]


def test_thresholds_are_rounded_cumulative_probabilities():
    table = inversion_table(np.array([0.1, 0.35, 0.35, 1.0]))
    assert table.thresholds.tolist() == [round(p * 2**32) for p in (0.1, 0.35, 0.35)]
    assert kernels.invert(429496729, table.thresholds, table.guide) == 0
    assert kernels.invert(429496730, table.thresholds, table.guide) == 1


def test_guide_counts_thresholds_up_to_each_byte():
    table = inversion_table(np.arange(1, 1001) / 1000)
    assert table.guide.shape == (257,)
    for byte in range(256):
        assert table.guide[byte] == np.count_nonzero(table.thresholds <= byte << 24)
    assert table.guide[256] == table.thresholds.size


def test_values_beyond_all_probability_are_never_drawn():
    table = inversion_table(np.array([0.5, 1.0, 1.0, 1.0]))
    assert kernels.invert(2**32 - 1, table.thresholds, table.guide) == 1


def test_a_certain_value_needs_no_threshold():
    table = inversion_table(np.array([1.0]))
    assert table.thresholds.size == 0
    assert kernels.invert(2**32 - 1, table.thresholds, table.guide) == 0


def test_types_and_read_only_arrays():
    table = inversion_table(np.array([0.5, 1.0]))
    assert (table.thresholds.dtype, table.guide.dtype) == (np.uint32, np.int32)
    for array in (table.thresholds, table.guide):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


@pytest.mark.parametrize("cumulative", [[0.5, 0.4, 1.0], [-0.1, 1.0], [0.5, 0.9], [0.5, np.nan]])
def test_what_is_no_distribution_is_refused(cumulative):
    with pytest.raises(TableError, match="must ascend"):
        inversion_table(np.array(cumulative))


@pytest.mark.parametrize("shape", [(0,), (2, 2)])
def test_wrong_shapes_are_refused(shape):
    with pytest.raises(TableError, match="give a vector"):
        inversion_table(np.ones(shape))
