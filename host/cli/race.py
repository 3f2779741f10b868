"""The command ``chipemu race``."""

# Heavy modules are imported when they are used.

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from host.cli.parts import AsJson, Quiet, console, option, print_json
from host.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["race"]

Runs = Annotated[list[Path] | None, typer.Argument(metavar="RUN", help="Run folders.")]
Figure = Annotated[str | None, option("--figure", "Draw the race.", "FILE.svg")]
OfDrive = Annotated[str | None, option("--drive", "Only with this external input.", "dc|poisson")]
Sort = Annotated[str, typer.Option("--sort", help="Order.", metavar="q_rtf|e_syn")]


def race(
    runs: Runs = None,
    figure: Figure = None,
    drive: OfDrive = None,
    sort: Sort = "q_rtf",
    *,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Place runs among the published figures of the cortical microcircuit."""
    from host.askedfiles import check_place, write_text
    from host.race import DRIVES, ORDERS, load_published, race_account, rank, run_entries

    if drive is not None:
        _check("--drive", drive, DRIVES)
    _check("--sort", sort, ORDERS)
    if figure is not None:
        check_place(Path(figure), "--figure", (".svg",))
    published = load_published()
    entries = [*published.entries, *run_entries(runs or ())]
    shown = [entry for entry in entries if drive in (None, entry.drive)]
    left_out = [f"{e.name}, its drive is {e.drive}" for e in entries if e.is_run and e not in shown]
    ranked = rank(shown, sort)
    if figure is not None:
        from host.race.figure import draw_race

        write_text(Path(figure), draw_race(shown, published.source))
    if as_json:
        account = race_account(ranked, sort, published.source)
        print_json("race", account | {"drive": drive, "left_out": left_out, "figure": figure})
    elif not quiet:
        from host.race.tables import race_table

        screen = console()
        table = race_table(ranked, published.source, width=screen.width, left_out=left_out)
        screen.print(table, highlight=False)
        if figure is not None:
            screen.print(f"written: {figure}", highlight=False, soft_wrap=True)


def _check(name: str, value: str, known: "Collection[str]") -> None:
    if value not in known:
        hint = did_you_mean(value, known)
        msg = f"{name} should be {' or '.join(known)}, got {value!r}{hint}"
        raise ConfigError(msg)
