"""A piece of work that takes longer for every packet taken meanwhile."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

__all__ = ["Mark", "Piece"]

Mark = tuple[int, Callable[[], None]]
"""Work (ps) after which something happens, and what."""


@dataclass(slots=True)
class _Due:
    time_ps: int
    work_ps: int
    action: Callable[[], None]


class Piece:
    """A piece of work under way.

    Parameters
    ----------
    begin_ps : int
    marks : iterable of Mark
        What happens in its course and at its end, in order.
    count : callable
        Told how much more of the work (ps) has been done: at each mark, and when asked for.
    counted_ps : int
        Work that has been counted already.
    """

    def __init__(
        self,
        begin_ps: int,
        marks: Iterable[Mark],
        count: Callable[[int], None],
        counted_ps: int = 0,
    ) -> None:
        self._begin_ps, self._count, self._counted_ps = begin_ps, count, counted_ps
        self._delay_ps = 0
        self._due = deque(_Due(begin_ps + work_ps, work_ps, action) for work_ps, action in marks)

    @property
    def next_ps(self) -> int | None:
        """When its next mark is due, unless packets come; None: it has ended."""
        return self._due[0].time_ps if self._due else None

    def advance(self, now_ps: int) -> None:
        """Let what is due happen."""
        while self._due and self._due[0].time_ps <= now_ps:
            due = self._due.popleft()
            self._count_up_to(due.work_ps)
            due.action()

    def delay(self, now_ps: int, by_ps: int) -> None:
        """Delay what is due later than now, since a packet is taken."""
        self._delay_ps += by_ps
        for due in self._due:
            if due.time_ps > now_ps:
                due.time_ps += by_ps

    def count_work(self, now_ps: int) -> int:
        """Count the work done up to now, and give it."""
        done_ps = self._done_ps(now_ps)
        self._count_up_to(done_ps)
        return done_ps

    def ahead_ps(self, now_ps: int) -> int:
        """Count the work done up to now, and give by how much the account is ahead of the time.

        That is what is left of a piece that was counted when it was begun, or of an interrupt.
        """
        done_ps = self._done_ps(now_ps)
        self._count_up_to(max(done_ps, self._counted_ps))
        return self._counted_ps - done_ps

    def _done_ps(self, now_ps: int) -> int:
        """Work done, had all packets been taken by now."""
        return now_ps - self._begin_ps - self._delay_ps

    def _count_up_to(self, work_ps: int) -> None:
        self._count(work_ps - self._counted_ps)
        self._counted_ps = work_ps
