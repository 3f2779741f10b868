"""The compiled fabric, for whole machines: some ten million hops per second."""

import numpy as np
from numpy.typing import NDArray

from router.arguments import check_end, check_senders, check_table_count, check_trace, receive_times
from router.compiled.kernels import run_fabric
from router.compiled.lookup import RouteClasses
from router.compiled.memory import in_flight, new_state, stalls
from router.compiled.state import (
    CLASS_SHIFT,
    EMPTY,
    INPUT_SHIFT,
    LOCAL,
    PACKET_SHIFT,
    Core,
    LinkState,
    Number,
    Packets,
    Router,
    Send,
    Status,
)
from router.counters import N_ROUTER_COUNTERS, CoreCounter, FabricCounters, RouterCounter
from router.errors import FabricError
from router.events import Activity, Deliveries, Losses, Stall, Trace, TraceFilter
from router.geometry import N_LINKS
from router.packets import CORES_PER_CHIP, SendPolicy, Sends
from router.params import FabricParams
from router.table import RoutingTables
from router.topology import Topology

__all__ = ["CompiledFabric", "grown"]

MOST_PACKETS = 1 << (63 - PACKET_SHIFT)
FEWEST_ROWS = 1 << 12
"""Packets to be sent that there is room for."""
RECORDS = 1 << 16
"""Records that the kernel writes before it returns to have them fetched; and one per core."""

Records = NDArray[np.int64]


class CompiledFabric:
    """Follows `router.interface.FabricMaker` and `AnyFabric`, which describe it.

    Raises
    ------
    FabricError
        Beyond 2**31 packets.
    """

    def __init__(
        self,
        topology: Topology,
        tables: RoutingTables,
        params: FabricParams,
        *,
        receive_ps: NDArray[np.int64] | None = None,
        policy: SendPolicy = SendPolicy.WAIT,
        trace: TraceFilter | None = None,
    ) -> None:
        check_table_count(tables, topology)
        check_trace(trace, topology.n_chips)
        receive = receive_times(receive_ps, topology.n_chips, params.receive_ps)
        self._topology = topology
        self._params = params
        self._classes = RouteClasses(tables)
        n_records = RECORDS + CORES_PER_CHIP * topology.n_chips
        self._state = new_state(
            topology,
            params,
            receive,
            policy=policy,
            trace=trace,
            n_records=n_records,
        )
        self._copies = np.zeros(0, np.int32)
        self._policy = policy
        self._rows: Records = np.zeros((FEWEST_ROWS, Send.N_COLUMNS), np.int64)
        self._n_rows = 0
        self._filter = trace
        self._now_ps = 0
        self._n_given = 0
        self._last_ps = 0
        self._keys = np.zeros(0, np.uint32)  # of all packets, kept while tracing keys

    @property
    def now_ps(self) -> int:
        """Time up to which has been run."""
        return self._now_ps

    def send(self, sends: Sends) -> None:
        """Let cores send packets; see `AnyFabric.send`."""
        if not len(sends):
            return
        self._check(sends)
        if self._filter is not None and self._filter.keys is not None:
            self._keys = np.concatenate([self._keys, sends.key])
        packets = np.arange(self._n_given, self._n_given + len(sends), dtype=np.int64)
        words = (
            (packets << PACKET_SHIFT)
            | (self._classes.of(sends.key) << CLASS_SHIFT)
            | (LOCAL << INPUT_SHIFT)
            | sends.has_payload
        )
        if self._n_rows + len(sends) > len(self._rows):
            self._make_room(len(sends))
        self._n_given += len(sends)
        self._last_ps = int(sends.time_ps[-1])
        self._copies = grown(self._copies, self._n_given)
        new = self._rows[self._n_rows : self._n_rows + len(sends)]
        new[:, Send.TIME], new[:, Send.CORE], new[:, Send.WORD] = sends.time_ps, sends.core, words
        new[:, Send.AFTER] = EMPTY
        self._n_rows += len(sends)

    def _check(self, sends: Sends) -> None:
        reinjecting = self._state.routers[:, Router.REINJECTOR]
        check_senders(sends, self._topology, reinjecting, max(self._now_ps, self._last_ps))
        if self._n_given + len(sends) > MOST_PACKETS:
            msg = f"a fabric carries at most {MOST_PACKETS} packets; start another one"
            raise FabricError(msg)

    def _make_room(self, n_new: int) -> None:
        """Keep the rows of packets still to be sent, with room for as many and `n_new`."""
        memory, cores = self._state.memory, self._state.cores
        rows = self._rows[: self._n_rows]
        is_kept = np.arange(len(rows)) >= memory[Number.NEXT_SEND]
        if self._policy is SendPolicy.WAIT:  # those before are sent, or in a backlog
            is_kept |= self._copies[rows[:, Send.WORD] >> PACKET_SHIFT] == 0
        place = np.append(np.cumsum(is_kept) - 1, EMPTY)  # the last one stands for EMPTY
        rows = rows[is_kept]
        rows[:, Send.AFTER] = place[rows[:, Send.AFTER]]
        for column in (Core.BACKLOG_FIRST, Core.BACKLOG_LAST):
            cores[:, column] = place[cores[:, column]]
        memory[Number.NEXT_SEND] = np.count_nonzero(is_kept[: memory[Number.NEXT_SEND]])
        n_rows = max(FEWEST_ROWS, 2 * (len(rows) + n_new))
        self._rows = np.zeros((n_rows, Send.N_COLUMNS), np.int64)
        self._rows[: len(rows)] = rows
        self._n_rows = len(rows)

    def run(self, until_ps: int) -> Activity:
        """Let everything happen that happens before `until_ps`; see `AnyFabric.run`."""
        check_end(until_ps, self._now_ps)
        state = self._state
        packets = Packets(self._classes.routes, self._copies, self._rows[: self._n_rows])
        delivered, lost, traced = [], [], []
        status = Status.FULL
        while status == Status.FULL:
            status = Status(run_fabric(state.memory, packets, until_ps))
            counts = state.memory[[Number.N_DELIVERED, Number.N_LOST, Number.N_TRACED]]
            delivered.append(state.delivered[:, : counts[0]].copy())
            lost.append(state.lost[: counts[1]].copy())
            traced.append(state.traced[: counts[2]].copy())
            state.memory[[Number.N_DELIVERED, Number.N_LOST, Number.N_TRACED]] = 0
        self._now_ps = until_ps
        time, core, packet = np.concatenate(delivered, axis=1)
        received = np.bincount(core, minlength=len(state.cores))
        state.cores[:, Core.COUNTS + CoreCounter.RECEIVED] += received
        return Activity(
            Deliveries(time, core.astype(np.int32), packet),
            _losses(np.concatenate(lost)),
            self._trace(np.concatenate(traced)),
        )

    def _trace(self, lines: Records) -> Trace:
        if self._filter is not None and self._filter.keys is not None:
            lines = lines[np.isin(self._keys[lines[:, 2]], list(self._filter.keys))]
        order = np.lexsort((lines[:, 4], lines[:, 2], lines[:, 1], lines[:, 0], lines[:, 3]))
        kind, place, packet, start, end = lines[order].T
        return Trace(
            kind.astype(np.int8), place.astype(np.int32), packet.copy(), start.copy(), end.copy()
        )

    def counters(self) -> FabricCounters:
        """All counts since the fabric was made."""
        state = self._state
        router = _completed(state.routers[:, Router.COUNTS :][:, :N_ROUTER_COUNTERS].copy())
        router[state.routers[:, Router.WORD] != EMPTY, RouterCounter.UNDELAYED] -= 1
        router[:, RouterCounter.BUSY_CYCLES] += router[:, RouterCounter.UNDELAYED]
        sent = state.links[:, [LinkState.SHORT_SENT, LinkState.LONG_SENT]]
        return FabricCounters(
            router, state.cores[:, Core.COUNTS :].copy(), sent.reshape(-1, N_LINKS, 2)
        )

    def copies(self) -> NDArray[np.int64]:
        """Copies that each packet has been in all; see `AnyFabric.copies`."""
        return self._copies[: self._n_given].astype(np.int64)

    def in_flight(self) -> NDArray[np.int64]:
        """Packet of each copy that is under way; see `AnyFabric.in_flight`."""
        return in_flight(self._state)

    def backlog(self) -> NDArray[np.int64]:
        """Packets given that have not been sent; see `AnyFabric.backlog`."""
        state = self._state
        waiting = list(range(int(state.memory[Number.NEXT_SEND]), self._n_rows))
        for first in state.cores[:, Core.BACKLOG_FIRST].tolist():
            send = first
            while send != EMPTY:
                waiting.append(send)
                send = int(self._rows[send, Send.AFTER])
        return np.sort(self._rows[waiting, Send.WORD] >> PACKET_SHIFT)

    def stalls(self) -> list[Stall]:
        """Routers that are stalled now; see `AnyFabric.stalls`."""
        return stalls(self._state, self._now_ps)


