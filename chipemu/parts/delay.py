"""Delay cores: packets are sent again, later ("Delay cores" in `docs/cores.md`)."""

from collections import defaultdict, deque

from chipemu.counters import CoreCounter
from chipemu.parts.core import Core, Packet
from chipemu.parts.sending import Sender

__all__ = ["DelayCore"]


class DelayCore:
    """Stores packets, and sends each again at every stage.

    Parameters
    ----------
    core : Core
    sender : Sender
    stage_steps, spread_ps : int
    """

    def __init__(self, core: Core, sender: Sender, *, stage_steps: int, spread_ps: int) -> None:
        self._core, self._sender = core, sender
        self._stage_steps, self._spread_ps = stage_steps, spread_ps
        self._stored: defaultdict[int, list[Packet]] = defaultdict(list)
        self._due: deque[Packet] = deque()
        self._is_sending = False
        core.decide = self._decide

    @property
    def _earliest_ps(self) -> int:
        return self._core.clock.tick_ps(self._core.step) + self._spread_ps

    def _decide(self) -> None:
        core, costs = self._core, self._core.params.costs
        if core.is_tick_due() and not self._is_sending:
            self._handle_tick()
        elif self._is_sending and core.now_ps >= self._earliest_ps:
            core.begin_update([(core.cycles_ps(costs.send) * bool(self._due), self._send)])
        elif core.buffer and core.has_ticked:
            self._store(core.buffer.popleft())

    def _handle_tick(self) -> None:
        core = self._core
        core.begin_step()
        core.count_overrun()
        core.count_left()
        core.start_at(self._earliest_ps)
        core.begin(core.cycles_ps(core.params.costs.tick), self._find_due)

    def _find_due(self) -> None:
        due = self._stored.pop(self._core.step, [])
        self._due.extend(sorted(due, key=lambda packet: (packet.stage, packet.source)))
        self._is_sending = True

    def _send(self) -> None:
        """Send the next packet, if there is one."""
        if self._due:
            self._sender.send(self._due.popleft())
        if not self._due:
            self._is_sending = False
            self._core.end_step(self._core.step)

    def _store(self, packet: Packet) -> None:
        core = self._core
        core.counts.add(CoreCounter.PROCESSED)
        for stage in self._sender.stages_of(packet.source):
            again = Packet(packet.source, stage, core.step)
            self._stored[core.step + stage * self._stage_steps].append(again)
        core.begin(core.cycles_ps(core.params.costs.delayed))

    def unprocessed(self) -> int:
        """Packets in the buffer."""
        return len(self._core.buffer)
