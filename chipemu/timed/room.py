"""Room in arrays that grow."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["with_room"]

T = TypeVar("T", bound=np.generic)


def with_room(array: NDArray[T], n: int, n_new: int) -> NDArray[T]:
    """The first `n` rows of `array`, with room for `n_new` more, and then some if it must grow."""
    if n + n_new <= len(array):
        return array
    grown = np.zeros((2 * (n + n_new), *array.shape[1:]), array.dtype)
    grown[:n] = array[:n]
    return grown
