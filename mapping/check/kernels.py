"""Compiled inner loops of the check; the readable forms are in `mapping.check.reference`."""

import numpy as np
from numpy.typing import NDArray

from fixedpoint.jit import kernel

__all__ = [
    "COMES_AGAIN",
    "DEAD_LINK",
    "HAS_NO_ENTRY",
    "NO_ENTRY",
    "WRONG_CORES",
    "follow",
    "look_up",
]

NO_ENTRY = np.uint32(0xFFFFFFFF)
"""In place of a route, which has 24 bits."""
NOWHERE = 7
"""In place of the link by which a packet came, where it was sent."""
PACKETS_AT_ONCE = 16
"""As many routes as a line of the cache holds."""
ALL_BITS = 0xFFFFFFFF
"""Of a key."""
HAS_NO_ENTRY, COMES_AGAIN, DEAD_LINK, WRONG_CORES = 1, 2, 3, 4
"""What can be wrong with a packet."""

Longs = NDArray[np.int64]
Ints = NDArray[np.int32]
Words = NDArray[np.uint32]


@kernel
def look_up(packet_key: Words, indptr: Longs, key: Words, mask: Words, route: Words) -> Words:
    """Look packets up in all tables; parameters as in `mapping.check.reference`."""
    n_chips = indptr.size - 1
    n_packets = packet_key.size
    routes = np.full((n_chips, n_packets), NO_ENTRY, np.uint32)
    if n_packets == 0:
        return routes
    lowest, highest = packet_key[0], packet_key[-1]
    for chip in range(n_chips):
        for entry in range(indptr[chip + 1] - 1, indptr[chip] - 1, -1):  # the first one wins
            first_key, free_bits = np.int64(key[entry]), ALL_BITS ^ np.int64(mask[entry])
            last_key = first_key | free_bits
            if first_key > highest or last_key < lowest:
                continue
            first = np.searchsorted(packet_key, first_key)
            if free_bits & (free_bits + 1) == 0:  # a run of keys
                stop = np.searchsorted(packet_key, last_key, side="right")
                routes[chip, first:stop] = route[entry]
                continue
            at = first
            while at < n_packets and packet_key[at] <= last_key:
                if packet_key[at] & mask[entry] == key[entry]:
                    routes[chip, at] = route[entry]
                at += 1
    return routes


@kernel
def follow(
    routes: Words,
    neighbours: Ints,
    source: Ints,
    target_set: Ints,
    wanted_indptr: Longs,
    wanted_chip: Ints,
    wanted_cores: Words,
) -> tuple[int, int, int, int, int]:
    """Follow packets from chip to chip; parameters as in `mapping.check.reference`."""
    n_chips, n_packets = routes.shape
    wanted = np.zeros(n_chips, np.uint32)
    visited = np.full(n_chips, -1, np.int32)
    rows = np.empty((PACKETS_AT_ONCE, n_chips), np.uint32)  # routes by packet, for the cache
    stack = np.empty((n_chips * 6 + 1, 2), np.int32)  # chip; links so far and link by which it came
    n_links = np.int64(0)
    longest = np.int64(0)
    current = -1
    for packet in range(n_packets):
        if packet % PACKETS_AT_ONCE == 0:
            n_rows = min(PACKETS_AT_ONCE, n_packets - packet)
            for place in range(n_chips):
                for row in range(n_rows):
                    rows[row, place] = routes[place, packet + row]
        row_of_packet = rows[packet % PACKETS_AT_ONCE]
        if target_set[packet] != current:
            if current >= 0:
                for at in range(wanted_indptr[current], wanted_indptr[current + 1]):
                    wanted[wanted_chip[at]] = 0
            current = target_set[packet]
            for at in range(wanted_indptr[current], wanted_indptr[current + 1]):
                wanted[wanted_chip[at]] = wanted_cores[at]
        stack[0, 0], stack[0, 1] = source[packet], NOWHERE
        n_stacked = 1
        n_missing = wanted_indptr[current + 1] - wanted_indptr[current]
        while n_stacked:
            n_stacked -= 1
            chip, way = stack[n_stacked, 0], stack[n_stacked, 1]
            length, in_link = way >> 3, way & 7
            if visited[chip] == packet:
                return n_links, longest, COMES_AGAIN, packet, chip
            visited[chip] = packet
            longest = max(longest, length)
            route = row_of_packet[chip]
            if route == NO_ENTRY:
                if in_link == NOWHERE:
                    return n_links, longest, HAS_NO_ENTRY, packet, chip
                route = np.uint32(1 << (in_link + 3 if in_link < 3 else in_link - 3))
            if route >> np.uint32(6) != wanted[chip] >> np.uint32(6):
                return n_links, longest, WRONG_CORES, packet, chip
            n_missing -= wanted[chip] != 0
            for link in range(6):
                if (route >> np.uint32(link)) & np.uint32(1):
                    there = neighbours[chip, link]
                    if there < 0:
                        return n_links, longest, DEAD_LINK, packet, chip
                    n_links += 1
                    back = link + 3 if link < 3 else link - 3
                    stack[n_stacked, 0], stack[n_stacked, 1] = there, (length + 1) << 3 | back
                    n_stacked += 1
        at = wanted_indptr[current]
        while n_missing:
            if visited[wanted_chip[at]] != packet:
                return n_links, longest, WRONG_CORES, packet, wanted_chip[at]
            at += 1
    return n_links, longest, 0, -1, -1
