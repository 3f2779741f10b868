"""The kernels of the check in readable Python, by the same names and parameters."""

import numpy as np
from numpy.typing import NDArray

from mapping.check.kernels import (
    COMES_AGAIN,
    DEAD_LINK,
    HAS_NO_ENTRY,
    NO_ENTRY,
    WRONG_CORES,
)
from router.geometry import N_LINKS, opposite
from router.table import FIRST_CORE_BIT, RoutingTable, default_route

__all__ = ["follow", "look_up"]

Longs = NDArray[np.int64]
Ints = NDArray[np.int32]
Words = NDArray[np.uint32]


def look_up(packet_key: Words, indptr: Longs, key: Words, mask: Words, route: Words) -> Words:
    """Look packets up in all tables.

    Parameters
    ----------
    packet_key : ndarray of uint32, shape (n_packets,)
        Ascending.
    indptr, key, mask, route
        As `RoutingTables` has them.

    Returns
    -------
    ndarray of uint32, shape (n_chips, n_packets)
        Route of each packet on each chip, `NO_ENTRY` where no entry matches.
    """
    routes = np.full((len(indptr) - 1, len(packet_key)), NO_ENTRY, np.uint32)
    for chip in range(len(indptr) - 1):
        part = slice(int(indptr[chip]), int(indptr[chip + 1]))
        table = RoutingTable(key[part].copy(), mask[part].copy(), route[part].copy())
        for packet, one in enumerate(packet_key.tolist()):
            entry = table.lookup(one)
            if entry >= 0:
                routes[chip, packet] = table.route[entry]
    return routes


def follow(
    routes: Words,
    neighbours: Ints,
    source: Ints,
    target_set: Ints,
    wanted_indptr: Longs,
    wanted_chip: Ints,
    wanted_cores: Words,
) -> tuple[int, int, int, int, int]:
    """Follow packets from chip to chip, the last link of a route first.

    Parameters
    ----------
    routes : ndarray of uint32, shape (n_chips, n_packets)
        As `look_up` gives them.
    neighbours : ndarray of int32, shape (n_chips, 6)
    source, target_set : ndarray of int32, shape (n_packets,)
        Where each packet starts, and what it must reach.
    wanted_indptr, wanted_chip, wanted_cores
        Cores to be reached by target set, as `Deliveries` has them.

    Returns
    -------
    n_links, longest : int
        Links crossed by all packets, and by the one that goes furthest.
    problem : int
        0, or the first problem found; then all ends.
    packet, chip : int
        Where it was found.
    """
    n_links, longest = 0, 0
    for packet in range(routes.shape[1]):
        reached = slice(*wanted_indptr[target_set[packet] :][:2].tolist())
        cores = wanted_cores[reached] >> FIRST_CORE_BIT
        wanted = dict(zip(wanted_chip[reached].tolist(), cores.tolist(), strict=True))
        visited: set[int] = set()
        pending = [(int(source[packet]), -1, 0)]
        while pending:
            chip, in_link, length = pending.pop()
            if chip in visited:
                return n_links, longest, COMES_AGAIN, packet, chip
            visited.add(chip)
            longest = max(longest, length)
            route = int(routes[chip, packet])
            if route == NO_ENTRY and in_link < 0:
                return n_links, longest, HAS_NO_ENTRY, packet, chip
            route = default_route(in_link) if route == NO_ENTRY else route
            if route >> FIRST_CORE_BIT != wanted.get(chip, 0):
                return n_links, longest, WRONG_CORES, packet, chip
            for link in range(N_LINKS):
                if route >> link & 1:
                    there = int(neighbours[chip, link])
                    if there < 0:
                        return n_links, longest, DEAD_LINK, packet, chip
                    n_links += 1
                    pending.append((there, opposite(link), length + 1))
        for chip in wanted_chip[reached].tolist():
            if chip not in visited:
                return n_links, longest, WRONG_CORES, packet, chip
    return n_links, longest, 0, -1, -1
