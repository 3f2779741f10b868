"""Pictures of networks: everything is in them, drawn as the notation says."""

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from host.networks.brunel import brunel
from host.networks.description import NetworkDescription, describe_network
from host.networks.mesocircuit import mesocircuit
from host.networks.pd14 import pd14
from host.pictures.network import draw_matrix, draw_network, gather
from host.pictures.network.diagram import MOST_EDGES, shown_edges
from host.pictures.network.gather import MOST_NODES
from host.pictures.network.notation import RULES, rule_words, symbols, value_words
from mapping.connectors import ExplicitList, FixedInDegree, OneToOne, PairwiseBernoulli
from mapping.distributions import Constant, Uniform
from mapping.plasticity import Stdp
from mapping.spec import NetworkSpec, Population, PopulationKind, Projection, Receptor

SVG = "{http://www.w3.org/2000/svg}"
NETWORKS = {
    "pd14": lambda: pd14(0.05),
    "brunel": lambda: brunel(0.05),
    "mesocircuit": lambda: mesocircuit(0.05, side=2),
}


@pytest.fixture(params=NETWORKS)
def network(request: pytest.FixtureRequest) -> NetworkDescription:
    return describe_network(NETWORKS[request.param]())


def _tips(svg: str) -> list[str]:
    """First line of every tooltip."""
    found = [e.text or "" for e in ET.fromstring(svg).iter(f"{SVG}title")]
    return [words.splitlines()[0] for words in found]


def _ring(n: int) -> NetworkSpec:
    names = [f"area{chr(97 + k)}" for k in range(n)]
    populations = tuple(Population(name, 10, PopulationKind.NEURON) for name in names)
    ways = zip(names, [*names[1:], names[0]], strict=True)
    return NetworkSpec(
        "ring",
        populations,
        tuple(Projection(a, b, FixedInDegree(2), Constant(1), Constant(1)) for a, b in ways),
    )


def test_gathering_loses_nothing(network: NetworkDescription) -> None:
    picture = gather(network)
    members = [member.name for node in picture.nodes for member in node.members]
    assert sorted(members) == sorted(p.name for p in network.populations)
    assert len(picture.nodes) <= MOST_NODES
    synapses = sum(edge.synapses for edge in picture.edges)
    assert synapses == pytest.approx(network.expected_synapses)
    assert sum(len(edge.projections) for edge in picture.edges) == len(network.projections)


def test_columns_of_one_circuit_become_its_populations() -> None:
    network = describe_network(mesocircuit(0.05, side=2))
    picture = gather(network)
    assert picture.is_gathered
    neurons = [node for node in picture.nodes if node.is_neuron]
    assert [node.name for node in neurons] == [f"L{k}{t}" for k in (23, 4, 5, 6) for t in "EI"]
    assert {len(node.members) for node in picture.nodes} == {4}
    total = sum(p.expected_synapses for p in network.projections if p.post.endswith("L4E"))
    into = sum(e.in_degree for e in picture.edges if picture.nodes[e.post].name == "L4E")
    assert into * neurons[2].size == pytest.approx(total)


def test_names_that_differ_in_kind_are_not_gathered() -> None:
    neurons = [Population(f"p{k}", 5, PopulationKind.NEURON) for k in range(1, 30)]
    populations = [Population("p0", 5, PopulationKind.POISSON, {"rate": 1.0}), *neurons]
    picture = gather(describe_network(NetworkSpec("n", tuple(populations), ())))
    assert len(picture.nodes) == 30


def test_the_diagram_has_every_node_and_the_strongest_edges(network: NetworkDescription) -> None:
    picture = gather(network)
    tips = _tips(draw_network(picture))
    for node in picture.nodes:
        assert any(tip.startswith(f"{node.name}: {node.size:,}") for tip in tips), node.name
    shown = shown_edges(picture)
    arrows = [tip for tip in tips if "\u2192" in tip]
    assert len(arrows) == len(shown)
    inner = [e for e in shown if picture.nodes[e.pre].is_neuron]
    assert 0 < len(inner) <= MOST_EDGES
    left_out = [e for e in picture.edges if e not in shown]
    assert max((e.in_degree for e in left_out), default=0) <= min(e.in_degree for e in inner)


