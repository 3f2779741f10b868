"""The table ``projections`` of a run: a row for each projection of its network."""

from host.datatable import Cell, Table
from host.networks.description import NetworkDescription, ProjectionDescription, ValueDescription

__all__ = ["projection_table"]


def projection_table(network: NetworkDescription) -> Table:
    """Projections of a network, in its order.

    Parameters
    ----------
    network : NetworkDescription

    Returns
    -------
    Table
        Columns ``pre``, ``post``, ``receptor``, ``rule``; the parameter of the rule as ``p``,
        ``n_syn``, ``k_in`` or ``k_out``, None where it has no such; ``allow_autapses`` and
        ``allow_multapses``, 1 or 0, None where the rule leaves no choice; ``weight`` in words with
        ``weight_mean``, ``weight_sd`` and ``weight_unit``; ``delay`` in words with
        ``delay_mean_ms`` and ``delay_sd_ms``; ``plasticity``, the dependence of the rule on the
        weight or None; ``expected_synapses``, ``in_degree``, ``out_degree``.
    """
    rows = [_row(projection) for projection in network.projections]
    return Table({name: [row[k] for row in rows] for k, name in enumerate(COLUMNS)})


COLUMNS = (
    "pre",
    "post",
    "receptor",
    "rule",
    "p",
    "n_syn",
    "k_in",
    "k_out",
    "allow_autapses",
    "allow_multapses",
    "weight",
    "weight_mean",
    "weight_sd",
    "weight_unit",
    "delay",
    "delay_mean_ms",
    "delay_sd_ms",
    "plasticity",
    "expected_synapses",
    "in_degree",
    "out_degree",
)
PARAMETERS = (
    ("pairwise_bernoulli", "p"),
    ("fixed_total_number", "n"),
    ("fixed_in_degree", "k"),
    ("fixed_out_degree", "k"),
)
"""Rules with a parameter, in the order of its columns."""


def _row(projection: ProjectionDescription) -> tuple[Cell, ...]:
    weight, delay = projection.weight, projection.delay
    own = projection.rule_parameters
    return (
        projection.pre,
        projection.post,
        projection.receptor,
        projection.rule,
        *(own.get(name) if projection.rule == rule else None for rule, name in PARAMETERS),
        _flag(projection.allow_autapses),
        _flag(projection.allow_multapses),
        _words(weight),
        weight.mean,
        weight.sd,
        weight.unit,
        _words(delay),
        delay.mean,
        delay.sd,
        None if projection.plasticity is None else str(projection.plasticity["dependence"]),
        projection.expected_synapses,
        projection.in_degree,
        projection.out_degree,
    )


def _flag(value: bool | None) -> int | None:
    return None if value is None else int(value)


def _words(value: ValueDescription) -> str:
    inside = ", ".join(f"{name} {number:g}" for name, number in value.parameters.items())
    kind = value.distribution.replace("_", " ")
    return f"{kind} ({inside}) {value.unit}" if inside else f"{kind} {value.unit}"
