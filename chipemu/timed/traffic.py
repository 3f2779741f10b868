"""Fabric and cores together, brought from time to time, and what the cores leave for neurons.

Kernels return when an array is full; it is made larger here, and they are called again. What is no
longer needed is dropped here: records that nothing is due of any more, and packets that are
nowhere under way.
"""

from copy import copy

import numpy as np
from numpy.typing import NDArray

from chipemu.deployment import Deployment
from chipemu.errors import EngineError
from chipemu.image import MachineImage
from chipemu.state import State
from chipemu.timed import layout
from chipemu.timed.contents import Contents
from chipemu.timed.kernels import advance_all, exchange, exchange_and_deliver
from chipemu.timed.packets import Numbering, balance, drop_packets
from chipemu.timed.room import with_room
from chipemu.timed.rows.kernels import STEP_BITS, STEP_MASK, settle_late, settle_log
from chipemu.timed.state import Chip, Core, Head, Link, Machine, Number, Record, Rows, Status
from router.compiled.driven import DrivenFabric
from router.events import Fate

__all__ = ["Traffic"]

Longs = NDArray[np.int64]
ROOM = 1 << 18
"""Deliveries between two ticks that there is room for at first."""
PACKETS_AT_ONCE = 1 << 12
"""Packets that the kernel can send before it returns to have more room made."""
PACKETS_TO_DROP = 1 << 16
"""Rows of packets there are, besides twice those kept, before the others are dropped."""