def test_the_matrix_has_every_edge(network: NetworkDescription) -> None:
    picture = gather(network)
    arrows = [tip for tip in _tips(draw_matrix(picture)) if "\u2192" in tip]
    assert len(arrows) == len(set(arrows)) or picture.is_gathered
    assert len(arrows) == len(picture.edges)


def test_cells_do_not_overlap(network: NetworkDescription) -> None:
    root = ET.fromstring(draw_matrix(gather(network)))
    cells = [
        (rect.get("x"), rect.get("y"))
        for group in root.iter(f"{SVG}g")
        if group.get("class") == "mp-node"
        for rect in group.iter(f"{SVG}rect")
    ]
    assert len(set(cells)) == len(cells) > 0


def test_lines_and_tips_say_what_connections_are() -> None:
    svg = draw_network(gather(describe_network(brunel(0.05))))
    ways = [g for g in ET.fromstring(svg).iter(f"{SVG}g") if g.get("class") == "mp-way"]
    by_words = {(g.findtext(f"{SVG}title") or "key").splitlines()[0]: g for g in ways}
    inhibits = by_words["I \u2192 E, inhibitory"]
    assert [c.get("class") for c in inhibits.iter(f"{SVG}circle")] == ["mp-inhibitory-tip"]
    dashes = [p.get("stroke-dasharray") for p in inhibits.iter(f"{SVG}path")]
    assert any(dashes)
    drives = by_words["poisson_E \u2192 E, excitatory"]
    assert not any(p.get("stroke-dasharray") for p in drives.iter(f"{SVG}path"))
    assert not list(drives.iter(f"{SVG}circle"))


def test_pictures_have_no_ids_and_no_odd_numbers(network: NetworkDescription) -> None:
    picture = gather(network)
    for svg in (draw_network(picture), draw_matrix(picture)):
        assert not re.search(r'\sid="', svg)
        assert "nan" not in svg
        assert "inf" not in re.sub(r"[^0-9a-z.]inf[a-z]", "", svg)
        assert draw_network(picture) == draw_network(gather(network))


def test_symbols_follow_the_notation() -> None:
    weights = Uniform(0.1, 0.2)
    rules = {
        "p": PairwiseBernoulli(0.1, allow_autapses=False),
        "K": FixedInDegree(2, allow_multapses=False),
        "\u03b4": OneToOne(),
        "X": ExplicitList(np.array([0], np.int32), np.array([1], np.int32)),
    }
    population = Population("a", 5, PopulationKind.NEURON)
    for letter, rule in rules.items():
        projection = Projection("a", "a", rule, weights, Constant(1), Receptor.INHIBITORY)
        (found,) = describe_network(NetworkSpec("n", (population,), (projection,))).projections
        written = ET.fromstring(f"<text>{symbols(found)}</text>")
        spans = [(s.text, s.get("text-decoration")) for s in written.iter("tspan")]
        assert spans[0] == (letter, None)
        assert (("A", "line-through") in spans) == (letter == "p")
        assert (("M", "line-through") in spans) == (letter == "K")
        assert ("d", "overline") in spans
        assert ("w", None) in spans
        assert RULES[found.rule][2] in rule_words(found)
        assert value_words(found.delay).replace("\u00a0", " ") == "1 ms"


def test_plastic_weights_depend_on_time() -> None:
    population = Population("a", 5, PopulationKind.NEURON)
    plastic = Projection("a", "a", OneToOne(), Constant(0.1), Constant(1), plasticity=Stdp())
    (found,) = describe_network(NetworkSpec("n", (population,), (plastic,))).projections
    assert "w(t)" in symbols(found)


def test_populations_without_order_stand_in_a_ring() -> None:
    picture = gather(describe_network(_ring(9)))
    tips = _tips(draw_network(picture))
    assert sum("\u2192" in tip for tip in tips) == 9
    assert draw_matrix(gather(describe_network(_ring(60)))) == ""
