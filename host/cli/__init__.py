"""The ``chipemu`` command: parse, call one function, print what it returned.

People's text goes to stderr; stdout is for the one JSON object of ``--json``. Every value passes
through `host.config`, so that a file, an option and ``--set`` are checked alike. Heavy modules are
imported inside the commands, which keeps ``--help`` quick.
"""

import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from host.cli.compare import compare
from host.cli.doctor import doctor
from host.cli.energy import energy
from host.cli.examples import epilog
from host.cli.experiment import experiment
from host.cli.export import export
from host.cli.load import load_command
from host.cli.machines import machines
from host.cli.map import algorithms, map_command
from host.cli.networks import networks
from host.cli.pynn import pynn
from host.cli.race import race
from host.cli.report import report
from host.cli.resume import resume
from host.cli.run import run
from host.cli.schema import schema
from host.cli.sweep import sweep
from host.cli.traffic import traffic
from host.cli.validate import validate
from host.errors import ExitCode, StoppedError
from host.errors import exit_code as code_of

__all__ = ["app", "main"]

app = typer.Typer(
    name="chipemu",
    help="An emulator of SpiNNaker-style many-core neuromorphic machines.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


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


GROUPS: dict[str, dict[str, Callable[..., None]]] = {
    "Simulate": {"run": run, "resume": resume},
    "Ask beforehand": {"map": map_command, "load": load_command, "traffic": traffic},
    "Look at runs": {
        "report": report,
        "energy": energy,
        "race": race,
        "compare": compare,
        "export": export,
        "validate": validate,
    },
    "Study": {"experiment": experiment, "sweep": sweep},
    "What there is": {
        "networks": networks,
        "machines": machines,
        "algorithms": algorithms,
        "schema": schema,
        "doctor": doctor,
    },
}
"""Commands by the heading under which the help lists them."""

for _group, _commands in GROUPS.items():
    for _name, _function in _commands.items():
        app.command(_name, epilog=epilog(_name), rich_help_panel=_group)(_function)
app.add_typer(pynn, rich_help_panel="Simulate")


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
    if isinstance(error, KeyboardInterrupt):
        message = "interrupted"
    if isinstance(error, MemoryError):
        message = f"this computer's memory does not suffice; use a smaller scale or time ({error})"
    if code == ExitCode.INTERNAL:
        message = f"{type(error).__name__}: {message}; our fault, trace in {_keep_trace(error)}"
    if message:  # empty if no command was given: then the help has been shown
        line = " ".join(message.split())
        typer.echo(line if isinstance(error, StoppedError) else f"error: {line}", err=True)
    return code


def _keep_trace(error: BaseException) -> str:
    with tempfile.NamedTemporaryFile(
        "w", prefix="chipemu-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        file.writelines(traceback.format_exception(error))
    return file.name
