"""Tables: columns of one length, rows in order."""

import math

import numpy as np
import pytest

from host.datatable import Table


def test_rows_and_length() -> None:
    table = Table({"chip": [0, 1], "energy_j": [0.5, None], "board": ["a", "b"]})
    assert len(table) == 2
    assert list(table.rows()) == [(0, 0.5, "a"), (1, None, "b")]
    assert len(Table({})) == 0


def test_what_was_given_may_change_later() -> None:
    values = [1, 2]
    table = Table({"x": values})
    values.append(3)
    assert table == Table({"x": (1, 2)})


def test_cells_become_plain_values() -> None:
    table = Table({"x": np.arange(2), "y": [np.float32(0.5), True], "z": [math.nan, "a"]})
    assert table.columns == {"x": (0, 1), "y": (0.5, 1), "z": (None, "a")}
    assert {type(cell) for row in table.rows() for cell in row} == {int, float, str, type(None)}
    with pytest.raises(TypeError, match=r"a number, a text or None, not \[1\]"):
        Table({"x": [[1]]})  # type: ignore[list-item]


def test_columns_of_different_length() -> None:
    with pytest.raises(ValueError, match=r"differ in length: \{'x': 1, 'y': 2\}"):
        Table({"x": [1], "y": [1, 2]})
