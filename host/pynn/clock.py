"""Steps of the machine and milliseconds of the script."""

from typing import overload

import numpy as np
from numpy.typing import NDArray

__all__ = ["to_ms", "to_steps"]


@overload
def to_ms(steps: int, dt_ms: float) -> float: ...
@overload
def to_ms(steps: NDArray[np.integer], dt_ms: float) -> NDArray[np.float64]: ...
def to_ms(steps: int | NDArray[np.integer], dt_ms: float) -> float | NDArray[np.float64]:
    """Time (ms) at which each of `steps` begins.

    Where a millisecond is a whole number of steps it is divided, so that step 3 of 0.1 ms begins
    at 0.3 ms and not at 0.30000000000000004 ms.

    Parameters
    ----------
    steps : int or ndarray of int
    dt_ms : float
        Time step (ms).

    Examples
    --------
    >>> to_ms(3, 0.1)
    0.3
    """
    per_ms = round(1 / dt_ms)
    is_divisor = per_ms >= 1 and abs(per_ms * dt_ms - 1) < 1e-12
    if isinstance(steps, np.ndarray):
        times = steps.astype(np.float64)
        return times / per_ms if is_divisor else times * dt_ms
    return steps / per_ms if is_divisor else steps * dt_ms


def to_steps(time_ms: float, dt_ms: float) -> int:
    """Step that begins nearest to `time_ms`.

    Examples
    --------
    >>> to_steps(0.30000000000000004, 0.1)
    3
    """
    return round(time_ms / dt_ms)
