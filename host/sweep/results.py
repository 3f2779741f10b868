"""What a sweep gave: its points with their run folders, and one tidy table of all."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from host.config import Config, load_config
from host.datatable import Cell, Table
from host.errors import OutputError
from host.results import Results, plain
from host.runfolder import load_run
from host.sweep.folder import (
    BASE,
    POINTS,
    PlannedPoint,
    PointError,
    Status,
    read_error,
    read_state,
    status_of,
)
from host.sweep.rows import columns_of, key_cell, read_summary, summary_row

__all__ = ["SweepPoint", "SweepResults", "load_sweep"]

HEAD = ("point", "status", "folder")
TAIL = ("error_type", "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepPoint:
    """A point of a sweep, and what became of it.

    Attributes
    ----------
    number : int
    values : mapping of str to object
        By configuration key that varies.
    folder : Path
        Its run folder; if its status is not ``"done"``, there is no run in it.
    status : {"done", "does_not_fit", "failed", "missing"}
    error : PointError or None
        Why it failed, or does not fit.
    """

    number: int
    values: Mapping[str, Any]
    folder: Path
    status: Status
    error: PointError | None = None

    def results(self) -> Results:
        """All results of the run.

        Raises
        ------
        OutputError
            If there is none.
        """
        if self.status != "done":
            msg = f"point {self.number} has no run: {self.status.replace('_', ' ')}"
            raise OutputError(msg)
        return load_run(self.folder)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SweepResults:
    """A sweep, finished or not.

    Attributes
    ----------
    name : str
    keys : tuple of str
        Configuration keys that vary.
    table : Table
        A row for each point: ``point``, ``status``, ``folder`` (under the sweep's), the keys, what
        the run showed (`host.sweep.rows.summary_row`), ``error_type`` and ``error``.
    folder : Path
    base : Config
        The configuration that the points change.
    points : tuple of SweepPoint
        In the order of the table.
    """

    name: str
    keys: tuple[str, ...]
    table: Table
    folder: Path
    base: Config
    points: tuple[SweepPoint, ...]

    def n(self, status: Status) -> int:
        """Number of points of this status."""
        return sum(point.status == status for point in self.points)

    def to_json(self) -> dict[str, Any]:
        """Account of the sweep, ready for JSON: counts by status, and the table row by row."""
        names = tuple(self.table.columns)
        return {
            "name": self.name,
            "folder": str(self.folder),
            "keys": list(self.keys),
            "counts": {status: self.n(status) for status in get_args(Status)},
            "base": plain(self.base),
            "points": [dict(zip(names, row, strict=True)) for row in self.table.rows()],
        }


def load_sweep(folder: Path | str) -> SweepResults:
    """Sweep that lies in `folder`, as far as it has come.

    Raises
    ------
    OutputError
        If `folder` is no sweep, or a file in it is damaged.
    """
    folder = Path(folder)
    state = read_state(folder)
    points = tuple(_point(folder, planned) for planned in state.points)
    rows = [_row(point, folder) for point in points]
    return SweepResults(
        name=state.name,
        keys=state.keys,
        table=Table(columns_of(rows, (*HEAD, *state.keys), TAIL)),
        folder=folder,
        base=load_config(folder / BASE),
        points=points,
    )


def _point(sweep: Path, planned: PlannedPoint) -> SweepPoint:
    folder = sweep / POINTS / planned.folder
    return SweepPoint(
        number=planned.number,
        values=planned.values,
        folder=folder,
        status=status_of(folder),
        error=read_error(folder),
    )


def _row(point: SweepPoint, sweep: Path) -> dict[str, Cell]:
    row: dict[str, Cell] = {
        "point": point.number,
        "status": point.status,
        "folder": point.folder.relative_to(sweep).as_posix(),
    }
    row |= {key: key_cell(value) for key, value in point.values.items()}
    if point.status == "done":
        row |= _summary_row(point.folder)
    if point.error is not None:
        row |= {"error_type": point.error.type, "error": point.error.message}
    return row


def _summary_row(folder: Path) -> dict[str, Cell]:
    try:
        return summary_row(read_summary(folder))
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        why = (str(error) or type(error).__name__).splitlines()[0]
        msg = (
            f"cannot read {folder}: another version wrote it, or it is damaged ({why}); remove it, "
            "and the point runs again"
        )
        raise OutputError(msg) from error
