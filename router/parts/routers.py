"""The router of a chip: takes one packet after the other, and forwards all copies or none.

To be read beside the SpiNNaker datasheet v2.02, chapter 10: 10.4 (outputs of a packet), 10.7 and
10.8 (time phases), 10.9 (emergency routing), 10.11 (waiting times and what is counted).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from router.counters import N_DELAY_BINS, RouterCounter
from router.events import Fate, Stall, TraceKind
from router.geometry import N_LINKS
from router.packets import EmergencyState, time_phase
from router.params import FabricParams
from router.parts.agenda import Agenda, Kind
from router.parts.emergency import Wanted, detour, ways_around
from router.parts.links import Link
from router.parts.ports import CORE_PORT, N_PORTS, Input, Output
from router.parts.record import Copy, Record
from router.parts.reinjection import DropRegister
from router.registers import wait_exponent
from router.table import ROUTE_BITS, RoutingTable, default_route

__all__ = ["Router"]

COUNTER_OF_FATE = {
    Fate.UNROUTED: RouterCounter.DROPPED_MULTICAST_VIA_LOCAL_TRANSMISSION,
    Fate.NO_OUTPUT: RouterCounter.NO_OUTPUT,
    Fate.AGED: RouterCounter.TIME_PHASE_ERRORS,
}


@dataclass(slots=True, eq=False)
class Visit:
    """A packet in a router, from its first attempt to leave."""

    copy: Copy
    since_ps: int
    wanted: Wanted
    planned: set[int] = field(default_factory=set)
    """Attempts that will be or have been made."""
    tried: int = 0
    """The last that has been made."""


class Router:
    """The router of a chip.

    Parameters
    ----------
    chip : int
    table : RoutingTable
    params : FabricParams
    agenda : Agenda
    record : Record

    Attributes
    ----------
    inputs : dict of int to list of Input
        What waits at each port; to be filled by who builds the fabric, as are the others.
    outputs : dict of int to Output
        By bit of a route; those that are dead or do not exist are missing.
    dump : DropRegister
    """

    dump: DropRegister

    def __init__(
        self,
        chip: int,
        table: RoutingTable,
        *,
        params: FabricParams,
        agenda: Agenda,
        record: Record,
    ) -> None:
        self.chip = chip
        self.inputs: dict[int, list[Input]] = {port: [] for port in range(N_PORTS)}
        self.outputs: dict[int, Output] = {}
        self._table, self._agenda, self._record = table, agenda, record
        self._cycle_ps, self._phase_ps = params.router_cycle_ps, params.phase_ps
        self._first_emergency, self._last = _phases(params.wait1_cycles, params.wait2_cycles)
        self._exponent = wait_exponent(params.wait1_cycles)
        self._n_waiting = 0
        self._served_port = CORE_PORT
        self._served_core = -1
        self._free_from_ps = 0
        self._visit: Visit | None = None

    @property
    def is_stalled(self) -> bool:
        """Whether a packet is stalled in the router."""
        return self._visit is not None

    @property
    def is_free(self) -> bool:
        """Whether the router can take a packet."""
        return self._visit is None and self._agenda.now_ps >= self._free_from_ps

    def arrive(self, source: Input) -> None:
        """ARRIVE and SUBMIT: a packet has reached an input."""
        self._n_waiting += 1
        if self._n_waiting == 1 and self.is_free:
            self._take(source)

    def _turn(self) -> None:
        """ROUTE: turn to the next of the packets that wait."""
        if self._n_waiting and self.is_free:
            self._take(next(source for source in self._in_turn() if source.is_waiting))

    def _in_turn(self) -> Iterator[Input]:
        """All inputs, beginning after the one served last."""
        for port in _after(self._served_port, N_PORTS):
            sources = self.inputs[port]
            last = self._served_core if port == CORE_PORT else 0
            yield from (sources[place] for place in _after(last, len(sources)))

    def _take(self, source: Input) -> None:
        """Take a packet, and try to forward it."""
        self._n_waiting -= 1
        self._served_port = source.port
        if source.port == CORE_PORT:
            self._served_core = source.place
        copy, phase = source.take(), time_phase(self._agenda.now_ps, self._phase_ps)
        if copy.came_by < 0:
            self._count(RouterCounter.LOCAL_MULTICAST)
            copy = replace(copy, stamp=phase)
        else:
            self._count(RouterCounter.EXTERNAL_MULTICAST)
        if copy.stamp ^ phase == 0b11:
            self._give_up(copy, Fate.AGED)
        else:
            self._forward(copy)

    def _forward(self, copy: Copy) -> None:
        wanted = self._outputs(copy)
        if wanted is None:
            self._give_up(copy, Fate.UNROUTED)
        elif not wanted:
            self._give_up(copy, Fate.NO_OUTPUT)
        else:
            self._visit = Visit(copy, self._agenda.now_ps, wanted, {0})
            self._attempt(self._visit)

    def _outputs(self, copy: Copy) -> Wanted | None:
        """Outputs of a packet by its state; None if nothing tells where to go."""
        second_leg = detour(copy.came_by)
        if copy.state is EmergencyState.DIVERTED:
            return {second_leg: EmergencyState.REVERTING}
        wanted = self._look_up(copy)
        if copy.state is EmergencyState.DIVERTED_WITH_NORMAL:
            assert wanted is not None  # it came by a link
            wanted[second_leg] = EmergencyState.REVERTING
        return wanted

    def _look_up(self, copy: Copy) -> Wanted | None:
        """Outputs of a packet by its key, else straight on."""
        entry = self._table.lookup(copy.key)
        if entry >= 0:
            route = int(self._table.route[entry])
        elif copy.came_by < 0:
            return None
        else:
            self._count(RouterCounter.DEFAULT_ROUTED_EXTERNAL_MULTICAST)
            is_reverting = copy.state is EmergencyState.REVERTING
            route = default_route((copy.came_by - is_reverting) % N_LINKS)
        return {bit: EmergencyState.NORMAL for bit in range(ROUTE_BITS) if route >> bit & 1}

    def _give_up(self, copy: Copy, fate: Fate) -> None:
        self._count(COUNTER_OF_FATE[fate])
        self._record.lose(self.chip, copy, fate)
        self._leave(copy, self._agenda.now_ps)

    def _attempt(self, visit: Visit) -> None:
        """ROUTE: try to forward the packet, all copies or none."""
        if visit is not self._visit:
            return  # it has left
        k = visit.tried = (self._agenda.now_ps - visit.since_ps) // self._cycle_ps
        blocked = self._blocked(visit.wanted)
        leaving: Wanted | None = None if blocked else visit.wanted
        if blocked and self._first_emergency is not None and k >= self._first_emergency:
            leaving = ways_around(visit.wanted, blocked, self._has_room)
        if leaving is not None:
            self._send(visit, k, leaving, n_diverted=len(blocked))
        elif k == self._last:
            self._drop(visit, k, blocked)
        elif k == 0:
            self._plan(visit, self._first_emergency)
            self._plan(visit, self._last)

    def _send(self, visit: Visit, k: int, leaving: Wanted, n_diverted: int) -> None:
        """Forward the packet at attempt `k`."""
        self._count(RouterCounter.BUSY_CYCLES, 1 + k)
        self._count(RouterCounter.EMERGENCY_ROUTED, n_diverted)
        if k == 0:
            self._count(RouterCounter.UNDELAYED)
        else:
            delay_bin = min(N_DELAY_BINS - 1, k >> self._exponent)
            self._record.count(self.chip, RouterCounter.DELAYED, delay_bin=delay_bin)
        self._record.copies[visit.copy.packet] += len(leaving) - 1
        self._leave(visit.copy, visit.since_ps)
        for output, state in leaving.items():
            self.outputs[output].put(replace(visit.copy, state=state, came_by=-1))

    def _drop(self, visit: Visit, k: int, blocked: list[int]) -> None:
        self._count(RouterCounter.BUSY_CYCLES, 1 + k)
        self.dump.drop(visit.copy, _bits(visit.wanted), _bits(blocked))
        self._leave(visit.copy, visit.since_ps)

    def _leave(self, copy: Copy, since_ps: int) -> None:
        """The router is done with a packet, and free one cycle later."""
        now_ps = self._agenda.now_ps
        self._visit = None
        self._record.trace(TraceKind.ROUTE, self.chip, copy, since_ps, now_ps)
        self._free_from_ps = now_ps + self._cycle_ps
        self._agenda.at(self._free_from_ps, Kind.ROUTE, self.chip, self._turn)

    def wake(self) -> None:
        """Plan the next attempt, since an output may have become free."""
        visit = self._visit
        if visit is None:
            return
        cycles, rest = divmod(self._agenda.now_ps - visit.since_ps, self._cycle_ps)
        is_still_to_come = rest == 0 and cycles > visit.tried and cycles in visit.planned
        if not is_still_to_come:
            self._plan(visit, cycles + 1)

    def wake_for(self, output: int) -> None:
        """Plan the next attempt, if the stalled packet wants `output`, which has become free."""
        if self._visit is not None and output in self._visit.wanted:
            self.wake()

    def _plan(self, visit: Visit, k: int | None) -> None:
        """Let attempt `k` be made, if there is one and it is not planned yet."""
        if k is None or k in visit.planned or (self._last is not None and k > self._last):
            return
        visit.planned.add(k)
        attempt = partial(self._attempt, visit)
        self._agenda.at(visit.since_ps + k * self._cycle_ps, Kind.ROUTE, self.chip, attempt)

    def stall(self) -> Stall | None:
        """What is stalled in the router now."""
        if self._visit is None:
            return None
        blocked = self._blocked(self._visit.wanted)
        full = (output for output in blocked if self._leads_to_full_input(output))
        return Stall(
            chip=self.chip,
            since_ps=self._visit.since_ps,
            packet=self._visit.copy.packet,
            outputs=_bits(self._visit.wanted),
            blocked=_bits(blocked),
            full=_bits(full),
        )

    def in_flight(self) -> Iterator[Copy]:
        """Copies in the router and its drop register."""
        if self._visit is not None:
            yield self._visit.copy
        yield from self.dump.in_flight()

    def _blocked(self, wanted: Wanted) -> list[int]:
        return [output for output in wanted if not self._has_room(output)]

    def _has_room(self, output: int) -> bool:
        return output in self.outputs and self.outputs[output].has_room

    def _leads_to_full_input(self, output: int) -> bool:
        link = self.outputs.get(output)
        return isinstance(link, Link) and link.is_idle and link.is_input_full

    def _count(self, counter: RouterCounter, n: int = 1) -> None:
        self._record.count(self.chip, counter, n)


def _phases(wait1: int | None, wait2: int | None) -> tuple[int | None, int | None]:
    """First attempt of the emergency phase, and last attempt; None: never."""
    if wait1 is None:
        return None, None
    if wait2 is None:
        return wait1 + 1, None
    return (wait1 + 1 if wait2 else None), wait1 + wait2


def _after(last: int, n: int) -> Iterator[int]:
    """Numbers below `n`, beginning with the one after `last`."""
    return ((last + 1 + step) % n for step in range(n))


def _bits(outputs: Iterable[int]) -> int:
    return sum(1 << output for output in outputs)
