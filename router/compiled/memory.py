"""From a machine to the compiled fabric's memory, and from that to what is in it."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from router.arguments import existing_outputs, reinjecting_cores
from router.compiled.state import (
    CORE_SIZE,
    EMPTY,
    EVENTS_PER_CHIP,
    PACKET_SHIFT,
    ROUTER_SIZE,
    Core,
    Input,
    LinkState,
    Number,
    Router,
)
from router.events import Stall, TraceFilter
from router.geometry import N_LINKS
from router.lanes import lanes
from router.packets import CORES_PER_CHIP, SendPolicy
from router.params import FabricParams
from router.registers import wait_exponent
from router.table import FIRST_CORE_BIT, LINK_BITS
from router.topology import Topology
from router.wheel import lay_wheel, wheel_size

__all__ = [
    "FabricState",
    "copied",
    "in_flight",
    "new_state",
    "renumber",
    "renumbered",
    "stalls",
]

LINE = 8
"""Integers per cache line."""

LOW = (1 << PACKET_SHIFT) - 1
"""Bits of a word that do not number its packet."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FabricState:
    """The memory of a compiled fabric of C chips, and views of its parts.

    Attributes
    ----------
    memory : ndarray of int64, shape (n,)
    links, inputs : ndarray of int64, 6 C rows
        Link l of chip c in row ``6 * c + l``, and the input by that link likewise; columns
        `LinkState` and `Input`.
    routers, cores : ndarray of int64, C and 18 C rows
        Columns `Router` and `Core`.
    receiving : ndarray of int64, shape (18 C, 2)
        When each core takes the packet of its receive register, and how long it takes for one.
    held : ndarray of int64, shape (C, reinject_queue)
        Words in the queues of the reinjectors; no columns without reinjection.
    delivered : ndarray of int64, shape (3, n_records)
    lost, traced : ndarray of int64, shape (n_records, 5)
    """

    memory: Ints
    links: Ints
    inputs: Ints
    routers: Ints
    cores: Ints
    receiving: Ints
    held: Ints
    delivered: Ints
    lost: Ints
    traced: Ints


def new_state(
    topology: Topology,
    params: FabricParams,
    receive_ps: Ints,
    *,
    policy: SendPolicy,
    trace: TraceFilter | None,
    n_records: int,
) -> FabricState:
    """Memory of an empty fabric at time 0, with room for `n_records` of each kind."""
    n = topology.n_chips
    links, inputs = _links(topology, params)
    n_lanes = int(links[:, LinkState.LANE].max(initial=-1)) + 1
    parts: dict[Number, Ints] = {
        Number.LINKS: links,
        Number.INPUTS: inputs,
        Number.ROUTERS: _routers(topology, params, trace),
        Number.CORES: _cores(CORES_PER_CHIP * n),
        Number.RECEIVING: np.column_stack([-1 - np.maximum(0, receive_ps), receive_ps]),
        Number.LANES: np.zeros((n_lanes, 1), np.int64),
        Number.COMING: np.zeros((CORES_PER_CHIP * n, 1), np.int64),
        Number.HELD: np.zeros((n, params.reinject_queue * params.is_reinjecting), np.int64),
        Number.DELIVERED: np.zeros((3, n_records), np.int64),
        Number.LOST: np.zeros((n_records, 5), np.int64),
        Number.TRACED: np.zeros((0 if trace is None else n_records, 5), np.int64),
    }
    n_events = EVENTS_PER_CHIP * n
    start = _whole_lines(wheel_size(n_events))
    n_integers = start + sum(_whole_lines(part.size) for part in parts.values())
    memory = _aligned(n_integers)
    lay_wheel(memory, n_events)
    _set_numbers(memory, topology, params, policy, trace)
    memory[Number.LINK_SIZE] = links.shape[1]
    memory[Number.INPUT_SIZE] = inputs.shape[1]
    memory[Number.RECORDS] = n_records
    views = []
    for number, part in parts.items():
        memory[number] = start
        view = memory[start : start + part.size].reshape(part.shape)
        view[:] = part
        views.append(view)
        start += _whole_lines(part.size)
    links, inputs, routers, cores, receiving, _, _, held, delivered, lost, traced = views
    return FabricState(
        memory, links, inputs, routers, cores, receiving, held, delivered, lost, traced
    )


