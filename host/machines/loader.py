"""Machines by name or file, each extending another if it says so.

``spinnaker1-12boards`` is the preset ``spinnaker1`` with its number of boards set,
``spinnaker2-4x3`` is ``spinnaker2`` with 4 x 3 chips. A name that ends in ``.yaml`` or contains a
slash is a file, and what its ``extends:`` names is looked up the same way, files beside the one
that names them. One that ends in ``.json`` lists the chips of a ``spinnaker1`` as the SpiNNaker
tool chain does (docs/interchange.md).
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from host.costtables import COSTS, with_nested_costs
from host.energy.table import TABLES as ENERGY
from host.errors import ConfigError, UnknownNameError, did_you_mean
from host.interchange import read_limits
from host.machines.build import build_topology
from host.machines.spec import KEYS_OF_KIND, MOST_BOARDS, MachineSpec, TopologySection
from host.namedtables import is_file_name
from host.validation import build
from host.yamlfile import Document, read_document
from router.errors import TopologyError

__all__ = ["list_machines", "load_machine"]

PRESETS = Path(__file__).parent
TEMPLATE = "spinnaker1"
SIZED = re.compile(rf"{TEMPLATE}-(\d+)boards?")
MESH_TEMPLATE = "spinnaker2"
SIZED_MESH = re.compile(rf"{MESH_TEMPLATE}-(\d+)x(\d+)")
MOST_CHIPS_ALONG = 256


def load_machine(name: str) -> MachineSpec:
    """Machine called `name`.

    Parameters
    ----------
    name : str
        A preset, ``spinnaker1-Nboards`` with N from 1 to 1200, ``spinnaker2-WxH`` with sides of 1
        to 256 chips, or the path of a YAML or JSON file.

    Raises
    ------
    UnknownNameError
        If there is none of this name; tells the close ones.
    ConfigError
        If the file is wrong; tells the line.
    """
    document = _document(name, PRESETS, ())
    stem = Path(name).stem if _is_file(name) else name
    document = document if "name" in document.data else document.override(("name",), stem)
    machine = _built(document)
    _check_kind(document, machine.topology.kind)
    _check_monitors(document, machine.budgets.monitor_cores)
    _check_dead_parts(document, machine.topology)
    if machine.topology.kind != "json":
        return machine
    try:
        limits = read_limits(Path(machine.topology.file))
    except ConfigError as error:
        msg = f"{document.where(('topology', 'file'))}{error}"
        raise type(error)(msg) from error
    return replace(machine, budgets=limits.within(machine.budgets))


def _built(document: Document) -> MachineSpec:
    """Machine that `document` describes, whose ``costs`` stand beside ``cores``."""
    try:
        return build(MachineSpec, with_nested_costs(document))
    except ConfigError as error:
        raise ConfigError(str(error).replace("cores.costs", "costs")) from error


def list_machines() -> dict[str, str]:
    """Descriptions of the presets by name, with the form of the sized ones."""
    presets = sorted(path.stem for path in PRESETS.glob("*.yaml"))
    listed = {name: load_machine(name).description for name in presets}
    return listed | {
        f"{TEMPLATE}-Nboards": f"{TEMPLATE} with N boards, 1 to {MOST_BOARDS}",
        f"{MESH_TEMPLATE}-WxH": f"{MESH_TEMPLATE} with W x H chips, 1 to {MOST_CHIPS_ALONG} each",
    }


def _is_file(name: str) -> bool:
    return is_file_name(name) or _is_json(name)


def _is_json(name: str) -> bool:
    return name.endswith((".json", ".json.gz"))


def _document(name: str, folder: Path, below: tuple[str, ...]) -> Document:
    """Document called `name`, over the one that it extends."""
    if name in below:
        msg = f"machine {name!r} extends itself: {' -> '.join((*below, name))}"
        raise ConfigError(msg)
    if sized := SIZED.fullmatch(name):
        return _with_boards(_document(TEMPLATE, folder, (*below, name)), name, int(sized[1]))
    if sized := SIZED_MESH.fullmatch(name):
        template = _document(MESH_TEMPLATE, folder, (*below, name))
        return _with_size(template, name, int(sized[1]), int(sized[2]))
    path = _path(name, folder if below else Path())
    if _is_json(name):
        return _of_json(_document(TEMPLATE, folder, (*below, name)), path)
    document = _with_file_beside(read_document(path), path.parent)
    for tables in (COSTS, ENERGY):
        document = tables.expand(document, path.parent)
    if "extends" not in document.data:
        return document
    return _extended(document, path, (*below, name))


def _extended(document: Document, path: Path, below: tuple[str, ...]) -> Document:
    base_name = document.data["extends"]
    if not isinstance(base_name, str):
        msg = f"{document.where(('extends',))}extends should name a machine, got {base_name!r}"
        raise ConfigError(msg)
    try:
        base = _document(base_name, path.parent, below)
    except ConfigError as error:
        where = document.where(("extends",))
        if str(error).startswith(where):
            raise
        msg = f"{where}{error}"
        raise type(error)(msg) from error
    own = {key: value for key, value in document.data.items() if key != "extends"}
    inherited = {key: value for key, value in base.data.items() if key != "name"}
    kind = _topology(own).get("kind")
    if kind is not None and kind != _topology(inherited).get("kind", "boards"):
        inherited["topology"] = {}
    return Document(own, document.lines).over(Document(inherited, base.lines))


def _topology(data: dict[str, Any]) -> dict[str, Any]:
    """Section of the topology; empty if there is none, or what stands there is no section."""
    section = data.get("topology")
    return section if isinstance(section, dict) else {}


def _check_kind(document: Document, kind: str) -> None:
    """Refuse keys of the topology that have no meaning for its kind, and a kind without its file.

    Raises
    ------
    ConfigError
    """
    section = _topology(document.data)
    for other, keys in KEYS_OF_KIND.items():
        for key in keys if other != kind else ():
            if key in section:
                where = document.where(("topology", key))
                msg = (
                    f"{where}topology.{key} has no meaning for kind {kind!r}, only for {other!r}; "
                    f"leave it out, or set topology.kind to {other}"
                )
                raise ConfigError(msg)
    if kind == "json" and not section.get("file"):
        where = document.where(("topology", "kind"))
        msg = f"{where}topology of kind 'json' lacks 'file', the path of a machine's JSON"
        raise ConfigError(msg)


def _check_monitors(document: Document, n_cores: int) -> None:
    """Refuse chips without a core for the monitor, which mapping and routes leave free.

    Raises
    ------
    ConfigError
    """
    if n_cores < 1:
        where = document.where(("budgets", "monitor_cores"))
        msg = (
            f"{where}budgets.monitor_cores should be at least 1, since core 0 of each chip is the "
            f"monitor's, got {n_cores}"
        )
        raise ConfigError(msg)


def _check_dead_parts(document: Document, section: TopologySection) -> None:
    """Refuse dead parts that a machine of known size does not have.

    Raises
    ------
    ConfigError
    """
    if section.kind == "json" or (section.kind == "boards" and section.boards == "auto"):
        return  # known when they are read, or when the network is
    for key in ("dead_chips", "dead_links", "dead_cores"):
        if not getattr(section, key):
            continue
        others: dict[str, Any] = dict.fromkeys(
            {"dead_chips", "dead_links", "dead_cores"} - {key}, ()
        )
        try:
            build_topology(replace(section, **others))
        except TopologyError as error:
            msg = f"{document.where(('topology', key))}topology.{key}: {error}"
            raise ConfigError(msg) from error


def _with_file_beside(document: Document, folder: Path) -> Document:
    """`document`, the file of whose topology is looked for in `folder`."""
    file = _topology(document.data).get("file")
    if not isinstance(file, str) or not file:
        return document
    section = _topology(document.data) | {"file": str(folder / file)}
    return Document(document.data | {"topology": section}, document.lines)


def _of_json(document: Document, path: Path) -> Document:
    document = document.override(("topology",), {"kind": "json", "file": str(path)})
    document = document.override(("description",), f"chips as listed in {path.name}")
    return document.override(("name",), path.name.partition(".json")[0])


def _with_size(document: Document, name: str, width: int, height: int) -> Document:
    if not (1 <= width <= MOST_CHIPS_ALONG and 1 <= height <= MOST_CHIPS_ALONG):
        msg = f"machine {name!r}: a mesh has sides of 1 to {MOST_CHIPS_ALONG} chips"
        raise ConfigError(msg)
    document = document.override(("topology", "width"), width)
    document = document.override(("topology", "height"), height)
    chips = "1 chip" if width == height == 1 else f"{width} x {height} chips"
    described = f"{chips} of SpiNNaker 2, for mapping and ideal timing"
    document = document.override(("description",), described)
    return document.override(("name",), name)


def _with_boards(document: Document, name: str, n_boards: int) -> Document:
    if not 1 <= n_boards <= MOST_BOARDS:
        msg = f"machine {name!r}: a machine has 1 to {MOST_BOARDS} boards, got {n_boards}"
        raise ConfigError(msg)
    boards = "1 SpiNNaker board" if n_boards == 1 else f"{n_boards} SpiNNaker boards"
    document = document.override(("topology", "boards"), n_boards)
    document = document.override(("description",), f"{boards} of 48 chips")
    return document.override(("name",), name)


def _path(name: str, folder: Path) -> Path:
    if _is_file(name):
        return folder / name
    path = PRESETS / f"{name}.yaml"
    if not path.is_file():
        hint = did_you_mean(name, _known_names(name)) or "; see: chipemu machines"
        msg = f"unknown machine {name!r}{hint}"
        raise UnknownNameError(msg)
    return path


def _known_names(name: str) -> Iterator[str]:
    yield from (path.stem for path in PRESETS.glob("*.yaml"))
    if size := re.search(r"-(\d+x\d+)$", name):
        yield f"{MESH_TEMPLATE}-{size[1]}"
    n_boards = re.sub(r"\D", "", name.removeprefix(TEMPLATE))
    if n_boards and 1 <= int(n_boards) <= MOST_BOARDS:
        yield f"{TEMPLATE}-{int(n_boards)}boards"
