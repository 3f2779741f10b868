"""The compiled fabric in the hands of a kernel that sends packets while it runs."""

from copy import copy
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from router.compiled.fabric import CompiledFabric, grown
from router.compiled.memory import copied, renumber, renumbered
from router.compiled.state import Number, Packets, Send

__all__ = ["DrivenFabric", "Lent"]


class Lent(NamedTuple):
    """What `router.compiled.kernels.run_fabric` works on.

    Its user gives it packets by `give_packet`, empties the records that it leaves, counts the
    packets received, and tells `DrivenFabric.take_back` how far it came.
    """

    memory: NDArray[np.int64]
    packets: Packets
    """With room for more packets to be sent than there are: the first `n_sends` count."""
    n_sends: int
    n_packets: int
    """Packets given so far."""


class DrivenFabric(CompiledFabric):
    """A `CompiledFabric` whose memory can be lent to a kernel; then `run` is not for use."""

    @property
    def most_records(self) -> int:
        """Deliveries that the kernel can record before they must be taken from the memory."""
        return int(self._state.memory[Number.RECORDS])

    @property
    def n_packets(self) -> int:
        """Packets given, less those forgotten."""
        return self._n_given

    def classes(self, keys: NDArray[np.uint32]) -> NDArray[np.int64]:
        """Class of each key, by which packets are routed; shape (n_keys,)."""
        return self._classes.of(keys)

    def lend(self, n_new: int) -> Lent:
        """All that a kernel needs to send up to `n_new` more packets."""
        if self._n_rows + n_new > len(self._rows):
            self._make_room(n_new)
        self._copies = grown(self._copies, self._n_given + n_new)
        packets = Packets(self._classes.routes, self._copies, self._rows)
        return Lent(self._state.memory, packets, self._n_rows, self._n_given)

    def take_back(self, n_sends: int, n_packets: int, now_ps: int) -> None:
        """Go on from where a kernel left: rows of packets to be sent, packets given, and time."""
        self._n_rows, self._n_given, self._now_ps = n_sends, n_packets, now_ps
        self._last_ps = now_ps

    def copy(self) -> "DrivenFabric":
        """The same fabric, which goes on by itself."""
        twin = copy(self)
        twin._state = copied(self._state)
        twin._copies, twin._rows = self._copies.copy(), self._rows.copy()
        return twin

    def under_way(self) -> NDArray[np.bool_]:
        """Whether a copy of each packet is in the fabric, or still to be sent."""
        is_under_way = np.zeros(self._n_given, bool)
        is_under_way[self.in_flight()] = True
        is_under_way[self.backlog()] = True
        return is_under_way

    def keep(self, is_kept: NDArray[np.bool_]) -> None:
        """Forget packets that are not under way; those that are kept are numbered anew, in order.

        Parameters
        ----------
        is_kept : ndarray of bool, shape (n_packets,)
            Of all packets given.
        """
        self._make_room(0)  # forgets the rows of packets that have been sent
        number = np.cumsum(is_kept) - 1
        renumber(self._state, number)
        words = self._rows[: self._n_rows, Send.WORD]
        words[:] = renumbered(words, number)
        copies = self._copies[: self._n_given][is_kept]
        self._copies[: self._n_given] = 0
        self._copies[: len(copies)] = copies
        self._n_given = len(copies)
