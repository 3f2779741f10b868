"""The fabric on SimPy: the executable specification of `docs/fabric.md`.

`router.parts` tells what routers, links, lanes, cores and reinjectors do. Here they are put
together and get their agenda: every event is a SimPy event whose priority is its kind and number.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import simpy
from numpy.typing import NDArray
from simpy.events import EventPriority

from router.arguments import (
    check_end,
    check_senders,
    check_table_count,
    check_trace,
    receive_times,
    reinjecting_cores,
)
from router.counters import FabricCounters
from router.events import Activity, Stall, TraceFilter
from router.geometry import N_LINKS
from router.lanes import lanes
from router.packets import CORES_PER_CHIP, SendPolicy, Sends
from router.params import FabricParams
from router.parts.agenda import Agenda, Kind
from router.parts.cores import Core
from router.parts.links import Lane, Link
from router.parts.ports import CORE_PORT
from router.parts.record import Copy, Record
from router.parts.reinjection import DropRegister, Reinjector
from router.parts.routers import Router
from router.table import FIRST_CORE_BIT, RoutingTables
from router.topology import Topology

__all__ = ["Fabric"]

MOST_OF_A_KIND = 1 << 48
"""More than there are cores, links or packets."""


class SimpyAgenda:
    """An `Agenda` that is a SimPy environment."""

    def __init__(self) -> None:
        self._environment = simpy.Environment()

    @property
    def now_ps(self) -> int:
        """Time of what happens now."""
        return int(self._environment.now)

    def at(self, time_ps: int, kind: Kind, number: int, action: Callable[[], None]) -> None:
        """Let `action` happen at `time_ps`, among its `kind` as the `number`-th."""
        event = self._environment.event()
        event.callbacks.append(lambda _: action())
        event._ok, event._value = True, None  # as a Timeout, but with a priority
        rank = EventPriority(kind * MOST_OF_A_KIND + number)
        self._environment.schedule(event, rank, time_ps - self.now_ps)

    def run(self, until_ps: int) -> None:
        """Let everything happen that happens before `until_ps`."""
        if until_ps > self.now_ps:
            self._environment.run(int(until_ps))  # stops with a priority before all others


class Fabric:
    """Follows `router.interface.FabricMaker` and `AnyFabric`, which describe it."""

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
        self._topology = topology
        self._params = params
        self._reinjecting = reinjecting_cores(topology, params)
        self._agenda = SimpyAgenda()
        self._record = Record(self._agenda, topology.n_chips, trace)
        self._last_send_ps = 0
        self._routers = [
            Router(
                chip,
                tables.of_chip(chip),
                params=params,
                agenda=self._agenda,
                record=self._record,
            )
            for chip in range(topology.n_chips)
        ]
        self._links = self._add_links(topology)
        self._cores = self._add_cores(topology, receive_ps, policy)
        self._add_reinjectors()

    def _add_links(self, topology: Topology) -> list[Link]:
        lane_of = lanes(topology)
        all_lanes = {lane: Lane(self._params, self._agenda) for lane in set(lane_of.flat) - {-1}}
        links = []
        for chip, link in np.argwhere(topology.is_link_alive).tolist():
            ends = self._routers[chip], self._routers[topology.neighbours[chip, link]]
            made = Link(
                N_LINKS * chip + link,
                ends,
                all_lanes.get(lane_of[chip, link]),
                params=self._params,
                agenda=self._agenda,
                record=self._record,
            )
            ends[0].outputs[link] = made
            ends[1].inputs[made.port].append(made)
            links.append(made)
        return links

    def _add_cores(
        self, topology: Topology, receive_ps: NDArray[np.int64] | None, policy: SendPolicy
    ) -> dict[int, Core]:
        times = receive_times(receive_ps, topology.n_chips, self._params.receive_ps).tolist()
        cores = {}
        for router, n_cores in zip(self._routers, topology.cores.tolist(), strict=True):
            for place in range(n_cores):
                number = CORES_PER_CHIP * router.chip + place
                cores[number] = made = Core(
                    number,
                    router,
                    receive_ps=times[number],
                    policy=policy,
                    params=self._params,
                    agenda=self._agenda,
                    record=self._record,
                )
                router.outputs[FIRST_CORE_BIT + place] = made
                router.inputs[CORE_PORT].append(made)
        return cores

    def _add_reinjectors(self) -> None:
        """Give every router its drop register, with a reinjector where there is one."""
        for router, place in zip(self._routers, self._reinjecting.tolist(), strict=True):
            reinjector = None
            if place >= 0:
                core = self._cores[CORES_PER_CHIP * router.chip + place]
                reinjector = self._make_reinjector(router, core)
            router.dump = DropRegister(
                router.chip,
                self._params.dump_interrupt_ps,
                agenda=self._agenda,
                record=self._record,
                reinjector=reinjector,
            )

    def _make_reinjector(self, router: Router, core: Core) -> Reinjector:
        reinjector = Reinjector(
            router.chip,
            self._params,
            self._agenda,
            self._record,
            is_stalled=lambda: router.is_stalled,
            write=core.write,
        )
        core.after_taking = reinjector.go_on
        return reinjector

    @property
    def now_ps(self) -> int:
        """Time up to which has been run."""
        return self._agenda.now_ps

    def send(self, sends: Sends) -> None:
        """Let cores send packets; see `AnyFabric.send`."""
        earliest_ps = max(self.now_ps, self._last_send_ps)
        check_senders(sends, self._topology, self._reinjecting, earliest_ps)
        columns = (sends.time_ps, sends.core, sends.key, sends.has_payload)
        packets = zip(*(column.tolist() for column in columns), strict=True)
        numbers = self._record.expect(len(sends))
        for number, (time_ps, core, key, has_payload) in zip(numbers, packets, strict=True):
            send = partial(self._cores[core].send, Copy(number, key, has_payload))
            self._agenda.at(time_ps, Kind.SEND, number, send)
            self._last_send_ps = time_ps

    @property
    def agenda(self) -> Agenda:
        """What programs on the cores share with the fabric."""
        return self._agenda

    def connect(self, core: int, receive: Callable[[int], None]) -> None:
        """Let `receive` be told the number of each packet when `core` takes it (RECEIVE)."""
        self._cores[core].after_receiving = lambda copy: receive(copy.packet)

    def send_now(self, core: int, key: int) -> int:
        """Let `core` send a packet at this very time (SEND); returns the packet's number."""
        (number,) = self._record.expect(1)
        send = partial(self._cores[core].send, Copy(number, key, has_payload=False))
        self._agenda.at(self.now_ps, Kind.SEND, number, send)
        self._last_send_ps = self.now_ps
        return number

    def run(self, until_ps: int) -> Activity:
        """Let everything happen that happens before `until_ps`, which becomes `now_ps`."""
        check_end(until_ps, self.now_ps)
        self._agenda.run(until_ps)
        return self._record.drain()

    def counters(self) -> FabricCounters:
        """All counts since the fabric was made."""
        return self._record.counters()

    def fates(self) -> NDArray[np.int64]:
        """Copies by what became of them since the fabric was made; see `router.events.Fate`."""
        return self._record.fates.copy()

    def copies(self) -> NDArray[np.int64]:
        """Copies that each packet has been in all, shape (n_packets_given,); 0: not sent."""
        return np.array(self._record.copies, np.int64)

    def in_flight(self) -> NDArray[np.int64]:
        """Packet of each copy that is in a register, router, link or queue, in rising order."""
        parts: list[Router | Link | Core] = [*self._routers, *self._links]
        parts += self._cores.values()
        packets = sorted(copy.packet for part in parts for copy in part.in_flight())
        return np.array(packets, np.int64)

    def backlog(self) -> NDArray[np.int64]:
        """Packets given that have not been written to a transmit register, in rising order."""
        return np.array(sorted(self._record.backlog), np.int64)

    def stalls(self) -> list[Stall]:
        """Routers that are stalled now, by chip."""
        found = (router.stall() for router in self._routers)
        return [stall for stall in found if stall is not None]
