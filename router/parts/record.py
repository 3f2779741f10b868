"""Copies of packets, and what a fabric tells of them: counts, fates, and steps of their way."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from router.counters import N_ROUTER_COUNTERS, CoreCounter, FabricCounters, RouterCounter
from router.events import Activity, Deliveries, Fate, Losses, Trace, TraceFilter, TraceKind
from router.geometry import N_LINKS
from router.packets import CORES_PER_CHIP, EmergencyState
from router.parts.agenda import Agenda

__all__ = ["Copy", "Record"]

PLACES_PER_CHIP = {
    TraceKind.SEND: CORES_PER_CHIP,
    TraceKind.ROUTE: 1,
    TraceKind.LINK: N_LINKS,
    TraceKind.RECEIVE: CORES_PER_CHIP,
}


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy of a packet.

    Attributes
    ----------
    packet : int
        Number of the packet.
    key : int
    has_payload : bool
    state : EmergencyState
    stamp : int
        Time phase in which it was launched.
    came_by : int
        Link by which it came to the router that has it, or had it when it was dropped; -1: none.
    """

    packet: int
    key: int
    has_payload: bool
    state: EmergencyState = EmergencyState.NORMAL
    stamp: int = 0
    came_by: int = -1


class Record:
    """All counts since the fabric was made, and the events since they were last drained.

    Parameters
    ----------
    agenda : Agenda
        Tells the time.
    n_chips : int
    trace : TraceFilter, optional
        What to trace; by default nothing.

    Attributes
    ----------
    copies : list of int
        Copies that each packet has been in all.
    backlog : set of int
        Packets given that have neither been sent nor given up.
    fates : ndarray of int64, shape (number of fates,)
        Copies by what became of them; `router.events.Fate`.
    """

    def __init__(self, agenda: Agenda, n_chips: int, trace: TraceFilter | None) -> None:
        self.copies: list[int] = []
        self.backlog: set[int] = set()
        self.fates = np.zeros(len(Fate), np.int64)
        self._agenda = agenda
        self._filter = trace
        self._router = np.zeros((n_chips, N_ROUTER_COUNTERS), np.int64)
        self._core = np.zeros((n_chips * CORES_PER_CHIP, len(CoreCounter)), np.int64)
        self._link = np.zeros((n_chips * N_LINKS, 2), np.int64)
        self._deliveries: list[tuple[int, ...]] = []
        self._losses: list[tuple[int, ...]] = []
        self._trace: list[tuple[int, ...]] = []

    def expect(self, n_packets: int) -> range:
        """Numbers of so many packets more."""
        numbers = range(len(self.copies), len(self.copies) + n_packets)
        self.copies += [0] * n_packets
        self.backlog.update(numbers)
        return numbers

    def send(self, copy: Copy) -> None:
        """Tell that a core has sent its packet, the first copy."""
        self.backlog.remove(copy.packet)
        self.copies[copy.packet] = 1

    def block(self, chip: int, copy: Copy) -> None:
        """Tell that a core has given its packet up."""
        self.backlog.remove(copy.packet)
        self.lose(chip, copy, Fate.BLOCKED)

    def count(self, chip: int, counter: RouterCounter, n: int = 1, *, delay_bin: int = 0) -> None:
        """Count at a router; `delay_bin` is that of the histogram ``DELAYED``."""
        self._router[chip, counter + delay_bin] += n

    def count_core(self, core: int, counter: CoreCounter, n: int = 1) -> None:
        """Count at a core."""
        self._core[core, counter] += n

    def count_link(self, link: int, copy: Copy) -> None:
        """Count a copy that a link begins to send."""
        self._link[link, int(copy.has_payload)] += 1

    def deliver(self, core: int, copy: Copy) -> None:
        """Tell that a core has taken a copy."""
        self._deliveries.append((self._agenda.now_ps, core, copy.packet))

    def lose(self, chip: int, copy: Copy, fate: Fate, outputs: int = 0) -> None:
        """Tell that a copy is no longer under way; `outputs` is the route it did not take."""
        self.fates[fate] += 1
        self._losses.append((self._agenda.now_ps, chip, copy.packet, fate, outputs))

    def trace(self, kind: TraceKind, place: int, copy: Copy, start_ps: int, end_ps: int) -> None:
        """Tell where a copy was, if the filter lets it pass."""
        wanted = self._filter
        if (
            wanted is not None
            and wanted.start_ps <= start_ps < wanted.end_ps
            and (wanted.keys is None or copy.key in wanted.keys)
            and (wanted.chips is None or place // PLACES_PER_CHIP[kind] in wanted.chips)
        ):
            self._trace.append((start_ps, kind, place, copy.packet, end_ps))

    def counters(self) -> FabricCounters:
        """All counts so far."""
        link = self._link.reshape(-1, N_LINKS, 2)
        return FabricCounters(self._router.copy(), self._core.copy(), link.copy())

    def drain(self) -> Activity:
        """Everything told since the last time, in order."""
        time, core, packet = _columns(self._deliveries, 3)
        deliveries = Deliveries(time, core.astype(np.int32), packet)
        time, chip, packet, fate, outputs = _columns(self._losses, 5)
        losses = Losses(
            time,
            chip.astype(np.int32),
            packet,
            fate.astype(np.int8),
            outputs.astype(np.uint32),
        )
        start, kind, place, packet, end = _columns(self._trace, 5)
        trace = Trace(kind.astype(np.int8), place.astype(np.int32), packet, start, end)
        return Activity(deliveries, losses, trace)


def _columns(rows: list[tuple[int, ...]], n_columns: int) -> list[NDArray[np.int64]]:
    """Columns of the sorted rows, which are cleared."""
    table = np.array(sorted(rows), np.int64).reshape(-1, n_columns)
    rows.clear()
    return [column.copy() for column in table.T]
