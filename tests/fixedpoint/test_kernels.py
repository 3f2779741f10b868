"""Kernels against compiled C and exact exponentials."""

from pathlib import Path

import numpy as np
import pytest

from fixedpoint import S1615, Rounding, kernels, reference, to_raw
from fixedpoint.jit import kernel

MASK = 2**32 - 1
VECTORS = np.load(Path(__file__).parents[1] / "data" / "arm_ops.npz")
s = reference.wrap32

# result array: kernel, its operands from the words a, b and c
CASES = {
    "arm_mul_k_k": ("mul_floor", lambda a, b, c: (s(a), s(b))),
    "arm_mul_k_ulr": ("mul_u032_mixed", lambda a, b, c: (s(a), b)),
    "arm_mul_k_i": ("mul_int", lambda a, b, c: (s(a), s(b))),
    "arm_mul_ulr_ulr": ("mul_u032_u032", lambda a, b, c: (a, b)),
    "arm_div_k_k": ("div_trunc", lambda a, b, c: (s(a), s(b) or 1)),
    "arm_div_k_i": ("div_int", lambda a, b, c: (s(a), s(b) or 1)),
    "arm_add_k_k": ("add", lambda a, b, c: (s(a), s(b))),
    "arm_sub_k_k": ("sub", lambda a, b, c: (s(a), s(b))),
    "arm_neg_k": ("neg", lambda a, b, c: (s(a),)),
    "arm_k_to_i": ("int_from_k", lambda a, b, c: (s(a),)),
    "arm_i_to_k": ("k_from_int", lambda a, b, c: (s(a),)),
    "arm_k_to_ulr": ("u032_from_k", lambda a, b, c: (s(a),)),
    "arm_ulr_to_k": ("k_from_u032", lambda a, b, c: (a,)),
    "arm_shl_k": ("shl", lambda a, b, c: (s(a), b & 31)),
    "arm_shr_k": ("shr", lambda a, b, c: (s(a), b & 31)),
    "arm_sat_add": ("add_sat", lambda a, b, c: (s(a), s(b))),
    "arm_sat_sub": ("sub_sat", lambda a, b, c: (s(a), s(b))),
    "arm_sat_mul": ("mul_nearest_sat", lambda a, b, c: (s(a), s(b))),
    "arm_sat_div": ("div_sat", lambda a, b, c: (s(a), s(b) or 1)),
    "arm_sat_neg": ("neg_sat", lambda a, b, c: (s(a),)),
    "arm_sat_shl": ("shl_sat", lambda a, b, c: (s(a), b & 31)),
    "thumb_mul_k_k": ("mul_nearest", lambda a, b, c: (s(a), s(b))),
    "r_decay_k_u032": ("mul_u032_floor", lambda a, b, c: (s(a), b)),
    "r_mulsat_k_k": ("mul_trunc_sat", lambda a, b, c: (s(a), s(b))),
    "r_nearest_k_k": ("mul_nearest_sat", lambda a, b, c: (s(a), s(b))),
    "r_nearest_k_lr": ("mul_s031_nearest", lambda a, b, c: (s(a), s(b))),
    "r_nearest_k_ulr": ("mul_u032_nearest", lambda a, b, c: (s(a), b)),
    "r_trunc_k_lr": ("mul_s031_floor", lambda a, b, c: (s(a), s(b))),
    "r_stoch_k_k": ("mul_stochastic", lambda a, b, c: (s(a), s(b), c)),
    "r_stoch_k_lr": ("mul_s031_stochastic", lambda a, b, c: (s(a), s(b), c)),
    "r_stoch_k_ulr": ("mul_u032_stochastic", lambda a, b, c: (s(a), b, c)),
    "r_qadd": ("add_sat", lambda a, b, c: (s(a), s(b))),
    "r_qsub": ("sub_sat", lambda a, b, c: (s(a), s(b))),
    "r_kdivk": ("kdivk", lambda a, b, c: (s(a), s(b) or 1)),
    "r_kdivui": ("kdivui", lambda a, b, c: (s(a), b or 1)),
    "r_init_u032": ("init_u032", lambda a, b, c: (s(a), MASK - b)),
    "r_ceil_k": ("ceil_k", lambda a, b, c: (s(a),)),
    "r_round_k_n": ("round_k_n", lambda a, b, c: (s(a), 1 + b % 31)),
    "r_ring_add16": ("ring_add16", lambda a, b, c: (a & 0xFFFF, b & 0xFFFF)),
    "r_ring_to_input": ("ring_to_input", lambda a, b, c: (a & 0xFFFF, b & 15)),
}
OPERANDS = {"a", "b", "ra", "rb", "rc"}


