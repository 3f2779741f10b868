"""The ``chipemu`` command: parse, call one function, print what it returned.

People's text goes to stderr; stdout is for the one JSON object of ``--json``. Every value passes
through `host.config`, so that a file, an option and ``--set`` are checked alike. Heavy modules are
imported inside the commands, which keeps ``--help`` quick.
"""

import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from host.cli_experiment import experiment
from host.cli_parts import AsJson, Quiet, console, option, print_json
from host.cli_traffic import traffic
from host.errors import ConfigError, ExitCode
from host.errors import exit_code as code_of

if TYPE_CHECKING:
    from host.config import Config

__all__ = ["app", "main"]

KEYS = {
    "scale": "network.scale",
    "drive": "network.drive",
    "initial": "network.initial",
    "time": "run.time_ms",
    "warmup": "run.warmup_ms",
    "dt": "run.dt_ms",
    "slowdown": "run.slowdown",
    "timing": "run.timing",
    "engine": "run.engine",
    "seed": "run.seed",
    "threads": "run.threads",
    "layout": "mapping.layout",
    "neurons_per_core": "mapping.neurons_per_core",
    "synapse_cores": "mapping.synapse_cores",
    "machine": "machine",
    "output": "output",
}
"""Configuration key of each option."""

app = typer.Typer(
    name="chipemu",
    help="An emulator of SpiNNaker-style many-core neuromorphic machines.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Network = Annotated[
    str | None, typer.Argument(metavar="NETWORK|CONFIG.yaml", help="A network, or a configuration.")
]
ConfigFile = Annotated[Path | None, option("--config", "Configuration to start from.", "FILE")]
Sets = Annotated[list[str] | None, option("--set", "Any configuration key.", "KEY=VALUE")]
Scale = Annotated[str | None, option("--scale", "Fraction of the full network.", "0..1")]
Drive = Annotated[str | None, option("--drive", "External input.", "poisson|dc")]
Initial = Annotated[str | None, option("--initial", "Initial state.", "population|original")]
Time = Annotated[str | None, option("--time", "Biological time that counts.", "MS")]
Warmup = Annotated[str | None, option("--warmup", "Biological time before it.", "MS")]
TimeStep = Annotated[str | None, option("--dt", "Time step.", "MS")]
Slowdown = Annotated[str | None, option("--slowdown", "Wall over biological time.", "FACTOR")]
Timing = Annotated[str | None, option("--timing", "When spikes arrive.", "ideal|full")]
Engine = Annotated[str | None, option("--engine", "Engine.", "auto|compiled|reference")]
Seed = Annotated[str | None, option("--seed", "Of all random numbers.", "N")]
Threads = Annotated[str | None, option("--threads", "Threads used at most.", "N")]
Layout = Annotated[str | None, option("--mapping", "Layout on the cores.", "homogeneous|ensemble")]
PerCore = Annotated[str | None, option("--neurons-per-core", "Most neurons per core.", "N")]
SynapseCores = Annotated[str | None, option("--synapse-cores", "Per ensemble.", "N")]
Machine = Annotated[str | None, option("--machine", "Preset or machine file.", "NAME|FILE")]
Output = Annotated[str | None, option("--output", "Run folder.", "FOLDER")]
Force = Annotated[bool, typer.Option("--force", help="Replace an earlier run folder.")]


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"chipemu {version('chipemu')}")
        raise typer.Exit


Version = Annotated[
    bool,
    typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True),
]


@app.callback()
def _chipemu(*, version: Version = False) -> None:
    """Hold the options that come before a command."""


