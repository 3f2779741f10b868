"""YAML files that remember on which line each value stands, for errors that say where."""

import re
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

MOST_BYTES = 10 << 20
"""Size of a file, beyond which reading it takes minutes."""
MOST_VALUES = 1_000_000
"""Values that a file may stand for with all aliases put in: some lines can stand for billions."""

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
        If it is not YAML, not a mapping or too large; names the line.
    """
    text = _text(path)
    try:
        data, lines = _parsed(text)
    except _NOT_YAML as error:
        raise ConfigError(_syntax_message(path, error)) from error
    if data is None:
        return Document()
    if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
        msg = f"{path}:1: a file is a mapping of names to values, such as 'name: value'"
        raise ConfigError(msg)
    return Document(data, {at: f"{path}:{line}" for at, line in lines.items()})


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        text = content.decode("utf-8")
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror or error}"
        raise UnknownNameError(msg) from error
    except UnicodeDecodeError as error:
        msg = f"cannot read {path}: byte {error.start} is no UTF-8 text; name a YAML file"
        raise UnknownNameError(msg) from error
    if len(content) > MOST_BYTES:
        msg = (
            f"{path} has more than {MOST_BYTES >> 20} MiB; keep long lists in a file of their own "
            "(docs/networks.md)"
        )
        raise ConfigError(msg)
    return text


def _parsed(text: str) -> tuple[Any, dict[Location, int]]:
    """Data and line numbers of `text`; merged and repeated values have the line they stand on."""
    yaml = _yaml()
    node = yaml.compose(text)
    if node is None:
        return None, {}
    n_values = _expanded(node, {})
    if n_values > MOST_VALUES:
        msg = f"its aliases stand for {n_values:,} values, limit {MOST_VALUES:,}; repeat less"
        raise ValueError(msg)
    data = yaml.constructor.construct_document(node)  # also merges mappings that say so
    return data, dict(_line_numbers(node, ()))


def _expanded(node: Node, known: dict[int, int | None]) -> int:
    """Values that `node` stands for, each alias counted for what it repeats.

    Raises
    ------
    ValueError
        If an alias stands within what it repeats.
    """
    if id(node) in known:
        found = known[id(node)]
        if found is None:
            msg = "an alias stands within the value that it repeats"
            raise ValueError(msg)
        return found
    known[id(node)] = None
    total = 1
    if isinstance(node, MappingNode):
        total += sum(_expanded(part, known) for pair in node.value for part in pair)
    elif isinstance(node, SequenceNode):
        total += sum(_expanded(part, known) for part in node.value)
    known[id(node)] = total
    return total


PROBLEMS = (
    (re.compile('found duplicate key "(.*?)" with'), "key '{0}' stands twice; leave one out"),
    (re.compile(r"found character '\\t'"), "a tab; indent with spaces"),
    (re.compile("another document"), "a second document begins with '---'; leave one"),
    (re.compile("mapping values are not allowed"), "a colon within a value; put it in quotes"),
    (re.compile("found undefined alias '(.*?)'"), "alias *{0} has no anchor &{0} before it"),
    (re.compile("could not determine a constructor for the tag '(.*?)'"), "leave out the tag {0}"),
    (re.compile("unhashable type"), "a list or a mapping as a key; keys are names"),
    (re.compile("recursion depth"), "it is nested too deeply"),
)
"""What the reader says, and what users are told instead."""


def _syntax_message(path: Path, error: Exception) -> str:
    where, problem = f"{path}", str(error) or type(error).__name__
    if isinstance(error, MarkedYAMLError) and error.problem_mark is not None:
        where, problem = f"{path}:{error.problem_mark.line + 1}", error.problem or problem
    problem = problem.splitlines()[0]
    for pattern, told in PROBLEMS:
        if found := pattern.search(problem):
            return f"{where}: not YAML: {told.format(*found.groups())}"
    return f"{where}: not YAML: {problem}"


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
