"""Independent proof that the tables deliver every packet where it belongs.

Nothing of how placement, routes or tables were made is used: packets are sent through the final
tables, entry by entry and link by link, and what arrives is compared with the nets of the graph.
All packets move at once, one link per step.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mapping.errors import CheckError
from mapping.graph import MachineGraph, Role
from mapping.keys import KeyMap, stage_bits, stage_key
from mapping.machine import Machine
from mapping.place import Placement
from router import RoutingTables, Topology
from router.geometry import N_LINKS
from router.table import FIRST_CORE_BIT

__all__ = ["CheckReport", "check"]

CELLS_AT_ONCE = 1 << 23
"""Pairs of packet and chip that are followed at a time, which bounds the memory used."""

Ints = NDArray[np.int64]
Words = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What was proved.

    Attributes
    ----------
    n_nets : int
    n_keys : int
        Keys of all members of all nets, at all stages of delay, each of which reaches its targets.
    n_packets : int
        Packets that were followed. Members that no entry tells apart go the same way, so one
        packet stands for all of them.
    n_deliveries : int
        Copies that those packets brought to cores.
    n_links : int
        Links that those packets crossed.
    longest : int
        Links from a sender to its furthest target.
    """

    n_nets: int
    n_keys: int
    n_packets: int
    n_deliveries: int
    n_links: int
    longest: int


