"""The command ``chipemu energy``: the ledger of a finished run, priced with any table."""

# Heavy modules are imported when they are used.

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from host.cli.parts import AsJson, Quiet, console, option, print_json
from host.errors import ConfigError, OutputError, did_you_mean

if TYPE_CHECKING:
    from host.energy import EnergyTable, Ledger
    from host.energy.vocabulary import Phase
    from host.results import Results

__all__ = ["energy", "table_of_run"]

Run = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a finished run.")]
Table = Annotated[
    str | None, option("--table", "Energy table, instead of the machine's own.", "NAME|FILE")
]
Polling = Annotated[
    str | None, option("--polling", "Cores that never sleep.", "none|all|ROLE,ROLE")
]
Phases = Annotated[str, typer.Option("--phase", help="Whose lines are shown.", metavar="PHASE|all")]
Picture = Annotated[Path | None, option("--picture", "Draw where it goes.", "FILE.svg")]


def energy(
    run: Run,
    table: Table = None,
    polling: Polling = None,
    phase: Phases = "running",
    picture: Picture = None,
    *,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Show what a finished run costs, with any energy table, without running it again."""
    from host.askedfiles import check_place
    from host.energy import load_table, price
    from host.energy.report import ledger_json, ledger_tables
    from host.runfolder import load_run

    if picture is not None:
        check_place(picture, "--picture", (".svg",))
    results = load_run(run)
    if results.actions is None:
        msg = f"{run} was written by a version that did not count what costs energy; run it again"
        raise OutputError(msg)
    prices = table_of_run(results) if table is None else load_table(table)
    prices = _with_polling(prices, polling)
    ledger = price(results.actions, prices)
    shown = _phases(phase, list(ledger.wall_s))
    if picture is not None:
        _draw(ledger, picture, _title(results, prices))
    if as_json:
        print_json("energy", {"run": str(run), "table": prices.description, **ledger_json(ledger)})
    elif not quiet:
        if picture is not None:
            console().print(f"written: {picture}")
        console().print(ledger_tables(ledger, shown, _title(results, prices)))


def table_of_run(results: "Results") -> "EnergyTable":
    """Energy table of the machine that `results` were found with.

    Raises
    ------
    OutputError
        If the run folder does not hold it.
    """
    from pydantic import TypeAdapter, ValidationError

    from host.energy import EnergyTable

    try:
        described = results.machine_description["energy"]
        return TypeAdapter(EnergyTable).validate_python(described)
    except (KeyError, ValidationError) as error:
        msg = f"{results.run_dir} does not tell its machine's energy table; name one with --table"
        raise OutputError(msg) from error


def _with_polling(table: "EnergyTable", polling: str | None) -> "EnergyTable":
    """`table` in which the cores that `polling` names never sleep."""
    from dataclasses import replace

    from host.energy.table import ROLES

    if polling is None:
        return table
    if polling != "none" and "none" in polling.split(","):
        msg = f"--polling {polling}: none stands alone"
        raise ConfigError(msg)
    words = {"none": [], "all": list(ROLES)}.get(polling, polling.split(","))
    for word in words:
        if word not in ROLES:
            known = ("none", "all", *ROLES)
            hint = did_you_mean(word, known) or f"; there are {', '.join(known)}"
            msg = f"--polling: no role {word!r} of cores{hint}"
            raise ConfigError(msg)
    return replace(table, polling_roles=tuple(role for role in ROLES if role in words))


def _phases(name: str, there_are: "list[Phase]") -> "list[Phase]":
    """Phases whose lines are shown."""
    if name == "all":
        return there_are
    chosen = [phase for phase in there_are if phase.value == name]
    if not chosen:
        known = [phase.value for phase in there_are]
        hint = did_you_mean(name, known) or f"; there are {', '.join(known)}, and all"
        msg = f"--phase: this run has no phase {name!r}{hint}"
        raise ConfigError(msg)
    return chosen


def _title(results: "Results", table: "EnergyTable") -> str:
    config = results.config
    network = f"{config.network.name}, scale {config.network.scale:g}, {config.network.drive} drive"
    run = f"{config.run.time_ms:g} ms of biological time, slow-down {config.slowdown:g}"
    counted = "counted" if results.timing is not None else "reckoned from the spikes"
    return (
        f"{results.machine}: {network}; {run}\n"
        f"prices: {table.description or 'of the machine file'}; times and packets {counted}"
    )


def _draw(ledger: "Ledger", path: Path, title: str) -> None:
    from host.askedfiles import write_text
    from host.energy.flow import draw_flow

    write_text(path, draw_flow(ledger, title))
