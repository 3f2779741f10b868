"""How long placers that search may do so, by the clock of this computer.

A search that cools down, such as annealing, is worth little if it is stopped while it is hot. A
placer with a budget of time is therefore called twice: first to see how many moves it makes in a
short time, then for as many as fit the rest.
"""

import time
from collections.abc import Callable
from dataclasses import replace

from host.progress import Clock
from mapping.graph import MachineGraph
from mapping.machine import Machine
from mapping.place import Placement, Placer, Search

__all__ = ["watch", "within_budget"]

TRIAL_S = 0.5
"""Longest trial; a tenth of the budget if that is shorter."""
MANY_MOVES = 10**12
"""More than any trial makes."""
PART = 0.95
"""Of the moves that the rest of the budget should suffice for."""


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
        end_s = time.perf_counter() + budget_s
        trial = _Trial(min(TRIAL_S, budget_s / 10))
        tried = replace(search, moves=MANY_MOVES, proceed=trial.proceed)
        placement = placer(graph, machine, tried)
        left_s = end_s - time.perf_counter() - trial.setup_s
        n_moves = int(PART * trial.moves_hz * left_s)
        if n_moves < 1:  # no search, or no time left
            return placement
        start_s = end_s - left_s

        def proceed(share: float, cost: float) -> bool:
            now_s = time.perf_counter()
            used = (now_s - start_s) / left_s
            return search.proceed(min(1.0, max(share, used)), cost) and now_s < end_s

        return placer(graph, machine, replace(search, moves=n_moves, proceed=proceed))

    return place


class _Trial:
    """Measures the pace of a search, and stops it after `limit_s`."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s, self._begin_s = limit_s, time.perf_counter()
        self._first: tuple[float, float] | None = None
        self.moves_hz = 0.0
        self.setup_s = 0.0
        """Time before the search proper."""

    def proceed(self, share: float, cost: float) -> bool:
        del cost
        now_s = time.perf_counter()
        if self._first is None:
            self._first = (now_s, share)
            self.setup_s = now_s - self._begin_s
            return True
        first_s, first = self._first
        if share > first and now_s > first_s:
            self.moves_hz = (share - first) * MANY_MOVES / (now_s - first_s)
        return now_s - first_s < self._limit_s
