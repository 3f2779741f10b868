"""The diagram of a network: nodes by layer, edges as wide as they have synapses, annotations."""

import math
from collections import Counter
from xml.sax.saxutils import escape

from host.pictures.colours import population_colours
from host.pictures.network.gather import Edge, NetworkPicture
from host.pictures.network.key import draw_key
from host.pictures.network.layout import RADIUS, Layout, lay_out
from host.pictures.network.notation import rule_words, symbols, value_words
from host.pictures.network.shapes import (
    Curve,
    curve_between,
    draw_edge,
    draw_node_shape,
    loop_at,
)
from host.pictures.scale import short
from host.pictures.svg import STYLE, element, number, text, title

__all__ = ["MOST_EDGES", "draw_network", "shown_edges"]

MOST_EDGES = 26
"""Edges between neurons that are drawn, those with the largest in-degrees."""
SHARE = 0.8
"""Of all synapses between neurons that the edges drawn must have, if they are many."""
FEW = 10
"""Edges that are annotated one by one."""
NARROWEST, WIDEST = 1.4, 6.5
LEAST_WIDTH = 560.0
SIZE = 12.5


def draw_network(picture: NetworkPicture) -> str:
    """Draw the diagram of a network.

    Parameters
    ----------
    picture : NetworkPicture

    Returns
    -------
    str
        An SVG element that stands by itself, or in an HTML page.
    """
    layout = lay_out(picture)
    edges = shown_edges(picture)
    most = max((edge.in_degree for edge in edges), default=1.0)
    width = max(LEAST_WIDTH, layout.width)
    shift = (width - layout.width) / 2
    drawn = [_edge(picture, layout, edge, most) for edge in edges]
    words = [_annotation(picture, layout, edge) for edge in edges] if len(edges) <= FEW else []
    key, key_height = draw_key(picture, edges, width)
    height = layout.height + key_height
    moved = element(
        "g", *drawn, *_nodes(picture, layout), *words, transform=f"translate({number(shift)} 0)"
    )
    return element(
        "svg",
        title(f"network {picture.name}"),
        element("style", STYLE),
        element("rect", kind="paper", width=width, height=height),
        moved,
        element("g", key, transform=f"translate(0 {number(layout.height)})"),
        kind="picture",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {number(width)} {number(height)}",
        role="img",
    )


def shown_edges(picture: NetworkPicture) -> tuple[Edge, ...]:
    """Edges that are drawn: those of devices, and of the others the strongest if they are many.

    These are the ones with the largest in-degrees that have 80 % of the synapses between neurons,
    `MOST_EDGES` of them at most.
    """
    inner = [edge for edge in picture.edges if picture.nodes[edge.pre].is_neuron]
    outer = [edge for edge in picture.edges if not picture.nodes[edge.pre].is_neuron]
    if len(inner) > MOST_EDGES:
        ordered = sorted(inner, key=lambda edge: -edge.in_degree)
        total, so_far, kept = sum(edge.synapses for edge in inner), 0.0, []
        for edge in ordered[:MOST_EDGES]:
            kept.append(edge)
            so_far += edge.synapses
            if so_far >= SHARE * total:
                break
        inner = kept
    return (*outer, *sorted(inner, key=lambda edge: edge.in_degree))


def _curve(picture: NetworkPicture, layout: Layout, edge: Edge) -> Curve:
    begin, end = layout.at[edge.pre], layout.at[edge.post]
    if edge.pre == edge.post:
        return loop_at(begin, RADIUS, _outwards(layout, edge.pre))
    is_device = not picture.nodes[edge.pre].is_neuron
    is_near = is_device and picture.driver_of(edge.pre) == edge.post
    length = math.hypot(end[0] - begin[0], end[1] - begin[1])
    bow = 0.0 if is_near else min(0.16, 24.0 / max(length, 1.0) + 0.05)
    return curve_between(begin, end, RADIUS + 3.0, bow)


def _outwards(layout: Layout, k: int) -> float:
    x, y = layout.at[k]
    if layout.is_ring:
        return math.atan2(y - layout.height / 2, x - layout.width / 2)
    return -math.pi * (0.72 if x <= layout.width / 2 else 0.28)


