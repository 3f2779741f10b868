"""A table of a run: named columns of equal length, whose cells are what a database has too.

Units stand at the end of the names of columns: ``energy_j``, ``busy_ps``, ``packets_hz``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Cell", "Table"]

Cell = int | float | str | None
"""None: there is no such value."""


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of equal length by name.

    Attributes
    ----------
    columns : mapping of str to sequence of int, float, str or None
        Kept as tuples, in this order.

    Raises
    ------
    ValueError
        If the columns differ in length.
    """

    columns: Mapping[str, Sequence[Cell]]

    def __post_init__(self) -> None:
        columns = {name: tuple(values) for name, values in self.columns.items()}
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
