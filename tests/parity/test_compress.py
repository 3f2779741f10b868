"""Each kernel of compressors against its readable form."""

import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapping.compress import COMPRESSORS, kernels, reference
from mapping.compress.default import take
from mapping.compress.ordered import by_route
from mapping.compress.rows import to_rows
from tests.mapping.compress.random_tables import random_made

PAIRS = [(name, getattr(reference, name), getattr(kernels, name)) for name in kernels.__all__]


def test_every_kernel_has_a_readable_form():
    assert sorted(kernels.__all__) == sorted(reference.__all__)


@pytest.mark.parametrize(("name", "readable", "fast"), PAIRS, ids=[p[0] for p in PAIRS])
def test_parameters_are_the_same(name, readable, fast):
    expected = list(inspect.signature(readable).parameters)
    assert list(inspect.signature(getattr(fast, "py_func", fast)).parameters) == expected


def same(found, expected):
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


@given(random_made())
def test_merge_pairs(made):
    arguments = made.tables.indptr, to_rows(made.tables)
    same(kernels.merge_pairs(*arguments), reference.merge_pairs(*arguments))


@given(random_made())
def test_cover(made):
    paired = COMPRESSORS["pair"](made, None)
    default = take(made.tables, made.is_default)
    rows = by_route(paired.indptr, to_rows(paired))
    arguments = paired.indptr, rows, default.indptr, to_rows(default)
    same(kernels.cover(*arguments), reference.cover(*arguments))


@given(random_made(), st.sampled_from(sorted(COMPRESSORS)), st.integers(0), st.integers(0, 3))
def test_find_difference(made, compressor, seed, n_faults):
    after = COMPRESSORS[compressor](made, None)
    rows, rng = to_rows(after), np.random.default_rng(seed)
    for _ in range(n_faults if len(rows) else 0):
        entry, bit = rng.integers(len(rows)), 1 << int(rng.integers(24))
        rows[entry, rng.integers(1, 3)] ^= bit
        rows[entry, 0] &= rows[entry, 1]
    arguments = made.tables.indptr, to_rows(made.tables), made.is_default, after.indptr, rows
    expected = reference.find_difference(*arguments)
    assert kernels.find_difference(*arguments) == expected
    if not n_faults:
        assert expected == (-1, 0, -1)
