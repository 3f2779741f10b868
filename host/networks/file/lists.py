"""Lists of synapses and of spikes that stand in a file of their own, beside the network file.

A CSV file has a line with the names of its columns, an NPZ file an array of each name. They lie in
the network file's folder or below, so that a network can be handed on as a folder.
"""

import csv
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from host.errors import ConfigError

__all__ = ["check_beside", "read_columns"]

SUFFIXES = (".csv", ".npz")
Columns = Mapping[str, NDArray[np.float64]]


def check_beside(file: str) -> None:
    """Check that `file` names a CSV or NPZ file in the network file's folder or below.

    Raises
    ------
    ConfigError
    """
    path = PurePosixPath(file)
    if path.is_absolute() or ".." in path.parts:
        msg = f"should lie beside the network file or in a folder below, got {file!r}"
        raise ConfigError(msg)
    if path.suffix not in SUFFIXES:
        msg = f"should be a file {' or '.join(SUFFIXES)}, got {file!r}"
        raise ConfigError(msg)


def read_columns(path: Path, needed: tuple[str, ...], possible: tuple[str, ...] = ()) -> Columns:
    """Columns of a CSV or NPZ file.

    Parameters
    ----------
    path : Path
    needed : tuple of str
        Columns that must be there.
    possible : tuple of str
        Those that may be there.

    Returns
    -------
    mapping of str to ndarray of float64, shape (n_rows,)

    Raises
    ------
    ConfigError
        If the file cannot be read, lacks a column or has one too many, or on a value that is no
        number; names the file, and the line of a CSV file.
    """
    try:
        columns = _of_npz(path) if path.suffix == ".npz" else _of_csv(path)
    except (OSError, UnicodeDecodeError) as error:
        msg = f"cannot read {path}: {getattr(error, 'strerror', None) or error}"
        raise ConfigError(msg) from error
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        msg = f"{path}: {str(error).splitlines()[0] if str(error) else 'no list'}"
        raise ConfigError(msg) from error
    for name in needed:
        if name not in columns:
            msg = f"{path} lacks column {name!r}; it has {', '.join(columns) or 'none'}"
            raise ConfigError(msg)
    for name in columns:
        if name not in (*needed, *possible):
            known = ", ".join((*needed, *possible))
            msg = f"{path}: unknown column {name!r}; known: {known}"
            raise ConfigError(msg)
    return columns


def _of_npz(path: Path) -> Columns:
    with np.load(path, allow_pickle=False) as file:
        found = {name: np.asarray(file[name], np.float64) for name in file.files}
    shapes = {column.shape for column in found.values()}
    if len(shapes) > 1 or any(len(shape) != 1 for shape in shapes):
        msg = f"columns have shapes {', '.join(map(str, sorted(shapes)))}; give lists of one length"
        raise ValueError(msg)
    return found


def _of_csv(path: Path) -> Columns:
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        names = [name.strip() for name in next(rows, [])]
        if len(set(names)) < len(names):
            msg = f"a column comes twice: {', '.join(names)}"
            raise ValueError(msg)
        values = [_numbers(row, len(names), rows.line_num) for row in rows if row]
    table = np.array(values, np.float64).reshape(len(values), len(names))
    return dict(zip(names, table.T.copy(), strict=True))


def _numbers(row: list[str], n_columns: int, line: int) -> list[float]:
    try:
        numbers = [float(text) for text in row]
    except ValueError as error:
        msg = f"line {line} should have numbers alone, got {','.join(row)!r}"
        raise ValueError(msg) from error
    if len(numbers) != n_columns:
        msg = f"line {line} has {len(numbers)} values for {n_columns} columns"
        raise ValueError(msg)
    return numbers
