"""A network's description as tables for people."""

from rich.console import Group, RenderableType
from rich.table import Table

from host.networks.description import (
    NetworkDescription,
    PopulationDescription,
    ProjectionDescription,
    ValueDescription,
)

__all__ = ["network_tables"]

MOST_ROWS = 100
"""Rows of a table; a network of columns has thousands of projections."""


def network_tables(network: NetworkDescription) -> RenderableType:
    """Populations, projections and their expected synapses."""
    common = _common(network)
    populations = _table(
        ("population", "members", "model", "its own values"),
        (1,),
        [_population(population, common) for population in network.populations],
    )
    projections = _table(
        ("from", "to", "weight", "delay", "synapses", "rule"),
        (4,),
        [_projection(projection) for projection in network.projections],
    )
    total = (
        f"{network.name}: {network.n_neurons:,} neurons, "
        f"{network.expected_synapses:,.0f} synapses expected; weights below 0 inhibit"
    )
    shared = [f"all neurons: {_pairs(common)}", ""] if common else [""]
    return Group(populations, *shared, projections, "", total)


def _common(network: NetworkDescription) -> dict[str, str]:
    """Parameters that are the same for all neurons, if there are several populations of them."""
    neurons = [_values(population) for population in network.populations if population.is_neuron]
    if len(neurons) < 2:
        return {}
    return {
        name: words
        for name, words in neurons[0].items()
        if all(values.get(name) == words for values in neurons)
    }


def _table(
    head: tuple[str, ...], numbers: tuple[int, ...], rows: list[tuple[str, ...]]
) -> RenderableType:
    table = Table(box=None, pad_edge=False)
    for column, title in enumerate(head):
        table.add_column(title, justify="right" if column in numbers else "left")
    for row in rows[:MOST_ROWS]:
        table.add_row(*row)
    if len(rows) <= MOST_ROWS:
        return table
    return Group(table, f"and {len(rows) - MOST_ROWS:,} more; --json has all")


def _population(population: PopulationDescription, common: dict[str, str]) -> tuple[str, ...]:
    kind = population.model or population.kind.replace("_", " ")
    own = {k: v for k, v in _values(population).items() if common.get(k) != v}
    return population.name, f"{population.size:,}", kind, _pairs(own)


def _values(population: PopulationDescription) -> dict[str, str]:
    initial = {f"{name} at first": words for name, words in population.initial.items()}
    return dict(population.parameters) | initial


def _projection(projection: ProjectionDescription) -> tuple[str, ...]:
    apart = (
        ("no autapses", projection.allow_autapses is False),
        ("no multapses", projection.allow_multapses is False),
        ("plastic", projection.plasticity is not None),
    )
    words = [projection.rule.replace("_", " "), *(word for word, is_so in apart if is_so)]
    sign = "-" if projection.receptor == "inhibitory" else ""
    return (
        projection.pre,
        projection.post,
        sign + _value(projection.weight),
        _value(projection.delay),
        f"{projection.expected_synapses:,.0f}",
        ", ".join(words),
    )


def _value(value: ValueDescription) -> str:
    spread = f" \N{PLUS-MINUS SIGN}{value.sd:.1g}" if value.sd else ""
    return f"{value.mean:.3g}{spread} {value.unit}"


def _pairs(values: dict[str, str]) -> str:
    return ", ".join(f"{name} {words}" for name, words in values.items())
