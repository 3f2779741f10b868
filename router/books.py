"""Books of a fabric: each copy of each packet is delivered, lost or still under way.

A packet sent is one copy, and a router that forwards it to m outputs makes m - 1 more. A HELD copy
is not lost, since it waits for reinjection, and a BLOCKED packet never was a copy.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from router.errors import BooksError
from router.events import Activity, Deliveries, Fate, Losses
from router.readonly import freeze_arrays

__all__ = ["Books", "Ledger", "balance", "check_books", "delivered_twice"]

Counts = NDArray[np.int64]

CORE_BITS = 24
"""Bits that hold the number of any core."""


@dataclass(frozen=True, slots=True, eq=False)
class Books:
    """What became of the copies of each packet, or of all packets of each key.

    Attributes
    ----------
    copies : ndarray of int64, shape (n,)
        Copies in all; 0 if the packet has not been sent.
    delivered, lost, in_flight : ndarray of int64, shape (n,)
    blocked : ndarray of int64, shape (n,)
        Packets given up before they were sent.
    """

    copies: Counts
    delivered: Counts
    lost: Counts
    in_flight: Counts
    blocked: Counts

    def __post_init__(self) -> None:
        freeze_arrays(self)

    def __len__(self) -> int:
        return len(self.copies)

    def totals(self) -> dict[str, int]:
        """Sum of each attribute, by its name."""
        return {field.name: int(getattr(self, field.name).sum()) for field in fields(self)}

    def by_key(self, keys: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], "Books"]:
        """Sum the books of all packets of one key.

        Parameters
        ----------
        keys : ndarray of uint32, shape (n,)
            Key of each packet.

        Returns
        -------
        different : ndarray of uint32, shape (n_keys,)
            The keys that occur, in rising order.
        sums : Books
            One row for each of `different`.

        Raises
        ------
        BooksError
            If there is not one key per packet.
        """
        if len(keys) != len(self):
            msg = f"{len(keys)} keys for {len(self)} packets; give the key of every packet sent"
            raise BooksError(msg)
        different, row = np.unique(keys, return_inverse=True)
        sums = np.zeros((len(fields(self)), len(different)), np.int64)
        for total, field in zip(sums, fields(self), strict=True):
            np.add.at(total, row, getattr(self, field.name))
        return different, Books(*sums)


class Ledger:
    """Adds up deliveries and losses over many runs, three small integers per packet.

    Examples
    --------
    >>> ledger = Ledger()
    >>> ledger.balance(np.array([0]), np.array([], np.int64)).totals()["copies"]
    0
    """

    def __init__(self) -> None:
        self._counts = np.zeros((3, 0), np.int32)  # of delivered, lost, blocked copies

    def add(self, activity: Activity) -> None:
        """Enter what happened in one run."""
        for row, packets in enumerate(_entries(activity.deliveries, activity.losses)):
            self._make_room(int(packets.max(initial=-1)) + 1)
            np.add.at(self._counts[row], packets, 1)

    def balance(self, copies: Counts, in_flight: NDArray[np.int64]) -> Books:
        """Books after the last run entered; parameters as for `balance`."""
        used = int(np.flatnonzero(self._counts.any(axis=0)).max(initial=-1)) + 1
        return _books(copies, [row[:used].astype(np.int64) for row in self._counts], in_flight)

    def _make_room(self, n_packets: int) -> None:
        have = self._counts.shape[1]
        if n_packets > have:
            more = max(n_packets, 2 * have) - have
            self._counts = np.pad(self._counts, ((0, 0), (0, more)))


def balance(
    copies: Counts, deliveries: Deliveries, losses: Losses, in_flight: NDArray[np.int64]
) -> Books:
    """Books after a single run; see `Ledger` for several.

    Parameters
    ----------
    copies : ndarray of int64, shape (n_packets,)
        ``fabric.copies()``.
    deliveries : Deliveries
    losses : Losses
    in_flight : ndarray of int64
        ``fabric.in_flight()``: the packet of each copy.

    Raises
    ------
    BooksError
        If a record is of a packet that `copies` does not know.
    """
    counts = [np.bincount(packets) for packets in _entries(deliveries, losses)]
    return _books(copies, counts, in_flight)


def check_books(books: Books) -> None:
    """Check the books of each packet.

    Parameters
    ----------
    books : Books
        Of packets, not of keys.

    Raises
    ------
    BooksError
        If the copies of a packet are not those delivered, lost and in flight, or if a packet that
        was blocked has copies or was blocked twice; names the first such packet.
    """
    found = books.delivered + books.lost + books.in_flight
    is_wrong = (books.copies != found) | (books.blocked > (books.copies == 0))
    if not is_wrong.any():
        return
    packet = int(np.argmax(is_wrong))
    shown = (f"{getattr(books, f.name)[packet]} {f.name.replace('_', ' ')}" for f in fields(books))
    msg = (
        f"books of packet {packet} do not balance: {', '.join(shown)}; "
        "enter every run, else the fabric is at fault"
    )
    raise BooksError(msg)


def delivered_twice(*deliveries: Deliveries) -> NDArray[np.int64]:
    """Packets that a core took more than once; none if every route is a tree.

    Parameters
    ----------
    *deliveries : Deliveries
        Of one or more runs.

    Returns
    -------
    ndarray of int64, shape (n_pairs, 2)
        Packet and core, in rising order.
    """
    packets = np.concatenate([np.zeros(0, np.int64), *(part.packet for part in deliveries)])
    cores = np.concatenate([np.zeros(0, np.int64), *(part.core for part in deliveries)])
    pairs, times = np.unique(packets << CORE_BITS | cores, return_counts=True)
    twice = pairs[times > 1]
    return np.column_stack((twice >> CORE_BITS, twice & ((1 << CORE_BITS) - 1)))


def _entries(deliveries: Deliveries, losses: Losses) -> tuple[NDArray[np.int64], ...]:
    """Packets of the copies delivered, lost and blocked."""
    is_blocked = losses.fate == Fate.BLOCKED
    is_lost = ~is_blocked & (losses.fate != Fate.HELD)
    return deliveries.packet, losses.packet[is_lost], losses.packet[is_blocked]


def _books(copies: Counts, counts: list[Counts], in_flight: NDArray[np.int64]) -> Books:
    names = ("delivered", "lost", "blocked", "in_flight")
    columns = {}
    for name, count in zip(names, [*counts, np.bincount(in_flight)], strict=True):
        if np.any(count[len(copies) :]):
            msg = (
                f"packet {len(count) - 1} is {name.replace('_', ' ')}, but only {len(copies)} "
                "packets are known; take the copies after the last run"
            )
            raise BooksError(msg)
        columns[name] = np.zeros(len(copies), np.int64)
        columns[name][: len(count)] = count[: len(copies)]
    return Books(copies=copies.copy(), **columns)
