"""Independent proof that the tables deliver every packet where it belongs.

Nothing of how placement, routes or tables were made is trusted: packets are sent through the final
tables, entry by entry and link by link, and what arrives is compared with the nets of the graph.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mapping.check import kernels
from mapping.errors import CheckError
from mapping.graph import Layout, MachineGraph, Role
from mapping.keys import KeyMap, stage_bits, stage_key
from mapping.machine import Machine
from mapping.place import Placement
from mapping.trees import Deliveries, deliver
from router import RoutingTables
from router.table import FIRST_CORE_BIT, ROUTE_BITS

__all__ = ["CheckReport", "check"]

CELLS_AT_ONCE = 1 << 25
"""Pairs of packet and chip that a thread looks up at a time, which bounds the memory used."""
N_THREADS = 2
"""Each needs the memory above, and mostly waits for it."""

PROBLEMS = {
    kernels.HAS_NO_ENTRY: "has no entry on",
    kernels.COMES_AGAIN: "comes again to",
    kernels.DEAD_LINK: "leaves by a dead link of",
    kernels.WRONG_CORES: "misses or adds cores on",
}
"""What `mapping.check.kernels.follow` can find, by its code."""

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
    packets = _packets(graph, keys, tables)
    n_links, longest = _walk(packets, graph, placement, tables, machine)
    return CheckReport(
        n_nets=graph.n_nets,
        n_keys=int(_keys_per_net(graph).sum()),
        n_packets=len(packets[0]),
        n_deliveries=int(graph.n_targets[packets[0]].sum()),
        n_links=n_links,
        longest=longest,
    )


def check_placement(graph: MachineGraph, placement: Placement, machine: Machine) -> None:
    """Prove that vertices have cores of their own, ensembles one chip, and chips enough memory.

    In a homogeneous layout a group is a wish: its cores exchange packets, not memory.

    Raises
    ------
    CheckError
    """
    n_chips = machine.topology.n_chips
    chip, core = placement.chip.astype(np.int64), placement.core.astype(np.int64)
    _fail_if((chip < 0) | (chip >= n_chips), "vertex {} lies on chip {}, which is missing", chip)
    _fail_if(
        (core < 1) | (core >= machine.topology.cores[chip]),
        "vertex {} lies on core {}, which is missing or the monitor's", core,
    )  # fmt: skip
    crowd = np.bincount(chip, minlength=n_chips)
    _fail_if_over(machine, crowd, machine.application_cores, "{} vertices on application cores")
    _, first = np.unique(chip * (1 << 16) + core, return_index=True)
    shared = np.ones(graph.n_vertices, bool)
    shared[first] = False
    _fail_if(shared, "vertex {} shares a core of chip {} with another", chip)
    chip_of_group = np.zeros(graph.n_groups, np.int64)
    chip_of_group[graph.group] = chip
    strayed = (chip_of_group[graph.group] != chip) & (graph.layout is Layout.ENSEMBLE)
    _fail_if(strayed, "vertex {} on chip {} left its group", chip)
    used = np.zeros(n_chips, np.int64)
    np.add.at(used, chip, graph.sdram_bytes)
    limit = np.full(n_chips, machine.budgets.sdram_bytes)
    _fail_if_over(machine, used, limit, "{} bytes of SDRAM")


def _fail_if_over(machine: Machine, used: Ints, limit: Ints, what: str) -> None:
    over = used > limit
    if over.any():
        chip = int(np.argmax(over))
        x, y = machine.topology.xy[chip].tolist()
        msg = f"chip ({x}, {y}) holds {what.format(used[chip])}, limit {limit[chip]}"
        raise CheckError(msg)


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


def _packets(graph: MachineGraph, keys: KeyMap, tables: RoutingTables) -> tuple[Ints, Words]:
    """Net and key of a packet of each net, or of each member where an entry tells them apart.

    In the order of their keys.
    """
    n_packets = np.where(_is_told_apart(keys, tables), _keys_per_net(graph), 1)
    net = np.repeat(np.arange(graph.n_nets), n_packets)
    local = np.arange(len(net)) - (np.cumsum(n_packets) - n_packets)[net]
    later, member = np.divmod(local, graph.n_members[graph.net_vertex[net]])
    stage = later + (graph.role[graph.net_vertex[net]] == Role.DELAY)
    key = stage_key(graph, keys, net, stage, member)
    order = np.argsort(key, kind="stable")
    return net[order], key[order]


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


def _wanted(graph: MachineGraph, placement: Placement, n_chips: int) -> Deliveries:
    """Cores of each chip that each target set is on, after a proof that these are its targets'.

    There are as many as targets, and that of every target is among them. Sets of cores that are
    numbered, on chips too large for the bits of a route, are trusted.
    """
    wanted = deliver(graph, placement, n_chips)
    if int(placement.core.max(initial=0)) >= ROUTE_BITS - FIRST_CORE_BIT:
        return wanted
    n_targets = np.diff(graph.target_indptr)
    target_set = np.repeat(np.arange(graph.n_target_sets), n_targets)
    n_cores = np.add.reduceat(
        np.append(np.bitwise_count(wanted.cores), 0),
        np.minimum(wanted.indptr[:-1], len(wanted.cores)),
    )
    _fail_if(
        n_cores != n_targets, "target set {} is wanted on {} cores, not on all its own", n_cores
    )
    reached = np.repeat(np.arange(graph.n_target_sets), np.diff(wanted.indptr))
    places = reached * n_chips + wanted.chip
    at = np.searchsorted(places, target_set * n_chips + placement.chip[graph.targets])
    bit = placement.core[graph.targets].astype(np.uint32) + np.uint32(FIRST_CORE_BIT)
    cores = np.append(wanted.cores, np.uint32(0))[at]
    chip = placement.chip[graph.targets]
    _fail_if(cores >> bit & 1 == 0, "target {} is not wanted where it lies, on chip {}", chip)
    return wanted


def _walk(
    packets: tuple[Ints, Words],
    graph: MachineGraph,
    placement: Placement,
    tables: RoutingTables,
    machine: Machine,
) -> tuple[int, int]:
    """Follow all packets; the links that they crossed, and the longest way."""
    net, key = packets
    topology = machine.topology
    wanted = _wanted(graph, placement, topology.n_chips)
    source = placement.chip[graph.net_vertex]

    def follow(part: slice) -> tuple[int, int]:
        routes = kernels.look_up(key[part], tables.indptr, tables.key, tables.mask, tables.route)
        n_links, longest, problem, packet, chip = kernels.follow(
            routes,
            topology.neighbours,
            source[net[part]],
            graph.net_targets[net[part]],
            wanted.indptr,
            wanted.chip,
            wanted.cores,
        )
        if problem:
            x, y = topology.xy[chip].tolist()
            at = part.start + packet
            what = f"the packet with key {key[at]:#010x} {PROBLEMS[problem]} chip ({x}, {y})"
            msg = f"net {net[at]}: {what}"
            raise CheckError(msg)
        return n_links, longest

    n_at_once = max(1, CELLS_AT_ONCE // topology.n_chips)
    parts = [slice(first, first + n_at_once) for first in range(0, len(net), n_at_once)]
    with ThreadPoolExecutor(N_THREADS) as pool:
        followed = list(pool.map(follow, parts))
    return sum(n for n, _ in followed), max((n for _, n in followed), default=0)
