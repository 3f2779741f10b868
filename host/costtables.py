"""Tables of what cores cost, by name, and the section ``costs`` of machine files.

``costs: polling`` names a table; ``costs: {extends: polling, synapse: 20}`` changes one.
"""

from pathlib import Path

from chipemu.cores import CoreCosts
from host.errors import ConfigError
from host.namedtables import NamedTables
from host.validation import build
from host.yamlfile import Document

__all__ = ["COSTS", "cost_tables", "load_costs", "with_nested_costs"]

FOLDER = Path(__file__).parent / "machines" / "costs"
COSTS = NamedTables("costs", FOLDER)


def cost_tables() -> list[str]:
    """Names of the tables."""
    return COSTS.names()


def load_costs(name: str) -> CoreCosts:
    """Table called `name`.

    Raises
    ------
    UnknownNameError
        If there is none of this name; tells those there are.
    """
    return build(CoreCosts, COSTS.read(name))


def with_nested_costs(document: Document) -> Document:
    """`document` with its section ``costs`` where `host.machines.MachineSpec` has it.

    Raises
    ------
    ConfigError
        If it stands there already; tells the line.
    """
    inner = document.data.get("cores", {})
    if inner is None:
        where = document.where(("cores",))
        msg = f"{where}cores should be a mapping of names to values, got nothing"
        raise ConfigError(msg)
    if isinstance(inner, dict) and "costs" in inner:
        where = document.where(("cores", "costs"))
        msg = f"{where}costs are a section of their own, not part of cores; move them out"
        raise ConfigError(msg)
    if "costs" not in document.data:
        return document
    data = {key: value for key, value in document.data.items() if key != "costs"}
    nested = Document(data, document.lines).override(("cores", "costs"), document.data["costs"])
    lines = {
        ("cores", *at) if at[0] == "costs" else at: line for at, line in document.lines.items()
    }
    return Document(nested.data, lines)
