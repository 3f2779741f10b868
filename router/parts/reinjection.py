"""The drop register of a router, and the monitor core that sends dropped packets again.

The router keeps one dropped packet (SpiNNaker datasheet v2.02, 10.11, r6 to r10). Where a monitor
runs the reinjector it takes the packet out of there and queues it until the router can have it.
"""

from collections import deque
from collections.abc import Callable, Iterator

from router.counters import RouterCounter
from router.events import Fate
from router.geometry import N_LINKS
from router.params import FabricParams
from router.parts.agenda import Agenda, Kind
from router.parts.record import Copy, Record
from router.table import LINK_BITS

__all__ = ["DropRegister", "Reinjector"]


class Reinjector:
    """A monitor core's queue of dropped packets.

    Parameters
    ----------
    chip : int
    params : FabricParams
    agenda : Agenda
    record : Record
    is_stalled : callable
        Whether the router of the chip is.
    write : callable
        Writes a copy to the monitor's transmit register.
    """

    def __init__(
        self,
        chip: int,
        params: FabricParams,
        agenda: Agenda,
        record: Record,
        *,
        is_stalled: Callable[[], bool],
        write: Callable[[Copy], None],
    ) -> None:
        self.queue: deque[Copy] = deque()
        self.is_dormant = True
        self._chip, self._params, self._agenda, self._record = chip, params, agenda, record
        self._is_stalled, self._write = is_stalled, write

    def join(self, copy: Copy) -> bool:
        """Queue `copy`, unless the queue is full; tells whether there was room."""
        if len(self.queue) >= self._params.reinject_queue:
            return False
        self.queue.append(copy)
        if self.is_dormant:
            self.is_dormant = False
            self._wait_for_tick()
        return True

    def reinject(self) -> None:
        """REINJECT: send the first of the queue, if the router can have it."""
        if self._is_stalled():
            self._wait_for_tick()
        elif not self.queue:
            self.is_dormant = True
        else:
            self._record.count(self._chip, RouterCounter.REINJECTED)
            self._write(self.queue.popleft())

    def go_on(self) -> None:
        """Prepare the next packet, since the router has taken the one before."""
        self._set(self._agenda.now_ps + self._params.reinject_packet_ps)

    def _wait_for_tick(self) -> None:
        tick = self._params.reinject_tick_ps
        self._set((self._agenda.now_ps // tick + 1) * tick)

    def _set(self, time_ps: int) -> None:
        self._agenda.at(time_ps, Kind.REINJECT, self._chip, self.reinject)


class DropRegister:
    """The dropped packet that a router keeps.

    Parameters
    ----------
    chip : int
    dump_interrupt_ps : int
        From a drop until the monitor has emptied the register.
    agenda : Agenda
    record : Record
    reinjector : Reinjector or None
        None: nobody empties the register.
    """

    def __init__(
        self,
        chip: int,
        dump_interrupt_ps: int,
        *,
        agenda: Agenda,
        record: Record,
        reinjector: Reinjector | None,
    ) -> None:
        self._chip, self._dump_interrupt_ps = chip, dump_interrupt_ps
        self._agenda, self._record, self._reinjector = agenda, record, reinjector
        self._kept: Copy | None = None
        self._has_missed = False
        self._blocked = 0  # sticky bits of register r10

    def drop(self, copy: Copy, outputs: int, blocked: int) -> None:
        """Take in `copy`, which wanted `outputs`, some of them `blocked`; or miss it."""
        is_kept = self._kept is None
        self._record.count(self._chip, RouterCounter.DROPPED_MULTICAST)
        self._blocked |= blocked
        if is_kept:
            self._fill(copy)
        else:
            self._has_missed = True
            self._record.count(self._chip, RouterCounter.DUMP_OVERFLOWS)
        fate = Fate.DROPPED
        if self._reinjector is not None:
            fate = Fate.HELD if is_kept else Fate.MISSED
        self._record.lose(self._chip, copy, fate, outputs)

    def in_flight(self) -> Iterator[Copy]:
        """Copies that the reinjector may still send again."""
        if self._reinjector is not None:
            yield from self._reinjector.queue
            if self._kept is not None:
                yield self._kept

    def _fill(self, copy: Copy) -> None:
        self._kept = copy
        if self._reinjector is not None:
            time_ps = self._agenda.now_ps + self._dump_interrupt_ps
            self._agenda.at(time_ps, Kind.DUMP, self._chip, self._dump)

    def _dump(self) -> None:
        """DUMP: the monitor empties the register."""
        assert self._kept is not None
        assert self._reinjector is not None
        copy, self._kept = self._kept, None
        self._record.count(self._chip, RouterCounter.RECEIVED_FOR_REINJECTION)
        self._record.count(self._chip, RouterCounter.MISSED_FOR_REINJECTION, self._has_missed)
        n_links = (self._blocked & LINK_BITS).bit_count()
        self._record.count(self._chip, RouterCounter.DUMPED_FROM_A_LINK, n_links)
        n_cores = (self._blocked >> N_LINKS).bit_count()
        self._record.count(self._chip, RouterCounter.DUMPED_FROM_A_PROCESSOR, n_cores)
        self._has_missed, self._blocked = False, 0
        if not self._reinjector.join(copy):
            self._record.count(self._chip, RouterCounter.REINJECTION_OVERFLOWS)
            self._record.lose(self._chip, copy, Fate.OVERFLOWED)
