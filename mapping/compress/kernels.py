"""Compiled inner loops of compressors; the readable forms are in `mapping.compress.reference`.

Words are held as int64 here, in which all operations are exact with and without compilation.
"""

import numpy as np
from numpy.typing import NDArray

from fixedpoint.jit import kernel

__all__ = ["cover", "find_difference", "merge_pairs"]

GONE = -1
"""In place of the mask of an entry that was merged into another."""
WORD_BITS = 32

Longs = NDArray[np.int64]
Words = NDArray[np.uint32]
Bools = NDArray[np.bool_]
Tables = tuple[Longs, Words, Words, Words]


@kernel
def merge_pairs(indptr: Longs, key: Words, mask: Words, route: Words) -> Tables:
    """Merge entries that differ in one bit; parameters as in `mapping.compress.reference`."""
    keys, masks = key.astype(np.int64), mask.astype(np.int64)
    new_indptr = np.zeros(indptr.size, np.int64)
    kept = np.empty(key.size, np.int64)
    n = 0
    for chip in range(indptr.size - 1):
        order = _by_route(indptr[chip], indptr[chip + 1], key, route)
        first, at = n, 0
        while at < order.size:
            stop = _end_of_run(order, at, route)
            n_left = _merge_run(order[at:stop], keys, masks)
            kept[n : n + n_left] = order[at : at + n_left]
            n += n_left
            at = stop
        kept[first:n] = kept[first:n][np.argsort(keys[kept[first:n]])]
        new_indptr[chip + 1] = n
    kept = kept[:n]
    return new_indptr, keys[kept].astype(np.uint32), masks[kept].astype(np.uint32), route[kept]


@kernel
def _by_route(first: int, stop: int, key: Words, route: Words) -> Longs:
    """Entries `first` up to `stop`, by route, then key."""
    both = (route[first:stop].astype(np.int64) << WORD_BITS) | key[first:stop].astype(np.int64)
    order: Longs = first + np.argsort(both)
    return order


@kernel
def _end_of_run(order: Longs, at: int, route: Words) -> int:
    """One past the last entry with the route of the one at `at`."""
    stop = at + 1
    while stop < order.size and route[order[stop]] == route[order[at]]:
        stop += 1
    return stop


@kernel
def _merge_run(entries: Longs, key: Longs, mask: Longs) -> int:
    """Merge entries of one route; those that are left come first in `entries`."""
    n = entries.size
    if n < 2:
        return n
    # a hash table with open addressing: n slots are filled at first, one more at each merge
    n_slots = 4
    while n_slots < 4 * n:
        n_slots *= 2
    slots = np.full(n_slots, -1, np.int64)
    for entry in entries:
        _insert(entry, key, mask, slots)
    n_before = n + 1
    while n < n_before:
        n_before = n
        differing = 0
        for at in range(1, n):
            differing |= key[entries[at]] ^ key[entries[0]]
        for bit in range(WORD_BITS):
            if (differing >> bit) & 1:
                n = _merge_bit(1 << bit, entries[:n], key, mask, slots)
    return n


@kernel
def _merge_bit(bit: int, entries: Longs, key: Longs, mask: Longs, slots: Longs) -> int:
    """Merge the pairs of entries that differ in `bit` alone; returns how many are left."""
    for entry in entries:
        if mask[entry] & bit and not key[entry] & bit:  # the mask of what is gone has all bits
            other = _find(key[entry] | bit, mask[entry], key, mask, slots)
            if other >= 0:
                key[other], mask[other] = -1, GONE
                mask[entry] ^= bit
                _insert(entry, key, mask, slots)
    n = 0
    for entry in entries:
        if mask[entry] != GONE:
            entries[n] = entry
            n += 1
    return n


@kernel
def _slot(key: int, mask: int, n_slots: int) -> int:
    """Where the search for an entry starts: multiplicative hashing by two odd 31-bit numbers."""
    return (((key * 0x61C88647) ^ (mask * 0x2545F491)) >> 20) & (n_slots - 1)


@kernel
def _insert(entry: int, key: Longs, mask: Longs, slots: Longs) -> None:
    at = _slot(key[entry], mask[entry], slots.size)
    while slots[at] >= 0:
        at = (at + 1) & (slots.size - 1)
    slots[at] = entry


