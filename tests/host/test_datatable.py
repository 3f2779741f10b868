"""Tables: columns of one length, rows in order."""

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


def test_columns_of_different_length() -> None:
    with pytest.raises(ValueError, match=r"differ in length: \{'x': 1, 'y': 2\}"):
        Table({"x": [1], "y": [1, 2]})
