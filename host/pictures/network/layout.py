"""Where nodes stand: layers in rows, excitatory left of inhibitory, devices outside."""

import math
from collections import defaultdict
from typing import NamedTuple

from host.pictures.colours import families
from host.pictures.network.gather import NetworkPicture, Node

__all__ = ["COLUMN", "RADIUS", "ROW", "Layout", "lay_out"]

RADIUS = 27.0
"""Of a node."""
ROW, COLUMN = 122.0, 236.0
BESIDE = 96.0
"""From a node to the device that drives it alone."""
MARGIN_X, MARGIN_Y = 44.0, 62.0
ON_A_ROW = 6


class Layout(NamedTuple):
    """Centres of nodes in a picture of a size."""

    at: tuple[tuple[float, float], ...]
    width: float
    height: float
    is_ring: bool


def lay_out(picture: NetworkPicture) -> Layout:
    """Place the nodes of `picture`.

    Populations of one family, such as a layer (`host.pictures.colours.families`), share a row. If
    no two share one and they are many, they stand in a ring. A device that drives one node alone
    stands beside it, others in rows at the top.
    """
    neurons = [k for k, node in enumerate(picture.nodes) if node.is_neuron]
    drives = {k: picture.driver_of(k) for k in range(len(picture.nodes)) if k not in neurons}
    above = [k for k, target in drives.items() if target is None]
    rows = _rows(picture, neurons)
    is_ring = max(map(len, rows), default=0) == 1 and len(rows) > 4
    at = _ring(neurons) if is_ring else _grid(rows)
    top = min((y for _, y in at.values()), default=0.0)
    for i, k in enumerate(above):
        row, place = divmod(i, ON_A_ROW)
        n = min(ON_A_ROW, len(above) - row * ON_A_ROW)
        at[k] = (COLUMN / 2 + (place - (n - 1) / 2) * 110.0, top - ROW * (row + 1))
    _beside(at, drives, is_ring=is_ring)
    low_x, low_y = (min(p[axis] for p in at.values()) for axis in (0, 1))
    high_x, high_y = (max(p[axis] for p in at.values()) for axis in (0, 1))
    moved = [(at[k][0] - low_x + MARGIN_X, at[k][1] - low_y + MARGIN_Y) for k in sorted(at)]
    width, height = high_x - low_x + 2 * MARGIN_X, high_y - low_y + 2 * MARGIN_Y
    return Layout(tuple(moved), width, height, is_ring)


def _rows(picture: NetworkPicture, neurons: list[int]) -> list[list[int]]:
    of = families([picture.nodes[k].name for k in neurons])
    rows: dict[str, list[int]] = defaultdict(list)
    for k, family in zip(neurons, of, strict=True):
        rows[family].append(k)
    return [sorted(row, key=lambda k: _rank(picture.nodes[k])) for row in rows.values()]


def _rank(node: Node) -> int:
    return ("excitatory", "both", "none", "inhibitory").index(node.effect)


def _grid(rows: list[list[int]]) -> dict[int, tuple[float, float]]:
    return {k: (COLUMN * i, ROW * j) for j, row in enumerate(rows) for i, k in enumerate(row)}


def _ring(nodes: list[int]) -> dict[int, tuple[float, float]]:
    radius = max(150.0, len(nodes) * 3.4 * RADIUS / (2 * math.pi))
    angles = [2 * math.pi * i / len(nodes) for i in range(len(nodes))]
    return {
        k: (radius * math.sin(a), -radius * math.cos(a)) for k, a in zip(nodes, angles, strict=True)
    }


def _beside(
    at: dict[int, tuple[float, float]], drives: dict[int, int | None], *, is_ring: bool
) -> None:
    """Place devices that drive one node: outwards of it, those of the same one below each other."""
    middle = sum(x for x, _ in at.values()) / max(1, len(at))
    taken: dict[int, int] = defaultdict(int)
    for k, target in drives.items():
        if target is None:
            continue
        x, y = at[target]
        shift = 46.0 * taken[target]
        taken[target] += 1
        if is_ring:
            length = math.hypot(x, y) or 1.0
            at[k] = (x + BESIDE * x / length, y + BESIDE * y / length + shift)
        else:
            at[k] = (x + (-BESIDE if x <= middle else BESIDE), y + shift)
