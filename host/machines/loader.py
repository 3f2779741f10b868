"""Machines by name or file, each extending another if it says so.

``spinnaker1-12boards`` is the preset ``spinnaker1`` with its number of boards set; a name that
ends in ``.yaml`` or contains a slash is a file, and what its ``extends:`` names is looked up the
same way, files beside the one that names them.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from host.costtables import with_named_costs, with_nested_costs
from host.errors import ConfigError, UnknownNameError, did_you_mean
from host.machines.spec import MOST_BOARDS, MachineSpec
from host.validation import build
from host.yamlfile import Document, read_document

__all__ = ["list_machines", "load_machine"]

PRESETS = Path(__file__).parent
TEMPLATE = "spinnaker1"
_SIZED = re.compile(rf"{TEMPLATE}-(\d+)boards?")


def load_machine(name: str) -> MachineSpec:
    """Machine called `name`.

    Parameters
    ----------
    name : str
        A preset, ``spinnaker1-Nboards`` with N from 1 to 1200, or the path of a YAML file.

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
    return build(MachineSpec, with_nested_costs(document))


def list_machines() -> dict[str, str]:
    """Descriptions of the presets by name, with the form of the sized ones."""
    presets = sorted(path.stem for path in PRESETS.glob("*.yaml"))
    listed = {name: load_machine(name).description for name in presets}
    return listed | {f"{TEMPLATE}-Nboards": f"the same with N boards, 1 to {MOST_BOARDS}"}


def _is_file(name: str) -> bool:
    return name.endswith((".yaml", ".yml")) or "/" in name


def _document(name: str, folder: Path, below: tuple[str, ...]) -> Document:
    """Document called `name`, over the one that it extends."""
    if name in below:
        msg = f"machine {name!r} extends itself: {' -> '.join((*below, name))}"
        raise ConfigError(msg)
    if sized := _SIZED.fullmatch(name):
        return _with_boards(_document(TEMPLATE, folder, (*below, name)), name, int(sized[1]))
    path = _path(name, folder if below else Path())
    document = with_named_costs(read_document(path))
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
    except UnknownNameError as error:
        msg = f"{document.where(('extends',))}{error}"
        raise UnknownNameError(msg) from error
    own = {key: value for key, value in document.data.items() if key != "extends"}
    inherited = {key: value for key, value in base.data.items() if key != "name"}
    return Document(own, document.lines).over(Document(inherited, base.lines))


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
    n_boards = re.sub(r"\D", "", name.removeprefix(TEMPLATE))
    if n_boards and 1 <= int(n_boards) <= MOST_BOARDS:
        yield f"{TEMPLATE}-{int(n_boards)}boards"
