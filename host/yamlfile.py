"""YAML files that remember on which line each value stands, for errors that say where."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from host.errors import ConfigError, UnknownNameError

__all__ = ["Document", "Location", "parse_scalar", "read_document"]

Location = tuple[str | int, ...]
"""Keys and list indices that lead from the top of a document to a value."""

_NOT_YAML = (YAMLError, ValueError, TypeError, IndexError, RecursionError)
"""What the reader raises on a tag that its value does not have, a list as a key, or a loop."""


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """Plain data, and where it came from.

    Attributes
    ----------
    data : dict
        Nested dicts, lists and scalars.
    lines : mapping of Location to str
        ``file:line`` of each value; values that did not come from a file are not listed.
    """

    data: dict[str, Any] = field(default_factory=dict)
    lines: Mapping[Location, str] = field(default_factory=dict)

    def where(self, location: Location) -> str:
        """Prefix ``"file:line: "`` for a message about `location`, or the empty string."""
        return f"{self.lines[location]}: " if location in self.lines else ""

    def get(self, location: Location) -> object:
        """Value at `location`."""
        value: Any = self.data
        for key in location:
            value = value[key]
        return value

    def override(self, location: Location, value: object) -> "Document":
        """Document with `value` at `location`, whose origin is no longer the file.

        Raises
        ------
        ConfigError
            If something on the way to `location` is no mapping.
        """
        self._check_way(location)
        lines = {at: line for at, line in self.lines.items() if at[: len(location)] != location}
        return Document(_replaced(self.data, location, value), lines)

    def _check_way(self, location: Location) -> None:
        value: Any = self.data
        for depth, key in enumerate(location[:-1], start=1):
            value = value.get(key)
            if value is None:
                return
            if not isinstance(value, dict):
                at = location[:depth]
                dotted = ".".join(map(str, at))
                what = f"{dotted} should be a mapping of names to values, got {value!r}"
                msg = f"{self.where(at)}{what}"
                raise ConfigError(msg)

    def over(self, base: "Document") -> "Document":
        """Document that says what this one says, and what `base` says where this one is silent."""
        return Document(_merged(base.data, self.data), {**base.lines, **self.lines})


def _replaced(data: object, location: Location, value: object) -> Any:
    if not location:
        return value
    inner = data if isinstance(data, dict) else {}
    head, *rest = location
    return inner | {head: _replaced(inner.get(head), tuple(rest), value)}


def _merged(base: dict[str, Any], top: dict[str, Any]) -> dict[str, Any]:
    both = {
        key: _merged(base[key], top[key])
        for key in top
        if isinstance(base.get(key), dict) and isinstance(top[key], dict)
    }
    return base | top | both


def _line_numbers(node: Node, at: Location) -> Iterator[tuple[Location, int]]:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            yield (*at, key.value), key.start_mark.line + 1
            yield from _line_numbers(value, (*at, key.value))
    elif isinstance(node, SequenceNode):
        for index, value in enumerate(node.value):
            yield (*at, index), value.start_mark.line + 1
            yield from _line_numbers(value, (*at, index))


def read_document(path: Path) -> Document:
    """Read a YAML 1.2 file safely; the top of it must be a mapping.

    Parameters
    ----------
    path : Path

    Raises
    ------
    UnknownNameError
        If there is no such file, or it cannot be read.
    ConfigError
        If it is not YAML or not a mapping; names the line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"cannot read {path}: {getattr(error, 'strerror', None) or error}"
        raise UnknownNameError(msg) from error
    try:
        data = _yaml().load(text)
        lines = dict(_line_numbers(_yaml().compose(text), ()))
    except _NOT_YAML as error:
        raise ConfigError(_syntax_message(path, error)) from error
    if data is None:
        return Document()
    if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
        msg = f"{path}:1: a configuration is a mapping of names to values"
        raise ConfigError(msg)
    return Document(data, {at: f"{path}:{line}" for at, line in lines.items()})


def _syntax_message(path: Path, error: Exception) -> str:
    if isinstance(error, MarkedYAMLError) and error.problem_mark is not None:
        problem = (error.problem or "not YAML").splitlines()[0]
        return f"{path}:{error.problem_mark.line + 1}: {problem}"
    return f"{path}: not YAML: {(str(error) or type(error).__name__).splitlines()[0]}"


def _yaml() -> YAML:
    return YAML(typ="safe", pure=True)


def parse_scalar(text: str) -> Any:
    """Value that `text` has in YAML: number, truth value, null, list or string.

    Examples
    --------
    >>> parse_scalar("128"), parse_scalar("true"), parse_scalar("pd14"), parse_scalar("[1, 2]")
    (128, True, 'pd14', [1, 2])
    """
    try:
        return _yaml().load(text)
    except _NOT_YAML:
        return text
