"""Comma-separated values: a file for each table, and one that tells what the columns are."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from host.export.columns import Columns, columns_of
from host.export.formats import copy_account
from host.results import Results

__all__ = ["write"]


def write(results: Results, folder: Path) -> None:
    """Write ``<table>.csv`` of all tables, and ``about.csv``, to `folder`."""
    about: list[Sequence[Any]] = []
    for table in columns_of(results):
        _write(folder / f"{table.name}.csv", list(table.columns), _rows(table))
        about += [
            (table.name, name, column.unit, column.words) for name, column in table.columns.items()
        ]
    _write(folder / "about.csv", ["table_name", "column_name", "unit", "description"], about)
    copy_account(results, folder)


def _rows(table: Columns) -> Iterable[Sequence[Any]]:
    plain = [
        values.tolist() if isinstance(values, np.ndarray) else values
        for values, *_ in table.columns.values()
    ]
    return zip(*plain, strict=True)


def _write(path: Path, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(heads)
        writer.writerows(rows)
