"""Quantities with units, normalised once to the unit that the field's name ends in.

``time_ms: 1 s`` becomes 1000.0 and ``slowdown: 20x`` becomes 20.0. A plain number is already in
the field's own unit.
"""

import math
import re
import sys
from fractions import Fraction

from host.errors import ConfigError

__all__ = ["KNOWN_UNITS", "field_unit", "parse_number", "parse_quantity", "units_beside"]

_SCALES: dict[str, dict[str, Fraction]] = {
    "time (s)": {
        "ps": Fraction(1, 10**12),
        "ns": Fraction(1, 10**9),
        "us": Fraction(1, 10**6),
        "ms": Fraction(1, 1000),
        "s": Fraction(1),
        "min": Fraction(60),
        "h": Fraction(3600),
    },
    "frequency (Hz)": {
        "Hz": Fraction(1),
        "kHz": Fraction(10**3),
        "MHz": Fraction(10**6),
        "GHz": Fraction(10**9),
    },
    "energy (J)": {
        "pJ": Fraction(1, 10**12),
        "nJ": Fraction(1, 10**9),
        "uJ": Fraction(1, 10**6),
        "mJ": Fraction(1, 1000),
        "J": Fraction(1),
    },
    "power (W)": {"mW": Fraction(1, 1000), "W": Fraction(1), "kW": Fraction(1000)},
    "memory (B)": {
        "B": Fraction(1),
        "KiB": Fraction(1 << 10),
        "MiB": Fraction(1 << 20),
        "GiB": Fraction(1 << 30),
        "kB": Fraction(10**3),
        "MB": Fraction(10**6),
        "GB": Fraction(10**9),
    },
    "potential (V)": {"uV": Fraction(1, 10**6), "mV": Fraction(1, 1000), "V": Fraction(1)},
    "current (A)": {
        "pA": Fraction(1, 10**12),
        "nA": Fraction(1, 10**9),
        "uA": Fraction(1, 10**6),
        "mA": Fraction(1, 1000),
    },
    "capacitance (F)": {
        "pF": Fraction(1, 10**12),
        "nF": Fraction(1, 10**9),
        "uF": Fraction(1, 10**6),
    },
    "conductance (S)": {
        "pS": Fraction(1, 10**12),
        "nS": Fraction(1, 10**9),
        "uS": Fraction(1, 10**6),
        "mS": Fraction(1, 1000),
    },
    "factor": {"x": Fraction(1)},
}
KNOWN_UNITS = frozenset(unit for scale in _SCALES.values() for unit in scale)
"""Units that a quantity can have."""
_SUFFIXES = {"ps": "ps", "us": "us", "ms": "ms", "s": "s", "hz": "Hz", "pj": "pJ", "w": "W"} | {
    "bytes": "B"
}
_FACTORS = {"slowdown"}
_QUANTITY = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?)\s*([A-Za-z]+)\s*")


def units_beside(unit: str) -> tuple[str, ...]:
    """Units of the same dimension as `unit`, that itself included.

    Examples
    --------
    >>> units_beside("mV")
    ('uV', 'mV', 'V')
    """
    return tuple(next(scale for scale in _SCALES.values() if unit in scale))


def field_unit(name: str) -> str | None:
    """Look up the unit of the field called `name`; None if its values have none.

    Examples
    --------
    >>> field_unit("time_ms"), field_unit("slowdown"), field_unit("seed")
    ('ms', 'x', None)
    """
    if name in _FACTORS:
        return "x"
    return _SUFFIXES.get(name.rpartition("_")[2]) if "_" in name else None


def parse_quantity(text: str, unit: str) -> float:
    """Value of `text`, a number followed by a unit, in `unit`; rounded once.

    Parameters
    ----------
    text : str
        For example ``"0.1 ms"``, ``"1s"``, ``"20x"``.
    unit : str
        A unit of the same dimension.

    Raises
    ------
    ConfigError
        If `text` is no quantity, or its unit is unknown or of another dimension.

    Examples
    --------
    >>> parse_quantity("100 us", "ms")
    0.1
    """
    scale = next(scale for scale in _SCALES.values() if unit in scale)
    match = _QUANTITY.fullmatch(text)
    if match is None or match[2] not in scale:
        msg = f"should be a number or a quantity in one of {', '.join(scale)}, got {text!r}"
        raise ConfigError(msg)
    try:
        return float(Fraction(match[1]) * scale[match[2]] / scale[unit])
    except OverflowError as error:
        msg = f"should be below {sys.float_info.max:.3g} {unit}, got {text!r}"
        raise ConfigError(msg) from error


def parse_number(text: str, unit: str) -> float:
    """Value of `text` in `unit`: a plain number is in `unit` already; errors as `parse_quantity`.

    Examples
    --------
    >>> parse_number("1100", "ns"), parse_number("1.1 us", "ns")
    (1100.0, 1100.0)
    """
    try:
        number = float(text)
    except ValueError:
        return parse_quantity(text, unit)
    if not math.isfinite(number):
        msg = f"should be a finite number, got {text!r}"
        raise ConfigError(msg)
    return number
