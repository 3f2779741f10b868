"""Each kernel of compressors against its readable form."""

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapping.compress import COMPRESSORS, kernels, reference
from mapping.tables import MadeTables
from router import RoutingTables

PAIRS = [(name, getattr(reference, name), getattr(kernels, name)) for name in kernels.__all__]
LINKS = [1, 2, 4, 8, 16, 32]


def test_every_kernel_has_a_readable_form():
    assert sorted(kernels.__all__) == sorted(reference.__all__)


@pytest.mark.parametrize(("name", "readable", "fast"), PAIRS, ids=[p[0] for p in PAIRS])
def test_parameters_are_the_same(name, readable, fast):
    expected = list(inspect.signature(readable).parameters)
    assert list(inspect.signature(getattr(fast, "py_func", fast)).parameters) == expected


@st.composite
def tables(draw):
    """Entries of disjoint blocks on one to three chips, and which of them are default."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n_bits, shift = draw(st.sampled_from([3, 6])), draw(st.sampled_from([0, 4, 26]))
    share_of_gaps, n_routes = draw(st.sampled_from([0.0, 0.3])), draw(st.integers(1, 6))
    routes = np.append(rng.integers(1, 1 << 24, n_routes), rng.choice(LINKS, 2))
    sizes, rows = [0], []
    for _ in range(draw(st.integers(1, 3))):
        chip, pending = [], [(0, n_bits)]
        while pending:
            key, bits = pending.pop()
            if bits and rng.random() < 0.8:
                pending += [(key, bits - 1), (key | 1 << (bits - 1), bits - 1)]
            elif rng.random() >= share_of_gaps:
                route = int(rng.choice(routes))
                is_default = route in LINKS and bool(rng.random() < 0.7)
                mask = (1 << 32) - (1 << (bits + shift))
                chip.append((key << shift, mask, route, is_default))
        sizes.append(len(chip))
        rows += sorted(chip)
    columns = np.array([row[:3] for row in rows], np.uint32).reshape(-1, 3)
    made = RoutingTables(np.cumsum(sizes), *(columns[:, one].copy() for one in range(3)))
    return MadeTables(made, np.array([row[3] for row in rows], bool))


def columns(tables):
    return tables.indptr, tables.key, tables.mask, tables.route


def same(found, expected):
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


@settings(deadline=None, max_examples=100)
@given(tables())
def test_merge_pairs(made):
    arguments = columns(made.tables)
    same(kernels.merge_pairs(*arguments), reference.merge_pairs(*arguments))


@settings(deadline=None, max_examples=100)
@given(tables())
def test_cover(made):
    default = COMPRESSORS["default"](MadeTables(made.tables, ~made.is_default), None)
    arguments = *columns(COMPRESSORS["pair"](made, None)), *columns(default)
    same(kernels.cover(*arguments), reference.cover(*arguments))


@settings(deadline=None, max_examples=100)
@given(tables(), st.sampled_from(sorted(COMPRESSORS)), st.integers(0, 2**32), st.integers(0, 3))
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
