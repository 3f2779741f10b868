"""Each kernel of compressors against its readable form."""

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapping.compress import COMPRESSORS, kernels, reference
from mapping.tables import MadeTables
from tests.mapping.compress.random_tables import random_made

PAIRS = [(name, getattr(reference, name), getattr(kernels, name)) for name in kernels.__all__]


def test_every_kernel_has_a_readable_form():
    assert sorted(kernels.__all__) == sorted(reference.__all__)


@pytest.mark.parametrize(("name", "readable", "fast"), PAIRS, ids=[p[0] for p in PAIRS])
def test_parameters_are_the_same(name, readable, fast):
    expected = list(inspect.signature(readable).parameters)
    assert list(inspect.signature(getattr(fast, "py_func", fast)).parameters) == expected


def columns(tables):
    return tables.indptr, tables.key, tables.mask, tables.route


def same(found, expected):
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


@settings(deadline=None, max_examples=100)
@given(random_made())
def test_merge_pairs(made):
    arguments = columns(made.tables)
    same(kernels.merge_pairs(*arguments), reference.merge_pairs(*arguments))


@settings(deadline=None, max_examples=100)
@given(random_made())
def test_cover(made):
    default = COMPRESSORS["default"](MadeTables(made.tables, ~made.is_default), None)
    arguments = *columns(COMPRESSORS["pair"](made, None)), *columns(default)
    same(kernels.cover(*arguments), reference.cover(*arguments))


@settings(deadline=None, max_examples=100)
@given(
    random_made(), st.sampled_from(sorted(COMPRESSORS)), st.integers(0, 2**32), st.integers(0, 3)
)
def test_find_difference(made, compressor, seed, n_faults):
    after = COMPRESSORS[compressor](made, None)
    key, mask, route = after.key.copy(), after.mask.copy(), after.route.copy()
    rng = np.random.default_rng(seed)
    for _ in range(n_faults if len(key) else 0):
        entry, bit = rng.integers(len(key)), np.uint32(1) << np.uint32(rng.integers(32))
        rng.choice([mask, route])[entry] ^= bit & np.uint32(0xFFFFFF)
        key[entry] &= mask[entry]
    arguments = *columns(made.tables), made.is_default, after.indptr, key, mask, route
    expected = reference.find_difference(*arguments)
    assert kernels.find_difference(*arguments) == expected
    if not n_faults:
        assert expected == (-1, 0, -1)
