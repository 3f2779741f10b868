"""Numbers of plans of generation: each kernel against its readable twin, on random networks."""

import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixedpoint import inversion_table
from host import kernels, reference
from host.plan import seed_words

DT_MS = 0.1


def compiled(function):
    return function


def python(function):
    return getattr(function, "py_func", function)


def is_kernel(member):
    return callable(member) and getattr(member, "__module__", "") == kernels.__name__


FORMS = pytest.mark.parametrize("form", [compiled, python])
KERNELS = {name for name, _ in inspect.getmembers(kernels, is_kernel)}

SEEDS = st.integers(0, 2**64 - 1)
KEYS = st.integers(0, 2**31)


def test_every_kernel_has_a_reference_and_the_reverse():
    assert set(reference.__all__) == KERNELS


@pytest.mark.parametrize("name", sorted(KERNELS))
def test_signatures_match(name):
    fast, slow = python(getattr(kernels, name)), getattr(reference, name)
    assert list(inspect.signature(fast).parameters) == list(inspect.signature(slow).parameters)


@FORMS
@given(
    batches=st.integers(0, 2**33),
    n=st.integers(0, 60),
    n_bins=st.integers(1, 1000),
    quarter=st.integers(0, 4).map(lambda k: 1 << k),
    key=KEYS,
    seed=SEEDS,
)
def test_count_draws(form, batches, n, n_bins, quarter, key, seed):
    first = 4 * quarter * batches

    def counted(function):
        draws, counts = np.zeros(4 * quarter, np.uint32), np.ones(n_bins, np.int32)
        function(first, first + n, n_bins, key, seed_words(seed), draws, counts)
        return counts.tolist()

    assert counted(form(kernels.count_draws)) == counted(reference.count_draws)


@FORMS
@given(
    sizes=st.lists(st.integers(0, 3), min_size=1, max_size=4),
    rest=st.integers(0, 15),
    n_bins=st.integers(1, 50),
    key=KEYS,
    seed=SEEDS,
)
def test_count_draws_parallel(form, sizes, rest, n_bins, key, seed):
    bounds = 16 * np.cumsum([0, *sizes], dtype=np.int64)
    bounds[-1] += rest

    def counted(function):
        draws = np.zeros((len(sizes), 16), np.uint32)
        counts = np.zeros((len(sizes), n_bins), np.int32)
        function(bounds, n_bins, key, seed_words(seed), draws, counts)
        return counts.tolist()

    assert counted(form(kernels.count_draws_parallel)) == counted(reference.count_draws_parallel)


@FORMS
@given(
    n_bins=st.integers(1, 8),
    capacity=st.integers(1, 8),
    share=st.floats(0, 1) | st.just(1.0),
    key=KEYS,
    seed=SEEDS,
)
def test_count_distinct_draws(form, n_bins, capacity, share, key, seed):
    n = int(share * n_bins * capacity)

    def counted(function):
        counts = np.zeros(n_bins, np.int32)
        function(n, n_bins, capacity, key, seed_words(seed), counts)
        return counts.tolist()

    counts = counted(form(kernels.count_distinct_draws))
    assert counts == counted(reference.count_distinct_draws)
    assert sum(counts) == n
    assert max(counts) <= capacity


@FORMS
@given(
    weights=st.lists(st.floats(0, 1), min_size=1, max_size=20).filter(lambda w: sum(w) > 0.1),
    base=st.integers(0, 1000),
    n=st.integers(0, 20),
    key=KEYS,
    seed=SEEDS,
)
def test_draw_degrees(form, weights, base, n, key, seed):
    below = np.minimum(np.cumsum(weights[:-1]) / np.sum(weights), 1.0)
    table = inversion_table(np.append(below, 1.0))

    def drawn(function):
        degrees = np.zeros(n, np.int32)
        function(key, seed_words(seed), table.thresholds, table.guide, base, degrees)
        return degrees.tolist()

    assert drawn(form(kernels.draw_degrees)) == drawn(reference.draw_degrees)


@FORMS
@given(
    n_pre=st.integers(1, 12),
    n_post=st.integers(0, 12),
    flags=st.tuples(st.booleans(), st.booleans()),
    data=st.data(),
    key=KEYS,
    seed=SEEDS,
)
def test_draw_sources(form, n_pre, n_post, flags, data, key, seed):
    distinct, skip_self = flags
    n_post = n_pre if skip_self else n_post
    candidates = n_pre - skip_self
    most = candidates if distinct else 15 * bool(candidates)
    in_degree = data.draw(st.integers(0, most))

    def drawn(function):
        seen, sources = np.zeros(n_pre, np.uint8), np.zeros((n_post, in_degree), np.int32)
        function(in_degree, n_pre, distinct, skip_self, key, seed_words(seed), seen, sources)
        assert not seen.any()
        return sources.tolist()

    assert drawn(form(kernels.draw_sources)) == drawn(reference.draw_sources)


@FORMS
@given(population=KEYS, parameter=st.integers(0, 99), n=st.integers(0, 20), seed=SEEDS)
def test_draw_uniforms(form, population, parameter, n, seed):
    def drawn(function):
        uniforms = np.zeros(n)
        function(population, parameter, seed_words(seed), uniforms)
        return uniforms.tolist()

    assert drawn(form(kernels.draw_uniforms)) == drawn(reference.draw_uniforms)
