"""Fixed-point formats of the machine, and conversion from and to real numbers.

A raw value is the integer that a register holds; its value is raw / 2**n_frac. Rounding is always
named, because the sources of a number differ: GCC truncates literals, host tools round.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fixedpoint.errors import FormatError

__all__ = [
    "S015",
    "S1615",
    "U016",
    "U032",
    "Format",
    "Rounding",
    "from_raw",
    "to_raw",
]


class Rounding(Enum):
    """What becomes of the bits below the last one."""

    NEAREST = "nearest"
    """To the nearest, halves toward plus infinity."""
    TRUNCATE = "truncate"
    """Toward zero, as GCC's literals and conversions from floating point."""
    FLOOR = "floor"
    """Toward minus infinity, as a right shift."""
    STOCHASTIC = "stochastic"
    """Up with the probability of the dropped fraction; unbiased."""


@dataclass(frozen=True, slots=True)
class Format:
    """A binary fixed-point format.

    Attributes
    ----------
    n_bits : int
        Width with the sign, 1 to 32.
    n_frac : int
        Bits behind the point, 0 to 32.
    signed : bool
        Whether the format is two's complement.

    Raises
    ------
    FormatError
        If a width is out of its range.

    Examples
    --------
    >>> S1615.quantum, S1615.max
    (3.0517578125e-05, 65535.99996948242)
    """

    n_bits: int
    n_frac: int
    signed: bool

    def __post_init__(self) -> None:
        for name, value, low in (("n_bits", self.n_bits, 1), ("n_frac", self.n_frac, 0)):
            if not low <= value <= 32:
                msg = f"{name} = {value}: must be from {low} to 32"
                raise FormatError(msg)

    @property
    def quantum(self) -> float:
        """Value of the last bit."""
        return 2.0**-self.n_frac

    @property
    def min_raw(self) -> int:
        """Smallest raw value."""
        return -(1 << (self.n_bits - 1)) if self.signed else 0

    @property
    def max_raw(self) -> int:
        """Greatest raw value."""
        return (1 << (self.n_bits - self.signed)) - 1

    @property
    def min(self) -> float:
        """Smallest value."""
        return self.min_raw * self.quantum

    @property
    def max(self) -> float:
        """Greatest value."""
        return self.max_raw * self.quantum

    @property
    def dtype(self) -> np.dtype[Any]:
        """The smallest numpy integer type of 16 or 32 bits that holds a raw value."""
        width = 16 if self.n_bits <= 16 else 32
        return np.dtype(f"{'int' if self.signed else 'uint'}{width}")


S1615 = Format(n_bits=32, n_frac=15, signed=True)
"""``accum``: membrane voltages, currents, time constants."""
U032 = Format(n_bits=32, n_frac=32, signed=False)
"""``unsigned long fract``: decay factors."""
S015 = Format(n_bits=16, n_frac=15, signed=True)
"""``fract``."""
U016 = Format(n_bits=16, n_frac=0, signed=False)
"""16-bit weights and ring buffer entries, before their scale."""


def to_raw(
    values: ArrayLike,
    fmt: Format,
    rounding: Rounding = Rounding.NEAREST,
    *,
    rng: np.random.Generator | None = None,
) -> NDArray[Any]:
    """Raw form of real `values`, saturating as GCC's conversion from floating point.

    Parameters
    ----------
    values : array_like of float64
        Real numbers; infinities saturate.
    fmt : Format
        Wanted format.
    rounding : Rounding
        How the bits below the last one are dropped.
    rng : numpy.random.Generator, optional
        Needed by, and only by, ``Rounding.STOCHASTIC``.

    Returns
    -------
    ndarray of ``fmt.dtype``, shape of `values`
        A scalar gives an array of no dimensions, which ``int`` takes.

    Raises
    ------
    FormatError
        If a value is not a number, or `rng` is missing or of no use.

    Examples
    --------
    >>> int(to_raw(0.1, S1615)), int(to_raw(0.1, S1615, Rounding.TRUNCATE))
    (3277, 3276)
    """
    x = np.asarray(values, dtype=np.float64)
    if np.isnan(x).any():
        msg = f"{int(np.isnan(x).sum())} of {x.size} values are not a number; give real numbers"
        raise FormatError(msg)
    # Clipped first, so that nothing overflows; the bounds themselves are never rounded.
    scaled = np.clip(np.ldexp(np.clip(x, fmt.min, fmt.max), fmt.n_frac), fmt.min_raw, fmt.max_raw)
    return np.asarray(_rounded(scaled, rounding, rng)).astype(fmt.dtype)


def _rounded(
    scaled: NDArray[np.float64], rounding: Rounding, rng: np.random.Generator | None
) -> NDArray[np.float64]:
    """Integral values near `scaled`, which is at most 2**32 in magnitude."""
    if (rng is None) == (rounding is Rounding.STOCHASTIC):
        need = "needs" if rng is None else "does not take"
        msg = f"rounding {rounding.value!r} {need} a random generator; see rng"
        raise FormatError(msg)
    if rounding is Rounding.TRUNCATE:
        return np.trunc(scaled)
    below = np.floor(scaled)
    if rounding is Rounding.FLOOR:
        return below
    chance = 0.5 if rng is None else 1.0 - rng.random(scaled.shape)
    return below + (scaled - below >= chance)


def from_raw(raw: ArrayLike, fmt: Format) -> NDArray[np.float64]:
    """Real values of `raw`, exact.

    Parameters
    ----------
    raw : array_like of integers
        Raw values within the range of `fmt`.
    fmt : Format
        Their format.

    Returns
    -------
    ndarray of float64, shape of `raw`

    Raises
    ------
    FormatError
        If a raw value does not fit the format.
    """
    x = np.asarray(raw, dtype=np.int64)
    if x.size and (x.min() < fmt.min_raw or x.max() > fmt.max_raw):
        worst = int(x.min() if x.min() < fmt.min_raw else x.max())
        msg = f"raw value {worst}: must be from {fmt.min_raw} to {fmt.max_raw}; check the format"
        raise FormatError(msg)
    return np.asarray(np.ldexp(x.astype(np.float64), -fmt.n_frac))
