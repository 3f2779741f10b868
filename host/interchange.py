"""Folders and files in the JSON of the SpiNNaker tool chain; see docs/interchange.md.

========================  ====================================================================
``machine.json``          chips, links and cores
``placements.json``       chip and core of each vertex, by label
``routing_tables.json``   entries of each chip, in the order in which they are tried
``routing_keys.json``     block of keys of each vertex that sends, by label
========================  ====================================================================

Each is checked against a schema (`host/schemas`) when it is read, and may be compressed (``.gz``).
"""

import gzip
import json
import tempfile
import zlib
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, TypeVar

from host.errors import ConfigError, OutputError, UnknownNameError
from mapping.errors import InterchangeError
from mapping.graph import MachineGraph
from mapping.interchange import (
    ChipLimits,
    keys_from_json,
    keys_to_json,
    machine_from_json,
    machine_to_json,
    placements_from_json,
    placements_to_json,
    tables_from_json,
    tables_to_json,
)
from mapping.keys import KeyMap
from mapping.machine import Machine
from mapping.pipeline import Mapping
from mapping.place import Placement
from mapping.spec import NetworkSpec
from router import RoutingTables, Topology
from router.arguments import check_chips

__all__ = [
    "FILES",
    "read_limits",
    "read_machine",
    "read_mapping",
    "write_machine",
    "write_mapping",
]

T = TypeVar("T")

SCHEMAS = Path(__file__).parent / "schemas"
FILES = ("machine.json", "placements.json", "routing_tables.json", "routing_keys.json")
LONGEST_SHOWN = 60
"""Characters of a wrong value that a message shows."""


def read_machine(path: Path) -> Topology:
    """Machine that the JSON file `path` lists.

    Raises
    ------
    UnknownNameError
        If the file cannot be read.
    ConfigError
        If it does not follow the schema, or lists what cannot be; names file, place and value.
    """
    return _machine(path)[0]


def read_limits(path: Path) -> ChipLimits:
    """What all chips of the machine in the JSON file `path` have left; errors as `read_machine`."""
    return _machine(path)[1]


def _machine(path: Path) -> tuple[Topology, ChipLimits]:
    try:
        status = path.stat()
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror or error}"
        raise UnknownNameError(msg) from error
    return _machine_as_of(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4)
def _machine_as_of(path: Path, _time_ns: int, _size: int) -> tuple[Topology, ChipLimits]:
    """Machine in a file that was last written at a time: a command asks for it several times."""
    return _blaming(path, machine_from_json, _read(path, "machine.json"))


def write_machine(path: Path, machine: Machine) -> None:
    """Write the chips of `machine` to the file `path`, which is complete or not there.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    _write(path.parent, {path.name: machine_to_json(machine)})


def read_mapping(
    folder: Path, graph: MachineGraph, spec: NetworkSpec, machine: Machine
) -> tuple[Placement, KeyMap, RoutingTables]:
    """Mapping of `graph` that the files in `folder` describe.

    Whether its packets reach their targets is not checked here.

    Parameters
    ----------
    folder : Path
        Holds the files that the head of this module names; ``machine.json`` may be missing.
    graph : MachineGraph
        The network, cut in the same way as that of the files.
    spec : NetworkSpec
    machine : Machine

    Raises
    ------
    UnknownNameError
        If a file cannot be read.
    ConfigError
        If a file does not follow its schema, contradicts the network or another file, or is for
        another machine; names file, place and value.
    DoesNotFitError
        If a chip has too few application cores.
    FabricError
        If chips have more cores than a route can name.
    """
    check_chips(machine.topology)
    path = _find(folder, "machine.json", is_needed=False)
    if path is not None:
        _check_same_machine(path, machine.topology)
    placements, tables, keys = (_find(folder, name) for name in FILES[1:])
    data = _read(placements, "placements.json")
    placed = _blaming(placements, placements_from_json, data, spec, graph, machine)
    data = _read(keys, "routing_keys.json")
    key_map = _blaming(keys, keys_from_json, data, spec, graph)
    data = _read(tables, "routing_tables.json")
    routes = _blaming(tables, tables_from_json, data, machine.topology, placed.new_core)
    return placed.placement, key_map, routes


def write_mapping(folder: Path, spec: NetworkSpec, mapped: Mapping, machine: Machine) -> None:
    """Write `mapped` to `folder`, replacing such files there but nothing else.

    Every file is complete or not there.

    Raises
    ------
    OutputError
        If the files cannot be written.
    FabricError
        If chips have more cores than a route can name.
    """
    topology = machine.topology
    check_chips(topology)
    documents: dict[str, Any] = {
        "machine.json": machine_to_json(machine),
        "placements.json": placements_to_json(spec, mapped.graph, mapped.placement, topology),
        "routing_tables.json": tables_to_json(mapped.tables, topology),
        "routing_keys.json": keys_to_json(spec, mapped.graph, mapped.keys),
    }
    _write(folder, documents)


def _write(folder: Path, documents: dict[str, Any]) -> None:
    """Write `documents` by name, first to a folder inside `folder`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".new.") as scratch:
            for name, document in documents.items():
                (Path(scratch) / name).write_text(_text(document), encoding="utf-8")
            for name in documents:
                (Path(scratch) / name).replace(folder / name)
    except OSError as error:
        msg = f"cannot write {', '.join(documents)} to {folder}: {error.strerror or error}"
        raise OutputError(msg) from error


