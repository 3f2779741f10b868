"""Where a calendar of events lies in a memory of integers.

Events are numbered, and each is pending at most once. A ring of buckets of 2.048 ns each holds the
events of the next 8.4 us as linked lists; a list of its own holds those beyond. The bucket that is
open lies sorted in a batch.

One flat array holds all of this, and whatever else its owner keeps in it, since compiled functions
pass one array to each other for next to nothing, but a tuple of many for more than a hop takes.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "AFTER",
    "BATCH",
    "BATCH_END",
    "BATCH_NEXT",
    "BUCKET_SHIFT",
    "CURSOR",
    "DUE",
    "FAR_CHECK",
    "FAR_FIRST",
    "FILLED",
    "FIRST",
    "HEADER",
    "NONE",
    "N_BUCKETS",
    "N_FAR",
    "N_NEAR",
    "WHEEL_NUMBERS",
    "WORD_BITS",
    "lay_wheel",
    "wheel_size",
]

BUCKET_SHIFT = 11
"""Times of one bucket agree in all bits but these (ps)."""
N_BUCKETS = 1 << 12
WORD_BITS = 32
"""Buckets per word of the bit map; fewer than 64, so that words stay positive."""
NONE = -1

CURSOR, N_NEAR, N_FAR, FAR_FIRST, FAR_CHECK, BATCH_NEXT, BATCH_END, BATCH = range(8)
"""Entries of the memory: bucket reached, events in the ring, events beyond it and the first of
these, bucket at which to look at them again, the part of the batch that is still to come, and where
the batch begins."""
WHEEL_NUMBERS = 8
HEADER = 64
"""Entries before the calendar's arrays; those after its numbers are the owner's."""
FIRST = HEADER
"""First event of each bucket's list."""
FILLED = FIRST + N_BUCKETS
"""One bit per bucket that has a list."""
DUE = FILLED + N_BUCKETS // WORD_BITS
"""Time of event 0 (ps), -1 if it is not pending; that of event e is ``2 * e`` further on."""
AFTER = DUE + 1
"""Event after event 0 in its list; likewise."""


def wheel_size(n_events: int) -> int:
    """Entries of memory that a calendar of `n_events` takes, with the header."""
    return DUE + 4 * n_events + 1


def lay_wheel(memory: NDArray[np.int64], n_events: int) -> None:
    """Make the beginning of `memory` an empty calendar at time 0.

    Parameters
    ----------
    memory : ndarray of int64, shape (at least `wheel_size`,)
    n_events : int
    """
    memory[:WHEEL_NUMBERS] = 0
    memory[FAR_FIRST] = NONE
    memory[BATCH] = DUE + 2 * n_events
    memory[FIRST:FILLED] = NONE
    memory[FILLED:DUE] = 0
    memory[DUE : wheel_size(n_events)] = NONE
