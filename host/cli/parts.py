"""What the modules of the command share: how options are declared, and where text goes."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from host.cli import completion
from host.errors import ConfigError, UnknownNameError
from host.jsonforms import form

if TYPE_CHECKING:
    from rich.console import Console

    from host.config import Config

__all__ = [
    "AsJson",
    "Budget",
    "Compressor",
    "ConfigFile",
    "Drive",
    "Keys",
    "Layout",
    "Machine",
    "Network",
    "Origin",
    "PerCore",
    "Placer",
    "Quiet",
    "Router",
    "Scale",
    "Seed",
    "Sets",
    "SynapseCores",
    "Threads",
    "TimeStep",
    "console",
    "option",
    "overrides",
    "print_json",
    "settings",
]

KEYS = {
    "scale": "network.scale",
    "drive": "network.drive",
    "initial": "network.initial",
    "time": "run.time_ms",
    "warmup": "run.warmup_ms",
    "dt": "run.dt_ms",
    "slowdown": "run.slowdown",
    "timing": "run.timing",
    "arithmetic": "run.arithmetic",
    "engine": "run.engine",
    "seed": "run.seed",
    "threads": "run.threads",
    "checkpoint_every": "run.checkpoint_ms",
    "layout": "mapping.layout",
    "neurons_per_core": "mapping.neurons_per_core",
    "synapse_cores": "mapping.synapse_cores",
    "placer": "mapping.placer",
    "router": "mapping.router",
    "keys": "mapping.keys",
    "compressor": "mapping.compressor",
    "budget": "mapping.budget_s",
    "origin": "mapping.folder",
    "machine": "machine",
    "output": "output",
}
"""Configuration key of each option."""


NETWORK, TIME, MAPPING, OUTPUT = "Network", "Time and numbers", "Mapping", "Files and output"
"""Groups of options in the help."""


def option(
    name: str,
    text: str,
    metavar: str,
    group: str | None = None,
    complete: Callable[[str], list[str]] | None = None,
) -> Any:
    """Declare an option whose value stays text.

    Parameters
    ----------
    name, text, metavar : str
    group : str, optional
        Its heading in the help.
    complete : callable, optional
        What the shell offers, given what was typed; by default the choices in `metavar`.
    """
    return typer.Option(
        name,
        help=text,
        metavar=metavar,
        show_default=False,
        rich_help_panel=group,
        autocompletion=complete or completion.among(metavar),
    )


AsJson = Annotated[
    bool, typer.Option("--json", help="One JSON object on stdout.", rich_help_panel=OUTPUT)
]
Quiet = Annotated[
    bool, typer.Option("--quiet", help="No progress, no tables.", rich_help_panel=OUTPUT)
]


Network = Annotated[
    str | None,
    typer.Argument(
        metavar="NETWORK|FILE.yaml",
        help="A network by name, or the file of one or of a configuration.",
        autocompletion=completion.networks,
    ),
]
ConfigFile = Annotated[
    Path | None, option("--config", "Configuration to start from.", "FILE", OUTPUT)
]
Sets = Annotated[
    list[str] | None,
    option("--set", "Any configuration key.", "KEY=VALUE", OUTPUT, completion.configuration_keys),
]
Scale = Annotated[str | None, option("--scale", "Fraction of the full network.", "0..1", NETWORK)]
Drive = Annotated[str | None, option("--drive", "External input.", "poisson|dc", NETWORK)]
TimeStep = Annotated[str | None, option("--dt", "Time step.", "MS", TIME)]
Seed = Annotated[str | None, option("--seed", "Of all random numbers.", "N", TIME)]
Threads = Annotated[str | None, option("--threads", "Threads used at most.", "N", TIME)]
Layout = Annotated[
    str | None, option("--mapping", "Layout on the cores.", "homogeneous|ensemble", MAPPING)
]
PerCore = Annotated[
    str | None, option("--neurons-per-core", "Most neurons per core.", "N", MAPPING)
]
SynapseCores = Annotated[str | None, option("--synapse-cores", "Per ensemble.", "N", MAPPING)]
LISTED = "listed by: chipemu algorithms."

Placer = Annotated[
    str | None,
    option(
        "--placer", f"Who goes where; {LISTED}", "NAME", MAPPING, completion.algorithms("placer")
    ),
]
Router = Annotated[
    str | None,
    option(
        "--router", f"Trees of links; {LISTED}", "NAME", MAPPING, completion.algorithms("router")
    ),
]
Keys = Annotated[
    str | None,
    option(
        "--keys", f"Order of the keys; {LISTED}", "NAME", MAPPING, completion.algorithms("keys")
    ),
]
Compressor = Annotated[
    str | None,
    option(
        "--compressor", f"Of tables; {LISTED}", "NAME", MAPPING, completion.algorithms("compressor")
    ),
]
Budget = Annotated[
    str | None, option("--budget", "Time for placers that search.", "SECONDS", MAPPING)
]
Origin = Annotated[
    str | None, option("--from", "Take the mapping in these files.", "FOLDER", MAPPING)
]
Machine = Annotated[
    str | None,
    option("--machine", "Preset or machine file.", "NAME|FILE", MAPPING, completion.machines),
]


def console() -> "Console":
    """Where people's text goes: stderr."""
    from rich.console import Console

    return Console(stderr=True, markup=False)  # names may have brackets


