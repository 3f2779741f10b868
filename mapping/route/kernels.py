"""Compiled inner loops of routers; the readable forms are in `mapping.route.reference`."""

import numpy as np
from numpy.typing import NDArray

from fixedpoint.jit import kernel

__all__ = ["grow_cheapest", "grow_tree"]

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Bytes = NDArray[np.int8]


@kernel
def _chip_at(chip_id: Ints, wrap: bool, x: int, y: int) -> int:
    width, height = chip_id.shape
    if wrap:
        return chip_id[x % width, y % height]
    if x < 0 or x >= width or y < 0 or y >= height:
        return -1
    return chip_id[x, y]


@kernel
def _nearest(
    xy: Ints,
    chip_id: Ints,
    wrap: bool,
    target: int,
    radius: int,
    is_shallow: bool,
    node_of: Ints,
    depth: Ints,
) -> int:
    x, y = int(xy[target, 0]), int(xy[target, 1])
    for ring in range(1, radius + 1):
        x -= 1
        y -= 1
        nearest = -1
        for link in range(6):
            step_x = 1 if link <= 1 else (-1 if 3 <= link <= 4 else 0)
            step_y = 1 if 1 <= link <= 2 else (-1 if link >= 4 else 0)
            for _ in range(ring):
                found = _chip_at(chip_id, wrap, x, y)
                if found >= 0 and node_of[found] >= 0:
                    if not is_shallow:
                        return found
                    if nearest < 0 or depth[node_of[found]] < depth[node_of[nearest]]:
                        nearest = found
                x += step_x
                y += step_y
        if nearest >= 0:
            return nearest
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
                return there
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
    return there


@kernel
def grow_tree(
    neighbours: Ints,
    xy: Ints,
    chip_id: Ints,
    wrap: bool,
    source: int,
    targets: Ints,
    radius: int,
    is_shallow: bool,
    node_of: Ints,
    depth: Ints,
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
    depth[0] = 0
    n = 1
    for i in range(targets.size):
        target = targets[i]
        if node_of[target] >= 0:
            continue
        start = _nearest(xy, chip_id, wrap, target, radius, is_shallow, node_of, depth)
        if start < 0:
            start = source
        n_steps = _straight(neighbours, xy, chip_id, wrap, start, target, path, links)
        if n_steps >= 0:
            first = 0
            for at in range(n_steps):
                if node_of[path[at]] >= 0:
                    first = at
            for at in range(first, n_steps):
                depth[n] = depth[node_of[path[at]]] + 1
                _add(neighbours, path[at], links[at], n, node_of, chip, in_link, parent)
                n += 1
            continue
        place = _detour(neighbours, target, node_of, path, links)
        if place < 0:
            return -1 - i
        while place != target:
            depth[n] = depth[node_of[place]] + 1
            place = _add(neighbours, place, links[place], n, node_of, chip, in_link, parent)
            n += 1
    return n


@kernel
def _rise(heap: Ints, place_of: Ints, cost_of: Longs, place: int) -> None:
    """Move the chip at `place` of a binary heap up; by cost, then by number."""
    chip = heap[place]
    while place > 0:
        above = heap[(place - 1) // 2]
        if cost_of[above] < cost_of[chip] or (cost_of[above] == cost_of[chip] and above < chip):
            break
        heap[place] = above
        place_of[above] = place
        place = (place - 1) // 2
    heap[place] = chip
    place_of[chip] = place


@kernel
def _take(heap: Ints, place_of: Ints, cost_of: Longs, size: int) -> int:
    """Take the first chip from a heap of `size`."""
    first, chip = heap[0], heap[size - 1]
    place_of[first] = -1
    if size == 1:
        return first
    place = 0
    while 2 * place + 1 < size - 1:
        child = 2 * place + 1
        if child + 1 < size - 1:
            one, other = heap[child], heap[child + 1]
            if cost_of[other] < cost_of[one] or (cost_of[other] == cost_of[one] and other < one):
                child += 1
        below = heap[child]
        if cost_of[chip] < cost_of[below] or (cost_of[chip] == cost_of[below] and chip < below):
            break
        heap[place] = below
        place_of[below] = place
        place = child
    heap[place] = chip
    place_of[chip] = place
    return first


@kernel
def _lower(heap: Ints, place_of: Ints, cost_of: Longs, size: int, chip: int, cost: int) -> int:
    """Give `chip` a lower cost, and put it into the heap if it is not there; the new size."""
    cost_of[chip] = cost
    place = place_of[chip]
    if place < 0:
        place = size
        heap[place] = chip
        size += 1
    _rise(heap, place_of, cost_of, place)
    return size


@kernel
def _step_back(neighbours: Ints, link_cost: Longs, cost_of: Longs, here: int) -> int:
    """First link by which the cheapest ways to a chip come."""
    for link in range(6):
        there = neighbours[here, link]
        # below its own cost lest the sum runs over
        if there >= 0 and cost_of[there] < cost_of[here]:
            if cost_of[there] + link_cost[there, (link + 3) % 6] == cost_of[here]:
                return link
    return -1


@kernel
def grow_cheapest(
    neighbours: Ints,
    link_cost: Longs,
    depth_cost: int,
    source: int,
    targets: Ints,
    node_of: Ints,
    cost_of: Longs,
    heap: Ints,
    place_of: Ints,
    path: Ints,
    links: Bytes,
    chip: Ints,
    in_link: Bytes,
    parent: Ints,
) -> int:
    """Grow a tree by cheapest paths; parameters and result as `mapping.route.reference`.

    Notes
    -----
    One search serves all targets: the chips of a path that joins the tree only become cheaper, so
    they go back into the heap, and what is known of the others stays an upper bound.
    """
    node_of[:] = -1
    for i in range(targets.size):
        node_of[targets[i]] = -2  # wanted
    cost_of[:] = np.iinfo(np.int64).max
    place_of[:] = -1
    node_of[source] = 0
    chip[0] = source
    in_link[0] = -1
    parent[0] = -1
    n = 1
    size = _lower(heap, place_of, cost_of, 0, source, 0)
    while size > 0:
        here = _take(heap, place_of, cost_of, size)
        size -= 1
        if node_of[here] == -2:
            n_steps = 0
            place = here
            while node_of[place] < 0:
                path[n_steps] = place
                links[n_steps] = _step_back(neighbours, link_cost, cost_of, place)
                place = neighbours[place, links[n_steps]]
                n_steps += 1
            for step in range(n_steps - 1, -1, -1):
                cost = cost_of[place] + depth_cost
                place = _add(
                    neighbours, place, (links[step] + 3) % 6, n, node_of, chip, in_link, parent
                )
                size = _lower(heap, place_of, cost_of, size, place, cost)
                n += 1
            continue
        for link in range(6):
            there = neighbours[here, link]
            if there < 0 or node_of[there] >= 0:
                continue
            cost = cost_of[here] + link_cost[here, link]
            if cost < cost_of[there]:
                size = _lower(heap, place_of, cost_of, size, there, cost)
    for i in range(targets.size):
        if node_of[targets[i]] < 0:
            return -1 - i
    return n
