"""The kernels of this package in readable Python, by the same names and parameters."""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from router.geometry import LINK_VECTORS, Link, opposite, shortest_vector, three_coordinates

__all__ = ["grow_tree"]

DIMENSION_LINKS = ((Link.E, Link.W), (Link.N, Link.S), (Link.SW, Link.NE))
"""Links forward and back along each of three coordinates."""

Ints = NDArray[np.int32]


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
    links: NDArray[np.int8],
    chip: Ints,
    in_link: NDArray[np.int8],
    parent: Ints,
) -> int:
    """Grow a tree from `source` to `targets` by neighbour-exploring routing.

    Each target in turn is joined to the nearest chip of the tree within `radius`, or else to the
    source, by a path along the longest dimension first. Where that path is broken, the target is
    joined to the chip of the tree that lies nearest over living links. Of equally near chips the
    first on a walk around the target counts, which begins south-west and heads east.

    Parameters
    ----------
    neighbours : ndarray of int32, shape (n_chips, 6)
        Chip over each link, -1 for none; links live in both directions or in neither.
    xy : ndarray of int32, shape (n_chips, 2)
    chip_id : ndarray of int32, shape (width, height)
    wrap : bool
    source : int
    targets : ndarray of int32, shape (n_targets,)
        Chips, nearest to the source first.
    radius : int
        Links that are searched around each target.
    node_of, path : ndarray of int32, shape (n_chips,)
        Scratch.
    links : ndarray of int8, shape (n_chips,)
        Scratch.
    chip, parent : ndarray of int32, shape (n_chips,)
        Output: chip of each node, and its parent, -1 at the root.
    in_link : ndarray of int8, shape (n_chips,)
        Output: link by which packets arrive, -1 at the root.

    Returns
    -------
    int
        Number of nodes, or ``-1 - i`` if no living link leads to ``targets[i]``.

    References
    ----------
    Navaridas et al. 2015, Parallel Computing 45, "SpiNNaker: enhanced multicast routing".
    """
    del node_of, path, links  # scratch of the compiled form
    mesh = _Mesh(neighbours, xy, chip_id, wrap)
    tree: dict[int, int] = {source: 0}
    nodes = [[source, -1, -1]]
    for i, target in enumerate(targets.tolist()):
        if target in tree:
            continue
        start = mesh.nearest(target, tree, radius)
        steps = mesh.longest_dimension_first(source if start is None else start, target)
        if steps is None:
            steps = mesh.detour(target, tree)
        if steps is None:
            return -1 - i
        last = max(at for at, (place, _) in enumerate(steps) if place in tree)
        for place, link in steps[last:]:
            there = int(neighbours[place, link])
            nodes.append([there, opposite(link), tree[place]])
            tree[there] = len(nodes) - 1
    columns = np.array(nodes).T
    chip[: len(nodes)], in_link[: len(nodes)], parent[: len(nodes)] = columns
    return len(nodes)


Steps = list[tuple[int, int]]  # chips, and the links by which they are left


class _Mesh:
    def __init__(self, neighbours: Ints, xy: Ints, chip_id: Ints, wrap: bool) -> None:
        self.neighbours, self.xy, self.chip_id, self.wrap = neighbours, xy, chip_id, wrap

    def chip_at(self, x: int, y: int) -> int:
        width, height = self.chip_id.shape
        if self.wrap:
            x, y = x % width, y % height
        return int(self.chip_id[x, y]) if 0 <= x < width and 0 <= y < height else -1

    def nearest(self, target: int, tree: dict[int, int], radius: int) -> int | None:
        """First chip of the tree on growing hexagons around the target."""
        x, y = self.xy[target].tolist()
        for ring in range(1, radius + 1):
            x, y = x - 1, y - 1  # south-west: where the next hexagon begins
            for link in Link:
                for _ in range(ring):
                    found = self.chip_at(x, y)
                    if found in tree:
                        return found
                    x, y = x + int(LINK_VECTORS[link, 0]), y + int(LINK_VECTORS[link, 1])
        return None

    def longest_dimension_first(self, start: int, target: int) -> Steps | None:
        """Path along one coordinate after the other, None if a link is missing."""
        x, y = (self.xy[target] - self.xy[start]).tolist()
        if self.wrap:
            x, y = (int(v) for v in shortest_vector(x, y, *self.chip_id.shape))
        xyz = three_coordinates(x, y).tolist()
        place, steps = start, []
        for dimension in sorted(range(3), key=lambda d: -abs(xyz[d])):
            link = int(DIMENSION_LINKS[dimension][xyz[dimension] < 0])
            for _ in range(abs(xyz[dimension])):
                steps.append((place, link))
                place = int(self.neighbours[place, link])
                if place < 0:
                    return None
        return steps

    def detour(self, target: int, tree: dict[int, int]) -> Steps | None:
        """Shortest path over living links from the tree, found breadth first from the target."""
        leave: dict[int, int] = {target: -1}
        queue = deque([target])
        while queue:
            here = queue.popleft()
            for link in Link:
                there = int(self.neighbours[here, link])
                if there < 0 or there in leave:
                    continue
                leave[there] = opposite(link)
                if there in tree:
                    return self._follow(there, target, leave)
                queue.append(there)
        return None

    def _follow(self, start: int, target: int, leave: dict[int, int]) -> Steps:
        place, steps = start, []
        while place != target:
            steps.append((place, leave[place]))
            place = int(self.neighbours[place, leave[place]])
        return steps
