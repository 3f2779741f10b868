"""Values of a key: spread between two ends, or drawn at random."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from host.errors import ConfigError
from host.sweep.values import Distribution, Spread, draw_shares, drawn, spread

ENDS = st.floats(1e-3, 1e6, allow_subnormal=False)


@given(first=ENDS, last=ENDS, n=st.integers(2, 50))
def test_linspace_has_equal_differences(first: float, last: float, n: int) -> None:
    values = spread(Spread(linspace=(first, last, n)), "run.slowdown")
    np.testing.assert_allclose(values, np.linspace(first, last, n), rtol=1e-11)


@given(first=ENDS, last=ENDS, n=st.integers(2, 50))
def test_logspace_has_equal_ratios_between_its_ends(first: float, last: float, n: int) -> None:
    values = spread(Spread(logspace=(first, last, n)), "run.slowdown")
    assert len(values) == n
    np.testing.assert_allclose((values[0], values[-1]), (first, last), rtol=1e-11)
    ratios = np.array(values[1:]) / np.array(values[:-1])
    np.testing.assert_allclose(ratios, (last / first) ** (1 / (n - 1)), rtol=1e-9)


@given(
    first=st.integers(-50, 50),
    n=st.integers(1, 40),
    step=st.integers(-7, 7),
    over=st.floats(0, 0.9),
)
def test_range_has_its_last_value_if_it_is_met(first: int, n: int, step: int, over: float) -> None:
    assume(step)
    last = first + (n - 1) * step + over * step
    values = spread(Spread(range=(first, last, step)), "run.seed")
    assert values == [first + k * step for k in range(n)]


def test_large_integers_stay_exact() -> None:
    first = 2**63 + 1
    assert spread(Spread(range=(first, first + 2, 1)), "run.seed") == [first, first + 1, first + 2]


def test_ends_have_units() -> None:
    assert spread(Spread(range=("0.1 ms", "300 us", 0.1)), "run.dt_ms") == [0.1, 0.2, 0.3]
    assert drawn(Distribution(uniform=("1x", "3x")), "run.slowdown", np.array([0.5])) == [2]


@pytest.mark.parametrize(
    ("rule", "key", "said"),
    [
        (Spread(linspace=("1 s", "2 s", 3)), "network.scale", "network.scale has no unit"),
        (Spread(linspace=("1 V", "2 s", 3)), "run.time_ms", "in one of ps, ns"),
        (Spread(range=(1, 2, 0)), "run.seed", "in steps of 0 has no values"),
        (Spread(range=(1, 2, -1)), "run.seed", "in steps of -1 has no values"),
        (Spread(range=(0, 1e9, 1)), "run.seed", "limit 100000"),
        (Spread(logspace=(0, 2, 3)), "run.slowdown", "not exponents"),
    ],
)
def test_spreads_that_cannot_be(rule: Spread, key: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        spread(rule, key)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (Distribution(uniform=(2, 1)), "the first should be less"),
        (Distribution(integers=(3, 3)), "the first should be less"),
        (Distribution(loguniform=(0, 1)), "above 0"),
    ],
)
def test_distributions_that_cannot_be(rule: Distribution, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        drawn(rule, "run.slowdown", np.array([0.5]))


@given(n=st.integers(1, 200), seed=st.integers(0, 2**32))
def test_a_latin_hypercube_has_one_value_in_each_part_of_each_key(n: int, seed: int) -> None:
    shares = draw_shares(["a", "b"], n, np.random.default_rng(seed), "latin_hypercube")
    for column in shares.values():
        assert sorted(np.floor(column * n)) == list(range(n))


@given(
    low=st.integers(-100, 100), width=st.integers(1, 100), share=st.floats(0, 1, exclude_max=True)
)
def test_draws_lie_between_their_ends(low: int, width: int, share: float) -> None:
    shares = np.array([share])
    (integer,) = drawn(Distribution(integers=(low, low + width)), "run.seed", shares)
    assert isinstance(integer, int)
    assert low <= integer <= low + width
    (value,) = drawn(Distribution(uniform=(low, low + width)), "run.slowdown", shares)
    assert low <= value <= low + width
    (value,) = drawn(Distribution(loguniform=(1, 1 + width)), "run.slowdown", shares)
    assert 1 <= value <= 1 + width
    assert math.isclose(math.log(value), share * math.log(1 + width), abs_tol=1e-5)
    assert drawn(Distribution(choice=["a", "b"]), "run.timing", shares) == ["ab"[int(2 * share)]]
