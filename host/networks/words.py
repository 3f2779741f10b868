"""Parameters of populations in words."""

import re
from dataclasses import Field, fields, is_dataclass
from typing import Any

import numpy as np

from mapping.spec import Parameter

__all__ = ["UNITS", "parameter_words", "snake_case"]

UNITS = {
    "cm": "nF",
    "tau_m": "ms",
    "tau_syn_E": "ms",
    "tau_syn_I": "ms",
    "tau_refrac": "ms",
    "v_rest": "mV",
    "v_reset": "mV",
    "v_thresh": "mV",
    "e_rev_E": "mV",
    "e_rev_I": "mV",
    "i_offset": "nA",
    "v": "mV",
    "u": "mV/ms",
    "a": "1/ms",
    "b": "1/ms",
    "c": "mV",
    "d": "mV/ms",
    "rate": "Hz",
    "start": "ms",
    "duration": "ms",
}
"""Units of parameters and state variables by PyNN's names, which mean the same in all models."""


def snake_case(name: str) -> str:
    """Name of a class in small letters.

    >>> snake_case("FixedInDegree"), snake_case("LogNormal")
    ('fixed_in_degree', 'log_normal')
    """
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def parameter_words(name: str, value: Parameter) -> str:
    """Write the value of a parameter with its unit.

    >>> parameter_words("cm", 0.25), parameter_words("v", np.array([-70.0, -60.0]))
    ('0.25 nF', '-70 to -60 mV, one value each')
    """
    unit = f" {UNITS[name]}" if name in UNITS else ""
    if isinstance(value, int | float):
        return f"{value:g}{unit}"
    if isinstance(value, np.ndarray):
        if value.size == 0:
            return "none"
        low, high = float(value.min()), float(value.max())
        span = f"{low:g}" if low == high else f"{low:g} to {high:g}"
        return f"{span}{unit}, one value each"
    kind = snake_case(type(value).__name__).replace("_", " ")
    inside = ", ".join(f"{field.name} {getattr(value, field.name):g}" for field in _fields(value))
    return f"{kind} ({inside}){unit}"


def _fields(value: object) -> tuple[Field[Any], ...]:
    return fields(value) if is_dataclass(value) else ()