def words(result):
    """Operand words of a result array."""
    a, b = ("ra", "rb") if result.startswith("r_") else ("a", "b")
    return zip(*(VECTORS[name].tolist() for name in (a, b, "rc")), strict=True)


def test_every_result_array_is_used():
    assert set(VECTORS) - OPERANDS == set(CASES) | {"arm_d_to_k"}


@pytest.mark.parametrize("result", sorted(CASES))
def test_compiled_c(result):
    name, operands = CASES[result]
    compute = getattr(kernels, name)
    got = [compute(*operands(*abc)) & MASK for abc in words(result)]
    np.testing.assert_array_equal(got, VECTORS[result])


def test_compiled_c_conversion_from_double():
    a, b = (VECTORS[name].view(np.int32).astype(np.float64) for name in "ab")
    got = to_raw((a + b * 2.0**-31) / 2**15, S1615, Rounding.TRUNCATE)
    np.testing.assert_array_equal(got.view(np.uint32), VECTORS["arm_d_to_k"])


@pytest.mark.parametrize("name", ["mul_stochastic", "mul_s031_stochastic", "mul_u032_stochastic"])
def test_stochastic_products_are_unbiased(name):
    drop = {"mul_stochastic": 15, "mul_s031_stochastic": 31, "mul_u032_stochastic": 32}[name]
    a, b = -12345, 6789 << (drop - 15)
    n = 4096
    drawn = [getattr(kernels, name)(a, b, k * (2**32 // n)) for k in range(n)]
    assert np.mean(drawn) == pytest.approx(a * b / 2**drop, abs=1 / n)


@kernel
def expk_range(low, out):
    for k in range(len(out)):
        out[k] = kernels.expk(low + k)


@kernel
def expulr_range(low, out):
    for k in range(len(out)):
        out[k] = kernels.expulr(low + k)


def sweep(fill, low, high):
    """Arguments from low to high and their results."""
    out = np.zeros(high - low + 1, dtype=np.int64)
    fill(low, out)
    return np.arange(low, high + 1) / 2**15, out


def test_expulr_accuracy_over_the_whole_range():
    x, got = sweep(expulr_range, -340695, -1)
    exact = np.exp(x) * 2**32
    assert np.abs(got - exact).max() <= 5295
    assert np.abs(got / exact - 1).max() <= 9.3e-6
    assert (np.diff(got) >= 0).all()


def test_expk_accuracy_over_the_whole_range():
    x, got = sweep(expk_range, -340695, 0)
    error = got - np.exp(x) * 2**15
    assert error.min() > -1.04
    assert error.max() < 0.04
    x, got = sweep(expk_range, 0, 363408)
    exact = np.exp(x) * 2**15
    assert (np.abs(got - exact) <= 1 + 1.31e-6 * exact).all()
    assert (np.diff(got) >= 0).all()


def test_exponentials_outside_their_range():
    assert kernels.expk(363409) == kernels.expk(2**31 - 1) == 2**31 - 1
    assert kernels.expk(-340696) == kernels.expk(-(2**31)) == 0
    assert kernels.expulr(-340696) == kernels.expulr(-(2**31)) == 0
    assert kernels.expulr(0) == kernels.expulr(1) == MASK
    assert kernels.expk(0) == 32768


def test_constants_of_a_neuron_as_the_cores_compute_them():
    # tau_m = 10 ms, tau_syn = 0.5 ms, step 0.1 ms; values computed by the tool chain's code
    step = 3277
    ratio, synapse_ratio = kernels.kdivk(step, 10 << 15), kernels.kdivk(step, 1 << 14)
    assert kernels.expk(-ratio) == 32442
    assert kernels.expulr(-ratio) == 4252324052
    decay = kernels.expulr(-synapse_ratio)
    assert decay == 3516383004
    assert kernels.init_u032(kernels.kdivk(1 << 14, step), decay) == 3892683849
    assert kernels.ceil_k(kernels.kdivk(2 << 15, step)) == 20


def test_div_u032_truncates_the_long_accum_before_its_floor():
    # 32769 / (2**31 - 1) * 2**31 = 32769.00001526: the one bit left at 2**-31 counts when negative
    assert kernels.div_u032(32769, MASK) == 32769
    assert kernels.div_u032(-32769, MASK) == -32770
    assert kernels.div_u032(-1, MASK) == -1


@pytest.mark.parametrize("name", ["div_trunc", "div_sat", "div_int", "kdivk", "kdivui"])
def test_division_by_zero_is_an_error(name):
    with pytest.raises(ZeroDivisionError):
        getattr(kernels, name)(1, 0)
