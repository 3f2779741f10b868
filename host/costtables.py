"""Tables of what cores cost, by name, and the section ``costs`` of machine files.

``costs: polling`` names a table; ``costs: {extends: polling, synapse: 20}`` changes one; without
``extends`` a mapping changes what the machine that the file extends has, or else the defaults.
"""

from pathlib import Path

from chipemu.cores import CoreCosts
from host.errors import ConfigError, UnknownNameError, did_you_mean
from host.validation import build
from host.yamlfile import Document, Location, read_document

__all__ = ["cost_tables", "load_costs", "with_named_costs", "with_nested_costs"]

FOLDER = Path(__file__).parent / "machines" / "costs"


def cost_tables() -> list[str]:
    """Names of the tables."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def load_costs(name: str) -> CoreCosts:
    """Table called `name`.

    Raises
    ------
    UnknownNameError
        If there is none of this name; tells those there are.
    """
    return build(CoreCosts, _table(name))


def _table(name: object) -> Document:
    tables = cost_tables()
    if name not in tables:
        hint = did_you_mean(str(name), tables) or f"; there are {', '.join(tables)}"
        msg = f"unknown table of costs {name!r}{hint}"
        raise UnknownNameError(msg)
    return read_document(FOLDER / f"{name}.yaml")


def with_named_costs(document: Document) -> Document:
    """`document` with the table that its section ``costs`` names put in its place.

    Raises
    ------
    ConfigError
        If the section is neither a name nor a mapping, or names no table; tells the line.
    """
    costs = document.data.get("costs")
    if costs is None:
        return document
    if not isinstance(costs, str | dict):
        msg = f"{document.where(('costs',))}costs should be a name or a mapping, got {costs!r}"
        raise ConfigError(msg)
    own = costs if isinstance(costs, dict) else {"extends": costs}
    if "extends" not in own:
        return document
    try:
        table = _table(own["extends"])
    except UnknownNameError as error:
        at: Location = ("costs", "extends") if isinstance(costs, dict) else ("costs",)
        msg = f"{document.where(at)}{error}"
        raise UnknownNameError(msg) from error
    values = table.data | {key: value for key, value in own.items() if key != "extends"}
    lines = {("costs", *at): line for at, line in table.lines.items()}
    return Document({**document.data, "costs": values}, {**lines, **document.lines})


def with_nested_costs(document: Document) -> Document:
    """`document` with its section ``costs`` where `host.machines.MachineSpec` has it.

    Raises
    ------
    ConfigError
        If it stands there already; tells the line.
    """
    inner = document.data.get("cores")
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
