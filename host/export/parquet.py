"""Apache Parquet: a file for each table; units and what columns are as metadata of the fields."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from host.export.columns import Column, Columns, columns_of
from host.export.formats import copy_account
from host.results import Results

__all__ = ["write"]


def write(results: Results, folder: Path) -> None:
    """Write ``<table>.parquet`` of all tables to `folder`."""
    for table in columns_of(results):
        pq.write_table(_table(table), folder / f"{table.name}.parquet", compression="zstd")
    copy_account(results, folder)


def _table(table: Columns) -> Any:
    arrays = {name: _array(column) for name, column in table.columns.items()}
    fields = [
        pa.field(name, array.type, metadata=_metadata(table.columns[name]))
        for name, array in arrays.items()
    ]
    schema = pa.schema(fields, metadata={"description": table.words or ""})
    return pa.Table.from_arrays(list(arrays.values()), schema=schema)


def _array(column: Column) -> Any:
    """Values of a column; those of different types become text."""
    values = column.values
    if isinstance(values, np.ndarray):
        return pa.array(values).dictionary_encode() if values.dtype == object else pa.array(values)
    kinds = {type(value) for value in values if value is not None}
    if len(kinds) > 1 and str in kinds:
        return pa.array([None if value is None else str(value) for value in values])
    if kinds == {int, float}:
        return pa.array(values, pa.float64())
    return pa.array(values)


def _metadata(column: Column) -> dict[str, str]:
    return {"unit": column.unit or "", "description": column.words or ""}
