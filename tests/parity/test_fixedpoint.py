"""Every kernel equals its reference, compiled and as Python."""

import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixedpoint import inversion_table, kernels, reference
from fixedpoint.random import kernels as random_kernels
from fixedpoint.random import reference as random_reference


def compiled(function):
    return function


def python(function):
    return getattr(function, "py_func", function)


MODULES = ((kernels, reference), (random_kernels, random_reference))


def kernels_of(module):
    """The kernels that `module` defines, by name."""
    members = inspect.getmembers(module, callable)
    return {name: f for name, f in members if getattr(f, "__module__", "") == module.__name__}


FORMS = pytest.mark.parametrize("form", [compiled, python])
KERNELS = {name: f for fast, _ in MODULES for name, f in kernels_of(fast).items()}
REFERENCES = {name: getattr(slow, name) for _, slow in MODULES for name in slow.__all__}


def integers(low, high):
    """Integers, with those at the borders of powers of two more often."""
    edges = {0, low, high} | {
        s * 2**k + d for s in (1, -1) for k in (14, 15, 16, 31) for d in (-1, 0, 1)
    }
    return st.sampled_from(sorted(e for e in edges if low <= e <= high)) | st.integers(low, high)


INT32 = integers(-(2**31), 2**31 - 1)
UINT32 = integers(0, 2**32 - 1)
UINT16 = integers(0, 2**16 - 1)
INT64 = integers(-(2**62), 2**62)
SHIFT = st.integers(0, 31)
NONZERO = INT32.filter(bool)

BY_NAME = {
    **dict.fromkeys(("a", "b", "f", "i", "ratio"), INT32),
    **dict.fromkeys(("u", "v", "rand32", "decay"), UINT32),
    **dict.fromkeys(("c0", "c1", "c2", "c3", "k0", "k1"), UINT32),
}
SPECIAL = {
    "wrap32": (INT64,),
    "sat32": (INT64,),
    "divide_trunc": (INT64, INT64.filter(bool)),
    "divide_unsigned": (integers(-(2**46), 2**46), integers(-(2**31), 2**32 - 1).filter(bool)),
    "shl": (INT32, SHIFT),
    "shr": (INT32, SHIFT),
    "shl_sat": (INT32, SHIFT),
    "round_k_n": (INT32, st.integers(1, 31)),
    "div_trunc": (INT32, NONZERO),
    "div_sat": (INT32, NONZERO),
    "div_int": (INT32, NONZERO),
    "div_u032": (INT32, integers(2, 2**32 - 1)),
    "kdivk": (INT32, NONZERO),
    "kdivui": (INT32, integers(1, 2**32 - 1)),
    "ring_add16": (UINT16, UINT16),
    "ring_to_input": (UINT16, st.integers(0, 15)),
    "scale": (integers(0, 2**50 - 1), UINT32),
    "exp_scaled": (integers(-340695, 363408),),
    "expk": (INT32 | st.integers(-340800, 363500),),
    "expulr": (INT32 | st.integers(-340800, 100),),
    "uniform_below": (UINT32, integers(0, 2**31)),
    "sark_rand": (UINT32, UINT32),
    "jkiss": (UINT32, UINT32, UINT32, UINT32),
}
WITH_ARRAYS = {"invert", "philox_fill"}


def operands(name):
    """Strategy of the operands of the kernel `name`."""
    if name in SPECIAL:
        return st.tuples(*SPECIAL[name])
    parameters = inspect.signature(REFERENCES[name]).parameters
    return st.tuples(*(BY_NAME[p] for p in parameters))


def test_every_kernel_has_a_reference_and_the_reverse():
    for fast, slow in MODULES:
        assert set(slow.__all__) == set(kernels_of(fast))


@pytest.mark.parametrize("name", sorted(KERNELS))
def test_signatures_match(name):
    fast, slow = python(KERNELS[name]), REFERENCES[name]
    assert list(inspect.signature(fast).parameters) == list(inspect.signature(slow).parameters)


@FORMS
@pytest.mark.parametrize("name", sorted(set(KERNELS) - WITH_ARRAYS))
@given(data=st.data())
def test_kernel_equals_reference(name, form, data):
    values = data.draw(operands(name))
    assert form(KERNELS[name])(*values) == REFERENCES[name](*values)


@FORMS
@pytest.mark.parametrize("dtype", [np.int32, np.uint32])
@given(data=st.data())
def test_numpy_scalars_do_not_overflow(form, dtype, data):
    name = "mul_floor" if dtype is np.int32 else "mul_u032_u032"
    x, y = data.draw(operands(name))
    assert form(getattr(kernels, name))(dtype(x), dtype(y)) == getattr(reference, name)(x, y)


@FORMS
@given(
    weights=st.lists(st.floats(0, 1), min_size=1, max_size=40).filter(lambda w: sum(w) > 0.1),
    u=UINT32,
)
def test_invert(form, weights, u):
    cumulative = np.cumsum(weights) / np.sum(weights)
    cumulative[-1] = 1.0
    table = inversion_table(np.minimum(cumulative, 1.0))
    words = [u, *(int(t) + d for t in table.thresholds for d in (-1, 0) if int(t) + d >= 0)]
    for word in words:
        got = form(random_kernels.invert)(word, table.thresholds, table.guide)
        assert got == random_reference.invert(word, table.thresholds.tolist(), table.guide.tolist())
        assert got == np.count_nonzero(table.thresholds <= word)


@FORMS
@given(
    words=st.tuples(UINT32, UINT32, UINT32, UINT32, UINT32, UINT32),
    n=st.integers(0, 9),
    rest=st.integers(0, 3),
)
def test_philox_fill(form, words, n, rest):
    out = np.full(4 * n + rest, -1, dtype=np.int64)
    form(random_kernels.philox_fill)(*words, out)
    expected = [-1] * (4 * n + rest)
    random_reference.philox_fill(*words, expected)
    assert out.tolist() == expected
