"""Searches with a budget of time, by a clock that the search itself moves."""

import numpy as np
import pytest

from host.progress import Clock, SilentProgress
from host.search import watch, within_budget
from mapping.graph import MachineGraph
from mapping.machine import Machine
from mapping.place import Placement, Search

NOTHING = Placement(np.zeros(0, np.int32), np.zeros(0, np.int16))


class Time:
    """Seconds that pass only if told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 1000.0
        monkeypatch.setattr("host.search.time.perf_counter", lambda: self.now_s)


class Seeker:
    """A placer that searches: the moves of each call, and how far it got."""

    def __init__(self, time: Time, *, setup_s: float = 0.0, moves_hz: float = 1000.0) -> None:
        self._time, self._setup_s, self._moves_hz = time, setup_s, moves_hz
        self.calls: list[tuple[int, float]] = []

    def __call__(self, graph: MachineGraph, machine: Machine, search: Search) -> Placement:
        self._time.now_s += self._setup_s
        assert search.moves is not None
        batch_s, share = 0.01, 0.0
        while share < 1:
            self._time.now_s += batch_s
            share = min(1.0, share + batch_s * self._moves_hz / search.moves)
            if not search.proceed(share, 1.0 - share / 2):
                break
        self.calls.append((search.moves, share))
        return NOTHING


def place(placer: object, budget_s: float, search: Search | None = None) -> None:
    within_budget(placer, budget_s)(None, None, search or Search())  # type: ignore[arg-type]


@pytest.mark.parametrize("budget_s", [1.0, 10.0, 600.0])
@pytest.mark.parametrize("setup_s", [0.0, 0.05])
def test_the_last_search_is_whole_and_fills_the_budget(
    monkeypatch: pytest.MonkeyPatch, budget_s: float, setup_s: float
) -> None:
    time = Time(monkeypatch)
    seeker = Seeker(time, setup_s=setup_s)
    place(seeker, budget_s)
    assert [share for _, share in seeker.calls][1:] == [1.0, 1.0]
    assert 0.75 * budget_s < time.now_s - 1000.0 <= budget_s
    assert seeker.calls[-1][0] > 500 * budget_s


def test_a_search_that_becomes_slower_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    time = Time(monkeypatch)
    seeker = Seeker(time)
    told: list[float] = []

    def slows(share: float, cost: float) -> bool:
        time.now_s += 0.1 if len(seeker.calls) == 2 else 0.0
        told.append(share)
        return True

    place(seeker, 2.0, Search(proceed=slows))
    assert time.now_s - 1000.0 == pytest.approx(2.0, abs=0.2)
    assert seeker.calls[-1][1] < 1.0
    assert told == sorted(told)
    assert max(told) == 1.0


def test_a_search_that_takes_longer_to_set_up_than_the_budget_is_set_up_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    time = Time(monkeypatch)
    seeker = Seeker(time, setup_s=7.0)
    place(seeker, 10.0)
    assert len(seeker.calls) == 1
    assert time.now_s < 1000.0 + 10.0


def test_a_placer_that_does_not_search_is_called_once() -> None:
    calls = []

    def placer(graph: MachineGraph, machine: Machine, search: Search) -> Placement:
        calls.append(search.seed)
        return NOTHING

    place(placer, 60.0, Search(seed=7))
    assert calls == [7]


def test_the_user_can_stop_it(monkeypatch: pytest.MonkeyPatch) -> None:
    seeker, told = Seeker(Time(monkeypatch)), []

    def proceed(share: float, cost: float) -> bool:
        told.append(share)
        return len(told) < 3

    place(seeker, 10.0, Search(proceed=proceed))
    assert len(seeker.calls) == 1


def test_a_search_is_shown_with_its_cost() -> None:
    class Heard(SilentProgress):
        def report(self, share: float, note: str) -> None:
            assert (share, note) == (0.25, "cost 0.9877")

    assert watch(Clock(Heard()))(0.25, 0.98765)
