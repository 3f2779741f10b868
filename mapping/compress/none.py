"""Leave tables as they are."""

from mapping.machine import Machine
from mapping.tables import MadeTables
from router import RoutingTables

__all__ = ["compress"]


def compress(made: MadeTables, machine: Machine) -> RoutingTables:
    """Keep all entries."""
    del machine
    return made.tables