def check(
    graph: MachineGraph,
    placement: Placement,
    keys: KeyMap,
    tables: RoutingTables,
    machine: Machine,
) -> CheckReport:
    """Prove that every key of every net reaches exactly its targets, each once.

    Parameters
    ----------
    graph : MachineGraph
    placement : Placement
    keys : KeyMap
    tables : RoutingTables
    machine : Machine

    Returns
    -------
    CheckReport

    Raises
    ------
    CheckError
        Naming the net, the key and the chip.
    """
    check_placement(graph, placement, machine)
    _check_blocks(graph, keys)
    packets = _packets(graph, keys, tables, machine.topology)
    n_at_once = max(1, CELLS_AT_ONCE // machine.topology.n_chips)
    walks = [
        _walk(packets.part(first, n_at_once), graph, placement, tables)
        for first in range(0, len(packets.net), n_at_once)
    ]
    return CheckReport(
        n_nets=graph.n_nets,
        n_keys=int(_keys_per_net(graph).sum()),
        n_packets=len(packets.net),
        n_deliveries=sum(walk.n_deliveries for walk in walks),
        n_links=sum(walk.n_links for walk in walks),
        longest=max((walk.longest for walk in walks), default=0),
    )


def check_placement(graph: MachineGraph, placement: Placement, machine: Machine) -> None:
    """Prove that vertices have cores of their own, groups one chip, and chips enough memory.

    Raises
    ------
    CheckError
    """
    n_chips = machine.topology.n_chips
    chip, core = placement.chip.astype(np.int64), placement.core.astype(np.int64)
    _fail_if((chip < 0) | (chip >= n_chips), "vertex {} lies on chip {}, which is missing", chip)
    _fail_if(
        (core < 1) | (core > machine.application_cores[chip]),
        "vertex {} lies on core {}, which is not for applications", core,
    )  # fmt: skip
    _, first = np.unique(chip * (1 << 16) + core, return_index=True)
    shared = np.ones(graph.n_vertices, bool)
    shared[first] = False
    _fail_if(shared, "vertex {} shares a core of chip {} with another", chip)
    chip_of_group = np.zeros(graph.n_groups, np.int64)
    chip_of_group[graph.group] = chip
    _fail_if(chip_of_group[graph.group] != chip, "vertex {} on chip {} left its group", chip)
    used = np.bincount(chip, weights=graph.sdram_bytes, minlength=n_chips)
    _fail_if(used > machine.budgets.sdram_bytes, "chip {} holds {} bytes of SDRAM", used)


def _fail_if(bad: NDArray[np.bool_], message: str, values: NDArray[np.generic]) -> None:
    if bad.any():
        first = int(np.argmax(bad))
        raise CheckError(message.format(first, values[first]))


def _keys_per_net(graph: MachineGraph) -> Ints:
    return (graph.n_members * graph.n_streams)[graph.net_vertex]


def _check_blocks(graph: MachineGraph, keys: KeyMap) -> None:
    """Every member's key must lie in the block of its net, and in no other net's."""
    room = (~keys.mask).astype(np.int64)
    members = graph.n_members[graph.net_vertex].astype(np.int64) << stage_bits(graph)
    _fail_if(room & (room + 1) != 0, "net {} has the mask {:#x}, with gaps", keys.mask)
    _fail_if(members > room + 1, "net {} has {} members, more than its mask leaves", members)
    _fail_if((keys.key & ~keys.mask) != 0, "net {} has the key {:#x} outside its mask", keys.key)
    order = np.argsort(keys.key, kind="stable")
    first = keys.key[order].astype(np.int64)
    clash = np.zeros(len(order), bool)
    clash[order[1:]] = first[1:] <= first[:-1] + room[order[:-1]]
    _fail_if(clash, "net {} with key {:#x} shares keys with another net", keys.key)


class _Packets(NamedTuple):
    net: Ints
    key: Words
    topology: Topology

    def part(self, first: int, length: int) -> "_Packets":
        chosen = slice(first, first + length)
        return _Packets(self.net[chosen], self.key[chosen], self.topology)


def _packets(
    graph: MachineGraph, keys: KeyMap, tables: RoutingTables, topology: Topology
) -> _Packets:
    """A packet of each net, or of each of its members where an entry tells them apart."""
    n_packets = np.where(_is_told_apart(keys, tables), _keys_per_net(graph), 1)
    net = np.repeat(np.arange(graph.n_nets), n_packets)
    local = np.arange(len(net)) - (np.cumsum(n_packets) - n_packets)[net]
    later, member = np.divmod(local, graph.n_members[graph.net_vertex[net]])
    stage = later + (graph.role[graph.net_vertex[net]] == Role.DELAY)
    return _Packets(net, stage_key(graph, keys, net, stage, member), topology)


def _is_told_apart(keys: KeyMap, tables: RoutingTables) -> NDArray[np.bool_]:
    """Nets of which some entry matches a part: its mask has bits that the net's has not."""
    told = np.zeros(len(keys.key), bool)
    for mask in np.unique(tables.mask):
        entry_key = np.unique(tables.key[tables.mask == mask])
        for net_mask in np.unique(keys.mask):
            if mask & ~net_mask:
                nets = np.flatnonzero(keys.mask == net_mask)
                told[nets] |= np.isin(keys.key[nets] & mask, entry_key & net_mask)
    return told


class _Walk(NamedTuple):
    n_deliveries: int
    n_links: int
    longest: int


def _walk(
    packets: _Packets, graph: MachineGraph, placement: Placement, tables: RoutingTables
) -> _Walk:
    routes, has_entry = _lookups(packets.key, tables)
    arrived = np.zeros(routes.shape, np.uint32)
    visited = np.zeros(routes.shape, bool)
    packet = np.arange(len(packets.net))
    chip = placement.chip[graph.net_vertex[packets.net]].astype(np.int64)
    in_link = np.full(len(packet), -1, np.int64)
    n_links, longest = 0, -1
    while packet.size:
        _fail(packets, packet, chip, visited[packet, chip], "comes again to")
        visited[packet, chip] = True
        _fail(packets, packet, chip, _twice(packet, chip, routes), "comes twice to")
        found = has_entry[packet, chip]
        _fail(packets, packet, chip, ~found & (in_link < 0), "has no entry on")
        straight = np.where(in_link < 0, 0, 1 << (in_link + 3) % N_LINKS)
        route = np.where(found, routes[packet, chip], straight)
        arrived[packet, chip] = route >> FIRST_CORE_BIT
        n_links, longest = n_links + _count_links(route), longest + 1
        packet, chip, in_link = _cross(packets, packet, chip, route)
    wanted = _wanted(packets, graph, placement, routes.shape)
    packet, chip = np.nonzero(arrived != wanted)
    _fail(packets, packet, chip, np.ones(len(packet), bool), "misses or adds cores on")
    return _Walk(int(np.bitwise_count(arrived).sum()), n_links, max(longest, 0))


def _twice(packet: Ints, chip: Ints, routes: Words) -> NDArray[np.bool_]:
    """Copies that meet another copy of the same packet on a chip in the same step."""
    place = packet * routes.shape[1] + chip
    _, first = np.unique(place, return_index=True)
    again = np.ones(len(place), bool)
    again[first] = False
    return again


def _lookups(key: Words, tables: RoutingTables) -> tuple[Words, NDArray[np.bool_]]:
    """Route of each packet on each chip, and whether an entry matches it there."""
    routes = np.zeros((len(key), tables.n_chips), np.uint32)
    has_entry = np.zeros(routes.shape, bool)
    for chip in range(tables.n_chips):
        table = tables.of_chip(chip)
        entry = table.lookup_many(key)
        has_entry[:, chip] = entry >= 0
        routes[has_entry[:, chip], chip] = table.route[entry[entry >= 0]]
    return routes, has_entry


def _count_links(route: Ints) -> int:
    return int(np.bitwise_count(route & ((1 << N_LINKS) - 1)).sum())


def _cross(packets: _Packets, packet: Ints, chip: Ints, route: Ints) -> tuple[Ints, Ints, Ints]:
    """Copies of the packets on the chips over all links of their routes."""
    copies = []
    for link in range(N_LINKS):
        leaves = (route >> link & 1).astype(bool)
        there = packets.topology.neighbours[chip[leaves], link].astype(np.int64)
        problem = f"leaves by the dead link {link} of"
        _fail(packets, packet[leaves], chip[leaves], there < 0, problem)
        copies.append((packet[leaves], there, np.full(len(there), (link + 3) % N_LINKS)))
    packet, chip, in_link = (np.concatenate(column) for column in zip(*copies, strict=True))
    return packet, chip, in_link


def _wanted(
    packets: _Packets, graph: MachineGraph, placement: Placement, shape: tuple[int, ...]
) -> Words:
    """Cores of each chip that each packet must reach, bit 0 for core 0."""
    n_targets = np.diff(graph.target_indptr)[packets.net]
    packet = np.repeat(np.arange(len(packets.net)), n_targets)
    start = graph.target_indptr[packets.net] - (np.cumsum(n_targets) - n_targets)
    target = graph.targets[start[packet] + np.arange(len(packet))]
    wanted = np.zeros(shape, np.uint32)
    bit = np.uint32(1) << placement.core[target].astype(np.uint32)
    np.bitwise_or.at(wanted, (packet, placement.chip[target]), bit)
    return wanted


def _fail(
    packets: _Packets,
    packet: Ints,
    chip: Ints,
    bad: NDArray[np.bool_],
    problem: str,
) -> None:
    if bad.any():
        first = int(np.argmax(bad))
        net, key = packets.net[packet[first]], packets.key[packet[first]]
        x, y = packets.topology.xy[chip[first]].tolist()
        msg = f"net {net}: the packet with key {key:#010x} {problem} chip ({x}, {y})"
        raise CheckError(msg)
