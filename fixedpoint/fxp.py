"""Exchange with fxpmath, whose `Fxp` carries its format along."""

from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fixedpoint.errors import FormatError
from fixedpoint.formats import Format, from_raw

__all__ = ["from_fxp", "to_fxp"]


def to_fxp(raw: ArrayLike, fmt: Format) -> Any:
    """An fxpmath number with the raw values `raw`.

    Parameters
    ----------
    raw : array_like of integers
        Raw values within the range of `fmt`.
    fmt : Format
        Their format.

    Returns
    -------
    fxpmath.Fxp
        Of the same format and shape.

    Raises
    ------
    FormatError
        If a raw value does not fit the format.
    """
    from_raw(raw, fmt)  # checks the range
    number = import_module("fxpmath").Fxp(
        None, signed=fmt.signed, n_word=fmt.n_bits, n_frac=fmt.n_frac
    )
    number.set_val(np.asarray(raw, dtype=np.int64), raw=True)
    return number


def from_fxp(fxp: Any, fmt: Format) -> NDArray[Any]:
    """Raw values of an fxpmath number of format `fmt`.

    Parameters
    ----------
    fxp : fxpmath.Fxp
        A number whose format is exactly `fmt`.
    fmt : Format
        Expected format.

    Returns
    -------
    ndarray of ``fmt.dtype``, shape of `fxp`

    Raises
    ------
    FormatError
        If the formats differ.
    """
    have = (fxp.n_word, fxp.n_frac, fxp.signed)
    if have != (fmt.n_bits, fmt.n_frac, fmt.signed):
        msg = f"number is {fxp.dtype}, not {fmt}; resize it first"
        raise FormatError(msg)
    return np.asarray(fxp.val).astype(fmt.dtype)
