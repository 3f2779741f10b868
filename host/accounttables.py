"""Tables of what a run came to: what its actions cost, how its populations fired, what was lost."""

from collections.abc import Iterable, Mapping, Sequence

from host.datatable import Cell, Table
from host.energy import Ledger
from host.energy.ledger import Line, is_measured
from host.timing import LOSSES, Timing
from mapping.spec import NetworkSpec, PopulationKind

__all__ = ["ledger_table", "losses_table", "rates_table"]


def ledger_table(ledger: Ledger) -> Table:
    """Lines of a ledger in its order; figures that are exact there are rounded once, to doubles."""
    return _table(LEDGER, map(_line, ledger.lines))


LEDGER = (
    "phase",
    "action",
    "what",
    "amount",
    "per",
    "kind",
    "price",
    "price_low",
    "price_high",
    "price_unit",
    "basis",
    "energy_j",
    "energy_low_j",
    "energy_high_j",
    "is_measured",
)


def _line(line: Line) -> tuple[Cell, ...]:
    price, energy_j = line.price, line.energy_j
    return (
        line.phase.value,
        line.action,
        line.what,
        float(line.amount),
        line.per.value,
        line.kind.value,
        price.nominal,
        price.low,
        price.high,
        price.unit,
        price.basis,
        float(energy_j.nominal),
        float(energy_j.low),
        float(energy_j.high),
        is_measured(line),
    )


def rates_table(
    spec: NetworkSpec, spikes: Mapping[str, int], rates_hz: Mapping[str, float]
) -> Table:
    """Spikes and mean rate of each neuron population in the time that counts."""
    neurons = [one for one in spec.populations if one.kind is PopulationKind.NEURON]
    rows = [(one.name, one.size, spikes[one.name], rates_hz[one.name]) for one in neurons]
    return _table(("population", "n_neurons", "n_spikes", "rate_hz"), rows)


def losses_table(losses: Mapping[str, int], timing: Timing | None) -> Table:
    """Losses of the whole run by cause; of its stretches where full timing counted them apart."""
    stretches = {} if timing is None else timing.stretches
    rows = []
    for cause, n in losses.items():
        parts: list[Cell] = [None, None]
        if timing is not None and cause in LOSSES:
            found = [stretches.get(name) for name in ("warmup", "run")]
            parts = [0 if one is None else getattr(one.losses, cause) for one in found]
        rows.append((cause, n, *parts))
    return _table(("cause", "n", "n_warmup", "n_run"), rows)


def _table(heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Table:
    """Table of `rows`, each a cell for every one of `heads`."""
    kept = list(rows)
    return Table({head: [row[k] for row in kept] for k, head in enumerate(heads)})