@app.command()
def run(
    context: typer.Context,
    network: Network = None,
    scale: Scale = None,
    drive: Drive = None,
    initial: Initial = None,
    time: Time = None,
    warmup: Warmup = None,
    dt: TimeStep = None,
    slowdown: Slowdown = None,
    timing: Timing = None,
    engine: Engine = None,
    seed: Seed = None,
    threads: Threads = None,
    layout: Layout = None,
    neurons_per_core: PerCore = None,
    synapse_cores: SynapseCores = None,
    machine: Machine = None,
    config: ConfigFile = None,
    sets: Sets = None,
    output: Output = None,
    *,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Simulate a network on an emulated machine."""
    from host import runfolder
    from host.progress import shown
    from host.results import summary
    from host.tables import run_tables

    settings = _settings(context.params)
    wanted = settings.output
    path = Path(wanted) if wanted is not None else runfolder.default_run_folder(settings)
    folder = runfolder.prepare_run_folder(path, force=force)
    try:
        from host.pipeline import run as run_network

        screen = console()
        with shown(screen, quiet=quiet) as progress:
            results = run_network(settings, progress=progress, run_dir=folder)
    finally:
        runfolder.release(folder)
    if as_json:
        print_json(summary(results))
    elif not quiet:
        screen.print(run_tables(results))


@app.command("map")
def map_command(
    context: typer.Context,
    network: Network = None,
    scale: Scale = None,
    drive: Drive = None,
    dt: TimeStep = None,
    layout: Layout = None,
    neurons_per_core: PerCore = None,
    synapse_cores: SynapseCores = None,
    machine: Machine = None,
    config: ConfigFile = None,
    sets: Sets = None,
    *,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Map a network onto a machine without running it."""
    from host.pipeline import map_only
    from host.progress import shown
    from host.results import map_summary
    from host.tables import map_tables

    settings = _settings(context.params)
    screen = console()
    with shown(screen, quiet=quiet) as progress:
        results = map_only(settings, progress=progress)
    if as_json:
        print_json(map_summary(results))
    elif not quiet:
        screen.print(map_tables(results))


app.command()(traffic)
app.command()(experiment)


@app.command()
def machines(*, as_json: AsJson = False) -> None:
    """List the machines."""
    from host.machines import list_machines

    _print_list(("machine", "description"), list_machines(), as_json=as_json)


@app.command()
def networks(*, as_json: AsJson = False) -> None:
    """List the networks."""
    from host.networks import NETWORKS

    listed = {name: entry[0] for name, entry in NETWORKS.items()}
    _print_list(("network", "description"), listed, as_json=as_json)


def _settings(params: Mapping[str, Any]) -> "Config":
    """Checked configuration of a command called with `params`."""
    from host.config import load_config
    from host.machines import load_machine
    from host.networks import find_network

    path, overrides = _start(params["network"], params["config"])
    config = load_config(path, overrides | _overrides(params))
    find_network(config.network.name)
    load_machine(config.machine)
    return config


def _start(named: str | None, path: Path | None) -> tuple[Path | None, dict[str, object]]:
    """Configuration file to start from, and the network that the command names."""
    if named is not None and named.endswith((".yaml", ".yml")):
        if path is not None:
            msg = f"two configurations, {named} and {path}; give one"
            raise ConfigError(msg)
        return Path(named), {}
    if named is None and path is None:
        msg = "name a network (see: chipemu networks) or a configuration file"
        raise ConfigError(msg)
    return path, {} if named is None else {"network.name": named}


def _overrides(params: Mapping[str, Any]) -> dict[str, object]:
    from host.yamlfile import parse_scalar

    texts = {KEYS[name]: text for name, text in params.items() if name in KEYS and text is not None}
    for assignment in params["sets"] or ():
        key, equals, text = assignment.partition("=")
        if not (key and equals):
            msg = f"--set takes KEY=VALUE, such as mapping.neurons_per_core=128; got {assignment!r}"
            raise ConfigError(msg)
        texts[key] = text
    names = {"machine", "output"}  # stay text, even if they look like numbers
    return {key: text if key in names else parse_scalar(text) for key, text in texts.items()}


def _print_list(head: tuple[str, str], rows: Mapping[str, str], *, as_json: bool) -> None:
    from host.tables import list_table

    if as_json:
        print_json(dict(rows))
    else:
        console().print(list_table(head, rows))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; every error becomes one line on stderr and an exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        Default: those of the process.

    Returns
    -------
    int
        An `ExitCode`.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = app(args=given, prog_name="chipemu", standalone_mode=False)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001
        return _report(error)
    if code == ExitCode.INTERRUPTED:  # typer has turned KeyboardInterrupt into this code
        return _report(KeyboardInterrupt())
    return code or ExitCode.DONE


def _report(error: BaseException) -> int:
    """Print one line about `error`, and keep the trace of one that is our fault."""
    usage = getattr(error, "format_message", None)  # errors in how the command was called
    code = ExitCode.USER if usage else code_of(error)
    message = usage() if usage else str(error)
    if code == ExitCode.INTERRUPTED:
        message = "interrupted"
    if isinstance(error, MemoryError):
        message = f"this computer's memory does not suffice; use a smaller scale or time ({error})"
    if code == ExitCode.INTERNAL:
        message = f"{type(error).__name__}: {message}; our fault, trace in {_keep_trace(error)}"
    if message:  # empty if no command was given: then the help has been shown
        typer.echo(f"error: {' '.join(message.split())}", err=True)
    return code


def _keep_trace(error: BaseException) -> str:
    with tempfile.NamedTemporaryFile(
        "w", prefix="chipemu-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        file.writelines(traceback.format_exception(error))
    return file.name
