"""What experiments write: tables of one row per observation, and figures."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from host.experiments import Cell

__all__ = ["COLOURS", "save_figure", "write_rows"]

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Told apart by the colour-blind (Okabe & Ito 2008)."""


def write_rows(path: Path, rows: Iterable[Mapping[str, Cell]]) -> Path:
    """Write a CSV file with a column for each name that a row has."""
    kept = list(rows)
    columns = dict.fromkeys(name for row in kept for name in row)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept)
    return path


def save_figure(figure: Figure, stem: Path) -> tuple[Path, Path]:
    """Write a figure as PNG and as SVG, the same bytes each time."""
    png, svg = stem.with_name(f"{stem.name}.png"), stem.with_name(f"{stem.name}.svg")
    with mpl.rc_context({"svg.hashsalt": "chipemu"}):
        figure.savefig(png)
        figure.savefig(svg, metadata={"Date": None})
    return png, svg
