"""The command ``chipemu schema``: JSON Schemas of files, for editors."""

from pathlib import Path
from typing import Annotated

import typer

from host.cli.parts import OUTPUT, AsJson, console, print_json

__all__ = ["schema"]

Name = Annotated[
    str | None,
    typer.Argument(metavar="[config|machine|network|energy|costs|sweep]", help="Of which files."),
]
Output = Annotated[
    Path | None,
    typer.Option("--output", help="Instead of stdout.", metavar="FILE", rich_help_panel=OUTPUT),
]


def schema(name: Name = None, *, output: Output = None, as_json: AsJson = False) -> None:
    """Print the JSON Schema of a kind of file, by which editors complete and check; or list them.

    Without --json the schema itself is printed; with it, in an object with a version.
    """
    import json

    from host.schemas import SCHEMAS
    from host.schemas import schema as schema_called
    from host.tables import list_table

    if name is None:
        titles = {key: make()["title"].partition(": ")[2] for key, make in SCHEMAS.items()}
        if as_json:
            print_json("schemas", {"schemas": titles})
        else:
            console().print(list_table(("schema", "of"), titles))
        return
    found = schema_called(name)
    if as_json:
        print_json("schema", {"name": name, "json_schema": found})
        return
    text = json.dumps(found, indent=2) + "\n"
    if output is None:
        typer.echo(text, nl=False)
    else:
        _write(output, text)


def _write(path: Path, text: str) -> None:
    from host.atomic import complete
    from host.errors import OutputError

    try:
        with complete(path) as scratch:
            scratch.write_text(text, encoding="utf-8")
    except OSError as error:
        msg = f"cannot write {path}: {error.strerror}; choose another with --output"
        raise OutputError(msg) from error
