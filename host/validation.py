"""From a document to a frozen dataclass: keys, units, types and bounds, each error with its line.

The dataclass is the only definition: its fields are the known keys, the ends of their names the
units, its annotations the types and bounds, which pydantic checks.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from typing import Any, TypeVar, get_type_hints

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from host.errors import ConfigError, did_you_mean
from host.units import field_unit, parse_quantity
from host.yamlfile import Document, Location

__all__ = ["FieldError", "build"]

T = TypeVar("T")


class FieldError(ValueError):
    """A field of a dataclass does not go with its other fields; raised when one is made.

    Attributes
    ----------
    at : tuple
        Keys that lead from the dataclass to the field; none: it is the dataclass as a whole.
    """

    def __init__(self, at: Location, message: str) -> None:
        super().__init__(message)
        self.at = at


def build(kind: type[T], document: Document) -> T:
    """Instance of the dataclass `kind` that `document` describes.

    Parameters
    ----------
    kind : type
        A dataclass; fields of dataclass type are sections of the document.
    document : Document

    Raises
    ------
    ConfigError
        On the first unknown key, unit, type or bound that is not met: one line that names the
        place, the value, and the limit or the remedy.
    """
    _check_keys(kind, document)
    document = _with_plain_units(document)
    try:
        text = json.dumps(document.data, default=str)
        return TypeAdapter(kind).validate_json(text, strict=True)
    except ValidationError as error:
        raise ConfigError(_first_message(error, document)) from error


def _check_keys(kind: type, document: Document) -> None:
    for location, owner in _sections(kind, document.data, ()):
        section = ".".join(map(str, location)) or "the file"
        known = get_type_hints(owner)
        for key in _mapping(document.get(location)):
            if key not in known:
                hint = did_you_mean(str(key), known) or f"; known: {', '.join(known)}"
                where = document.where((*location, key))
                msg = f"{where}unknown key {key!r} in {section}{hint}"
                raise ConfigError(msg)


def _sections(kind: type, data: object, at: Location) -> Iterator[tuple[Location, type]]:
    yield at, kind
    for name, hint in get_type_hints(kind).items():
        value = _mapping(data).get(name)
        if is_dataclass(hint) and isinstance(hint, type) and isinstance(value, dict):
            yield from _sections(hint, value, (*at, name))


def _mapping(data: object) -> Mapping[Any, Any]:
    return data if isinstance(data, dict) else {}


def _with_plain_units(document: Document) -> Document:
    for location, value in list(_leaves(document.data, ())):
        unit = field_unit(str(location[-1])) if isinstance(value, str) else None
        if unit is not None:
            try:
                plain = parse_quantity(str(value), unit)
            except ConfigError as error:
                msg = f"{document.where(location)}{_dotted(location)} {error}"
                raise ConfigError(msg) from error
            data = document.override(location, int(plain) if plain.is_integer() else plain).data
            document = Document(data, document.lines)
    return document


def _leaves(data: object, at: Location) -> Iterator[tuple[Location, object]]:
    for key, value in _mapping(data).items():
        yield (*at, key), value
        yield from _leaves(value, (*at, key))


def _first_message(error: ValidationError, document: Document) -> str:
    """One line for the first value at fault, with all that this value might be instead."""
    errors = error.errors(include_url=False)
    location = _location(errors[0], document)
    if errors[0]["type"] == "value_error":  # raised by the dataclass itself
        raised = errors[0]["ctx"]["error"]
        if not isinstance(raised, FieldError):
            return f"{document.where(location)}{raised}"
        location = (*location, *raised.at)
        return f"{_where(location, document)}{_dotted(location)} {raised}"
    there = [error for error in errors if _location(error, document) == location]
    if errors[0]["type"] == "missing":
        names = ", ".join(repr(e["loc"][-1]) for e in there if e["type"] == "missing")
        them = "them" if "," in names else "it"
        lacks = f"lacks {names}; write {them}, or extend a file that has {them}"
        return f"{_where(location, document)}{_dotted(location)} {lacks}"
    said = " or ".join(_sentence(error) for error in there)
    value = document.get(location)
    return f"{document.where(location)}{_dotted(location)} {said}, got {value!r}"


def _where(location: Location, document: Document) -> str:
    """Prefix for a message about `location`: its line, that of what it lies in, or its file."""
    for depth in range(len(location), 0, -1):
        if where := document.where(location[:depth]):
            return where
    files = {line.rpartition(":")[0] for line in document.lines.values()}
    return f"{files.pop()}: " if len(files) == 1 else ""


def _location(error: ErrorDetails, document: Document) -> Location:
    """Location of an error, without pydantic's names of the members of a union."""
    location: Location = ()
    for key in error["loc"]:
        try:
            document.get((*location, key))
        except (KeyError, IndexError, TypeError):
            break
        location = (*location, key)
    return location


def _sentence(error: ErrorDetails) -> str:
    if error["type"] in {"dataclass_type", "dict_type"}:
        return "should be a mapping of names to values"
    sentence = error["msg"].removeprefix("Input ")
    return sentence[0].lower() + sentence[1:]


def _dotted(location: Location) -> str:
    return ".".join(map(str, location)) or "the file"