@kernel
def _find(wanted_key: int, wanted_mask: int, key: Longs, mask: Longs, slots: Longs) -> int:
    """The entry with this key and mask, -1 if there is none."""
    at = _slot(wanted_key, wanted_mask, slots.size)
    while slots[at] >= 0:
        entry = slots[at]
        if key[entry] == wanted_key and mask[entry] == wanted_mask:
            return entry
        at = (at + 1) & (slots.size - 1)
    return -1


@kernel
def cover(
    indptr: Longs,
    key: Words,
    mask: Words,
    route: Words,
    default_indptr: Longs,
    default_key: Words,
    default_mask: Words,
    default_route: Words,
) -> Tables:
    """Cover entries from the bottom up; parameters as in `mapping.compress.reference`."""
    new_indptr = np.zeros(indptr.size, np.int64)
    new_key, new_mask, new_route = np.empty_like(key), np.empty_like(mask), np.empty_like(route)
    n = 0
    for chip in range(indptr.size - 1):
        order = _by_route(indptr[chip], indptr[chip + 1], key, route)
        straight = slice(default_indptr[chip], default_indptr[chip + 1])
        n_placed = default_indptr[chip + 1] - default_indptr[chip]
        placed = np.empty((n_placed + order.size, 3), np.int64)  # key, mask, route
        placed[:n_placed, 0] = default_key[straight]
        placed[:n_placed, 1] = default_mask[straight]
        placed[:n_placed, 2] = default_route[straight]
        waiting = np.empty((order.size, 3), np.int64)
        waiting[:, 0], waiting[:, 1], waiting[:, 2] = key[order], mask[order], route[order]
        cubes = _cover_chip(waiting, placed, n_placed)
        for cube in cubes[::-1]:
            new_key[n], new_mask[n], new_route[n] = cube[0], cube[1], cube[2]
            n += 1
        new_indptr[chip + 1] = n
    return new_indptr, new_key[:n].copy(), new_mask[:n].copy(), new_route[:n].copy()


@kernel
def _cover_chip(waiting: Longs, placed: Longs, n_placed: int) -> Longs:
    """Key, mask and route of the cubes for the entries `waiting`, by route, the lowest first."""
    start = _starts_of_runs(waiting[:, 2])
    size = np.diff(start)  # entries of each route that wait
    most = size.copy()  # entries that one cube can stand for: a bound, or exact if `is_known`
    is_known = np.zeros(size.size, np.bool_)
    cube = np.zeros((size.size, 3), np.int64)
    cubes = np.empty_like(waiting)
    members = np.empty(waiting.shape[0], np.int64)
    rivals = np.empty(placed.shape[0], np.int64)
    n = 0
    while size.any():
        best = np.argmax(most)
        if not is_known[best]:
            group = waiting[start[best] : start[best] + size[best]]
            most[best] = _find_cube(group, placed[:n_placed], members, rivals, cube[best])
            is_known[best] = True
            continue
        cubes[n] = cube[best]
        n += 1
        n_left = start[best]
        for at in range(start[best], start[best] + size[best]):
            if not _is_within(waiting[at], cube[best]):
                waiting[n_left] = waiting[at]
                n_left += 1
                continue
            placed[n_placed] = waiting[at]
            n_placed += 1
            for other in range(size.size):
                if is_known[other] and other != best and _meet(waiting[at], cube[other]):
                    is_known[other] = False
        size[best] = n_left - start[best]
        most[best] = min(most[best], size[best])
        is_known[best] = False
    return cubes[:n]


@kernel
def _starts_of_runs(values: Longs) -> Longs:
    """Where runs of equal values start, and the end of the last."""
    starts = np.empty(values.size + 1, np.int64)
    n = 0
    for at in range(values.size):
        if at == 0 or values[at] != values[at - 1]:
            starts[n] = at
            n += 1
    starts[n] = values.size
    return starts[: n + 1]


@kernel
def _is_within(entry: Longs, cube: Longs) -> bool:
    """Whether `cube` matches all keys that `entry` does."""
    return cube[1] & ~entry[1] == 0 and entry[0] & cube[1] == cube[0]


@kernel
def _meet(entry: Longs, cube: Longs) -> bool:
    """Whether some key is matched by both."""
    return (entry[0] ^ cube[0]) & entry[1] & cube[1] == 0


