"""Links between chips, and the serial lanes that links between boards share."""

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from router.events import TraceKind
from router.geometry import N_LINKS, opposite
from router.params import FabricParams
from router.parts.agenda import Agenda, Kind
from router.parts.ports import Center
from router.parts.record import Copy, Record

__all__ = ["Lane", "Link"]


class Lane:
    """A serial lane, which eight links between two boards share in one direction."""

    def __init__(self, params: FabricParams, agenda: Agenda) -> None:
        self._agenda = agenda
        self._packet_ps = params.lane_packet_ps, params.lane_payload_packet_ps
        self._latency_ps = params.board_latency_ps + params.pipeline_ps
        self._end_ps = 0

    def carry(self, copy: Copy, link: "Link") -> None:
        """LANE: a copy that came by `link` is sent when those before it are."""
        begin_ps = max(self._agenda.now_ps, self._end_ps)
        self._end_ps = begin_ps + self._packet_ps[copy.has_payload]
        link.arrive_at(self._end_ps + self._latency_ps)


class Link:
    """A link in one direction: the buffer it sends from, and the input it leads to.

    Parameters
    ----------
    number : int
        ``6 * chip + link`` at the sending end.
    ends : tuple of Center
        The router that sends, and the one that receives.
    lane : Lane or None
        Lane to the next board; None: the link stays on its board.
    params : FabricParams
    agenda : Agenda
    record : Record
    """

    def __init__(
        self,
        number: int,
        ends: tuple[Center, Center],
        lane: Lane | None,
        *,
        params: FabricParams,
        agenda: Agenda,
        record: Record,
    ) -> None:
        self.port = opposite(number % N_LINKS)
        self.place = 0
        self._number, self._lane, self._agenda, self._record = number, lane, agenda, record
        self._source, self._target = ends
        self._packet_ps = params.link_packet_ps, params.link_payload_packet_ps
        if lane is not None:
            self._packet_ps = params.board_link_packet_ps, params.board_link_payload_packet_ps
        self._latency_ps = params.link_latency_ps + params.pipeline_ps
        self._most_waiting = params.output_packets
        self._most_ahead = params.input_packets if lane is None else params.board_input_packets
        self._buffer: deque[Copy] = deque()
        self._ahead: deque[Copy] = deque()  # under way or in the input
        self._n_arrived = 0
        self._idle_from_ps = 0

    @property
    def has_room(self) -> bool:
        """Whether the buffer can take a copy."""
        return len(self._buffer) < self._most_waiting

    @property
    def is_idle(self) -> bool:
        """Whether no packet is being sent; true at the very time at which one is finished."""
        return self._agenda.now_ps >= self._idle_from_ps

    @property
    def is_input_full(self) -> bool:
        """Whether the input that the link leads to has no room."""
        return len(self._ahead) >= self._most_ahead

    def put(self, copy: Copy) -> None:
        """Put a copy into the buffer."""
        self._buffer.append(copy)
        self.begin()

    def begin(self) -> None:
        """LINK, and whenever it may be: begin to send a packet, if there is one and room for it."""
        if not self._buffer or not self.is_idle or self.is_input_full:
            return
        copy, now_ps = self._buffer.popleft(), self._agenda.now_ps
        self._ahead.append(copy)
        self._idle_from_ps = end_ps = now_ps + self._packet_ps[copy.has_payload]
        self._record.count_link(self._number, copy)
        self._record.trace(TraceKind.LINK, self._number, copy, now_ps, end_ps)
        self._agenda.at(end_ps, Kind.LINK, self._number, self.begin)
        if self._lane is None:
            self.arrive_at(end_ps + self._latency_ps)
        else:
            carry = partial(self._lane.carry, copy, self)
            self._agenda.at(end_ps, Kind.LANE, self._number, carry)
        self._source.wake()

    def arrive_at(self, time_ps: int) -> None:
        """Let the next copy under way reach the input at `time_ps`."""
        number = N_LINKS * self._target.chip + self.port
        self._agenda.at(time_ps, Kind.ARRIVE, number, self._arrive)

    def _arrive(self) -> None:
        """ARRIVE."""
        self._n_arrived += 1
        self._target.arrive(self)

    @property
    def is_waiting(self) -> bool:
        """Whether a packet waits in the input."""
        return self._n_arrived > 0

    def take(self) -> Copy:
        """Take the first packet of the input."""
        self._n_arrived -= 1
        copy = self._ahead.popleft()
        self.begin()
        return replace(copy, came_by=self.port)

    def in_flight(self) -> Iterator[Copy]:
        """Copies in the buffer, under way and in the input."""
        yield from self._buffer
        yield from self._ahead
