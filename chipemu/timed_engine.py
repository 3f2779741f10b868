"""The engine for whole machines with full timing: `docs/cores.md`, compiled.

A step is done in this order: what cores send travels through the compiled fabric, with the cores
that send brought forward as far as it takes (`chipemu.timed.kernels.exchange`), while a second
thread adds up the input that is known by then; then all chips are brought to the tick, in parallel;
then the rows that they have processed become input of neurons, and these are updated. The spikes
found so are sent when their cores get to it.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from chipemu.checks import check_cores
from chipemu.counters import CoreCounter
from chipemu.deployment import Deployment
from chipemu.errors import EngineError
from chipemu.image import MachineImage
from chipemu.kernels import inject
from chipemu.loading import initial_state, load, load_injected, most_spikes_per_step, source_arrays
from chipemu.recording import Recording, Sampling, new_recorder
from chipemu.roles import COMBINED, NEURON, POISSON, SOURCE, SYNAPSE
from chipemu.timed import layout
from chipemu.timed.chips.kernels import count_work, judge_all
from chipemu.timed.delivery.kernels import deliver_late
from chipemu.timed.kernels import advance_all, exchange, exchange_and_deliver
from chipemu.timed.neurons.kernels import collect, update_spans
from chipemu.timed.rows.kernels import STEP_BITS, STEP_MASK, settle_late, settle_log
from chipemu.timed.state import (
    N_COUNTERS,
    Chip,
    Core,
    Link,
    Number,
    Packet,
    Piece,
    Record,
    Rule,
    Status,
)
from chipemu.timed_recording import Stretch, TimedRecording
from fixedpoint.jit import set_threads
from router.books import Books, check_books
from router.compiled.driven import DrivenFabric
from router.counters import CoreCounter as PortCounter
from router.counters import FabricCounters
from router.events import Fate

__all__ = ["run"]

Longs = NDArray[np.int64]
T = TypeVar("T", bound=np.generic)
ROOM = 1 << 18
"""Deliveries between two ticks that there is room for at first."""
PACKETS_AT_ONCE = 1 << 12
"""Packets that the kernel can send before it returns to have more room made."""


def run(
    image: MachineImage,
    deployment: Deployment,
    n_steps: int,
    *,
    sampling: Sampling | None = None,
    n_threads: int = 1,
    advance: Callable[[int], None] = lambda _: None,
    boundaries: Sequence[int] = (),
) -> TimedRecording:
    """Run all cores for `n_steps`, every packet and every deadline included.

    Parameters
    ----------
    image : MachineImage
    deployment : Deployment
    n_steps : int
    sampling : Sampling, optional
        Neurons whose V and currents are recorded; none by default.
    n_threads : int
        Threads; the result does not depend on it.
    advance : callable
        Told the number of steps done.
    boundaries : sequence of int
        Steps at which a new `Stretch` of counters begins, rising, from 1 to ``n_steps - 1``.

    Returns
    -------
    TimedRecording

    Raises
    ------
    ImageError
        If image and deployment contradict each other, or the clocks of the chips drift apart by a
        step.
    BooksError
        If a copy of a packet is not accounted for: the emulator is at fault.
    """
    set_threads(n_threads)
    machine = _Machine(image, deployment, n_steps, sampling)
    for step in range(n_steps):
        machine.do_step(step, step in boundaries)
        advance(1)
    return machine.finish()


class _Machine:
    """All cores and the fabric, between the steps."""

    def __init__(
        self, image: MachineImage, deployment: Deployment, n_steps: int, sampling: Sampling | None
    ) -> None:
        check_cores(image, deployment)
        deployment.check_clock(n_steps)
        self.image, self.deployment, self.n_steps = image, deployment, n_steps
        self.fabric = DrivenFabric(
            deployment.topology,
            deployment.tables,
            deployment.fabric,
            receive_ps=layout.receive_times(image, deployment),
        )
        self.loaded, self.injected = load(image), load_injected(image)
        self.sources = source_arrays(image)
        self.state = initial_state(image)
        recorded = sampling or Sampling(np.zeros(0, np.int64))
        self.recorder = new_recorder(
            recorded, n_steps, self.loaded.run_start, n_more=len(self.state.more)
        )
        self.saturated = np.zeros(image.n_neurons, np.int64)
        self.seed = np.array([image.seed & 0xFFFFFFFF, image.seed >> 32], dtype=np.int64)
        self.most_spikes = most_spikes_per_step(image)
        self.machine, self.order = layout.lay_out_machine(
            image,
            deployment,
            n_steps,
            key_class=_key_classes(self.fabric, deployment.key),
            n_inbox=self.fabric.most_records + ROOM,
            n_spikes=2 * self.most_spikes,
        )
        self.rows = layout.lay_out_rows(image, deployment)
        n_chips = deployment.topology.n_chips
        self.heap = np.zeros((2, n_chips), np.int64)
        self.fates = np.zeros(len(Fate), np.int64)
        self.first_record = self.n_spikes = 0
        self.events = layout.first_events(self.sources, n_steps)
        self.stretches: list[Stretch] = []
        self.stretch_start = self.stretch_begin_ps = 0
        self.before = self._fabric_counters()
        self.fates_before = self.fates.copy()
        self._group_cores()

    def _group_cores(self) -> None:
        """What each group of chips updates, sends and writes."""
        role = self.machine.cores[:, Core.ROLE]
        group = self.machine.cores[:, Core.GROUP]
        part = self.machine.cores[:, Core.SLICE]
        buffer = self.image.cores.buffer[self.order]
        is_holder = (part >= 0) & np.isin(role, (COMBINED, NEURON))
        gives = np.isin(role, (SYNAPSE, POISSON))
        self.owner = np.zeros(self.image.n_neurons, np.int32)
        for v in np.flatnonzero(is_holder).tolist():
            lo, hi = self.deployment.slice_lo[part[v]], self.deployment.slice_lo[part[v] + 1]
            self.owner[lo:hi] = v
        numbers = range(int(self.machine.rules[Rule.N_GROUPS]))
        self.spans = [self._spans(np.sort(part[is_holder & (group == g)])) for g in numbers]
        self.senders = [self._by_lo((role == SOURCE) & (group == g)) for g in numbers]
        self.givers = [np.flatnonzero(gives & (group == g)).astype(np.int32) for g in numbers]
        self.buffers = [buffer[v].astype(np.int32) for v in self.givers]
        chip_group = layout.groups_of_chips(self.deployment)
        self.chip_of_group = [int(np.flatnonzero(chip_group == g)[0]) for g in numbers]

    def _spans(self, parts: Longs) -> Longs:
        """Neurons of slices, ascending, as ranges that are cut where blocks begin."""
        slice_lo, block_lo = self.deployment.slice_lo, self.loaded.block_lo
        spans: list[tuple[int, int]] = []
        for lo, hi in zip(slice_lo[parts].tolist(), slice_lo[parts + 1].tolist(), strict=True):
            inside = block_lo[(block_lo > lo) & (block_lo < hi)].tolist()
            for first, stop in pairwise((lo, *inside, hi)):
                goes_on = spans and spans[-1][1] == first and first not in block_lo
                spans.append((spans.pop()[0] if goes_on else first, stop))
        return np.array(spans, np.int64).reshape(-1, 2)

    def _by_lo(self, chosen: NDArray[np.bool_]) -> NDArray[np.int32]:
        found = np.flatnonzero(chosen)
        return found[np.argsort(self.machine.cores[found, Core.LO])].astype(np.int32)

    def do_step(self, step: int, is_boundary: bool) -> None:
        """Bring every chip to its tick `step`, and update its neurons there."""
        ticks = self.deployment.tick_ps(step)[self.chip_of_group]
        for place, g in enumerate(np.argsort(ticks, kind="stable").tolist()):
            if place == 0:
                self._forget(step)
                inject(step, self.injected, self.loaded.i_offset, None, self.state)
            n_known = int(self.rows.numbers[0])
            self._go_to(int(ticks[g]), step if place == 0 else None)
            self._settle()
            if place == 0 and is_boundary:
                self._end_stretch(step, int(ticks[g]))
            deliver_late(
                n_known, step, self.deployment.stage_steps, self.rows, self.loaded, self.state
            )
            if step > 0:
                judge_all(
                    self.machine.cores, self.machine.chips, self.machine.rules, self.givers[g],
                    self.buffers[g], step, self.state.rings,
                )  # fmt: skip
            update_spans(
                self.spans[g], step, self.loaded, self.state, self.recorder,
                self.saturated, int(self.image.arithmetic), self.seed,
            )  # fmt: skip
            self._collect(step, g)

    def _collect(self, step: int, group: int) -> None:
        """Hand the spikes of a group of chips to the cores that send them."""
        segment = step * int(self.machine.rules[Rule.N_GROUPS]) + group
        spikes = self.machine.spikes
        n_spikes = self.n_spikes
        if spikes.size - n_spikes < self.most_spikes:
            spikes = _with_room(spikes, n_spikes, self.most_spikes)
            self.machine = self.machine._replace(spikes=spikes)
        self.n_spikes = collect(
            self.spans[group], self.senders[group], step, int(self.events[step]), n_spikes,
            self.machine.cores, self.machine.chips, self.sources, self.state, spikes, self.owner,
            self.seed,
        )  # fmt: skip
        self.machine.spans[segment] = n_spikes, self.n_spikes

    def _go_to(self, until_ps: int, step: int | None = None) -> None:
        """Bring fabric and chips to `until_ps`; deliver what is known to be due in `step`."""
        status = self._exchange(until_ps, step)
        while status == Status.FULL:
            self._make_room()
            self._advance(int(self.machine.numbers[Number.NOW]))  # what can be sent depends on it
            status = self._exchange(until_ps)
        self._make_room()
        self._advance(until_ps)
        if self.machine.numbers[Number.IS_WRONG]:
            msg = "a core sent a packet before its lower bound; this is a fault of the emulator"
            raise EngineError(msg)
        self.machine.numbers[Number.N_INBOX] = 0

    def _advance(self, until_ps: int) -> None:
        """Bring all chips to `until_ps`, to which their packets are known."""
        self.machine.numbers[Number.IS_FULL] = 1
        while self.machine.numbers[Number.IS_FULL]:
            self.machine.numbers[Number.IS_FULL] = 0
            advance_all(self.machine, until_ps)
            if self.machine.numbers[Number.IS_FULL]:
                self._settle()

    def _exchange(self, until_ps: int, step: int | None = None) -> Status:
        lent = self.fabric.lend(PACKETS_AT_ONCE)
        self._hold_packets(lent.n_packets + PACKETS_AT_ONCE)
        numbers, status = self.machine.numbers, np.zeros(1, np.int64)
        numbers[Number.N_SENDS], numbers[Number.N_PACKETS] = lent.n_sends, lent.n_packets
        if step is None:
            status[0] = exchange(
                lent.memory, lent.packets, self.machine, self.fates, self.heap[0], self.heap[1],
                until_ps,
            )  # fmt: skip
        else:
            exchange_and_deliver(
                lent.memory, lent.packets, self.machine, self.fates, self.heap, until_ps, status,
                self.first_record, step, self.deployment.stage_steps, self.rows, self.loaded,
                self.sources, self.state, self.seed,
            )  # fmt: skip
        self.fabric.take_back(
            int(numbers[Number.N_SENDS]), int(numbers[Number.N_PACKETS]), int(numbers[Number.NOW])
        )
        return Status(int(status[0]))

    def _make_room(self) -> None:
        """Room in whatever is full: logs, or inboxes."""
        if self.machine.numbers[Number.IS_FULL]:
            self.machine.numbers[Number.IS_FULL] = 0
            self._settle()
        n = int(self.machine.numbers[Number.N_INBOX])
        if n + self.fabric.most_records > len(self.machine.inbox):
            inbox = _with_room(self.machine.inbox, n, self.fabric.most_records)
            self.machine = self.machine._replace(inbox=inbox)

    def _hold_packets(self, n: int) -> None:
        """Room for the facts of `n` packets."""
        have = len(self.machine.packets)
        if n > have:
            packets = _with_room(self.machine.packets, have, n - have)
            self.machine = self.machine._replace(packets=packets)

    def _settle(self) -> None:
        """Turn the logs into records."""
        n_entries = int(self.machine.chips[:, Chip.N_LOGGED].sum())
        if n_entries:
            self._hold_records(n_entries)
            n_late = settle_log(self.machine, self.rows, self.loaded.source_rows)
            if n_late:
                late = self.rows.order[:n_late]
                packet, place = self.machine.log[late >> STEP_BITS, late & STEP_MASK].T
                order = np.lexsort((place & STEP_MASK, packet))
                settle_late(late[order], self.machine, self.rows, self.loaded)
            self.machine.chips[:, Chip.N_LOGGED] = 0

    def _hold_records(self, n_new: int) -> None:
        rows = self.rows
        n_records, n_parts = rows.numbers.tolist()
        if n_records + n_new > len(rows.records):
            rows = rows._replace(records=_with_room(rows.records, n_records, n_new))
        if n_parts + n_new > len(rows.parts):
            rows = rows._replace(parts=_with_room(rows.parts, n_parts, n_new))
        if n_new > rows.order.size:
            links = np.zeros((2 * n_new, Link.N_COLUMNS), np.int64)
            rows = rows._replace(order=np.zeros(2 * n_new, np.int64), links=links)
        self.rows = rows

    def _forget(self, step: int) -> None:
        """Skip the records that nothing is due of any more, and drop them once they are many."""
        rows, (n_records, n_parts) = self.rows, self.rows.numbers.tolist()
        longest = min(self.deployment.stage_steps, self.image.matrix.n_delays)
        steps = rows.records[self.first_record : n_records, Record.STEP]
        self.first_record += int(np.searchsorted(steps, step - longest - 1))
        if 2 * self.first_record <= len(rows.records):
            return
        kept = rows.records[self.first_record : n_records].copy()
        first_part = int(kept[:, Record.FIRST].min(initial=n_parts))
        kept[:, (Record.FIRST, Record.STOP)] -= first_part
        rows.records[: len(kept)] = kept
        rows.parts[: n_parts - first_part] = rows.parts[first_part:n_parts].copy()
        rows.numbers[:] = len(kept), n_parts - first_part
        self.first_record = 0

    def _end_stretch(self, step: int, now_ps: int) -> None:
        begin_ps, ends_ps = self.stretch_begin_ps, self.deployment.tick_ps(self.n_steps)
        after = self._fabric_counters()
        self.stretches.append(
            Stretch(
                first_step=self.stretch_start,
                stop_step=step,
                cores=self._cut_counts(now_ps),
                fabric=_difference(after, self.before),
                fates=self.fates - self.fates_before,
                begin_ps=begin_ps,
                end_ps=now_ps,
                wall_ps=np.minimum(now_ps, ends_ps)[self.image.cores.chip] - begin_ps,
            )
        )
        self.before, self.fates_before = after, self.fates.copy()
        self.stretch_start, self.stretch_begin_ps = step, now_ps

    def _fabric_counters(self) -> FabricCounters:
        counters = self.fabric.counters()
        core = counters.core.copy()
        core[:, PortCounter.RECEIVED] += self.machine.received
        return FabricCounters(counters.router, core, counters.link)

    def _cut_counts(self, now_ps: int) -> Longs:
        """The counters of all cores up to `now_ps`, which begin anew."""
        ahead = np.zeros(len(self.order), np.int64)
        count_work(self.machine.cores, self.machine.chips, now_ps, ahead)
        counted = self.machine.cores[:, Core.COUNTS : Core.COUNTS + N_COUNTERS]
        counted[:, CoreCounter.BUSY_PS] -= ahead
        counts = np.zeros_like(counted)
        counts[self.order] = counted
        counted[:] = layout.fresh_counts(len(counts))
        counted[:, CoreCounter.BUSY_PS] = ahead
        return counts

    def finish(self) -> TimedRecording:
        """Run to the end, and tell what has been recorded."""
        end_ps = int(self.machine.chips[:, Chip.END].max())
        self._go_to(end_ps)
        self._settle()
        self._end_stretch(self.n_steps, end_ps)
        in_flight = self.fabric.in_flight()
        n_packets = int(self.machine.numbers[Number.N_PACKETS])
        check_books(
            Books(
                copies=self.fabric.copies(),
                delivered=self.machine.packets[:n_packets, Packet.DELIVERED],
                lost=self.machine.packets[:n_packets, Packet.LOST],
                in_flight=np.bincount(in_flight, minlength=n_packets),
                blocked=np.zeros(n_packets, np.int64),
            )
        )
        return TimedRecording(
            recording=self._recording(),
            stretches=tuple(self.stretches),
            n_packets=n_packets,
            in_flight=in_flight,
            unprocessed=self._unprocessed(),
        )

    def _unprocessed(self) -> int:
        state = self.machine.cores
        takes = state[:, Core.BUFFER] >= 0
        under_way = sum(
            np.count_nonzero(state[takes, column] >= 0) for column in (Core.FETCHING, Core.HELD)
        )
        looked_up = np.count_nonzero(
            takes & (state[:, Core.PIECE] == Piece.LOOKUP) & (state[:, Core.LOOKED_UP] >= 0)
        )
        return int(state[takes, Core.N_BUFFERED].sum()) + int(under_way) + int(looked_up)

    def _recording(self) -> Recording:
        n_groups = int(self.machine.rules[Rule.N_GROUPS])
        counts = np.diff(self.machine.spans, axis=1).reshape(-1, n_groups).sum(axis=1)
        start = np.concatenate(([0], np.cumsum(counts)))
        spikes = self.machine.spikes[: self.n_spikes].copy()
        if n_groups > 1:
            steps = np.repeat(np.arange(self.n_steps), np.diff(start))
            spikes = spikes[np.lexsort((spikes, steps))]
        recorder = self.recorder
        sample_steps = np.arange(recorder.first_step[0], self.n_steps, recorder.interval[0])
        return Recording(
            spike_source=spikes,
            spike_start=start,
            neurons=recorder.neuron,
            sample_steps=sample_steps[: recorder.v.shape[0]],
            v_raw=recorder.v,
            i_exc_raw=recorder.i_exc,
            i_inh_raw=recorder.i_inh,
            more_raw=recorder.more,
            saturated=self.saturated,
            direct_emitted=self.state.emitted.sum(axis=0),
        )


def _key_classes(fabric: DrivenFabric, key: Longs) -> Longs:
    """Class of the key of each stream, -1 without key."""
    has_key = key >= 0
    classes = np.full(key.shape, -1, np.int64)
    classes[has_key] = fabric.classes(key[has_key].astype(np.uint32))
    return classes


def _with_room(array: NDArray[T], n: int, n_new: int) -> NDArray[T]:
    """The first `n` rows of `array`, with room for `n_new` more and then some."""
    grown = np.zeros((2 * (n + n_new), *array.shape[1:]), array.dtype)
    grown[:n] = array[:n]
    return grown


def _difference(after: FabricCounters, before: FabricCounters) -> FabricCounters:
    return FabricCounters(
        after.router - before.router, after.core - before.core, after.link - before.link
    )
