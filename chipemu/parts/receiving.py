"""Packets looked up, rows fetched and processed ("Receiving" in `docs/cores.md`).

Combined and synapse cores share this; when each thing is done they tell themselves.
"""

from collections import deque

from chipemu.counters import CoreCounter
from chipemu.parts.core import Core, Packet
from chipemu.parts.network import Slots
from chipemu.parts.rows import Row, Rows
from chipemu.parts.sdram import DmaEngine

__all__ = ["Receiver"]


class Receiver:
    """The way of packets from the spike buffer to the ring buffers of one core.

    Parameters
    ----------
    core : Core
    dma : DmaEngine
    rows : Rows
    slice_ : int
        That the core serves.
    slots : Slots
    stage_steps : int
    """

    def __init__(
        self,
        core: Core,
        dma: DmaEngine,
        *,
        rows: Rows,
        slice_: int,
        slots: Slots,
        stage_steps: int,
    ) -> None:
        self._core, self._dma, self._rows, self._slice = core, dma, rows, slice_
        self._slots, self._stage_steps = slots, stage_steps
        self._held: deque[Packet] = deque()
        self._fetched: Packet | None = None

    def can_look_up(self) -> bool:
        """Whether rule 3 applies."""
        is_free = self._fetched is None and len(self._held) <= 1
        return is_free and bool(self._core.buffer) and self._core.has_ticked

    def look_up(self) -> None:
        """Look up the oldest packet of the buffer."""
        core = self._core
        packet = core.buffer.popleft()
        core.counts.add(CoreCounter.PROCESSED)
        if self._is_filtered(self._row(packet)):
            core.counts.add(CoreCounter.FILTERED)
            core.begin(core.cycles_ps(core.params.costs.lookup))
        else:
            self._fetched = packet
            costs = core.params.costs
            work_ps = core.cycles_ps(costs.lookup + costs.fetch)
            core.begin(work_ps, lambda: self._fetch(packet))

    def _row(self, packet: Packet) -> Row:
        return self._rows.of(packet.stage, packet.source, self._slice)

    def _is_filtered(self, row: Row) -> bool:
        return row.n_parts == 0 or (row.n_synapses == 0 and self._core.params.filters_empty_rows)

    def _fetch(self, packet: Packet) -> None:
        self._dma.ask(self._row(packet).n_bytes, self._hold)

    def _hold(self) -> None:
        assert self._fetched is not None
        self._core.counts.add(CoreCounter.DMAS)
        self._held.append(self._fetched)
        self._fetched = None

    def can_process(self) -> bool:
        """Whether rule 4 applies."""
        return bool(self._held)

    def process(self) -> None:
        """Process the oldest row."""
        core, costs = self._core, self._core.params.costs
        packet = self._held.popleft()
        row = self._row(packet)
        self._count_lateness(packet)
        self._add_synapses(packet, row)
        core.counts.add(CoreCounter.EVENTS, row.n_synapses)
        core.begin(core.cycles_ps(costs.row * row.n_parts + costs.synapse * row.n_synapses))

    def _count_lateness(self, packet: Packet) -> None:
        lateness = self._core.step - (packet.step + packet.stage * self._stage_steps)
        self._core.counts.add(CoreCounter.LATE, lateness > 0)
        self._core.counts.most(CoreCounter.MAX_LATE, lateness)

    def _add_synapses(self, packet: Packet, row: Row) -> None:
        core = self._core
        has_colours = core.params.has_colours
        first = packet.step if has_colours else core.step - packet.stage * self._stage_steps
        for synapse in row.synapses:
            due = first + synapse.delay
            if due > core.step:
                self._slots.add(due, synapse.channel, synapse.target, synapse.weight)
            else:
                core.counts.add(CoreCounter.SKIPPED)

    def give_up(self) -> None:
        """Put the packets of all rows held and being fetched back, and forget the fetch."""
        given_up = [*self._held, *([] if self._fetched is None else [self._fetched])]
        self._core.buffer.extendleft(reversed(given_up))
        if given_up:
            self._core.count_buffered()
        self._held.clear()
        self._fetched = None
        self._dma.forget()

    def unprocessed(self) -> int:
        """Packets in the buffer, or whose rows are held, being fetched or looked up."""
        return len(self._core.buffer) + len(self._held) + (self._fetched is not None)
