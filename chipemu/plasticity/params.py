"""Numbers of plasticity that the compiled and the readable form share, and look-up tables."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

__all__ = ["MOST_EVENTS", "UNITY", "Amount", "Column", "decay_table", "exact_decay_table"]

UNITY = 1 << 11
"""1 in the format of traces and tables, s4.11 (sPyNNaker, ``stdp_typedefs.h``)."""
MOST_EVENTS = 16
"""Events in the history of a neuron, of which the first stands for none (``post_events.h``)."""
SPAN = 42.0
"""Time constants after which an exponential in double precision counts as 0; it is below 1e-18."""


class Column(IntEnum):
    """Columns of the choices of a rule; of each table its first entry and one past its last."""

    IS_MULTIPLICATIVE = 0
    IS_BACKPROPAGATED = 1
    PLUS = 2
    PLUS_STOP = 3
    MINUS = 4
    MINUS_STOP = 5


class Amount(IntEnum):
    """Columns of the amounts of a rule: limits of the weight, and what a pair changes."""

    W_MIN = 0
    W_MAX = 1
    A_PLUS = 2
    A_MINUS = 3


def decay_table(decrement: float, n_entries: int) -> NDArray[np.int64]:
    """Look-up table of an exponential, and a last entry 0 for whatever is beyond it.

    Parameters
    ----------
    decrement : float
        Time step by time constant.
    n_entries : int
        Without the last.

    Returns
    -------
    ndarray of int64, shape (n_entries + 1,)
        ``floor(2048 exp(-k decrement))`` (sPyNNaker, ``get_exp_lut_array``).
    """
    values = np.floor(np.exp(np.arange(n_entries) * -decrement) * UNITY)
    return np.append(values, 0.0).astype(np.int64)


def exact_decay_table(decrement: float) -> NDArray[np.float64]:
    """The same in double precision: ``exp(-k decrement)``, as far as that is 1e-18."""
    n_entries = int(np.ceil(SPAN / decrement)) + 1
    return np.append(np.exp(np.arange(n_entries) * -decrement), 0.0)
