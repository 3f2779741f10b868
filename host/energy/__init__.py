"""Energy: what was done, what each action costs, and the ledger of both (``docs/energy.md``)."""

from host.energy.counts import ActionCount, PhaseCounts, RunActions
from host.energy.ledger import Band, Ledger, Line, energy_summary, price
from host.energy.table import ACTIONS, EnergyTable, Price, default_table, load_table

__all__ = [
    "ACTIONS",
    "ActionCount",
    "Band",
    "EnergyTable",
    "Ledger",
    "Line",
    "PhaseCounts",
    "Price",
    "RunActions",
    "default_table",
    "energy_summary",
    "load_table",
    "price",
]
