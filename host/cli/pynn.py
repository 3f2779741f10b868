"""The command ``chipemu pynn``: runs PyNN scripts, with nothing changed, on an emulated machine."""

# Heavy modules are imported when they are used.

from pathlib import Path
from typing import Annotated

import typer

from host.cli.parts import (
    AsJson,
    Layout,
    Machine,
    PerCore,
    Quiet,
    Seed,
    Sets,
    SynapseCores,
    Threads,
    console,
    option,
    overrides,
    print_json,
)
from host.errors import ExitCode, exit_code

__all__ = ["pynn"]

pynn = typer.Typer(name="pynn", help="Run PyNN scripts.", no_args_is_help=True)

SIMULATOR = "pyNN.spiNNaker"
ALSO = "pyNN.chipemu"
"""Name under which any script finds the emulator, whatever it is told."""

Script = Annotated[
    Path, typer.Argument(metavar="SCRIPT", help="A PyNN script.", show_default=False)
]
Arguments = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="ARGS...", help="Its arguments; after --, even those that look like ours."
    ),
]
Names = Annotated[
    list[str] | None,
    typer.Option(
        "--as", help=f"What it imports; repeat for more. [default: {SIMULATOR}]", metavar="MODULE"
    ),
]
Timing = Annotated[str | None, option("--timing", "When spikes arrive.", "ideal|full")]
Arithmetic = Annotated[str | None, option("--arithmetic", "Numbers.", "fixed|float64")]
Slowdown = Annotated[str | None, option("--slowdown", "Wall over biological time.", "FACTOR")]
Report = Annotated[Path | None, option("--report", "Write the account there, as JSON.", "FILE")]


@pynn.callback()
def _pynn() -> None:
    """Run PyNN scripts."""


@pynn.command("run", context_settings={"ignore_unknown_options": True})
def run(
    context: typer.Context,
    script: Script,
    arguments: Arguments = None,
    names: Names = None,
    machine: Machine = None,
    timing: Timing = None,
    arithmetic: Arithmetic = None,
    layout: Layout = None,
    neurons_per_core: PerCore = None,
    synapse_cores: SynapseCores = None,
    slowdown: Slowdown = None,
    seed: Seed = None,
    threads: Threads = None,
    sets: Sets = None,
    report: Report = None,
    *,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Run a PyNN script, with nothing changed.

    What is said here prevails over what the script says. The exit code is 2 if the emulator refuses
    something, 1 if the script fails by an error of its own.
    """
    from host.pynn.scripts import run_script
    from host.pynn.setup_options import COMMAND

    chosen = overrides(context.params)
    token = COMMAND.set(chosen)
    try:
        run_script(
            script, arguments or (), [*(names or [SIMULATOR]), ALSO], keep_stdout=not as_json
        )
    except SystemExit as ending:
        _end(ending)
    except Exception as error:  # noqa: BLE001
        _tell(error, script)
    finally:
        COMMAND.reset(token)
    _account(report, as_json=as_json, quiet=quiet)


def _end(ending: SystemExit) -> None:
    """Let a script that ends itself do so, with its own exit code, and any other with an account.

    Raises
    ------
    typer.Exit
        If the code is not 0.
    """
    if ending.code in {None, 0}:
        return
    if isinstance(ending.code, int):
        raise typer.Exit(ending.code)
    typer.echo(str(ending.code), err=True)
    raise typer.Exit(ExitCode.SCRIPT)


def _tell(error: Exception, script: Path) -> None:
    """Tell of an error that ended the script: a line if it is a refusal, else its traceback.

    Raises
    ------
    typer.Exit
        With the exit code.
    Exception
        `error` itself, if it is the emulator's fault.
    """
    from host.pynn.scripts import is_ours, line_in_script, own_traceback

    code = exit_code(error)
    if code != ExitCode.INTERNAL:
        line = line_in_script(error, script)
        place = script.name if line is None else f"{script.name}:{line}"
        typer.echo(f"error: {place}: {' '.join(str(error).split())}", err=True)
        raise typer.Exit(code) from error
    if is_ours(error):
        raise error
    typer.echo(own_traceback(error, script), err=True, nl=False)
    raise typer.Exit(ExitCode.SCRIPT) from error


def _account(report: Path | None, *, as_json: bool, quiet: bool) -> None:
    """Tell what the emulated machine did, if the script ran anything."""
    from host.pynn.report import account, tables, write_report

    if report is not None:
        write_report(report)
    if as_json:
        print_json("pynn", account())
    elif not quiet:
        console().print(tables())