class Traffic:
    """All packets, and all cores that send and take them, between two times.

    Parameters
    ----------
    image : MachineImage
    deployment : Deployment
    contents : Contents
        Of the image.
    state : State
        Of the neurons, to which input is delivered.

    Attributes
    ----------
    contents : Contents
        May be exchanged for others of the same cores and rows.
    state : State
        Likewise.
    fabric : DrivenFabric
    machine : Machine
    order : ndarray of int64, shape (n_cores,)
        Core of the image that each row of the machine is.
    rows : Rows
    fates : ndarray of int64
        Copies of packets that were lost, by what became of them: `router.events.Fate`.
    first_record : int
        First of the records of `rows` of which something may be due.
    """

    def __init__(
        self, image: MachineImage, deployment: Deployment, contents: Contents, state: State
    ) -> None:
        self.contents, self.state = contents, state
        self.fabric = DrivenFabric(
            deployment.topology,
            deployment.tables,
            deployment.fabric,
            receive_ps=layout.receive_times(image, deployment),
        )
        self.machine, self.order = layout.lay_out_machine(
            image,
            deployment,
            key_class=_key_classes(self.fabric, deployment.key),
            n_inbox=self.fabric.most_records + ROOM,
        )
        self.rows = layout.lay_out_rows(image, deployment)
        self.fates = np.zeros(len(Fate), np.int64)
        self.first_record = 0
        self._stage_steps = deployment.stage_steps
        self._longest = min(deployment.stage_steps, image.matrix.n_delays)
        self._heap = np.zeros((2, deployment.topology.n_chips), np.int64)
        self._numbering = Numbering(np.zeros(0, np.int64), 0)

    @property
    def n_packets(self) -> int:
        """Packets that cores have sent."""
        return self._numbering.n_packets(self.fabric.n_packets)

    def in_flight(self) -> Longs:
        """Packet of each copy that is under way, in rising order.

        Raises
        ------
        BooksError
            If a copy of a packet is neither delivered nor lost nor under way.
        """
        balance(self.machine, self.fabric)
        return self._numbering.of(self.fabric.in_flight())

    def copy(self) -> "Traffic":
        """The same traffic, which goes on by itself; neurons and contents are shared."""
        twin = copy(self)
        twin.fabric = self.fabric.copy()
        twin.machine = Machine._make(_own(array) for array in self.machine)
        twin.rows = Rows._make(_own(array) for array in self.rows)
        twin.fates = self.fates.copy()
        return twin

    def go_to(self, until_ps: int, step: int | None = None) -> None:
        """Bring fabric and cores to `until_ps`; deliver what is known to be due in `step`."""
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
        self._settle()

    def end(self, ends_ps: Longs) -> None:
        """Let the run end on each chip at the time that `ends_ps` has for it."""
        machine = self.machine
        machine.chips[:, Chip.END] = ends_ps
        machine.heads[:, Head.END] = ends_ps[machine.cores[:, Core.CHIP]]
        self.go_to(int(ends_ps.max()))

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
                lent.memory, lent.packets, self.machine, self.fates, self._heap[0], self._heap[1],
                until_ps,
            )  # fmt: skip
        else:
            exchange_and_deliver(
                lent.memory, lent.packets, self.machine, self.fates, self._heap, until_ps, status,
                self.first_record, step, self._stage_steps, self.rows, self.contents.loaded,
                self.contents.sources, self.state, self.contents.seed,
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
        inbox = with_room(self.machine.inbox, n, self.fabric.most_records)
        self.machine = self.machine._replace(inbox=inbox)

    def _hold_packets(self, n: int) -> None:
        """Room for the facts of `n` packets."""
        have = len(self.machine.packets)
        packets = with_room(self.machine.packets, have, max(0, n - have))
        self.machine = self.machine._replace(packets=packets)

    def _settle(self) -> None:
        """Turn the logs into records."""
        n_entries = int(self.machine.chips[:, Chip.N_LOGGED].sum())
        if n_entries:
            loaded = self.contents.loaded
            self._hold_records(n_entries)
            n_late = settle_log(self.machine, self.rows, loaded.source_rows)
            if n_late:
                late = self.rows.order[:n_late]
                packet, place = self.machine.log[late >> STEP_BITS, late & STEP_MASK].T
                order = np.lexsort((place & STEP_MASK, packet))
                settle_late(late[order], self.machine, self.rows, loaded)
            self.machine.chips[:, Chip.N_LOGGED] = 0

    def _hold_records(self, n_new: int) -> None:
        rows = self.rows
        n_records, n_parts = rows.numbers.tolist()
        rows = rows._replace(
            records=with_room(rows.records, n_records, n_new),
            parts=with_room(rows.parts, n_parts, n_new),
        )
        if n_new > rows.order.size:
            links = np.zeros((2 * n_new, Link.N_COLUMNS), np.int64)
            rows = rows._replace(order=np.zeros(2 * n_new, np.int64), links=links)
        self.rows = rows

    def forget(self, step: int) -> None:
        """Drop the packets and records that nobody needs from `step` on, once they are many."""
        if self.fabric.n_packets > 2 * len(self._numbering.kept) + PACKETS_TO_DROP:
            self._numbering = drop_packets(self.machine, self.fabric, self._numbering)
        self._forget_records(step)

    def _forget_records(self, step: int) -> None:
        """Skip the records that nothing is due of from `step` on; drop them once they are many."""
        rows, (n_records, n_parts) = self.rows, self.rows.numbers.tolist()
        steps = rows.records[self.first_record : n_records, Record.STEP]
        self.first_record += int(np.searchsorted(steps, step - self._longest - 1))
        if 2 * self.first_record <= len(rows.records):
            return
        kept = rows.records[self.first_record : n_records].copy()
        first_part = int(kept[:, Record.FIRST].min(initial=n_parts))
        kept[:, (Record.FIRST, Record.STOP)] -= first_part
        rows.records[: len(kept)] = kept
        rows.parts[: n_parts - first_part] = rows.parts[first_part:n_parts].copy()
        rows.numbers[:] = len(kept), n_parts - first_part
        self.first_record = 0


def _own(array: NDArray[np.generic]) -> NDArray[np.generic]:
    """`array`, or a copy of it if it can change."""
    return array.copy() if array.flags.writeable else array


def _key_classes(fabric: DrivenFabric, key: Longs) -> Longs:
    """Class of the key of each stream, -1 without key."""
    has_key = key >= 0
    classes = np.full(key.shape, -1, np.int64)
    classes[has_key] = fabric.classes(key[has_key].astype(np.uint32))
    return classes
