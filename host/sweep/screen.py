"""What people see while a sweep runs: a table that is alive on a terminal, else lines."""

import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from host.datatable import Cell
from host.sweep.drive import Listener, NoListener
from host.sweep.folder import Status, read_error
from host.sweep.plan import Plan, Point
from host.sweep.rows import read_summary, summary_row
from host.sweep.tables import (
    SHOWN,
    Row,
    counts_line,
    rows_table,
    short_names,
    shown_cell,
    shown_status,
    shown_values,
)

__all__ = ["shown_sweep"]

MOST_LAST = 8
"""Points that have ended and stay in sight."""
STOPPING = "stopping the points under way; press Ctrl-C again to stop at once"
WAITING = "waiting for a worker"
WORTH_TELLING_S = 10.0
"""How long to wait until it is told."""
MOST_RUNNING = 16
MOST_OF_ERROR = 50
"""Characters of an error that are shown beside its point."""


@contextmanager
def shown_sweep(console: Console, *, quiet: bool) -> Iterator[Listener]:
    """What shows a sweep on `console` as suits it; nothing if `quiet`."""
    if quiet:
        yield NoListener()
    elif console.is_terminal:
        with Live(console=console, transient=True, auto_refresh=False) as live:
            yield LiveScreen(live)
    else:
        yield LineScreen(console)


class _Ended(NamedTuple):
    """What is shown of a point that has ended."""

    point: Point
    status: Status
    cells: dict[str, Cell]
    error: str

    @property
    def note(self) -> str:
        """Its error, or the results that say most."""
        said = {name: self.cells.get(key) for key, name in SHOWN.items()}
        shown = (f"{name} {shown_cell(cell)}" for name, cell in said.items() if cell is not None)
        return self.error or ", ".join(shown)

    @property
    def what(self) -> Text:
        """Its status, and the beginning of its error."""
        text = shown_status(self.status)
        if self.error:
            text.append(f": {self.error}")
            text.truncate(MOST_OF_ERROR, overflow="ellipsis")
        return text


def _look(point: Point, status: Status, folder: Path) -> _Ended:
    """Look into the folder of a point that has ended."""
    if status == "done":
        return _Ended(point, status, summary_row(read_summary(folder)), "")
    error = read_error(folder)
    return _Ended(point, status, {}, "" if error is None else f"{error.type}: {error.message}")


class Pace:
    """How many points have ended, and how long the rest will take at the same pace.

    Parameters
    ----------
    statuses : mapping of str to Status
        Of all points, by name of folder.
    """

    def __init__(self, statuses: Mapping[str, Status]) -> None:
        self.statuses = dict(statuses)
        self._begin_s = time.monotonic()
        self._n_before = self.n_ended

    @property
    def n_ended(self) -> int:
        """Points that have ended, now or before."""
        return sum(status != "missing" for status in self.statuses.values())

    @property
    def n_left(self) -> int:
        """Points that have not ended."""
        return len(self.statuses) - self.n_ended

    @property
    def so_far_s(self) -> float:
        """Wall time since this began (s)."""
        return time.monotonic() - self._begin_s

    def text(self) -> str:
        """Counts, and times as far as they are known."""
        counts = counts_line(self.statuses.values())
        return f"{counts}; {_clock(self.so_far_s)}{self._left()}"

    def short(self) -> str:
        """How many points have ended, and the time that is left."""
        return f"[{self.n_ended}/{len(self.statuses)}{self._left()}]"

    def _left(self) -> str:
        n_ended, n_left = self.n_ended - self._n_before, self.n_left
        return f", {_clock(self.so_far_s * n_left / n_ended)} left" if n_ended and n_left else ""


def _clock(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))


class LineScreen:
    """A plain line for each point that ends."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._pace = Pace({})
        self._keys: tuple[str, ...] = ()
        self._has_begun = False

    def begin(self, plan: Plan, statuses: Mapping[str, Status]) -> None:
        """Print what there is to do."""
        self._pace, self._keys = Pace(statuses), plan.keys
        self._print(f"sweep {plan.name}: {counts_line(statuses.values())}")

    def started(self, point: Point, worker: str) -> None:  # noqa: ARG002
        """Print nothing."""
        self._has_begun = True

    def ended(self, point: Point, status: Status, folder: Path) -> None:
        """Print what came of the point."""
        if status == "missing":  # it was stopped
            return
        self._pace.statuses[point.folder] = status
        seen = _look(point, status, folder)
        named = zip(short_names(self._keys), shown_values(point.values), strict=True)
        values = ", ".join(f"{name} {value}" for name, value in named)
        which = f"point {point.number} ({values})" if values else f"point {point.number}"
        what = f"{which} {shown_status(status)}: {seen.note}"
        self._print(f"{self._pace.short()} {what}")

    def stopping(self) -> None:
        """Print what happens."""
        self._print(STOPPING)

    def tick(self) -> None:
        """Say once if no worker begins."""
        if not self._has_begun and self._pace.so_far_s > WORTH_TELLING_S:
            self._has_begun = True
            self._print(WAITING)

    def _print(self, line: str) -> None:
        self._console.print(line, highlight=False, soft_wrap=True)


class LiveScreen:
    """A table of the points that run and of those that ended last, below how far all is."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._plan: Plan | None = None
        self._pace = Pace({})
        self._running: dict[str, tuple[Point, float]] = {}
        self._last: deque[_Ended] = deque(maxlen=MOST_LAST)
        self._is_stopping = False

    def begin(self, plan: Plan, statuses: Mapping[str, Status]) -> None:
        """Show what there is to do."""
        self._plan, self._pace = plan, Pace(statuses)
        self.tick()

    def started(self, point: Point, worker: str) -> None:  # noqa: ARG002
        """Show the point among those that run."""
        self._running[point.folder] = (point, time.monotonic())

    def ended(self, point: Point, status: Status, folder: Path) -> None:
        """Show what came of the point."""
        self._running.pop(point.folder, None)
        if status != "missing":
            self._pace.statuses[point.folder] = status
            self._last.append(_look(point, status, folder))

    def stopping(self) -> None:
        """Say so."""
        self._is_stopping = True
        self.tick()

    def tick(self) -> None:
        """Draw anew."""
        if self._plan is not None:
            self._live.update(self._view(self._plan), refresh=True)

    def _view(self, plan: Plan) -> RenderableType:
        head = Table.grid(padding=(0, 1))
        bar = ProgressBar(total=max(1, len(plan.points)), completed=self._pace.n_ended, width=30)
        head.add_row(Text(plan.name, "bold"), bar, self._pace.text())
        return Group(head, Text(self._note(), "yellow"), self._points(plan))

    def _note(self) -> str:
        is_waiting = self._pace.n_left and not self._running
        return STOPPING if self._is_stopping else WAITING if is_waiting else ""

    def _points(self, plan: Plan) -> Table:
        rows = [
            Row(seen.point.number, shown_values(seen.point.values), seen.what, seen.cells)
            for seen in self._last
        ]
        for point, since_s in list(self._running.values())[:MOST_RUNNING]:
            what = Text(f"runs {_clock(time.monotonic() - since_s)}", "cyan")
            rows.append(Row(point.number, shown_values(point.values), what))
        return rows_table(plan.keys, rows, self._live.console.width)
