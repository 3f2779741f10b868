"""Processes that run points, and what happens when they are killed."""

from pathlib import Path

import pytest

from host.sweep import LocalPool, load_sweep, run_sweep
from host.sweep.resources import default_workers, n_processors
from tests.host.sweep.stubs import Notes, fragile, patient, plan_of


def test_a_process_that_is_killed_costs_its_point_one_more_try(tmp_path: Path) -> None:
    notes = Notes()
    pool = LocalPool(1, fragile)
    results = run_sweep(plan_of([1, 2, 3]), tmp_path / "a", pool, listener=notes)
    assert [point.status for point in results.points] == ["done", "done", "failed"]
    assert sorted(number for number, _ in notes.starts) == [1, 2, 2, 3, 3]
    assert sorted(notes.ends) == [(1, "done"), (2, "done"), (3, "failed")]
    error = results.points[2].error
    assert error is not None
    assert error.type == "WorkerDied"
    assert "by SIGKILL, and so did the one before it" in error.message


def test_processes_stop_when_they_are_asked_to(tmp_path: Path) -> None:
    class Interrupting(Notes):
        def tick(self) -> None:
            if self.starts and not self.n_stops:
                raise KeyboardInterrupt

    notes = Interrupting()
    with pytest.raises(KeyboardInterrupt):
        run_sweep(plan_of([1, 2]), tmp_path / "a", LocalPool(1, patient), listener=notes)
    assert notes.n_stops == 1
    assert notes.ends == [(1, "missing")]
    assert load_sweep(tmp_path / "a").n("missing") == 2


def test_workers_by_processors_and_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    assert default_workers([1e6]) == 1
    assert 1 <= default_workers([1e6] * 100) <= n_processors()
    assert default_workers([1e12] * 100) == 1
