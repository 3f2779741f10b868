"""The section of the network: its diagram, its matrix, and every population and projection."""

from collections.abc import Sequence

from markupsafe import Markup

from host.networks.description import NetworkDescription, ProjectionDescription
from host.pictures.network import draw_matrix, draw_network, gather
from host.pictures.network.notation import rule_words, value_words
from host.report.markup import Column, details, figure, note, table, tag
from host.report.numbers import plural
from host.report.page import without_style
from host.report.section import Section
from host.report.tips import with_page_tips
from host.results import Results

__all__ = ["network_section"]

MOST_ROWS = 300
"""Rows of a table on the page; a run folder has all of them."""
SIDE_BY_SIDE = "grid-template-columns:repeat(auto-fit,minmax(min(26rem,100%),1fr))"
MOST_DRAWN = 60
"""Nodes of the largest diagram."""


def network_section(results: Results) -> Section | None:
    """The network of a run; None if the run does not tell it."""
    network = results.network
    if network is None:
        return None
    picture = gather(network)
    drawn = draw_network(picture) if len(picture.nodes) <= MOST_DRAWN else ""
    matrix = draw_matrix(picture)
    parts = [
        _figure(drawn, DIAGRAM, f"Diagram of the network {network.name}", 440) if drawn else "",
        _figure(matrix, MATRIX, f"Matrix of in-degrees of {network.name}", 420) if matrix else "",
    ]
    panels = tag("div", *filter(None, parts), class_="panels", style=SIDE_BY_SIDE)
    body = Markup("").join([panels, _populations(network), _projections(network)])
    n = len(network.projections)
    return Section(
        id="network",
        title="Network",
        html=str(body),
        lead=(
            f"{plural(network.n_neurons, 'neuron')} in "
            f"{plural(sum(p.is_neuron for p in network.populations), 'population')}, "
            f"{plural(n, 'projection')}, {network.expected_synapses:,.0f} synapses expected."
        ),
    )


DIAGRAM = (
    "Graphical notation of Senk et al. 2022 (PLoS Comput. Biol. 18:e1010086). Lines are as wide as "
    "neurons of the target receive synapses. An overline: the same for all synapses; a tilde: "
    "drawn from a distribution."
)
MATRIX = (
    "All projections: sources in columns, targets in rows; blue excites, red inhibits. Point at a "
    "cell for rule, weights and delays."
)


def _figure(svg: str, caption: str, label: str, least_px: int) -> Markup:
    return figure(with_page_tips(without_style(svg)), caption, label=label, least_px=least_px)


def _populations(network: NetworkDescription) -> Markup:
    columns = (
        Column("population", is_number=False),
        Column("members"),
        Column("what", is_number=False),
        Column("parameters", is_number=False),
    )
    shown = network.populations[:MOST_ROWS]
    rows = [
        (
            p.name,
            f"{p.size:,}",
            p.model if p.is_neuron else p.kind.replace("_", " "),
            ", ".join(
                f"{name} = {value}" for name, value in (*p.parameters.items(), *_initial(p.initial))
            ),
        )
        for p in shown
    ]
    made = table(columns, rows, caption=f"Populations of {network.name}")
    n = len(network.populations)
    return details(f"All {n:,} populations", made, _left_out(n, len(shown), "network.json"))


def _initial(initial: object) -> Sequence[tuple[str, str]]:
    items = dict(initial).items()  # type: ignore[call-overload]
    return [(f"{name}(0)", str(value)) for name, value in items]


def _projections(network: NetworkDescription) -> Markup:
    columns = (
        Column("from", is_number=False),
        Column("to", is_number=False),
        Column("effect", is_number=False),
        Column("rule", is_number=False),
        Column("weights", is_number=False),
        Column("delays", is_number=False),
        Column("synapses", tip="Expected number"),
        Column("in-degree", tip="Synapses that a neuron of the target receives, mean"),
        Column("out-degree", tip="Synapses that a member of the source makes, mean"),
    )
    shown = network.projections[:MOST_ROWS]
    made = table(
        columns,
        [_row(p) for p in shown],
        caption=f"Projections of {network.name}",
        keys=[_keys(p) for p in shown],
    )
    n = len(network.projections)
    return details(f"All {n:,} projections", made, _left_out(n, len(shown), "tables.sqlite"))


def _row(p: ProjectionDescription) -> tuple[str, ...]:
    plastic = ", STDP" if p.plasticity else ""
    return (
        p.pre,
        p.post,
        p.receptor,
        rule_words(p),
        value_words(p.weight) + plastic,
        value_words(p.delay),
        f"{p.expected_synapses:,.0f}",
        f"{p.in_degree:,.4g}",
        f"{p.out_degree:,.4g}",
    )


def _keys(p: ProjectionDescription) -> tuple[object, ...]:
    values = p.weight.mean, p.delay.mean, p.expected_synapses, p.in_degree, p.out_degree
    return (p.pre, p.post, p.receptor, p.rule, *values)


def _left_out(n: int, n_shown: int, file: str) -> Markup:
    if n == n_shown:
        return Markup("")
    return note(f"The first {n_shown:,} of {n:,}; {file} of the run folder has all.")
