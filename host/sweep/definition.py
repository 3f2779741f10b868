"""The file of a sweep: a base configuration, and what varies from point to point.

``grid`` keys vary independently, each group of ``zip`` keys together, ``samples`` are drawn at
random, and ``repeats`` are further seeds; the points are all combinations. ``docs/sweeps.md`` has
an example.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
from pydantic import Field

from host.errors import ConfigError, UnknownNameError
from host.sweep.values import Distribution, Method, Spread, draw_shares, drawn, spread
from host.validation import build, dotted
from host.yamlfile import Document, Location, read_document

__all__ = ["Definition", "Dimension", "Samples", "Setting", "SweepFile", "read_definition"]

Listed = Annotated[list[Any], Field(min_length=1)]
Count = Annotated[int, Field(ge=1, le=100_000)]
SEED = "run.seed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Points drawn at random.

    Attributes
    ----------
    n : int
    seed : int
        Of the drawing; not that of the runs.
    method : {"latin_hypercube", "random"}
        As in `host.sweep.values.draw_shares`.
    keys : mapping of str to Distribution
        By configuration key.
    """

    n: Count
    seed: Annotated[int, Field(ge=0)] = 1
    method: Method = "latin_hypercube"
    keys: Annotated[Mapping[str, Distribution], Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepFile:
    """What the file of a sweep may say.

    Attributes
    ----------
    name : str or None
        None: that of the file.
    base : mapping or str
        Configuration that the points change, or a file that has it; a mapping may ``extends`` a
        file. Files are looked for beside that of the sweep.
    grid : mapping of str to list or Spread
        Values of configuration keys, which vary independently.
    zip : list of mappings of str to list or Spread
        Keys of one mapping vary together and have equally many values.
    samples : Samples or None
    repeats : int
        Seeds of each point: that of the base, and those that follow it.
    """

    name: Annotated[str, Field(min_length=1)] | None = None
    base: str | dict[str, Any] = field(default_factory=dict)
    grid: Mapping[str, Listed | Spread] = field(default_factory=dict)
    zip: list[dict[str, Listed | Spread]] = field(default_factory=list)
    samples: Samples | None = None
    repeats: Count = 1


class Setting(NamedTuple):
    """A value of a key, and where the file says so."""

    key: str
    value: Any
    line: str
    """``file:line``."""


Dimension = Sequence[tuple[Setting, ...]]
"""Alternatives, each of which sets the same keys."""


class Definition(NamedTuple):
    """What the file of a sweep says."""

    name: str
    base: Document
    dimensions: tuple[Dimension, ...]
    """Of which the last varies fastest; without repeats."""
    repeats: int
    lines: Mapping[str, str]
    """``file:line`` of each key that varies."""


def read_definition(path: Path) -> Definition:
    """Read and check the file of a sweep; its configurations are not looked at yet.

    Raises
    ------
    UnknownNameError
        If there is no such file, or a file that it names.
    ConfigError
        On the first thing that is wrong; tells the line.
    """
    document = read_document(path)
    said = build(SweepFile, document)
    dimensions: list[Dimension] = []
    for key, rule in said.grid.items():
        dimensions.append([(s,) for s in _settings(document, ("grid", key), rule)])
    for index, group in enumerate(said.zip):
        dimensions.append(_zipped(document, ("zip", index), group))
    if said.samples is not None:
        dimensions.append(_sampled(document, said.samples))
    lines = _lines(dimensions)
    if said.repeats > 1:
        _check_apart(SEED, document.lines["repeats",], lines)
        lines[SEED] = document.lines["repeats",]
    return Definition(
        name=path.stem if said.name is None else said.name,
        base=_base(document, path),
        dimensions=tuple(dimensions),
        repeats=said.repeats,
        lines=lines,
    )


def _settings(document: Document, at: Location, rule: list[Any] | Spread) -> list[Setting]:
    """All values of the key that `at` ends in."""
    key = str(at[-1])
    if isinstance(rule, Spread):
        try:
            return [Setting(key, value, document.lines[at]) for value in spread(rule, key)]
        except ConfigError as error:
            msg = f"{document.where(at)}{dotted(at)} {error}"
            raise ConfigError(msg) from error
    return [Setting(key, value, document.lines[(*at, k)]) for k, value in enumerate(rule)]


def _zipped(document: Document, at: Location, group: Mapping[str, Any]) -> Dimension:
    columns = [_settings(document, (*at, key), rule) for key, rule in group.items()]
    if len({len(column) for column in columns}) > 1:
        counts = ", ".join(f"{len(column)} of {column[0].key}" for column in columns)
        msg = f"{document.where(at)}keys that vary together have equally many values, got {counts}"
        raise ConfigError(msg)
    return list(zip(*columns, strict=True))


def _sampled(document: Document, samples: Samples) -> Dimension:
    rng = np.random.default_rng(samples.seed)
    shares = draw_shares(list(samples.keys), samples.n, rng, samples.method)
    columns = []
    for key, rule in samples.keys.items():
        at = ("samples", "keys", key)
        try:
            values = drawn(rule, key, shares[key])
        except ConfigError as error:
            msg = f"{document.where(at)}{dotted(at)} {error}"
            raise ConfigError(msg) from error
        columns.append([Setting(key, value, document.lines[at]) for value in values])
    return list(zip(*columns, strict=True))


def _lines(dimensions: Sequence[Dimension]) -> dict[str, str]:
    """Where each key stands; each may vary once, and nothing within it."""
    lines: dict[str, str] = {}
    for dimension in dimensions:
        for setting in dimension[0]:
            _check_apart(setting.key, setting.line, lines)
            lines[setting.key] = setting.line
    return lines


def _check_apart(key: str, line: str, others: Mapping[str, str]) -> None:
    if key == "output":
        msg = f"{line}: output: each point has its folder in that of the sweep; leave it out"
        raise ConfigError(msg)
    for other, elsewhere in others.items():
        if f"{key}.".startswith(f"{other}.") or f"{other}.".startswith(f"{key}."):
            msg = f"{line}: {key} varies already, as {other} at {elsewhere}; choose one"
            raise ConfigError(msg)


def _base(document: Document, path: Path) -> Document:
    """The base configuration, with the line of each value."""
    said = document.data.get("base", {})
    if isinstance(said, str):
        return _file(said, document, ("base",), path)
    lines = {at[1:]: line for at, line in document.lines.items() if at[0] == "base" and at[1:]}
    own = Document({key: value for key, value in said.items() if key != "extends"}, lines)
    if "extends" not in said:
        return own
    if not isinstance(said["extends"], str):
        where = document.where(("base", "extends"))
        msg = f"{where}base.extends should name a file, got {said['extends']!r}"
        raise ConfigError(msg)
    return own.over(_file(said["extends"], document, ("base", "extends"), path))


def _file(name: str, document: Document, at: Location, path: Path) -> Document:
    try:
        return read_document(path.parent / name)
    except UnknownNameError as error:
        msg = f"{document.where(at)}{dotted(at)}: {error}"
        raise UnknownNameError(msg) from error