@kernel
def _find_cube(group: Longs, placed: Longs, members: Longs, rivals: Longs, cube: Longs) -> int:
    """Find a cube around many entries of a group that no placed entry of another route meets."""
    n_members = group.shape[0]
    members[:n_members] = np.arange(n_members)
    n_rivals = 0
    for at in range(placed.shape[0]):
        if placed[at, 2] != group[0, 2]:
            rivals[n_rivals] = at
            n_rivals += 1
    while True:
        _enclose(group, members[:n_members], cube)
        n_met = 0
        for rival in rivals[:n_rivals]:
            if _meet(placed[rival], cube):
                rivals[n_met] = rival
                n_met += 1
        n_rivals = n_met
        if n_rivals == 0:
            return n_members
        bit, value = _choose_half(group, members[:n_members], placed, rivals[:n_rivals], cube[1])
        n_left = 0
        for member in members[:n_members]:
            if group[member, 1] & bit and group[member, 0] & bit == value:
                members[n_left] = member
                n_left += 1
        n_members = n_left


@kernel
def _enclose(group: Longs, members: Longs, cube: Longs) -> None:
    """Make `cube` the smallest one around the members."""
    first = members[0]
    cube[:] = group[first]
    for member in members[1:]:
        cube[1] &= group[member, 1] & ~(group[member, 0] ^ group[first, 0])
    cube[0] &= cube[1]


@kernel
def _choose_half(
    group: Longs, members: Longs, placed: Longs, rivals: Longs, mask: int
) -> tuple[int, int]:
    """Bit that `mask` leaves free, and its value in the half that is worth most."""
    best, best_bit, best_value = 0, 0, 0
    for place in range(WORD_BITS):
        bit = 1 << place
        if mask & bit:
            continue
        ones, zeros = _count(group, members, bit)
        other_ones, other_zeros = _count(placed, rivals, bit)
        worth = zeros * (other_ones + 1)
        if worth > best and zeros < members.size:
            best, best_bit, best_value = worth, bit, 0
        worth = ones * (other_zeros + 1)
        if worth > best and ones < members.size:
            best, best_bit, best_value = worth, bit, bit
    return best_bit, best_value


@kernel
def _count(entries: Longs, used: Longs, bit: int) -> tuple[int, int]:
    """Those of the entries used that ask for a one in this bit, and for a zero."""
    ones, zeros = 0, 0
    for at in used:
        if entries[at, 1] & bit:
            if entries[at, 0] & bit:
                ones += 1
            else:
                zeros += 1
    return ones, zeros


@kernel
def find_difference(
    made_indptr: Longs,
    made_key: Words,
    made_mask: Words,
    made_route: Words,
    is_default: Bools,
    indptr: Longs,
    key: Words,
    mask: Words,
    route: Words,
) -> tuple[int, int, int]:
    """Find a key with another route; parameters as in `mapping.compress.reference`."""
    pending = np.empty((WORD_BITS + 1, 2), np.int64)  # key and mask of parts of an entry
    table = np.empty((key.size, 3), np.int64)
    table[:, 0], table[:, 1], table[:, 2] = key, mask, route
    for chip in range(indptr.size - 1):
        for entry in range(made_indptr[chip], made_indptr[chip + 1]):
            pending[0, 0], pending[0, 1] = made_key[entry], made_mask[entry]
            n = 1
            while n:
                n -= 1
                part = pending[n]
                found = indptr[chip]
                while found < indptr[chip + 1] and not _meet(part, table[found]):
                    found += 1
                if found == indptr[chip + 1]:
                    if not is_default[entry]:
                        return entry, part[0], -1
                elif table[found, 1] & ~part[1] == 0:
                    if table[found, 2] != made_route[entry]:
                        return entry, part[0], found
                else:  # it matches a half at most: look at both
                    bit = _highest_bit(table[found, 1] & ~part[1])
                    pending[n, 1] |= bit
                    pending[n + 1] = pending[n]  # zeros, which come first
                    pending[n, 0] |= bit
                    n += 2
    return -1, 0, -1


@kernel
def _highest_bit(word: int) -> int:
    bit = 1
    while bit << 1 <= word:
        bit <<= 1
    return bit
