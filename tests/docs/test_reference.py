"""The reference tells of every command, option and key, since it is made of them."""

import sys
from dataclasses import fields

import pytest

from host.cli.parts import KEYS
from host.config import Config
from host.machines import MachineSpec
from tests.docs.pages import ROOT

pytest.importorskip("sphinx")
sys.path.append(str(ROOT / "docs/extensions"))

import command_line
import keys
import typer

from host.cli import app


def test_commands() -> None:
    found = dict(command_line.commands(typer.main.get_command(app), "chipemu"))
    assert {"chipemu run", "chipemu map", "chipemu pynn run"} <= set(found)
    text = command_line.described("chipemu run", found["chipemu run"])
    assert text.startswith("## chipemu run\n")
    for option in ("--scale", "--timing", "--set", "--json"):
        assert f"`{option}`" in text
    assert "chipemu run pd14" in text  # its examples


def test_keys_of_a_configuration() -> None:
    text = "\n".join(keys.sections(Config))
    for section in ("network", "mapping", "run", "cores", "record"):
        assert f"## {section}\n" in text
    for key in KEYS.values():
        assert f"`{key.rpartition('.')[2]}`" in text
    row = next(line for line in text.splitlines() if line.startswith("| `dt_ms`"))
    assert row == "| `dt_ms` | number > 0 | `0.1` | Time step (ms). |"


def test_keys_of_a_machine_have_a_meaning() -> None:
    text = "\n".join(keys.sections(MachineSpec))
    assert "| `kind` | `boards`, `mesh`, `json` | `boards` |" in text
    assert "| `width` | whole number 1 to 256 | `8` |" in text
    assert {field.name for field in fields(MachineSpec)} >= {"topology", "budgets"}
