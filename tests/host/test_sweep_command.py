"""The command: what it prints, writes and returns."""

import csv
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from host.cli import main
from host.errors import ExitCode
from host.sweep import load_sweep, pool
from tests.host.sweep.stubs import HerePool, failing, too_large, write_done

FILE = """
base:
  network: {scale: 0.002}
  run: {time_ms: 2 ms, warmup_ms: 0 ms}
grid:
  run.slowdown: [1x, 20x]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text(FILE, encoding="utf-8")
    return tmp_path / "runs" / "mine"


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> HerePool:
    """Instead of processes."""
    found = HerePool()
    monkeypatch.setattr(pool, "LocalPool", lambda _n: found)
    return found


def test_a_sweep_with_a_process_of_its_own(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["sweep", "mine.yaml", "--workers", "1", "--json", "--quiet"]
    assert main(arguments) == ExitCode.DONE
    captured = capsys.readouterr()
    account = json.loads(captured.out)
    assert (account["schema"], account["version"], account["name"]) == ("chipemu.sweep", 1, "mine")
    assert account["folder"] == "runs/mine"
    assert account["counts"] == {"done": 2, "does_not_fit": 0, "failed": 0, "missing": 0}
    assert [point["run.slowdown"] for point in account["points"]] == [1.0, 20.0]
    assert account["points"][0]["n_neurons"] == 155
    with (folder / "sweep.csv").open(encoding="utf-8") as file:
        assert [row["status"] for row in csv.DictReader(file)] == ["done", "done"]
    assert captured.err == ""


def test_points_are_listed_and_not_run(
    folder: Path, here: HerePool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sweep", "mine.yaml", "--dry-run"]) == ExitCode.DONE
    assert "2 points: 2 to do; in runs/mine" in capsys.readouterr().err
    assert main(["sweep", "mine.yaml", "--dry-run", "--json", "--set", "run.seed=2"]) == 0
    account = json.loads(capsys.readouterr().out)
    assert account["schema"] == "chipemu.sweep-plan"
    assert [point["values"] for point in account["points"]] == [
        {"run.slowdown": 1.0},
        {"run.slowdown": 20.0},
    ]
    assert not folder.exists()
    assert here.ran == []


def test_what_does_not_fit_is_a_result(
    folder: Path, here: HerePool, capsys: pytest.CaptureFixture[str]
) -> None:
    here._work = too_large
    assert main(["sweep", "mine.yaml"]) == ExitCode.DONE
    assert "2 points: 2 do not fit; table in runs/mine/sweep.csv" in capsys.readouterr().err


def test_failed_points_are_told_and_retried(
    folder: Path, here: HerePool, capsys: pytest.CaptureFixture[str]
) -> None:
    here._work = failing
    assert main(["sweep", "mine.yaml"]) == ExitCode.NOT_MET
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("error: 2 of 2 points failed, such as point 1: no luck (trace in ")
    assert last.endswith("run them again with --retry")
    here._work = write_done
    assert main(["sweep", "mine.yaml", "--quiet"]) == ExitCode.NOT_MET
    assert len(here.ran) == 2
    assert main(["sweep", "mine.yaml", "--quiet", "--retry"]) == ExitCode.DONE
    assert len(here.ran) == 4


def test_interrupted(folder: Path, here: HerePool, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(_task: object) -> None:
        raise KeyboardInterrupt

    here._work = interrupted  # type: ignore[assignment]
    assert main(["sweep", "mine.yaml", "--quiet"]) == ExitCode.INTERRUPTED
    assert capsys.readouterr().err == (
        "interrupted; what is done is in runs/mine, and the same command goes on from there\n"
    )
    assert (folder / "sweep.csv").is_file()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.yaml"], "cannot read none.yaml"),
        (["mine.yaml", "--set", "run.slowdown=3"], "it varies at mine.yaml:6"),
        (["mine.yaml", "--set", "run.sed=3"], "did you mean 'seed'"),
        (["mine.yaml", "--workers", "0"], "--workers"),
        (["mine.yaml", "--workers", "1", "--scheduler", "tcp://h:1"], "give one"),
        (["mine.yaml", "--scheduler", "h"], "should be an address"),
        (["mine.yaml", "--output", "mine.yaml"], "is no folder"),
        (["mine.yaml", "--output", "."], "is not empty and no sweep"),
    ],
)
def test_mistakes_are_a_line(
    folder: Path,
    here: HerePool,
    arguments: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["sweep", *arguments]) == ExitCode.USER
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert said in error
    assert error.count("\n") == 1
    assert not folder.exists()


def test_without_dask(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert main(["sweep", "mine.yaml", "--scheduler", "tcp://127.0.0.1:1"]) == ExitCode.USER
    assert "pip install 'chipemu[sweep]'" in capsys.readouterr().err


def test_a_command_that_is_killed_goes_on(folder: Path, here: HerePool) -> None:
    (Path.cwd() / "mine.yaml").write_text(FILE + "repeats: 2\n", encoding="utf-8")
    arguments = ["sweep", "mine.yaml", "--workers", "1", "--quiet"]
    code = f"from host.cli import main; main({arguments!r})"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", code], env=environment) as command:
        while not list(folder.glob("points/*/manifest.json")) and command.poll() is None:
            time.sleep(0.02)
        command.kill()
    done = {path.name: path.stat() for path in folder.glob("points/*")}
    assert 1 <= len(done) < 4
    assert main(["sweep", "mine.yaml", "--quiet"]) == ExitCode.DONE
    swept = load_sweep(folder)
    assert [point.status for point in swept.points] == 4 * ["done"]
    assert sorted([*done, *here.ran]) == sorted(point.folder.name for point in swept.points)
    assert {name: (folder / "points" / name).stat() for name in done} == done
