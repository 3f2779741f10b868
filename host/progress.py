"""How far a run has come: phases, each with a share done, shown or not.

The pipeline reports to a `Progress` and does not know whether it is a bar on a terminal, lines in
a log or nothing.
"""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as RichBars

__all__ = ["COMPILING", "LineProgress", "Progress", "SilentProgress", "TerminalProgress", "shown"]

COMPILING = "compiling kernels (first run only)"
"""Name of the phase in which kernels are compiled because the cache lacks them."""
WORTH_TELLING_S = 2.0
"""How far a phase has come is told once it has taken this long."""


class Progress(Protocol):
    """What a long piece of work reports to."""

    def phase(self, name: str, total: float | None = None) -> AbstractContextManager[None]:
        """Context in which the phase `name` runs; `total` is its work, None if not known."""

    def advance(self, amount: float = 1.0) -> None:
        """Report that `amount` of the work of the innermost phase is done."""


class SilentProgress:
    """Shows nothing."""

    @contextmanager
    def phase(self, name: str, total: float | None = None) -> Iterator[None]:  # noqa: ARG002
        """Run the phase."""
        yield

    def advance(self, amount: float = 1.0) -> None:
        """Do nothing."""


class TerminalProgress:
    """A bar with the time that is left, one per phase, removed when all is done."""

    def __init__(self, bars: RichBars) -> None:
        self._bars = bars
        self._running: list[TaskID] = []

    @contextmanager
    def phase(self, name: str, total: float | None = None) -> Iterator[None]:
        """Show a bar for the phase; it pulses if `total` is None."""
        task = self._bars.add_task(name, total=total)
        self._running.append(task)
        try:
            yield
        finally:
            self._running.pop()
            self._bars.update(task, total=total or 1.0, completed=total or 1.0)
            self._bars.stop_task(task)

    def advance(self, amount: float = 1.0) -> None:
        """Move the bar of the innermost phase."""
        self._bars.advance(self._running[-1], amount)


class LineProgress:
    """A plain line at the start of each phase, and at each quarter of the work of a long one."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._running: list[_Share] = []

    @contextmanager
    def phase(self, name: str, total: float | None = None) -> Iterator[None]:
        """Print the phase."""
        self._console.print(name, highlight=False, markup=False)
        self._running.append(_Share(name, total))
        try:
            yield
        finally:
            self._running.pop()

    def advance(self, amount: float = 1.0) -> None:
        """Print a line if another quarter of the work is done."""
        line = self._running[-1].advance(amount)
        if line:
            self._console.print(line, highlight=False, markup=False)


class _Share:
    """How much of a phase is done, and how long the rest will take at the same pace."""

    def __init__(self, name: str, total: float | None) -> None:
        self._name, self._total, self._done = name, total, 0.0
        self._start_s = time.monotonic()

    def advance(self, amount: float) -> str | None:
        before, self._done = self._done, self._done + amount
        if not self._total or int(4 * before / self._total) == int(4 * self._done / self._total):
            return None
        so_far_s = time.monotonic() - self._start_s
        if so_far_s < WORTH_TELLING_S or self._done >= self._total:
            return None
        left_s = so_far_s * (self._total / self._done - 1)
        return f"{self._name}: {self._done / self._total:.0%}, {max(0.0, left_s):.0f} s left"


@contextmanager
def shown(console: Console, *, quiet: bool) -> Iterator[Progress]:
    """Progress on `console` as suits it: a bar on a terminal, else lines; nothing if `quiet`."""
    if quiet:
        yield SilentProgress()
    elif console.is_terminal:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        with RichBars(*columns, console=console, transient=True) as bars:
            yield TerminalProgress(bars)
    else:
        yield LineProgress(console)
