"""``chipemu networks``: which there are."""

from collections.abc import Mapping

from host.cli.parts import AsJson, console, print_json

__all__ = ["networks"]


def networks(*, as_json: AsJson = False) -> None:
    """List the networks."""
    from host.networks import NETWORKS

    listed = {name: entry[0] for name, entry in NETWORKS.items()}
    _print_list(("network", "description"), listed, as_json=as_json)


def _print_list(head: tuple[str, str], rows: Mapping[str, str], *, as_json: bool) -> None:
    from host.tables import list_table

    if as_json:
        print_json("networks", {"networks": dict(rows)})
    else:
        console().print(list_table(head, rows))
