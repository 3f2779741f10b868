"""The key below a diagram: what shapes and lines mean, and the annotations with their symbols."""

from collections.abc import Sequence
from textwrap import wrap

from host.networks.description import ProjectionDescription
from host.pictures.network.gather import Edge, NetworkPicture, Node
from host.pictures.network.notation import RULES, symbols
from host.pictures.network.shapes import Curve, draw_edge, draw_node_shape
from host.pictures.scale import short
from host.pictures.svg import element, text

__all__ = ["draw_key"]

LINE, SIZE = 20.0, 12.0
LEFT = 14.0
WORDS = 146.0
MOST_KINDS = 8
CONSTRAINTS = "A, M: autapses and multapses are allowed; struck out: prohibited"


def draw_key(picture: NetworkPicture, edges: Sequence[Edge], width: float) -> tuple[str, float]:
    """Key of a diagram in which `edges` are drawn.

    Returns
    -------
    svg : str
        From (0, 0).
    height : float
    """
    drawn, y = [], 6.0
    entries = [*_nodes(picture), *_edges(edges)]
    columns = max(1, int((width - LEFT) // 200.0))
    for i, (swatch, words) in enumerate(entries):
        x, top = LEFT + 200.0 * (i % columns), y + LINE * (i // columns)
        moved = element("g", swatch, transform=f"translate({x:g} {top:g})")
        drawn.append(moved + text(words, (x + 40.0, top + 13.0), SIZE, "muted"))
    y += LINE * -(-len(entries) // columns) + 8.0
    for annotation, words in _annotations(picture):
        drawn.append(
            element("text", annotation, kind="ink", x=LEFT, y=y + 13.0, font_size=SIZE)
            + text(words, (LEFT + WORDS, y + 13.0), SIZE, "muted")
        )
        y += LINE
    if any(p.allow_autapses is not None for edge in picture.edges for p in edge.projections):
        drawn.append(text(CONSTRAINTS, (LEFT, y + 13.0), SIZE, "muted"))
        y += LINE
    for line in wrap(_note(picture, edges), int((width - 2 * LEFT) / (0.56 * SIZE))):
        drawn.append(text(line, (LEFT, y + 13.0), SIZE, "muted"))
        y += 0.85 * LINE
    return "".join(drawn), y + 8.0


def _nodes(picture: NetworkPicture) -> list[tuple[str, str]]:
    names = {
        "excitatory": "excitatory neurons",
        "inhibitory": "inhibitory neurons",
        "both": "neurons of both effects",
        "none": "neurons without targets",
        "device": "stimulating device",
    }
    first: dict[str, Node] = {}
    for node in picture.nodes:
        first.setdefault(node.effect if node.is_neuron else "device", node)
    return [
        (draw_node_shape(first[kind], (17.0, 9.0), 7.5, "none"), words)
        for kind, words in names.items()
        if kind in first
    ]


def _edges(edges: Sequence[Edge]) -> list[tuple[str, str]]:
    kinds = sorted({(edge.receptor, edge.is_probabilistic) for edge in edges})
    line = Curve((0.0, 9.0), (8.0, 9.0), (16.0, 9.0), (25.0, 9.0))
    return [
        (
            draw_edge(line, receptor, 2.0, is_dashed=is_dashed, tip=""),
            f"{receptor}, {'probabilistic' if is_dashed else 'deterministic'}",
        )
        for receptor, is_dashed in kinds
    ]


def _annotations(picture: NetworkPicture) -> list[tuple[str, str]]:
    """Each kind of annotation, with what it says and how many projections have it."""
    found: dict[str, list[ProjectionDescription]] = {}
    for edge in picture.edges:
        for p in edge.projections:
            found.setdefault(_kind(p), []).append(p)
    ordered = sorted(found.items(), key=lambda item: -len(item[1]))
    return [(kind, _words(projections)) for kind, projections in ordered[:MOST_KINDS]]


def _kind(projection: ProjectionDescription) -> str:
    return symbols(projection)


def _words(projections: Sequence[ProjectionDescription]) -> str:
    first = projections[0]
    name = RULES.get(first.rule, ("", "", first.rule))[2]
    flags = (("autapses", first.allow_autapses), ("multapses", first.allow_multapses))
    prohibited = [what for what, is_allowed in flags if is_allowed is False]
    n = len(projections)
    words = f"{n:,} projection{'s' if n > 1 else ''}: {name}"
    return f"{words}, no {' or '.join(prohibited)}" if prohibited else words


def _note(picture: NetworkPicture, edges: Sequence[Edge]) -> str:
    inner = [e for e in picture.edges if picture.nodes[e.pre].is_neuron]
    drawn = [e for e in edges if picture.nodes[e.pre].is_neuron]
    if len(drawn) == len(inner):
        return ""
    share = sum(e.synapses for e in drawn) / max(sum(e.synapses for e in inner), 1.0)
    least = min(e.in_degree for e in drawn)
    return (
        f"Drawn: {len(drawn)} of {len(inner)} edges between neurons, those from "
        f"{short(least)} synapses per target on ({share:.0%} of all)"
    )
