"""Routes of keys, looked up once for all chips: keys that no table tells apart form a class."""

import numpy as np
from numpy.typing import NDArray

from router.compiled.state import CLASS_BITS
from router.errors import FabricError
from router.table import RoutingTables

__all__ = ["RouteClasses"]

MOST_BYTES = 1 << 33
"""Memory that routes of classes on chips may take."""


class RouteClasses:
    """Classes of keys and their routes on every chip; grows with the keys it is asked for.

    Parameters
    ----------
    tables : RoutingTables

    Attributes
    ----------
    routes : ndarray of int32, shape (n_classes, n_chips)
        -1 where no entry matches.
    """

    def __init__(self, tables: RoutingTables) -> None:
        self._tables = tables
        self._mask = np.bitwise_or.reduce(tables.mask, initial=np.uint32(0))
        self._keys = np.zeros(0, np.uint32)
        self._class = np.zeros(0, np.int64)
        self.routes: NDArray[np.int32] = np.zeros((0, tables.n_chips), np.int32)

    def of(self, keys: NDArray[np.uint32]) -> NDArray[np.int64]:
        """Class of each of `keys`, shape (n_keys,).

        Raises
        ------
        FabricError
            If the routes of all classes take too much memory.
        """
        tested, which = np.unique(keys & self._mask, return_inverse=True)
        new = np.setdiff1d(tested, self._keys, assume_unique=True)
        if new.size:
            self._add(new)
        found: NDArray[np.int64] = self._class[np.searchsorted(self._keys, tested)][which]
        return found

    def _add(self, keys: NDArray[np.uint32]) -> None:
        n_old, n_chips = self.routes.shape
        n_classes = n_old + len(keys)
        if n_classes >= 1 << CLASS_BITS or 4 * n_classes * n_chips > MOST_BYTES:
            msg = (
                f"{n_classes} groups of keys on {n_chips} chips need {4 * n_classes * n_chips} "
                f"bytes, limit {MOST_BYTES}; use fewer sources or a smaller machine"
            )
            raise FabricError(msg)
        routes = np.empty((n_classes, n_chips), np.int32)
        routes[:n_old] = self.routes
        for chip in range(n_chips):
            table = self._tables.of_chip(chip)
            entry = table.lookup_many(keys)
            known = entry >= 0
            routes[n_old:, chip] = -1
            routes[n_old:, chip][known] = table.route[entry[known]].astype(np.int32)
        self.routes = routes
        merged = np.concatenate([self._keys, keys])
        order = np.argsort(merged)
        self._keys = merged[order]
        self._class = np.concatenate([self._class, np.arange(n_old, n_classes)])[order]
