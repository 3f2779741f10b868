"""A sweep goes on where it was, keeps what failed, and loses nothing."""

import csv
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from host.errors import OutputError
from host.sweep import load_sweep, run_sweep
from host.sweep.drive import numbered
from host.sweep.folder import POINTS, WORK, PointError, publish, status_of, write_error
from host.sweep.work import Outcome, PointTask
from tests.host.sweep.stubs import HerePool, Notes, failing, plan_of, too_large, write_done


def mixed(task: PointTask) -> Outcome:
    return {2: too_large, 3: failing}.get(int(task.config.run.slowdown or 0), write_done)(task)


def test_points_become_folders_and_a_tidy_table(tmp_path: Path) -> None:
    notes, folder = Notes(), tmp_path / "deep" / "sweep"
    pool = HerePool(mixed)
    results = run_sweep(plan_of([1, 2, 3, 4]), folder, pool, listener=notes)
    assert pool.is_closed
    assert notes.ends == [(1, "done"), (2, "does_not_fit"), (3, "failed"), (4, "done")]
    assert results.table.columns["status"] == ("done", "does_not_fit", "failed", "done")
    assert results.table.columns["run.slowdown"] == (1.0, 2.0, 3.0, 4.0)
    assert results.table.columns["rate_hz.I"] == (5.0, None, None, 5.0)
    assert results.table.columns["wall_s"] == (1.5, None, None, 1.5)
    assert results.table.columns["error"] == (None, "need 5, limit 4", "no luck", None)
    assert [point.folder.name for point in results.points][2] == "0003-3"
    assert (folder / "points/0003-3/trace.txt").read_text(encoding="utf-8") == "Traceback"
    with (folder / "sweep.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["point"] for row in rows] == ["1", "2", "3", "4"]
    assert rows[0]["losses.late"] == "3"
    with closing(sqlite3.connect(folder / "tables.sqlite")) as base:
        assert base.execute('SELECT rtf FROM points WHERE "run.slowdown" = 4').fetchall() == [
            (2.0,)
        ]
    assert not list((folder / WORK).iterdir())
    with pytest.raises(OutputError, match="point 3 has no run: failed"):
        results.points[2].results()


def test_what_is_there_is_not_run_again_and_failures_only_if_asked(tmp_path: Path) -> None:
    run_sweep(plan_of([1, 2, 3]), tmp_path / "a", HerePool(mixed))
    first = (tmp_path / "a/points/0001-1").stat()
    again = HerePool()
    results = run_sweep(plan_of([1, 2, 3]), tmp_path / "a", again)
    assert again.ran == []
    assert results.n("failed") == 1
    retried = HerePool()
    results = run_sweep(plan_of([1, 2, 3]), tmp_path / "a", retried, retry=True)
    assert retried.ran == ["0003-3"]
    assert [point.status for point in results.points] == ["done", "does_not_fit", "done"]
    assert not (tmp_path / "a/points/0003-3/error.json").exists()
    assert (tmp_path / "a/points/0001-1").stat() == first


def test_an_edited_sweep_keeps_its_points_and_their_numbers(tmp_path: Path) -> None:
    run_sweep(plan_of([1, 2, 3]), tmp_path / "a", HerePool())
    pool = HerePool()
    results = run_sweep(plan_of([5, 3, 1]), tmp_path / "a", pool)
    assert pool.ran == ["0004-5"]
    assert results.table.columns["point"] == (4, 3, 1)
    assert [point.number for point in numbered(plan_of([2]), tmp_path / "a").points] == [2]
    pool = HerePool()
    results = run_sweep(plan_of([2, 6]), tmp_path / "a", pool)
    assert pool.ran == ["0005-6"]
    assert results.table.columns["point"] == (2, 5)


def test_an_interrupted_sweep_is_readable_and_goes_on(tmp_path: Path) -> None:
    def interrupted(task: PointTask) -> Outcome:
        if task.name == "0002-2":
            raise KeyboardInterrupt
        return write_done(task)

    notes, pool = Notes(), HerePool(interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_sweep(plan_of([1, 2, 3]), tmp_path / "a", pool, listener=notes)
    assert notes.n_stops == 1
    assert pool.is_closed
    swept = load_sweep(tmp_path / "a")
    assert swept.table.columns["status"] == ("done", "missing", "missing")
    assert (tmp_path / "a/sweep.csv").is_file()
    assert not list((tmp_path / "a" / WORK).iterdir())
    pool = HerePool()
    assert run_sweep(plan_of([1, 2, 3]), tmp_path / "a", pool).n("done") == 3
    assert pool.ran == ["0002-2", "0003-3"]


def test_what_a_killed_command_left_is_removed(tmp_path: Path) -> None:
    run_sweep(plan_of([1]), tmp_path / "a", HerePool())
    left = tmp_path / "a" / WORK / "0002-2-abc" / "run.unfinished"
    left.mkdir(parents=True)
    run_sweep(plan_of([1, 2]), tmp_path / "a", HerePool())
    assert not left.exists()


def test_only_one_command_runs_a_sweep(tmp_path: Path) -> None:
    def second(task: PointTask) -> Outcome:
        with pytest.raises(OutputError, match="another command runs the sweep"):
            run_sweep(plan_of([1]), tmp_path / "a", HerePool())
        return write_done(task)

    assert run_sweep(plan_of([1]), tmp_path / "a", HerePool(second)).n("done") == 1


def test_folders_that_are_no_sweeps(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="is not empty and no sweep"):
        run_sweep(plan_of([1]), tmp_path, HerePool())
    with pytest.raises(OutputError, match="is no folder"):
        run_sweep(plan_of([1]), tmp_path / "file", HerePool())
    with pytest.raises(OutputError, match=r"it has no sweep\.json"):
        load_sweep(tmp_path)
    (tmp_path / "sweep.json").write_text('{"format": 99}', encoding="utf-8")
    with pytest.raises(OutputError, match="format 99, this version reads 1"):
        load_sweep(tmp_path)


def test_a_damaged_point_is_named(tmp_path: Path) -> None:
    run_sweep(plan_of([1, 3]), tmp_path / "a", HerePool(mixed))
    (tmp_path / "a/points/0001-1/summary.json").write_text("{}", encoding="utf-8")
    with pytest.raises(OutputError, match=r"cannot read .*0001-1.*remove it"):
        load_sweep(tmp_path / "a")
    (tmp_path / "a/points/0002-3/error.json").write_text("{", encoding="utf-8")
    with pytest.raises(OutputError, match=r"cannot read .*error\.json"):
        status_of(tmp_path / "a/points/0002-3")


def test_the_first_run_stays_and_takes_the_place_of_an_error(tmp_path: Path) -> None:
    def new(text: str) -> Path:
        folder = tmp_path / WORK / text
        folder.mkdir(parents=True)
        (folder / "manifest.json").write_text(text, encoding="utf-8")
        return folder

    error = PointError(status="failed", type="ValueError", message="no luck")
    write_error(error, tmp_path, "0001-a")
    assert status_of(tmp_path / POINTS / "0001-a") == "failed"
    publish(new("first"), tmp_path, "0001-a")
    publish(new("second"), tmp_path, "0001-a")
    write_error(error, tmp_path, "0001-a")
    assert status_of(tmp_path / POINTS / "0001-a") == "done"
    assert (tmp_path / POINTS / "0001-a/manifest.json").read_text(encoding="utf-8") == "first"
    assert not list((tmp_path / WORK).iterdir())