def _aligned(n: int) -> Ints:
    """Zeros that begin at a cache line."""
    memory = np.zeros(n + LINE, np.int64)
    skipped = -(memory.ctypes.data // memory.itemsize) % LINE
    return memory[skipped : skipped + n]


def _set_numbers(
    memory: Ints,
    topology: Topology,
    params: FabricParams,
    policy: SendPolicy,
    trace: TraceFilter | None,
) -> None:
    window = (0, 0) if trace is None else (trace.start_ps, trace.end_ps)
    for entry, value in {
        Number.N_CHIPS: topology.n_chips,
        Number.CYCLE_PS: params.router_cycle_ps,
        Number.PIPELINE_PS: params.pipeline_ps,
        Number.WAIT1: _or_ever(params.wait1_cycles),
        Number.WAIT2: _or_ever(params.wait2_cycles),
        Number.DELAY_SHIFT: wait_exponent(params.wait1_cycles),
        Number.OUTPUT_PACKETS: params.output_packets,
        Number.RING_SIZE: _ring_size(params),
        Number.SHORT_CORE_PS: params.core_link_packet_ps,
        Number.LONG_CORE_PS: params.core_link_payload_packet_ps,
        Number.SHORT_LANE_PS: params.lane_packet_ps,
        Number.LONG_LANE_PS: params.lane_payload_packet_ps,
        Number.PHASE_PS: params.phase_ps,
        Number.REINJECT_QUEUE: params.reinject_queue,
        Number.TICK_PS: params.reinject_tick_ps,
        Number.DUMP_PS: params.dump_interrupt_ps,
        Number.RESEND_PS: params.reinject_packet_ps,
        Number.IS_SKIPPING: policy == SendPolicy.SKIP,
        Number.IS_TRACING: trace is not None,
        Number.TRACE_START: window[0],
        Number.TRACE_END: window[1],
    }.items():
        memory[entry] = value


def _whole_lines(n: int) -> int:
    """Smallest multiple of a cache line that holds `n` integers."""
    return -(-n // LINE) * LINE


def _or_ever(cycles: int | None) -> int:
    return -1 if cycles is None else cycles


def _ring_size(params: FabricParams) -> int:
    return max(params.input_packets, params.board_input_packets)


def _links(topology: Topology, params: FabricParams) -> tuple[Ints, Ints]:
    n = N_LINKS * topology.n_chips
    links = np.zeros((n, _whole_lines(LinkState.RING + params.output_packets)), np.int64)
    inputs = np.zeros((n, _whole_lines(Input.RING + 2 * _ring_size(params))), np.int64)
    links[:, LinkState.LANE] = lanes(topology).ravel()
    crosses = links[:, LinkState.LANE] >= 0
    for column, near, far in (
        (LinkState.SHORT_PS, params.link_packet_ps, params.board_link_packet_ps),
        (LinkState.LONG_PS, params.link_payload_packet_ps, params.board_link_payload_packet_ps),
        (LinkState.FLIGHT_PS, params.link_latency_ps, params.board_latency_ps),
    ):
        links[:, column] = np.where(crosses, far, near)
    links[:, LinkState.FLIGHT_PS] += params.pipeline_ps
    links[:, LinkState.ON_THE_WAY] = EMPTY
    neighbour = topology.neighbours.astype(np.int64)
    opposite = (np.arange(N_LINKS) + N_LINKS // 2) % N_LINKS
    far_input = np.where(neighbour >= 0, N_LINKS * neighbour + opposite, EMPTY).ravel()
    links[:, LinkState.FAR] = far_input
    inputs[:, Input.NEAR] = EMPTY
    alive = far_input >= 0
    inputs[far_input[alive], Input.NEAR] = np.flatnonzero(alive)
    inputs[far_input[alive], Input.ROOM] = np.where(
        crosses[alive], params.board_input_packets, params.input_packets
    )
    return links, inputs


def _routers(topology: Topology, params: FabricParams, trace: TraceFilter | None) -> Ints:
    routers = np.zeros((topology.n_chips, ROUTER_SIZE), np.int64)
    routers[:, [Router.WORD, Router.DUMPED]] = EMPTY
    routers[:, Router.LAST_PORT] = N_LINKS
    routers[:, Router.LAST_CORE] = CORES_PER_CHIP - 1
    routers[:, Router.ALIVE] = existing_outputs(topology)
    routers[:, Router.REINJECTOR] = reinjecting_cores(topology, params)
    if trace is not None:
        chips = range(topology.n_chips) if trace.chips is None else sorted(trace.chips)
        routers[list(chips), Router.IS_TRACED] = 1
    return routers


def _cores(n_cores: int) -> Ints:
    cores = np.zeros((n_cores, CORE_SIZE), np.int64)
    cores[:, [Core.WORD, Core.RECEIVED_WORD, Core.BACKLOG_FIRST, Core.BACKLOG_LAST]] = EMPTY
    return cores


def copied(state: FabricState) -> FabricState:
    """The same fabric, in memory of its own."""
    memory = _aligned(state.memory.size)
    memory[:] = state.memory

    def view(name: str) -> Ints:
        start, old = memory[Number[name.upper()]], getattr(state, name)
        return memory[start : start + old.size].reshape(old.shape)

    views = {field.name: view(field.name) for field in fields(FabricState)[1:]}
    return FabricState(memory, **views)


def in_flight(state: FabricState) -> Ints:
    """Packet of each copy that is under way, in rising order."""
    words = np.concatenate([array[places] for array, places in _under_way(state)])
    return np.sort(words >> PACKET_SHIFT)


def renumber(state: FabricState, number: Ints) -> None:
    """Let each packet that is under way have the number that `number` has for its old one."""
    for array, places in _under_way(state):
        array[places] = renumbered(array[places], number)


def renumbered(words: Ints, number: Ints) -> Ints:
    """`words` of packets, with the number that `number` has for each old one."""
    changed: Ints = (number[words >> PACKET_SHIFT] << PACKET_SHIFT) | (words & LOW)
    return changed


def _under_way(state: FabricState) -> list[tuple[Ints, Any]]:
    """Arrays, and the places in each where the word of a copy lies that is under way."""
    routers, links, inputs = state.routers, state.links, state.inputs
    registers = [
        state.cores[:, Core.WORD],
        state.cores[:, Core.RECEIVED_WORD],
        routers[:, Router.WORD],
        links[:, LinkState.ON_THE_WAY],
    ]
    found: list[tuple[Ints, Any]] = [(words, words != EMPTY) for words in registers]
    dumped = routers[:, Router.DUMPED]
    found.append((dumped, (dumped != EMPTY) & (routers[:, Router.REINJECTOR] != EMPTY)))
    outgoing = links[:, LinkState.RING :][:, : state.memory[Number.OUTPUT_PACKETS]]
    coming = inputs[:, Input.RING :: 2][:, : state.memory[Number.RING_SIZE]]
    n_coming = inputs[:, Input.N_READY] + inputs[:, Input.N_COMING]
    queues = routers[:, Router.QUEUE_FIRST], routers[:, Router.QUEUE_LENGTH]
    found.append(
        (outgoing, _in_rings(outgoing, links[:, LinkState.FIRST], links[:, LinkState.N_WAITING]))
    )
    found.append((coming, _in_rings(coming, inputs[:, Input.FIRST], n_coming)))
    found.append((state.held, _in_rings(state.held, *queues)))
    return found


def _in_rings(rings: Ints, first: Ints, length: Ints) -> tuple[Ints, Ints]:
    """Rows and columns of what lies in the rings that are the rows of `rings`."""
    row = np.repeat(np.arange(len(rings)), length)
    index = np.arange(len(row)) - np.repeat(np.cumsum(length) - length, length)
    return row, (first[row] + index) % max(1, rings.shape[1])


def stalls(state: FabricState, now_ps: int) -> list[Stall]:
    """Routers that are stalled at `now_ps`, before what happens then."""
    return [
        _stall(state, int(chip), now_ps)
        for chip in np.flatnonzero(state.routers[:, Router.WORD] != EMPTY)
    ]


def _stall(state: FabricState, chip: int, now_ps: int) -> Stall:
    row = state.routers[chip]
    outputs = int(row[Router.WANTED] | row[Router.REVERTING])
    blocked = outputs & ~int(row[Router.ALIVE])
    full = 0
    for link in range(N_LINKS):
        at = state.links[N_LINKS * chip + link]
        bit = outputs & ~blocked & (1 << link)
        if bit and at[LinkState.N_WAITING] >= state.memory[Number.OUTPUT_PACKETS]:
            blocked |= bit
            is_idle = at[LinkState.IDLE_AT] <= now_ps
            full |= bit * int(is_idle and state.inputs[at[LinkState.FAR], Input.ROOM] == 0)
    for core in range(CORES_PER_CHIP):
        bit = outputs & ~LINK_BITS & (1 << (FIRST_CORE_BIT + core))
        if bit and state.receiving[CORES_PER_CHIP * chip + core, 0] >= now_ps:
            blocked |= bit
    return Stall(
        chip=chip,
        since_ps=int(row[Router.SINCE]),
        packet=int(row[Router.WORD] >> PACKET_SHIFT),
        outputs=outputs,
        blocked=blocked,
        full=full,
    )
