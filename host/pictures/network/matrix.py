"""The matrix of a network: every projection by its in-degree, targets in rows, sources in columns.

As in Senk et al. 2022 the first index is the target's. Devices that drive one population each share
a column at the right.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from host.pictures.network.diagram import edge_words
from host.pictures.network.gather import Edge, NetworkPicture
from host.pictures.svg import STYLE, element, number, text, title

__all__ = ["MOST_SIDE", "draw_matrix"]

MOST_SIDE = 40
"""Rows or columns of the largest matrix that is drawn."""
CELL_WIDTH, CELL_HEIGHT = 46.0, 34.0
SMALL_CELL = 16.0
LEFT, TOP = 74.0, 48.0
SIZE = 12.0
READABLE = 14
"""Columns up to which cells bear numbers."""
WEAKEST, STRONGEST = 0.07, 0.55
"""Opacities of cells, such that their figures can be read on a light and on a dark background."""
DRIVE = -1


class _Column(NamedTuple):
    name: str
    node: int
    """`DRIVE`: of all devices that drive one node each."""


def draw_matrix(picture: NetworkPicture) -> str:
    """Draw the matrix of in-degrees; empty if the network has too many populations for one.

    Parameters
    ----------
    picture : NetworkPicture

    Returns
    -------
    str
        An SVG element that stands by itself, or in an HTML page.
    """
    targets = [k for k, node in enumerate(picture.nodes) if node.is_neuron]
    columns = _columns(picture)
    if not targets or not columns or max(len(targets), len(columns)) > MOST_SIDE:
        return ""
    is_large = len(columns) <= READABLE
    across, down = (CELL_WIDTH, CELL_HEIGHT) if is_large else (SMALL_CELL, SMALL_CELL)
    cells = _cells(picture, columns, targets, (across, down), has_numbers=is_large)
    width = LEFT + across * len(columns) + 8.0
    bottom = TOP + down * len(targets)
    heads = [
        text("source", (LEFT + 1.0, TOP - 30.0 if is_large else 12.0), SIZE, "muted"),
        text("target", (LEFT - 10.0, TOP - 8.0), SIZE, "muted", text_anchor="end"),
        *(
            _head(c.name, LEFT + across * (i + 0.5), is_large=is_large)
            for i, c in enumerate(columns)
        ),
        *(
            text(
                picture.nodes[k].name[:10],
                (LEFT - 10.0, TOP + down * (j + 0.5) + 4.0),
                SIZE,
                text_anchor="end",
            )
            for j, k in enumerate(targets)
        ),
    ]
    notes = _notes(picture)
    lines = [
        text(line, (LEFT, bottom + 20.0 + 16.0 * i), 11.5, "muted") for i, line in enumerate(notes)
    ]
    height = bottom + 16.0 + 16.0 * len(notes) + 4.0
    width = max(width, LEFT + 340.0)
    return element(
        "svg",
        title(f"in-degrees of {picture.name}"),
        element("style", STYLE),
        element("rect", kind="paper", width=width, height=height),
        *heads,
        *cells,
        *lines,
        kind="picture",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {number(width)} {number(height)}",
        role="img",
    )


def _columns(picture: NetworkPicture) -> list[_Column]:
    nodes = picture.nodes
    neurons = [_Column(node.name, k) for k, node in enumerate(nodes) if node.is_neuron]
    devices = [k for k, node in enumerate(nodes) if not node.is_neuron]
    others = [_Column(nodes[k].name, k) for k in devices if picture.driver_of(k) is None]
    is_driven = any(picture.driver_of(k) is not None for k in devices)
    return [*neurons, *others, *([_Column("drive", DRIVE)] if is_driven else [])]


def _cells(
    picture: NetworkPicture,
    columns: Sequence[_Column],
    targets: Sequence[int],
    size: tuple[float, float],
    *,
    has_numbers: bool,
) -> list[str]:
    most = max((edge.in_degree for edge in picture.edges), default=1.0)
    row = {k: j for j, k in enumerate(targets)}
    place = {column.node: i for i, column in enumerate(columns)}
    grid = [
        element(
            "rect",
            kind="cell",
            x=LEFT + size[0] * i + 1.0,
            y=TOP + size[1] * j + 1.0,
            width=size[0] - 2.0,
            height=size[1] - 2.0,
            rx=2.0,
        )
        for i in range(len(columns))
        for j in range(len(targets))
    ]
    drawn = []
    for edge in picture.edges:
        column = place.get(edge.pre, place.get(DRIVE, -1))
        at = LEFT + size[0] * column, TOP + size[1] * row[edge.post]
        drawn.append(_cell(picture, edge, at, size, most, has_number=has_numbers))
    return grid + drawn


def _cell(
    picture: NetworkPicture,
    edge: Edge,
    at: tuple[float, float],
    size: tuple[float, float],
    most: float,
    *,
    has_number: bool,
) -> str:
    part = math.sqrt(edge.in_degree / most) if most > 0 else 0.0
    shade = WEAKEST + (STRONGEST - WEAKEST) * part
    block = element(
        "rect",
        kind=f"{edge.receptor}-tip",
        x=at[0] + 1.0,
        y=at[1] + 1.0,
        width=size[0] - 2.0,
        height=size[1] - 2.0,
        rx=2.0,
        fill_opacity=shade,
    )
    words = ""
    if has_number:
        place = at[0] + size[0] / 2, at[1] + size[1] / 2 + 4.0
        words = text(_figure(edge.in_degree), place, SIZE, text_anchor="middle")
    return element("g", title(edge_words(picture, edge)), block, words, kind="node")


def _figure(in_degree: float) -> str:
    """In-degree in few letters."""
    if in_degree >= 100:
        return f"{in_degree:,.0f}"
    if in_degree < 0.01:
        return "< 0.01"
    return f"{in_degree:.0f}" if in_degree >= 9.95 else f"{in_degree:.2g}"


def _head(name: str, x: float, *, is_large: bool) -> str:
    y = TOP - 8.0
    if is_large and len(name) <= 6:
        return text(name, (x, y), SIZE, text_anchor="middle")
    turned = f"rotate(-45 {number(x)} {number(y)})"
    return text(name[:10], (x, y), SIZE, transform=turned)


def _notes(picture: NetworkPicture) -> list[str]:
    notes = ["Synapses that a neuron of the target receives, mean"]
    if picture.is_gathered:
        notes.append("Each row and column: all populations of that name together")
    if any(picture.driver_of(k) is not None for k in range(len(picture.nodes))):
        notes.append("drive: from the devices of each population's own")
    return notes
