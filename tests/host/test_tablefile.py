"""The SQLite file of a run's tables: types, order, units, equal bytes, and what is refused."""

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.datatable import Cell, Table
from host.tablefile import FORMAT, read_tables, write_tables

CELLS = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0")),
)
CHIPS = Table(
    {"chip": [1, 0], "busy_ps": [2**62, None], "energy_j": [0.5, 2.0], 'a "name"': ["x", "12"]}
)


def asked(path: Path, question: str) -> list[tuple[Cell, ...]]:
    with closing(sqlite3.connect(path)) as base:
        return base.execute(question).fetchall()


@given(rows=st.lists(st.tuples(CELLS, CELLS), max_size=5))
def test_all_cells_survive(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[Cell, Cell]]
) -> None:
    table = Table({"a": [a for a, _ in rows], "b": [b for _, b in rows]})
    path = tmp_path_factory.mktemp("tables") / "tables.sqlite"
    write_tables(path, {"table": table, "order": CHIPS})
    read = read_tables(path)
    assert list(read) == ["table", "order"]
    assert read["table"] == table
    types = [[type(cell) for cell in row] for row in read["table"].rows()]
    assert types == [[type(cell) for cell in row] for row in table.rows()]


def test_columns_have_types_and_rows_their_order(tmp_path: Path) -> None:
    write_tables(tmp_path / "t", {"chips": CHIPS})
    columns = asked(tmp_path / "t", "SELECT name, type FROM pragma_table_info('chips')")
    assert columns == [
        ("chip", "INTEGER"),
        ("busy_ps", "INTEGER"),
        ("energy_j", "REAL"),
        ('a "name"', "TEXT"),
    ]
    assert asked(tmp_path / "t", "SELECT chip FROM chips WHERE busy_ps IS NULL") == [(0,)]
    frame = pd.read_sql("SELECT * FROM chips", sqlite3.connect(tmp_path / "t"))
    assert frame["energy_j"].dtype == np.float64
    assert frame["chip"].tolist() == [1, 0]


def test_the_file_says_what_is_in_it(tmp_path: Path) -> None:
    table = Table({"x": [0], "busy_ps": [7], "Earliest_send_time": [None], "unheard_of": [1]})
    write_tables(tmp_path / "t", {"cores": table})
    about = asked(tmp_path / "t", "SELECT column_name, unit, description FROM about")
    assert about[0][2] == f"tables of a run of chipemu, format {FORMAT}"
    assert about[2:] == [
        ("x", None, "chip"),
        ("busy_ps", "ps", "time in which the core worked"),
        (
            "Earliest_send_time",
            "ps",
            "earliest time after its tick at which a packet was sent",
        ),
        ("unheard_of", None, None),
    ]
    assert asked(tmp_path / "t", "PRAGMA user_version") == [(FORMAT,)]


def test_equal_tables_give_equal_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_tables(tmp_path / name, {"chips": CHIPS, "empty": Table({"x": []})})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert read_tables(tmp_path / "a")["empty"] == Table({"x": ()})


def test_no_file_has_no_tables(tmp_path: Path) -> None:
    assert read_tables(tmp_path / "none") == {}


@pytest.mark.parametrize("columns", [{}, {"x": [1], "X": [2]}], ids=["none", "case"])
def test_columns_that_a_database_cannot_have(tmp_path: Path, columns: dict[str, list[int]]) -> None:
    with pytest.raises(ValueError, match=r"table bad: columns .* cannot be those of a database"):
        write_tables(tmp_path / "t", {"bad": Table(columns)})
    assert not (tmp_path / "t").exists()


def test_a_name_that_is_taken(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be called About"):
        write_tables(tmp_path / "t", {"About": CHIPS})


def test_damaged_file(tmp_path: Path) -> None:
    write_tables(tmp_path / "t", {"chips": CHIPS})
    (tmp_path / "t").write_bytes((tmp_path / "t").read_bytes()[:5000])
    with pytest.raises(ValueError, match="t: "):
        read_tables(tmp_path / "t")
    (tmp_path / "t").write_text("no database " * 100)
    with pytest.raises(ValueError, match="file is not a database"):
        read_tables(tmp_path / "t")


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="unable to open database file"):
        write_tables(tmp_path / "none/t", {"chips": CHIPS})
