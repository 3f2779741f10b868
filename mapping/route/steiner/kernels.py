"""Compiled search for shorter trees; its readable form is in `mapping.route.steiner.reference`."""

import numpy as np
from numpy.typing import NDArray

from fixedpoint.jit import kernel

__all__ = ["shorten_tree"]

Ints = NDArray[np.int32]
Bytes = NDArray[np.int8]
Masks = NDArray[np.uint8]
Bools = NDArray[np.bool_]


@kernel
def _degree(edges: Masks, chip: int) -> int:
    n = 0
    for link in range(6):
        n += (edges[chip] >> link) & 1
    return n


@kernel
def _flip(neighbours: Ints, edges: Masks, chip: int, link: int) -> int:
    """Add an edge, or take it away; the chip at its other end."""
    there = neighbours[chip, link]
    edges[chip] ^= np.uint8(1 << link)
    edges[there] ^= np.uint8(1 << ((link + 3) % 6))
    return there


@kernel
def _way_on(edges: Masks, chip: int, came: int) -> int:
    """First edge of a chip besides the one by which it was reached."""
    for link in range(6):
        if link != came and (edges[chip] >> link) & 1:
            return link
    return -1


@kernel
def _prune(neighbours: Ints, is_terminal: Bools, edges: Masks) -> None:
    for leaf in range(edges.size):
        chip = leaf
        while not is_terminal[chip] and _degree(edges, chip) == 1:
            chip = _flip(neighbours, edges, chip, _way_on(edges, chip, -1))


@kernel
def _walk(
    neighbours: Ints,
    is_terminal: Bools,
    edges: Masks,
    start: int,
    first_link: int,
    path: Ints,
    links: Bytes,
) -> int:
    """Follow a key path; its links."""
    chip, link, n = start, first_link, 0
    while True:
        path[n] = chip
        links[n] = link
        n += 1
        chip = neighbours[chip, link]
        if is_terminal[chip] or _degree(edges, chip) != 2:
            path[n] = chip
            return n
        link = _way_on(edges, chip, (link + 3) % 6)


@kernel
def _spread(neighbours: Ints, edges: Masks, queue: Ints, came: Bytes, head: int, tail: int) -> int:
    """Put the chips after the one at `head` behind the last; their end."""
    chip = queue[head]
    for link in range(6):
        if link != came[head] and (edges[chip] >> link) & 1:
            queue[tail] = neighbours[chip, link]
            came[tail] = (link + 3) % 6
            tail += 1
    return tail


@kernel
def _smaller_part(
    neighbours: Ints,
    edges: Masks,
    start: int,
    end: int,
    queue: Ints,
    came: Bytes,
    other_queue: Ints,
    other_came: Bytes,
) -> int:
    """Bring the smaller part, the one of `start` if equal, into `queue`; its size."""
    queue[0] = start
    other_queue[0] = end
    came[0] = other_came[0] = -1
    tail = other_tail = 1
    head = 0
    while True:
        if head == tail:
            return tail
        tail = _spread(neighbours, edges, queue, came, head, tail)
        if head == other_tail:
            queue[:other_tail] = other_queue[:other_tail]
            return other_tail
        other_tail = _spread(neighbours, edges, other_queue, other_came, head, other_tail)
        head += 1


@kernel
def _join(
    neighbours: Ints,
    edges: Masks,
    start: int,
    end: int,
    limit: int,
    distance: Ints,
    queue: Ints,
    size: int,
) -> bool:
    """Join the part in `queue` to the other by a path shorter than `limit`, if there is one."""
    for at in range(size):
        distance[queue[at]] = 0
    head, tail = 0, size
    hit = -1
    length = limit  # a path must be shorter, then as short as the one found
    while head < tail:
        here = queue[head]
        if distance[here] + 1 >= length + (hit >= 0):
            break
        for link in range(6):
            there = neighbours[here, link]
            if there < 0 or distance[there] >= 0:
                continue
            if edges[there] != 0 or there == start or there == end:
                if hit < 0 or there < hit:
                    hit = there
                    length = distance[here] + 1
            else:
                distance[there] = distance[here] + 1
                queue[tail] = there
                tail += 1
        head += 1
    if hit >= 0:
        here = hit
        for left in range(length - 1, -1, -1):
            for link in range(6):
                there = neighbours[here, link]
                if there >= 0 and distance[there] == left:
                    here = _flip(neighbours, edges, here, link)
                    break
    for at in range(tail):
        distance[queue[at]] = -1
    return hit >= 0


@kernel
def _root(
    neighbours: Ints, edges: Masks, root: int, chip: Ints, in_link: Bytes, parent: Ints
) -> int:
    chip[0] = root
    in_link[0] = -1
    parent[0] = -1
    head, tail = 0, 1
    while head < tail:
        new_tail = _spread(neighbours, edges, chip, in_link, head, tail)
        parent[tail:new_tail] = head
        tail = new_tail
        head += 1
    return tail


@kernel
def shorten_tree(
    neighbours: Ints,
    is_terminal: Bools,
    root: int,
    edges: Masks,
    distance: Ints,
    path: Ints,
    links: Bytes,
    queue: Ints,
    came: Bytes,
    other_queue: Ints,
    other_came: Bytes,
    chip: Ints,
    in_link: Bytes,
    parent: Ints,
) -> int:
    """Shorten a tree path by path; parameters and result as `mapping.route.steiner.reference`.

    Notes
    -----
    The smaller part is found by walks through both that take turns, so that a path near a leaf
    costs little, however large the tree is.
    """
    _prune(neighbours, is_terminal, edges)
    distance[:] = -1
    is_shorter = True
    while is_shorter:
        is_shorter = False
        for start in range(edges.size):
            for link in range(6):
                if not (edges[start] >> link) & 1:
                    continue
                if not is_terminal[start] and _degree(edges, start) == 2:
                    continue
                n_links = _walk(neighbours, is_terminal, edges, start, link, path, links)
                end = path[n_links]
                if n_links == 1 or end < start:
                    continue
                for at in range(n_links):
                    _flip(neighbours, edges, path[at], links[at])
                size = _smaller_part(
                    neighbours, edges, start, end, queue, came, other_queue, other_came
                )
                if _join(neighbours, edges, start, end, n_links, distance, queue, size):
                    is_shorter = True
                else:
                    for at in range(n_links):
                        _flip(neighbours, edges, path[at], links[at])
    return _root(neighbours, edges, root, chip, in_link, parent)
