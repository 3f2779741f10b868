"""The command ``chipemu experiment``: lists the experiments, or runs one of them."""

# Heavy modules are imported when they are used.

import json
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from host.cli.completion import experiments
from host.cli.parts import AsJson, Quiet, console, option, print_json
from host.jsonforms import form

if TYPE_CHECKING:
    from host.experiments import Cell, Experiment, Finding

__all__ = ["experiment"]

Name = Annotated[
    str | None,
    typer.Argument(
        metavar="NAME", help="An experiment; without, all are listed.", autocompletion=experiments
    ),
]
Assignments = Annotated[
    list[str] | None, typer.Argument(metavar="KEY=VALUE", help="Its options; lists: 1,2,3.")
]
Options = Annotated[bool, typer.Option("--options", help="Show its options and defaults only.")]
Output = Annotated[Path | None, option("--output", "Folder for its files.", "FOLDER")]
Force = Annotated[bool, typer.Option("--force", help="Write into a folder that has files.")]


def experiment(
    name: Name = None,
    assignments: Assignments = None,
    output: Output = None,
    *,
    show_options: Options = False,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """List the experiments, or run one."""
    if name is None:
        _list(as_json=as_json)
        return
    from host.experiments import default_folder, find_experiment, parse_options, prepare_folder
    from host.progress import shown
    from host.runfolder import release

    study = find_experiment(name)
    if show_options:
        _show_options(study, as_json=as_json)
        return
    options = parse_options(study, assignments or ())
    folder = prepare_folder(output or default_folder(name), force=force)
    screen = console()
    try:
        with shown(screen, quiet=quiet) as progress:
            finding = study.run(options, progress=progress, output=folder)
        account = form("experiment", _account(study, options, finding))
        text = json.dumps(account, indent=2) + "\n"
        (folder / "experiment.json").write_text(text, encoding="utf-8")
    finally:
        release(folder)
    if as_json:
        typer.echo(text, nl=False)
    elif not quiet:
        _print(finding)


def _list(*, as_json: bool) -> None:
    from host.experiments import list_experiments
    from host.tables import list_table

    listed = list_experiments()
    if as_json:
        print_json("experiments", {"experiments": listed.questions})
    else:
        console().print(list_table(("experiment", "question"), listed.questions))
    for message in listed.broken.values():
        typer.echo(" ".join(message.split()), err=True)


def _show_options(study: "Experiment", *, as_json: bool) -> None:
    from host.experiments import option_defaults
    from host.tables import list_table

    if as_json:
        print_json("options", {"options": option_defaults(study)})
    else:
        console().print(list_table(("option", "default"), option_defaults(study)))


def _account(study: "Experiment", options: object, finding: "Finding") -> dict[str, Any]:
    """What was asked and found, ready for JSON."""
    from importlib.metadata import version

    from host.results import plain

    rows = [dict(zip(finding.columns, row, strict=True)) for row in finding.rows]
    return {
        "experiment": study.name,
        "question": study.question,
        "chipemu": version("chipemu"),
        "options": plain(options),
        "table": plain(rows),
        "sentences": list(finding.sentences),
        "files": plain(finding.files),
    }


def _print(finding: "Finding") -> None:
    from rich.table import Table

    screen = console()
    table = Table(box=None, pad_edge=False)
    for k, title in enumerate(finding.columns):
        is_text = all(isinstance(row[k], str) for row in finding.rows)
        justify: Literal["left", "right"] = "left" if is_text else "right"
        table.add_column(_stacked(title), justify=justify, no_wrap=k == 0)
    for row in finding.rows:
        table.add_row(*map(_text, row))
    screen.print(table)
    for line in finding.sentences:
        screen.print(line, highlight=False)
    for path in finding.files:
        screen.print(str(path), highlight=False, soft_wrap=True)


def _stacked(title: str) -> str:
    """`title` in short lines of whole words, so that columns are as narrow as their cells."""
    return "\n".join(wrap(title, 8, break_long_words=False, break_on_hyphens=False))


def _text(cell: "Cell") -> str:
    if cell is None:
        return "-"
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= 1000 else f"{cell:.4g}"
    return f"{cell:,}" if isinstance(cell, int) else cell
