"""The tidy table of a sweep as files: comma-separated values, and an SQLite database."""

import csv
from pathlib import Path

from host.atomic import complete
from host.sweep.results import SweepResults
from host.sweep.words import column_words
from host.tablefile import TABLES, write_tables

__all__ = ["CSV", "write_table"]

CSV = "sweep.csv"


def write_table(results: SweepResults) -> tuple[Path, ...]:
    """Write the table of `results` into its folder, each file in one stroke.

    Returns
    -------
    tuple of Path
        ``sweep.csv``, and ``tables.sqlite`` with the table ``points``.
    """
    paths = (results.folder / CSV, results.folder / TABLES)
    with complete(paths[0]) as path, path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(results.table.columns)
        writer.writerows(results.table.rows())
    with complete(paths[1]) as path:
        path.unlink(missing_ok=True)
        write_tables(path, {"points": results.table}, words=column_words, what="a sweep")
    return paths
