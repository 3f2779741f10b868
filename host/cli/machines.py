"""The command ``chipemu machines``: list, print and check machines and energy tables."""

# Heavy modules are imported when they are used.

from dataclasses import asdict
from typing import Annotated

import typer

from host.cli import completion
from host.cli.parts import AsJson, console, print_json

__all__ = ["machines"]

Name = Annotated[
    str | None,
    typer.Argument(
        metavar="[NAME|FILE]",
        help="Check this one, and print it as YAML.",
        autocompletion=completion.machines,
    ),
]
OfEnergy = Annotated[
    bool, typer.Option("--energy", help="Energy tables instead: what a machine's parts draw.")
]


def machines(name: Name = None, *, energy: OfEnergy = False, as_json: AsJson = False) -> None:
    """List the machines; or print one, to be copied: chipemu machines template > mine.yaml."""
    if name is None:
        _list(is_energy=energy, as_json=as_json)
    elif energy:
        _print_table(name, as_json=as_json)
    else:
        _print_machine(name, as_json=as_json)


def _list(*, is_energy: bool, as_json: bool) -> None:
    from host.machines import list_machines
    from host.machines.texts import list_energy
    from host.tables import list_table

    listed = list_energy() if is_energy else list_machines()
    kind, noun = ("energy-tables", "energy table") if is_energy else ("machines", "machine")
    if as_json:
        print_json(kind, {"tables" if is_energy else "machines": listed})
    else:
        console().print(list_table((noun, "description"), listed))


def _print_machine(name: str, *, as_json: bool) -> None:
    from host.machines.texts import machine_text, machine_values

    if as_json:
        print_json("machine", machine_values(name))
    else:
        typer.echo(machine_text(name), nl=False)


def _print_table(name: str, *, as_json: bool) -> None:
    from host.energy import load_table
    from host.machines.texts import energy_text

    if as_json:
        print_json("energy-table", asdict(load_table(name)))
    else:
        typer.echo(energy_text(name), nl=False)
