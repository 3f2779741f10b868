"""Packets by number: where they are under way, and how they are counted once others are dropped."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chipemu.timed.state import Core, Machine, Packet, Piece
from router.books import Books, check_books
from router.compiled.driven import DrivenFabric

__all__ = ["Numbering", "balance", "drop_packets", "held_by_cores"]

Longs = NDArray[np.int64]


class Numbering(NamedTuple):
    """Which packet each row is: rows of packets that nobody needs are dropped now and then."""

    kept: Longs
    """Numbers of the packets in the first rows, rising."""
    n_sent: int
    """Packets that had been sent when those were kept: the number of the next row."""

    def n_packets(self, n_rows: int) -> int:
        """Packets sent in all, if there are `n_rows` rows."""
        return self.n_sent + n_rows - len(self.kept)

    def of(self, rows: Longs) -> Longs:
        """Number of the packet in each of `rows`."""
        numbers = self.n_sent + rows - len(self.kept)
        is_old = rows < len(self.kept)
        numbers[is_old] = self.kept[rows[is_old]]
        return numbers


def balance(machine: Machine, fabric: DrivenFabric) -> None:
    """Check that each copy of each packet is delivered, lost or in flight.

    Raises
    ------
    BooksError
    """
    copies = fabric.copies()
    facts = machine.packets[: len(copies)]
    check_books(
        Books(
            copies=copies,
            delivered=facts[:, Packet.DELIVERED],
            lost=facts[:, Packet.LOST],
            in_flight=np.bincount(fabric.in_flight(), minlength=len(copies)),
            blocked=np.zeros(len(copies), np.int64),
        )
    )


def held_by_cores(machine: Machine) -> list[tuple[NDArray[np.int64], tuple[Longs, Longs]]]:
    """Arrays, and the places in each where the number of a packet lies that a core holds."""
    cores, buffers = machine.cores, machine.buffers
    takes = np.flatnonzero(cores[:, Core.BUFFER] >= 0)
    length = cores[takes, Core.N_BUFFERED]
    row = np.repeat(takes, length)
    index = np.arange(row.size) - np.repeat(np.cumsum(length) - length, length)
    places = (cores[row, Core.FIRST] + index) % max(1, buffers.shape[1])
    found = [(buffers, (cores[row, Core.BUFFER], places))]
    looks_up = cores[takes, Core.PIECE] == Piece.LOOKUP
    for column in (Core.FETCHING, Core.HELD, Core.LOOKED_UP):
        holds = (cores[takes, column] >= 0) & (looks_up | (column != Core.LOOKED_UP))
        rows = takes[holds]
        found.append((cores, (rows, np.full_like(rows, column))))
    return found


def drop_packets(machine: Machine, fabric: DrivenFabric, numbering: Numbering) -> Numbering:
    """Forget the packets that are neither in the fabric nor held by a core, if their books balance.

    All cores must have come to the time of the fabric, and their logs must be empty.

    Returns
    -------
    Numbering
        Of the packets that are kept.

    Raises
    ------
    BooksError
    """
    balance(machine, fabric)
    is_kept = fabric.under_way()
    held = held_by_cores(machine)
    for array, places in held:
        is_kept[array[places]] = True
    row = np.cumsum(is_kept) - 1
    for array, places in held:
        array[places] = row[array[places]]
    fabric.keep(is_kept)
    n_rows, rows = is_kept.size, np.flatnonzero(is_kept)
    facts = machine.packets[rows]
    machine.packets[:n_rows] = 0
    machine.packets[: rows.size] = facts
    return Numbering(numbering.of(rows), numbering.n_packets(n_rows))
