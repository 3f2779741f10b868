"""The time of a core: interrupts, pieces of work, decisions ("A core's time" in `docs/cores.md`).

All cores share this; what they decide is told by the module of their role.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import partial

import numpy as np
from numpy.typing import NDArray

from chipemu.cores.params import CoreParams
from chipemu.counters import CoreCounter
from chipemu.parts.clock import Clock
from chipemu.parts.counts import Counts
from chipemu.parts.pieces import Mark, Piece
from router.parts.agenda import Agenda, Kind

__all__ = ["Core", "Packet"]


class Phase(IntEnum):
    """Order of what happens on one core at one time."""

    TRANSFER = 0
    OTHER = 1
    DECISION = 2


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet of a stream.

    Attributes
    ----------
    source, stage : int
        Its stream.
    step : int
        Step of the stream.
    """

    source: int
    stage: int
    step: int


class Core:
    """What all cores have: a step, counters, a spike buffer, and one thing to do at a time.

    Parameters
    ----------
    number : int
        ``18 * chip + processor``.
    clock : Clock
    params : CoreParams
    agenda : Agenda

    Attributes
    ----------
    decide : callable
        Begins the next piece, if something is to be done; to be set by the core's role.
    step : int
        The last tick handled, -1 before the first.
    counts : Counts
    buffer : deque of Packet
        The spike buffer, oldest first.
    last_end_ps : int
        When the last piece ended.
    """

    decide: Callable[[], None]

    def __init__(self, number: int, clock: Clock, params: CoreParams, agenda: Agenda) -> None:
        self.number, self.clock, self.params = number, clock, params
        self.step = -1
        self.counts = Counts()
        self.buffer: deque[Packet] = deque()
        self.last_end_ps = 0
        self._agenda = agenda
        self._packet_ps = params.costs.packet * params.cycle_ps
        self._piece: Piece | None = None
        self._pause: Callable[[int], None] | None = None
        self._interrupted_until_ps = 0

    @property
    def now_ps(self) -> int:
        """Time of what happens now."""
        return self._agenda.now_ps

    def at(self, time_ps: int, action: Callable[[], None]) -> None:
        """Let `action` happen on this core at `time_ps`, unless the run has ended by then."""
        self._schedule(time_ps, Phase.OTHER, action)

    def at_transfer_end(self, time_ps: int, action: Callable[[], None]) -> None:
        """Let `action` happen at `time_ps`, before all else on this core."""
        self._schedule(time_ps, Phase.TRANSFER, action)

    def wake_at(self, time_ps: int) -> None:
        """Let the core decide at `time_ps`, if it is free then, when all else has happened."""
        self._schedule(time_ps, Phase.DECISION, self._decide)

    def start_at(self, time_ps: int) -> None:
        """Let the core decide at `time_ps`, if it has nothing to do then."""
        self.at(max(time_ps, self.now_ps), lambda: None if self._piece else self.wake())

    def wake(self) -> None:
        """Let the core decide now, if it is free."""
        self.wake_at(self.now_ps)

    def _schedule(self, time_ps: int, phase: Phase, action: Callable[[], None]) -> None:
        if time_ps < self.clock.end_ps:
            self._agenda.at(time_ps, Kind.CORE, len(Phase) * self.number + phase, action)

    def _decide(self) -> None:
        if self.now_ps < self._interrupted_until_ps:
            return  # put off to the end of the interrupt
        if self._piece is not None:
            if self._pause is None:
                return  # put off to the end of the piece
            piece, self._piece = self._piece, None
            self._pause(piece.count_work(self.now_ps))
        self.decide()

    def take(self, packet: Packet) -> None:
        """RECEIVE: a packet interrupts the core."""
        now_ps = self.now_ps
        if now_ps >= self.clock.end_ps:
            return
        self.counts.add(CoreCounter.PACKETS)
        self.counts.add(CoreCounter.BUSY_PS, self._packet_ps)
        if self.has_ticked:
            self.counts.least(CoreCounter.EARLIEST_RECEIVE_PS, self.since_tick_ps)
            self.counts.most(CoreCounter.LATEST_RECEIVE_PS, self.since_tick_ps)
        if self._piece is not None:
            if self._pause is not None:
                self._piece.count_work(now_ps)
            self._piece.delay(now_ps, self._packet_ps)
        self._join(packet)
        self._interrupted_until_ps = now_ps + self._packet_ps
        self.wake_at(self._interrupted_until_ps)

    def _join(self, packet: Packet) -> None:
        if len(self.buffer) < self.params.spike_buffer - 1:
            self.buffer.append(packet)
            self.count_buffered()
        else:
            self.counts.add(CoreCounter.BUFFER_LOST)

    def count_buffered(self) -> None:
        """Count how long the buffer is."""
        self.counts.most(CoreCounter.MAX_BUFFERED, len(self.buffer))

    def begin(self, work_ps: int, at_end: Callable[[], None] = lambda: None) -> None:
        """Begin a piece, which counts at once; the core decides again when it has ended.

        Parameters
        ----------
        work_ps : int
        at_end : callable
            What happens when it ends, even if an interrupt begins at that time.
        """
        self.counts.add(CoreCounter.BUSY_PS, work_ps)
        self._begin([(work_ps, at_end)], counted_ps=work_ps)

    def begin_update(
        self, marks: Iterable[Mark], pause: Callable[[int], None] | None = None
    ) -> None:
        """Begin an update or the sending of packets, which counts as far as it has been done.

        Parameters
        ----------
        marks : iterable of Mark
            What happens in its course; the last one is its end.
        pause : callable, optional
            Given if whatever comes first may interrupt it; is then told the work done (ps).
        """
        self._begin(marks, pause)

    def _begin(
        self,
        marks: Iterable[Mark],
        pause: Callable[[int], None] | None = None,
        counted_ps: int = 0,
    ) -> None:
        count = partial(self.counts.add, CoreCounter.BUSY_PS)
        self._piece, self._pause = Piece(self.now_ps, marks, count, counted_ps), pause
        self._wait_for(self._piece)

    def _wait_for(self, piece: Piece) -> None:
        if piece.next_ps is not None:
            self.at(piece.next_ps, partial(self._advance, piece))

    def _advance(self, piece: Piece) -> None:
        if piece is not self._piece:
            return  # it was interrupted
        piece.advance(self.now_ps)
        if piece.next_ps is None:
            self._piece, self.last_end_ps = None, self.now_ps
            self.wake()
        self._wait_for(piece)

    def end_stretch(self, now_ps: int) -> NDArray[np.int64]:
        """The counters of the stretch that ends at `now_ps`, which begin anew."""
        if self._piece is None:
            return self.counts.store(max(0, self._interrupted_until_ps - now_ps))
        return self.counts.store(self._piece.ahead_ps(now_ps))

    def cycles_ps(self, n: int) -> int:
        """Time of `n` cycles."""
        return n * self.params.cycle_ps

    @property
    def since_tick_ps(self) -> int:
        """Time since the tick of the core's step."""
        return self.now_ps - self.clock.tick_ps(self.step)

    @property
    def next_tick_ps(self) -> int:
        """When the tick after that of the core's step is."""
        return self.clock.tick_ps(self.step + 1)

    @property
    def has_ticked(self) -> bool:
        """Whether the first tick has been handled; before, the core only takes packets."""
        return self.step >= 0

    def is_tick_due(self) -> bool:
        """Whether there is a tick to handle."""
        return self.now_ps >= self.next_tick_ps

    def begin_step(self) -> None:
        """Count a tick that is handled."""
        self.step += 1
        self.counts.begin_step()
        self.counts.add(CoreCounter.TICKS)

    def count_overrun(self) -> None:
        """Count the tick just handled, if it is handled late."""
        if self.since_tick_ps > 0:
            self.counts.add(CoreCounter.OVERRUNS)
            self.counts.most(CoreCounter.MAX_OVERRUN_PS, self.since_tick_ps)

    def count_left(self) -> None:
        """Count the packets in the buffer at a tick, and drop them if that is so chosen."""
        n = len(self.buffer)
        self.counts.add(CoreCounter.LEFT, n)
        self.counts.most(CoreCounter.MAX_LEFT, n)
        if self.params.drops_late:
            self.counts.add(CoreCounter.FLUSHED, n)
            self.buffer.clear()

    def end_step(self, step: int) -> None:
        """Count the slack of a step whose work is done now."""
        self.counts.add_slack(self.clock.tick_ps(step + 1) - self.now_ps)
