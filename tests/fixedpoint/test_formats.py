"""Conversions against exact fractions and fxpmath."""

import math
from fractions import Fraction

import numpy as np
import pytest
from fxpmath import Fxp
from hypothesis import given
from hypothesis import strategies as st

from fixedpoint import S015, S1615, U016, U032, Format, FormatError, Rounding, from_raw, to_raw

FORMATS = [S1615, U032, S015, U016, Format(n_bits=8, n_frac=3, signed=True)]
EXACT = {
    Rounding.NEAREST: lambda x: math.floor(x + Fraction(1, 2)),
    Rounding.TRUNCATE: math.trunc,
    Rounding.FLOOR: math.floor,
}
REALS = st.floats(allow_nan=False, allow_infinity=False) | st.floats(-70000, 70000)


@pytest.mark.parametrize("rounding", EXACT)
@pytest.mark.parametrize("fmt", FORMATS, ids=str)
@given(value=REALS | st.integers(-(2**18), 2**18).map(lambda k: k / 2**17))
def test_to_raw_is_the_clamped_rounded_fraction(fmt, rounding, value):
    scaled = EXACT[rounding](Fraction(value) * 2**fmt.n_frac)
    expected = min(max(scaled, fmt.min_raw), fmt.max_raw)
    assert int(to_raw(value, fmt, rounding)) == expected


@pytest.mark.parametrize(
    ("rounding", "name"), [(Rounding.FLOOR, "floor"), (Rounding.TRUNCATE, "fix")]
)
@pytest.mark.parametrize("fmt", [S1615, S015], ids=["S1615", "S015"])
def test_to_raw_agrees_with_fxpmath(fmt, rounding, name):
    values = np.random.default_rng(1).normal(0, fmt.max / 3, 1000)
    oracle = Fxp(values, fmt.signed, fmt.n_bits, fmt.n_frac, rounding=name, overflow="saturate")
    np.testing.assert_array_equal(to_raw(values, fmt, rounding), oracle.val)
    np.testing.assert_array_equal(from_raw(to_raw(values, fmt, rounding), fmt), oracle.get_val())


@pytest.mark.parametrize("fmt", FORMATS, ids=str)
@given(data=st.data())
def test_raw_values_survive_the_round_trip(fmt, data):
    raw = data.draw(st.lists(st.integers(fmt.min_raw, fmt.max_raw)))
    values = from_raw(np.array(raw, dtype=np.int64), fmt)
    assert [Fraction(v) for v in values] == [Fraction(r, 2**fmt.n_frac) for r in raw]
    for rounding in EXACT:
        back = to_raw(values, fmt, rounding)
        assert back.dtype == fmt.dtype
        assert back.tolist() == raw


def test_literals_of_the_c_sources():
    assert to_raw(0.1, S1615, Rounding.TRUNCATE) == 3276
    assert to_raw(0.1, S1615) == 3277
    assert to_raw(1.0, U032, Rounding.TRUNCATE) == 0xFFFFFFFF


def test_halves_go_up():
    halves = np.array([-1.5, -0.5, 0.5, 1.5]) * S1615.quantum
    assert to_raw(halves, S1615).tolist() == [-1, 0, 1, 2]


def test_infinities_saturate():
    assert to_raw([-np.inf, np.inf], S1615).tolist() == [-(2**31), 2**31 - 1]
    assert to_raw([-np.inf, np.inf], U032).tolist() == [0, 2**32 - 1]


def test_stochastic_rounding_is_unbiased_and_keeps_exact_values():
    rng = np.random.default_rng(2)
    drawn = to_raw(np.full(40000, 3.25 * S1615.quantum), S1615, Rounding.STOCHASTIC, rng=rng)
    assert set(drawn.tolist()) == {3, 4}
    assert drawn.mean() == pytest.approx(3.25, abs=0.02)
    exact = to_raw(np.full(1000, -7 * S1615.quantum), S1615, Rounding.STOCHASTIC, rng=rng)
    assert set(exact.tolist()) == {-7}


def test_stochastic_rounding_takes_a_generator_and_no_other_does():
    with pytest.raises(FormatError, match="needs a random generator"):
        to_raw(0.1, S1615, Rounding.STOCHASTIC)
    with pytest.raises(FormatError, match="does not take a random generator"):
        to_raw(0.1, S1615, rng=np.random.default_rng(1))


def test_shapes_and_types():
    assert to_raw(0.5, S1615).shape == ()
    assert to_raw(np.zeros((2, 0, 3)), S1615).shape == (2, 0, 3)
    assert [f.dtype for f in (S1615, U032, S015, U016)] == ["int32", "uint32", "int16", "uint16"]
    assert from_raw(np.zeros(0, dtype=np.int32), S1615).dtype == np.float64


def test_ranges():
    assert (S1615.min, S1615.max, S1615.quantum) == (-65536.0, 65536 - 2**-15, 2**-15)
    assert (U032.min, U032.max) == (0.0, 1 - 2**-32)
    assert (U016.min_raw, U016.max_raw) == (0, 65535)


def test_what_is_not_a_number_is_refused():
    with pytest.raises(FormatError, match="1 of 2 values are not a number"):
        to_raw([0.0, np.nan], S1615)


@pytest.mark.parametrize(("raw", "worst"), [([0, 65536], 65536), ([5, -1], -1)])
def test_raw_values_out_of_range_are_refused(raw, worst):
    with pytest.raises(FormatError, match=f"raw value {worst}: must be from 0 to 65535"):
        from_raw(raw, U016)


@pytest.mark.parametrize(("n_bits", "n_frac"), [(0, 0), (33, 0), (8, -1), (8, 33)])
def test_formats_out_of_range_are_refused(n_bits, n_frac):
    with pytest.raises(FormatError, match="must be from"):
        Format(n_bits=n_bits, n_frac=n_frac, signed=True)
