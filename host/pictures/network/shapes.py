"""Shapes of nodes and edges (Senk et al. 2022, Fig 7).

Nodes: a triangle is excitatory, a circle inhibitory, a hexagon a stimulating device, a square
anything else; the thick frame says population. Edges: solid lines are deterministic, dashed ones
probabilistic; a triangle at the tip is excitatory, a disc inhibitory.
"""

import math
from typing import NamedTuple

from host.pictures.network.gather import Node
from host.pictures.svg import element, number, path

__all__ = ["Curve", "curve_between", "draw_edge", "draw_node_shape", "loop_at"]

Point = tuple[float, float]


class Curve(NamedTuple):
    """A cubic curve with its four points."""

    begin: Point
    first: Point
    second: Point
    end: Point

    def at(self, t: float) -> Point:
        """Point at `t`, from 0 to 1."""
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
        x, y = (sum(w * p[axis] for w, p in zip(weights, self, strict=True)) for axis in (0, 1))
        return x, y

    @property
    def heading(self) -> Point:
        """Direction in which it ends, of length 1."""
        dx, dy = self.end[0] - self.second[0], self.end[1] - self.second[1]
        length = math.hypot(dx, dy) or 1.0
        return dx / length, dy / length


def draw_node_shape(node: Node, at: Point, radius: float, fill: str = "") -> str:
    """Draw the frame of `node`, filled with a shade of the colour `fill`; by default opaque."""
    x, y = at
    style: dict[str, str | float] = {"stroke_width": 2.8}
    style |= {"fill": fill, "fill_opacity": 0.2} if fill else {}
    kind = "frame" if fill else "frame backing"
    if not node.is_neuron:
        corners = _polygon(at, 0.92 * radius, 6, math.pi / 6)
    elif node.effect == "inhibitory":
        return element("circle", kind=kind, cx=x, cy=y, r=radius, **style)
    elif node.effect == "excitatory":
        corners = _polygon((x, y + 0.16 * radius), 1.32 * radius, 3, -math.pi / 2)
    else:
        corners = _polygon(at, 1.25 * radius, 4, math.pi / 4)
    steps = "M" + "L".join(f"{number(a)} {number(b)}" for a, b in corners) + "z"
    return path(steps, kind, stroke_linejoin="round", **style)


def _polygon(at: Point, radius: float, n: int, first: float) -> list[Point]:
    angles = (first + 2 * math.pi * i / n for i in range(n))
    return [(at[0] + radius * math.cos(a), at[1] + radius * math.sin(a)) for a in angles]


def curve_between(begin: Point, end: Point, radius: float, bow: float) -> Curve:
    """A curve from node to node that bows to the right of its way by `bow` of its length."""
    dx, dy = end[0] - begin[0], end[1] - begin[1]
    across = (-dy * bow, dx * bow)
    middle = ((begin[0] + end[0]) / 2 + across[0], (begin[1] + end[1]) / 2 + across[1])
    start, stop = _off(begin, middle, radius), _off(end, middle, radius + 9.0)
    first, second = (
        (
            start[0] + part * (stop[0] - start[0]) + across[0] * 0.8,
            start[1] + part * (stop[1] - start[1]) + across[1] * 0.8,
        )
        for part in (1 / 3, 2 / 3)
    )
    return Curve(start, first, second, stop)


def _off(node: Point, towards: Point, distance: float) -> Point:
    dx, dy = towards[0] - node[0], towards[1] - node[1]
    length = math.hypot(dx, dy) or 1.0
    return node[0] + distance * dx / length, node[1] + distance * dy / length


def loop_at(at: Point, radius: float, angle: float) -> Curve:
    """A curve from a node to itself, out in the direction of `angle`."""

    def out(turn: float, distance: float) -> Point:
        return (
            at[0] + distance * math.cos(angle + turn),
            at[1] + distance * math.sin(angle + turn),
        )

    return Curve(
        out(-0.5, radius), out(-0.62, 2.9 * radius), out(0.62, 2.9 * radius), out(0.5, radius + 8.0)
    )


def draw_edge(curve: Curve, receptor: str, width: float, *, is_dashed: bool, tip: str) -> str:
    """Draw an edge with the tip of its kind; `tip` is SVG text of a tooltip."""
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = curve
    d = f"M{number(x0)} {number(y0)}C" + " ".join(map(number, (x1, y1, x2, y2, x3, y3)))
    dashes = f"{number(3.2 + 1.6 * width)} {number(2.4 + 1.1 * width)}" if is_dashed else None
    line = path(d, f"{receptor} line", fill="none", stroke_width=width, stroke_dasharray=dashes)
    wide = path(d, "reach", fill="none", stroke_width=max(12.0, width + 6.0))
    return element("g", tip, wide, line, _tip(curve, receptor, width), kind="way")


def _tip(curve: Curve, receptor: str, width: float) -> str:
    dx, dy = curve.heading
    x, y = curve.end
    size = 4.6 + 1.1 * width
    if receptor == "inhibitory":
        return element(
            "circle",
            kind=f"{receptor}-tip",
            cx=x + 0.5 * size * dx,
            cy=y + 0.5 * size * dy,
            r=0.72 * size,
        )
    corners = (
        (x + 1.3 * size * dx, y + 1.3 * size * dy),
        (x - 0.72 * size * dy, y + 0.72 * size * dx),
        (x + 0.72 * size * dy, y - 0.72 * size * dx),
    )
    steps = "M" + "L".join(f"{number(a)} {number(b)}" for a, b in corners) + "z"
    return path(steps, f"{receptor}-tip")
