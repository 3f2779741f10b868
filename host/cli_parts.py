"""What the modules of the command share: how options are declared, and where text goes."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["AsJson", "Quiet", "console", "option", "print_json"]

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress, no tables.")]


def option(name: str, text: str, metavar: str) -> Any:
    """Declare an option whose value stays text."""
    return typer.Option(name, help=text, metavar=metavar, show_default=False)


def console() -> "Console":
    """Where people's text goes: stderr."""
    from rich.console import Console

    return Console(stderr=True, markup=False)  # names may have brackets


def print_json(value: Mapping[str, Any]) -> None:
    """Print the one object of ``--json`` on stdout."""
    typer.echo(json.dumps(value, indent=2))
