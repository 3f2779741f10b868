"""Cores as the fabric sees them: a transmit and a receive register (datasheet v2.02, 8.6)."""

from collections import deque
from collections.abc import Callable, Iterator

from router.counters import CoreCounter
from router.events import TraceKind
from router.interface import NEVER
from router.packets import CORES_PER_CHIP, SendPolicy
from router.params import FabricParams
from router.parts.agenda import Agenda, Kind
from router.parts.ports import CORE_PORT, Center
from router.parts.record import Copy, Record
from router.table import FIRST_CORE_BIT

__all__ = ["Core"]


class Core:
    """The registers of one core.

    Parameters
    ----------
    number : int
    router : Center
    receive_ps : int
        Time that it takes for a received packet; `NEVER`: it takes none.
    policy : SendPolicy
    params : FabricParams
    agenda : Agenda
    record : Record

    Attributes
    ----------
    after_taking : callable
        What follows when the router has taken the packet of the transmit register.
    after_receiving : callable
        What follows when the core has taken a copy from its receive register.
    """

    def __init__(
        self,
        number: int,
        router: Center,
        *,
        receive_ps: int,
        policy: SendPolicy,
        params: FabricParams,
        agenda: Agenda,
        record: Record,
    ) -> None:
        self.port = CORE_PORT
        self.place = number % CORES_PER_CHIP
        self.is_waiting = False
        self.after_taking: Callable[[], None] = self._send_from_backlog
        self.after_receiving: Callable[[Copy], None] = lambda _: None
        self._number, self._router, self._receive_ps = number, router, receive_ps
        self._policy, self._agenda, self._record = policy, agenda, record
        self._packet_ps = params.core_link_packet_ps, params.core_link_payload_packet_ps
        self._pipeline_ps = params.pipeline_ps
        self._transmit: tuple[Copy, int] | None = None  # and since when
        self._backlog: deque[tuple[Copy, int]] = deque()  # and since when
        self._receive: tuple[Copy, int] | None = None  # and since when
        self._ready_ps = 0

    def send(self, copy: Copy) -> None:
        """SEND: write the transmit register if it is empty."""
        if self._transmit is None:
            self._send(copy, self._agenda.now_ps)
        elif self._policy is SendPolicy.WAIT:
            self._backlog.append((copy, self._agenda.now_ps))
        else:
            self._record.count_core(self._number, CoreCounter.BLOCKED)
            self._record.block(self._router.chip, copy)

    def _send(self, copy: Copy, meant_ps: int) -> None:
        self._record.count_core(self._number, CoreCounter.SENT)
        self._record.count_core(self._number, CoreCounter.WAITED_PS, self._agenda.now_ps - meant_ps)
        self._record.send(copy)
        self.write(copy)

    def write(self, copy: Copy) -> None:
        """Write the transmit register."""
        now_ps = self._agenda.now_ps
        self._transmit = copy, now_ps
        submit_ps = now_ps + self._packet_ps[copy.has_payload] + self._pipeline_ps
        self._agenda.at(submit_ps, Kind.SUBMIT, self._number, self._submit)

    def _submit(self) -> None:
        """SUBMIT."""
        self.is_waiting = True
        self._router.arrive(self)

    def take(self) -> Copy:
        """Take the packet of the transmit register."""
        assert self._transmit is not None
        copy, since_ps = self._transmit
        now_ps = self._agenda.now_ps
        self._transmit, self.is_waiting = None, False
        self._record.trace(TraceKind.SEND, self._number, copy, since_ps, now_ps)
        self.after_taking()
        return copy

    def _send_from_backlog(self) -> None:
        if self._backlog:
            self._send(*self._backlog.popleft())

    @property
    def has_room(self) -> bool:
        """Whether the receive register is empty."""
        return self._receive is None

    def put(self, copy: Copy) -> None:
        """Put a copy into the receive register."""
        now_ps = self._agenda.now_ps
        self._receive = copy, now_ps
        if self._receive_ps != NEVER:
            time_ps = max(now_ps + self._packet_ps[copy.has_payload], self._ready_ps)
            self._agenda.at(time_ps, Kind.RECEIVE, self._number, self._take_received)

    def _take_received(self) -> None:
        """RECEIVE: take the packet of the receive register."""
        assert self._receive is not None
        copy, since_ps = self._receive
        now_ps = self._agenda.now_ps
        self._receive, self._ready_ps = None, now_ps + self._receive_ps
        self._record.count_core(self._number, CoreCounter.RECEIVED)
        self._record.deliver(self._number, copy)
        self._record.trace(TraceKind.RECEIVE, self._number, copy, since_ps, now_ps)
        self._router.wake_for(FIRST_CORE_BIT + self.place)
        self.after_receiving(copy)

    def in_flight(self) -> Iterator[Copy]:
        """Copies in the registers."""
        yield from (held[0] for held in (self._transmit, self._receive) if held is not None)
