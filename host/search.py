"""How long placers that search may do so, by the clock of this computer.

A search that cools down, such as annealing, is worth little if it is stopped while it is hot: it
must know from the start how many moves it has. A placer with a budget of time is therefore called
three times: for a moment, to see its pace; for a whole short search, since the pace rises or falls
as it goes on; and for as many moves as fit the rest.
"""

import time
from collections.abc import Callable
from dataclasses import replace

from host.progress import Clock
from mapping.graph import MachineGraph
from mapping.machine import Machine
from mapping.place import Placement, Placer, Search

__all__ = ["watch", "within_budget"]

MOMENT = 0.02
"""Of the budget, to see the pace."""
REHEARSAL = 0.15
"""Of the budget, for a whole short search."""
MAIN = 0.9
"""Of the moves that the rest of the budget should suffice for."""
MANY_MOVES = 10**12
"""More than any search makes in a moment."""


def watch(clock: Clock) -> Callable[[float, float], bool]:
    """What a search reports to: the progress of `clock`; the search may go on."""

    def proceed(share: float, cost: float) -> bool:
        clock.progress.report(share, f"cost {cost:.4g}")
        return True

    return proceed


def within_budget(placer: Placer, budget_s: float) -> Placer:
    """`placer`, with a search that makes use of `budget_s` seconds of wall time and then stops.

    Placers that do not search are called once, as they are.
    """

    def place(graph: MachineGraph, machine: Machine, search: Search) -> Placement:
        start_s = time.perf_counter()
        end_s = start_s + budget_s

        def call(n_moves: int, stop_s: float) -> tuple[Placement, _Watch]:
            seen = _Watch(search.proceed, start_s, budget_s, stop_s)
            return placer(graph, machine, replace(search, moves=n_moves, proceed=seen)), seen

        placement, seen = call(MANY_MOVES, start_s + MOMENT * budget_s)
        n_moves = int(REHEARSAL * seen.pace_hz(MANY_MOVES) * budget_s)
        if time.perf_counter() + seen.setup_s >= end_s:
            return placement
        if n_moves:  # else there is no search, or no time for it
            placement, seen = call(n_moves, end_s)
            n_main = int(
                MAIN * seen.pace_hz(n_moves) * (end_s - time.perf_counter() - seen.setup_s)
            )
            if n_main > n_moves:
                placement, _ = call(n_main, end_s)
        return placement

    return place


class _Watch:
    """Follows a search: tells how far the budget is used, stops the search, measures its pace."""

    def __init__(
        self, tell: Callable[[float, float], bool], start_s: float, budget_s: float, stop_s: float
    ) -> None:
        self._tell, self._start_s, self._budget_s, self._stop_s = tell, start_s, budget_s, stop_s
        self._begin_s = time.perf_counter()
        self._first = self._last = (0.0, 0.0)
        self.setup_s = 0.0
        """Time before the search proper."""

    def __call__(self, share: float, cost: float) -> bool:
        now_s = time.perf_counter()
        if not self.setup_s:
            self.setup_s = now_s - self._begin_s
            self._first = (now_s, share)
        self._last = (now_s, share)
        used = (now_s - self._start_s) / self._budget_s
        if not self._tell(min(1.0, used), cost):
            self._first = self._last  # no pace: no further search
            return False
        return now_s < self._stop_s or self._first == self._last

    def pace_hz(self, n_moves: int) -> float:
        """Moves per second of a search of `n_moves`; 0 if it was not seen to move."""
        (first_s, first), (last_s, last) = self._first, self._last
        return (last - first) * n_moves / (last_s - first_s) if last_s > first_s else 0.0
