"""The kernels of this package in readable Python, by the same names and parameters."""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from router.geometry import Link, opposite

__all__ = ["shorten_tree"]

Ints = NDArray[np.int32]
Bytes = NDArray[np.int8]
Edges = set[tuple[int, int]]  # chip and link, from both ends
Steps = list[tuple[int, int]]  # chips, and the links by which they are left


def shorten_tree(
    neighbours: Ints,
    is_terminal: NDArray[np.bool_],
    root: int,
    edges: NDArray[np.uint8],
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
    """Drop key paths of a tree and join its parts by shorter ones until no path gives way.

    First, leaves that are not terminals are taken away. A key path leads from a terminal or a
    branching to the next one. Time and again all of them are tried, by the number of the chip with
    the lower one and its link: without the path, the smaller part, or that of the lower chip if
    they are equal, is joined to the other by a shortest path over living links. If that is no
    shorter, the old one stays. Of equally near chips of the other part the lowest is taken; the
    path from there takes the first link that leads nearer.

    Parameters
    ----------
    neighbours : ndarray of int32, shape (n_chips, 6)
        Chip over each link, -1 for none; links live in both directions or in neither.
    is_terminal : ndarray of bool, shape (n_chips,)
        Chips that the tree must keep, all of which it has.
    root : int
        A terminal.
    edges : ndarray of uint8, shape (n_chips,)
        Bits of the links that the tree has at each chip; changed.
    distance, path, queue, other_queue : ndarray of int32, shape (n_chips,)
        Scratch.
    links, came, other_came : ndarray of int8, shape (n_chips,)
        Scratch.
    chip, parent : ndarray of int32, shape (n_chips,)
        Output: chip of each node from the root on, breadth first, and its parent, -1 at the root.
    in_link : ndarray of int8, shape (n_chips,)
        Output: link to the parent, -1 at the root.

    Returns
    -------
    int
        Number of nodes.

    References
    ----------
    Voss 1992, Discrete Applied Mathematics 40, "Steiner's problem in graphs: heuristic methods".
    """
    del distance, path, links, queue, came, other_queue, other_came  # scratch
    tree = _Tree(neighbours, set(np.flatnonzero(is_terminal).tolist()), edges)
    tree.prune()
    while tree.shorten():
        pass
    nodes = tree.nodes_from(root)
    columns = np.array(nodes).T
    chip[: len(nodes)], in_link[: len(nodes)], parent[: len(nodes)] = columns
    edges[:] = 0
    for here, link in tree.edges:
        edges[here] |= 1 << link
    return len(nodes)


class _Tree:
    def __init__(self, neighbours: Ints, terminals: set[int], masks: NDArray[np.uint8]) -> None:
        self.neighbours, self.terminals = neighbours, terminals
        self.edges: Edges = {
            (here, int(link))
            for here, mask in enumerate(masks.tolist())
            for link in Link
            if mask >> link & 1
        }

    def there(self, chip: int, link: int) -> int:
        return int(self.neighbours[chip, link])

    def links_of(self, chip: int) -> list[int]:
        return [int(link) for link in Link if (chip, int(link)) in self.edges]

    def both_ends(self, steps: Steps) -> Edges:
        return {*steps, *((self.there(*step), opposite(step[1])) for step in steps)}

    def prune(self) -> None:
        """Take leaves away until all of them are terminals."""
        chips = {chip for chip, _ in self.edges}
        while leaves := [c for c in chips - self.terminals if len(self.links_of(c)) == 1]:
            self.edges -= self.both_ends([(leaves[0], self.links_of(leaves[0])[0])])

    def is_key(self, chip: int) -> bool:
        return chip in self.terminals or len(self.links_of(chip)) > 2

    def key_path(self, start: int, link: int) -> Steps:
        """The path from a key node to the next, that one last with no link."""
        steps = [(start, link)]
        here = self.there(start, link)
        while not self.is_key(here):
            back = opposite(steps[-1][1])
            (on,) = (other for other in self.links_of(here) if other != back)
            steps.append((here, on))
            here = self.there(here, on)
        return [*steps, (here, -1)]

    def shorten(self) -> bool:
        """Try every key path once; whether one was replaced."""
        is_shorter = False
        for start in range(len(self.neighbours)):
            for link in Link:
                if (start, int(link)) not in self.edges or not self.is_key(start):
                    continue
                *steps, (end, _) = self.key_path(start, int(link))
                if start < end:
                    is_shorter |= self.replace(start, end, steps)
        return is_shorter

    def replace(self, start: int, end: int, steps: Steps) -> bool:
        rest = self.edges - self.both_ends(steps)
        parts = [self.part_of(one, rest) for one in (start, end)]
        small, large = sorted(parts, key=len)  # keeps the order of equals
        new = self.way(small, large)
        if new is None or len(new) >= len(steps):
            return False
        self.edges = rest | self.both_ends(new)
        return True

    def part_of(self, chip: int, edges: Edges) -> set[int]:
        part, pending = {chip}, [chip]
        while pending:
            here = pending.pop()
            new = {self.there(here, link) for link in range(6) if (here, link) in edges} - part
            part |= new
            pending += new
        return part

    def way(self, part: set[int], other: set[int]) -> Steps | None:
        """Shortest path from `other` to `part` over living links."""
        distance = dict.fromkeys(part, 0)
        queue = deque(part)
        while queue:
            here = queue.popleft()
            for link in Link:
                there = self.there(here, link)
                if there >= 0 and there not in distance:
                    distance[there] = distance[here] + 1
                    if there not in other:
                        queue.append(there)
        near = [(distance[there], there) for there in other if there in distance]
        if not near:
            return None
        here, steps = min(near)[1], []
        for left in reversed(range(min(near)[0])):
            link = next(link for link in Link if distance.get(self.there(here, link)) == left)
            steps.append((here, int(link)))
            here = self.there(here, link)
        return steps

    def nodes_from(self, root: int) -> list[tuple[int, int, int]]:
        """Chip, link to the parent, and parent of each node, breadth first."""
        nodes = [(root, -1, -1)]
        for at, (here, back, _) in enumerate(nodes):  # which grows
            ways = [link for link in self.links_of(here) if link != back]
            nodes += [(self.there(here, link), opposite(link), at) for link in ways]
        return nodes
