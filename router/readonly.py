"""Values whose arrays cannot be changed."""

from dataclasses import fields
from typing import Any

import numpy as np

__all__ = ["freeze_arrays"]


def freeze_arrays(value: Any) -> None:
    """Make every array that is a field of the dataclass instance `value` read-only."""
    for field in fields(value):
        array = getattr(value, field.name)
        if isinstance(array, np.ndarray):
            array.setflags(write=False)
