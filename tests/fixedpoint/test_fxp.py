"""Exchange with fxpmath, and fxpmath as an oracle of products."""

import numpy as np
import pytest
from fxpmath import Fxp

from fixedpoint import S015, S1615, U016, U032, FormatError, from_fxp, from_raw, kernels, to_fxp


@pytest.mark.parametrize("fmt", [S1615, U032, S015, U016], ids=str)
def test_round_trip(fmt):
    raw = np.linspace(fmt.min_raw, fmt.max_raw, 101).astype(np.int64)
    number = to_fxp(raw, fmt)
    np.testing.assert_array_equal(number.get_val(), from_raw(raw, fmt))
    back = from_fxp(number, fmt)
    assert back.dtype == fmt.dtype
    np.testing.assert_array_equal(back, raw)


def test_scalar_round_trip():
    assert from_fxp(to_fxp(-5, S1615), S1615) == -5


def test_another_format_is_refused():
    with pytest.raises(FormatError, match="resize it first"):
        from_fxp(to_fxp([1], S015), S1615)


def test_a_raw_value_out_of_range_is_refused():
    with pytest.raises(FormatError, match="raw value 65536"):
        to_fxp([65536], U016)


@pytest.mark.parametrize(
    ("name", "overflow"), [("mul_floor", "wrap"), ("mul_trunc_sat", "saturate")]
)
@pytest.mark.parametrize("limit", [2**26, 2**24, 2**16])
def test_products_agree_with_fxpmath(name, overflow, limit):
    # fxpmath keeps products below 2**53 exact
    a, b = np.random.default_rng(limit).integers(-limit, limit, (2, 500))
    product = (to_fxp(a, S1615) * to_fxp(b, S1615)).get_val()
    oracle = Fxp(product, True, 32, 15, rounding="floor", overflow=overflow)
    multiply = getattr(kernels, name)
    got = [multiply(int(x), int(y)) for x, y in zip(a, b, strict=True)]
    np.testing.assert_array_equal(got, from_fxp(oracle, S1615))
