"""The kernels of this package in readable Python, by the same names and parameters."""

import heapq
from collections import deque

import numpy as np
from numpy.typing import NDArray

from router.geometry import LINK_VECTORS, Link, opposite, shortest_vector, three_coordinates

__all__ = ["grow_cheapest", "grow_tree"]

DIMENSION_LINKS = ((Link.E, Link.W), (Link.N, Link.S), (Link.SW, Link.NE))
"""Links forward and back along each of three coordinates."""

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]


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
    links: NDArray[np.int8],
    chip: Ints,
    in_link: NDArray[np.int8],
    parent: Ints,
) -> int:
    """Grow a tree from `source` to `targets` by neighbour-exploring routing.

    Each target in turn is joined to the nearest chip of the tree within `radius`, or else to the
    source, by a path along the longest dimension first. Where that path is broken, the target is
    joined to the chip of the tree that lies nearest over living links. Of equally near chips the
    first on a walk around the target counts, which begins south-west and heads east; or the first
    of those that are closest to the source along the tree.

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
    is_shallow : bool
        Whether the chip closest to the source counts.
    node_of, depth, path : ndarray of int32, shape (n_chips,)
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
    del node_of, depth, path, links  # scratch of the compiled form
    mesh = _Mesh(neighbours, xy, chip_id, wrap)
    tree: dict[int, int] = {source: 0}
    depth_of = {source: 0}
    nodes = [[source, -1, -1]]
    for i, target in enumerate(targets.tolist()):
        if target in tree:
            continue
        start = mesh.nearest(target, depth_of, radius, is_shallow=is_shallow)
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
            depth_of[there] = depth_of[place] + 1
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

    def nearest(
        self, target: int, depth_of: dict[int, int], radius: int, *, is_shallow: bool
    ) -> int | None:
        """First chip of the tree, or of the least deep, on the smallest hexagon that has any."""
        x, y = self.xy[target].tolist()
        for ring in range(1, radius + 1):
            x, y = x - 1, y - 1  # south-west: where the next hexagon begins
            found = []
            for link in Link:
                for _ in range(ring):
                    found.append(self.chip_at(x, y))
                    x, y = x + int(LINK_VECTORS[link, 0]), y + int(LINK_VECTORS[link, 1])
            known = [chip for chip in found if chip in depth_of]
            if known:
                return min(known, key=depth_of.__getitem__) if is_shallow else known[0]
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
    links: NDArray[np.int8],
    chip: Ints,
    in_link: NDArray[np.int8],
    parent: Ints,
) -> int:
    """Grow a tree from `source`, time and again by the cheapest path to any target left.

    A path may begin at any chip of the tree, for `depth_cost` times the links from the source to
    there. Of targets equally cheap to reach the one with the lowest number is joined first; of
    equally cheap ways to a chip the one that comes by the first link is taken.

    Parameters
    ----------
    neighbours : ndarray of int32, shape (n_chips, 6)
        Chip over each link, -1 for none.
    link_cost : ndarray of int64, shape (n_chips, 6)
        Of leaving each chip by each link, positive.
    depth_cost : int
        At least 0, and at most the least `link_cost` of a living link.
    source : int
    targets : ndarray of int32, shape (n_targets,)
    node_of, heap, place_of, path : ndarray of int32, shape (n_chips,)
        Scratch.
    cost_of : ndarray of int64, shape (n_chips,)
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
        Number of nodes, or ``-1 - i`` if no living link leads to ``targets[i]``, the first such.

    References
    ----------
    Takahashi & Matsuyama 1980, Mathematica Japonica 24, "An approximate solution for the Steiner
    problem in graphs"; the price of depth: Alpert et al. 1995, IEEE Trans. CAD 14, "Prim-Dijkstra
    tradeoffs for improved performance-driven routing tree design".
    """
    del node_of, cost_of, heap, place_of, path, links  # scratch of the compiled form
    depth = {source: 0}
    nodes = [[source, -1, -1]]
    tree = {source: 0}
    while missing := set(targets.tolist()) - set(tree):
        starts = {there: depth_cost * depth[there] for there in tree}
        found = _cheapest_path(neighbours, link_cost, starts, missing)
        if found is None:
            return -1 - next(i for i, target in enumerate(targets.tolist()) if target in missing)
        for place, link in found:
            there = int(neighbours[place, link])
            depth[there] = depth[place] + 1
            nodes.append([there, opposite(link), tree[place]])
            tree[there] = len(nodes) - 1
    columns = np.array(nodes).T
    chip[: len(nodes)], in_link[: len(nodes)], parent[: len(nodes)] = columns
    return len(nodes)


def _cheapest_path(
    neighbours: Ints, link_cost: Longs, starts: dict[int, int], wanted: set[int]
) -> Steps | None:
    """Cheapest path to a wanted chip from chips that cost something to begin with."""
    cost_of = dict(starts)
    queue = [(cost, there) for there, cost in starts.items()]
    heapq.heapify(queue)
    while queue:
        cost, here = heapq.heappop(queue)
        if here in wanted:
            return _path_back(neighbours, link_cost, starts, cost_of, here)
        if cost > cost_of[here]:
            continue
        for link in Link:
            there, further = int(neighbours[here, link]), cost + int(link_cost[here, link])
            if there >= 0 and there not in starts and further < cost_of.get(there, further + 1):
                cost_of[there] = further
                heapq.heappush(queue, (further, there))
    return None


def _path_back(
    neighbours: Ints,
    link_cost: Longs,
    starts: dict[int, int],
    cost_of: dict[int, int],
    here: int,
) -> Steps:
    steps: Steps = []
    while here not in starts:
        for link in Link:
            there, forth = int(neighbours[here, link]), opposite(link)
            if there in cost_of and cost_of[there] + link_cost[there, forth] == cost_of[here]:
                break
        steps.append((there, forth))
        here = there
    return steps[::-1]
