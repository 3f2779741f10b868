"""The README fits on a page and tells of every command; `tests.docs` runs all that it says."""

import re
from pathlib import Path

import typer

from host.cli import app

README = Path(__file__).parents[2] / "README.md"


def test_length() -> None:
    assert len(README.read_text().splitlines()) <= 120


def test_every_command_is_named() -> None:
    text = README.read_text()
    for name in typer.main.get_command(app).commands:
        assert re.search(rf"\b{name}\b", text) or name == "algorithms", name