def _text(document: Any) -> str:
    """JSON with a line for each member of the outermost list or mapping."""
    if isinstance(document, list):
        lines = ",\n".join(json.dumps(item) for item in document)
        return f"[\n{lines}\n]\n"
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(item)}" for key, item in document.items())
    return f"{{\n{lines}\n}}\n"


def _find(folder: Path, name: str, *, is_needed: bool = True) -> Any:
    """File called `name` in `folder`, compressed or not."""
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    if is_needed:
        msg = f"{folder} holds no {name}; a mapping is {', '.join(FILES[1:])}"
        raise UnknownNameError(msg)
    return None


def _read(path: Path, schema: str) -> Any:
    """Checked document in the file `path`."""
    try:
        data = path.read_bytes()
        text = gzip.decompress(data) if path.suffix == ".gz" else data
        document = json.loads(text)
    except json.JSONDecodeError as error:
        msg = f"{path}:{error.lineno}: no JSON: {error.msg}"
        raise ConfigError(msg) from error
    except (UnicodeDecodeError, RecursionError) as error:
        msg = f"{path}: no JSON: {error}"
        raise ConfigError(msg) from error
    except (OSError, EOFError, zlib.error) as error:
        msg = f"cannot read {path}: {getattr(error, 'strerror', None) or error}"
        raise UnknownNameError(msg) from error
    _check(path, document, schema)
    return document


@cache
def _validator(schema: str) -> Any:
    from jsonschema import Draft202012Validator  # noqa: PLC0415 -- takes 0.1 s

    return Draft202012Validator(json.loads((SCHEMAS / schema).read_text(encoding="utf-8")))


def _check(path: Path, document: object, schema: str) -> None:
    """Refuse a document for the first value that its schema does not allow."""
    error = next(_validator(schema).iter_errors(document), None)
    if error is not None:
        value = repr(error.instance)
        shown = value if len(value) <= LONGEST_SHOWN else f"{value[:LONGEST_SHOWN]}..."
        msg = f"{path}: {error.json_path} {_allowed(error)}, got {shown}"
        raise ConfigError(msg)


def _allowed(error: Any) -> str:
    """What the schema would allow instead."""
    rule, value = error.validator, error.validator_value
    if rule == "additionalProperties":
        unknown = sorted(set(error.instance) - set(error.schema["properties"]))
        return f"has unknown key {unknown[0]!r}; known: {', '.join(error.schema['properties'])}"
    if rule == "required":
        return f"lacks {next(name for name in value if name not in error.instance)!r}"
    sentences = {
        "type": f"should be of type {value}",
        "minimum": f"should be at least {value}",
        "maximum": f"should be at most {value}",
        "minItems": f"should have at least {value} items",
        "maxItems": f"should have at most {value} items",
    }
    return sentences.get(rule, f"should follow the rule {rule}: {value}")


def _blaming(path: Path, make: Callable[..., T], *arguments: Any) -> T:
    """What `make` makes of `arguments`; its complaints name the file."""
    try:
        return make(*arguments)
    except InterchangeError as error:
        msg = f"{path}: {error}"
        raise ConfigError(msg) from error


def _check_same_machine(path: Path, topology: Topology) -> None:
    """Refuse a machine file that lists other chips, cores or links than `topology` has."""
    listed = read_machine(path)
    shapes = [(t.width, t.height, t.n_chips, t.n_cores, t.n_links) for t in (listed, topology)]
    is_same = shapes[0] == shapes[1] and all(
        (getattr(listed, name) == getattr(topology, name)).all()
        for name in ("xy", "cores", "neighbours")
    )
    if not is_same:
        (width, height, *rest), (own_width, own_height, *own) = shapes
        msg = (
            f"{path}: is another machine: {width} x {height} with {rest[0]} chips, {rest[1]} cores "
            f"and {rest[2]} links, not {own_width} x {own_height} with {own[0]}, {own[1]} and "
            f"{own[2]}; map to it with --machine {path}"
        )
        raise ConfigError(msg)
