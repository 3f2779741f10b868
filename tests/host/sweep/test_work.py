"""One point, run in this process as a worker runs it."""

from pathlib import Path

import numpy as np
import pytest

from host.config import Config, load_config
from host.runfolder import load_run
from host.sweep import work
from host.sweep.folder import POINTS, WORK, status_of
from host.sweep.work import PointTask, receive, run_point

TINY = {"network.scale": 0.002, "run.time_ms": 2, "run.warmup_ms": 0}


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    (tmp_path / WORK).mkdir()
    (tmp_path / WORK / "token").touch()
    return tmp_path


def task_of(sweep: Path, token: str = "token", **more: object) -> PointTask:
    return PointTask("0001-a", load_config(None, TINY | more), sweep, token, 1)


def test_a_point_becomes_a_run_folder_or_an_archive_of_the_same(sweep: Path) -> None:
    assert run_point(task_of(sweep)).status == "done"
    results = load_run(sweep / POINTS / "0001-a")
    assert results.config.run.threads == 1
    assert [path.name for path in (sweep / WORK).iterdir()] == ["token"]

    far = task_of(sweep, token="not seen from here")._replace(name="0002-b")
    outcome = run_point(far)
    assert outcome.status == "done"
    assert not (sweep / POINTS / "0002-b").exists()
    assert outcome.files is not None
    receive(outcome.files, sweep, "0002-b")
    same = load_run(sweep / POINTS / "0002-b")
    assert results.spikes is not None
    assert same.spikes is not None
    np.testing.assert_array_equal(results.spikes.steps, same.spikes.steps)
    assert results.counters == same.counters


def test_a_point_that_is_done_is_not_run_again(
    sweep: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (sweep / POINTS / "0001-a").mkdir(parents=True)
    (sweep / POINTS / "0001-a" / "manifest.json").touch()

    def run(*_args: object, **_more: object) -> None:
        pytest.fail("it was run again")

    monkeypatch.setattr(work, "run", run)
    assert run_point(task_of(sweep)).status == "done"


def test_a_network_that_does_not_fit_is_a_result(sweep: Path) -> None:
    outcome = run_point(task_of(sweep, **{"machine": "spinn3", "network.scale": 0.3}))
    assert outcome.error is not None
    assert (outcome.status, outcome.error.type) == ("does_not_fit", "DoesNotFitError")
    assert "limit" in outcome.error.message


def test_an_error_is_kept_with_its_trace(sweep: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_args: object, **_more: object) -> None:
        msg = "two\nlines"
        raise ZeroDivisionError(msg)

    monkeypatch.setattr(work, "run", run)
    outcome = run_point(task_of(sweep))
    assert outcome.error is not None
    assert (outcome.status, outcome.error.type) == ("failed", "ZeroDivisionError")
    assert outcome.error.message == "two lines"
    assert "in run" in outcome.error.trace
    assert status_of(sweep / POINTS / "0001-a") == "missing"


def test_a_run_stops_when_its_sweep_does(sweep: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "CHECK_S", 0.0)
    original = work.run

    def run(config: Config, **more: object) -> object:
        (sweep / WORK / "token").unlink()
        return original(config, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(work, "run", run)
    assert run_point(task_of(sweep)).status == "stopped"
    assert not list((sweep / WORK).iterdir())
