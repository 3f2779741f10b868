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

__all__ = [
    "COMPILING",
    "KERNELS",
    "Clock",
    "LineProgress",
    "Progress",
    "SilentProgress",
    "TerminalProgress",
    "shown",
]

KERNELS = "kernels (the first run compiles them)"
"""Shown for the phase in which kernels of mapping are loaded."""
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

    def report(self, share: float, note: str) -> None:
        """Report which share of the innermost phase is done, 0 to 1, with a short remark."""


class SilentProgress:
    """Shows nothing."""

    @contextmanager
    def phase(self, name: str, total: float | None = None) -> Iterator[None]:  # noqa: ARG002
        """Run the phase."""
        yield

    def advance(self, amount: float = 1.0) -> None:
        """Do nothing."""

    def report(self, share: float, note: str) -> None:
        """Do nothing."""


class TerminalProgress:
    """A bar with the time that is left, one per phase, removed when all is done.

    Phases within a phase are removed with their end, so that the outer ones stay in sight.
    """

    def __init__(self, bars: RichBars) -> None:
        self._bars = bars
        self._running: list[TaskID] = []

    @contextmanager
    def phase(self, name: str, total: float | None = None) -> Iterator[None]:
        """Show a bar for the phase; it pulses if `total` is None."""
        task = self._bars.add_task("  " * len(self._running) + name, total=total, note="")
        self._running.append(task)
        try:
            yield
        finally:
            self._running.pop()
            self._bars.update(task, total=total or 1.0, completed=total or 1.0)
            self._bars.stop_task(task)
            if self._running:
                self._bars.remove_task(task)

    def advance(self, amount: float = 1.0) -> None:
        """Move the bar of the innermost phase."""
        self._bars.advance(self._running[-1], amount)

    def report(self, share: float, note: str) -> None:
        """Set the bar of the innermost phase, and say `note` beside its name."""
        task = self._running[-1]
        self._bars.update(task, total=1.0, completed=share, note=note)


class LineProgress:
    """A plain line at the start of each phase, and at each quarter of the work of a long one."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._running: list[_Share] = []

    @contextmanager
    def phase(self, name: str, total: float | None = None) -> Iterator[None]:
        """Print the phase."""
        name = "  " * len(self._running) + name
        self._console.print(name, highlight=False, markup=False)
        self._running.append(_Share(name, total))
        try:
            yield
        finally:
            self._running.pop()

    def advance(self, amount: float = 1.0) -> None:
        """Print a line if another quarter of the work is done."""
        self._print(self._running[-1].advance(amount))

    def report(self, share: float, note: str) -> None:
        """Print a line if another quarter is done."""
        self._print(self._running[-1].report(share, note))

    def _print(self, line: str | None) -> None:
        if line:
            self._console.print(line, highlight=False, markup=False)


class _Share:
    """How much of a phase is done, and how long the rest will take at the same pace."""

    def __init__(self, name: str, total: float | None) -> None:
        self._name, self._total, self._done = name, total, 0.0
        self._start_s = time.monotonic()

    def advance(self, amount: float) -> str | None:
        return self._reach(self._done + amount)

    def report(self, share: float, note: str) -> str | None:
        self._total = 1.0
        return self._reach(share, note)

    def _reach(self, done: float, note: str = "") -> str | None:
        before, self._done = self._done, done
        if not self._total or int(4 * before / self._total) == int(4 * done / self._total):
            return None
        so_far_s = time.monotonic() - self._start_s
        if so_far_s < WORTH_TELLING_S or done >= self._total:
            return None
        left_s = so_far_s * (self._total / done - 1)
        remark = f", {note}" if note else ""
        return f"{self._name}: {done / self._total:.0%}, {max(0.0, left_s):.0f} s left{remark}"


class Clock:
    """Wall time of each phase (s), shown as it passes.

    Attributes
    ----------
    wall_s : dict of str to float
        Wall time of the phases that have ended (s).
    progress : Progress
    """

    def __init__(self, progress: Progress) -> None:
        self._start_s: dict[str, float] = {}
        self.wall_s: dict[str, float] = {}
        self.progress = progress
        self.advance = progress.advance

    @contextmanager
    def phase(
        self, name: str, total: float | None = None, *, label: str | None = None
    ) -> Iterator[None]:
        """Time the phase `name`, and show it, by a longer `label` if there is one.

        The times of phases of one name add up.
        """
        self._start_s[name] = time.perf_counter() - self.wall_s.pop(name, 0.0)
        with self.progress.phase(label or name, total):
            yield
        self.wall_s[name] = self.so_far_s(name)

    @property
    def unfinished(self) -> str:
        """First phase that has begun and not ended, such as one that failed; empty if none."""
        return next((name for name in self._start_s if name not in self.wall_s), "")

    def so_far_s(self, name: str) -> float:
        """Time that a phase has taken (s)."""
        return self.wall_s.get(name, time.perf_counter() - self._start_s[name])


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
            TextColumn("{task.fields[note]}"),
        )
        with RichBars(*columns, console=console, transient=True) as bars:
            yield TerminalProgress(bars)
    else:
        yield LineProgress(console)
