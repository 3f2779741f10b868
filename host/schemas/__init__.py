"""JSON Schemas of the files that users write, for editors that complete, check and explain.

Each is made of the dataclasses that define the file, so that it says what the reader says, as far
as a schema can: what concerns several values at once, the bounds of quantities with units, and
``extends`` are checked when the file is read (docs/schemas.md).
"""

from collections.abc import Callable, Mapping
from typing import Any

from chipemu.cores import CoreCosts
from host.config import Config
from host.costtables import cost_tables
from host.energy.table import TABLES as ENERGY
from host.energy.table import EnergyTable
from host.errors import UnknownNameError, did_you_mean
from host.machines import list_machines
from host.machines.spec import MachineSpec
from host.networks import NETWORKS
from host.plugins import STAGES
from host.schemas.generic import Schema, schema_of
from host.schemas.networks import network_schema
from host.sweep.definition import SweepFile

__all__ = ["SCHEMAS", "schema"]

EXTENDS = {"type": "string", "description": "Name or file of what is changed by this one."}


def schema(name: str) -> Schema:
    """Schema of the files called `name`: draft 2020-12.

    Raises
    ------
    UnknownNameError
        If there are none of this name.
    """
    if name not in SCHEMAS:
        hint = did_you_mean(name, SCHEMAS) or f"; there are {', '.join(SCHEMAS)}"
        msg = f"unknown schema {name!r}{hint}"
        raise UnknownNameError(msg)
    return SCHEMAS[name]()


def _config() -> Schema:
    found = schema_of(Config, "chipemu: a configuration")
    parts = found["$defs"]
    found["properties"]["machine"]["examples"] = list(list_machines())
    parts["NetworkConfig"]["properties"]["name"]["examples"] = list(NETWORKS)
    for key, stage in STAGES.items():
        parts["MappingConfig"]["properties"][key]["examples"] = list(stage.built_in)
    parts["CoresConfig"]["properties"]["costs"]["examples"] = cost_tables()
    return found


def _machine() -> Schema:
    found = schema_of(MachineSpec, "chipemu: a machine")
    parts, properties = found["$defs"], found["properties"]
    del parts["CoreParams"]["properties"]["costs"]
    _make_partial(parts["EnergyTable"], parts["Price"])
    _make_partial(parts["CoreCosts"])
    properties["energy"] = _table("EnergyTable", ENERGY.names(), properties["energy"])
    properties["costs"] = _table("CoreCosts", cost_tables(), {})
    properties["extends"] = EXTENDS | {"examples": list(list_machines())}
    found.pop("required", None)
    return found


def _table(part: str, names: list[str], known: Mapping[str, Any]) -> Schema:
    """Section that names a table, or is one."""
    text = known.get("description") or "Name or file of a table, or a table that may extend one."
    named = {"type": "string", "examples": names}
    return {"anyOf": [named, {"$ref": f"#/$defs/{part}"}], "description": text}


def _make_partial(*parts: Schema) -> None:
    """Let the parts be left out that another file has."""
    for part in parts:
        part.pop("required", None)
    parts[0]["properties"]["extends"] = EXTENDS


def _energy() -> Schema:
    found = schema_of(EnergyTable, "chipemu: a table of energies")
    needed = found["required"], found["$defs"]["Price"]["required"]
    _make_partial(found, found["$defs"]["Price"])
    prices = {name: {"required": needed[1]} for name in needed[0]}
    alone = {"required": needed[0], "properties": prices}
    return found | {"if": {"not": {"required": ["extends"]}}, "then": alone}


def _costs() -> Schema:
    found = schema_of(CoreCosts, "chipemu: a table of costs")
    _make_partial(found)
    return found


def _sweep() -> Schema:
    return schema_of(SweepFile, "chipemu: a sweep")


SCHEMAS: Mapping[str, Callable[[], Schema]] = {
    "config": _config,
    "machine": _machine,
    "network": network_schema,
    "energy": _energy,
    "costs": _costs,
    "sweep": _sweep,
}
"""Makers of the schemas, by what the files are."""
