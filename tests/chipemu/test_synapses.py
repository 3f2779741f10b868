"""Synaptic matrix, blocks of targets, and the scaling of weights."""

import numpy as np
import pytest

from chipemu.errors import ImageError
from chipemu.synapses import (
    MAX_BLOCK,
    InputEstimate,
    SynapticMatrix,
    block_bounds,
    ring_buffer_shift,
)


def matrix(**changes):
    """Two rows; blocks of neurons 0-3 and 4-7; delays 1 to 3."""
    values = {
        "words": np.array([7 << 16 | 1, 8 << 16 | 0, 9 << 16 | 3, 5 << 16 | 2], np.uint32),
        "row_start": np.array([0, 3, 4]),
        "segments": np.array([[0, 1, 1, 2, 2, 3, 3], [0, 0, 0, 0, 0, 0, 1]], np.uint32),
        "row_type": np.array([0, 1], np.int32),
        "source_rows": np.array([0, 1, 1, 2]),
        "block_lo": np.array([0, 4, 8]),
    }
    return SynapticMatrix(**(values | changes))


def test_rows_decode_to_targets_delays_and_weights():
    m = matrix()
    assert [a.tolist() for a in m.row(0)] == [[1, 0, 7], [1, 3, 2], [7, 8, 9]]
    assert [a.tolist() for a in m.row(1)] == [[6], [3], [5]]
    assert (m.n_blocks, m.n_delays, m.n_synapses) == (2, 3, 4)
    assert m.out_degrees().tolist() == [3, 0, 1]


def test_parts_that_contradict_each_other_are_refused():
    with pytest.raises(ImageError, match="2 row types"):
        matrix(row_start=np.array([0, 3]))
    with pytest.raises(ImageError, match="do not describe 3 words"):
        matrix(words=np.zeros(3, np.uint32))


def test_arrays_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        matrix().words[0] = 1


@pytest.mark.parametrize("n_threads", [1, 2, 7, 64])
@pytest.mark.parametrize("n", [1, 5, 8192, 20_000, 77_169, 1_000_000])
def test_blocks_cover_all_neurons(n, n_threads):
    lo = block_bounds(n, n_threads)
    assert lo[0] == 0
    assert lo[-1] == n
    assert np.all(np.diff(lo) > 0)
    assert np.diff(lo).max() <= MAX_BLOCK


def estimate(n, rate_hz, mean, *, variance=0.0, largest=None, steady=False):
    return InputEstimate(n, rate_hz, mean, variance, largest or mean, steady)


def test_shift_without_input():
    assert ring_buffer_shift([], 0.1) == 0


@pytest.mark.parametrize(("weight", "shift"), [(0.3, 0), (0.99, 0), (1.0, 1), (2.0, 2), (3.9, 2)])
def test_a_single_weight_must_fit(weight, shift):
    """A weight w is stored as w * 2**(15 - shift), below 2**15."""
    assert ring_buffer_shift([estimate(1, 30.0, weight)], 1.0) == shift
    assert weight * 2 ** (15 - shift) < 2**15


def test_five_standard_deviations_of_the_sum_fit():
    inputs = [estimate(1000, 30.0, 0.1, variance=0.01)]  # mean 3 spikes a step at 0.1 ms
    bound = 3 * 0.1 + 5 * np.sqrt(3 * (0.1**2 + 0.01))
    assert 1 < bound < 2
    assert ring_buffer_shift(inputs, 0.1) == 1


def test_sources_with_one_delay_may_all_fire_at_once():
    apart = [estimate(100, 30.0, 0.1)]
    together = [estimate(100, 30.0, 0.1, steady=True)]
    assert ring_buffer_shift(apart, 0.1) < ring_buffer_shift(together, 0.1) == 4


def test_no_more_than_all_inputs_together():
    assert ring_buffer_shift([estimate(3, 5000.0, 0.2)], 1.0) <= ring_buffer_shift(
        [estimate(3, 5000.0, 0.2, steady=True)], 1.0
    )
