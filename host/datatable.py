"""A table of a run: named columns of equal length, whose cells are what a database has too.

Units stand at the end of the names of columns: ``energy_j``, ``busy_ps``, ``packets_hz``.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Cell", "Table"]

Cell = int | float | str | None
"""None: there is no such value."""


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of equal length by name.

    Attributes
    ----------
    columns : mapping of str to sequence of int, float, str or None
        Kept in this order, as tuples of plain values: those of NumPy become Python's, truth values
        0 and 1, what is not a number becomes None.

    Raises
    ------
    ValueError
        If the columns differ in length.
    TypeError
        If a cell is anything else.
    """

    columns: Mapping[str, Sequence[Cell]]

    def __post_init__(self) -> None:
        columns = {name: tuple(map(_plain, values)) for name, values in self.columns.items()}
        lengths = {name: len(values) for name, values in columns.items()}
        if len(set(lengths.values())) > 1:
            msg = f"columns of a table differ in length: {lengths}"
            raise ValueError(msg)
        object.__setattr__(self, "columns", columns)

    def __len__(self) -> int:
        """Give the number of rows."""
        return next((len(values) for values in self.columns.values()), 0)

    def rows(self) -> Iterator[tuple[Cell, ...]]:
        """All rows in their order, each a cell of every column."""
        return zip(*self.columns.values(), strict=True)


def _plain(value: Any) -> Cell:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float):
        return None if math.isnan(value) else float(value)
    if isinstance(value, str):
        return str(value)
    if value is None or isinstance(value, int):
        return value
    msg = f"a cell of a table is a number, a text or None, not {value!r}"
    raise TypeError(msg)
