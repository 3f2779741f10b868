"""What people see of a sweep."""

import io
from pathlib import Path

import pytest
from rich.console import Console

import host.sweep.screen
from host.sweep import run_sweep
from host.sweep.screen import shown_sweep
from host.sweep.tables import plan_table, results_table
from host.sweep.work import Outcome, PointTask
from tests.host.sweep.stubs import HerePool, failing, plan_of, too_large, write_done


def mixed(task: PointTask) -> Outcome:
    return {2: too_large, 3: failing}.get(int(task.config.run.slowdown or 0), write_done)(task)


def console(*, is_terminal: bool) -> Console:
    return Console(file=io.StringIO(), force_terminal=is_terminal, width=100, color_system=None)


def written(screen: Console) -> str:
    assert isinstance(screen.file, io.StringIO)
    return screen.file.getvalue()


def test_a_line_for_each_point_that_ends(tmp_path: Path) -> None:
    screen = console(is_terminal=False)
    with shown_sweep(screen, quiet=False) as listener:
        run_sweep(plan_of([1, 2, 3]), tmp_path / "a", HerePool(mixed), listener=listener)
    first, *lines = written(screen).splitlines()
    assert first == "sweep mine: 3 to do"
    assert lines[0].startswith("[1/3, 0:00:0")
    assert lines[0].endswith(
        "left] point 1 (slowdown 1) done: uJ/event 0.6, cores 4, rtf 2, wall (s) 1.5"
    )
    assert "point 2 (slowdown 2) does not fit: DoesNotFitError: need 5, limit 4" in lines[1]
    assert lines[2] == "[3/3] point 3 (slowdown 3) failed: ValueError: no luck"


def test_a_table_that_is_alive_on_a_terminal(tmp_path: Path) -> None:
    screen = console(is_terminal=True)
    with shown_sweep(screen, quiet=False) as listener:
        run_sweep(plan_of([1, 2, 3]), tmp_path / "a", HerePool(mixed), listener=listener)
        last = written(screen)[-2500:]
    for text in (
        "1 done, 1 does not fit, 1 failed; 0:00:0",
        "uJ/event",
        "failed: ValueError: no luck",
    ):
        assert text in last


def test_a_terminal_shows_what_runs_and_that_it_stops(tmp_path: Path) -> None:
    screen = console(is_terminal=True)
    plan = plan_of([1, 2])
    with shown_sweep(screen, quiet=False) as listener:
        listener.begin(plan, {point.folder: "missing" for point in plan.points})
        listener.started(plan.points[0], "here")
        listener.stopping()
        assert "runs 0:00:00" in written(screen)
        assert "press Ctrl-C again" in written(screen)
        listener.ended(plan.points[0], "missing", tmp_path)
        listener.tick()
        assert "2 to do" in written(screen)[-300:]


def test_no_worker_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host.sweep.screen, "WORTH_TELLING_S", 0.0)
    plan = plan_of([1])
    for is_terminal in (True, False):
        screen = console(is_terminal=is_terminal)
        with shown_sweep(screen, quiet=False) as listener:
            listener.begin(plan, {point.folder: "missing" for point in plan.points})
            listener.tick()
            listener.tick()
            assert "waiting for a worker" in written(screen)
    assert written(screen).count("waiting") == 1


def test_nothing_if_quiet(tmp_path: Path) -> None:
    screen = console(is_terminal=True)
    with shown_sweep(screen, quiet=True) as listener:
        run_sweep(plan_of([1]), tmp_path / "a", HerePool(), listener=listener)
    assert not written(screen)


@pytest.mark.parametrize("status", ["done", "to do"])
def test_tables_have_a_row_for_each_point(tmp_path: Path, status: str) -> None:
    screen = console(is_terminal=False)
    plan = plan_of([1, 20])
    if status == "done":
        screen.print(results_table(run_sweep(plan, tmp_path / "a", HerePool()), 100))
    else:
        screen.print(plan_table(plan, {point.folder: "missing" for point in plan.points}, 100))
    head, *rows = written(screen).splitlines()
    assert head.split()[:3] == ["point", "slowdown", "status"]
    assert [row.split()[:2] for row in rows] == [["1", "1"], ["2", "20"]]
    assert all(status in row for row in rows)
