"""From a document to a frozen dataclass: keys, units, types and bounds, each error with its line.

The dataclass is the only definition: its fields are the known keys, the ends of their names the
units, its annotations the types and bounds, which pydantic checks.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from functools import lru_cache
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from host.errors import ConfigError, did_you_mean
from host.units import field_unit, parse_quantity
from host.yamlfile import Document, Location

__all__ = ["FieldError", "build", "dotted", "plain_quantity"]

T = TypeVar("T")

LONGEST_SHOWN = 60
"""Characters of a wrong value that a message repeats."""


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
        value: T = _adapter(cast("Any", kind)).validate_json(text, strict=True)
    except ValidationError as error:
        raise ConfigError(_first_message(error, document)) from error
    return value


@lru_cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    """What checks values of `kind`; it takes a while to make."""
    return TypeAdapter(kind)


@lru_cache
def _hints(kind: type) -> Mapping[str, Any]:
    """Types of the fields of a dataclass."""
    return get_type_hints(kind)


def _check_keys(kind: type, document: Document) -> None:
    for location, owner in _sections(kind, document.data, ()):
        section = dotted(location)
        known = _hints(owner)
        for key in _mapping(document.get(location)):
            if key not in known:
                hint = did_you_mean(str(key), known) or f"; known: {', '.join(known)}"
                where = document.where((*location, key))
                msg = f"{where}unknown key {key!r} in {section}{hint}"
                raise ConfigError(msg)


def _sections(hint: Any, data: object, at: Location) -> Iterator[tuple[Location, type]]:
    """Dataclasses that `data`, for a value annotated `hint`, is to become, and where."""
    if get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    if is_dataclass(hint) and isinstance(hint, type) and (isinstance(data, dict) or not at):
        yield at, hint
    for key, inner, value in _parts(hint, data):
        yield from _sections(inner, value, at if key is None else (*at, key))


def _parts(hint: Any, data: object) -> Iterator[tuple[str | int | None, Any, object]]:
    """Key, type and value of what `data` consists of; without a key, a type that it may have."""
    kind, parts = get_origin(hint), get_args(hint)
    if is_dataclass(hint) and isinstance(hint, type):
        hints = _hints(hint).items()
        yield from (
            (key, inner, _mapping(data)[key]) for key, inner in hints if key in _mapping(data)
        )
    elif kind in {UnionType, Union}:
        yield from ((None, member, data) for member in parts)
    elif kind in {dict, Mapping}:
        yield from ((key, parts[1], value) for key, value in _mapping(data).items())
    elif kind in {tuple, list} and isinstance(data, list):
        inner = parts if Ellipsis not in parts else (parts[0],) * len(data)
        yield from ((i, *pair) for i, pair in enumerate(zip(inner, data, strict=False)))


def _mapping(data: object) -> Mapping[Any, Any]:
    return data if isinstance(data, dict) else {}


def _with_plain_units(document: Document) -> Document:
    def plain(value: Any, at: Location, unit: str | None) -> Any:
        if isinstance(value, dict):
            return {k: plain(v, (*at, k), field_unit(str(k))) for k, v in value.items()}
        if isinstance(value, list):
            return [plain(item, (*at, index), unit) for index, item in enumerate(value)]
        if unit is None or not isinstance(value, str):
            return value
        return plain_quantity(document, at, value, unit)

    return Document(plain(document.data, (), None), document.lines)


def plain_quantity(document: Document, at: Location, text: str, unit: str) -> int | float:
    """Number, in `unit`, of the quantity `text` that stands at `at` in `document`.

    Raises
    ------
    ConfigError
        If it is none, or of another dimension; names the place.
    """
    try:
        number = parse_quantity(text, unit)
    except ConfigError as error:
        msg = f"{document.where(at)}{dotted(at)} {error}"
        raise ConfigError(msg) from error
    return int(number) if number.is_integer() else number


def _first_message(error: ValidationError, document: Document) -> str:
    """One line for the first value at fault, with all that this value might be instead."""
    errors = error.errors(include_url=False)
    error_at = _focus(errors, document)
    location = _location(error_at, document)
    if error_at["type"] == "value_error":  # raised by the dataclass itself
        raised = error_at["ctx"]["error"]
        if not isinstance(raised, FieldError):
            is_told = not location or str(raised).startswith(dotted(location))
            told = "" if is_told else f"{dotted(location)}: "
            return f"{_where(location, document)}{told}{raised}"
        location = (*location, *raised.at)
        return f"{_where(location, document)}{dotted(location)} {raised}"
    there = [error for error in errors if _location(error, document) == location]
    if error_at["type"] == "missing":
        names = ", ".join(repr(e["loc"][-1]) for e in there if e["type"] == "missing")
        them = "them" if "," in names else "it"
        lacks = f"lacks {names}; write {them}, or extend a file that has {them}"
        return f"{_where(location, document)}{dotted(location)} {lacks}"
    said = " or ".join(dict.fromkeys(_sentence(error) for error in there))
    value = location[-1] if "[key]" in error_at["loc"] else document.get(location)
    return f"{document.where(location)}{dotted(location)} {said}, got {_shown(value)}"


def _focus(errors: list[ErrorDetails], document: Document) -> ErrorDetails:
    """The error to tell: the first, or what is wrong inside the value that it is about.

    A value of several possible types has an error for each; one of them may say more.
    """
    first = _location(errors[0], document)
    about = [error for error in errors if _location(error, document)[: len(first)] == first]
    telling = {"value_error", "missing"}
    return max(about, key=lambda e: (len(_location(e, document)), e["type"] in telling))


def _shown(value: object) -> str:
    """`value` as it may stand in a line."""
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."


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
            continue
        location = (*location, key)
    return location


PATTERNS = {"^[^/]+$": "String should have no '/'"}
"""What patterns of text mean."""
SENTENCES = {
    "dataclass_type": "should be a mapping of names to values",
    "dict_type": "should be a mapping of names to values",
    "mapping_type": "should be a mapping of names to values",
    "tuple_type": "should be a list",
    "list_type": "should be a list",
    "bool_type": "should be true or false",
    "string_type": "should be text",
    "float_type": "should be a number",
    "int_type": "should be a whole number",
    "int_from_float": "should be a whole number",
    "none_required": "should be left out",
}
"""What is said instead of pydantic's sentences, which are about Python."""


def _sentence(error: ErrorDetails) -> str:
    if error["type"] in SENTENCES:
        return SENTENCES[error["type"]]
    limits = error.get("ctx", {})
    if error["type"] in {"too_short", "too_long"}:
        n, bound = next((limits[key], key) for key in ("min_length", "max_length") if key in limits)
        return f"should have at {'least' if bound == 'min_length' else 'most'} {n} of them"
    sentence = PATTERNS.get(limits.get("pattern", ""), error["msg"].removeprefix("Input "))
    if error["type"].startswith("string_"):
        return sentence.replace("String", "its name", 1).removeprefix(
            "" if "[key]" in error["loc"] else "its name "
        )
    return sentence[0].lower() + sentence[1:]


def dotted(location: Location) -> str:
    """Key path in words: ``projections[0].rule``.

    Examples
    --------
    >>> dotted(("topology", "dead_links", 1, 2)), dotted(())
    ('topology.dead_links[1][2]', 'the file')
    """
    steps = (f"[{key}]" if isinstance(key, int) else f".{key}" for key in location)
    return "".join(steps).removeprefix(".") or "the file"
