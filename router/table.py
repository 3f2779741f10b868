"""Routing tables: the first entry that matches a key says where its packets go.

An entry matches when ``key & mask == entry.key``; the lowest index wins. The 24 bits of a route are
the links (bits 0 to 5) and the cores (bits 6 to 23). A packet that no entry matches goes straight
on, out of the link opposite to the one it came by; one that was sent on this chip is dropped.
Source: SpiNNaker datasheet v2.02, 10.4.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from router.errors import TableError
from router.geometry import opposite
from router.readonly import freeze_arrays

__all__ = [
    "FIRST_CORE_BIT",
    "LINK_BITS",
    "ROUTE_BITS",
    "RoutingTable",
    "RoutingTables",
    "default_route",
]

FIRST_CORE_BIT = 6
"""Bit of core 0 in a route."""
LINK_BITS = 0x3F
"""The links of a route."""

ROUTE_BITS = 24
"""Links and cores."""

Words = NDArray[np.uint32]


def default_route(in_link: int) -> int:
    """Route of a packet that no entry matches: straight on.

    Parameters
    ----------
    in_link : int
        Link of this chip that the packet came by, -1 if a core of this chip sent it.

    Returns
    -------
    int
        The route; 0, which drops the packet, if it was sent here.
    """
    return 0 if in_link < 0 else 1 << opposite(in_link)


@dataclass(frozen=True, slots=True, eq=False)
class RoutingTable:
    """Entries of one router, in the order in which they are tried.

    Attributes
    ----------
    key, mask, route : ndarray of uint32, shape (n_entries,)

    Raises
    ------
    TableError
        If the arrays differ in shape, a key has a bit that its mask has not, or a route has bits
        beyond core 17.
    """

    key: Words
    mask: Words
    route: Words

    def __post_init__(self) -> None:
        if not self.key.shape == self.mask.shape == self.route.shape == (self.key.size,):
            shapes = self.key.shape, self.mask.shape, self.route.shape
            msg = f"key, mask and route of a table have shapes {shapes}, expected one length"
            raise TableError(msg)
        _check_routes(self.route)
        stray = np.flatnonzero(self.key & ~self.mask)
        if stray.size:
            entry = int(stray[0])
            msg = (
                f"entry {entry} never matches: key {self.key[entry]:#010x} has bits outside "
                f"its mask {self.mask[entry]:#010x}"
            )
            raise TableError(msg)
        freeze_arrays(self)

    def __len__(self) -> int:
        return len(self.key)

    def lookup(self, key: int) -> int:
        """Index of the first entry that matches `key`, -1 if none does."""
        matches = np.flatnonzero((np.uint32(key) & self.mask) == self.key)
        return int(matches[0]) if matches.size else -1

    def lookup_many(self, keys: ArrayLike) -> NDArray[np.int32]:
        """`lookup` of each of `keys`.

        Parameters
        ----------
        keys : array_like of uint32, shape (n_keys,)

        Returns
        -------
        ndarray of int32, shape (n_keys,)

        Notes
        -----
        Entries of one mask are searched at once by bisection, so the effort grows with the
        number of different masks rather than of entries.
        """
        keys = np.asarray(keys, np.uint32)
        found = np.full(keys.shape, len(self), np.int64)
        for mask in np.unique(self.mask):
            entries = np.flatnonzero(self.mask == mask)
            entries = entries[np.argsort(self.key[entries], kind="stable")]
            candidates = self.key[entries]
            at = np.searchsorted(candidates, keys & mask)
            nearest = np.minimum(at, len(entries) - 1)
            hit = candidates[nearest] == (keys & mask)
            found = np.where(hit, np.minimum(found, entries[nearest]), found)
        return np.where(found < len(self), found, -1).astype(np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class RoutingTables:
    """The tables of all chips of a machine, one after the other.

    Attributes
    ----------
    indptr : ndarray of int64, shape (n_chips + 1,)
        Entries ``indptr[c]`` up to ``indptr[c + 1]`` are the table of chip c.
    key, mask, route : ndarray of uint32, shape (n_entries,)
    """

    indptr: NDArray[np.int64]
    key: Words
    mask: Words
    route: Words

    def __post_init__(self) -> None:
        _check_routes(self.route)
        freeze_arrays(self)

    @classmethod
    def join(cls, tables: list[RoutingTable]) -> "RoutingTables":
        """Put the tables of chips 0, 1, ... together."""
        sizes = np.array([0, *(len(table) for table in tables)], np.int64)
        empty = [np.zeros(0, np.uint32)]
        key, mask, route = (
            np.concatenate(empty + [getattr(table, name) for table in tables])
            for name in ("key", "mask", "route")
        )
        return cls(np.cumsum(sizes), key, mask, route)

    @property
    def n_chips(self) -> int:
        """Number of tables."""
        return len(self.indptr) - 1

    @property
    def n_entries(self) -> NDArray[np.int64]:
        """Number of entries of each chip, shape (n_chips,)."""
        return np.diff(self.indptr)

    def of_chip(self, chip: int) -> RoutingTable:
        """Table of one chip."""
        part = slice(int(self.indptr[chip]), int(self.indptr[chip + 1]))
        return RoutingTable(self.key[part], self.mask[part], self.route[part])


def _check_routes(route: Words) -> None:
    too_wide = np.flatnonzero(route >> ROUTE_BITS)
    if too_wide.size:
        entry = int(too_wide[0])
        msg = f"route {route[entry]:#010x} of entry {entry} has more than {ROUTE_BITS} bits"
        raise TableError(msg)