def print_json(kind: str, value: Mapping[str, Any]) -> None:
    """Print the one object of ``--json`` on stdout; see `host.jsonforms.form`."""
    typer.echo(json.dumps(form(kind, value), indent=2))


def settings(params: Mapping[str, Any]) -> "Config":
    """Checked configuration of a command called with `params`."""
    from host.config import load_config
    from host.machines import load_machine
    from host.networks import find_network

    _check_origin(params)
    path, start = _start(params["network"], params["config"])
    given = start | overrides(params)
    config = load_config(path, given)
    with _telling(path, "network.name", given):
        find_network(config.network.name)
    with _telling(path, "machine", given):
        load_machine(config.machine)
    return config


@contextmanager
def _telling(path: Path | None, key: str, given: Mapping[str, object]) -> Iterator[None]:
    """Say in an error about what the configuration file `path` names where it stands there."""
    from host.yamlfile import read_document

    try:
        yield
    except ConfigError as error:
        where = (
            "" if path is None or key in given else read_document(path).where((*key.split("."),))
        )
        if not where:
            raise
        msg = f"{where}{key}: {error}"
        raise type(error)(msg) from error


def _check_origin(params: Mapping[str, Any]) -> None:
    """Refuse a folder that is not there, and algorithms that would not be asked."""
    origin = params.get("origin")
    if origin is None:
        return
    if not Path(origin).is_dir():
        msg = f"--from {origin}: there is no such folder"
        raise UnknownNameError(msg)
    if (Path(origin) / "manifest.json").is_file():
        msg = (
            f"--from {origin}: that is a run, not a mapping; map its configuration by: "
            f"chipemu map {origin}/config.yaml"
        )
        raise ConfigError(msg)
    unused = ("placer", "router", "keys", "compressor", "budget")
    given = [f"--{name}" for name in unused if params[name] is not None]
    if given and params.get("compare") is None:
        msg = f"--from takes a finished mapping; leave out {' and '.join(given)}"
        raise ConfigError(msg)


def _start(named: str | None, path: Path | None) -> tuple[Path | None, dict[str, object]]:
    """Configuration file to start from, and the network that the command names."""
    from host.networks.file.read import is_network_file

    is_file = named is not None and named.endswith((".yaml", ".yml"))
    if named is not None and is_file and not is_network_file(Path(named)):
        if path is not None:
            msg = f"two configurations, {named} and {path}; give one"
            raise ConfigError(msg)
        return Path(named), {}
    if named is None and path is None:
        msg = "name a network (see: chipemu networks) or a configuration file"
        raise ConfigError(msg)
    return path, {} if named is None else {"network.name": named}


def overrides(params: Mapping[str, Any]) -> dict[str, object]:
    """Configuration keys that the options in `params` set."""
    from host.yamlfile import parse_scalar

    texts = {KEYS[name]: text for name, text in params.items() if name in KEYS and text is not None}
    for assignment in params["sets"] or ():
        key, equals, text = assignment.partition("=")
        if not (key and equals):
            msg = f"--set takes KEY=VALUE, such as mapping.neurons_per_core=128; got {assignment!r}"
            raise ConfigError(msg)
        texts[key] = text
    stages = ("placer", "router", "keys", "compressor")
    # names stay text, even if they look like numbers
    names = {
        "machine",
        "network.name",
        "output",
        "mapping.folder",
        *(KEYS[stage] for stage in stages),
    }
    return {key: text if key in names else parse_scalar(text) for key, text in texts.items()}
