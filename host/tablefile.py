"""All tables of a run in one SQLite file, which any program with SQLite reads.

Each `Table` is an SQL table of its name and columns. The table ``about`` tells what each table and
column is (`host.tablewords`) and in which unit. Equal tables make equal bytes.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from host.datatable import Cell, Table
from host.tablewords import column_unit, column_words, table_words

__all__ = ["ABOUT", "FORMAT", "TABLES", "read_tables", "write_tables"]

TABLES = "tables.sqlite"
ABOUT = "about"
FORMAT = 1
"""Format of the file, also its ``PRAGMA user_version``."""
Words = Callable[[str, str | None], str | None]
AFFINITIES = {int: "INTEGER", float: "REAL", str: "TEXT"}


def write_tables(
    path: Path, tables: Mapping[str, Table], *, words: Words | None = None, what: str = "a run"
) -> None:
    """Write `tables` to the new file `path`.

    Parameters
    ----------
    path : Path
    tables : mapping of str to Table
        By name; the name ``about`` is taken.
    words : callable, optional
        What a column is, or a table if there is no column; by default those of a run.
    what : str
        What the tables are of.

    Raises
    ------
    ValueError
        If a table has no columns, or two whose names differ in their case alone; if one is called
        ``about``.
    OSError
        If it cannot be written.
    """
    for name, table in tables.items():
        _check(name, table)
    rows = _about(tables, words or _run_words, what)
    described = Table(dict(zip(_ABOUT, zip(*rows, strict=True), strict=True)))
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as base:
            base.execute("PRAGMA journal_mode = OFF")  # the file is new, and renamed when complete
            base.execute("PRAGMA synchronous = OFF")
            base.execute(f"PRAGMA user_version = {FORMAT}")
            base.execute("BEGIN")
            for name, table in ({ABOUT: described} | dict(tables)).items():
                _write(base, name, table)
            base.execute("COMMIT")
    except sqlite3.OperationalError as error:
        msg = f"{path.name}: {error}"
        raise OSError(msg) from error


_ABOUT = ("table_name", "column_name", "unit", "description")


def _run_words(table: str, column: str | None) -> str | None:
    return table_words(table) if column is None else column_words(table, column)


def _about(tables: Mapping[str, Table], words: Words, what: str) -> Iterator[tuple[Cell, ...]]:
    """Rows of the table about the others: of the file, each table, and each of its columns."""
    yield ABOUT, None, None, f"tables of {what} of chipemu, format {FORMAT}"
    for name, table in tables.items():
        yield name, None, None, words(name, None)
        for column in table.columns:
            yield name, column, column_unit(column), words(name, column)


def _check(name: str, table: Table) -> None:
    folded = [column.casefold() for column in table.columns]
    if name.casefold() == ABOUT:
        msg = f"a table of a run cannot be called {name}"
        raise ValueError(msg)
    if not folded or len(set(folded)) < len(folded):
        msg = f"table {name}: columns {list(table.columns)} cannot be those of a database"
        raise ValueError(msg)


def _write(base: sqlite3.Connection, name: str, table: Table) -> None:
    columns = ", ".join(
        f"{_quoted(column)} {_affinity(values)}".rstrip()
        for column, values in table.columns.items()
    )
    base.execute(f"CREATE TABLE {_quoted(name)} ({columns})")
    places = ", ".join("?" for _ in table.columns)
    base.executemany(f"INSERT INTO {_quoted(name)} VALUES ({places})", table.rows())


def _affinity(values: Sequence[Cell]) -> str:
    """Type of a column whose values are of one type; others have none, and stay as they are."""
    kinds = {type(value) for value in values if value is not None}
    return AFFINITIES[kinds.pop()] if len(kinds) == 1 else ""


def _quoted(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def read_tables(path: Path) -> dict[str, Table]:
    """All tables of a file but for ``about``; none if there is no file.

    Raises
    ------
    ValueError
        If it is no such file, or damaged.
    """
    if not path.is_file():
        return {}
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as base:
            names = base.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
            return {name: _read(base, name) for (name,) in names if name != ABOUT}
    except sqlite3.Error as error:
        msg = f"{path.name}: {error}"
        raise ValueError(msg) from error


def _read(base: sqlite3.Connection, name: str) -> Table:
    found = base.execute(f"SELECT * FROM {_quoted(name)} ORDER BY rowid")
    heads = [head for head, *_ in found.description]
    rows = found.fetchall()
    columns = zip(*rows, strict=True) if rows else ((),) * len(heads)
    return Table(dict(zip(heads, columns, strict=True)))
