"""The kernels of compressors in readable Python, by the same names and parameters."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from router import RoutingTable, RoutingTables

__all__ = ["cover", "find_difference", "merge_pairs"]

WORD_BITS = 32

Longs = NDArray[np.int64]
Words = NDArray[np.uint32]
Bools = NDArray[np.bool_]


def merge_pairs(indptr: Longs, entries: Longs) -> tuple[Longs, Longs]:
    """Merge entries of equal mask and route whose keys differ in one bit, until none are left.

    Exact: the merged entries match the keys that were matched before, and no others.

    Parameters
    ----------
    indptr : ndarray of int64, shape (n_chips + 1,)
        Entries ``indptr[c]`` up to ``indptr[c + 1]`` are those of chip c, of disjoint keys, by
        ascending key.
    entries : ndarray of int64, shape (n_entries, 3)
        Key, mask and route of each.

    Returns
    -------
    indptr, entries
        In the same form.
    """
    key, mask, route = entries.T.astype(np.uint32)
    before = RoutingTables(indptr.copy(), key, mask, route)
    after = RoutingTables.join([_merge_table(before.of_chip(c)) for c in range(before.n_chips)])
    return after.indptr, np.stack([after.key, after.mask, after.route], 1).astype(np.int64)


def _merge_table(table: RoutingTable) -> RoutingTable:
    entries = table.key, table.mask, table.route
    n_before = -1
    while n_before != len(entries[0]):
        n_before = len(entries[0])
        for bit in range(WORD_BITS):
            entries = _merge_bit(*entries, np.uint32(1 << bit))
    key, mask, route = entries
    order = np.argsort(key)
    return RoutingTable(key[order], mask[order], route[order])


def _merge_bit(key: Words, mask: Words, route: Words, bit: np.uint32) -> tuple[Words, Words, Words]:
    """Merge the entries that differ in `bit` alone."""
    rest = key & ~bit
    order = np.lexsort((key, rest, route, mask))
    key, mask, route, rest = key[order], mask[order], route[order], rest[order]
    alike = (rest[1:] == rest[:-1]) & (mask[1:] == mask[:-1]) & (route[1:] == route[:-1])
    first = np.flatnonzero(alike & (key[1:] != key[:-1]))
    mask[first] &= ~bit
    kept = np.ones(len(key), bool)
    kept[first + 1] = False
    return key[kept], mask[kept], route[kept]


@dataclass(frozen=True, slots=True)
class _Cube:
    """The keys that one entry matches, and their route."""

    key: int
    mask: int
    route: int

    def meets(self, other: "_Cube") -> bool:
        """Whether some key is in both."""
        return not (self.key ^ other.key) & self.mask & other.mask

    def holds(self, other: "_Cube") -> bool:
        """Whether all keys of `other` are in this one."""
        return not self.mask & ~other.mask and other.key & self.mask == self.key

    def bit(self, place: int) -> int | None:
        """Value of a bit in all keys, None if both occur."""
        return self.key >> place & 1 if self.mask >> place & 1 else None


def cover(
    indptr: Longs, entries: Longs, default_indptr: Longs, default_entries: Longs
) -> tuple[Longs, Longs]:
    """Cover the entries of each chip by fewer, of which the first that matches counts.

    The new table grows from its lowest entry up. An entry put on top may match keys that wait,
    since entries above it will catch these, but none that were placed with another route. The next
    one is always that which stands for most of the entries that wait.

    Parameters
    ----------
    indptr : ndarray of int64, shape (n_chips + 1,)
        Entries ``indptr[c]`` up to ``indptr[c + 1]`` are those of chip c, of disjoint keys.
    entries : ndarray of int64, shape (n_entries, 3)
        Key, mask and route of each, those of each chip sorted by route.
    default_indptr, default_entries
        In the same form, disjoint from the others: entries that are left out, whose keys no
        entry of another route may match.

    Returns
    -------
    indptr, entries
        In the same form, in the order in which entries must be tried.
    """
    sizes, rows = [0], []
    for chip in range(len(indptr) - 1):
        default = _cubes(chip, default_indptr, default_entries)
        cubes = _cover_chip(_cubes(chip, indptr, entries), default)
        sizes.append(len(cubes))
        rows += [(cube.key, cube.mask, cube.route) for cube in cubes]
    return np.cumsum(sizes), np.array(rows, np.int64).reshape(-1, 3)


def _cubes(chip: int, indptr: Longs, entries: Longs) -> list[_Cube]:
    return [_Cube(*row) for row in entries[indptr[chip] : indptr[chip + 1]].tolist()]


def _cover_chip(waiting: list[_Cube], placed: list[_Cube]) -> list[_Cube]:
    """The new table, its first entry first."""
    routes = sorted({cube.route for cube in waiting})
    groups = {route: [cube for cube in waiting if cube.route == route] for route in routes}
    bound = {route: len(groups[route]) for route in routes}
    found: dict[int, _Cube] = {}  # a cube around `bound` entries of that route
    table: list[_Cube] = []
    while any(groups.values()):
        best = max(routes, key=lambda route: (bound[route], -route))
        if best not in found:
            found[best], bound[best] = _find_cube(groups[best], placed)
            continue
        cube = found.pop(best)
        table.insert(0, cube)
        covered = [one for one in groups[best] if cube.holds(one)]
        placed = placed + covered
        groups[best] = [one for one in groups[best] if not cube.holds(one)]
        bound[best] = min(bound[best], len(groups[best]))
        # what others have found stays as it is unless an entry that it meets was placed
        found = {
            route: other
            for route, other in found.items()
            if not any(other.meets(one) for one in covered)
        }
    return table


def _find_cube(group: list[_Cube], placed: list[_Cube]) -> tuple[_Cube, int]:
    """A cube around many of a group that meets nothing of another route, and how many.

    From the cube around all of them, half is cut off at one bit after another: that where members
    kept times rivals lost is most. A single member meets nothing, so that this ends.
    """
    rivals = [cube for cube in placed if cube.route != group[0].route]
    while True:
        cube = _enclose(group)
        rivals = [rival for rival in rivals if rival.meets(cube)]
        if not rivals:
            return cube, len(group)
        choices = []
        for place in range(WORD_BITS):
            for value in (0, 1):
                kept = sum(one.bit(place) == value for one in group)
                lost = sum(one.bit(place) == 1 - value for one in rivals)
                if kept < len(group) and not cube.mask >> place & 1:
                    choices.append((kept * (lost + 1), -place, -value))
        _, place, value = max(choices)
        group = [one for one in group if one.bit(-place) == -value]


def _enclose(group: list[_Cube]) -> _Cube:
    """The smallest cube around all of a group."""
    mask = (1 << WORD_BITS) - 1
    for one in group:
        mask &= one.mask & ~(one.key ^ group[0].key)
    return _Cube(group[0].key & mask, mask, group[0].route)


def find_difference(
    made_indptr: Longs, made: Longs, is_default: Bools, indptr: Longs, table: Longs
) -> tuple[int, int, int]:
    """Find a key of an entry that other tables give another route.

    Parameters
    ----------
    made_indptr : ndarray of int64, shape (n_chips + 1,)
        Entries ``made_indptr[c]`` up to ``made_indptr[c + 1]`` are those of chip c.
    made : ndarray of int64, shape (n_made, 3)
        Key, mask and route of each.
    is_default : ndarray of bool, shape (n_made,)
        Whether the packets of an entry have its route without it.
    indptr, table
        The other tables of the same chips, in the same form.

    Returns
    -------
    entry : int
        The first made entry with such a key, -1 if there is none.
    key : int
        The key.
    found : int
        The entry of the other tables that catches it, -1 if none does.
    """
    for chip in range(len(indptr) - 1):
        others = _cubes(chip, indptr, table)
        for at, cube in enumerate(_cubes(chip, made_indptr, made), int(made_indptr[chip])):
            where, found = _differing_part(cube, others, bool(is_default[at]))
            if where >= 0:
                return at, where, found if found < 0 else int(indptr[chip]) + found
    return -1, 0, -1


def _differing_part(cube: _Cube, table: list[_Cube], is_default: bool) -> tuple[int, int]:
    """A key of `cube` with another route, -1 if there is none, and the entry that catches it."""
    for at, entry in enumerate(table):
        if entry.holds(cube):
            return (-1, -1) if entry.route == cube.route else (cube.key, at)
        if entry.meets(cube):
            bit = 1 << (entry.mask & ~cube.mask).bit_length() - 1
            for key in (cube.key, cube.key | bit):
                half = _Cube(key, cube.mask | bit, cube.route)
                where, found = _differing_part(half, table, is_default)
                if where >= 0:
                    return where, found
            return -1, -1
    return (-1, -1) if is_default else (cube.key, -1)
