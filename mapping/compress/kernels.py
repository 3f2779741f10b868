"""Compiled inner loops of compressors; the readable forms are in `mapping.compress.reference`.

Entries are rows of key, mask and route, words held as int64, in which all that is done with them is
exact, compiled or not.
"""

import numpy as np
from numpy.typing import NDArray

from fixedpoint.jit import kernel

__all__ = ["cover", "find_difference", "merge_pairs"]

GONE = -1
"""In place of the key and mask of an entry that was merged into another."""
WORD_BITS = 32

Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]


@kernel
def merge_pairs(indptr: Longs, entries: Longs) -> tuple[Longs, Longs]:
    """Merge entries that differ in one bit; parameters as in `mapping.compress.reference`."""
    new_indptr = np.zeros(indptr.size, np.int64)
    merged = entries.copy()
    n = 0
    for chip in range(indptr.size - 1):
        first = indptr[chip]
        for at in range(indptr[chip + 1] - first):
            _copy(entries[first + at], merged[n + at])
        n += _merge_table(merged[n : n + indptr[chip + 1] - first])
        new_indptr[chip + 1] = n
    return new_indptr, merged[:n]


@kernel
def _copy(entry: Longs, to: Longs) -> None:
    to[0], to[1], to[2] = entry[0], entry[1], entry[2]


@kernel
def _merge_table(table: Longs) -> int:
    """Merge entries of one chip; those that are left come first, and keep their order."""
    n = table.shape[0]
    # a hash table with open addressing: n slots are filled at first, one more at each merge
    n_slots = 4
    while n_slots < 4 * n:
        n_slots *= 2
    slots = np.full(n_slots, -1, np.int64)
    differing = 0
    for entry in range(n):
        _insert(entry, table, slots)
        differing |= table[entry, 0] ^ table[0, 0]
    left = np.arange(n)
    n_before = n + 1
    while n < n_before:
        n_before = n
        for place in range(WORD_BITS):
            if (differing >> place) & 1:
                n = _merge_bit(1 << place, left[:n], table, slots)
    for at in range(n):
        _copy(table[left[at]], table[at])
    return n


@kernel
def _merge_bit(bit: int, left: Longs, table: Longs, slots: Longs) -> int:
    """Merge the pairs of entries that differ in `bit` alone; returns how many are left."""
    for entry in left:
        key, mask = table[entry, 0], table[entry, 1]
        if mask & bit and not key & bit:  # what is gone has a key of ones
            other = _find(key | bit, mask, table[entry, 2], table, slots)
            if other >= 0:
                table[other, 0], table[other, 1] = GONE, GONE
                table[entry, 1] ^= bit
                _insert(entry, table, slots)
    n = 0
    for entry in left:
        if table[entry, 1] != GONE:
            left[n] = entry
            n += 1
    return n


@kernel
def _slot(key: int, mask: int, n_slots: int) -> int:
    """Where the search for an entry starts: multiplicative hashing by two odd 31-bit numbers."""
    return (((key * 0x61C88647) ^ (mask * 0x2545F491)) >> 20) & (n_slots - 1)


@kernel
def _insert(entry: int, table: Longs, slots: Longs) -> None:
    at = _slot(table[entry, 0], table[entry, 1], slots.size)
    while slots[at] >= 0:
        at = (at + 1) & (slots.size - 1)
    slots[at] = entry


@kernel
def _find(key: int, mask: int, route: int, table: Longs, slots: Longs) -> int:
    """The entry with this key, mask and route, -1 if there is none."""
    at = _slot(key, mask, slots.size)
    while slots[at] >= 0:
        entry = slots[at]
        if table[entry, 0] == key and table[entry, 1] == mask and table[entry, 2] == route:
            return entry
        at = (at + 1) & (slots.size - 1)
    return -1


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
def cover(
    indptr: Longs, entries: Longs, default_indptr: Longs, default_entries: Longs
) -> tuple[Longs, Longs]:
    """Cover entries from the bottom up; parameters as in `mapping.compress.reference`."""
    new_indptr = np.zeros(indptr.size, np.int64)
    covers = np.empty(entries.shape, np.int64)
    n = 0
    for chip in range(indptr.size - 1):
        waiting = entries[indptr[chip] : indptr[chip + 1]].copy()
        n_placed = default_indptr[chip + 1] - default_indptr[chip]
        placed = np.empty((n_placed + waiting.shape[0], 3), np.int64)
        for at in range(n_placed):
            _copy(default_entries[default_indptr[chip] + at], placed[at])
        cubes = _cover_chip(waiting, placed, n_placed)
        for at in range(cubes.shape[0] - 1, -1, -1):
            _copy(cubes[at], covers[n])
            n += 1
        new_indptr[chip + 1] = n
    return new_indptr, covers[:n]


@kernel
def _cover_chip(waiting: Longs, placed: Longs, n_placed: int) -> Longs:
    """Key, mask and route of the cubes for the entries `waiting`, by route, the lowest first."""
    start = _starts_of_runs(waiting[:, 2])
    size = start[1:] - start[:-1]  # entries of each route that wait
    most = size.copy()  # entries that one cube can stand for: a bound, or exact if `is_known`
    is_known = np.zeros(size.size, np.bool_)
    cube = np.zeros((size.size, 3), np.int64)
    cubes = np.empty(waiting.shape, np.int64)
    members = np.empty(waiting.shape[0], np.int64)
    rivals = np.empty(placed.shape[0], np.int64)
    n = 0
    while n_placed < placed.shape[0]:
        best = np.argmax(most)
        if not is_known[best]:
            group = waiting[start[best] : start[best] + size[best]]
            most[best] = _find_cube(group, placed[:n_placed], members, rivals, cube[best])
            is_known[best] = True
            continue
        _copy(cube[best], cubes[n])
        n += 1
        n_left = start[best]
        for at in range(start[best], start[best] + size[best]):
            if not _is_within(waiting[at], cube[best]):
                _copy(waiting[at], waiting[n_left])
                n_left += 1
                continue
            _copy(waiting[at], placed[n_placed])
            n_placed += 1
            for other in range(size.size):
                if is_known[other] and other != best and _meet(waiting[at], cube[other]):
                    is_known[other] = False
        size[best] = n_left - start[best]
        most[best] = min(most[best], size[best])
        is_known[best] = False
    return cubes[:n]


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
    for at in range(n_members):
        members[at] = at
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
    _copy(group[first], cube)
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
    made_indptr: Longs, made: Longs, is_default: Bools, indptr: Longs, table: Longs
) -> tuple[int, int, int]:
    """Find a key with another route; parameters as in `mapping.compress.reference`."""
    pending = np.empty((WORD_BITS + 1, 2), np.int64)  # key and mask of parts of an entry
    for chip in range(indptr.size - 1):
        for entry in range(made_indptr[chip], made_indptr[chip + 1]):
            pending[0, 0], pending[0, 1] = made[entry, 0], made[entry, 1]
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
                    if table[found, 2] != made[entry, 2]:
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