def grown(copies: NDArray[np.int32], n: int) -> NDArray[np.int32]:
    """`copies` with room for `n` packets, doubled when it must grow."""
    if n <= len(copies):
        return copies
    grown = np.zeros(max(n, 2 * len(copies)), np.int32)
    grown[: len(copies)] = copies
    return grown


def _losses(rows: Records) -> Losses:
    time, chip, packet, fate, outputs = rows[np.lexsort((rows[:, 2], rows[:, 1], rows[:, 0]))].T
    return Losses(
        time.copy(),
        chip.astype(np.int32),
        packet.copy(),
        fate.astype(np.int8),
        outputs.astype(np.uint32),
    )


def _completed(router: Records) -> Records:
    """Counters with those packets as undelayed that nothing else is known to have become of.

    BUSY_CYCLES holds stall cycles; one cycle is added for each packet that was delayed or dropped.
    """
    delayed = router[:, RouterCounter.DELAYED :].sum(axis=1)
    dropped = router[:, RouterCounter.DROPPED_MULTICAST]
    taken = router[:, [RouterCounter.LOCAL_MULTICAST, RouterCounter.EXTERNAL_MULTICAST]]
    gone = [
        RouterCounter.DROPPED_MULTICAST_VIA_LOCAL_TRANSMISSION,
        RouterCounter.NO_OUTPUT,
        RouterCounter.TIME_PHASE_ERRORS,
    ]
    router[:, RouterCounter.UNDELAYED] = (
        taken.sum(axis=1) - router[:, gone].sum(axis=1) - delayed - dropped
    )
    router[:, RouterCounter.BUSY_CYCLES] += delayed + dropped
    return router
