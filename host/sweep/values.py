"""Values of a key: listed, spread evenly between two ends, or drawn at random.

Ends are quantities as everywhere (``0.1 ms``, ``20x``), in the unit that the name of the key ends
in. Numbers that are computed are rounded to a few digits, so that they are those that one would
have written.
"""

import math
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, FiniteFloat

from host.errors import ConfigError
from host.units import field_unit, parse_quantity
from host.validation import FieldError

__all__ = ["METHODS", "Distribution", "Method", "Spread", "draw_shares", "drawn", "spread"]

Quantity = int | FiniteFloat | str
"""A number, or text with a unit."""
Method = Literal["latin_hypercube", "random"]
MOST_VALUES = 100_000
GRID_DIGITS = 12
"""Significant digits of values of a grid: all but the error of the arithmetic."""
DRAWN_DIGITS = 6
"""Significant digits of values drawn at random."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Values at even distances; exactly one of the fields.

    Attributes
    ----------
    range : (first, last, step)
        ``first``, ``first + step``, ... up to and, if it is met, including ``last``.
    linspace : (first, last, n)
        As many values from first to last, both included, at equal differences.
    logspace : (first, last, n)
        Likewise, at equal ratios; the ends are values themselves (not exponents), above 0.
    """

    range: tuple[Quantity, Quantity, Quantity] | None = None
    linspace: tuple[Quantity, Quantity, Annotated[int, Field(ge=2)]] | None = None
    logspace: tuple[Quantity, Quantity, Annotated[int, Field(ge=2)]] | None = None

    def __post_init__(self) -> None:
        _check_one(self, "a list of values, or one of")


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """Values drawn at random; exactly one of the fields.

    Attributes
    ----------
    uniform, loguniform : (low, high)
        Uniform itself, or its logarithm.
    integers : (low, high)
        Both included.
    choice : list
        Each with the same probability.
    """

    uniform: tuple[Quantity, Quantity] | None = None
    loguniform: tuple[Quantity, Quantity] | None = None
    integers: tuple[int, int] | None = None
    choice: Annotated[list[Any], Field(min_length=1)] | None = None

    def __post_init__(self) -> None:
        _check_one(self, "one of")


def _check_one(value: Any, what: str) -> None:
    names = list(value.__dataclass_fields__)
    if sum(getattr(value, name) is not None for name in names) != 1:
        msg = f"should be {what} {', '.join(names)}"
        raise FieldError((), msg)


def spread(rule: Spread, key: str) -> list[Any]:
    """Values of `rule` for the configuration key `key`.

    Raises
    ------
    ConfigError
        On an end that is no quantity of the key's unit, a step that leads nowhere, or too many.

    Examples
    --------
    >>> spread(Spread(linspace=("1x", "2x", 3)), "run.slowdown")
    [1, 1.5, 2]
    >>> spread(Spread(logspace=("0.1 ms", "10 ms", 3)), "run.dt_ms")
    [0.1, 1, 10]
    >>> spread(Spread(range=(1, 10, 3)), "run.seed")
    [1, 4, 7, 10]
    """
    if rule.range is not None:
        return _range(*(_number(end, key) for end in rule.range))
    chosen = rule.linspace or rule.logspace
    assert chosen is not None
    first, last, n = _number(chosen[0], key), _number(chosen[1], key), chosen[2]
    _check_count(n)
    if rule.linspace is not None:
        return [_neat(value, GRID_DIGITS) for value in np.linspace(first, last, n).tolist()]
    _check_positive("logspace", first, last)
    return [_neat(value, GRID_DIGITS) for value in np.geomspace(first, last, n).tolist()]


def _range(first: float, last: float, step: float) -> list[Any]:
    if step == 0 or (last - first) * step < 0:
        msg = f"range from {first:g} to {last:g} in steps of {step:g} has no values"
        raise ConfigError(msg)
    n = math.floor((last - first) / step * (1 + 1e-12)) + 1
    _check_count(n)
    return [_neat(first + k * step, GRID_DIGITS) for k in range(n)]


def draw_shares(
    names: list[str], n: int, rng: np.random.Generator, method: Method
) -> dict[str, NDArray[np.float64]]:
    """Numbers from 0 to 1, below 1, for each of `names`, shape (n,).

    With ``"latin_hypercube"`` each n-th of the interval has one number of each name, in an order of
    its own (McKay, Beckman & Conover 1979, Technometrics 21:239); with ``"random"`` they are
    independent.
    """
    return {name: METHODS[method](n, rng) for name in names}


def _latin(n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    return (rng.permutation(n) + rng.random(n)) / n


def _independent(n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    return rng.random(n)


METHODS = {"latin_hypercube": _latin, "random": _independent}


def drawn(rule: Distribution, key: str, shares: NDArray[np.float64]) -> list[Any]:
    """Values of `rule` for the configuration key `key` at these shares of its distribution.

    Raises
    ------
    ConfigError
        On an end that is no quantity of the key's unit, or ends that are not in order.

    Examples
    --------
    >>> drawn(Distribution(loguniform=("1x", "100x")), "run.slowdown", np.array([0.25, 0.5]))
    [3.16228, 10]
    """
    if rule.choice is not None:
        return [rule.choice[int(share * len(rule.choice))] for share in shares]
    if rule.integers is not None:
        low, high = rule.integers
        _check_order("integers", low, high)
        return [low + int(share * (high - low + 1)) for share in shares]
    ends = rule.uniform or rule.loguniform
    assert ends is not None
    first, last = (_number(end, key) for end in ends)
    if rule.uniform is not None:
        _check_order("uniform", first, last)
        values = first + (last - first) * shares
    else:
        _check_order("loguniform", first, last)
        _check_positive("loguniform", first, last)
        values = first * (last / first) ** shares
    return [_neat(value, DRAWN_DIGITS) for value in values.tolist()]


def _number(value: Quantity, key: str) -> float:
    if not isinstance(value, str):
        return value
    unit = field_unit(key.rpartition(".")[2])
    if unit is None:
        msg = f"{value!r} should be a number: {key} has no unit"
        raise ConfigError(msg)
    return parse_quantity(value, unit)


def _neat(value: float, digits: int) -> int | float:
    """`value` rounded to so many significant digits; an integer if it is one."""
    if isinstance(value, int):
        return value
    rounded = float(f"{value:.{digits}g}")
    return int(rounded) if rounded.is_integer() else rounded


def _check_count(n: int) -> None:
    if n > MOST_VALUES:
        msg = f"has {n} values, limit {MOST_VALUES}"
        raise ConfigError(msg)


def _check_order(name: str, low: float, high: float) -> None:
    if low >= high:
        msg = f"{name} from {low:g} to {high:g}: the first should be less than the second"
        raise ConfigError(msg)


def _check_positive(name: str, first: float, last: float) -> None:
    if min(first, last) <= 0:
        msg = f"{name} from {first:g} to {last:g}: both should be values above 0, not exponents"
        raise ConfigError(msg)