def _edge(picture: NetworkPicture, layout: Layout, edge: Edge, most: float) -> str:
    part = math.sqrt(edge.in_degree / most) if most > 0 else 0.0
    is_device = not picture.nodes[edge.pre].is_neuron
    width = 1.8 if is_device else NARROWEST + (WIDEST - NARROWEST) * part
    return draw_edge(
        _curve(picture, layout, edge),
        edge.receptor,
        width,
        is_dashed=edge.is_probabilistic,
        tip=title(edge_words(picture, edge)),
    )


def edge_words(picture: NetworkPicture, edge: Edge) -> str:
    """All about an edge, in lines."""
    pre, post = picture.nodes[edge.pre].name, picture.nodes[edge.post].name
    first = edge.projections[0]
    n = len(edge.projections)
    rules = Counter(rule_words(p) if n == 1 else p.rule.replace("_", "-") for p in edge.projections)
    lines = [f"{pre} \u2192 {post}, {edge.receptor}" + (f", {n} projections" if n > 1 else "")]
    lines.append("; ".join(rules))
    lines.append(f"{edge.in_degree:,.4g} synapses per target, {short(edge.synapses)} in all")
    if n == 1:
        lines.append(f"weights {value_words(first.weight)}, delays {value_words(first.delay)}")
    if any(p.plasticity for p in edge.projections):
        lines.append("weights change (STDP)")
    return "\n".join(lines)


def _nodes(picture: NetworkPicture, layout: Layout) -> list[str]:
    colours = population_colours([node.name for node in picture.nodes])
    return [_node(picture, k, at, colours[k]) for k, at in enumerate(layout.at)]


def _node(picture: NetworkPicture, k: int, at: tuple[float, float], colour: str) -> str:
    node = picture.nodes[k]
    x, y = at
    radius = RADIUS if node.is_neuron else 0.72 * RADIUS
    label, below = _labels(picture, k)
    is_low = node.effect == "excitatory" and node.is_neuron
    words = element(
        "text",
        escape(label),
        kind="ink halo",
        x=x,
        y=y + (0.52 if is_low else 0.34) * SIZE,
        font_size=SIZE if len(label) < 6 else 10.0,
        font_weight="600",
        text_anchor="middle",
        stroke_width=2.6,
    )
    drop = y + (1.32 * radius if node.is_neuron else radius) + 12.0
    under = text(below, (x, drop), 10.5, "muted halo", text_anchor="middle", stroke_width=2.6)
    shape = draw_node_shape(node, at, radius, colour)
    backing = draw_node_shape(node, at, radius)
    return element("g", title(_node_words(picture, k)), backing, shape, words, under, kind="node")


def _labels(picture: NetworkPicture, k: int) -> tuple[str, str]:
    """What stands in a node, and below it."""
    node = picture.nodes[k]
    size = f"{node.size:,}"
    if node.is_neuron:
        return node.name[:9], size
    if node.members[0].kind == "spike_array":
        return "t", f"{node.name[:14]}, {size}"
    if picture.driver_of(k) is not None:
        return "P", _rate(node.members[0].parameters.get("rate", ""))
    return "P", f"{node.name[:14]}, {size}"


def _rate(words: str) -> str:
    """Rate of devices in few letters."""
    value = words.removesuffix(" Hz")
    is_number = value.replace(".", "", 1).isdecimal()
    if not is_number:
        return value[:16]
    figure = short(float(value))
    return f"{figure}Hz" if figure[-1].isalpha() else f"{figure} Hz"


def _node_words(picture: NetworkPicture, k: int) -> str:
    node = picture.nodes[k]
    first = node.members[0]
    what = first.model if node.is_neuron else f"{first.kind.replace('_', ' ')} sources"
    head = f"{node.name}: {node.size:,} {what}"
    many = [f"{len(node.members)} populations"] if len(node.members) > 1 else []
    parameters = [f"{name} = {value}" for name, value in first.parameters.items()]
    return "\n".join([head, *many, *parameters])


def _annotation(picture: NetworkPicture, layout: Layout, edge: Edge) -> str:
    """Symbols along an edge, beside its middle."""
    x, y = _curve(picture, layout, edge).at(0.5)
    if edge.pre == edge.post or not picture.nodes[edge.pre].is_neuron:
        y -= 13.0
    return element(
        "text",
        symbols(edge.projections[0], has_values=False),
        kind="ink halo",
        x=x,
        y=y + 4.0,
        font_size=11.5,
        text_anchor="middle",
        stroke_width=4.0,
    )
