"""The command ``chipemu networks``: list, check, show and copy networks."""

from typing import TYPE_CHECKING, Annotated

import typer

from host.cli import completion
from host.cli.parts import (
    OUTPUT,
    AsJson,
    ConfigFile,
    Drive,
    Scale,
    Sets,
    TimeStep,
    console,
    print_json,
    settings,
)

if TYPE_CHECKING:
    from host.config import Config

__all__ = ["networks"]

TEMPLATE = "template"

Name = Annotated[
    str | None,
    typer.Argument(
        metavar="[NAME|FILE|template]",
        help="Check this one, and show what it is made of.",
        autocompletion=completion.networks,
    ),
]
AsYaml = Annotated[
    bool,
    typer.Option(
        "--yaml", help="As a network file on stdout, to be edited.", rich_help_panel=OUTPUT
    ),
]


def networks(
    context: typer.Context,
    network: Name = None,
    scale: Scale = None,
    drive: Drive = None,
    dt: TimeStep = None,
    sets: Sets = None,
    config: ConfigFile = None,
    *,
    as_yaml: AsYaml = False,
    as_json: AsJson = False,
) -> None:
    """List the networks; or check one, and show its populations and projections."""
    if network is None and config is None:
        _list(as_json=as_json)
    elif network == TEMPLATE:
        from host.networks.file.template import template_text

        typer.echo(template_text(), nl=False)
    else:
        _show(settings(context.params), as_yaml=as_yaml, as_json=as_json)


def _list(*, as_json: bool) -> None:
    from host.networks import list_networks
    from host.tables import list_table

    listed = list_networks()
    if as_json:
        print_json("networks", {"networks": listed.descriptions, "broken": listed.broken})
        return
    console().print(list_table(("network", "description"), listed.descriptions))
    for line in listed.broken:
        console().print(f"not usable: {line}")


def _show(config: "Config", *, as_yaml: bool, as_json: bool) -> None:
    from host.networks import build_network, find_network
    from host.networks.description import describe_network
    from host.networks.file.write import network_text
    from host.networks.tables import network_tables

    spec = build_network(config)
    if as_yaml:
        description = find_network(config.network.name).description
        typer.echo(network_text(spec, description), nl=False)
    elif as_json:
        print_json("network", describe_network(spec).to_json())
    else:
        console().print(network_tables(describe_network(spec)))
