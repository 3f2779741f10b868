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
from typing import Annotated

import typer

from host.cli_energy import energy
from host.cli_experiment import experiment
from host.cli_load import load_command
from host.cli_machines import machines
from host.cli_map import algorithms, map_command
from host.cli_parts import (
    AsJson,
    Budget,
    Compressor,
    ConfigFile,
    Drive,
    Keys,
    Layout,
    Machine,
    Network,
    Origin,
    PerCore,
    Placer,
    Quiet,
    Router,
    Scale,
    Seed,
    Sets,
    SynapseCores,
    Threads,
    TimeStep,
    console,
    option,
    print_json,
    settings,
)
from host.cli_pynn import pynn
from host.cli_race import race
from host.cli_resume import resume, tell_unfinished
from host.cli_traffic import traffic
from host.cli_validate import validate
from host.errors import ExitCode
from host.errors import exit_code as code_of

__all__ = ["app", "main"]

app = typer.Typer(
    name="chipemu",
    help="An emulator of SpiNNaker-style many-core neuromorphic machines.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Initial = Annotated[str | None, option("--initial", "Initial state.", "population|original")]
Time = Annotated[str | None, option("--time", "Biological time that counts.", "MS")]
Warmup = Annotated[str | None, option("--warmup", "Biological time before it.", "MS")]
Slowdown = Annotated[str | None, option("--slowdown", "Wall over biological time.", "FACTOR")]
Timing = Annotated[str | None, option("--timing", "When spikes arrive.", "ideal|full")]
Engine = Annotated[str | None, option("--engine", "Engine.", "auto|compiled|reference")]
Checkpoints = Annotated[
    str | None, option("--checkpoint-every", "Biological time; see: chipemu resume.", "MS")
]
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
    checkpoint_every: Checkpoints = None,
    layout: Layout = None,
    neurons_per_core: PerCore = None,
    synapse_cores: SynapseCores = None,
    machine: Machine = None,
    placer: Placer = None,
    router: Router = None,
    keys: Keys = None,
    compressor: Compressor = None,
    budget: Budget = None,
    origin: Origin = None,
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

    chosen = settings(context.params)
    wanted = chosen.output
    path = Path(wanted) if wanted is not None else runfolder.default_run_folder(chosen)
    folder = runfolder.prepare_run_folder(path, force=force)
    try:
        from host.pipeline import run as run_network

        screen = console()
        with shown(screen, quiet=quiet) as progress:
            results = run_network(chosen, progress=progress, run_dir=folder)
    finally:
        runfolder.release(folder)
        tell_unfinished(folder)
    if as_json:
        print_json(summary(results))
    elif not quiet:
        screen.print(run_tables(results))


app.command()(resume)
app.command("map")(map_command)
app.command()(algorithms)
app.command()(traffic)
app.command("load")(load_command)
app.command()(energy)
app.command()(race)
app.command()(validate)
app.command()(experiment)
app.command()(machines)
app.add_typer(pynn)


@app.command()
def networks(*, as_json: AsJson = False) -> None:
    """List the networks."""
    from host.networks import NETWORKS

    listed = {name: entry[0] for name, entry in NETWORKS.items()}
    _print_list(("network", "description"), listed, as_json=as_json)


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
