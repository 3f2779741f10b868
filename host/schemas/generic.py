"""From a dataclass that defines a file to the JSON Schema of that file."""

from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from typing import Any, get_args, get_type_hints

from pydantic import TypeAdapter

from host.schemas.docstrings import attribute_texts, summary_text
from host.units import field_unit, units_beside

__all__ = ["Schema", "quantity", "schema_of", "with_quantities"]

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"


def schema_of(kind: type, title: str) -> Schema:
    """Schema of a file that the dataclass `kind` defines.

    Bounds and choices are those of the annotations, texts those of the docstrings; a number whose
    name ends in a unit may be a text with a unit; unknown keys are refused.

    Parameters
    ----------
    kind : type
    title : str
        Of the schema.
    """
    schema = TypeAdapter(kind).json_schema()
    owners = {owner.__name__: owner for owner in _dataclasses(kind)}
    definitions: dict[str, Schema] = schema.get("$defs", {})
    for name, part in [(kind.__name__, schema), *definitions.items()]:
        if name in owners:
            _complete(part, owners[name])
    head: Schema = {"$schema": DIALECT, "title": title}
    return head | {key: value for key, value in schema.items() if key != "title"}


def _complete(part: Schema, owner: type) -> None:
    part["additionalProperties"] = False
    part["description"] = summary_text(owner)
    texts = attribute_texts(owner)
    properties: dict[str, Schema] = part.get("properties", {})
    for name, value in properties.items():
        value.pop("title", None)
        unit = field_unit(name)
        if unit is not None:
            properties[name] = with_quantities(value, unit)
        if texts.get(name):
            properties[name]["description"] = texts[name]


def quantity(unit: str) -> Schema:
    """Schema of a text that is a quantity in `unit` or one beside it."""
    units = units_beside(unit)
    example = f"1 {unit}" if unit != "x" else "20x"
    pattern = rf"^\s*{NUMBER}\s*({'|'.join(units)})\s*$"
    return {"type": "string", "pattern": pattern, "examples": [example]}


def with_quantities(schema: Schema, unit: str) -> Schema:
    """`schema`, in which a quantity may stand for every number."""
    if schema.get("type") in {"number", "integer"}:
        kept = {key: schema[key] for key in ("default", "description") if key in schema}
        bare = {key: value for key, value in schema.items() if key not in kept}
        alternatives: Schema = {"anyOf": [bare, quantity(unit)]}
        return alternatives | kept
    found = dict(schema)
    for key in ("anyOf", "prefixItems"):
        if key in found:
            found[key] = [with_quantities(member, unit) for member in found[key]]
    for key in ("items", "additionalProperties"):
        if isinstance(found.get(key), Mapping):
            found[key] = with_quantities(found[key], unit)
    return found


def _dataclasses(hint: Any) -> Iterator[type]:
    """Dataclasses that a value annotated `hint` may hold, itself included."""
    if is_dataclass(hint) and isinstance(hint, type):
        yield hint
        for inner in get_type_hints(hint, include_extras=True).values():
            yield from _dataclasses(inner)
    for inner in get_args(hint):
        yield from _dataclasses(inner)
