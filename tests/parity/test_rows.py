"""Counting rows: the compiled kernel against its twin on any matrix, and by hand."""

import inspect
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.rows import kernels, reference

FORMS = {"njit": lambda f: f, "py_func": lambda f: getattr(f, "py_func", f)}
forms = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())


def matrix_of(rows, block_lo, n_delays):
    """Arrays of a matrix: `rows` lists (target, delay) by row, one row a source."""
    words, segments, starts = [], [], [0]
    for row in rows:
        ends = [0]
        for lo, hi in pairwise(block_lo):
            for delay in range(1, n_delays + 1):
                found = [t - lo for t, d in row if lo <= t < hi and d == delay]
                words += [7 << 16 | target for target in found]
                ends.append(ends[-1] + len(found))
        segments.append(ends)
        starts.append(len(words))
    return (
        np.array(words, np.uint32),
        np.array(starts, np.int64),
        np.array(segments, np.uint32).reshape(len(rows), -1),
        np.arange(len(rows) + 1, dtype=np.int64),
        np.array(block_lo, np.int64),
    )


def counted(function, bounds, matrix, slice_of, stage_steps, n_stages):
    counts = np.zeros((n_stages, matrix[3].size - 1, int(slice_of.max()) + 1), np.uint16)
    function(np.array(bounds, np.int64), *matrix, slice_of, stage_steps, counts)
    return counts


def test_twins_take_the_same_parameters():
    fast = getattr(kernels.count_rows, "py_func", kernels.count_rows)
    assert list(inspect.signature(fast).parameters) == list(
        inspect.signature(reference.count_rows).parameters
    )


@forms
def test_by_hand(form):
    """Slices 0:2, 2:3 and 3:4; delays 1 and 2 are stage 0, delay 3 is stage 1."""
    matrix = matrix_of([[(0, 1), (1, 2), (3, 2), (3, 3)], [], [(2, 3), (2, 3)]], [0, 2, 4], 3)
    slice_of = np.array([0, 0, 1, 2], np.int32)
    counts = counted(form(kernels.count_rows), [0, 2, 3], matrix, slice_of, 2, 2)
    assert counts.tolist() == [
        [[2, 0, 1], [0, 0, 0], [0, 0, 0]],
        [[0, 0, 1], [0, 0, 0], [0, 2, 0]],
    ]


@forms
@given(data=st.data())
def test_twins_agree(form, data):
    synapse = st.tuples(st.integers(0, 11), st.integers(1, 5))
    rows = data.draw(st.lists(st.lists(synapse, max_size=12), min_size=1, max_size=4))
    block_lo = [0, *data.draw(st.sampled_from([[], [5], [4, 8]])), 12]
    slice_of = np.sort(np.array(data.draw(st.lists(st.integers(0, 3), min_size=12, max_size=12))))
    slice_of = slice_of.astype(np.int32)
    stage_steps = data.draw(st.integers(1, 6))
    n_stages = -(-5 // stage_steps)
    bounds = [0, data.draw(st.integers(0, len(rows))), len(rows)]
    matrix = matrix_of(rows, block_lo, 5)
    args = (bounds, matrix, slice_of, stage_steps, n_stages)
    fast, slow = counted(form(kernels.count_rows), *args), counted(reference.count_rows, *args)
    np.testing.assert_array_equal(fast, slow)
    assert fast.sum() == sum(map(len, rows))
