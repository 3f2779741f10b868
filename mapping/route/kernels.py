"""Compiled inner loops of mapping; the readable forms are in `mapping.route.reference`."""

import numpy as np
from numpy.typing import NDArray

from fixedpoint.jit import kernel

__all__ = ["grow_tree"]

Ints = NDArray[np.int32]
Bytes = NDArray[np.int8]


@kernel
def _chip_at(chip_id: Ints, wrap: bool, x: int, y: int) -> int:
    width, height = chip_id.shape
    if wrap:
        return chip_id[x % width, y % height]  # type: ignore[no-any-return]
    if x < 0 or x >= width or y < 0 or y >= height:
        return -1
    return chip_id[x, y]  # type: ignore[no-any-return]


@kernel
def _nearest(
    xy: Ints,
    chip_id: Ints,
    wrap: bool,
    target: int,
    radius: int,
    node_of: Ints,
) -> int:
    x, y = int(xy[target, 0]), int(xy[target, 1])
    for ring in range(1, radius + 1):
        x -= 1
        y -= 1
        for link in range(6):
            step_x = 1 if link <= 1 else (-1 if 3 <= link <= 4 else 0)
            step_y = 1 if 1 <= link <= 2 else (-1 if link >= 4 else 0)
            for _ in range(ring):
                found = _chip_at(chip_id, wrap, x, y)
                if found >= 0 and node_of[found] >= 0:
                    return found
                x += step_x
                y += step_y
    return -1


@kernel
def _span(x: int, y: int) -> int:
    return max(x, y, 0) - min(x, y, 0)


@kernel
def _straight(
    neighbours: Ints,
    xy: Ints,
    chip_id: Ints,
    wrap: bool,
    start: int,
    target: int,
    path: Ints,
    links: Bytes,
) -> int:
    x = int(xy[target, 0]) - int(xy[start, 0])
    y = int(xy[target, 1]) - int(xy[start, 1])
    if wrap:
        width, height = chip_id.shape
        east, north = x % width, y % height
        x, y = east, north
        for way in range(1, 4):
            other_x = east - width if way & 1 else east
            other_y = north - height if way & 2 else north
            if _span(other_x, other_y) < _span(x, y):
                x, y = other_x, other_y
    z = 0
    median = max(min(x, y), min(max(x, y), z))
    x, y, z = x - median, y - median, z - median
    place = start
    n = 0
    done = 0  # bits of the dimensions walked
    for _ in range(3):
        best, length = -1, -1
        for dimension in range(3):
            value = abs(x if dimension == 0 else (y if dimension == 1 else z))
            if not (done >> dimension) & 1 and value > length:
                best, length = dimension, value
        done |= 1 << best
        value = x if best == 0 else (y if best == 1 else z)
        if best == 0:
            link = 0 if value >= 0 else 3
        elif best == 1:
            link = 2 if value >= 0 else 5
        else:
            link = 4 if value >= 0 else 1
        for _step in range(length):
            path[n] = place
            links[n] = link
            n += 1
            place = neighbours[place, link]
            if place < 0:
                return -1
    return n


@kernel
def _detour(neighbours: Ints, target: int, node_of: Ints, path: Ints, links: Bytes) -> int:
    # links[c] is the link that leads from c towards the target; path is the queue
    links[:] = -1
    links[target] = 6
    path[0] = target
    head, tail = 0, 1
    while head < tail:
        here = path[head]
        head += 1
        for link in range(6):
            there = neighbours[here, link]
            if there < 0 or links[there] >= 0:
                continue
            links[there] = (link + 3) % 6
            if node_of[there] >= 0:
                return there  # type: ignore[no-any-return]
            path[tail] = there
            tail += 1
    return -1


@kernel
def _add(
    neighbours: Ints,
    place: int,
    link: int,
    n: int,
    node_of: Ints,
    chip: Ints,
    in_link: Bytes,
    parent: Ints,
) -> int:
    there = neighbours[place, link]
    node_of[there] = n
    chip[n] = there
    in_link[n] = (link + 3) % 6
    parent[n] = node_of[place]
    return there  # type: ignore[no-any-return]


@kernel
def grow_tree(
    neighbours: Ints,
    xy: Ints,
    chip_id: Ints,
    wrap: bool,
    source: int,
    targets: Ints,
    radius: int,
    node_of: Ints,
    path: Ints,
    links: Bytes,
    chip: Ints,
    in_link: Bytes,
    parent: Ints,
) -> int:
    """Grow a tree from `source` to `targets`; parameters and result as `mapping.route.reference`.

    Notes
    -----
    The path taken is cut to what follows its last chip on the tree, so every added chip is new and
    the tree has no cycle.
    """
    node_of[:] = -1
    node_of[source] = 0
    chip[0] = source
    in_link[0] = -1
    parent[0] = -1
    n = 1
    for i in range(targets.size):
        target = targets[i]
        if node_of[target] >= 0:
            continue
        start = _nearest(xy, chip_id, wrap, target, radius, node_of)
        if start < 0:
            start = source
        n_steps = _straight(neighbours, xy, chip_id, wrap, start, target, path, links)
        if n_steps >= 0:
            first = 0
            for at in range(n_steps):
                if node_of[path[at]] >= 0:
                    first = at
            for at in range(first, n_steps):
                _add(neighbours, path[at], links[at], n, node_of, chip, in_link, parent)
                n += 1
            continue
        place = _detour(neighbours, target, node_of, path, links)
        if place < 0:
            return -1 - i
        while place != target:
            place = _add(
                neighbours, place, links[place], n, node_of, chip, in_link, parent
            )
            n += 1
    return n
