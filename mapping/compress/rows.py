"""Entries as the kernels of compressors have them: rows of key, mask and route."""

import numpy as np
from numpy.typing import NDArray

from router import RoutingTables

__all__ = ["from_rows", "to_rows"]

Longs = NDArray[np.int64]


def to_rows(tables: RoutingTables) -> Longs:
    """Key, mask and route of all entries, shape (n_entries, 3)."""
    rows = np.empty((len(tables.key), 3), np.int64)
    rows[:, 0], rows[:, 1], rows[:, 2] = tables.key, tables.mask, tables.route
    return rows


def from_rows(indptr: Longs, rows: Longs) -> RoutingTables:
    """Tables of such entries, those of chip c from ``indptr[c]`` up to ``indptr[c + 1]``."""
    key, mask, route = rows.T.astype(np.uint32, order="C")
    return RoutingTables(indptr, key, mask, route)
