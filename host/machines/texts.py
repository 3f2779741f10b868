"""Machines and energy tables as text and as values: to be listed, copied, checked and edited."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from host.energy.table import TABLES, load_table
from host.machines.loader import (
    MESH_TEMPLATE,
    PRESETS,
    SIZED,
    SIZED_MESH,
    TEMPLATE,
    load_machine,
)

__all__ = ["energy_text", "list_energy", "machine_text", "machine_values"]


def machine_text(name: str) -> str:
    """YAML file of the machine called `name`, after it has been checked.

    A sized name, or a file in JSON, has no file of its own: the text is then one that extends what
    it stands for.

    Parameters
    ----------
    name : str
        As for `load_machine`.

    Raises
    ------
    UnknownNameError, ConfigError
        As `load_machine`.
    """
    load_machine(name)
    preset = PRESETS / f"{name}.yaml"
    if preset.is_file():
        return preset.read_text(encoding="utf-8")
    if name.endswith((".json", ".json.gz")):
        return f"extends: {TEMPLATE}\ntopology: {{kind: json, file: {name!r}}}\n"
    if boards := SIZED.fullmatch(name):
        return f"extends: {TEMPLATE}\ntopology: {{boards: {boards[1]}}}\n"
    if size := SIZED_MESH.fullmatch(name):
        return f"extends: {MESH_TEMPLATE}\ntopology: {{width: {size[1]}, height: {size[2]}}}\n"
    return Path(name).read_text(encoding="utf-8")


def machine_values(name: str) -> dict[str, Any]:
    """All values of the machine called `name`, defaults and what it extends included.

    Raises
    ------
    UnknownNameError, ConfigError
        As `load_machine`.
    """
    return asdict(load_machine(name))


def list_energy() -> dict[str, str]:
    """Descriptions of the energy tables by name."""
    return {name: load_table(name).description for name in TABLES.names()}


def energy_text(name: str) -> str:
    """YAML file of the energy table called `name`, after it has been checked.

    Parameters
    ----------
    name : str
        As for `host.energy.load_table`.

    Raises
    ------
    UnknownNameError, ConfigError
        As `host.energy.load_table`.
    """
    load_table(name)
    ours = TABLES.folder / f"{name}.yaml"
    return (ours if name in TABLES.names() else Path(name)).read_text(encoding="utf-8")
